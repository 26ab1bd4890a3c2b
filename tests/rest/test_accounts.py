"""Application accounts call the API, and nothing else (guide 2.1)."""

from collective.mwsvm.access.accounts import Account
from collective.mwsvm.content.accounts import Accounts
from tests.rest.case import RestTestCase
from tests.rest.test_images import MINIMAL
import dataclasses
import requests
import transaction


NOT_YOU = "You are not authorized to access this area"


class TestAccounts(RestTestCase):
    def setUp(self):
        super().setUp()
        self.accounts = Accounts(self.portal)
        self.account = Account(
            name="Moab Viewpoint",
            username="viewpoint",
            permissions={"images": {"GET"}, "events": {"GET", "POST"}},
        )
        self.auth = ("viewpoint", self.accounts.create(self.account))
        transaction.commit()

    def test_the_grid_decides(self):
        for method, path, status in (
            ("GET", "images", 200),
            ("HEAD", "images", 200),
            ("POST", "images", 403),
            ("PUT", "images/x", 403),
            ("DELETE", "images/x", 403),
            ("GET", "roles", 403),
            ("GET", "diag/about", 403),
            ("PATCH", "images", 405),
            ("GET", "diag/health/summary", 200),
        ):
            response = self.call(method, path, json=MINIMAL, auth=self.auth)
            self.assertEqual(response.status_code, status, (method, path))
        self.assert_refused(self.get("roles", auth=self.auth), 403, NOT_YOU)

    def test_events_know_who_did_it(self):
        event = {"eventTime": "2012-01-01 00:00:00 UTC", "eventType": "x"}
        made = self.made("events", event, auth=self.auth)
        self.assertEqual(list(made), ["id"])

    def test_a_wrong_password_and_a_disabled_account_are_the_same(self):
        wrong = ("viewpoint", "x")
        refused = self.get("images", auth=wrong)
        self.assert_refused(refused, 401)
        disabled = dataclasses.replace(self.account, enabled=False)
        self.accounts.change("viewpoint", disabled)
        transaction.commit()
        self.assertEqual(self.get("images", auth=self.auth).text, refused.text)
        self.assertEqual(self.get("images", auth=self.auth).status_code, 401)

    def test_an_account_is_good_for_the_api_only(self):
        site = self.portal.absolute_url()
        for path in (
            "@users/mws/rest",
            "@@mws-accounts",
            "@mws-accounts",
            "++api++/@users/mws/rest",
            "images/mws/rest",
            "@@usergroup-userprefs",
        ):
            response = requests.get(
                f"{site}/{path}",
                auth=self.auth,
                headers={"Accept": "application/json"},
                allow_redirects=False,
                timeout=30,
            )
            self.assertNotEqual(response.status_code, 200, path)
            self.assertNotIn("viewpoint", response.text, path)
