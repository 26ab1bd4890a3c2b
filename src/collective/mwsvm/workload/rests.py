"""When a round of the scheduler would find what the last one found: nothing to do.

What a round reads changes with the database, with agents that call or fall silent, and
with the time. The database counts its changes by triggers (the table ``change_counts``),
so nobody who changes something has to think of it; signs of life are too many for that
and are looked at themselves.
"""

from collective.mwsvm.database.tables import change_counts
from collective.mwsvm.database.tables import heartbeats
from collective.mwsvm.workload import rounds
from collective.mwsvm.workload.node_jobs import Reported
from collective.mwsvm.workload.rounds import Steps
from dataclasses import dataclass
from math import inf
from sqlalchemy import bindparam
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import select


@dataclass(frozen=True, slots=True)
class Seen:
    """How much had changed in the database, and the machines whose agents called."""

    changes: int
    present: frozenset[str]


@dataclass(slots=True)
class Rest:
    """For how long rounds on one database need not take place."""

    _seen: Seen | None = None
    _start: float = inf
    _end: float = -inf

    def prepare(
        self, connection: Connection, now: float, silence: float, reported: Reported
    ) -> Steps | None:
        """What a round is to do, as `rounds.prepare` gives it; None: it need not be."""
        seen = see(connection, now - silence)
        if self.lasts(seen, now):
            return None
        steps = rounds.prepare(connection, now, silence, reported)
        if not (steps or steps.pending or steps.orders):
            self.begin(seen, now, steps.horizon)
        return steps

    def begin(self, seen: Seen, now: float, end: float) -> None:
        """A round has found nothing in what was seen before it, and none will till then."""
        self._seen, self._start, self._end = seen, now, end

    def lasts(self, seen: Seen, now: float) -> bool:
        """Whether a round would find nothing now."""
        return self._start <= now < self._end and seen == self._seen


def see(connection: Connection, since: float) -> Seen:
    """What there is now; agents count that have called ``since`` then.

    Every change that is committed later makes it another one.
    """
    changes = connection.scalar(_CHANGES)
    present = connection.scalars(_PRESENT, {"since": since})
    return Seen(int(changes or 0), frozenset(present))


_CHANGES = select(func.sum(change_counts.c.number))
_PRESENT = select(heartbeats.c.machine).where(
    heartbeats.c.last_contact >= bindparam("since")
)
