"""Test layers: a Plone site with the add-on, and a database of its own."""

from collective.mwsvm import site
from collective.mwsvm.database import collections  # noqa: F401 - declares tables
from collective.mwsvm.database.tables import meta
from collective.mwsvm.database.tables import metadata
from pathlib import Path
from plone.app.testing import applyProfile
from plone.app.testing import FunctionalTesting
from plone.app.testing import IntegrationTesting
from plone.app.testing import PLONE_FIXTURE
from plone.app.testing import PloneSandboxLayer
from plone.testing.zope import WSGI_SERVER_FIXTURE
from tempfile import TemporaryDirectory
import collective.mwsvm
import os
import plone.restapi


class MwsvmLayer(PloneSandboxLayer):
    """The site; its MWS database is a SQLite file in a temporary directory."""

    defaultBases = (PLONE_FIXTURE,)

    def setUp(self):
        self.directory = TemporaryDirectory(prefix="mwsvm-test-")
        path = Path(self.directory.name) / "{site}.sqlite"
        os.environ["MWSVM_DATABASE_URL"] = f"sqlite:///{path}"
        super().setUp()

    def tearDown(self):
        super().tearDown()
        site.close_plugin_hosts()
        site.databases.close()
        del os.environ["MWSVM_DATABASE_URL"]
        self.directory.cleanup()

    def setUpZope(self, app, configurationContext):
        self.loadZCML(package=plone.restapi)
        self.loadZCML(package=collective.mwsvm)

    def setUpPloneSite(self, portal):
        # As in a real site: what is new is private.
        portal.portal_workflow.setDefaultChain("simple_publication_workflow")
        applyProfile(portal, "collective.mwsvm:default")


class MwsvmFunctionalTesting(FunctionalTesting):
    """What a test has committed to the MWS database is gone for the next one."""

    def testTearDown(self):
        database = site.database()
        super().testTearDown()
        with database.transaction() as connection:
            connection.execute(meta.delete().where(meta.c.key != "site"))
            for table in metadata.sorted_tables:
                # What has been counted must not be counted again.
                if table.name not in ("meta", "change_counts"):
                    connection.execute(table.delete())


FIXTURE = MwsvmLayer()
INTEGRATION_TESTING = IntegrationTesting(bases=(FIXTURE,), name="Mwsvm:Integration")
FUNCTIONAL_TESTING = MwsvmFunctionalTesting(
    bases=(FIXTURE, WSGI_SERVER_FIXTURE), name="Mwsvm:Functional"
)
