"""Reservations of the embedded workload manager: documents that the scheduler heeds."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.models.reservations import varied
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload.changes import Happened
from collective.mwsvm.workload.interface import Initiator
from collective.mwsvm.workload.reservations import Reservations
from dataclasses import dataclass
from sqlalchemy import Connection
from typing import Any


Json = dict[str, Any]


@dataclass(frozen=True)
class EmbeddedReservations:
    """`interface.Reservations`, in the caller's transaction."""

    connection: Connection
    clock: Callable[[], float]
    new_id: Callable[[], str]
    actor: Initiator
    #: Keeps events of what the actor has made happen, in the transaction.
    tell: Callable[[Iterable[Happened]], None]

    def make(self, given: Json) -> Json:
        """A new reservation with an ``id``, from a checked one (`Reservation.wire`).

        It belongs to the proxy user unless it says otherwise. Raises `Invalid`, and
        `Conflict` when its nodes are taken by reservations that share with nobody.
        """
        made = self._store.make(given, self.actor.proxy_user)
        self.tell([Happened("rsvcreate", "rsv", made["id"])])
        return made

    def modify(self, id: str, variables: Mapping[str, str | None], mode: str) -> Json:
        """The reservation with other variables, see `models.reservations.varied`.

        Raises `NotFound`, `Invalid`.
        """
        node_lists.lock(self.connection)
        documents = Collection(self.connection, collections.reservations, self.new_id)
        old = documents.get(id, lock=True)
        new = {**old, "variables": varied(old["variables"], variables, mode)}
        self._store.replace(new)
        self.tell([Happened("rsvmodify", "rsv", id)])
        return new

    def release(self, id: str) -> None:
        """Take it away; nodes and virtual containers forget it. Raises `NotFound`."""
        followed = self._store.release(id)
        self.tell([Happened("rsvcancel", "rsv", id), *followed])

    @property
    def _store(self) -> Reservations:
        return Reservations(self.connection, self.clock)
