"""Guide 4.20, reports, and 5, the reporting framework."""

from collective.mwsvm.worker.documents import consolidate_reports
from collective.mwsvm.worker.turn import Turn
from tests.rest.documentation.case import DocumentationTestCase
import transaction


EMPTY_POINT = {
    "endDate": "2011-12-02 17:28:22 UTC",
    "startDate": "2011-12-02 17:28:22 UTC",
    "firstSampleDate": None,
    "lastSampleDate": None,
    "data": None,
}

#: In the guide this datapoint of the report ends 14 seconds before it starts.
FULL_POINT = {
    "endDate": "2011-12-02 17:28:37 UTC",
    "startDate": "2011-12-02 17:28:23 UTC",
    "firstSampleDate": "2011-12-02 17:28:23 UTC",
    "lastSampleDate": "2011-12-02 17:28:30 UTC",
    "data": {"utilization": 99.89, "time": 27.433333333333337},
}

SHOWN = {
    "consolidationFunction": "average",
    "datapointDuration": 15,
    "datapoints": [EMPTY_POINT, FULL_POINT],
    "description": "Example of CPU utilization reporting",
    "id": "3efe5c670be86ba8560397ff",
    "keepSamples": False,
    "minimumSampleSize": 1,
    "name": "cpu-util",
    "reportSize": 2,
}

NEW = {
    "name": "cpu-util",
    "description": "An example report on cpu utilization",
    "consolidationFunction": "average",
    "datapointDuration": 15,
    "minimumSampleSize": 1,
    "reportSize": 2,
    "keepSamples": True,
    "datapoints": [
        {
            "startDate": "2011-12-01 19:16:57 UTC",
            "endDate": "2011-12-01 19:16:57 UTC",
            "data": {"time": 30, "util": 99.98},
        }
    ],
}

CREATED = {
    "messages": ["Report cpu-util created"],
    "id": "3efe5c670be86ba8560397ff",
    "name": "cpu-util",
}

MINIMAL = {"name": "cpu-util", "datapointDuration": 15, "reportSize": 2}

SAMPLE = {
    "timestamp": "2011-12-01 19:16:57 UTC",
    "agent": "my agent",
    "data": {"cpu1": 2.3, "cpu2": 1.2, "cpu3": 0.0, "cpu4": 12.1},
}

#: Guide 5.2.
EXAMPLE = {
    "name": "cpu-util",
    "description": "An example report for cpu utilization",
    "consolidationFunction": "average",
    "datapointDuration": 600,
    "reportSize": 288,
}

#: The guide's id here has 25 characters and a z.
EXAMPLE_SHOWN = {
    **EXAMPLE,
    "datapoints": [],
    "keepSamples": False,
    "minimumSampleSize": 1,
    "version": 0,
}

EXAMPLE_POINTS = [
    {
        "firstSampleDate": None,
        "lastSampleDate": None,
        "data": None,
        "startDate": "2012-01-01 11:49:00 UTC",
        "endDate": "2012-01-01 11:59:00 UTC",
    },
    {
        "firstSampleDate": "2012-01-01 12:00:00 UTC",
        "lastSampleDate": "2012-01-01 12:04:00 UTC",
        "data": {"minutes1": 0.65, "minutes15": 0.25, "minutes5": 0.6},
        "startDate": "2012-01-01 11:59:00 UTC",
        "endDate": "2012-01-01 12:09:00 UTC",
    },
]


def load(minute, *loads):
    """A sample of guide 5.2.2."""
    names = ("minutes1", "minutes5", "minutes15")
    return {
        "agent": "cpu-monitor",
        "timestamp": f"2012-01-01 12:0{minute}:00 UTC",
        "data": dict(zip(names, loads, strict=True)),
    }


EXAMPLE_SAMPLES = [
    load(0, 0.5, 0, 0),
    load(1, 1, 0.5, 0.05),
    load(2, 1, 0.5, 0.1),
    load(3, 0.75, 1, 0.25),
    load(4, 0, 1, 0.85),
]


def kinds(time, *values):
    """A sample of guide 5.1.2."""
    names = ("NumberEx", "StringEx", "ListEx", "MixedEx", "MixedNumberEx")
    data = dict(zip(names, values, strict=True))
    return {"timestamp": f"2012-01-01 15:{time} UTC", "data": data}


KINDS = [
    kinds("53:55", 2400, "str1", ["elem1"], "str1", "str1"),
    kinds("54:13", 2410, "str2", ["elem2", "elem3"], ["elem1"], ["elem1"]),
    kinds("54:27", 2405, "str3", ["elem4"], None, 5),
]

KINDS_DATA = {
    "NumberEx": 2405,
    "StringEx": ["str1", "str2", "str3"],
    "ListEx": ["elem1", "elem2", "elem3", "elem4"],
    "MixedEx": ["str1", "elem1"],
    "MixedNumberEx": 5,
}


class TestReports(DocumentationTestCase):
    def make_shown(self):
        self.at("2011-12-02 17:28:38 UTC")
        self.made("reports", SHOWN)

    def test_get_all(self):
        self.make_shown()
        reply = self.example("reports-list", "GET", "reports")
        guide = {"id": "3efe5c670be86ba8560397ff", "name": "cpu-util"}
        self.assert_like(reply, {"totalCount": 1, "resultCount": 1, "results": [guide]})
        self.assertNotIn("datapoints", reply["results"][0])

    def test_get_all_with_some_fields(self):
        self.ids.next = "3efe5c670be86ba8560397ff"
        names = ("cpu-util", "cpu-temp", "cpu-load")
        for name in names:
            self.made("reports", {**MINIMAL, "name": name})
        reply = self.example("reports-list-fields", "GET", "reports?fields=id,name")
        guide = [
            {"id": f"3efe5c670be86ba856039{number}", "name": name}
            for number, name in zip(("7ff", "800", "801"), names, strict=True)
        ]
        self.assertEqual(reply, {"totalCount": 3, "resultCount": 3, "results": guide})

    def test_query(self):
        self.made("reports", {**MINIMAL, "name": "four", "reportSize": 4})
        self.made("reports", MINIMAL)
        path = 'reports?query={"reportSize":4}&fields=name,reportSize'
        reply = self.example("reports-query", "GET", path)
        self.assertEqual(reply["results"], [{"name": "four", "reportSize": 4}])
        found = self.results("reports", sort={"name": -1})
        self.assertEqual(found, ["four", "cpu-util"])

    def test_get_one_with_its_data(self):
        self.make_shown()
        reply = self.example("reports-show", "GET", "reports/cpu-util")
        self.assert_like(reply, SHOWN)
        self.assertEqual(self.get(f"reports/{reply['id']}").json(), reply)

    def test_get_datapoints(self):
        self.make_shown()
        path = "reports/cpu-util/datapoints"
        reply = self.example("reports-datapoints", "GET", path)
        # The guide counts one and shows two.
        guide = {
            "resultCount": 1,
            "totalCount": 1,
            "results": [EMPTY_POINT, FULL_POINT],
        }
        self.assert_like(reply, guide, resultCount=2, totalCount=2)
        found = self.get(f'{path}?query={{"data.test":true}}&sort={{"startDate":-1}}')
        self.assertEqual(found.json()["results"], [])
        path += '?query={"data.utilization":{"$gt":99}}&sort={"startDate":-1}'
        reply = self.example("reports-datapoints-query", "GET", path)
        self.assertEqual(reply["results"], [FULL_POINT])

    def test_get_samples(self):
        self.made("reports", MINIMAL)
        sample = {**SAMPLE, "timestamp": "2011-12-02 17:28:37 UTC"}
        del sample["agent"]
        self.made("reports/cpu-util/samples", sample)
        path = "reports/cpu-util/samples"
        reply = self.example("reports-samples", "GET", path)
        self.assert_like(
            reply, {"totalCount": 1, "resultCount": 1, "results": [sample]}
        )
        self.made("reports/cpu-util/samples", {"agent": "cpu-monitor", "data": {}})
        path = f'{path}?query={{"agent":"cpu-monitor"}}&sort={{"agent":-1}}'
        reply = self.example("reports-samples-query", "GET", path)
        self.assertEqual([item["agent"] for item in reply["results"]], ["cpu-monitor"])

    def test_create(self):
        self.at("2011-12-01 19:17:00 UTC")
        reply = self.example("reports-create", "POST", "reports", NEW)
        self.assert_like(reply, CREATED)
        shown = self.get("reports/cpu-util").json()
        self.assert_like(shown, NEW)

    def test_create_the_most_basic_report(self):
        reply = self.example("reports-create-minimal", "POST", "reports", MINIMAL)
        self.assert_like(reply, CREATED)
        shown = self.get("reports/cpu-util").json()
        expected = {"minimumSampleSize": 1, "keepSamples": False, "datapoints": []}
        self.assert_like(shown, MINIMAL | expected)

    def test_create_a_sample(self):
        self.made("reports", MINIMAL)
        path = "reports/cpu-util/samples"
        reply = self.example("reports-samples-create", "POST", path, SAMPLE)
        guide = {"messages": ["1 sample(s) created for report cpu-util"]}
        self.assertEqual(reply, guide)
        (kept,) = self.get(path).json()["results"]
        self.assert_like(kept, SAMPLE)

    def test_delete(self):
        self.made("reports", MINIMAL)
        reply = self.example("reports-delete", "DELETE", "reports/cpu-util")
        self.assertEqual(reply, {"messages": ["Report cpu-util deleted"]})


class TestFramework(DocumentationTestCase):
    def consolidate(self):
        transaction.begin()
        consolidate_reports(Turn("/plone", None, lambda: True))

    def test_cpu_utilization(self):
        self.at("2012-01-01 11:49:00 UTC")
        self.example("reporting-create", "POST", "reports", EXAMPLE)
        reply = self.example("reporting-show-empty", "GET", "reports/cpu-util")
        self.assert_like(reply, EXAMPLE_SHOWN)
        self.at("2012-01-01 12:04:30 UTC")
        path = "reports/cpu-util/samples"
        reply = self.example("reporting-samples", "POST", path, EXAMPLE_SAMPLES)
        guide = {"messages": ["5 sample(s) created for report cpu-util"]}
        self.assertEqual(reply, guide)
        self.at("2012-01-01 12:09:00 UTC")
        self.consolidate()
        reply = self.example("reporting-show", "GET", "reports/cpu-util")
        self.assert_like(reply, {**EXAMPLE_SHOWN, "datapoints": EXAMPLE_POINTS})

    def test_how_each_type_is_consolidated(self):
        self.at("2012-01-01 15:53:00 UTC")
        report = {"name": "kinds", "datapointDuration": 120, "reportSize": 3}
        self.made("reports", report)
        path = "reports/kinds/samples"
        self.example("reporting-types-samples", "POST", path, KINDS)
        self.at("2012-01-01 15:55:00 UTC")
        self.consolidate()
        path = "reports/kinds/datapoints?fields=endDate,data"
        reply = self.example("reporting-types", "GET", path)
        guide = {"endDate": "2012-01-01 15:55:00 UTC", "data": KINDS_DATA}
        self.assertEqual(reply["results"], [guide])
