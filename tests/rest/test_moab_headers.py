"""The workload manager's headers (guide 3.5): on what it does, and what it refuses."""

from pathlib import Path
from tempfile import TemporaryDirectory
from tests.rest.case import RestTestCase
from tests.rest.workload_objects import add_nodes
from tests.rest.workload_objects import add_vms
from unittest import mock
import os


HEADERS = ("X-Moab-Status", "X-Moab-Code", "X-Moab-Message")

JSON = {"Content-Type": "application/json"}


class TestRefusals(RestTestCase):
    def assert_failure(self, response, status, code):
        self.assertEqual(response.status_code, status, response.text)
        found = [response.headers.get(name) for name in HEADERS]
        said = " ".join(response.json()["messages"])
        self.assertEqual(found, ["Failure", code, said])

    def assert_none(self, response, status):
        self.assertEqual(response.status_code, status, response.text)
        self.assertEqual([name for name in HEADERS if name in response.headers], [])

    def test_of_every_resource_of_the_manager(self):
        add_nodes("n1")
        add_vms("vm1")
        self.made("vcs", {})
        for method, path, body, status, code in (
            ("GET", "jobs/Moab.999", None, 404, "730"),
            ("POST", "jobs", {}, 400, "300"),
            ("PUT", "jobs/Moab.999/hold", {"holds": ["User"]}, 404, "730"),
            ("DELETE", "jobs/Moab.999", None, 404, "730"),
            ("POST", "job-arrays", {}, 400, "300"),
            ("GET", "job-templates/x", None, 404, "730"),
            ("GET", "nodes/n9", None, 404, "730"),
            ("PUT", "nodes/n1", {"partition": 7, "states": 3}, 400, "300"),
            ("GET", "vms/vm9", None, 404, "730"),
            ("PUT", "vms/vm1", {"host": {"name": "n9"}}, 400, "300"),
            ("DELETE", "vms/vm9", None, 404, "730"),
            ("POST", "reservations", {}, 400, "300"),
            ("DELETE", "reservations/system.9", None, 404, "730"),
            ("GET", "standing-reservations/x", None, 404, "730"),
            ("PUT", "vcs/vc1?change-mode=add", {}, 400, "300"),
            ("PUT", "vcs/vc1/acl-rules", {"aclRules": 7}, 400, "300"),
            ("DELETE", "vcs/vc1/acl-rules/USER:ted", None, 404, "730"),
            ("GET", "credentials/accounts", None, 404, "730"),
            ("GET", "metric-types?query={x:{$no:1}}", None, 400, "300"),
            ("GET", "resource-types?sort=7", None, 400, "300"),
            ("GET", "pending-actions?sort=7", None, 400, "300"),
            ("PUT", "policies/node-allocation", {}, 400, "300"),
        ):
            with self.subTest(method=method, path=path):
                response = self.call(method, path, body)
                self.assert_failure(response, status, code)

    def test_what_the_state_or_the_manager_does_not_allow(self):
        with TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            script = Path(folder) / "run.sh"
            script.write_text("#!/bin/sh\n")
            script.chmod(0o644)
            job = self.made("jobs", {"commandFile": str(script)})["id"]
        self.assert_failure(self.put(f"jobs/{job}/resume"), 400, "740")
        self.assert_failure(self.put(f"jobs/{job}/checkpoint"), 405, "710")

    def test_not_of_what_never_reaches_it(self):
        for response, status in (
            (self.get("jobs", auth=None), 401),
            (self.get("jobs", auth=("eve", "x")), 401),
            (self.get("jobs?max=many"), 400),
            (self.post("nodes", {}), 405),
            (self.call("POST", "vcs", data=b"{", headers=JSON), 400),
        ):
            self.assert_none(response, status)

    def test_not_of_other_resources(self):
        for response, status in (
            (self.get("images/x"), 404),
            (self.post("images", {}), 400),
            (self.post("events", {"eventTime": "never"}), 400),
            (self.get("images"), 200),
        ):
            self.assert_none(response, status)

    def test_not_of_what_a_role_does_not_allow(self):
        self.made("principals", {"name": "p"})
        self.assert_none(self.get("jobs?proxy-user=amy"), 403)

    def test_a_message_is_one_line_of_ascii(self):
        response = self.post("vcs", {"owner": {"name": "x", "type": "J\xf6rg\r\nA: b"}})
        self.assertEqual(response.status_code, 400)
        message = response.headers["X-Moab-Message"]
        self.assertIn("J\\xd6RG", message)
        self.assertNotIn("A", response.headers)

    def test_after_hooks_see_them(self):
        home = TemporaryDirectory()
        self.addCleanup(home.cleanup)
        with mock.patch.dict(os.environ, {"MWS_HOME": home.name}):
            hooks = Path(home.name) / "hooks"
            hooks.mkdir()
            (hooks / "jobs.py").write_text(
                "def afterUpdate(o):\n"
                '    o["code"] = response.headers["X-Moab-Code"]\n'
                "    return o\n"
            )
            # Actions are changes of jobs, for hooks, too.
            for path in ("jobs/Moab.999", "jobs/Moab.999/hold"):
                response = self.put(path, {})
                self.assertEqual(response.json()["code"], "730", path)
