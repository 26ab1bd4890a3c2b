"""Marks in the database for the jobs that the resource manager may have to do with.

A job is marked from the choice of its nodes until the resource manager has ended it. The
text of the mark is what else it was told: `SUSPENDED`, or nothing.
"""

from collective.mwsvm.database.tables import meta
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select


#: The resource manager has suspended the job.
SUSPENDED = "suspended"

_PREFIX = "node job "


def marked(connection: Connection) -> dict[str, str]:
    """The texts of the marks, by the names of the jobs."""
    rows = connection.execute(
        select(meta.c.key, meta.c.value)
        .where(meta.c.key >= _PREFIX, meta.c.key < _PREFIX + "\uffff")
        .order_by(meta.c.key)
    )
    return {row.key.removeprefix(_PREFIX): row.value for row in rows}


def mark(connection: Connection, name: str, text: str = "") -> None:
    """Mark the job; a mark that it has already gets the text."""
    unmark(connection, name)
    connection.execute(insert(meta).values(key=_PREFIX + name, value=text))


def unmark(connection: Connection, name: str) -> bool:
    """Take the mark away; False if there is none."""
    gone = connection.execute(delete(meta).where(meta.c.key == _PREFIX + name))
    return gone.rowcount > 0
