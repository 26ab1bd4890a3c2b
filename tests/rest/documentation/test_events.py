"""Guide 4.5: events."""

from tests.events.samples import LINES
from tests.events.samples import XML
from tests.rest.documentation import guide_events as guide
from tests.rest.documentation.case import DocumentationTestCase
from tests.sites import ADMIN
from unittest import mock
from urllib.parse import parse_qsl
from urllib.parse import quote
from urllib.parse import urlencode
import os
import time


#: What the queries of the guide are tried on: type, status, user and time.
QUERIED = [
    {
        "eventTime": f"2012-01-27 {time}:00 UTC",
        "eventType": kind,
        "eventCategory": "submit" if kind == "jobsubmit" else "start",
        "facility": "job" if kind.startswith("job") else "vm",
        "status": status,
        "initiatedBy": {"user": "tomcat6", "proxyUser": user},
    }
    for kind, status, user, time in (
        ("jobsubmit", "failure", "bob", "12:03"),
        ("jobsubmit", "success", "alice", "12:04"),
        ("jobstart", "success", "charlie", "12:06"),
        ("jobsubmit", "success", "bob", "12:08"),
        ("vmmigrate", "success", "dora", "12:09"),
    )
]

#: The dates that the queries have between them.
EARLY, LATE = "2012-01-27 12:04:00 UTC", "2012-01-27 12:08:00 UTC"
BETWEEN = f'"eventTime":{{"$gte":"{EARLY}","$lte":"{LATE}"}}'

#: Each query of the guide, word by word, with the minutes of the events that it finds.
QUERIES = {
    "events-query-type": ('{"eventType":"jobsubmit"}', "3 4 8"),
    "events-query-type-status": ('{"eventType":"jobsubmit","status":"failure"}', "3"),
    "events-query-facility": ('{"facility":"job"}', "3 4 6 8"),
    "events-query-category": ('{"eventCategory":"start"}', "6 9"),
    "events-query-user": ('{"initiatedBy.proxyUser":"bob"}', "3 8"),
    "events-query-not-user": ('{"initiatedBy.proxyUser":{"$ne":"bob"}}', "4 6 9"),
    "events-query-users": (
        '{"initiatedBy.proxyUser":{"$in":["alice","bob","charlie"]}}',
        "3 4 6 8",
    ),
    "events-query-before": (f'{{"eventTime":{{"$lt":"{LATE}"}}}}', "3 4 6"),
    "events-query-until": (f'{{"eventTime":{{"$lte":"{LATE}"}}}}', "3 4 6 8"),
    "events-query-after": (f'{{"eventTime":{{"$gt":"{EARLY}"}}}}', "6 8 9"),
    "events-query-from": (f'{{"eventTime":{{"$gte":"{EARLY}"}}}}', "4 6 8 9"),
    "events-query-between": (f"{{{BETWEEN}}}", "4 6 8"),
    "events-query-user-between": (
        f'{{"initiatedBy.proxyUser":"bob",{BETWEEN}}}',
        "8",
    ),
    "events-query-all": (
        f'{{"initiatedBy.proxyUser":"bob","eventType":"jobsubmit",{BETWEEN}}}',
        "8",
    ),
}


class TestGetting(DocumentationTestCase):
    def test_get_all(self):
        jobstart, cycle, failure = reversed(guide.SHOWN)
        self.made("events", [jobstart, cycle, failure])
        # The newest first, which is how the guide shows them; they come in the order
        # in which they were told.
        path = 'events?sort={"id":-1}'
        reply = self.example("events-list", "GET", path)
        sample = {"totalCount": 3, "resultCount": 3, "results": guide.SHOWN}
        self.assert_like(reply, sample)
        found = self.get("events").json()["results"]
        self.assertEqual(found, reply["results"][::-1])

    def test_get_those_that_failed(self):
        self.made("events", [guide.JOBSTART, guide.RMFAILURE])
        found = self.results("events", "eventType", query={"status": "failure"})
        self.assertEqual(found, ["rmfailure"])

    def test_get_one(self):
        made = self.made("events", guide.JOBMODIFY)
        reply = self.example("events-show", "GET", f"events/{made['id']}")
        self.assert_like(reply, guide.JOBMODIFY)

    def test_fields(self):
        # As many as in the guide's samples.
        kinds = (("jobsubmit", "failure"), ("jobstart", "success"))
        events = [
            {
                **guide.CYCLE,
                "eventTime": f"2012-03-05 10:{number // 60:02}:{number % 60:02} UTC",
                "eventType": "vmmigrate",
            }
            for number in range(119, 119 + 187)
        ]
        for event, (kind, status) in zip(events, kinds, strict=False):
            event.update({"eventType": kind, "status": status})
        self.made("events", events)
        reply = self.example("events-fields", "GET", "events?max=3&fields=eventTime")
        times = [
            {"eventTime": "2012-03-05 10:01:59 UTC"},
            {"eventTime": "2012-03-05 10:02:00 UTC"},
            {"eventTime": "2012-03-05 10:02:01 UTC"},
        ]
        self.assertEqual(reply, {"totalCount": 187, "resultCount": 3, "results": times})
        path = "events?max=3&fields=eventTime,eventType,status"
        reply = self.example("events-fields-more", "GET", path)
        for item, kind in zip(times, (*kinds, ("vmmigrate", "success")), strict=True):
            item.update({"eventType": kind[0], "status": kind[1]})
        self.assertEqual(reply, {"totalCount": 187, "resultCount": 3, "results": times})
        # The guide gets them with fields=name,type,status; events have no such fields,
        # and nothing there asks for 3.
        reply = self.get("events?fields=name,type,status").json()
        self.assertEqual(reply["resultCount"], 187)
        self.assertEqual(reply["results"][0], {"status": "failure"})


class TestQueries(DocumentationTestCase):
    def minutes(self, results):
        return [str(int(event["eventTime"][14:16])) for event in results]

    def test_every_query_of_the_guide(self):
        self.made("events", QUERIED)
        for name, (query, expected) in QUERIES.items():
            reply = self.example(name, "GET", f"events?query={query}")
            self.assertEqual(self.minutes(reply["results"]), expected.split(), name)

    def test_however_the_query_is_encoded(self):
        self.made("events", QUERIED)
        for query, expected in QUERIES.values():
            for sent in (
                query.replace(" ", "%20"),
                quote(query),
                urlencode({"query": query})[len("query=") :],
                quote(query, safe=""),
            ):
                reply = self.sent_raw(f"events?query={sent}", auth=ADMIN)
                self.assertEqual(reply.status_code, 200, (sent, reply.text))
                found = self.minutes(reply.json()["results"])
                self.assertEqual(found, expected.split(), sent)

    def test_pages(self):
        times = [f"2012-01-27 12:00:{number:02} UTC" for number in range(52)]
        created, migrated = (
            [{"eventTime": time, "eventType": kind} for time in times]
            for kind in ("vmcreate", "vmmigrate")
        )
        self.made("events", created + migrated[:12])
        path = 'events?query={"eventType":"vmmigrate"}&sort={"eventTime":1}&max=10'
        reply = self.example("events-max", "GET", f"{path}&fields=eventTime")
        found = [event["eventTime"] for event in reply["results"]]
        self.assertEqual((found, reply["totalCount"]), (times[:10], 12))
        self.assertEqual(self.get(path).json()["resultCount"], 10)
        # The guide has max=51&offset=60 for events 51 to 60.
        path = 'events?query={"eventType":"vmcreate"}&sort={"eventTime":-1}'
        reply = self.get(f"{path}&max=51&offset=60").json()
        self.assertEqual((reply["totalCount"], reply["results"]), (52, []))
        path = f"{path}&max=10&offset=50"
        reply = self.example("events-offset", "GET", f"{path}&fields=eventTime")
        found = [event["eventTime"] for event in reply["results"]]
        self.assertEqual(found, [times[1], times[0]])
        self.assertEqual(dict(parse_qsl(path.split("?")[1]))["offset"], "50")


class TestCreating(DocumentationTestCase):
    def test_create(self):
        body = [guide.JOBSTART, guide.RMFAILURE, guide.CYCLE]
        reply = self.example("events-create", "POST", "events", body)
        self.assert_like(
            reply, [{"id": f"4fadd83bc4aa366464599e1{last}"} for last in "abc"]
        )
        for made, given in zip(reply, body, strict=True):
            self.assert_like(self.get(f"events/{made['id']}").json(), given)

    def test_create_one(self):
        reply = self.example("events-create-one", "POST", "events", guide.CYCLE)
        self.assert_like(reply, {"id": "4fadd83bc4aa366464599e1a"})

    def send_xml(self, *name, **options):
        headers = {"Content-Type": "application/xml"}
        if name:
            return self.example(*name, "POST", "events", headers=headers, **options)
        response = self.call("POST", "events", headers=headers, **options)
        self.assertEqual(response.status_code, 201, response.text)
        return response.json()

    def test_create_in_xml(self):
        reply = self.send_xml("events-create-xml", data=XML)
        self.assert_like(
            reply, [{"id": f"4fadd83bc4aa366464599e1{last}"} for last in "abc"]
        )
        kept = self.get('events?sort={"id":-1}').json()["results"]
        # The JSON and the XML of the guide are the same events, 7 hours apart.
        for event, sample in zip(kept, guide.SHOWN, strict=True):
            moment = sample["eventTime"].replace(" 15:", " 22:")
            self.assert_like(event, sample, eventTime=moment)

    def test_a_wrong_event_is_refused(self):
        body = [guide.CYCLE, {**guide.CYCLE, "eventTime": "yesterday"}]
        reply = self.example("events-create-wrong", "POST", "events", body, status=400)
        self.assertIn("Event 1: ", reply["messages"][0])
        self.assertEqual(self.results("events", "id"), [])

    def test_the_log(self):
        home = self.configure('events.log.file = "events.log"\n')
        with mock.patch.dict(os.environ, {"TZ": "America/Denver"}):
            time.tzset()
            self.addCleanup(time.tzset)
            self.send_xml(data=XML)
            lines = (home / "events.log").read_text().splitlines()
            self.assertEqual(lines, LINES)
            self.compare("events-log.txt", "\n".join([*lines, ""]))
            self.send_xml(
                data='<Event eventTime="2012-01-27T15:18:30.000-07:00" eventType="x">'
                '<ErrorMessage>RM says, "Cannot provision vm21"</ErrorMessage></Event>'
            )
            line = (home / "events.log").read_text().splitlines()[-1]
            message = 'error.message="RM says, \\"Cannot provision vm21\\""'
            self.assertTrue(line.endswith(message), line)


class TestFollowing(DocumentationTestCase):
    """Beyond MWS."""

    def test_after(self):
        ids = [made["id"] for made in self.made("events", [guide.CYCLE] * 3)]
        path = f"events?after={ids[0]}&fields=id"
        reply = self.example("events-after", "GET", path)
        self.assertEqual([event["id"] for event in reply["results"]], ids[1:])

    def test_wait(self):
        ids = [made["id"] for made in self.made("events", [guide.CYCLE] * 2)]
        # There is one already, so nobody waits.
        path = f"events?after={ids[0]}&wait=30&fields=id,eventType"
        reply = self.example("events-wait", "GET", path)
        self.assertEqual([event["id"] for event in reply["results"]], ids[1:])
