"""``/rest/reports`` (guide 4.20) and the reporting framework (guide 5)."""

from collective.mwsvm.models import dates
from collective.mwsvm.worker.documents import consolidate_reports
from collective.mwsvm.worker.turn import Turn
from tests.rest.case import RestTestCase
import transaction


CPU = {
    "name": "cpu-util",
    "description": "An example report for cpu utilization",
    "consolidationFunction": "average",
    "datapointDuration": 600,
    "reportSize": 288,
}


class TestReports(RestTestCase):
    def consolidate(self):
        transaction.begin()
        consolidate_reports(Turn("/plone", None, lambda: True))

    def at(self, text):
        self.clock.now = dates.seconds(text)

    def test_a_report_without_data(self):
        made = self.made("reports", CPU)
        self.assertEqual(made["messages"], ["Report cpu-util created"])
        self.assertEqual(
            self.get("reports/cpu-util").json(),
            {
                **CPU,
                "id": made["id"],
                "datapoints": [],
                "keepSamples": False,
                "minimumSampleSize": 1,
                "version": 0,
            },
        )
        listed = self.get("reports").json()["results"]
        self.assertNotIn("datapoints", listed[0])
        self.assertEqual(listed[0]["name"], "cpu-util")

    def test_the_guides_example(self):
        self.at("2012-01-01 11:49:00 UTC")
        self.made("reports", CPU)
        minutes = {
            "minutes1": (0.5, 1, 1, 0.75, 0),
            "minutes5": (0, 0.5, 0.5, 1, 1),
            "minutes15": (0, 0.05, 0.1, 0.25, 0.85),
        }
        samples = [
            {
                "agent": "cpu-monitor",
                "timestamp": f"2012-01-01 12:0{minute}:00 UTC",
                "data": {name: values[minute] for name, values in minutes.items()},
            }
            for minute in range(5)
        ]
        self.assertEqual(
            self.made("reports/cpu-util/samples", samples),
            {"messages": ["5 sample(s) created for report cpu-util"]},
        )
        self.assertEqual(len(self.results("reports/cpu-util/samples", "agent")), 5)
        self.at("2012-01-01 12:09:01 UTC")
        self.consolidate()
        points = self.get("reports/cpu-util").json()["datapoints"]
        self.assertEqual(
            points,
            [
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
            ],
        )
        self.assertEqual(
            self.get("reports/cpu-util/datapoints").json()["results"], points
        )
        query = {"data.minutes1": {"$gt": 0.6}}
        self.assertEqual(
            self.results("reports/cpu-util/datapoints", "data", query=query),
            [points[1]["data"]],
        )
        self.assertEqual(
            self.results(
                "reports/cpu-util/datapoints", "endDate", sort={"endDate": -1}, max=1
            ),
            ["2012-01-01 12:09:00 UTC"],
        )
        # Used samples are gone; nothing is made twice.
        self.assertEqual(self.results("reports/cpu-util/samples", "agent"), [])
        self.consolidate()
        self.assertEqual(len(self.get("reports/cpu-util").json()["datapoints"]), 2)

    def test_the_report_is_a_ring(self):
        self.made("reports", {**CPU, "reportSize": 3})
        for _ in range(5):
            self.clock.forward(600)
            self.consolidate()
        ends = self.results("reports/cpu-util/datapoints", "endDate")
        self.assertEqual(len(ends), 3)
        self.assertEqual(ends[-1], dates.mws(self.clock()))

    def test_after_a_long_stop_only_what_fits_is_made(self):
        self.made("reports", {**CPU, "reportSize": 3})
        self.clock.forward(600 * 1_000_000)
        self.consolidate()
        ends = self.results("reports/cpu-util/datapoints", "endDate")
        self.assertEqual((len(ends), ends[-1]), (3, dates.mws(self.clock())))

    def test_too_few_samples_give_no_data(self):
        self.made("reports", {**CPU, "minimumSampleSize": 2})
        self.made("reports/cpu-util/samples", {"data": {"a": 1}})
        self.clock.forward(600)
        self.consolidate()
        (point,) = self.get("reports/cpu-util").json()["datapoints"]
        self.assertEqual((point["data"], point["firstSampleDate"]), (None, None))
        self.assertEqual(self.results("reports/cpu-util/samples", "data"), [])

    def test_samples_may_be_kept(self):
        self.made("reports", {**CPU, "keepSamples": True})
        self.made("reports/cpu-util/samples", {"data": {"a": 1}})
        self.clock.forward(600)
        self.consolidate()
        self.assertEqual(self.results("reports/cpu-util/samples", "data"), [{"a": 1}])

    def test_historical_datapoints(self):
        self.at("2011-12-01 19:20:00 UTC")
        point = {
            "startDate": "2011-12-01 19:16:57 UTC",
            "endDate": "2011-12-01 19:16:57 UTC",
            "data": {"time": 30, "util": 99.98},
        }
        self.made("reports", {**CPU, "datapointDuration": 15, "datapoints": [point]})
        (shown,) = self.get("reports/cpu-util").json()["datapoints"]
        self.assertEqual({key: shown[key] for key in point}, point)
        # The next one is due at an interval from the last one's end.
        self.at("2011-12-01 19:20:12 UTC")
        self.consolidate()
        ends = self.results("reports/cpu-util/datapoints", "endDate")
        self.assertEqual(ends[-1], "2011-12-01 19:20:12 UTC")

    def test_deletion_takes_everything_along(self):
        self.made("reports", CPU)
        self.made("reports/cpu-util/samples", {"data": {"a": 1}})
        self.assertEqual(
            self.delete("reports/cpu-util").json(),
            {"messages": ["Report cpu-util deleted"]},
        )
        self.made("reports", CPU)
        self.assertEqual(self.results("reports/cpu-util/samples", "data"), [])

    def test_reports_can_be_queried(self):
        self.made("reports", CPU)
        self.made("reports", {**CPU, "name": "small", "reportSize": 4})
        self.assertEqual(self.results("reports", query={"reportSize": 4}), ["small"])

    def test_wrong_reports(self):
        for change, message in (
            ({"name": None}, "'name'"),
            ({"name": ""}, "'name'"),
            ({"datapointDuration": 0}, "'datapointDuration' can't be 0"),
            ({"reportSize": "many"}, "'reportSize' can't be 'many'"),
            ({"consolidationFunction": "sum"}, "'sum'"),
            ({"minimumSampleSize": -1}, "'minimumSampleSize'"),
            ({"datapoints": [{"startDate": "x"}]}, "'x' is not a date"),
            ({"datapoints": "none"}, "'datapoints' must be a list"),
            (
                {
                    "datapoints": [
                        {
                            "startDate": "2012-01-01 00:00:01 UTC",
                            "endDate": "2012-01-01 00:00:00 UTC",
                        }
                    ]
                },
                "is before 'startDate'",
            ),
        ):
            self.assert_refused(self.post("reports", {**CPU, **change}), 400, message)
        self.assertEqual(self.results("reports"), [])

    def test_wrong_samples(self):
        self.made("reports", CPU)
        for body, message in (
            ({}, "'data' is required"),
            ({"data": 5}, "'data' can't be 5"),
            ({"data": {}, "timestamp": "noon"}, "'noon' is not a date"),
            ([{"data": {}}, 5], "Item 1"),
        ):
            response = self.post("reports/cpu-util/samples", body)
            self.assert_refused(response, 400, message)
        self.assert_refused(self.post("reports/nothing/samples", {"data": {}}), 404)
        self.assertEqual(self.results("reports/cpu-util/samples", "data"), [])
