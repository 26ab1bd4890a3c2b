"""Resources that are only read: job templates, standing reservations and types."""

from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from tests.rest.plugins import PluginTestCase
import transaction


READ_ONLY = (
    "job-templates",
    "metric-types",
    "pending-actions",
    "resource-types",
    "standing-reservations",
)


class TestWorkedOut(PluginTestCase):
    def write(self, name, text):
        (self.home / name).write_text(text)

    def ids(self, path, **parameters):
        return self.results(path, "id", **parameters)

    def add(self, documents, *found):
        with site.database().writing() as connection:
            Collection(connection, documents, site.new_id).insert(found)
        transaction.commit()

    def test_they_are_read_with_the_managers_headers(self):
        for path in READ_ONLY:
            response = self.get(path)
            self.assertEqual(response.status_code, 200, response.text)
            self.assertEqual(response.headers["X-Moab-Status"], "Success")
            self.assertEqual(response.headers["X-Moab-Code"], "000")

    def test_they_are_not_written(self):
        for path in READ_ONLY:
            self.assert_refused(self.post(path, {"id": "x"}), 405, "is not allowed")
        for path in ("job-templates/DEFAULT", "standing-reservations/fast"):
            self.assert_refused(self.put(path, {"id": "x"}), 405, "is not allowed")
            self.assert_refused(self.delete(path), 405, "is not allowed")

    def test_what_is_not_there(self):
        for path in ("job-templates", "standing-reservations"):
            message = "The resource with id 'nothing' was not found"
            self.assert_refused(self.get(f"{path}/nothing"), 404, message)
        for path in ("metric-types", "resource-types", "pending-actions"):
            self.assertEqual(self.get(f"{path}/nothing").status_code, 404)

    def test_job_templates_are_the_same_in_both_versions(self):
        one, two = (self.get(f"job-templates?api-version={v}").json() for v in (1, 2))
        self.assertEqual(one, two)
        self.assertEqual(one["totalCount"], 14)

    def test_job_templates_follow_their_file(self):
        self.write("job-templates.toml", "[batch]\nselect = true\npriority = 5\n")
        self.assertEqual(self.ids("job-templates", query={"priority": 5}), ["batch"])
        self.assertEqual(self.get("job-templates/batch").json()["select"], True)
        found = self.ids("job-templates", sort={"id": -1}, max=2)
        self.assertEqual(found, ["genericVM-setup", "genericVM-migrate"])

    def test_a_wrong_file_is_the_servers_fault(self):
        self.write("job-templates.toml", "[batch]\npriority = 'high'\n")
        self.write("standing-reservations.toml", "[fast]\nperiod = 'MONTH'\n")
        for path in ("job-templates", "standing-reservations/fast"):
            response = self.get(path)
            message = "A problem occurred while processing the request"
            self.assert_refused(response, 500, message)
            self.assertNotIn(str(self.home), response.text)

    def test_standing_reservations_follow_their_file(self):
        self.assertEqual(self.ids("standing-reservations"), [])
        self.write("standing-reservations.toml", "[b]\n[a]\nperiod = 'WEEK'\n")
        self.assertEqual(self.ids("standing-reservations"), ["b", "a"])
        found = self.ids("standing-reservations", query={"period": "WEEK"})
        self.assertEqual(found, ["a"])
        self.assertEqual(self.get("standing-reservations/b").json()["depth"], 2)

    def test_metric_types_are_those_that_something_has(self):
        self.assertEqual(self.ids("metric-types"), [])
        nodes = ({"metrics": {"temp": 1.0}}, {"metrics": {"temp": 2.0, "io": 1.0}}, {})
        self.add(
            collections.nodes,
            *({"name": f"n{n}", **node} for n, node in enumerate(nodes)),
        )
        self.add(collections.vms, {"name": "vm1", "metrics": {"cpu": 0.5}})
        self.assertEqual(self.ids("metric-types"), ["cpu", "io", "temp"])
        found = self.ids("metric-types", query={"id": {"$ne": "io"}}, sort={"id": -1})
        self.assertEqual(found, ["temp", "cpu"])

    def test_resource_types_are_the_generic_ones(self):
        common = {"processors": {}, "memory": {}, "disk": {}, "swap": {}}
        self.add(
            collections.nodes,
            {"name": "n1", "resources": common},
            {"name": "n2", "resources": {**common, "tape": {"configured": 3}}},
        )
        self.add(collections.vms, {"name": "vm1", "resources": {"matlab": {}}})
        self.assertEqual(self.ids("resource-types"), ["matlab", "tape"])
