"""Hypervisors and virtual machines in a database, as plug-ins report them."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.models import dates
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.vms import VirtualMachine
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.policies import Policies
from collective.mwsvm.workload.system_jobs import DocumentedSystemJobs


THRESHOLDS = {
    "state": "ENABLED",
    "migrationAlgorithmType": "OVERCOMMIT",
    "processorUtilizationThreshold": 0.5,
}


class Fleet:
    """Hypervisors with 10 processors and 1000 MB, and machines on them.

    ``machines`` has the host and the load of each by its name.
    """

    def __init__(self, connection, clock, machines, hosts=("hv1", "hv2", "hv3")):
        self.connection, self.clock = connection, clock
        self.machines = dict(machines)
        new_id = ObjectIds(clock)
        self.nodes = Collection(connection, collections.nodes, new_id)
        self.vms = Collection(connection, collections.vms, new_id)
        self.policies = Policies(connection)
        self.documents = JobDocuments(connection, clock, new_id, lambda events: None)
        self.jobs = DocumentedSystemJobs(connection, clock, self.documents)
        for name in hosts:
            node = Node(name=name, is_hypervisor=True).wire()
            node["states"].update(state="Idle", powerState="On")
            node["resources"] = {
                "processors": {"configured": 10, "utilized": -1},
                "memory": {"configured": 1000, "utilized": -1},
            }
            self.nodes.insert([node])
        for name in self.machines:
            vm = VirtualMachine(name=name).wire()
            vm["resources"] = {
                "processors": {"configured": 2, "available": None},
                "memory": {"configured": 200, "available": None},
            }
            self.vms.insert([vm])
        self.report()

    def report(self, *names):
        """What is so now is reported: of these nodes and machines, or of all."""
        now = dates.mws(self.clock())
        for node in self.nodes.find().documents:
            if not names or node["name"] in names:
                node["metrics"] = {"cpuLoad": self.load(node["name"])}
                node["lastUpdatedDate"] = now
                self.nodes.replace(node)
        for name, (host, load) in self.machines.items():
            if not names or name in names:
                vm = self.vms.get(name)
                if vm["host"] not in (None, {"name": host}):
                    vm["lastMigrationDate"] = now
                vm["host"] = {"name": host}
                vm["metrics"] = {"cpuLoad": load}
                vm["lastUpdatedDate"] = now
                self.vms.replace(vm)

    def load(self, host):
        return sum(load for at, load in self.machines.values() if at == host)

    def node(self, name, **fields):
        self.nodes.replace({**self.nodes.get(name), **fields})

    def vm(self, name, **fields):
        self.vms.replace({**self.vms.get(name), **fields})
