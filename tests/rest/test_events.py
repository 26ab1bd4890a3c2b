"""``/rest/events`` (guide 4.5)."""

from collective.mwsvm import site
from collective.mwsvm.configuration import NAME
from collective.mwsvm.events.store import EventStore
from pathlib import Path
from tempfile import TemporaryDirectory
from tests.rest.case import RestTestCase
from tests.rest.documentation.guide_events import CYCLE
from tests.rest.documentation.guide_events import JOBSTART
from tests.rest.documentation.guide_events import RMFAILURE
from unittest import mock
import os
import threading
import transaction


XML = b"""<Events>
<Event eventTime="2012-01-27T15:18:30.000-07:00" eventType="jobstart"
 eventCategory="start" sourceComponent="MWM" status="success" facility="job">
<InitiatedBy user="tomcat6" proxyUser="bob"/>
<PrimaryObject objectType="job" objectID="moab.849"><Serialization>
<![CDATA[<job JobID="moab.849"/>]]></Serialization></PrimaryObject>
<RelatedObjects><RelatedObject objectType="vm" objectID="vm56"/></RelatedObjects>
<Details><Detail name="alpha">lorem</Detail></Details>
</Event></Events>"""


class TestEvents(RestTestCase):
    def test_several_events_at_once_get_ids_that_rise(self):
        made = self.made("events", [JOBSTART, RMFAILURE, CYCLE])
        ids = [item["id"] for item in made]
        self.assertEqual(ids, sorted(ids))
        for id, given in zip(ids, (JOBSTART, RMFAILURE, CYCLE), strict=True):
            self.assertRegex(id, "^[0-9a-f]{24}$")
            expected = {"details": {}, **given, "id": id}
            self.assertEqual(self.get(f"events/{id}").json(), expected)

    def test_one_event(self):
        made = self.made("events", JOBSTART)
        self.assertEqual(list(made), ["id"])

    def test_events_in_xml(self):
        headers = {"Content-Type": "application/xml"}
        response = self.call("POST", "events", data=XML, headers=headers)
        self.assertEqual(response.status_code, 201, response.text)
        event = self.get(f"events/{response.json()[0]['id']}").json()
        self.assertEqual(event["eventTime"], "2012-01-27 22:18:30 UTC")
        self.assertEqual(event["relatedObjects"], [{"type": "vm", "id": "vm56"}])
        self.assertIn("<job JobID", event["primaryObject"]["serialization"])

    def test_xml_that_bites(self):
        headers = {"Content-Type": "text/xml"}
        for data, message in (
            (b'<!DOCTYPE x [<!ENTITY a "b">]><Events/>', "DOCTYPE"),
            (b"<Events>", "line 1"),
            (b"<Other/>", "Other"),
            (b"<Events/>", "The request has no events"),
            (b'<Events><Event eventTime="now" eventType="x"/></Events>', "'now'"),
        ):
            response = self.call("POST", "events", data=data, headers=headers)
            self.assert_refused(response, 400, message)

    def test_all_or_none(self):
        wrong = {**CYCLE, "eventTime": "yesterday"}
        self.assert_refused(
            self.post("events", [CYCLE, wrong]),
            400,
            "Event 1: The field 'eventTime': 'yesterday' is not a date",
            "No event was created",
        )
        self.assert_refused(self.post("events", [CYCLE, 5]), 400, "Item 1 of the body")
        self.assert_refused(self.post("events", []), 400, "The request has no events")
        self.assertEqual(self.results("events", "id"), [])

    def test_restrictions(self):
        for change, message in (
            ({"eventType": None}, "eventType"),
            ({"eventType": "it's"}, "quotes can't be used here"),
            ({"primaryObject": {"id": 'a"b'}}, "quotes can't be used here"),
            ({"details": {"a b": "x"}}, "the name 'a b' must have only letters"),
            ({"details": {"a": {"b": 1}}}, "details.a"),
        ):
            self.assert_refused(self.post("events", {**CYCLE, **change}), 400, message)

    def test_quotes_may_be_where_text_is(self):
        self.made(
            "events",
            {
                **RMFAILURE,
                "errorMessage": {"message": "RM says, \"Cannot provision 'vm21'\""},
                "details": {"a": "'quoted'"},
            },
        )

    def test_only_fifty_details_are_kept(self):
        details = {f"d{number}": "x" for number in range(60)}
        made = self.made("events", {**CYCLE, "details": details})
        kept = self.get(f"events/{made['id']}").json()["details"]
        self.assertEqual(list(kept), [f"d{number}" for number in range(50)])


class TestQueries(RestTestCase):
    """Every query of guide 4.5.1."""

    def setUp(self):
        super().setUp()
        self.made(
            "events",
            [
                {
                    **JOBSTART,
                    "eventType": kind,
                    "status": status,
                    "initiatedBy": {"proxyUser": user, "user": "tomcat6"},
                    "eventTime": f"2012-01-27 12:0{minute}:00 UTC",
                    "details": {"name": f"{kind}{minute}"},
                }
                for kind, status, user, minute in (
                    ("jobsubmit", "failure", "bob", 3),
                    ("jobsubmit", "success", "alice", 4),
                    ("vmcreate", "success", "charlie", 6),
                    ("jobsubmit", "success", "bob", 8),
                    ("vmmigrate", "success", "dora", 9),
                )
            ],
        )

    def found(self, **parameters):
        return [
            item["name"] for item in self.results("events", "details", **parameters)
        ]

    def test_simple_queries(self):
        self.assertEqual(
            self.found(query={"eventType": "jobsubmit"}),
            ["jobsubmit3", "jobsubmit4", "jobsubmit8"],
        )
        query = {"eventType": "jobsubmit", "status": "failure"}
        self.assertEqual(self.found(query=query), ["jobsubmit3"])
        self.assertEqual(len(self.found(query={"facility": "job"})), 5)
        self.assertEqual(len(self.found(query={"eventCategory": "start"})), 5)

    def test_embedded_objects(self):
        field = "initiatedBy.proxyUser"
        self.assertEqual(self.found(query={field: "bob"}), ["jobsubmit3", "jobsubmit8"])
        self.assertEqual(
            self.found(query={field: {"$ne": "bob"}}),
            ["jobsubmit4", "vmcreate6", "vmmigrate9"],
        )
        self.assertEqual(
            len(self.found(query={field: {"$in": ["alice", "bob", "charlie"]}})), 4
        )
        self.assertEqual(len(self.found(query={"relatedObjects.id": "vm56"})), 5)

    def test_dates(self):
        early, late = "2012-01-27 12:04:00 UTC", "2012-01-27 12:08:00 UTC"
        for condition, expected in (
            ({"$lt": late}, 3),
            ({"$lte": late}, 4),
            ({"$gt": early}, 3),
            ({"$gte": early}, 4),
            ({"$gte": early, "$lte": late}, 3),
            ({"$gte": "2012-01-27 05:04:00 MST", "$lte": late}, 3),
        ):
            query = {"eventTime": condition}
            self.assertEqual(len(self.found(query=query)), expected, condition)
        self.assertEqual(
            self.found(
                query={
                    "initiatedBy.proxyUser": "bob",
                    "eventType": "jobsubmit",
                    "eventTime": {"$gte": early, "$lte": late},
                }
            ),
            ["jobsubmit8"],
        )

    def test_wrong_dates_are_named(self):
        query = '{"eventTime":{"$lt":"2012-13-27 12:08:00 UTC"}}'
        self.assert_refused(
            self.get("events", params={"query": query}), 400, "eventTime", "2012-13-27"
        )

    def test_order_and_pages(self):
        self.assertEqual(
            self.found(sort={"eventTime": -1}, max=2), ["vmmigrate9", "jobsubmit8"]
        )
        self.assertEqual(
            self.found(sort={"eventType": 1, "eventTime": -1}, max=1, offset=2),
            ["jobsubmit3"],
        )
        answer = self.get("events?max=3&fields=eventTime").json()
        self.assertEqual((answer["totalCount"], answer["resultCount"]), (5, 3))
        self.assertEqual(list(answer["results"][0]), ["eventTime"])


class TestFollowing(RestTestCase):
    def test_events_after_one(self):
        ids = [item["id"] for item in self.made("events", [CYCLE] * 3)]
        self.assertEqual(self.results("events", "id", after=ids[0]), ids[1:])
        self.assertEqual(self.results("events", "id", after=ids[2]), [])
        self.assertEqual(len(self.results("events", "id", after="0" * 24)), 3)
        self.assert_refused(self.get("events?after=x"), 400, "after: 'x' is not the id")
        self.assert_refused(self.get("events?wait=31"), 400, "wait: '31'", "30")

    def test_the_next_event_is_waited_for(self):
        first = self.made("events", CYCLE)["id"]
        answers = []
        waiting = threading.Thread(
            target=lambda: answers.append(
                self.results("events", "id", after=first, wait=20)
            )
        )
        waiting.start()
        second = self.made("events", CYCLE)["id"]
        waiting.join(30)
        self.assertEqual(answers, [[second]])

    def test_ids_rise_when_the_clock_goes_back(self):
        first = self.made("events", CYCLE)["id"]
        self.clock.forward(-1000)
        second = self.made("events", CYCLE)["id"]
        self.assertGreater(second, first)


class TestRetention(RestTestCase):
    def test_old_events_are_dropped(self):
        recent = {**CYCLE, "eventTime": "2027-01-15 00:00:00 UTC"}
        ids = [item["id"] for item in self.made("events", [CYCLE, recent])]
        before = self.clock() - 90 * 86400
        with site.database().writing() as connection:
            store = EventStore(connection, self.clock)
            self.assertEqual(store.purge(before), 1)
            self.assertEqual(store.purge(before), 0)
        transaction.commit()
        self.assertEqual(self.results("events", "id"), ids[1:])


class TestLog(RestTestCase):
    def setUp(self):
        super().setUp()
        home = TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = Path(home.name)
        patcher = mock.patch.dict(os.environ, {"MWS_HOME": home.name})
        patcher.start()
        self.addCleanup(patcher.stop)
        (self.home / NAME).write_text('events.log.file = "events.log"\n')

    def test_what_is_kept_is_logged(self):
        self.made("events", [JOBSTART, RMFAILURE])
        self.assert_refused(self.post("events", [CYCLE, {}]), 400)
        self.post("events?dry-run=true", CYCLE)
        lines = (self.home / "events.log").read_text().splitlines()
        self.assertEqual(len(lines), 2)
        self.assertIn(
            'type="jobstart" category="start" sourceComponent="MWM"', lines[0]
        )
        self.assertIn('serialization="<job JobID=\\"moab.849\\"', lines[0])

    def test_events_are_kept_when_the_log_is_out_of_reach(self):
        (self.home / "events.log").mkdir()
        made = self.made("events", CYCLE)
        self.assertEqual(self.get(f"events/{made['id']}").status_code, 200)

    def test_a_wrong_configuration_is_told_by_name(self):
        (self.home / NAME).write_text("events.log.fiel = 1\n")
        with self.assertLogs("collective.mwsvm", "ERROR"):
            response = self.post("events", CYCLE)
        self.assertEqual(response.status_code, 500)
