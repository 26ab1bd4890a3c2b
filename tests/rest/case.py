"""What tests of the REST API have in common."""

from collective.mwsvm.rest import throttle
from collective.mwsvm.testing import FUNCTIONAL_TESTING
from tests.sites import ADMIN
from tests.sites import Site
import json
import requests
import unittest


class RestTestCase(Site, unittest.TestCase):
    """Calls the API over HTTP, as the site's owner unless told otherwise."""

    layer = FUNCTIONAL_TESTING

    def setUp(self):
        super().setUp()
        self.base = f"{self.portal.absolute_url()}/mws/rest"
        throttle.forget()

    def call(self, method, path, json=None, auth=ADMIN, **options):
        """The response; ``json`` is the body, ``path`` may have parameters."""
        return requests.request(
            method, f"{self.base}/{path}", json=json, auth=auth, timeout=30, **options
        )

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.call("POST", path, body, **options)

    def put(self, path, body=None, **options):
        return self.call("PUT", path, body, **options)

    def delete(self, path, **options):
        return self.call("DELETE", path, **options)

    def made(self, path, body, **options):
        """The answer to a creation that must succeed."""
        response = self.post(path, body, **options)
        self.assertEqual(response.status_code, 201, response.text)
        return response.json()

    def results(self, path, name="name", **parameters):
        """One field of all results of a list."""
        parameters = {
            key.replace("_", "-"): value
            if isinstance(value, str | int)
            else json.dumps(value)
            for key, value in parameters.items()
        }
        response = self.get(path, params=parameters)
        self.assertEqual(response.status_code, 200, response.text)
        return [item[name] for item in response.json()["results"]]

    def assert_refused(self, response, status, *messages):
        """The status, and that all sentences are there, in order."""
        self.assertEqual(response.status_code, status, response.text)
        self.assertEqual(list(response.json()), ["messages"])
        found = response.json()["messages"]
        for message in messages:
            self.assertTrue(any(message in item for item in found), (message, found))
