"""The events that are kept: in the order in which their transactions ended."""

from collections.abc import Callable
from collections.abc import Sequence
from collective.mwsvm.database import collections
from collective.mwsvm.models import dates
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import text
from typing import Any


Json = dict[str, Any]

_events = collections.events.table

#: Any number, the same in every process.
_ADVISORY_LOCK = 7287

_LAST = select(func.max(_events.c.id))


class EventStore:
    """Adds events and tells of new ones. The transaction is the caller's."""

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock

    def add(self, events: Sequence[Json]) -> list[str]:
        """Keep events; their ids, each higher than all before, in every process.

        Writers take turns until their transactions end, so whoever has seen an id has
        seen all lower ones.
        """
        if not events:
            return []
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK}
            )
        start = int(self._clock()) << 64
        last = self._connection.scalar(_LAST)
        if last is not None:
            start = max(start, int(last, 16) + 1)
        ids = [f"{start + place:024x}" for place in range(len(events))]
        self._connection.execute(
            collections.events.new,
            [
                {"id": id, "doc": {**event, "id": id}}
                for id, event in zip(ids, events, strict=True)
            ],
        )
        return ids

    def last(self) -> str:
        """The id of the newest event; of none, the lowest there can be."""
        return self._connection.scalar(_LAST) or "0" * 24

    def purge(self, before: float, limit: int = 10_000) -> int:
        """Drop events from before a moment, the oldest first; how many were dropped.

        At most ``limit`` at once, so that others get their turn: call it again until it
        drops none.
        """
        old = (
            select(_events.c.id)
            .where(_events.c.event_time < dates.mws(before))
            .order_by(_events.c.event_time)
            .limit(limit)
        )
        return self._connection.execute(
            delete(_events).where(_events.c.id.in_(old))
        ).rowcount
