"""``/rest/policies`` (guide 4.17)."""

from tests.rest.case import RestTestCase
from tests.rest.test_access import AccessTestCase
from tests.rest.test_access import NOT_YOU


MIGRATION = "policies/auto-vm-migration"
OVERCOMMIT = "policies/hv-allocation-overcommit"
EXCLUSION = "policies/migration-exclusion-list"

ENABLE = {"state": "enabled", "migrationAlgorithmType": "overcommit"}


class TestPolicies(RestTestCase):
    def test_answers_say_that_the_manager_has_done_it(self):
        for response in (
            self.get("policies"),
            self.get(MIGRATION),
            self.put(MIGRATION, ENABLE),
        ):
            self.assertEqual(response.status_code, 200, response.text)
            self.assertEqual(response.headers["X-Moab-Status"], "Success")
            self.assertEqual(response.headers["X-Moab-Code"], "000")

    def test_lists_can_be_queried_sorted_and_paged(self):
        self.put(OVERCOMMIT, {"state": "ENABLED"})
        found = self.results("policies", "id", query={"state": "ENABLED"})
        self.assertEqual(found, ["hv-allocation-overcommit"])
        for wanted in (False, "false"):
            query = {"state": "DISABLED", "conflicted": wanted}
            found = self.results("policies", "id", query=query)
            self.assertEqual(len(found), 3, wanted)
            query = {"conflicted": not wanted if wanted is False else "true"}
            self.assertEqual(self.results("policies", "id", query=query), [])
        found = self.results("policies", "id", sort={"id": -1}, max=2, offset=1)
        self.assertEqual(
            found, ["migration-exclusion-list", "hv-allocation-overcommit"]
        )
        self.assert_refused(self.get("policies?query={x"), 400, "query: is no JSON")

    def test_what_is_not_there(self):
        for response in (
            self.get("policies/fairshare"),
            self.put("policies/fairshare", {"state": "ENABLED"}),
        ):
            message = "The resource with id 'fairshare' was not found"
            self.assert_refused(response, 404, message)
        self.assert_refused(self.post("policies", {}), 405, "is not allowed")
        self.assert_refused(self.delete(MIGRATION), 405, "is not allowed")

    def test_bodies_that_say_nothing(self):
        self.assert_refused(self.put(MIGRATION), 400, "The request has no body")
        self.assert_refused(self.put(MIGRATION, {}), 400, "has an empty body")
        self.assert_refused(self.put(MIGRATION, [1]), 400, "must be a JSON object")
        self.assert_refused(self.put(MIGRATION, {"id": "x"}), 400, "has no field of")

    def test_a_refused_change_changes_nothing_and_is_no_event(self):
        before = self.get(MIGRATION).json()
        given = {"state": "enabled", "processorUtilizationThreshold": 0.5}
        message = "The field 'migrationAlgorithmType' can't be NONE"
        self.assert_refused(self.put(MIGRATION, given), 400, message)
        self.assertEqual(self.get(MIGRATION).json(), before)
        self.assertEqual(self.get("events").json()["totalCount"], 0)

    def test_every_change_is_an_event(self):
        self.put(f"{MIGRATION}?proxy-user=amy", ENABLE)
        (event,) = self.get("events").json()["results"]
        self.assertEqual(event["eventType"], "policymodify")
        self.assertEqual(event["eventCategory"], "modify")
        self.assertEqual(event["primaryObject"]["type"], "policy")
        self.assertEqual(event["primaryObject"]["id"], "auto-vm-migration")
        self.assertEqual(event["initiatedBy"]["proxyUser"], "amy")

    def test_a_dry_run_changes_nothing(self):
        response = self.put(f"{MIGRATION}?dry-run=true", ENABLE)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.get(MIGRATION).json()["state"], "DISABLED")

    def test_how_many_metrics_there_may_be_the_server_says(self):
        metrics = {f"m{number}": 1 for number in range(11)}
        given = {**ENABLE, "genericMetricThresholds": metrics}
        self.assert_refused(self.put(MIGRATION, given), 400, "10 at most")

    def test_change_modes(self):
        given = {"state": "ENABLED", "vmExclusionList": ["vm1", "vm5"]}
        self.put(EXCLUSION, given)
        self.put(f"{EXCLUSION}?change-mode=add", {"vmExclusionList": ["vm3"]})
        self.put(f"{EXCLUSION}?change-mode=remove", {"vmExclusionList": ["vm1"]})
        self.assertEqual(self.get(EXCLUSION).json()["vmExclusionList"], ["vm5", "vm3"])
        self.put(f"{EXCLUSION}?change-mode=set", {"vmExclusionList": []})
        self.assertEqual(self.get(EXCLUSION).json()["vmExclusionList"], [])
        response = self.put(f"{EXCLUSION}?change-mode=all", given)
        self.assert_refused(response, 400, "change-mode: 'all' is not one of")


class TestRoles(AccessTestCase):
    def test_a_filter_limits_the_policies(self):
        mine = {"state": "DISABLED", "priority": {"$gt": 1}}
        permissions = [
            self.permission("policies", action, resourceFilter=mine)
            for action in ("read", "update")
        ]
        users = [{"name": "bob", "type": "LDAP"}]
        self.principal("p", self.role("r", *permissions), users=users)
        found = self.results("policies", "id", proxy_user="bob")
        self.assertEqual(len(found), 3)
        for response in (
            self.get(f"{MIGRATION}?proxy-user=bob"),
            self.put(f"{MIGRATION}?proxy-user=bob", ENABLE),
        ):
            self.assert_refused(response, 404, "'auto-vm-migration' was not found")
        # Nothing can be moved out of what is allowed.
        path = f"{OVERCOMMIT}?proxy-user=bob"
        self.assert_refused(self.put(path, {"state": "ENABLED"}), 403, NOT_YOU)
        self.assertEqual(self.get(path).json()["state"], "DISABLED")
