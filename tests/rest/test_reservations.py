"""``/rest/reservations`` (guide 4.21)."""

from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.workload import reservations
from tests.rest.case import RestTestCase
from tests.rest.workload_objects import add_nodes
from tests.rest.workload_objects import node


BODY = {"hostListExpression": "n1"}


class TestReservations(RestTestCase):
    def setUp(self):
        super().setUp()
        add_nodes("n1", "n2", node("big", processors=64, featuresReported=["gpu"]))

    def node(self, name):
        with site.database().reading() as connection:
            return Collection(connection, collections.nodes, site.new_id).get(name)

    def test_the_least_that_a_reservation_needs(self):
        response = self.post("reservations", BODY)
        self.assertEqual(response.status_code, 201)
        self.assertEqual(response.json(), {"id": "system.1"})
        self.assertTrue(response.headers["Location"].endswith("/reservations/system.1"))
        shown = self.get("reservations/system.1").json()
        self.assertEqual(shown["startDate"], shown["creationDate"])
        self.assertEqual(shown["endDate"], "2037-10-24 12:26:40 UTC")
        self.assertEqual(shown["flags"], ["REQFULL", "ISACTIVE", "ISCLOSED"])
        self.assertEqual(shown["requirements"]["nodeIds"], ["n1:1"])
        self.assertIsNone(shown["owner"])

    def test_the_managers_headers_are_on_every_success(self):
        made = self.post("reservations", BODY)
        path = "reservations/system.1"
        for response in (
            made,
            self.get("reservations"),
            self.get(path),
            self.put(path, {"variables": {}}),
            self.delete(path),
        ):
            self.assertEqual(response.headers["X-Moab-Status"], "Success")
            self.assertEqual(response.headers["X-Moab-Code"], "000")

    def test_both_versions_are_the_same(self):
        self.made("reservations", BODY)
        first = self.get("reservations/system.1?api-version=1").json()
        second = self.get("reservations/system.1?api-version=2").json()
        self.assertEqual(first, second)

    def test_ids_begin_with_the_prefix_and_have_one_count(self):
        ids = [
            self.made("reservations", {**BODY, "idPrefix": "night"})["id"],
            self.made("reservations?proxy-user=amy", BODY)["id"],
            self.made("reservations?proxy-user=a%20b", BODY)["id"],
            self.made("reservations", {**BODY, "id": "mine.7"})["id"],
        ]
        self.assertEqual(ids, ["night.1", "amy.2", "system.3", "system.4"])
        owner = self.get("reservations/amy.2").json()["owner"]
        self.assertEqual(owner, {"name": "amy", "type": "USER"})
        self.delete("reservations/system.4")
        self.assertEqual(self.made("reservations", BODY)["id"], "system.5")

    def test_nodes_list_their_reservations(self):
        self.made("reservations", {"hostListExpression": "n[1-2]"})
        expected = [{"name": "system.1", "type": "user"}]
        self.assertEqual(self.node("n1")["reservations"], expected)
        self.assertEqual(self.node("big")["reservations"], [])
        self.delete("reservations/system.1")
        self.assertEqual(self.node("n1")["reservations"], [])

    def test_what_a_reservation_must_be(self):
        for change, message in (
            ({"hostListExpression": ""}, "A reservation needs nodes"),
            ({"hostListExpression": "n9"}, "nodes that do not exist: 'n9'"),
            ({"hostListExpression": "n[3-1]"}, "goes backwards"),
            ({"hostListExpression": "r:("}, "regular expression"),
            ({"hostListExpression": 7, "requirements": []}, "'requirements'"),
            ({"duration": 0}, "The field 'duration' can't be 0"),
            ({"duration": "long"}, "The field 'duration' can't be 'long'"),
            ({"startDate": "soon"}, "'startDate': 'soon' is not a date"),
            ({"endDate": "2001-01-01 00:00:00 UTC"}, "must be after 'startDate'"),
            ({"flags": ["NONE"]}, "The field 'flags.0' can't be 'NONE'"),
            ({"idPrefix": "a/b"}, "The field 'idPrefix' can't be 'a/b'"),
            ({"owner": "amy"}, "The field 'owner' can't be 'amy'"),
            ({"owner": {"name": "x", "type": "CAT"}}, "'owner.type' can't be 'CAT'"),
            ({"resources": {"PROCS": -2}}, "'resources.PROCS' can't be -2"),
            ({"resources": {"PROCS": 9}}, "n1 has less than 9 processors"),
            ({"resources": {"licence": 1}}, "n1 has less than 1 licence"),
            ({"requirements": {"featureList": ["gpu"]}}, "the feature 'gpu'"),
            ({"requirements": {"memory": 99999}}, "less than 99999 MB of memory"),
            ({"requirements": {"os": "xp"}}, "the operating system 'xp'"),
            ({"requirements": {"architecture": "vax"}}, "the architecture 'vax'"),
            ({"requirements": {"taskCount": 2}}, "Only 1 of 2 tasks find room"),
            ({"partitionId": "west"}, "is not in the partition 'west'"),
            ({"trigger": {"eventType": "HOLD"}}, "'trigger.eventType' can't be 'HOLD'"),
            ({"aclRules": [{"type": "USER"}]}, "'aclRules.0.value' is required"),
            ({"variables": ["a"]}, "The field 'variables' can't be"),
        ):
            response = self.post("reservations", {**BODY, **change})
            self.assert_refused(response, 400, message)
        self.assert_refused(self.post("reservations", []), 400, "must be a JSON object")
        self.assertEqual(self.results("reservations", "id"), [])
        self.assertEqual(self.node("n1")["reservations"], [])

    def test_unknown_ones(self):
        for response in (
            self.get("reservations/system.9"),
            self.put("reservations/system.9", {"variables": {}}),
            self.delete("reservations/system.9"),
        ):
            self.assert_refused(
                response, 404, "The resource with id 'system.9' was not found"
            )

    def test_two_of_start_end_and_duration(self):
        day = "2013-05-{} 00:00:00 UTC"
        self.clock.now = 1367366400  # 2013-05-01
        for given, expected in (
            ({"startDate": day.format("02"), "duration": 86400}, ("02", "03")),
            (
                {"startDate": day.format("02"), "endDate": day.format("04")},
                ("02", "04"),
            ),
            ({"endDate": day.format("04"), "duration": 86400}, ("03", "04")),
            ({"endDate": day.format("04")}, ("01", "04")),
            ({"duration": 86400}, ("01", "02")),
        ):
            made = self.made("reservations", {**BODY, **given})
            shown = self.get(f"reservations/{made['id']}").json()
            found = (shown["startDate"], shown["endDate"])
            self.assertEqual(found, tuple(map(day.format, expected)))
            days = int(expected[1]) - int(expected[0])
            self.assertEqual(shown["duration"], days * 86400)

    def test_dates_that_contradict_each_other(self):
        self.clock.now = 1367366400
        body = {
            **BODY,
            "startDate": "2013-05-02 00:00:00 UTC",
            "endDate": "2013-05-03 00:00:00 UTC",
            "duration": 60,
        }
        self.assert_refused(
            self.post("reservations", body), 400, "'duration'", "two of"
        )
        body = {
            **BODY,
            "startDate": "2013-04-02 00:00:00 UTC",
            "endDate": "2013-04-03 00:00:00 UTC",
        }
        self.assert_refused(self.post("reservations", body), 400, "in the past")

    def test_exclusive_ones_share_with_nobody(self):
        self.made("reservations", {**BODY, "duration": 3600})
        exclusive = {**BODY, "flags": ["DEDICATEDRESOURCE"]}
        self.assert_refused(
            self.post("reservations", exclusive),
            400,
            "The node 'n1' is taken by the reservation 'system.1' from",
        )
        later = {**exclusive, "startDate": "2030-01-01 00:00:00 UTC"}
        made = self.made("reservations", later)
        self.assert_refused(
            self.post("reservations", BODY),
            400,
            f"taken by the exclusive reservation '{made['id']}'",
        )
        self.made("reservations", {**exclusive, "hostListExpression": "n2"})
        self.made("reservations", {**BODY, "flags": ["IGNRSV"]})

    def test_only_variables_can_be_changed(self):
        self.made("reservations", BODY)
        path = "reservations/system.1"
        before = self.get(path).json()
        for body, message in (
            ({}, "The field 'variables' is required"),
            ({"label": "x"}, "The field 'variables' is required"),
            ({"variables": {}, "label": "x"}, "The field 'label' can't be changed"),
            ({"variables": {}, "aclRules": []}, "'aclRules' can't be changed"),
            ({"variables": {}, "flags": ["SPACEFLEX"]}, "'flags' can't be changed"),
            ({"variables": 7}, "The field 'variables' can't be 7"),
            ({"variables": {"a": {}}}, "'variables.a' can't be {}"),
        ):
            self.assert_refused(self.put(path, body), 400, message)
        self.assert_refused(
            self.put(f"{path}?change-mode=remove", {"variables": {"b": ""}}),
            400,
            "variables that the reservation does not have: b",
        )
        self.assertEqual(self.get(path).json(), before)
        # A client may send all that it got.
        whole = {**before, "variables": {"a": "b"}}
        self.assertEqual(self.put(path, whole).status_code, 200)
        self.assertEqual(self.get(path).json(), whole)

    def test_they_begin_and_end_with_the_clock(self):
        now = self.clock.now
        self.made(
            "reservations",
            {**BODY, "startDate": "2027-02-01 00:00:00 UTC", "duration": 600},
        )
        path = "reservations/system.1"
        shown = self.get(path).json()
        self.assertFalse(shown["isActive"])
        self.assertNotIn("ISACTIVE", shown["flags"])
        self.clock.now = 1801440000 + 60
        self.assertGreater(self.clock.now, now)
        shown = self.get(path).json()
        self.assertTrue(shown["isActive"])
        self.assertEqual(shown["statistics"]["cips"], 8 * 60)
        with site.database().transaction() as connection:
            (began,) = reservations.expire(connection, self.clock.now)
        self.assertEqual((began.event_type, began.key), ("rsvstart", "system.1"))
        query = {"isActive": True}
        self.assertEqual(self.results("reservations", "id", query=query), ["system.1"])
        self.clock.forward(540)
        with site.database().transaction() as connection:
            (ended,) = reservations.expire(connection, self.clock.now)
        self.assertEqual((ended.event_type, ended.key), ("rsvend", "system.1"))
        self.assertEqual(self.get(path).status_code, 404)
        self.assertEqual(self.node("n1")["reservations"], [])

    def test_query_and_sort(self):
        for label in ("b", "a"):
            self.made("reservations", {**BODY, "label": label})
        sorted_ = self.results("reservations", "label", sort={"label": 1})
        self.assertEqual(sorted_, ["a", "b"])
        query = {"label": "b", "endDate": {"$gt": "2030-01-01 00:00:00 UTC"}}
        self.assertEqual(self.results("reservations", "label", query=query), ["b"])

    def test_every_change_is_an_event(self):
        self.made("reservations", BODY)
        self.put("reservations/system.1?proxy-user=amy", {"variables": {"a": "b"}})
        self.delete("reservations/system.1")
        events = self.get("events").json()["results"]
        self.assertEqual(
            [event["eventType"] for event in events],
            ["rsvcreate", "rsvmodify", "rsvcancel"],
        )
        self.assertEqual(events[0]["primaryObject"]["id"], "system.1")
        self.assertEqual(events[1]["initiatedBy"]["proxyUser"], "amy")

    def test_a_dry_run_leaves_nothing(self):
        response = self.post("reservations?dry-run=true", BODY)
        self.assertEqual(response.status_code, 201)
        self.assertEqual(self.results("reservations", "id"), [])
        self.assertEqual(self.made("reservations", BODY), {"id": "system.1"})
