"""Changes of what plug-ins report: they are asked, then it is kept what they did."""

from collections.abc import Callable
from collections.abc import Sequence
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import rm_changes
from collective.mwsvm.workload.interface import Modified
from collective.mwsvm.workload.rm_changes import Done
from collective.mwsvm.workload.rm_changes import Send
from collective.mwsvm.workload.rm_changes import Wish
from contextlib import AbstractContextManager
from dataclasses import dataclass
from sqlalchemy import Connection
from typing import Any
from typing import Protocol


Json = dict[str, Any]


class Changing(Protocol):
    """A transaction of its own, with the events that tell of it."""

    connection: Connection

    def tell(
        self, what: str, id: str, message: str | None = None, kind: str = ...
    ) -> None:
        """Keep an event: what was done to which object of a kind."""


class Change(Protocol):
    """What a client wants changed of an object."""

    @property
    def wishes(self) -> Sequence[Wish]:
        """What plug-ins are asked for."""

    def noted(self, document: Json, done: list[Done], now: float, /) -> Json:
        """The document after the change."""

    def sentences(self, done: list[Done]) -> list[str]:
        """What has been done."""


@dataclass(frozen=True)
class ReportedChanges:
    """The objects of a collection, and how they are changed for one caller.

    ``kind`` is what events call them. Nobody has a transaction open who calls this.
    """

    documents: DocumentTable
    kind: str
    reading: Callable[[], AbstractContextManager[Connection]]
    changing: Callable[[], AbstractContextManager[Changing]]
    send: Send
    clock: Callable[[], float]
    new_id: Callable[[], str]

    def read(self, name: str) -> Json:
        """The document as it is now. Raises `NotFound`."""
        with self.reading() as connection:
            return self._collection(connection).get(name)

    def locked(self, changing: Changing, name: str) -> Json:
        """The document, which nobody else changes meanwhile. Raises `NotFound`."""
        node_lists.lock(changing.connection)
        return self._collection(changing.connection).get(name, lock=True)

    def asked_for(self, change: Change, document: Json, target: str) -> list[Done]:
        """What the plug-ins that report the object do; they call it ``target``."""
        plugins = rm_changes.reporters(document)
        return rm_changes.asked_for(change.wishes, target, plugins, self.send)

    def noted(self, name: str, change: Change, done: list[Done]) -> Modified:
        """Keep what was done, and what is wanted and nobody does."""
        with self.changing() as changing:
            latest = self.locked(changing, name)
            new = change.noted(latest, done, self.clock())
            self._collection(changing.connection).replace(new)
            changing.tell("modify", name, kind=self.kind)
        return Modified(change.sentences(done), all(each.by for each in done))

    def _collection(self, connection: Connection) -> Collection:
        return Collection(connection, self.documents, self.new_id)
