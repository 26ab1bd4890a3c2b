"""Hypervisors and their virtual machines as the scheduler sees them.

A machine whose migration is under way counts where it is and where it goes; and so does
one that has come, until it is reported there.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import node_marks
from collective.mwsvm.workload import vm_operations
from collective.mwsvm.workload import world_places
from collective.mwsvm.workload.interface import SystemJob
from collective.mwsvm.workload.policies import Policies
from collective.mwsvm.workload.scheduling import world
from collective.mwsvm.workload.scheduling.hypervisors import GIVEN
from dataclasses import dataclass
from dataclasses import replace
from math import inf
from sqlalchemy import Connection
from sqlalchemy import select
from typing import Any


Json = dict[str, Any]

#: The member of a machine's document, which clients do not see, that tells of the last
#: migration that was made from here: ``source``, ``host``, and ``ended`` in seconds.
NOTE = "migration"

_vms = collections.vms.table


@dataclass(frozen=True, slots=True)
class Move:
    """A machine that moves, or has moved: ``ended`` is infinite until it has."""

    machine: str
    source: str
    host: str
    ended: float = inf


def note(connection: Connection, job: SystemJob, now: float) -> None:
    """Note in the machine's document that a migration has ended, well or not."""
    node_lists.lock(connection)
    vms = Collection(connection, collections.vms, str)
    try:
        vm = vms.get(job.vm, lock=True)
    except NotFound:
        return
    source = job.arguments.get("source", "")
    told = {"source": source, "host": job.arguments["host"], "ended": now}
    vms.replace({**vm, NOTE: told})


def moves(vms: Iterable[Json], under_way: Iterable[SystemJob]) -> Iterator[Move]:
    """The migrations under way, and the last one of each other machine."""
    going = {job.vm: job for job in under_way if job.kind == vm_operations.MIGRATE}
    for vm in vms:
        job, told = going.get(vm["name"]), vm.get(NOTE)
        if job is not None:
            yield Move(job.vm, vm["host"]["name"], job.arguments["host"])
        elif told is not None:
            yield Move(vm["name"], told["source"], told["host"], told["ended"])


def reported(document: Json) -> float:
    """When a node or machine was last reported, in seconds; long ago: never."""
    date = document["lastUpdatedDate"]
    return dates.seconds(date) if date else -inf


def machine(vm: Json) -> world.Machine:
    """A machine that plug-ins report."""
    return world_places.machines([vm], (), {}, {}, 0.0)[0]


def hosted(connection: Connection) -> list[Json]:
    """The documents of the machines that have a host, in the order of names."""
    statement = select(_vms.c.doc).where(_vms.c.host_name.is_not(None))
    return list(connection.scalars(statement.order_by(_vms.c.name)))


def look(
    connection: Connection,
    now: float,
    nodes: Iterable[Json],
    vms: Sequence[Json],
    moves: Iterable[Move],
) -> world.World:
    """The world of these nodes and machines, by their documents."""
    reservations = collections.reservations.table
    return world.World(
        now=now,
        jobs=tuple(_jobs(connection)),
        nodes=world_places.nodes(nodes),
        machines=(*map(machine, vms), *_coming(vms, moves)),
        reservations=world_places.reservations(
            connection.scalars(select(reservations.c.doc).order_by(reservations.c.id))
        ),
        policies=world_places.policies(Policies(connection).all()),
    )


def _coming(vms: Iterable[Json], moves: Iterable[Move]) -> Iterator[world.Machine]:
    by_name = {vm["name"]: vm for vm in vms}
    for move in moves:
        vm = by_name[move.machine]
        if move.host != vm["host"]["name"] and reported(vm) <= move.ended:
            yield replace(machine(vm), host=move.host)


def _jobs(connection: Connection) -> Iterator[world.Job]:
    # Those on nodes: of the others hypervisors know nothing.
    names = node_marks.marked(connection).keys()
    documents = node_lists.documents(connection, collections.job_documents, names)
    for name, document in documents.items():
        yield world.Job(
            name=name,
            phase=world.Phase.ACTIVE,
            requirements=tuple(map(_requirement, document["requirements"])),
            placements=tuple(
                world.Placement(node, tasks, requirement)
                for node, tasks, requirement, *_ in document.get("allocation", ())
            ),
        )


def _requirement(given: Json) -> world.Requirement:
    each = given["resourcesPerTask"]
    amounts = {name: each.get(name, {}).get("dedicated", 0) for name in GIVEN}
    return world.Requirement(**amounts)
