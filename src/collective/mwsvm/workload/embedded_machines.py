"""Virtual machines of the embedded workload manager (guide 4.29).

Those that plug-ins report are theirs to change; those of the site in the cloud are the
site's.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.machines import MachineRecord
from collective.mwsvm.workload import vm_changes
from collective.mwsvm.workload import vm_operations
from collective.mwsvm.workload.interface import Initiator
from collective.mwsvm.workload.interface import Modified
from collective.mwsvm.workload.interface import SystemJobs
from collective.mwsvm.workload.machine_documents import MANAGER
from collective.mwsvm.workload.reported_changes import Changing
from collective.mwsvm.workload.reported_changes import ReportedChanges
from collective.mwsvm.workload.rm_changes import Done
from collective.mwsvm.workload.vm_changes import Place
from collective.mwsvm.workload.vm_changes import VmChange
from dataclasses import dataclass
from sqlalchemy import Connection
from typing import Any
from typing import Protocol


Json = dict[str, Any]


class Records(Protocol):
    """The records of the site's machines, in a transaction."""

    def destroy(self, uid: str) -> MachineRecord:
        """Its instance shall be terminated. Raises `Conflict` when it has none."""


@dataclass(frozen=True)
class EmbeddedMachines:
    """`interface.Machines`, through plug-ins, and the site's own."""

    changes: ReportedChanges
    actor: Initiator
    #: Chooses hosts, among what the connection sees.
    place: Callable[[Connection], Place]
    #: The jobs that carry machines to where they shall be, in the connection's
    #: transaction.
    system_jobs: Callable[[Connection], SystemJobs]
    #: The records of the site's machines, in the connection's transaction.
    records: Callable[[Connection], Records]
    #: Has a machine of the site started (true) or stopped, in a transaction of its own.
    #: Raises `Invalid`, `Conflict`, `NotFound`.
    switch: Callable[[str, bool], None]

    def modify(self, name: str, given: Json) -> Modified:
        """Change the machine as a body of either version wants; the events tell of it.

        Raises `NotFound`, `Invalid`, `Conflict`.
        """
        vm = self.changes.read(name)
        change = VmChange.of(given)
        if "machine" in vm:
            done = self._done_by_site(vm, change)
        else:
            done = self.changes.asked_for(change, vm, vm_operations.target(vm))
        return self.changes.noted(name, change, done)

    def migrate(self, name: str, host: str) -> str:
        """The name of the job that brings it to this node, or to any for ``ANY``.

        Raises `NotFound`, `Invalid` when there is no such node, `Conflict` when the
        machine can't go there, or is busy.
        """
        with self.changes.changing() as changing:
            connection = changing.connection
            vm = self._idle(changing, name)
            nodes = self._nodes(connection, host)
            place = self.place(connection)
            target = vm_changes.destination(vm, host, nodes, place)
            arguments = vm_operations.migrate_arguments(vm, target)
            jobs = self.system_jobs(connection)
            return jobs.start(vm_operations.MIGRATE, name, arguments, self.actor)

    def destroy(self, name: str) -> str:
        """The name of the job that ends it. Raises `NotFound`, `Conflict`."""
        with self.changes.changing() as changing:
            connection = changing.connection
            vm = self._idle(changing, name)
            record = None
            if "machine" in vm:
                record = self.records(connection).destroy(vm["machine"])
            arguments = vm_operations.destroy_arguments(record)
            jobs = self.system_jobs(connection)
            return jobs.start(vm_operations.DESTROY, name, arguments, self.actor)

    def _idle(self, changing: Changing, name: str) -> Json:
        # One thing is done to a machine at a time.
        vm = self.changes.locked(changing, name)
        busy = self.system_jobs(changing.connection).under_way(name)
        if busy:
            raise Conflict(
                f"The virtual machine '{name}' is busy with '{busy[0].name}'",
                "Please wait until that has ended",
            )
        return vm

    def _done_by_site(self, vm: Json, change: VmChange) -> list[Done]:
        # Of a machine in the cloud, power is all that can be switched.
        done = []
        for wish in change.wishes:
            if wish.what != "power":
                done.append(Done(wish))
                continue
            if wish.value not in ("On", "Off"):
                raise Invalid(
                    f"The field 'states.powerState' can't be '{wish.value}': machines "
                    "of the site can be On or Off"
                )
            self.switch(vm["machine"], wish.value == "On")
            done.append(Done(wish, (MANAGER,)))
        return done

    def _nodes(self, connection: Connection, host: str) -> Iterable[Json]:
        wanted: Json = {"name": {"$in": [host, host.lower()]}}
        if host.upper() == vm_changes.ANY:
            wanted = {"isHypervisor": True}
        nodes = Collection(connection, collections.nodes, self.changes.new_id)
        return nodes.find(from_document(wanted)).documents
