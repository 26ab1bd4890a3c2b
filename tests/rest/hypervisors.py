"""A plug-in with hypervisors, and system jobs, for tests of nodes and machines."""

from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.worker.system_jobs import carry_system_jobs
from collective.mwsvm.workload.interface import SystemJob
from unittest import mock


#: It reports two hypervisors and a machine, remembers the events that it gets, and
#: refuses what has the name "stubborn" in it.
CODE = """
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import NodeReportState
from collective.mwsvm.plugins import VirtualMachineReport


class HypervisorsPlugin(AbstractPlugin):
    seen = []

    def poll(self):
        nodes = [NodeReport("hv1"), NodeReport("hv2")]
        for node in nodes:
            node.image = "hyper"
            node.state = NodeReportState.IDLE
            node.power = NodeReportPower.ON
            node.resources.memory.total = node.resources.memory.available = 4096
        self.nodeRMService.save(nodes)
        machine = VirtualMachineReport("vm1")
        machine.host = "hv1"
        machine.state = NodeReportState.IDLE
        machine.power = NodeReportPower.ON
        self.virtualMachineRMService.save([machine])

    def nodePower(self, nodes, state):
        return self._event("nodePower", list(nodes), state.name)

    def nodeModify(self, nodes, properties):
        return self._event("nodeModify", list(nodes), dict(properties))

    def virtualMachineMigrate(self, vmName, hypervisorName, operationName):
        return self._event("migrate", vmName, hypervisorName, operationName)

    def systemModify(self, properties):
        return self._event("systemModify", dict(properties))

    def _event(self, *event):
        self.seen.append(event)
        return "stubborn" not in str(event)

    def events(self, params):
        return self.seen
"""

IMAGE = {
    "name": "hyper",
    "osType": "linux",
    "hypervisor": True,
    "hypervisorType": "KVM",
    "supportsPhysicalMachine": True,
}


class Jobs:
    """System jobs in memory; what was never committed is there, too."""

    def __init__(self):
        self.waiting = {}
        self.done = {}

    def __call__(self, *connection):
        return self

    def start(self, kind, vm, arguments, actor):
        name = f"{kind}-{len(self.waiting) + len(self.done) + 1}"
        self.waiting[name] = SystemJob(name, kind, vm, arguments, actor)
        return name

    def ended(self, name, ok, message):
        del self.waiting[name]
        self.done[name] = (ok, message)

    def under_way(self, vm=None):
        return [job for job in self.waiting.values() if vm in (None, job.vm)]


class Hypervisors:
    """For test cases with uploads: the plug-in ``p``, and the jobs."""

    def set_up_jobs(self):
        self.jobs = Jobs()
        patcher = mock.patch.object(site, "system_jobs", self.jobs)
        patcher.start()
        self.addCleanup(patcher.stop)

    def set_up_hypervisors(self):
        self.made("images", IMAGE)
        headers = {"Content-Type": "text/plain"}
        response = self.call("PUT", "plugin-types", data=CODE, headers=headers)
        self.assertEqual(response.status_code, 200, response.text)
        self.made("plugins", {"id": "p", "pluginType": "Hypervisors"})
        self.poll()

    def poll(self):
        self.assertEqual(self.post("plugins/p/poll").status_code, 200)

    def events_seen(self):
        """The events that the plug-in got."""
        return self.get("plugins/p/services/events").json()

    def carry(self):
        """What the worker does."""
        carry_system_jobs(site.plugins(), self.jobs)

    def insert(self, documents, *found):
        with site.database().transaction() as connection:
            Collection(connection, documents, site.new_id).insert(found)

    def stored(self, name, documents=collections.nodes):
        with site.database().reading() as connection:
            return Collection(connection, documents, site.new_id).get(name)
