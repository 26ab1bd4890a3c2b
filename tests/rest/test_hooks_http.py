"""Hooks around real calls (guide 3.7)."""

from pathlib import Path
from tempfile import TemporaryDirectory
from tests.rest.case import RestTestCase
from tests.rest.test_images import MINIMAL
from unittest import mock
import os


class TestHooks(RestTestCase):
    def setUp(self):
        super().setUp()
        home = TemporaryDirectory()
        self.addCleanup(home.cleanup)
        patcher = mock.patch.dict(os.environ, {"MWS_HOME": home.name})
        patcher.start()
        self.addCleanup(patcher.stop)
        self.folder = Path(home.name) / "hooks"

    def hook(self, name, text):
        self.folder.mkdir(exist_ok=True)
        (self.folder / name).write_text(text)

    def test_the_folder_is_made_with_instructions(self):
        self.get("images")
        self.assertIn("before", (self.folder / "README.txt").read_text())

    def test_a_before_hook_may_answer(self):
        self.hook(
            "images.py",
            'def beforeShow():\n    renderMessages("Not today", 405)\n    return False\n',
        )
        self.assert_refused(self.get("images/x"), 405, "Not today")
        self.assertEqual(self.get("images").status_code, 200)

    def test_a_before_hook_may_change_body_and_parameters(self):
        self.hook(
            "images.py",
            'def beforeSave():\n    params["osType"] = "windows"\n    return True\n'
            'def beforeList():\n    params["max"] = "1"\n    return True\n',
        )
        self.assertEqual(self.made("images", MINIMAL)["osType"], "windows")
        self.made("images", {**MINIMAL, "name": "two"})
        self.assertEqual(len(self.results("images")), 1)

    def test_an_after_hook_may_change_the_answer(self):
        self.hook(
            "images.py",
            "def afterShow(o):\n    if not isSuccess():\n        return False\n"
            '    o["seen"] = request.headers["X-Seen"]\n    return o\n',
        )
        self.made("images", MINIMAL)
        shown = self.get("images/centos5-stateful", headers={"X-Seen": "yes"}).json()
        self.assertEqual(shown["seen"], "yes")
        self.assert_refused(self.get("images/no"), 404, "was not found")

    def test_an_after_hook_that_fails_undoes_the_change(self):
        self.hook("images.py", "def afterSave(o):\n    raise ValueError('secret')\n")
        with self.assertLogs("collective.mwsvm", "ERROR"):
            response = self.post("images", MINIMAL)
        self.assert_refused(response, 500, "The hook afterSave of images.py failed")
        self.assertNotIn("secret", response.text)
        self.assertEqual(self.results("images"), [])

    def test_parts_of_resources_have_files_of_their_own(self):
        self.hook(
            "reports.samples.py",
            'def beforeSave():\n    renderMessages("No samples", 403)\n    return False\n',
        )
        self.assert_refused(self.post("reports/x/samples", {}), 403, "No samples")

    def test_hooks_come_after_access_and_see_no_password(self):
        self.hook(
            "all.py",
            "def beforeList():\n"
            '    renderObject({"headers": sorted(request.headers)})\n    return False\n',
        )
        self.assert_refused(self.get("images", auth=None), 401)
        self.assertNotIn("Authorization", self.get("images").json()["headers"])

    def test_a_hook_can_not_bring_in_what_no_database_keeps(self):
        self.hook("images.py", 'def beforeSave():\n    params["osType"] = "a\\0"\n')
        self.assert_refused(self.post("images", MINIMAL), 400, "character NUL")
