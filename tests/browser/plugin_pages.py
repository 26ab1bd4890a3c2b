"""What the tests of the pages of plug-ins have in common."""

from collective.mwsvm import site
from collective.mwsvm.plugin_control.context import Actor
from lxml import html
from tempfile import TemporaryDirectory
from tests.sites import ADMIN
from tests.sites import HttpTestCase
from unittest import mock
import os
import pathlib
import re


ACTOR = Actor("tester")

UPLOAD = "@@mws-plugin-type-add"
ACTION = "@@mws-plugin-action"


class PluginsTestCase(HttpTestCase):
    uploads = True

    def setUp(self):
        super().setUp()
        directory = TemporaryDirectory(prefix="mwsvm-plugins-")
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name)
        self.configure(f"uploads = {str(self.uploads).lower()}")
        patched = mock.patch.dict(os.environ, {"MWS_HOME": directory.name})
        patched.start()
        self.addCleanup(patched.stop)
        self.control = site.plugins()

    def configure(self, *lines):
        text = "\n".join(["[plugins]", *lines, ""])
        (self.home / "mws-config.toml").write_text(text)

    def load(self, *modules):
        for module in modules:
            self.control.uploads.module(module.encode(), ACTOR)

    def add(self, id="example1", plugin_type="Example", **given):
        if plugin_type == "Example":
            config = {"endpoint": "https://example.org", **given.pop("config", {})}
            given["config"] = config
        given = {"id": id, "pluginType": plugin_type, "autoStart": False, **given}
        return self.control.instances.create(given, ACTOR)

    def plugin(self, id="example1"):
        return self.control.instances.get(id)

    def ids(self):
        return sorted(plugin["id"] for plugin in self.control.instances.all())

    # -- pages

    def get(self, path, who=ADMIN, code=200):
        reply = self.request("GET", path, who)
        self.assertEqual(reply.status_code, code, path)
        return html.fromstring(reply.text)

    def text(self, page, css="#content"):
        return " ".join(" ".join(e.text_content() for e in page.cssselect(css)).split())

    def form(self, path, who=ADMIN):
        (form,) = self.get(path, who).cssselect("#content form[method=post]")
        fields = {}
        for name, value in form.form_values():
            fields.setdefault(name, []).append(value)
        return form.get("action"), fields

    def send(self, path, changes=None, who=ADMIN, **options):
        """Send the form of a page, with other values in some of its fields."""
        action, fields = self.form(path, who)
        fields = {
            k: v for k, v in {**fields, **(changes or {})}.items() if v is not None
        }
        return self.request("POST", action, who, data=fields, **options)

    def flat(self, element):
        return " ".join(element.text_content().split())

    def errors(self, reply):
        self.assertEqual(reply.status_code, 200, reply.headers.get("Location"))
        page = html.fromstring(reply.text)
        return [item.text_content() for item in page.cssselect(".alert-danger li")]

    def act(self, action, who=ADMIN, **fields):
        _, token = self.form("@@mws-plugin-monitoring", ADMIN)
        return self.request(
            "POST", ACTION, who, data={**token, "action": action, **fields}
        )

    def message(self, reply, who=ADMIN):
        """Where it leads to, and what is said there."""
        self.assertEqual(reply.status_code, 302, reply.text)
        page = self.request("GET", reply.headers["Location"], cookies=reply.cookies)
        self.assertEqual(page.status_code, 200)
        shown = html.fromstring(page.text)
        name = reply.headers["Location"].partition("@@")[2]
        said = self.text(shown, ".portalMessage")
        return name, re.sub(r"^statusmessage_mtype_\w+ ", "", said)
