"""The task that measures the site's utilisation, and the report that it fills."""

from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.tables import machines
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.reporting.store import ReportStore
from collective.mwsvm.worker.documents import consolidate_reports
from collective.mwsvm.worker.patience import Patience
from collective.mwsvm.worker.turn import Turn
from collective.mwsvm.worker.utilization import sample_utilization
from collective.mwsvm.workload.utilization import measure
from collective.mwsvm.workload.utilization import REPORT
from plone.uuid.interfaces import IUUID
from sqlalchemy import update
from tests.sites import HttpTestCase
import transaction


class UtilizationTestCase(HttpTestCase):
    def setUp(self):
        super().setUp()
        # The beginning of a minute.
        self.clock.now = self.clock.now // 300 * 300

    def turn(self, task):
        transaction.commit()
        task(Turn("/plone", Patience(self.clock, self.clock), lambda: True))
        transaction.begin()

    def sample(self):
        self.turn(sample_utilization)

    def run_up(self, vm):
        with site.database().writing() as connection:
            connection.execute(
                update(machines)
                .where(machines.c.uid == IUUID(vm))
                .values(status="running")
            )

    def store(self, connection):
        return ReportStore(connection, site.clock, site.new_id)

    def read(self):
        """The report, its samples and its datapoints."""
        with site.database().reading() as connection:
            store = self.store(connection)
            report = store.find(REPORT["name"])
            samples = Collection(connection, collections.samples, site.new_id)
            found = samples.find(None, [("timestamp", 1)]).documents
            return report, found, store.datapoints(report)

    def add_node(self, name, state, **processors):
        node = {
            "name": name,
            "states": {"state": state},
            "resources": {"processors": processors},
        }
        with site.database().writing() as connection:
            Collection(connection, collections.nodes, site.new_id).insert(
                [Node.check(node).wire()]
            )


class TestMeasure(UtilizationTestCase):
    def measured(self):
        with site.database().reading() as connection:
            return measure(connection)

    def test_an_empty_site(self):
        self.assertEqual(
            self.measured(),
            {
                "processors": {"total": 0, "used": 0},
                "machines": {"total": 0, "busy": 0},
                "jobs": {"running": 0, "waiting": 0},
            },
        )

    def test_processors_of_nodes_that_are_up(self):
        self.add_node("n1", "Busy", configured=8, utilized=6, dedicated=2)
        self.add_node("n2", "Idle", configured=4, dedicated=1)
        self.add_node("n3", "Down", configured=16, utilized=16)
        self.add_node("n4", "Idle")
        self.add_node("n5", "Running", configured="8")
        self.assertEqual(self.measured()["processors"], {"total": 20, "used": 7})

    def test_machines_that_run_and_those_with_a_job(self):
        vm = self.add_machine("vm1")
        self.add_machine("vm2")
        self.run_up(vm)
        self.assertEqual(self.measured()["machines"], {"total": 1, "busy": 0})
        self.claim(self.add_job("queued"), IUUID(vm))
        self.assertEqual(self.measured()["machines"], {"total": 1, "busy": 1})

    def test_jobs_that_run_and_wait(self):
        for state in ("running", "suspended", "queued", "held", "cancelled"):
            self.add_job(state, title=state)
        self.assertEqual(self.measured()["jobs"], {"running": 2, "waiting": 2})


class TestSampling(UtilizationTestCase):
    def test_one_sample_a_minute_however_often_it_is_done(self):
        for _ in range(13):
            self.sample()
            self.clock.forward(15)
        report, samples, _ = self.read()
        self.assertEqual(report["name"], "mwsvm-utilization")
        self.assertEqual(len(samples), 4)
        self.assertEqual({sample["report"] for sample in samples}, {report["id"]})

    def test_its_samples_become_datapoints(self):
        vm = self.add_machine()
        for minute in range(5):
            if minute == 3:
                self.run_up(vm)
            self.sample()
            self.clock.forward(60)
        self.turn(consolidate_reports)
        _, samples, points = self.read()
        self.assertEqual(samples, [])
        (point,) = points
        self.assertEqual(point["data"]["machines"], {"busy": 0, "total": 0.4})

    def test_a_report_that_was_deleted_is_made_again(self):
        self.sample()
        with site.database().writing() as connection:
            store = self.store(connection)
            store.remove(store.find(REPORT["name"]))
        self.sample()
        _, samples, points = self.read()
        self.assertEqual((len(samples), points), (1, []))

    def test_a_report_of_an_administrator_is_used_as_it_is(self):
        with site.database().writing() as connection:
            report = {**REPORT, "datapointDuration": 60, "reportSize": 3}
            self.store(connection).make(report)
        for _ in range(7):
            self.sample()
            self.clock.forward(60)
            self.turn(consolidate_reports)
        report, _, points = self.read()
        self.assertEqual(report["datapointDuration"], 60)
        self.assertEqual(len(points), 3)

    def test_a_turn_that_has_nothing_to_do_writes_nothing(self):
        self.sample()
        # Whoever wrote would have to wait for this one.
        with site.database().transaction() as connection:
            connection.execute(collections.samples.table.select().limit(0))
            before = self.read()
            self.sample()
        self.assertEqual(self.read(), before)
        self.assertEqual(before[0]["reportSize"], 7 * 288)

    def test_the_report_is_there_for_programs(self):
        self.sample()
        found = self.request(
            "GET", "mws/rest/reports/mwsvm-utilization", accept="*/*"
        ).json()
        self.assertEqual(found["description"], REPORT["description"])
        self.assertEqual(found["datapoints"], [])
        self.assertNotIn("nextEnd", found)
