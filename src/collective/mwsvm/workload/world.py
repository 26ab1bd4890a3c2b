"""Everything that a round of the scheduler is decided from, read from the database."""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.database import collections
from collective.mwsvm.database.tables import job_places
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.inventory import bulk
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload import arrays
from collective.mwsvm.workload import claims
from collective.mwsvm.workload import containers
from collective.mwsvm.workload import machines
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import node_marks
from collective.mwsvm.workload import world_dependencies
from collective.mwsvm.workload import world_jobs
from collective.mwsvm.workload import world_places
from collective.mwsvm.workload.policies import Policies
from collective.mwsvm.workload.scheduling.world import Dependency
from collective.mwsvm.workload.scheduling.world import Job
from collective.mwsvm.workload.scheduling.world import World
from collective.mwsvm.workload.world_jobs import Known
from dataclasses import dataclass
from itertools import chain
from sqlalchemy import and_
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import literal_column
from sqlalchemy import select
from sqlalchemy import union_all
from typing import Any


Json = dict[str, Any]


@dataclass(frozen=True)
class Situation:
    """The jobs that a round is about, by their names, and the world that they are in.

    ``arrays`` has the jobs of each array that has not ended; ``marks`` are those of the
    jobs that the resource manager may have to do with.
    """

    known: Mapping[str, Known]
    arrays: Mapping[str, list[arrays.Member]]
    marks: Mapping[str, str]
    world: World


def look(connection: Connection, now: float, silence: float) -> Situation:
    """The situation. A machine is there if its agent called in the last ``silence`` s.

    Jobs that machines may take already are left out, but for those that should not be
    taken any more. What an idle site has in great numbers is not read.
    """
    marks = node_marks.marked(connection)
    known = _known(connection, _CONCERNED, marks)
    masters = [each for each in known.values() if each.is_master]
    of_arrays = {
        master.record.name: arrays.members(connection, master.record.name)
        for master in masters
    }
    waiting = [each for each in known.values() if each.record.state in WAITING]
    dependencies = world_dependencies.found(connection, waiting)
    held = containers.holding(connection)
    array_holds = {
        master.record.name: _holds(master)
        for master in masters
        if master.record.state == JobState.HELD
    }
    back = world_dependencies.touched(chain.from_iterable(dependencies.values()))
    back |= held
    for name in array_holds:
        back.update(member.name for member in of_arrays[name])
    if back := back - known.keys():
        more = _known(connection, [_taken_back(connection, back)], marks)
        known |= more
        dependencies |= world_dependencies.found(connection, more.values())
    found = _jobs(known, dependencies, held, array_holds)
    world = World(now=now)
    if any(job.phase == "waiting" for job in found):
        world = _world(connection, now, silence, known, found, of_arrays)
    return Situation(known, of_arrays, marks, world)


def _world(
    connection: Connection,
    now: float,
    silence: float,
    known: Mapping[str, Known],
    found: list[Job],
    of_arrays: Mapping[str, list[arrays.Member]],
) -> World:
    on_nodes = any(not job.pulled for job in found)
    nodes = node_lists.documents(connection, collections.nodes) if on_nodes else {}
    records = machines.all_records(connection)
    running = {
        each.record.running_on: each.record.name
        for each in known.values()
        if each.record.running_on
    }
    return World(
        now=now,
        jobs=(*found, *_promised(known, of_arrays)),
        nodes=world_places.nodes(nodes.values()),
        machines=world_places.machines(
            node_lists.documents(connection, collections.vms).values(),
            records,
            machines.heartbeats_of(connection),
            running,
            now - silence,
        ),
        reservations=world_places.reservations(
            connection.scalars(
                select(collections.reservations.table.c.doc).order_by(
                    collections.reservations.table.c.id
                )
            )
        ),
        policies=world_places.policies(Policies(connection).all()),
    )


def _jobs(
    known: Mapping[str, Known],
    dependencies: Mapping[str, Iterable[Dependency]],
    held: Collection[str],
    array_holds: Mapping[str, list[str]],
) -> list[Job]:
    found = []
    for name, each in known.items():
        if each.is_master:
            continue
        inside: list[str] = []
        if name in held:
            listed = each.document["virtualContainers"]
            inside = [proxy["name"] for proxy in listed]
        array = each.document["arrayMasterName"]
        found.append(
            world_jobs.job(
                each,
                tuple(dependencies.get(name, ())),
                inside,
                array_holds.get(array, ()),
            )
        )
    return found


def _promised(
    known: Mapping[str, Known], of_arrays: Mapping[str, list[arrays.Member]]
) -> Iterator[Job]:
    # A machine may take them in the next moment.
    for name, found in of_arrays.items():
        for member in found:
            taken = member.state == JobState.QUEUED and member.ready
            if taken and member.name not in known:
                yield world_jobs.promised(member.name, name)


def _holds(master: Known) -> list[str]:
    return master.document["holds"] or ["User"]


def _taken_back(connection: Connection, names: Collection[str]) -> ColumnElement[bool]:
    among = bulk.among(connection, jobs.c.name, names)
    return and_(among, jobs.c.state == JobState.QUEUED, jobs.c.ready == 1)


def _known(
    connection: Connection,
    conditions: Sequence[ColumnElement[bool]],
    marks: Collection[str],
) -> dict[str, Known]:
    # Each condition has an index of its own.
    each = (select(jobs).where(condition) for condition in conditions)
    rows = connection.execute(union_all(*each)).all()
    found = {row.name: row for row in sorted(rows, key=lambda row: row.id)}
    if not found:
        return {}
    table = collections.job_documents.table
    documents = select(table.c.doc).where(
        bulk.among(connection, table.c.name, found.keys())
    )
    by_name = {each["name"]: each for each in connection.scalars(documents)}
    somewhere = any(row.ready == 2 for row in found.values())
    places = _places(connection) if somewhere else {}
    # Jobs from before there were documents have none; they ask for nothing.
    return {
        name: Known(
            JobRecord.from_row(row._mapping),
            by_name[name],
            bool(row.ready),
            places.get(row.id, frozenset()) if row.ready == 2 else frozenset(),
            name in marks,
        )
        for name, row in found.items()
        if name in by_name
    }


def _places(connection: Connection) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for row in connection.execute(select(job_places)):
        found.setdefault(row.job, set()).add(row.machine)
    return {job: frozenset(machines) for job, machines in found.items()}


#: The jobs that a round is about: those that wait but that not any machine may take, and
#: those that run. Literals, for the index of what is not ready is made for just these.
_CONCERNED: tuple[ColumnElement[bool], ...] = (
    and_(jobs.c.state == claims.QUEUED, jobs.c.ready == literal_column("0")),
    and_(jobs.c.state == JobState.HELD, jobs.c.ready != 1),
    and_(
        jobs.c.id.in_(select(job_places.c.job)),
        jobs.c.state == JobState.QUEUED,
        jobs.c.ready == 2,
    ),
    jobs.c.state.in_(sorted(ACTIVE)),
)
