"""Where a virtual machine goes that somebody wants migrated (guide 4.29.2.2)."""

from collections.abc import Callable
from collections.abc import Iterable
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.workload import scheduling
from collective.mwsvm.workload import vm_world
from collective.mwsvm.workload.interface import SystemJobs
from collective.mwsvm.workload.vm_changes import Place
from sqlalchemy import Connection
from typing import Any


Json = dict[str, Any]


def place(
    connection: Connection, clock: Callable[[], float], jobs: SystemJobs
) -> Place:
    """Chooses by the policies and by what is on the hypervisors, or on its way to them.

    To the host that a person names a machine can go unless it is down, can't run the
    image, has migrations disabled, or would get over the limits of overcommitment. What
    is for any host keeps clear of excluded and reserved ones, too.
    """

    def chosen(vm: Json, nodes: Iterable[Json], *, named: bool = False) -> str:
        vms = vm_world.hosted(connection)
        # Whether something is done to the machine itself is asked elsewhere.
        others = [job for job in jobs.under_way() if job.vm != vm["name"]]
        moves = vm_world.moves(vms, others)
        world = vm_world.look(connection, clock(), nodes, vms, moves)
        machine = vm_world.machine(vm)
        if not named:
            choice = scheduling.place_vm(world, machine)
            if not choice.host:
                raise Conflict(choice.message)
            return choice.host
        (node,) = world.nodes
        why = scheduling.refused(world, machine, node.name)
        if why:
            raise Conflict(
                f"The virtual machine '{machine.name}' can't go to '{node.name}': that "
                f"{why}"
            )
        return node.name

    return chosen
