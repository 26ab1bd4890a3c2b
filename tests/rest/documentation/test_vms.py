"""Guide 4.29: virtual machines."""

from collective.mwsvm.database import collections
from collective.mwsvm.models.vms import VirtualMachine
from tests.rest.documentation.plugins import PluginDocumentationTestCase
from tests.rest.hypervisors import Hypervisors
from tests.rest.workload_objects import add_vms
import transaction


MOAB = ("X-Moab-Status", "X-Moab-Code")


def amounts(configured):
    return {"configured": configured, "dedicated": 0, "available": configured}


SHOWN = {
    "name": "vm3",
    "description": None,
    "host": {"name": "hv2"},
    "hostnames": [],
    "ipAddress": "10.0.0.5",
    "migrationDisabled": False,
    "lastUpdatedDate": "2012-10-11 17:46:32 UTC",
    "startDate": "2012-09-25 18:12:23 UTC",
    "trackingJob": None,
    "metrics": {"watts": 200.0},
    "variables": {},
    "resourceManagers": [{"name": "msm", "isMaster": True, "stateReported": "Active"}],
    "operatingSystem": {
        "image": "stateless1",
        "imageExpected": None,
        "imageLastUpdatedDate": None,
        "imagesAvailable": [],
    },
    "states": {
        "powerState": "On",
        "powerStateExpected": None,
        "powerStateLastUpdatedDate": None,
        "state": "Idle",
        "stateLastUpdatedDate": "2012-10-11 17:15:01 UTC",
        "subState": None,
        "subStateLast": None,
        "subStateLastUpdatedDate": None,
    },
    "resources": {
        "processors": amounts(1),
        "memory": amounts(512),
        "disk": amounts(1024),
        "swap": amounts(0),
    },
    "triggers": [],
    "virtualContainers": [],
}

CHANGE = {
    "metrics": {"pwatts": 211},
    "migrationDisabled": True,
    "operatingSystem": {"image": "esx4.1"},
    "states": {"powerState": "On", "state": "Running"},
    "triggers": [{"name": "trigger_id"}],
    "variables": {"key": "value", "arbitrary text key": "more value"},
}


class TestVirtualMachines(Hypervisors, PluginDocumentationTestCase):
    def setUp(self):
        super().setUp()
        self.set_up_jobs()

    def add_the_guides(self):
        self.insert(collections.vms, VirtualMachine.check(SHOWN).wire())

    def test_get_all(self):
        add_vms("vm1", "vm2", "vm3")
        path = "vms?api-version=2&fields=name"
        reply = self.example("vms-list", "GET", path, show=MOAB)
        names = [{"name": name} for name in ("vm1", "vm2", "vm3")]
        expected = {"totalCount": 3, "resultCount": 3, "results": names}
        self.assertEqual(reply, expected)
        reply = self.example("vms-list-version-1", "GET", "vms?fields=id")
        self.assertEqual(reply["results"], [{"id": each["name"]} for each in names])

    def test_query(self):
        self.add_the_guides()
        path = 'vms?api-version=2&fields=name&query={"migrationDisabled":true}'
        reply = self.example("vms-query", "GET", path)
        self.assertEqual(reply["results"], [])

    def test_get_one(self):
        self.add_the_guides()
        path = "vms/vm3?api-version=2"
        reply = self.example("vms-show", "GET", path, show=MOAB)
        self.assert_like(reply, SHOWN)
        # Those of later editions.
        self.assertEqual(set(reply) - set(SHOWN), {"attributes", "lastMigrationDate"})

    def test_get_one_in_version_1(self):
        self.add_the_guides()
        reply = self.example("vms-show-version-1", "GET", "vms/vm3")
        self.assertEqual((reply["id"], reply["node"]), ("vm3", {"id": "hv2"}))

    def test_get_one_of_the_site(self):
        self.add_machine("Build server")
        transaction.commit()
        path = "vms/Build server?api-version=2&fields=name,host,states,resourceManagers"
        reply = self.example("vms-show-cloud", "GET", path)
        self.assertEqual(reply["resourceManagers"][0]["name"], "ec2")

    def test_modify(self):
        self.set_up_hypervisors()
        path = "vms/vm1?api-version=2"
        reply = self.example("vms-modify", "PUT", path, CHANGE, show=MOAB)
        self.assertEqual(reply["messages"][0], "Successfully powered VM on")
        shown = self.get(path).json()
        for name in ("metrics", "migrationDisabled", "triggers", "variables"):
            self.assertEqual(shown[name], CHANGE[name])

    def test_migrate(self):
        self.set_up_hypervisors()
        path, body = "vms/vm1?api-version=2", {"host": {"name": "hv2"}}
        reply = self.example("vms-migrate", "PUT", path, body, status=202, show=MOAB)
        # The guide's sample has vm-migrate1, what it says in 3.6 is this.
        self.assertEqual(reply, {"jobId": "vmmigrate-1"})
        self.carry()
        body = {"host": {"name": "ANY"}}
        self.example("vms-migrate-any", "PUT", path, body, status=202)
        self.assertEqual(self.response.json(), {"jobId": "vmmigrate-2"})

    def test_migrate_in_version_1(self):
        self.set_up_hypervisors()
        body = {"node": {"id": "hv2"}}
        self.example("vms-migrate-version-1", "PUT", "vms/vm1", body, status=202)

    def test_migrate_to_nowhere(self):
        self.set_up_hypervisors()
        path, body = "vms/vm1?api-version=2", {"host": {"name": "hv9"}}
        self.example("vms-migrate-wrong", "PUT", path, body, status=400)

    def test_destroy(self):
        self.set_up_hypervisors()
        path = "vms/vm1?api-version=2"
        reply = self.example("vms-destroy", "DELETE", path, status=202, show=MOAB)
        self.assertEqual(reply, {"jobId": "vmdestroy-1"})
