"""Guide 4.21: reservations."""

from tests.rest.documentation.case import DocumentationTestCase
from tests.rest.workload_objects import add_nodes
from tests.rest.workload_objects import node


MOAB = ("X-Moab-Status", "X-Moab-Code")

#: The body with all fields. Its duration is an hour less than from start to end.
ALL_FIELDS = {
    "accountingAccount": "",
    "accountingGroup": "",
    "accountingQOS": "",
    "accountingUser": "root",
    "aclRules": [
        {
            "affinity": "POSITIVE",
            "comparator": "LEXIGRAPHIC_EQUAL",
            "type": "GROUP",
            "value": "staff",
        }
    ],
    "comments": "",
    "duration": 200000000,
    "endDate": "2018-03-17 16:49:10 UTC",
    "excludeJobs": ["job1", "job2"],
    "flags": ["SPACEFLEX", "ACLOVERLAP", "SINGLEUSE"],
    "hostListExpression": "",
    "idPrefix": "",
    "label": "myreservation",
    "owner": {"name": "adaptive", "type": "USER"},
    "partitionId": "",
    "profile": "",
    "requirements": {
        "architecture": "",
        "featureList": ["feature1", "feature2"],
        "memory": 0,
        "os": "",
        "taskCount": 1,
    },
    "reservationGroup": "",
    "resources": {
        "PROCS": 2,
        "MEM": 1024,
        "DISK": 1024,
        "SWAP": 1024,
        "other1": 17,
        "other2": 42,
    },
    "startDate": "2011-11-14 20:15:50 UTC",
    "subType": "Other",
    "trigger": {"eventType": "START", "actionType": "EXEC", "action": "date"},
    "variables": {"var1": "val1", "var2": "val2"},
}

SHOWN = {
    "accountingAccount": "",
    "accountingGroup": "",
    "accountingQOS": "",
    "accountingUser": "root",
    "aclRules": [
        {
            "affinity": "NEUTRAL",
            "comparator": "LEXIGRAPHIC_EQUAL",
            "type": "RESERVATION_ID",
            "value": "system.43",
        }
    ],
    "allocatedNodeCount": 1,
    "allocatedProcessorCount": 8,
    "allocatedTaskCount": 1,
    "allocatedNodes": [{"id": "node001"}],
    "comments": "",
    "creationDate": None,
    "duration": 200000000,
    "endDate": "2018-03-17 16:49:10 UTC",
    "excludeJobs": ["job1", "job2"],
    "expireDate": None,
    "flags": ["REQFULL", "ISACTIVE", "ISCLOSED"],
    "globalId": "",
    "hostListExpression": "",
    "id": "system.43",
    "idPrefix": "",
    "isActive": True,
    "isTracked": False,
    "label": "",
    "maxTasks": 0,
    "messages": [],
    "owner": {"name": "adaptive", "type": "USER"},
    "partitionId": "switchB",
    "profile": "",
    "requirements": {
        "architecture": "",
        "featureList": ["feature1", "feature2"],
        "featureMode": "",
        "memory": 0,
        "nodeCount": 0,
        "nodeIds": ["node001:1"],
        "os": "",
        "taskCount": 1,
    },
    "reservationGroup": "",
    "resources": {"PROCS": 0},
    "startDate": "2011-11-14 20:15:50 UTC",
    "statistics": {"caps": 0, "cips": 2659.52, "taps": 0, "tips": 0},
    "subType": "Other",
    "taskCount": 0,
    "trigger": None,
    "triggerIds": [],
    "uniqueIndex": "",
    "variables": {},
}

#: What a client sends to get the one that the guide shows.
WANTED = {
    "accountingUser": "root",
    "duration": 200000000,
    "endDate": "2018-03-17 16:49:10 UTC",
    "excludeJobs": ["job1", "job2"],
    "owner": {"name": "adaptive", "type": "USER"},
    "requirements": {"featureList": ["feature1", "feature2"], "taskCount": 1},
    "resources": {"PROCS": 0},
    "startDate": "2011-11-14 20:15:50 UTC",
}


class TestReservations(DocumentationTestCase):
    def setUp(self):
        super().setUp()
        # Five and a half minutes after the start of the guide's reservation.
        self.at("2011-11-14 20:21:22 UTC")
        self.features = {"featuresReported": ["feature1", "feature2"]}

    def made_until(self, number, **fields):
        """Reservations are made until one has this number; the last one is it."""
        body = {"hostListExpression": "node01", **fields}
        for _ in range(number):
            made = self.made("reservations", body)
        return made["id"]

    def test_get_all(self):
        add_nodes("node01")
        self.made_until(3)
        reply = self.example(
            "reservations-list", "GET", "reservations?fields=id", show=MOAB
        )
        self.assertEqual(
            reply,
            {
                "totalCount": 3,
                "resultCount": 3,
                "results": [{"id": "system.1"}, {"id": "system.2"}, {"id": "system.3"}],
            },
        )

    def test_get_one(self):
        add_nodes("node01", node("node001", partition="switchB", **self.features))
        self.made_until(42)
        self.made("reservations", WANTED)
        reply = self.example(
            "reservations-show", "GET", "reservations/system.43", show=MOAB
        )
        self.assert_like(
            reply,
            SHOWN,
            creationDate="2011-11-14 20:21:22 UTC",
            # From start to end; the guide's is an hour less.
            duration=200003600,
            # The guide's were not taken at a moment that fits.
            statistics__cips=2656,
        )
        self.assertEqual(sorted(reply), sorted(SHOWN))

    def test_create(self):
        more = {"disk": 4096, "swap": 4096, "other1": 17, "other2": 42}
        add_nodes("node01", node("node001", more=more, **self.features))
        self.made_until(43)
        reply = self.example(
            "reservations-create", "POST", "reservations", ALL_FIELDS, show=MOAB
        )
        self.assertEqual(reply, {"id": "system.44"})
        shown = self.get("reservations/system.44").json()
        own = shown["aclRules"].pop()
        self.assertEqual((own["type"], own["value"]), ("RESERVATION_ID", "system.44"))
        self.assert_like(
            shown,
            ALL_FIELDS,
            duration=200003600,
            flags=["SPACEFLEX", "ACLOVERLAP", "SINGLEUSE", "REQFULL", "ISACTIVE"],
        )

    def test_create_if_nothing_conflicts(self):
        add_nodes("node01")
        body = {"flags": ["DEDICATEDRESOURCE"], "hostListExpression": "node01"}
        reply = self.example(
            "reservations-create-exclusive", "POST", "reservations", body
        )
        self.assertEqual(reply, {"id": "system.1"})
        reply = self.example(
            "reservations-create-conflict", "POST", "reservations", body, status=400
        )
        self.assertIn("'system.1'", reply["messages"][0])

    def test_modify(self):
        add_nodes("node01")
        self.made_until(43, variables={"var1": "old", "other": "stays"})
        body = {"variables": {"var1": "val1", "var2": "val2"}}
        path = "reservations/system.43"
        for name, mode, expected in (
            ("reservations-modify-add", "add", {"other": "stays", **body["variables"]}),
            ("reservations-modify-remove", "remove", {"other": "stays"}),
            ("reservations-modify-set", "set", body["variables"]),
        ):
            changing = f"{path}?change-mode={mode}"
            reply = self.example(name, "PUT", changing, body, show=MOAB)
            self.assertEqual(
                reply,
                {"messages": ["reservation 'system.43' attribute 'Variable' changed."]},
            )
            self.assertEqual(self.get(path).json()["variables"], expected)

    def test_release(self):
        add_nodes("node01")
        self.made_until(1)
        reply = self.example(
            "reservations-release", "DELETE", "reservations/system.1", show=MOAB
        )
        self.assertEqual(reply, {})
        self.assertEqual(self.get("reservations/system.1").status_code, 404)
