"""What each plug-in keeps for itself: objects in collections of its own (guide 6.2.7)."""

from collective.mwsvm.database import postgresql_query
from collective.mwsvm.database import sqlite_query
from collective.mwsvm.database.query import from_document
from collective.mwsvm.database.tables import plugin_data as table
from collective.mwsvm.models.errors import Invalid
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy import update
from typing import Any


Json = dict[str, Any]


class Datastore:
    """The collections of one plug-in. The transaction is the caller's.

    Others never see them, whatever their names. The calls are those of
    `IPluginDatastoreService`; arguments of wrong types raise `Invalid`.
    """

    def __init__(self, connection: Connection, plugin: str) -> None:
        self._connection = connection
        self._plugin = plugin

    def exists(self, collection: str) -> bool:
        """Whether the collection has entries."""
        row = select(table.c.id).where(self._in(collection)).limit(1)
        return self._connection.scalar(row) is not None

    def get_collection(self, collection: str) -> list[Json] | None:
        """All entries, in the order in which they were added; None if there are none."""
        rows = select(table.c.doc).where(self._in(collection)).order_by(table.c.id)
        return list(self._connection.scalars(rows)) or None

    def get_data(self, collection: str, key: str, value: Any) -> Json | None:
        """The first entry whose ``key`` has the value."""
        row = self._rows(table.c.doc, collection, key, value).limit(1)
        found: Json | None = self._connection.scalar(row)
        return found

    def add_data(self, collection: str, data: Json | list[Json]) -> bool:
        """Add an entry, or several of them."""
        entries = data if isinstance(data, list) else [data]
        for entry in entries:
            _check_entry(entry)
        if entries:
            self._connection.execute(
                insert(table),
                [
                    {
                        "plugin": self._plugin,
                        "collection": _name(collection),
                        "doc": entry,
                    }
                    for entry in entries
                ],
            )
        return bool(entries)

    def update_data(self, collection: str, key: str, value: Any, data: Json) -> bool:
        """Put an entry in the place of the first one whose ``key`` has the value."""
        _check_entry(data)
        first = self._rows(table.c.id, collection, key, value).limit(1)
        changed = self._connection.execute(
            update(table).where(table.c.id == first.scalar_subquery()).values(doc=data)
        )
        return changed.rowcount > 0

    def remove_data(self, collection: str, key: str, value: Any) -> bool:
        """Remove the entries whose ``key`` has the value; whether there were any."""
        ids = self._rows(table.c.id, collection, key, value)
        removed = self._connection.execute(delete(table).where(table.c.id.in_(ids)))
        return removed.rowcount > 0

    def clear_collection(self, collection: str) -> list[Json] | None:
        """Remove all entries; what they were."""
        old = self.get_collection(collection)
        self._connection.execute(delete(table).where(self._in(collection)))
        return old

    def forget(self) -> None:
        """Remove everything: the plug-in is deleted."""
        self._connection.execute(delete(table).where(table.c.plugin == self._plugin))

    def _in(self, collection: str) -> ColumnElement[bool]:
        return (table.c.plugin == self._plugin) & (
            table.c.collection == _name(collection)
        )

    def _rows(
        self, column: ColumnElement[Any], collection: str, key: str, value: Any
    ) -> Select[Any]:
        # Also where the value looks like an operator of the query language.
        query = from_document({_name(key): {"$eq": value}})
        sqlite = self._connection.dialect.name == "sqlite"
        compiler = sqlite_query if sqlite else postgresql_query
        return (
            select(column)
            .where(self._in(collection), compiler.where(query, _ENTRIES))
            .order_by(table.c.id)
        )


class _Entries:
    """What the query language must know of the table."""

    document = table.c.doc

    def column(self, path: str) -> None:
        return None

    def kind(self, path: str) -> str:
        return "text"

    def single(self, path: str) -> bool:
        return False


_ENTRIES = _Entries()


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise Invalid(f"The name of a collection or key can't be {name!r:.80}")
    return name


def _check_entry(entry: Any) -> None:
    if not isinstance(entry, dict):
        raise Invalid(f"An entry of a collection must be a map, not {entry!r:.80}")
