"""Questions about job records: nothing here changes anything."""

from collections.abc import Iterable
from collections.abc import Iterator
from collective.mwsvm.database.tables import attempts
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.database.tables import log_pieces
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.jobs import Attempt
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from itertools import islice
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import Select
from sqlalchemy import select
from typing import Any


def batched(values: Iterable[str], size: int) -> Iterator[list[str]]:
    """The values in lists of at most ``size``: databases bound their parameters."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


#: The agent sends no larger pieces, before base64.
PIECE_LIMIT = 64 * 1024


def get(connection: Connection, name: str) -> JobRecord:
    """The job called ``name``; `NotFound` where there is none."""
    row = connection.execute(select(jobs).where(jobs.c.name == name)).mappings().first()
    if row is None:
        raise NotFound(f"There is no job {name!r}.")
    return JobRecord.from_row(row)


def named_like(connection: Connection, begin: str) -> list[JobRecord]:
    """The jobs whose names begin so, in the order of their numbers."""
    rows = connection.execute(
        select(jobs)
        .where(jobs.c.name >= begin, jobs.c.name < begin + "\uffff")
        .order_by(jobs.c.id)
    ).mappings()
    found = [JobRecord.from_row(row) for row in rows]
    return [record for record in found if record.name.startswith(begin)]


def of_content(connection: Connection, uid: str) -> JobRecord | None:
    """The record of the Job content with this UID; None for one that was never queued."""
    return _one(connection, select(jobs).where(jobs.c.content == uid))


def of_contents(connection: Connection, uids: Iterable[str]) -> Iterator[JobRecord]:
    """The records of these Job contents, in no order; those without one are left out."""
    for some in batched(uids, 500):
        query = select(jobs).where(jobs.c.content.in_(some))
        for row in connection.execute(query).mappings():
            yield JobRecord.from_row(row)


def running_on(connection: Connection, machine: str) -> JobRecord | None:
    """The job that the machine has now, running or suspended."""
    return _one(connection, select(jobs).where(jobs.c.running_on == machine))


def _one(connection: Connection, query: Select[Any]) -> JobRecord | None:
    row = connection.execute(query).mappings().first()
    return None if row is None else JobRecord.from_row(row)


def page(
    connection: Connection, machine: str | None = None, limit: int = 50
) -> tuple[list[JobRecord], int]:
    """The newest jobs, the newest first, and how many there are in all.

    ``machine`` means jobs for it or once on it.
    """
    query = select(jobs)
    if machine is not None:
        ran = select(attempts.c.job).where(attempts.c.machine == machine)
        query = query.where((jobs.c.machine == machine) | jobs.c.id.in_(ran))
    total = connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = connection.execute(query.order_by(jobs.c.id.desc()).limit(limit)).mappings()
    return [JobRecord.from_row(row) for row in rows], total


def count_by_state(connection: Connection) -> dict[JobState, int]:
    """How many jobs are in each state that has any."""
    rows = connection.execute(
        select(jobs.c.state, func.count()).group_by(jobs.c.state)
    ).all()
    return {JobState(state): count for state, count in rows}


def attempts_of(connection: Connection, job: int) -> list[Attempt]:
    """The job's attempts, the first one first."""
    rows = connection.execute(
        select(attempts).where(attempts.c.job == job).order_by(attempts.c.attempt)
    ).mappings()
    return [Attempt(**row) for row in rows]


def read_log(
    connection: Connection, job: int, attempt: int, start: int = 0, limit: int = 1 << 20
) -> bytes:
    """At most ``limit`` bytes of an attempt's log, from byte ``start`` on."""
    rows = connection.execute(
        select(log_pieces.c.offset, log_pieces.c.data)
        .where(
            log_pieces.c.job == job,
            log_pieces.c.attempt == attempt,
            log_pieces.c.offset > start - PIECE_LIMIT,
            log_pieces.c.offset < start + limit,
        )
        .order_by(log_pieces.c.offset)
    )
    pieces = []
    for offset, data in rows:
        data = bytes(data)
        pieces.append(data[max(0, start - offset) : start + limit - offset])
    return b"".join(pieces)
