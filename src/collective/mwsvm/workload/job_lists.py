"""Jobs for the eyes of people: those that match a filter, in an order, a page at a time."""

from collections.abc import Collection as Group
from collections.abc import Iterable
from collective.mwsvm.database import collections
from collective.mwsvm.database.among import among
from collective.mwsvm.database.tables import attempts
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from dataclasses import dataclass
from sqlalchemy import case
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from typing import Any


Json = dict[str, Any]

#: In the order of a job's life.
_STATES = case({str(state): n for n, state in enumerate(JobState)}, value=jobs.c.state)

#: What a list can be sorted by. Names end with the number of the submission.
SORTS: dict[str, Any] = {
    "name": jobs.c.id,
    "title": func.lower(jobs.c.title),
    "user": func.lower(jobs.c.owner),
    "state": _STATES,
    "priority": jobs.c.priority,
    "submitted": jobs.c.id,
    "started": jobs.c.started,
}


@dataclass(frozen=True)
class JobFilter:
    """Which jobs are meant; what is empty or None means all.

    ``text`` is a part of the name, the title or the user, in either case; ``machine``
    the UID of the machine that a job is for or was once on; ``content`` the UIDs of the
    Jobs in Plone that may be seen.
    """

    states: Group[JobState] = ()
    text: str = ""
    user: str = ""
    machine: str = ""
    content: Group[str] | None = None


def page(
    connection: Connection,
    wanted: JobFilter,
    sort: str = "submitted",
    descending: bool = True,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[JobRecord], int]:
    """Some of the jobs that are wanted, and how many there are in all.

    ``sort`` is a key of `SORTS`; of equals, the number of the submission decides.
    """
    found = select(jobs.c.id).where(*_conditions(connection, wanted))
    order = [
        each.desc() if descending else each.asc() for each in (SORTS[sort], jobs.c.id)
    ]
    if sort == "started":
        # Jobs that never ran come last either way.
        order[0] = order[0].nulls_last()
    # Only the ids, for the rows themselves are heavy to sort.
    ids = connection.scalars(found.order_by(*order).limit(limit).offset(offset)).all()
    rows = connection.execute(select(jobs).where(jobs.c.id.in_(ids))).mappings()
    by_id = {row["id"]: JobRecord.from_row(row) for row in rows}
    some = [by_id[id] for id in ids]
    if len(some) < limit and (some or not offset):
        return some, offset + len(some)
    total = connection.scalar(select(func.count()).select_from(found.subquery()))
    return some, total or 0


def named(connection: Connection, names: Iterable[str]) -> list[JobRecord]:
    """The jobs with these names, the first submitted first; unknown names are left out."""
    rows = connection.execute(
        select(jobs)
        .where(jobs.c.name.in_(among(connection, names)))
        .order_by(jobs.c.id)
    ).mappings()
    return [JobRecord.from_row(row) for row in rows]


def documents_of(connection: Connection, names: Iterable[str]) -> dict[str, Json]:
    """The guide's objects of the jobs with these names, by name."""
    table = collections.job_documents.table
    rows = connection.execute(
        select(table.c.name, table.c.doc).where(
            table.c.name.in_(among(connection, names))
        )
    ).tuples()
    return dict(rows.all())


def last_machines(connection: Connection, found: Iterable[JobRecord]) -> dict[str, str]:
    """The UIDs of the machines that the last attempts of jobs were on, by the names."""
    names = {record.id: record.name for record in found if record.attempt}
    rows = connection.execute(
        select(attempts.c.job, attempts.c.machine)
        .where(attempts.c.job.in_(names))
        .order_by(attempts.c.attempt)
    ).tuples()
    return {names[job]: machine for job, machine in rows}


def waits_for(document: Json) -> str:
    """Why a job waits, as the scheduler says; "" where it has not said anything."""
    return next((b["message"] for b in document["blocks"] if b["message"]), "")


def nodes_of(document: Json) -> list[str]:
    """The names of the nodes that a job has or had."""
    names = (n["name"] for each in document["requirements"] for n in each["nodes"])
    return list(dict.fromkeys(names))


def _conditions(
    connection: Connection, wanted: JobFilter
) -> Iterable[ColumnElement[bool]]:
    if wanted.states:
        yield jobs.c.state.in_([str(state) for state in wanted.states])
    if wanted.user:
        yield jobs.c.owner == wanted.user
    if wanted.machine:
        ran = select(attempts.c.job).where(attempts.c.machine == wanted.machine)
        yield (jobs.c.machine == wanted.machine) | jobs.c.id.in_(ran)
    if wanted.content is not None:
        yield jobs.c.content.in_(among(connection, wanted.content))
    if wanted.text:
        # SQLite's LIKE ignores the case of ASCII by itself, and is faster that way.
        is_sqlite = connection.dialect.name == "sqlite"
        yield or_(
            *(
                (column.contains if is_sqlite else column.icontains)(
                    wanted.text, autoescape=True
                )
                for column in (jobs.c.name, jobs.c.title, jobs.c.owner)
            )
        )
