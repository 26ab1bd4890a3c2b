"""Guide 4.12: nodes."""

from collective.mwsvm.database import collections
from collective.mwsvm.models.nodes import Node
from tests.rest.documentation.plugins import PluginDocumentationTestCase
from tests.rest.hypervisors import Hypervisors
from tests.rest.workload_objects import add_nodes


MOAB = ("X-Moab-Status", "X-Moab-Code")


def amounts(configured, utilized=0):
    return {
        "configured": configured,
        "real": configured,
        "dedicated": 0,
        "available": configured,
        "utilized": utilized,
    }


SHOWN = {
    "name": "hv2",
    "architecture": None,
    "classes": ["class1"],
    "featuresReported": [],
    "index": 2,
    "ipAddress": "10.0.0.4",
    "isHypervisor": True,
    "lastUpdatedDate": "2012-10-11 17:42:24 UTC",
    "migrationDisabled": False,
    "partition": "msm",
    "processorSpeed": None,
    "profilingEnabled": False,
    "rack": None,
    "slot": None,
    "type": "compute",
    "messages": [
        {
            "count": 11,
            "createdDate": "2012-10-24 04:06:04 UTC",
            "expireDate": "2037-10-24 12:26:40 UTC",
            "message": "This is a message",
        }
    ],
    "metrics": {"watts": 200.0, "pwatts": 200.0, "temp": 103.0, "vmcount": 4.0},
    "variables": {},
    "states": {
        "powerState": "On",
        "powerStateExpected": None,
        "state": "Idle",
        "stateExpected": "Idle",
        "stateLastUpdatedDate": "2012-10-11 17:15:01 UTC",
        "subState": None,
        "subStateLast": None,
        "subStateLastUpdatedDate": None,
    },
    "operatingSystem": {
        "hypervisorType": "KVM",
        "image": "hyper",
        "imageExpected": None,
        "imageLastUpdatedDate": None,
        "imagesAvailable": ["hyper"],
        "virtualMachineImages": ["stateless1", "stateless2"],
    },
    "resources": {
        "processors": amounts(8, -1),
        "memory": amounts(1048576),
        "disk": amounts(1048576),
        "swap": amounts(4096),
    },
    "resourceManagers": [{"name": "msm", "isMaster": True, "stateReported": "Active"}],
    "jobs": [],
    "reservations": [
        {"name": "system.5", "type": "user"},
        {"name": "system.17", "type": "user"},
    ],
    "virtualContainers": [],
    "virtualMachines": [{"name": "vm3"}, {"name": "vm4"}],
    "triggers": [],
}

CHANGE = {
    "messages": [{"message": "Message one"}, {"message": "Message two"}],
    "metrics": {"pwatts": 211},
    "operatingSystem": {"image": "esx4.1"},
    "partition": "part1",
    "states": {"powerState": "On", "state": "Running"},
    "variables": {"key": "value", "arbitrary text key": "more value"},
}

#: The same in version 1.
CHANGE_1 = {
    "messages": [{"message": "Message one"}, {"message": "Message two"}],
    "genericMetrics": {"pwatts": 211},
    "operatingSystem": "esx4.1",
    "partition": "part1",
    "powerState": "On",
    "state": "Running",
    "variables": {"key": "value", "arbitrary text key": "more value"},
}


class TestNodes(Hypervisors, PluginDocumentationTestCase):
    def add_the_guides(self):
        self.insert(collections.nodes, Node.check(SHOWN).wire())

    def test_get_all(self):
        add_nodes("node1", "node2", "node3")
        path = "nodes?api-version=2&fields=name"
        reply = self.example("nodes-list", "GET", path, show=MOAB)
        names = [{"name": name} for name in ("node1", "node2", "node3")]
        expected = {"totalCount": 3, "resultCount": 3, "results": names}
        self.assertEqual(reply, expected)
        path = "nodes?fields=id"
        reply = self.example("nodes-list-version-1", "GET", path)
        self.assertEqual(reply["results"], [{"id": each["name"]} for each in names])

    def test_query_and_sort(self):
        self.add_the_guides()
        add_nodes("hv1")
        path = (
            'nodes?api-version=2&fields=name&query={"type":"compute"}&sort={"name":-1}'
        )
        reply = self.example("nodes-query", "GET", path)
        self.assertEqual(reply["results"], [{"name": "hv2"}, {"name": "hv1"}])

    def test_get_one(self):
        self.add_the_guides()
        path = "nodes/hv2?api-version=2"
        reply = self.example("nodes-show", "GET", path, show=MOAB)
        self.assert_like(reply, SHOWN)
        # Those of later editions.
        more = {"aclRules", "attributes", "featuresCustom"}
        self.assertEqual(set(reply) - set(SHOWN), more)

    def test_get_one_in_version_1(self):
        self.add_the_guides()
        reply = self.example("nodes-show-version-1", "GET", "nodes/hv2")
        self.assertEqual((reply["id"], reply["state"]), ("hv2", "IDLE"))
        self.assertEqual(reply["totalMemory"], 1048576)

    def test_modify(self):
        self.set_up_hypervisors()
        path = "nodes/hv2?api-version=2"
        reply = self.example("nodes-modify", "PUT", path, CHANGE, show=MOAB)
        first, second, *_ = reply["messages"]
        self.assertEqual(first, "Successfully powered node on")
        self.assertEqual(second, "Successfully modified os to 'esx4.1'")
        shown = self.get(path).json()
        for name in ("metrics", "variables"):
            self.assertEqual(shown[name], CHANGE[name])
        events = self.events_seen()
        reply = self.example("nodes-modify-version-1", "PUT", "nodes/hv2", CHANGE_1)
        self.assertEqual(len(reply["messages"]), 8)
        self.assertEqual(self.events_seen()[len(events) :], events)

    def test_the_answer_of_the_guide(self):
        self.set_up_hypervisors()
        body = {"operatingSystem": {"image": "linux"}, "states": {"powerState": "Off"}}
        reply = self.put("nodes/hv2?api-version=2", body).json()
        # The guide's has the other order.
        self.assertEqual(
            sorted(reply["messages"]),
            ["Successfully modified os to 'linux'", "Successfully powered node off"],
        )

    def test_modify_what_no_plugin_takes_over(self):
        add_nodes("node1")
        path = "nodes/node1?api-version=2"
        body = {"states": {"state": "Drained"}}
        reply = self.example("nodes-modify-kept", "PUT", path, body, show=MOAB)
        self.assertEqual(self.response.headers["X-Moab-Status"], "Warning")
        self.assertIn("it is kept here", reply["messages"][0])

    def test_modify_wrongly(self):
        add_nodes("node1")
        path = "nodes/node1?api-version=2"
        body = {"states": {"state": "Tired"}}
        reply = self.example("nodes-modify-wrong", "PUT", path, body, status=400)
        self.assertIn("'Drained'", reply["messages"][0])
