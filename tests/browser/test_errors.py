"""Pages and REST while the MWS database is away."""

from collective.mwsvm import site
from collective.mwsvm.database.engine import BUSY
from collective.mwsvm.models.errors import Unavailable
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from tests.monitor.test_services import ServiceTestCase
from unittest import mock
import requests


class TestUnavailable(ServiceTestCase):
    def get(self, path, accept):
        with mock.patch.object(site, "database", side_effect=Unavailable(BUSY)):
            return requests.get(
                f"{self.portal.absolute_url()}{path}",
                headers={"Accept": accept},
                auth=(SITE_OWNER_NAME, SITE_OWNER_PASSWORD),
                timeout=30,
            )

    def test_a_page_is_503_with_a_sentence_and_no_traceback(self):
        for path in ("/vm1", "/vm1/@@machine-live", "/@@mwsvm"):
            reply = self.get(path, "text/html")
            self.assertEqual(reply.status_code, 503, path)
            self.assertIn("try again in a moment", reply.text)
            self.assertNotIn("Traceback", reply.text)

    def test_rest_is_503_with_the_same_sentence(self):
        reply = self.get("/vm1", "application/json")
        self.assertEqual(reply.status_code, 503)
        self.assertEqual(reply.json(), {"type": "Unavailable", "message": BUSY})
