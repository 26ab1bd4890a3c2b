"""The lists in documents of nodes and virtual machines that name what they belong to."""

from collections.abc import Callable
from collections.abc import Collection
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.inventory import bulk
from sqlalchemy import Connection
from sqlalchemy import select
from sqlalchemy import text
from typing import Any


Json = dict[str, Any]

#: The inventory's: it rewrites documents of nodes, too, and one must wait for the other.
_ADVISORY_LOCK = 7288


def lock(connection: Connection) -> None:
    """Until the transaction ends, whoever else changes nodes and their lists waits.

    To be taken before anything else is locked.
    """
    # SQLite has one writer at a time anyway.
    if connection.dialect.name == "postgresql":
        statement = text("SELECT pg_advisory_xact_lock(:key)")
        connection.execute(statement, {"key": _ADVISORY_LOCK})


def documents(
    connection: Connection, table: DocumentTable, names: Collection[str] | None = None
) -> dict[str, Json]:
    """The documents by name, in the order of names; None means all."""
    statement = select(table.table.c.doc).order_by(table.table.c.name)
    if names is not None:
        wanted = bulk.among(connection, table.table.c.name, names)
        statement = statement.where(wanted)
    return {document["name"]: document for document in connection.scalars(statement)}


def rewrite(
    connection: Connection,
    table: DocumentTable,
    field: str,
    names: Collection[str],
    change: Callable[[str, list[Json]], list[Json]],
) -> None:
    """Change a list in each of the documents with these names that there are.

    ``change`` gets the name and the list, and gives the new one. The lock must be held.
    """
    rows = []
    for name, document in documents(connection, table, names).items():
        new = change(name, document[field])
        if new != document[field]:
            rows.append((document["id"], bulk.json_text({**document, field: new})))
    bulk.replace(connection, table.table, iter(rows))


def add(
    connection: Connection,
    table: DocumentTable,
    field: str,
    names: Collection[str],
    entry: Json,
) -> None:
    """Add an entry to the lists, where it is not in them."""
    rewrite(
        connection,
        table,
        field,
        names,
        lambda _, old: old if entry in old else [*old, entry],
    )


def drop(
    connection: Connection,
    table: DocumentTable,
    field: str,
    names: Collection[str],
    gone: str,
) -> None:
    """Take the entries with a name out of the lists."""
    rewrite(
        connection,
        table,
        field,
        names,
        lambda _, old: [entry for entry in old if entry["name"] != gone],
    )
