"""The pages of plug-in types and their uploads, over HTTP."""

from io import BytesIO
from lxml import html
from tests.browser.plugin_pages import PluginsTestCase
from tests.browser.plugin_pages import UPLOAD
from tests.browser.plugin_types import EXAMPLE
from tests.browser.plugin_types import QUIET
from tests.sites import ADMIN
from unittest import mock
import zipfile


class TestTypes(PluginsTestCase):
    def test_the_list(self):
        self.load(EXAMPLE)
        self.add()
        page = self.get("@@mws-plugin-types")
        rows = [
            [" ".join(cell.text_content().split()) for cell in row.cssselect("td")]
            for row in page.cssselect("#content tbody tr")
        ]
        shown = {row[0]: row[1:] for row in rows}
        self.assertEqual(
            shown["Example"],
            [
                "Example <title>",
                "2.0",
                "Ada",
                "1",
                "Uploaded by tester, 2027-01-15 08:00:00 UTC",
            ],
        )
        self.assertEqual(shown["Native"][-2:], ["0", "Installed"])
        self.assertEqual([row[0] for row in rows], sorted(shown))
        self.assertIn(
            f"{self.url}/@@mws-plugin-type?id=Example",
            [a.get("href") for a in page.cssselect("#content td a")],
        )

    def test_why_installed_types_can_not_be_used(self):
        with mock.patch(
            "collective.mwsvm.plugin_control.catalogue.Catalogue.description",
            return_value={"project": None, "types": [], "problems": ["bad.py: <no>"]},
        ):
            page = self.get("@@mws-plugin-types")
        self.assertIn("bad.py: <no>", self.text(page, ".alert-warning"))
        self.assertIn("There are no plugin types.", self.text(page))

    def test_a_type_with_all_that_it_says_of_itself(self):
        self.load(EXAMPLE)
        self.add()
        page = self.get("@@mws-plugin-type?id=Example")
        self.assertEqual(self.text(page, "#content-core h1, h1"), "Example <title>")
        facts = dict(
            zip(
                [self.flat(dt) for dt in page.cssselect(".mwsvm-plugin dt")],
                [self.flat(dd) for dd in page.cssselect(".mwsvm-plugin dd")],
                strict=True,
            )
        )
        self.assertEqual(
            facts,
            {
                "Description": "Shows everything",
                "Version": "2.0",
                "Author": "Ada",
                "Email": "ada@example.org",
                "Website": "https://example.org/plugin",
                "Source code": "javascript:alert(1)",
                "For MWS": "* > *",
                "For the plugin framework": "* > *",
                "Class": facts["Class"],
                "Where from": "Uploaded by tester, 2027-01-15 08:00:00 UTC (Example)",
                "Is polled": "Yes",
                "Events": facts["Events"],
            },
        )
        self.assertTrue(facts["Class"].endswith("ExamplePlugin"))
        self.assertIn("beforeStart", facts["Events"])
        links = [a.get("href") for a in page.cssselect("#content a")]
        self.assertIn("https://example.org/plugin", links)
        self.assertIn("mailto:ada@example.org", links)
        self.assertNotIn("javascript:alert(1)", links)
        self.assertIn(f"{self.url}/@@mws-plugin?id=example1", links)
        self.assertIn(f"{self.url}/@@mws-plugin-add?type=Example", links)

    def test_its_parameters(self):
        self.load(
            EXAMPLE.replace(
                '"password": True', '"password": True, "defaultValue": "geheim"'
            )
        )
        page = self.get("@@mws-plugin-type?id=Example")
        rows = [
            [self.flat(cell) for cell in row.cssselect("td")]
            for row in page.cssselect(".mwsvm-parameters tbody tr")
        ]
        self.assertEqual([row[0] for row in rows][:2], ["endpoint", "secret"])
        shown = {row[0]: row[1:] for row in rows}
        self.assertEqual(shown["endpoint"][:3], ["String", "Yes", "\N{EN DASH}"])
        self.assertIn("URL", shown["endpoint"][3])
        self.assertEqual(shown["secret"][:3], ["String, password", "No", "\N{EN DASH}"])
        self.assertEqual(
            shown["count"], ["Integer", "No", "5", "Must be from 1 to 10."]
        )
        self.assertEqual(shown["verify"][:3], ["Boolean", "No", "true"])
        self.assertEqual(shown["names"][0], "Collection")
        self.assertNotIn("geheim", html.tostring(page).decode())

    def test_its_web_services(self):
        self.load(EXAMPLE)
        page = self.get("@@mws-plugin-type?id=Example")
        self.assertIn("as soon as there is a plugin", self.text(page))
        self.add("a")
        self.add("b")
        text = self.text(self.get("@@mws-plugin-type?id=Example"), ".mwsvm-links")
        for id in "ab":
            for name in ("notifyEvent", "status"):
                url = f"{self.url}/mws/rest/plugins/{id}/services/{name}"
                self.assertIn(url, text)
        self.assertIn("status (open to everybody)", text)
        self.assertNotIn("notifyEvent (open", text)

    def test_its_initial_plugins(self):
        text = self.text(self.get("@@mws-plugin-type?id=Native"))
        self.assertIn("Initial plugins", text)
        self.assertIn("cloud-native (not there)", text)

    def test_a_type_without_parameters(self):
        self.load(QUIET)
        text = self.text(self.get("@@mws-plugin-type?id=Quiet"))
        self.assertIn("The type declares no parameters", text)
        self.assertIn("Is polled No", text)
        self.assertNotIn("Web services", text)


class TestUploads(PluginsTestCase):
    def archive(self):
        data = BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("both/__init__.py", "")
            archive.writestr("both/example.py", EXAMPLE)
            archive.writestr("both/quiet.py", QUIET)
        return data.getvalue()

    def file(self, name, data):
        return {"files": {"file": (name, data)}}

    def test_code_that_was_pasted(self):
        reply = self.send(UPLOAD, {"code": EXAMPLE.replace("\n", "\r\n"), "file": None})
        self.assertEqual(
            self.message(reply),
            ("mws-plugin-type?id=Example", "Info: Plugin type Example was loaded."),
        )
        package = self.control.types.get("Example").package
        self.assertEqual(package.uploaded_by, ADMIN[0])

    def test_a_file_with_one_class(self):
        reply = self.send(UPLOAD, {"file": None}, **self.file("my.py", QUIET))
        where, said = self.message(reply)
        self.assertEqual(where, "mws-plugin-types")
        size = len(QUIET.encode())
        self.assertIn(
            f"my.py ({size} bytes) was loaded, with the plugin types: Quiet", said
        )

    def test_an_archive_with_several(self):
        file = self.file("both.jar", self.archive())
        reply = self.send(UPLOAD, {"file": None}, **file)
        where, said = self.message(reply)
        self.assertEqual(where, "mws-plugin-types")
        self.assertIn("with the plugin types: Example, Quiet", said)
        self.assertIn("both.jar", said)

    def test_what_is_wrong_is_said_and_the_code_stays(self):
        code = QUIET.replace("QuietPlugin", "Quiet") + "\n# <mark>"
        reply = self.send(UPLOAD, {"code": code, "reload": None, "file": None})
        (error,) = self.errors(reply)
        self.assertIn("Plugin", error)
        page = html.fromstring(reply.text)
        (area,) = page.cssselect("textarea[name=code]")
        self.assertEqual(area.text, code)
        self.assertIsNotNone(area.getparent().getparent().get("open"))
        (box,) = page.cssselect("input[name=reload]")
        self.assertIsNone(box.get("checked"))
        for changes, options, words in (
            ({"code": "class ("}, {}, "invalid syntax"),
            ({"code": "import no_such_module"}, {}, "no_such_module"),
            ({}, {}, "choose a file or paste code"),
            ({"code": QUIET}, self.file("q.py", QUIET), "not both"),
            ({}, self.file("q.groovy", QUIET), "'q.groovy' has no plugin types"),
            ({}, self.file("q.zip", b"no zip"), "q.zip is not a zip archive"),
            ({}, self.file("q.py", b"\xff\xfe"), "UTF-8"),
        ):
            reply = self.send(UPLOAD, {"file": None, **changes}, **options)
            self.assertIn(words, " ".join(self.errors(reply)))
        self.assertNotIn("Quiet", [t.id for t in self.control.types.all()])

    def test_plugins_are_reloaded_unless_it_is_cleared(self):
        self.load(EXAMPLE)
        self.add()
        newer = EXAMPLE.replace('version = "2.0"', 'version = "3.0"')
        (box,) = self.get(UPLOAD).cssselect("input[name=reload]")
        self.assertIsNotNone(box.get("checked"))
        old = self.plugin()["package"]
        self.send(UPLOAD, {"code": newer, "reload": None, "file": None})
        self.assertEqual(self.plugin()["package"], old)
        self.send(UPLOAD, {"code": newer.replace("3.0", "4.0"), "file": None})
        self.assertNotEqual(self.plugin()["package"], old)


class TestUploadsOff(PluginsTestCase):
    uploads = False

    def test_the_page_says_what_would_allow_them(self):
        page = self.get(UPLOAD)
        text = self.text(page)
        self.assertIn("Uploads are switched off on this server", text)
        self.assertIn("[plugins] uploads = true", text)
        self.assertIn("mws-config.toml", text)
        self.assertEqual(page.cssselect("#content form"), [])

    def test_what_is_sent_nevertheless_is_refused(self):
        _, fields = self.form("@@mws-plugin-monitoring")
        reply = self.request("POST", UPLOAD, data={**fields, "code": QUIET})
        self.assertIn("Uploads are switched off", reply.text)
        self.assertNotIn("Quiet", [t.id for t in self.control.types.all()])
