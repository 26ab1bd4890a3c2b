"""``/rest/diag`` (guide 4.4)."""

from tests.rest.case import RestTestCase


class TestDiagnostics(RestTestCase):
    def test_about(self):
        about = self.get("diag/about").json()
        self.assertEqual(
            sorted(about),
            [
                "build",
                "buildDate",
                "pluginCommonsVersion",
                "revision",
                "suite",
                "version",
            ],
        )
        self.assertEqual((about["suite"], about["version"]), ("Cloud", "7.2.6"))

    def test_authentication(self):
        self.assertEqual(self.get("diag/auth").json(), {})
        self.assert_refused(self.get("diag/auth", auth=("x", "y")), 401)

    def test_health(self):
        summary = self.get("diag/health/summary").json()
        self.assertEqual(summary["mongo"], {"connected": True})
        self.assertEqual(summary["mwm"], {"connected": True, "mongoConnected": "UP"})
        detail = self.get("diag/health/detail").json()
        self.assertEqual(detail["mwm"]["state"], "RUNNING")
        self.assertTrue(detail["mongo"]["version"].startswith("3."))
        self.assertFalse(detail["mam"]["connected"])
        self.assertTrue(detail["mam"]["message"])

    def test_ldap(self):
        self.assertEqual(
            self.get("diag/ldap").json(),
            {
                "server": None,
                "port": None,
                "securityType": None,
                "baseDNs": [],
                "bindUser": None,
                "userObjectClass": None,
                "userNameAttribute": None,
            },
        )

    def test_the_database_is_called_by_its_name(self):
        name = self.get("diag/health/detail").json()["mongo"]["databaseName"]
        self.assertRegex(name, r"^[0-9a-f]{32}\.sqlite$")
