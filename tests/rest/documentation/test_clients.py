"""The calls of clients in use, but for those that have to do with jobs.

What they send is from reading them: curl as in the guide, Adaptive's plug-ins, portals.
"""

from tests.rest.documentation import guide_events as guide
from tests.rest.documentation.case import DocumentationTestCase
from tests.rest.documentation.test_images import MINIMAL
from tests.rest.workload_objects import add_nodes
from tests.rest.workload_objects import node
from tests.sites import ADMIN
import json
import pytest
import shutil
import subprocess


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
class TestCurl(DocumentationTestCase):
    def curl(self, *arguments):
        *options, path = arguments
        command = ["curl", "-s", "-u", ":".join(ADMIN), *options, f"{self.base}/{path}"]
        done = subprocess.run(command, capture_output=True, timeout=30, check=True)
        return json.loads(done.stdout)

    def test_the_line_of_the_guide(self):
        self.assertEqual(self.curl("diag/about")["suite"], "Cloud")

    def test_queries_typed_in_or_encoded(self):
        self.made("events", [guide.JOBSTART, guide.CYCLE])
        for reply in (
            self.curl("-g", 'events?query={"facility":"job"}'),
            self.curl("-G", "--data-urlencode", 'query={"facility":"job"}', "events"),
            self.curl("events?query=%7B%22facility%22%3A%22job%22%7D"),
            self.curl(
                "-g", 'events?query={facility:"job"}&sort={"eventTime":1}&max=10'
            ),
        ):
            self.assertEqual(reply["totalCount"], 1, reply)

    def test_bodies_with_the_type_of_a_form(self):
        made = self.curl("-d", json.dumps(MINIMAL), "images")
        self.assertEqual(made["name"], "centos5-stateful")
        event = json.dumps(guide.CYCLE)
        self.assertEqual(list(self.curl("--data-binary", event, "events")), ["id"])


class TestPlugins(DocumentationTestCase):
    """Adaptive's own plug-ins."""

    def test_image_synchronisation(self):
        native = {"native": {"owner": "plugin1", "id": "17"}}
        for method, path, body, status in (
            ("POST", "images", {**MINIMAL, "extensions": native}, 201),
            ("POST", "images", {**MINIMAL, "name": "other"}, 201),
            ("PUT", "images/centos5-stateful", {"osType": "windows"}, 200),
        ):
            response = self.call(method, path, body)
            self.assertEqual(response.status_code, status, response.text)
        path = (
            "images?query={extensions.native: {$ne: null}, hypervisor: false}"
            "&fields=name,extensions.native"
        )
        reply = self.example("clients-image-query", "GET", path)
        self.assertEqual(
            reply["results"], [{"name": "centos5-stateful", "extensions": native}]
        )
        made = self.get("images/centos5-stateful").json()
        hypervisor = {
            **MINIMAL,
            "name": "esx",
            "hypervisor": True,
            "hypervisorType": "ESX",
            "virtualizedImages": [{"id": made["id"]}],
        }
        self.made("images", hypervisor)
        query = f'{{virtualizedImages.id: "{made["id"]}"}}'
        found = self.call("GET", "images", params={"query": query}).json()
        self.assertEqual([image["name"] for image in found["results"]], ["esx"])
        self.assertEqual(self.delete("images/centos5-stateful").json(), {})

    def test_reports(self):
        report = {
            "name": "node-report",
            "description": "nodes",
            "consolidationFunction": "average",
            "datapointDuration": "900",
            "reportSize": "672",
            "reportDocumentSize": 20480,
            "minimumSampleSize": 1,
            "keepSamples": False,
        }
        reply = self.made("reports", report)
        self.assertEqual(reply["messages"], ["Report node-report created"])
        samples = [
            {
                "agent": "Node Report Plugin",
                "timestamp": "2013-05-23 17:32:01 UTC",
                "data": {"dc1": {"cpuAverage": 12.5, "nodes": 3}},
            }
        ]
        reply = self.made("reports/node-report/samples", samples)
        message = "1 sample(s) created for report node-report"
        self.assertEqual(reply, {"messages": [message]})
        found = self.results("reports/node-report/samples", "agent")
        self.assertEqual(found, ["Node Report Plugin"])

    def test_events(self):
        event = {
            "eventTime": "2013-05-23 17:32:02 UTC",
            "eventType": "NodeQueryFailure",
            "eventCategory": "nodeReport",
            "sourceComponent": "MWS",
            "severity": "WARN",
            "status": "failure",
            "facility": "reporting",
            "primaryObject": {"type": "reports", "id": "node-report"},
            "errorMessage": {"message": "no node could be read: 'n1', \"n2\""},
        }
        reply = self.example("clients-event", "POST", "events", event)
        kept = self.get(f"events/{reply['id']}").json()
        self.assert_like(kept, event)

    def test_reservations(self):
        add_nodes("node1")
        start = "2013-05-24 08:00:00 UTC"
        reservation = {
            "label": "upkeep",
            "hostListExpression": "node1",
            "startDate": start,
            "duration": 3600,
        }
        self.made("reservations", reservation)
        fields = "label,allocatedNodes,flags,startDate,endDate"
        path = f"reservations?fields={fields}"
        (found,) = self.example("clients-reservations", "GET", path)["results"]
        self.assertEqual(set(found), set(fields.split(",")))
        self.assertEqual(found["allocatedNodes"], [{"id": "node1"}])
        self.assertEqual(
            (found["label"], found["startDate"], found["endDate"]),
            ("upkeep", start, "2013-05-24 09:00:00 UTC"),
        )
        self.assertIsInstance(found["flags"], list)

    def test_variables_of_nodes(self):
        add_nodes("node1")
        body = {"variables": {"rack": "7"}}
        path = "nodes/node1"
        reply = self.example("clients-node-variables", "PUT", path, body)
        self.assertTrue(reply["messages"])
        self.assertEqual(self.get(path).json()["variables"], {"rack": "7"})
        body = {"variables": {"row": "b"}}
        self.assertEqual(self.put(f"{path}?api-version=2", body).status_code, 200)
        self.assertEqual(self.get(path).json()["variables"]["row"], "b")

    def test_utilization_of_nodes(self):
        memory = {"real": 1000, "available": 400}
        add_nodes(node("node1", resources={"memory": memory}))
        for path, fields, expected in (
            (
                "nodes",
                "genericMetrics.cpuUtilization,attributes.MOAB_DATACENTER,"
                "lastUpdateDate,state,id,availableMemory,totalMemory",
                {"id": "node1", "totalMemory": 1000, "availableMemory": 400},
            ),
            (
                "nodes?api-version=2",
                "metrics.cpuUtilization,attributes.MOAB_DATACENTER,lastUpdatedDate,"
                "states.state,name,resources.memory",
                {"name": "node1", "resources": {"memory": memory}},
            ),
        ):
            reply = self.call("GET", path, params={"fields": fields}).json()
            self.assert_like(reply["results"], [expected])


class TestPortals(DocumentationTestCase):
    def test_replies_that_are_searched_as_text(self):
        response = self.post("service-templates", {"name": "a", "type": "container"})
        self.assertIn('"id":"', response.text)
        self.assertNotIn(": ", response.text)
        self.assertIn('"name":"a"', self.get("service-templates/a").text)

    def test_words_of_other_versions_are_ignored(self):
        body = {**MINIMAL, "commandFile": "/bin/date", "supportsVirtualMachine": "true"}
        self.assertNotIn("commandFile", self.made("images", body))
        self.assertEqual(self.put("images/centos5-stateful", body).status_code, 200)

    def test_a_deletion_has_a_json_body(self):
        self.made("images", MINIMAL)
        self.assertEqual(self.delete("images/centos5-stateful").text, "{}")
        missing = self.delete("images/centos5-stateful")
        self.assertTrue(missing.json()["messages"])

    def test_wrong_credentials_are_answered_in_json(self):
        wrong = self.get("images", auth=("admin", "wrong"))
        self.assertEqual(wrong.status_code, 401)
        self.assertTrue(wrong.json()["messages"])

    def test_operators_without_quotes(self):
        self.made("images", {**MINIMAL, "name": "Moab.1"})
        query = '{"name": { $in: ["Moab.1"]} }'
        found = self.call("GET", "images", params={"query": query, "api-version": "2"})
        self.assertEqual(found.json()["results"][0]["name"], "Moab.1")

    def test_lists_are_passed_on_with_their_counts(self):
        for name in ("a", "b"):
            self.made("images", {**MINIMAL, "name": name})
        reply = self.get("images?max=1").json()
        self.assertEqual(list(reply), ["totalCount", "resultCount", "results"])
