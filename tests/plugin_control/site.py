"""A site's plug-ins without a site: a database, a clock that is set, real processes."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.engine import Database
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.context import Context
from collective.mwsvm.plugin_control.control import PluginControl
from collective.mwsvm.plugin_control.datastore import Datastore
from collective.mwsvm.plugin_control.settings import PluginSettings
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tests import databases
from textwrap import dedent
import threading
import time
import zipfile


ADMIN = Actor("admin")

#: 2012-02-03 04:05:06 UTC.
NOW = 1328241906

#: A plug-in type whose events and web service do what they are told: lines of Python, in
#: the configuration or sent to the web service.
SCRIPT = """
from collective.mwsvm import plugins
from collective.mwsvm.plugins import *
from pathlib import Path
from textwrap import indent
import os
import time


class ScriptPlugin(AbstractPlugin):
    count = 0

    def run(self, params):
        return {"result": self.do(params["code"])}

    def do(self, code):
        names = {**globals()}
        exec("def script(self):\\n" + indent(code or "pass", "    "), names)
        return names["script"](self)

    def tell(self, what):
        self.pluginDatastoreService.addData(
            "told", {"event": what, "state": self.state.name}
        )

    def wait_for(self, path):
        until = time.monotonic() + 20
        while not Path(path).exists():
            assert time.monotonic() < until, path
            time.sleep(0.005)

    def configure(self):
        self.configured = True
        self.do(self.config.configure)

    def beforeStart(self):
        self.do(self.config.beforeStart)

    def afterStart(self):
        self.do(self.config.afterStart)

    def beforeStop(self):
        self.do(self.config.beforeStop)

    def afterStop(self):
        self.do(self.config.afterStop)

    def poll(self):
        self.count += 1
        self.do(self.config.poll)
"""


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


class Site:
    """What `PluginControl` needs, and what tests look at."""

    def __init__(self, home, hosts, url=None, **settings):
        self.clock = Clock()
        self.logged = []
        self.rest_calls = []
        self.rest_answer = {"status": 200, "headers": {}, "data": {}}
        self.database = Database(url or databases.sqlite(home / "mws.sqlite"), "site")
        self.settings = PluginSettings(
            **{
                "folder": home / "plugins",
                "certificates": Path("/no/ssl.crt"),
                "uploads": True,
                "call_deadline": 20,
                "poll_deadline": 20,
                **settings,
            }
        )
        self.hosts = hosts
        self.control = self.with_settings()

    def with_settings(self, **settings):
        """The control that has other settings."""
        self.settings = replace(self.settings, **settings)
        self.control = PluginControl(
            Context(
                self.database,
                self.clock,
                ObjectIds(self.clock),
                self.settings,
                self.hosts,
                self.rest,
                self.logged.extend,
                ("7.2.6", "0.9.4"),
            )
        )
        return self.control

    def rest(self, *call):
        self.rest_calls.append(call)
        return self.rest_answer

    def upload(self, code, **options):
        """Upload a module; the id of its type."""
        text = dedent(code).encode()
        return self.control.uploads.module(text, ADMIN, **options)[0]

    def archive(self, files, name="example.zip", **options):
        """Upload an archive of texts by their paths; the ids of its types."""
        return self.control.uploads.archive(name, zipped(files), ADMIN, **options)

    def create(self, id, plugin_type="Script", **fields):
        given = {"id": id, "pluginType": plugin_type, **fields}
        return self.control.instances.create(given, ADMIN)

    def script(self, id="a", autoStart=True, **events):
        """A plug-in of the type `SCRIPT` whose events do these lines of Python."""
        if not any(found.id == "Script" for found in self.control.types.all()):
            self.upload(SCRIPT)
        return self.create(id, autoStart=autoStart, config=events)

    def run(self, id, code):
        """What lines of Python give within a plug-in of the type `SCRIPT`."""
        return self.call(id, "run", code=dedent(code))["result"]

    def call(self, id, service, method="POST", **params):
        """What a web service of a plug-in answers."""
        services = self.control.web_services
        return services.call(services.find(id, service), params, method)

    def modify(self, id, **fields):
        return self.control.instances.modify(id, fields, ADMIN)

    def delete(self, id):
        self.control.instances.delete(id, ADMIN)

    def start(self, id):
        self.control.life.start(id, ADMIN)

    def stop(self, id):
        self.control.life.stop(id, ADMIN)

    def poll(self, id):
        self.control.polls.poll(id, ADMIN)

    def poll_due(self):
        """Poll what is due, as the worker does; what was."""
        polls = self.control.polls
        return [id for id in polls.due() if polls.poll_due(id)]

    def get(self, id):
        return self.control.instances.get(id)

    def state(self, id):
        """State and substate."""
        found = self.get(id)
        return found["state"], found["substate"]

    def ids(self):
        return [plugin["id"] for plugin in self.control.instances.all()]

    def events(self):
        """Type and object of all events, in order."""
        return [(e["eventType"], e["primaryObject"]["id"]) for e in self.logged]

    def datastore(self, id, collection):
        """What a plug-in has kept in a collection."""
        with self.database.reading() as connection:
            return Datastore(connection, id).get_collection(collection)

    def told(self, id):
        """The events that a plug-in has told of, with its state in each of them."""
        told = self.datastore(id, "told") or []
        return [(entry["event"], entry["state"]) for entry in told]

    def documents(self, name):
        """The documents of a collection by their names."""
        table = getattr(collections, name)
        with self.database.reading() as connection:
            found = Collection(connection, table, str).find().documents
        return {document["name"]: document for document in found}

    def reports(self, id, kind="node"):
        """The names of what a plug-in reports."""
        with self.database.reading() as connection:
            listed = self.control.context.inventory(connection).list(id, kind)
        return [report["name"] for report in listed]


def zipped(files):
    """An archive of texts by their paths."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, dedent(text) if isinstance(text, str) else text)
    return packed.getvalue()


def appears(path, seconds=20):
    """Wait until there is a file."""
    until = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < until, path
        threading.Event().wait(0.005)
