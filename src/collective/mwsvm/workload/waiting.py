"""Why jobs wait: the kinds of reasons, each with how many jobs it keeps waiting."""

from collections.abc import Iterable
from collections.abc import Iterator
from collective.mwsvm.database.among import among
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload.claims import QUEUED
from collective.mwsvm.workload.scheduling.decisions import Why
from dataclasses import dataclass
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import literal_column
from sqlalchemy import select
from sqlalchemy import true
from typing import Any


#: A literal, for the index of jobs that are not ready is made for just this.
_NOT_READY: Any = literal_column("0")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Jobs that wait for the same kind of reason.

    ``kind`` is one of `scheduling.decisions.Why`, `node_jobs.NOT_STARTED`, or "" for those
    that the scheduler has not looked at yet. ``first`` is the one that was submitted
    first, with its own reason in a sentence.
    """

    kind: str
    count: int
    first: JobRecord


def waiting(
    connection: Connection, content: Iterable[str] | None = None
) -> list[Waiting]:
    """All kinds of reasons that jobs wait for now, the most frequent first.

    ``content`` means only these jobs of editors. What is counted is in indexes, so it is
    cheap however many wait.
    """
    condition: ColumnElement[bool] = true()
    if content is not None:
        condition = jobs.c.content.in_(among(connection, content))
    counts: dict[str, int] = {}
    firsts: dict[str, int] = {}
    for kind, count, first in _kinds(connection, condition):
        counts[kind] = counts.get(kind, 0) + count
        firsts[kind] = min(first, firsts.get(kind, first))
    rows = connection.execute(
        select(jobs).where(jobs.c.id.in_(firsts.values()))
    ).mappings()
    records = {row["id"]: JobRecord.from_row(row) for row in rows}
    groups = [
        Waiting(kind, count, records[firsts[kind]])
        for kind, count in counts.items()
        if firsts[kind] in records
    ]
    return sorted(groups, key=lambda group: (-group.count, group.kind))


def _kinds(
    connection: Connection, condition: ColumnElement[bool]
) -> Iterator[tuple[str, int, int]]:
    """Each kind with the number of its jobs and the first one's id."""
    counted = func.count(), func.min(jobs.c.id)
    states = connection.execute(
        select(jobs.c.state, *counted)
        .where(jobs.c.state.in_(sorted(WAITING)), condition)
        .group_by(jobs.c.state)
    )
    found = {state: (count, first) for state, count, first in states.tuples()}
    if JobState.HELD in found:
        yield Why.HOLD.value, *found[JobState.HELD]
    ready, _ = found.get(JobState.QUEUED, (0, 0))
    kinds = connection.execute(
        select(jobs.c.waits, *counted)
        .where(jobs.c.state == QUEUED, jobs.c.ready == _NOT_READY, condition)
        .group_by(jobs.c.waits)
    )
    for kind, count, first in kinds.tuples():
        ready -= count
        yield kind, count, first
    # No index has those that are ready: they are what is left, and none is looked for in
    # vain.
    if ready > 0:
        first = connection.scalar(
            select(jobs.c.id)
            .where(jobs.c.state == QUEUED, jobs.c.ready != _NOT_READY, condition)
            .order_by(jobs.c.id)
            .limit(1)
        )
        if first is not None:
            yield Why.READY.value, ready, first
