"""The plug-ins of a site as documents, in the caller's transaction."""

from collections.abc import Callable
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.plugin_states import PluginState
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import text
from typing import Any


Json = dict[str, Any]

_table = collections.plugins.table

#: Any number, the same in every process: numbers are given one after the other.
_ADVISORY_LOCK = 7289

#: What is kept of a plug-in and not shown: when it is due, in seconds since the epoch;
#: until when a poll may run; the version of its settings; that of its uploaded code.
HIDDEN = ("nextPoll", "pollingUntil", "revision", "package")

#: What a host is told of a plug-in.
_TOLD = (
    "id",
    "pluginType",
    "state",
    "substate",
    "pollInterval",
    "autoStart",
    "precedence",
    "config",
    "revision",
)


def told(plugin: Json) -> Json:
    """What a host is told of a plug-in."""
    return {name: plugin[name] for name in _TOLD}


def plan_poll(plugin: Json, moment: float | None) -> None:
    """Note when the plug-in is polled next; None: it is not."""
    plugin["nextPoll"] = moment
    plugin["nextPollDate"] = None if moment is None else dates.mws(moment)


class Plugins:
    """Finds and keeps plug-ins; knows nothing of what they do."""

    def __init__(self, connection: Connection, new_id: Callable[[], str]) -> None:
        self._connection = connection
        self._collection = Collection(connection, collections.plugins, new_id)

    def get(self, id: str, lock: bool = False) -> Json:
        """The plug-in. Raises `NotFound`."""
        return self._collection.get(id, lock=lock)

    def all(self, plugin_type: str | None = None) -> list[Json]:
        """All of them, or those of a type; the most authoritative first."""
        query = plugin_type and from_document({"pluginType": plugin_type})
        found = self._collection.find(query or None).documents
        return sorted(found, key=lambda p: (p["precedence"] or 1, p["id"]))

    def due(self, now: float) -> list[str]:
        """The ids of those that are to be polled, the longest overdue first."""
        return list(
            self._connection.scalars(
                select(_table.c.id)
                .where(_table.c.next_poll <= now, _table.c.state == PluginState.STARTED)
                .order_by(_table.c.next_poll)
            )
        )

    def precedence(self) -> dict[str, int]:
        """The precedence of each plug-in; without one it is the highest (guide 6.1.6)."""
        rows = self._connection.execute(select(_table.c.id, _table.c.precedence))
        return {id: int(number or 1) for id, number in rows}

    def next_precedence(self) -> int:
        """One beyond the lowest precedence that there is; nobody else gets it."""
        self._lock_precedence()
        highest = self._connection.scalar(select(func.max(_table.c.precedence)))
        return int(highest or 0) + 1

    def check_precedence(self, plugin: Json) -> None:
        """Raises `Conflict` when another plug-in has the precedence."""
        self._lock_precedence()
        other = self._connection.scalar(
            select(_table.c.id).where(
                _table.c.precedence == plugin["precedence"], _table.c.id != plugin["id"]
            )
        )
        if other is not None:
            raise Conflict(
                f"The precedence {plugin['precedence']} is taken by the plugin '{other}'",
                "Please choose another number",
            )

    def _lock_precedence(self) -> None:
        # Until the transaction ends. SQLite has one writer at a time anyway.
        if self._connection.dialect.name == "postgresql":
            lock = text("SELECT pg_advisory_xact_lock(:key)")
            self._connection.execute(lock, {"key": _ADVISORY_LOCK})

    def packages(self) -> set[str]:
        """The versions of uploaded code that plug-ins are made from."""
        return {p["package"] for p in self._collection.find().documents} - {""}

    def insert(self, plugin: Json) -> None:
        """Add a plug-in. Raises `Conflict` when its id is taken."""
        try:
            self._collection.insert([plugin])
        except Conflict as error:
            raise Conflict(
                f"There is a plugin '{plugin['id']}' already",
                "Please choose another id",
            ) from error

    def replace(self, plugin: Json) -> None:
        """Keep the plug-in as it is now."""
        self._collection.replace(plugin)

    def remove(self, id: str) -> None:
        """Forget the plug-in."""
        self._collection.remove(id)
