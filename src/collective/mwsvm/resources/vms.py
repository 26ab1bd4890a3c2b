"""``/rest/vms`` (guide 4.29)."""

from collections.abc import Iterable
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.machines import MachineRecord
from collective.mwsvm.models.vms import VirtualMachine
from collective.mwsvm.models.vms_v1 import VirtualMachineVersion1
from collective.mwsvm.models.vms_v1 import vm_version_1
from collective.mwsvm.plugin_control.context import Change
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.inventoried import found
from collective.mwsvm.resources.inventoried import Inventoried
from collective.mwsvm.resources.inventoried import InventoriedChanges
from collective.mwsvm.resources.moab import reply
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import rm_changes
from collective.mwsvm.workload import vm_changes
from collective.mwsvm.workload import vm_operations
from collective.mwsvm.workload.interface import Initiator
from collective.mwsvm.workload.interface import SystemJobs
from collective.mwsvm.workload.machine_documents import MachineDocuments
from collective.mwsvm.workload.machine_documents import MANAGER
from collective.mwsvm.workload.machines import Machines
from collective.mwsvm.workload.rm_changes import Done
from collective.mwsvm.workload.vm_changes import VmChange
from sqlalchemy import Connection
from typing import Protocol


class Site(Protocol):
    """What virtual machines ask of the site."""

    def system_jobs(self, connection: Connection) -> SystemJobs:
        """The system jobs, in the caller's transaction."""

    def start_machine(self, uid: str) -> None:
        """Have a machine of the site started, in a transaction of its own.

        Raises `Invalid`, `Conflict`, `NotFound`.
        """

    def stop_machine(self, uid: str) -> None:
        """Have a machine of the site stopped. Raises `Conflict`, `NotFound`."""


class Begun(Model):
    """What takes its time: the job that one can follow."""

    job_id: str


class VirtualMachines(Inventoried):
    """The virtual machines on the nodes, and those of the site in the cloud."""

    name = "vms"
    one = "virtual machine"
    many = "virtual machines"
    model = VirtualMachine
    documents = collections.vms
    model_1 = VirtualMachineVersion1
    version_1 = staticmethod(vm_version_1)

    @operation("List")
    def find(self) -> Reply:
        """Get all virtual machines"""
        return self.listing()

    @operation("Show", "{key}", answer=VirtualMachine | VirtualMachineVersion1)
    def show(self, key: str) -> Reply:
        """Get a single virtual machine"""
        return reply(self.output(self.get(key)))


class VirtualMachineChanges(InventoriedChanges):
    """Changes of virtual machines."""

    name = "vms"
    one = "virtual machine"
    many = "virtual machines"
    model = VirtualMachine
    documents = collections.vms

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.site: Site = call.site

    @operation("Update", "{key}", alone=True, answer=Told | Begun)
    def update(self, key: str) -> Reply:
        """Modify a virtual machine; with a host, migrate it: then the status is 202"""
        vm = self.read(key)
        given = self.call.object()
        host = vm_changes.wanted_host(given, vm)
        if host is None:
            return self._modified(vm, VmChange.of(given))
        with self.context.changing(self.actor) as changing:
            latest = self._locked(changing, vm["name"])
            nodes = self._nodes(changing.connection, host)
            target = vm_changes.destination(latest, host, nodes, vm_changes.roomiest)
            arguments = vm_operations.migrate_arguments(target)
            return self._begun(changing, vm_operations.MIGRATE, latest, arguments)

    @operation("Delete", "{key}", alone=True, success=202, answer=Begun)
    def delete(self, key: str) -> Reply:
        """Destroy a virtual machine"""
        vm = self.read(key)
        with self.context.changing(self.actor) as changing:
            machine = self._destroyed(changing, vm) if "machine" in vm else None
            latest = self._locked(changing, vm["name"])
            arguments = vm_operations.destroy_arguments(machine)
            return self._begun(changing, vm_operations.DESTROY, latest, arguments)

    def _modified(self, vm: Json, change: VmChange) -> Reply:
        name = vm["name"]
        if "machine" in vm:
            done = self._done_by_site(vm, change)
        else:
            done = rm_changes.asked_for(
                change.wishes,
                vm_operations.target(vm),
                rm_changes.reporters(vm),
                self.control.rm_events.send,
            )
        with self.context.changing(self.actor) as changing:
            latest = self._locked(changing, name)
            vms = Collection(changing.connection, self.documents, self.call.new_id)
            vms.replace(change.noted(latest, done, self.call.clock()))
            changing.tell("modify", name, kind="vm")
        return self.told(change.sentences(done), done)

    def _done_by_site(self, vm: Json, change: VmChange) -> list[Done]:
        # Of a machine in the cloud, power is all that can be switched.
        done = []
        for wish in change.wishes:
            if wish.what != "power":
                done.append(Done(wish))
                continue
            if wish.value not in ("On", "Off"):
                raise Invalid(
                    f"The field 'states.powerState' can't be '{wish.value}': machines of "
                    "the site can be On or Off"
                )
            start = wish.value == "On"
            act = self.site.start_machine if start else self.site.stop_machine
            act(vm["machine"])
            done.append(Done(wish, (MANAGER,)))
        return done

    def _destroyed(self, changing: Change, vm: Json) -> MachineRecord:
        follow = MachineDocuments(changing.connection, self.call.clock).follow
        machines = Machines(
            changing.connection,
            self.call.clock,
            self.call.settings,
            self.call.caller.name,
            follow,
        )
        return machines.destroy(vm["machine"])

    def _locked(self, changing: Change, name: str) -> Json:
        node_lists.lock(changing.connection)
        vms = Collection(changing.connection, self.documents, self.call.new_id)
        return found(self.call, vms, name, lock=True)

    def _nodes(self, connection: Connection, host: str) -> Iterable[Json]:
        wanted: Json = {"name": {"$in": [host, host.lower()]}}
        if host.upper() == vm_changes.ANY:
            wanted = {"isHypervisor": True}
        nodes = Collection(connection, collections.nodes, self.call.new_id)
        return nodes.find(from_document(wanted)).documents

    def _begun(self, changing: Change, kind: str, vm: Json, arguments: Json) -> Reply:
        jobs = self.site.system_jobs(changing.connection)
        busy = jobs.under_way(vm["name"])
        if busy:
            raise Conflict(
                f"The virtual machine '{vm['name']}' is busy with '{busy[0].name}'",
                "Please wait until that has ended",
            )
        caller = self.call.caller
        actor = Initiator(caller.name, caller.proxy_user)
        name = jobs.start(kind, vm["name"], arguments, actor)
        return reply({"jobId": name}, status=202, location=f"jobs/{name}")
