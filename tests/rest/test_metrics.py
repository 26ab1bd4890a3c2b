"""``/rest/metrics``: what Prometheus gets."""

from collective.mwsvm import site
from collective.mwsvm.access.accounts import Account
from collective.mwsvm.content.accounts import Accounts
from collective.mwsvm.rest import meters
from collective.mwsvm.workload import leases
from prometheus_client.parser import text_string_to_metric_families
from tests.rest.case import RestTestCase
from time import perf_counter
import transaction


IMAGE = {"name": "i1", "osType": "linux", "hypervisor": False}
IMAGE["supportsVirtualMachine"] = True


class TestMetrics(RestTestCase):
    def metrics(self, **options):
        """The value of each sample, by its name and its labels, in their order."""
        response = self.get("metrics", **options)
        self.assertEqual(response.status_code, 200, response.text)
        return {
            (
                sample.name,
                *(sample.labels[name] for name in sorted(sample.labels)),
            ): sample.value
            for family in text_string_to_metric_families(response.text)
            for sample in family.samples
        }

    def test_prometheus_can_read_it(self):
        response = self.get("metrics")
        self.assertRegex(
            response.headers["Content-Type"],
            r"^text/plain; version=[\d.]+; charset=utf-8",
        )
        families = list(text_string_to_metric_families(response.text))
        names = [family.name for family in families]
        self.assertEqual(len(names), len(set(names)))
        for family in families:
            self.assertTrue(family.documentation, family.name)

    def test_jobs_by_state_and_how_long_the_oldest_has_waited(self):
        found = self.metrics()
        self.assertEqual(found["mwsvm_jobs", "queued"], 0)
        self.assertEqual(found[("mwsvm_oldest_queued_job_age_seconds",)], 0)
        self.add_job("finished")
        self.add_job("queued")
        self.clock.forward(60)
        self.add_job("queued")
        self.add_job("held")
        self.add_job("draft")
        transaction.commit()
        self.clock.forward(100)
        found = self.metrics()
        for state, number in (
            ("queued", 2),
            ("held", 1),
            ("finished", 1),
            ("running", 0),
        ):
            self.assertEqual(found["mwsvm_jobs", state], number, state)
        self.assertNotIn(("mwsvm_jobs", "draft"), found)
        # 60, 100, and what the clock moves for each new job.
        self.assertEqual(found[("mwsvm_oldest_queued_job_age_seconds",)], 163)

    def test_machines_by_status(self):
        self.add_machine()
        transaction.commit()
        found = self.metrics()
        self.assertEqual(found["mwsvm_machines", "unevaluated"], 1)
        self.assertEqual(found["mwsvm_machines", "running"], 0)
        self.assertEqual(found["mwsvm_plugins", "STARTED"], 0)

    def test_documents_and_events(self):
        found = self.metrics()
        self.assertEqual(found["mwsvm_documents", "images"], 0)
        self.assertEqual(found["mwsvm_documents", "service_templates"], 0)
        self.made("images", IMAGE)
        found = self.metrics()
        self.assertEqual(found["mwsvm_documents", "images"], 1)
        # It was created, which is an event.
        self.assertEqual(found[("mwsvm_events",)], 1)
        self.assertNotIn(("mwsvm_documents", "events"), found)

    def test_whether_workers_hold_their_tasks(self):
        with site.database().transaction() as connection:
            leases.take(connection, "reap", "worker-1", self.clock(), 60)
        self.assertEqual(self.metrics()["mwsvm_worker_up", "reap"], 1)
        self.clock.forward(61)
        self.assertEqual(self.metrics()["mwsvm_worker_up", "reap"], 0)

    def test_calls_are_counted_by_resource_method_and_status(self):
        def counted(*labels):
            return found.get(("mwsvm_rest_requests_total", *labels), 0)

        labels = (
            ("GET", "images", "2xx"),
            ("POST", "images", "4xx"),
            ("GET", "images", "4xx"),
            ("other", "other", "4xx"),
            ("GET", "other", "4xx"),
        )
        found = self.metrics()
        before = [counted(*some) for some in labels]
        timed = ("mwsvm_rest_request_duration_seconds_count", "GET", "images")
        timed_before = found.get(timed, 0)
        self.get("images")
        self.post("images", {})
        self.get("images/nothing")
        self.call("INVENTED", "images")
        self.get("nothing/at/all")
        found = self.metrics()
        self.assertEqual(
            [counted(*some) for some in labels], [number + 1 for number in before]
        )
        self.assertEqual(found[timed], timed_before + 2)
        self.assertGreater(found[("process_start_time_seconds",)], 0)

    def test_clients_can_not_make_up_labels(self):
        for method, path in (("GET", "made-up"), ("MADEUP", "images")):
            self.call(method, path)
        self.assertNotRegex(self.get("metrics").text, "(?i)made-?up")

    def test_it_needs_the_permission_as_all_resources_do(self):
        self.assert_refused(self.get("metrics", auth=None), 401)
        passwords = {
            name: Accounts(self.portal).create(
                Account(name.title(), name, permissions={resource: ["GET"]})
            )
            for name, resource in (("prometheus", "metrics"), ("other", "events"))
        }
        transaction.commit()
        self.assert_refused(
            self.get("metrics", auth=("other", passwords["other"])), 403
        )
        self.metrics(auth=("prometheus", passwords["prometheus"]))

    def test_counting_costs_next_to_nothing(self):
        started = perf_counter()
        for _ in range(1000):
            meters.count(None, "GET", 404, started)
        self.assertLess((perf_counter() - started) / 1000, 0.000_1)
