"""Everything that a round of the scheduler is decided from, read from the database."""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.database import collections
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.inventory import bulk
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload import arrays
from collective.mwsvm.workload import containers
from collective.mwsvm.workload import machines
from collective.mwsvm.workload import node_jobs
from collective.mwsvm.workload import node_lists
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
from sqlalchemy import or_
from sqlalchemy import select
from typing import Any


Json = dict[str, Any]


@dataclass(frozen=True)
class Situation:
    """The jobs that a round is about, by their names, and the world that they are in.

    ``arrays`` has the jobs of each array that has not ended; ``marked`` names the jobs
    that the resource manager may have something to do for.
    """

    known: Mapping[str, Known]
    arrays: Mapping[str, list[arrays.Member]]
    marked: Collection[str]
    world: World


def look(connection: Connection, now: float, silence: float) -> Situation:
    """The situation. A machine is there if its agent called in the last ``silence`` s.

    Jobs that machines may take already are left out, but for those that should not be
    taken any more. What an idle site has in great numbers is not read.
    """
    known = _known(connection, _concerned())
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
        more = _known(connection, _taken_back(connection, back))
        known |= more
        dependencies |= world_dependencies.found(connection, more.values())
    found = _jobs(known, dependencies, held, array_holds)
    marked = node_jobs.marked(connection)
    world = World(now=now)
    if any(job.phase == "waiting" for job in found):
        world = _world(connection, now, silence, known, found, of_arrays)
    return Situation(known, of_arrays, marked, world)


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


def _concerned() -> ColumnElement[bool]:
    return or_(
        and_(jobs.c.state.in_(sorted(WAITING)), jobs.c.ready == 0),
        jobs.c.state.in_(sorted(ACTIVE)),
    )


def _taken_back(connection: Connection, names: Collection[str]) -> ColumnElement[bool]:
    among = bulk.among(connection, jobs.c.name, names)
    return and_(among, jobs.c.state == JobState.QUEUED, jobs.c.ready == 1)


def _known(connection: Connection, condition: ColumnElement[bool]) -> dict[str, Known]:
    rows = connection.execute(select(jobs).where(condition).order_by(jobs.c.id))
    found = {row.name: row for row in rows}
    if not found:
        return {}
    table = collections.job_documents.table
    documents = select(table.c.doc).where(
        bulk.among(connection, table.c.name, found.keys())
    )
    by_name = {each["name"]: each for each in connection.scalars(documents)}
    # Jobs from before there were documents have none; they ask for nothing.
    return {
        name: Known(JobRecord.from_row(row._mapping), by_name[name], bool(row.ready))
        for name, row in found.items()
        if name in by_name
    }
