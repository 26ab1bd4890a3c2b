"""``/rest/credentials`` (guide 4.3)."""

from plone import api
from tests.rest.job_documents import JobDocuments
from tests.rest.plugins import PluginTestCase
import transaction


CONFIGURATION = """
mws.accounts = ["account1", "account2"]
mws.classes = ["class1"]
mws.qoses = ["qos1"]
"""

CREDENTIALS = {
    "account": "account1",
    "group": "physics",
    "jobClass": "class2",
    "qos": "qos2",
    "qosRequested": "qos3",
    "user": "fred",
}


class TestCredentials(JobDocuments, PluginTestCase):
    configuration = CONFIGURATION

    def names(self, kind, **parameters):
        return self.results(f"credentials/{kind}", api_version=2, **parameters)

    def test_what_the_configuration_names(self):
        self.assertEqual(self.names("accounts"), ["account1", "account2"])
        self.assertEqual(self.names("classes"), ["class1"])
        self.assertEqual(self.names("qoses"), ["qos1"])

    def test_what_jobs_name(self):
        empty = dict.fromkeys(CREDENTIALS)
        self.add_jobs(
            {"name": "Moab.1", "credentials": CREDENTIALS},
            {"name": "Moab.2", "credentials": {**CREDENTIALS, "user": "amy"}},
            {"name": "Moab.3", "credentials": empty},
        )
        self.assertEqual(self.names("accounts"), ["account1", "account2"])
        self.assertEqual(self.names("classes"), ["class1", "class2"])
        self.assertEqual(self.names("qoses"), ["qos1", "qos2", "qos3"])
        self.assertIn("physics", self.names("groups"))
        self.assertLessEqual({"amy", "fred"}, set(self.names("users")))

    def test_users_and_groups_of_the_site(self):
        self.add_person("user1")
        api.group.create(groupname="group1")
        transaction.commit()
        self.assertIn("user1", self.names("users"))
        self.assertIn("group1", self.names("groups"))
        # What everybody is in by itself is no group for work.
        self.assertNotIn("AuthenticatedUsers", self.names("groups"))

    def test_lists_can_be_queried_sorted_and_paged(self):
        found = self.names("accounts", sort={"name": -1})
        self.assertEqual(found, ["account2", "account1"])
        self.assertEqual(self.names("accounts", max=1, offset=1), ["account2"])
        found = self.names("accounts", query={"name": {"$regex": "1$"}})
        self.assertEqual(found, ["account1"])

    def test_version_1_has_none(self):
        for kind in ("accounts", "classes", "groups", "qoses", "users"):
            for version in ("", "?api-version=1"):
                response = self.get(f"credentials/{kind}{version}")
                message = f"The resource with id 'credentials/{kind}' was not found"
                self.assert_refused(response, 404, message, "api-version=2")

    def test_what_is_not_there(self):
        for path in ("credentials", "credentials/roles", "credentials/users/fred"):
            response = self.get(f"{path}?api-version=2")
            self.assertEqual(response.status_code, 404, path)
        response = self.post("credentials/users?api-version=2", {"name": "x"})
        self.assert_refused(response, 405, "is not allowed")

    def test_answers_carry_the_managers_headers(self):
        response = self.get("credentials/users?api-version=latest")
        self.assertEqual(response.headers["X-Moab-Status"], "Success")
        self.assertEqual(response.headers["X-Moab-Code"], "000")
