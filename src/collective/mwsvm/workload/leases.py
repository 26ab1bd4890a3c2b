"""Leases on periodic work: of any number of workers, one does each task at a time."""

from collective.mwsvm.database.tables import leases
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import or_
from sqlalchemy import update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite


def take(
    connection: Connection, name: str, holder: str, now: float, seconds: float
) -> bool:
    """Whether ``holder`` has the task ``name`` for the next ``seconds``.

    It had it already, or nobody did, or its last holder's time has run out.
    """
    changed = connection.execute(
        update(leases)
        .where(
            leases.c.name == name,
            or_(leases.c.holder == holder, leases.c.until <= now),
        )
        .values(holder=holder, until=now + seconds)
    )
    if changed.rowcount:
        return True
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    added = connection.execute(
        dialect.insert(leases)
        .values(name=name, holder=holder, until=now + seconds)
        .on_conflict_do_nothing()
        # PostgreSQL's driver does not count what was inserted.
        .returning(leases.c.name)
    )
    return added.first() is not None


def give_back(connection: Connection, holder: str) -> None:
    """A worker that ends leaves its tasks to the others at once."""
    connection.execute(delete(leases).where(leases.c.holder == holder))
