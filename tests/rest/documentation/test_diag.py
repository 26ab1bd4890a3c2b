"""Guide 4.4: diagnostics."""

from collective.mwsvm.models import versions
from collective.mwsvm.rest import facts
from sqlalchemy import make_url
from tests.rest.documentation.case import DocumentationTestCase
from unittest import mock
import certifi
import os


ABOUT = {
    "suite": "Cloud",
    "pluginCommonsVersion": "0.9.3",
    "version": "7.1",
    "build": "100",
    "buildDate": "2012-01-01_16-00-00",
    "revision": "1000",
}

SUMMARY = {
    "mam": {"connected": True},
    "mongo": {"connected": False},
    "mwm": {"connected": True, "mongoConnected": "UP"},
}

DETAIL = {
    "mam": {
        "connected": False,
        "host": "localhost",
        "message": "There was an error connecting to MAM at 'localhost', the secret key "
        "does not match.",
        "port": 7112,
        "version": None,
    },
    "mongo": {
        "connected": True,
        "databaseName": "mws",
        "host": "127.0.0.1",
        "message": None,
        "port": 27017,
        "replicaSet": None,
        "username": "mws",
        "version": "2.0.1",
    },
    "mwm": {
        "connected": True,
        "host": "localhost",
        "message": None,
        "port": 42559,
        "licensedFeatures": ["vm", "provision"],
        "state": "RUNNING",
        "mongoConnected": "DOWN",
        "mongoCredentialsSet": False,
        "mongoHost": "localhost",
        "mongoPort": 27017,
        "version": "7.2",
    },
}

LDAP = {
    "server": "openldapsambaserver",
    "port": 389,
    "securityType": "SSL",
    "baseDNs": ["dc=testldap,dc=ac"],
    "bindUser": "cn=admin,dc=testldap,dc=ac",
    "userObjectClass": "posixAccount",
    "userNameAttribute": "uid",
}

CONFIGURATION = f"""
ldap.server = "openldapsambaserver"
ldap.port = 389
ldap.baseDNs = ["dc=testldap,dc=ac"]
ldap.bindUser = "cn=admin,dc=testldap,dc=ac"
ldap.password = "secret"
ldap.directory.type = "OpenLDAP Using Samba Schema"
ldap.security.type = "SSL"
ldap.security.server.certificate = "{certifi.where()}"
"""

#: What `facts.build` tells of a build that stays the same.
BUILD = {
    "pluginCommonsVersion": versions.COMMONS,
    "version": versions.MWS,
    "build": "1.0",
    "buildDate": "2012-01-01_16-00-00",
    "revision": "1.0",
}


class TestDiagnostics(DocumentationTestCase):
    def setUp(self):
        super().setUp()
        self.patch(facts, "build", lambda: BUILD)

    def patch(self, *target):
        patcher = mock.patch.object(*target)
        patcher.start()
        self.addCleanup(patcher.stop)

    def test_about(self):
        reply = self.example("diag-about", "GET", "diag/about")
        # The version that this server is compatible with, and its own build.
        self.assert_like(
            reply,
            ABOUT,
            pluginCommonsVersion="0.9.4",
            version="7.2.6",
            build="1.0",
            revision="1.0",
        )

    def test_authentication(self):
        self.assertEqual(self.example("diag-auth", "GET", "diag/auth"), {})
        wrong = {"status": 401, "auth": ("admin", "wrong")}
        self.example("diag-auth-wrong", "GET", "diag/auth", **wrong)

    def test_health_has_two_parts(self):
        # The guide's summary of the calls has diag/health alone, which was never there.
        self.assertEqual(self.get("diag/health").status_code, 404)

    def test_health_summary(self):
        reply = self.example(
            "diag-health-summary", "GET", "diag/health/summary", auth=None
        )
        # There is no accounting manager yet; in the guide the database is down.
        self.assert_like(reply, SUMMARY, mam__connected=False, mongo__connected=True)

    def test_health_summary_without_the_database(self):
        nowhere = "postgresql://mws:mws@127.0.0.1:9/mws"
        with mock.patch.dict(os.environ, {"MWSVM_DATABASE_URL": nowhere}):
            reply = self.example(
                "diag-health-summary-down", "GET", "diag/health/summary", auth=None
            )
        # The manager of this server lives in that database.
        self.assert_like(
            reply,
            SUMMARY,
            mam__connected=False,
            mwm__connected=False,
            mwm__mongoConnected="UNKNOWN",
        )

    def test_health_detail(self):
        # Of PostgreSQL, without one.
        url = make_url("postgresql://mws:secret@127.0.0.1:5432/mws")
        self.patch(facts, "make_url", lambda _: url)
        self.patch(facts, "_RELEASE", {"sqlite": "SELECT '15.8'"})
        reply = self.example("diag-health-detail", "GET", "diag/health/detail")
        self.assertNotIn("secret", self.response.text)
        self.assert_like(
            reply,
            DETAIL,
            mam__host=None,
            mam__message="There is no accounting manager yet.",
            mam__port=None,
            mongo__port=5432,
            mongo__version="15.8",
            mwm__port=None,
            mwm__mongoConnected="UP",
            mwm__mongoCredentialsSet=True,
            mwm__mongoHost="127.0.0.1",
            mwm__mongoPort=5432,
            mwm__version="7.2.6",
        )

    def test_ldap(self):
        self.configure(CONFIGURATION)
        reply = self.example("diag-ldap", "GET", "diag/ldap")
        self.assert_like(reply, LDAP)
        self.assertNotIn("secret", self.response.text)
