"""Principals of a real OpenLDAP, in real calls."""

from collective.mwsvm.configuration import NAME
from pathlib import Path
from tempfile import TemporaryDirectory
from tests.access.openldap import MANAGER
from tests.access.openldap import OpenLDAP
from tests.access.openldap import PASSWORD
from tests.rest.test_access import AccessTestCase
from tests.rest.test_access import NOT_YOU
from tests.rest.test_images import MINIMAL
from unittest import mock
import os
import shutil
import unittest


CONFIGURATION = """
ldap.server = "localhost"
ldap.port = {port}
ldap.baseDNs = ["dc=acme,dc=com"]
ldap.bindUser = "{manager}"
ldap.password = "{password}"
ldap.directory.type = "OpenLDAP Using InetOrgPerson Schema"
ldap.security.type = "StartTLS"
ldap.security.server.certificate = "ca.pem"
"""


@unittest.skipIf(
    OpenLDAP.program() is None,
    "OpenLDAP is not installed; make services installs it",
)
class TestLdap(AccessTestCase):
    def setUp(self):
        super().setUp()
        home = TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = Path(home.name)
        (self.home / "ldap").mkdir()
        self.ldap = OpenLDAP(self.home / "ldap")
        self.ldap.start()
        self.addCleanup(self.ldap.stop)
        certificates = self.home / "etc" / "ssl.crt"
        certificates.mkdir(parents=True)
        shutil.copy(self.ldap.directory / "ca.pem", certificates)
        self.configure()
        patcher = mock.patch.dict(os.environ, {"MWS_HOME": home.name})
        patcher.start()
        self.addCleanup(patcher.stop)
        self.made("images", MINIMAL)

    def configure(self, password=PASSWORD):
        text = CONFIGURATION.format(
            port=self.ldap.port, manager=MANAGER, password=password
        )
        (self.home / NAME).write_text(text)

    def attach(self, kind, name):
        role = self.role("r", self.permission())
        groups = [{"type": kind, "name": name}]
        return self.principal("p", role, groups=groups)

    def test_groups_give_roles(self):
        self.attach("LDAPGROUP", "CN=Engineering, OU=Groups, DC=acme, DC=com")
        for user in ("ann", "bob"):
            self.assertEqual(
                self.results("images", proxy_user=user), ["centos5-stateful"]
            )
            self.assertEqual(len(self.get(f"permissions/users/{user}").json()), 1)
        for user in ("twin", "nobody"):
            self.assert_refused(self.get(f"images?proxy-user={user}"), 403, NOT_YOU)
            self.assertEqual(self.get(f"permissions/users/{user}").json(), [])

    def test_units_give_roles(self):
        self.attach("LDAPOU", "ou=Berlin,ou=Europe,dc=acme,dc=com")
        self.assertEqual(self.get("images?proxy-user=ann").status_code, 200)
        self.assert_refused(self.get("images?proxy-user=bob"), 403, NOT_YOU)

    def test_diagnostics_show_it_without_the_password(self):
        shown = self.get("diag/ldap")
        self.assertEqual(shown.json()["securityType"], "StartTLS")
        self.assertEqual(shown.json()["userObjectClass"], "inetOrgPerson")
        self.assertNotIn(PASSWORD, shown.text)
        found = self.get("diag/health/detail").json()["ldap"]
        self.assertEqual((found["connected"], found["message"]), (True, None))
        self.assertEqual((found["host"], found["port"]), ("localhost", self.ldap.port))

    def test_nobody_gets_in_by_a_directory_that_does_not_answer(self):
        self.attach("LDAPGROUP", "cn=Engineering,ou=Groups,dc=acme,dc=com")
        self.configure(password="wrong")
        response = self.get("images?proxy-user=ann")
        self.assertEqual(response.status_code, 503)
        self.assertNotIn("wrong", response.text)
        found = self.get("diag/health/detail").json()["ldap"]
        self.assertFalse(found["connected"])
        self.assertIn("localhost", found["message"])
        # Calls without a proxy user do not need it.
        self.assertEqual(self.get("images").status_code, 200)
