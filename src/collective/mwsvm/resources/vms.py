"""``/rest/vms`` (guide 4.29)."""

from collective.mwsvm.database import collections
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.vms import VirtualMachine
from collective.mwsvm.models.vms_v1 import VirtualMachineVersion1
from collective.mwsvm.models.vms_v1 import vm_version_1
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.inventoried import Inventoried
from collective.mwsvm.workload.vm_changes import wanted_host


class Begun(Model):
    """What takes its time: the job that one can follow."""

    job_id: str


class VirtualMachines(Inventoried):
    """The virtual machines on the nodes, and those of the site in the cloud."""

    name = "vms"
    one = "virtual machine"
    many = "virtual machines"
    model = VirtualMachine
    kinds = ("List", "Show", "Update", "Delete")
    documents = collections.vms
    model_1 = VirtualMachineVersion1
    version_1 = staticmethod(vm_version_1)

    @operation("List")
    def find(self) -> Listed:
        """Get all virtual machines"""
        return self.listing()

    @operation("Show", "{key}", answer=VirtualMachine | VirtualMachineVersion1)
    def show(self, key: str) -> Json:
        """Get a single virtual machine"""
        return self.output(self.get(key))

    @operation("Update", "{key}", alone=True, gives=Told, begins=Begun)
    def update(self, key: str) -> Reply:
        """Modify a virtual machine; with a host, migrate it: then the status is 202"""
        vm = self.look(key)
        given = self.call.object()
        host = wanted_host(given, vm)
        machines = self.call.manager.machines
        if host is None:
            return self.told(machines.modify(vm["name"], given))
        return self._begun(machines.migrate(vm["name"], host))

    @operation("Delete", "{key}", alone=True, success=202, gives=Begun)
    def delete(self, key: str) -> Reply:
        """Destroy a virtual machine"""
        vm = self.look(key)
        return self._begun(self.call.manager.machines.destroy(vm["name"]))

    def _begun(self, job: str) -> Reply:
        return Reply({"jobId": job}, status=202, location=f"jobs/{job}")
