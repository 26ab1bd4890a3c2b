"""Virtual machines for the eyes of people: filtered, in an order, a page at a time."""

from collections.abc import Collection as Group
from collections.abc import Iterable
from collective.mwsvm.database import collections
from collective.mwsvm.database.among import among
from collective.mwsvm.database.tables import heartbeats
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.database.tables import machines
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.machines import MachineRecord
from collective.mwsvm.workload import vm_operations
from collective.mwsvm.workload.machine_documents import document_id
from dataclasses import dataclass
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import false
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from typing import Any


Json = dict[str, Any]

_table = collections.vms.table
_state = func.coalesce(_table.c.states_state, "Unknown")

#: What a list can be sorted by; of equals the name decides.
SORTS: dict[str, Any] = {
    "name": func.lower(_table.c.name),
    "state": func.lower(_state),
    "host": func.lower(func.coalesce(_table.c.host_name, "")),
}


@dataclass(frozen=True)
class MachineFilter:
    """Which virtual machines are meant; what is empty or None means all.

    ``states`` are those of the guide, or of the records of the site's machines, in
    either case; ``text`` is a part of the name or the host; ``uids`` are the machines of
    the site that may be seen, and then no others are.
    """

    states: Group[str] = ()
    text: str = ""
    host: str = ""
    uids: Group[str] | None = None


def page(
    connection: Connection,
    wanted: MachineFilter,
    sort: str = "name",
    descending: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Json], int]:
    """Some of the documents that are wanted, and how many there are in all."""
    found = select(_table.c.doc).where(*_conditions(connection, wanted))
    order = [
        each.desc() if descending else each.asc()
        for each in (SORTS[sort], _table.c.name)
    ]
    rows = connection.scalars(found.order_by(*order).limit(limit).offset(offset))
    documents = list(rows)
    if len(documents) < limit and (documents or not offset):
        return documents, offset + len(documents)
    total = connection.scalar(select(func.count()).select_from(found.subquery()))
    return documents, total or 0


def named(connection: Connection, names: Iterable[str]) -> dict[str, Json]:
    """The documents with these names, by name; unknown names are left out."""
    found = connection.execute(
        select(_table.c.name, _table.c.doc).where(
            _table.c.name.in_(among(connection, names))
        )
    )
    return dict(found.tuples().all())


def states(connection: Connection, uids: Group[str] | None = None) -> list[str]:
    """The states that there are, of machines that may be seen."""
    seen = _among_documents(connection, uids)
    of_documents = select(_state).where(*seen).distinct()
    of_records = select(machines.c.status).distinct()
    if uids is not None:
        of_records = of_records.where(machines.c.uid.in_(among(connection, uids)))
    found = {
        str(each).lower(): str(each)
        for statement in (of_records, of_documents)
        for each in connection.scalars(statement)
    }
    return [found[key] for key in sorted(found)]


def hosts(connection: Connection) -> list[str]:
    """The hosts that virtual machines are on."""
    known = select(_table.c.host_name).where(_table.c.host_name.is_not(None))
    return list(connection.scalars(known.distinct().order_by(_table.c.host_name)))


def hypervisors(connection: Connection) -> list[str]:
    """The nodes that virtual machines can be on."""
    nodes = collections.nodes.table
    is_hypervisor = nodes.c.doc["isHypervisor"].as_boolean()
    return list(
        connection.scalars(
            select(nodes.c.name).where(is_hypervisor).order_by(nodes.c.name)
        )
    )


def records_of(
    connection: Connection, uids: Iterable[str]
) -> dict[str, tuple[MachineRecord, float | None]]:
    """The records of machines of the site, and when their agents last called."""
    rows = connection.execute(
        select(machines, heartbeats.c.last_contact)
        .outerjoin(heartbeats, machines.c.uid == heartbeats.c.machine)
        .where(machines.c.uid.in_(list(uids)))
    ).mappings()
    return {
        row["uid"]: (MachineRecord.from_row(row), row["last_contact"]) for row in rows
    }


def running_on(connection: Connection, uids: Iterable[str]) -> dict[str, JobRecord]:
    """The jobs that machines of the site have now, by the machines' UIDs."""
    rows = connection.execute(
        select(jobs).where(jobs.c.running_on.in_(list(uids)))
    ).mappings()
    return {row["running_on"]: JobRecord.from_row(row) for row in rows}


def busy_with(connection: Connection) -> dict[str, str]:
    """The system jobs that are under way, by the names of their machines."""
    documents = collections.job_documents.table
    # By their names, which are few; the index of what is active has all other jobs, too.
    is_active = func.coalesce(documents.c.is_active, false())
    of_kinds = or_(
        *(
            (documents.c.name > f"{kind}-") & (documents.c.name < f"{kind}.")
            for kind in (vm_operations.MIGRATE, vm_operations.DESTROY)
        )
    )
    found = connection.execute(
        select(documents.c.name, documents.c.doc).where(of_kinds, is_active)
    ).tuples()
    return {
        machine["name"]: name
        for name, document in found
        for machine in document["virtualMachines"]
    }


def _conditions(
    connection: Connection, wanted: MachineFilter
) -> Iterable[ColumnElement[bool]]:
    yield from _among_documents(connection, wanted.uids)
    if wanted.states:
        lower = [each.lower() for each in wanted.states]
        uids = connection.scalars(
            select(machines.c.uid).where(machines.c.status.in_(lower))
        )
        ids = [document_id(uid) for uid in uids]
        yield func.lower(_state).in_(lower) | _table.c.id.in_(among(connection, ids))
    if wanted.host:
        yield _table.c.host_name == wanted.host
    if wanted.text:
        yield or_(
            *(
                column.icontains(wanted.text, autoescape=True)
                for column in (_table.c.name, _table.c.host_name)
            )
        )


def _among_documents(
    connection: Connection, uids: Group[str] | None
) -> list[ColumnElement[bool]]:
    if uids is None:
        return []
    return [_table.c.id.in_(among(connection, map(document_id, uids)))]
