"""Plug-ins of the bundled types, made for tests, with services that remember."""

from collective.mwsvm.plugins import ConfigObject
from collective.mwsvm.plugins import MoabRestResponse
from collective.mwsvm.plugins.constraints import Constraints
from collective.mwsvm.plugins.messages import Messages
from collective.mwsvm.plugins.naming import class_name
from pathlib import Path
import sys


class Log:
    """Keeps (level, text)."""

    def __init__(self):
        self.lines = []

    def __getattr__(self, level):
        return lambda text, *_, **__: self.lines.append((level, str(text)))

    def of(self, level):
        return [text for found, text in self.lines if found == level]


class Runtime:
    def __init__(self, messages):
        self.log = Log()
        self.message = messages
        self.app_config = ConfigObject()


class Reports:
    """An RM service: ``saved`` has what each save was given, as JSON."""

    def __init__(self):
        self.saved = []

    def save(self, reports):
        self.saved.append([dict(report.to_json()) for report in reports])


class Datastore:
    def __init__(self):
        self.collections = {}

    def getCollection(self, name):
        return self.collections.get(name)

    def addData(self, name, data):
        entries = data if isinstance(data, list) else [data]
        self.collections.setdefault(name, []).extend(entries)
        return True

    def clearCollection(self, name):
        return self.collections.pop(name, None)


class Rest:
    """Answers by (method, url); all else is 200 with an empty object."""

    def __init__(self, answers=None, versions=(1, 2)):
        self.answers = answers or {}
        self.versions = versions
        self.calls = []

    def isAPIVersionSupported(self, version):
        return version in self.versions

    def __getattr__(self, method):
        def call(url, data=None, params=None, **options):
            self.calls.append((method, url, data, params))
            status, body = self.answers.get((method, url), (200, {}))
            return MoabRestResponse(status, body)

        return call

    def sent(self, method, url):
        return [data for m, u, data, _ in self.calls if (m, u) == (method, url)]

    def asked(self, url):
        return [params for m, u, _, params in self.calls if (m, u) == ("get", url)]


def messages_of(cls):
    return Messages.read(Path(sys.modules[cls.__module__].__file__).parent)


def complaints(cls, **config):
    """What is wrong with a configuration by the type's constraints."""
    plugin = cls()
    plugin._inform({"id": "p1", "config": config})
    return Constraints.of(cls).check(config, plugin, messages_of(cls), class_name(cls))[
        1
    ]


def make(cls, *, id="p1", **config):
    """A plug-in whose configuration is right, with fakes of all services."""
    assert complaints(cls, **config) == []
    plugin = cls()
    prepared = Constraints.of(cls).prepare(config)
    plugin._inform({"id": id, "pluginType": cls.__name__[:-6], "config": prepared})
    plugin._runtime = Runtime(messages_of(cls))
    plugin.nodeRMService = Reports()
    plugin.virtualMachineRMService = Reports()
    plugin.jobRMService = Reports()
    plugin.pluginDatastoreService = Datastore()
    plugin.moabRestService = Rest()
    plugin.configure()
    return plugin
