"""Guide 4.16: plug-in types."""

from io import BytesIO
from tests.rest.documentation.plugins import PluginDocumentationTestCase
from tests.rest.documentation.plugins import SAMPLES
from zipfile import ZipFile


#: The guide's VCenter; descriptions and links are our own.
SHOWN = {
    "commonsVersion": "0.9.3 > *",
    "documentationLink": "",
    "email": "",
    "id": "VCenter",
    "initialPlugins": {},
    "instances": [{"id": "vcenter"}],
    "issueManagementLink": "",
    "license": "APACHE",
    "mwsVersion": "7.1.2 > *",
    "pollMethod": True,
    "scmLink": "",
    "title": "VCenter",
    "version": "1.0",
    "webServices": [],
    "website": "http://www.adaptivecomputing.com",
    "author": "Adaptive Computing Enterprises, Inc.",
    "description": "Polls a VMware® vCenter™ Server for information on the hypervisors "
    "and virtual machines it manages.",
}

#: What the guide's reply has, with these very values.
SAME = ("id", "initialPlugins", "instances", "pollMethod", "webServices")

MODULE = {"Content-Type": "text/plain"}


class TestPluginTypes(PluginDocumentationTestCase):
    def code(self, name):
        return (SAMPLES / f"{name}.py").read_text()

    def test_get_all(self):
        reply = self.example("plugin-types-list", "GET", "plugin-types?fields=id")
        ids = {found["id"] for found in reply["results"]}
        self.assertLessEqual({"VCenter", "Native"}, ids)
        self.assertEqual(reply["totalCount"], len(ids))

    def test_get_one(self):
        config = {"username": "u", "password": "p", "url": "https://vc.test/sdk"}
        types = self.get("plugin-types/VCenter").json()
        self.assertEqual(sorted(types), sorted(SHOWN))
        body = {"id": "vcenter", "pluginType": "VCenter", "autoStart": False}
        response = self.post("plugins", {**body, "config": config})
        self.assertEqual(response.status_code, 201, response.text)
        reply = self.example("plugin-types-show", "GET", "plugin-types/VCenter")
        self.assert_like(
            {name: reply[name] for name in SAME}, {name: SHOWN[name] for name in SAME}
        )

    def test_upload_a_file(self):
        reply = self.example(
            "plugin-types-upload",
            "PUT",
            "plugin-types",
            data=self.code("upload"),
            headers=MODULE,
        )
        (found,) = reply["results"]
        self.assertEqual(found["id"], "Upload")
        self.assertEqual(found["author"], "Adaptive Computing")
        self.assertEqual(found["webServices"], ["customService"])

    def test_update_without_reloading(self):
        self.upload("upload")
        body = {"id": "a", "pluginType": "Upload", "config": {"arbitraryKey": "x"}}
        self.made("plugins", body)
        changed = self.code("upload").replace("arbitraryKey", "anotherKey")
        reply = self.example(
            "plugin-types-upload-no-reload",
            "PUT",
            "plugin-types?reload-plugins=false",
            data=changed,
            headers={"Content-Type": "application/x-groovy"},
        )
        self.assertEqual(reply["results"][0]["instances"], [{"id": "a"}])
        self.assertEqual(self.get("plugins/a").json()["state"], "STARTED")
        # With a reload the plug-in is checked against the new version.
        self.call("PUT", "plugin-types", data=changed, headers=MODULE)
        self.assertEqual(self.get("plugins/a").json()["state"], "ERRORED")

    def test_upload_an_archive(self):
        archive = BytesIO()
        with ZipFile(archive, "w") as packed:
            for name in ("example.py", "messages.properties"):
                packed.writestr(name, (SAMPLES / "validated" / name).read_text())
            code = (SAMPLES / "translators" / "example.py").read_text()
            packed.writestr("translated.py", code)
        reply = self.text_example(
            "plugin-types-upload-archive",
            "PUT",
            "plugin-types?jar-filename=samples.jar&fields=id",
            shown="(the bytes of the archive)",
            headers={"Content-Type": "application/x-jar"},
            data=archive.getvalue(),
        )
        self.assertIn('"Constrained"', reply)
        self.assertIn('"Example"', reply)
        body = {
            "id": "a",
            "pluginType": "Constrained",
            "config": {"user": "jill", "creator": "bob"},
        }
        refused = self.example("plugin-types-messages", "POST", "plugins", body, 400)
        self.assertEqual(
            refused["messages"],
            ["The creator configuration parameter must not be equal to bob."],
        )

    def test_another_content_type_is_taken_for_json(self):
        self.example(
            "plugin-types-upload-json",
            "PUT",
            "plugin-types",
            data=self.code("upload"),
            headers={"Content-Type": "application/json"},
            status=400,
        )

    def test_code_that_is_wrong_is_refused(self):
        reply = self.example(
            "plugin-types-upload-wrong",
            "PUT",
            "plugin-types",
            data="class Upload:\n    id = None\n",
            headers=MODULE,
            status=400,
        )
        self.assertIn("Plugin", reply["messages"][0])


class TestForbidden(PluginDocumentationTestCase):
    settings = "plugins.uploads = false\n"

    def test_uploads_are_off_unless_they_are_allowed(self):
        reply = self.example(
            "plugin-types-upload-off",
            "PUT",
            "plugin-types",
            data=(SAMPLES / "basic.py").read_text(),
            headers=MODULE,
            status=403,
        )
        self.assertIn("plugins.uploads = true", reply["messages"][1])
