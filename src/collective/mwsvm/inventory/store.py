"""The inventory: what plug-ins report, kept, consolidated and asked for (guide 6.1.6)."""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection as Documents
from collective.mwsvm.database.query import from_document
from collective.mwsvm.inventory.consolidation import Consolidated
from collective.mwsvm.inventory.consolidation import Consolidation
from collective.mwsvm.inventory.consolidation import Said
from collective.mwsvm.inventory.hypervisors import Hypervisors
from collective.mwsvm.inventory.reports import Reports
from collective.mwsvm.inventory.shapes import cleaned
from collective.mwsvm.inventory.shapes import Kind
from collective.mwsvm.inventory.view import View
from sqlalchemy import Connection
from sqlalchemy import text
from typing import Any
from typing import get_args


Json = dict[str, Any]
Write = Callable[[Mapping[str, Consolidated], Collection[str]], None]

#: How many objects are consolidated at once: all of them are in memory.
_AT_ONCE = 2000

#: Any number, the same in every process: changes come one after the other.
_ADVISORY_LOCK = 7288


class Inventory:
    """The reports of all plug-ins, and the collections that are made of them.

    Everything happens in the caller's transaction. Reports are JSON as `NodeReport`,
    `VirtualMachineReport` and `JobReport` write it.
    """

    def __init__(
        self,
        connection: Connection,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        precedence: Callable[[], Mapping[str, int]],
        policy: str | None,
        default_hypervisor_type: str | None = None,
    ) -> None:
        """``precedence`` gives the number of each plug-in that has one.

        ``policy`` is plugins.stateConsolidationPolicy: optimistic, pessimistic or None;
        else raises `Misconfigured`. ``default_hypervisor_type`` is for hypervisor images
        that say nothing of it.
        """
        self._connection = connection
        self._clock = clock
        self._new_id = new_id
        self._precedence = precedence
        self._policy = policy
        self._default_hypervisor_type = default_hypervisor_type
        self._reports = Reports(connection)
        Consolidation({}, policy)

    def save(self, plugin: str, kind: Kind, reports: Sequence[Json]) -> None:
        """Put these reports in the place of all that the plug-in has of this kind.

        Raises `Invalid` when one is no report; then nothing has changed.
        """
        new = self._cleaned(reports)
        self._lock()
        said, before = self._reports.save(plugin, kind, new)
        self._refresh(kind, plugin, said, said.keys() | before)

    def update(self, plugin: str, kind: Kind, reports: Sequence[Json]) -> None:
        """Add these reports to those that the plug-in has. Raises like `save`.

        What they leave open stays as it was reported before.
        """
        new = self._cleaned(reports)
        self._lock()
        said = self._reports.update(plugin, kind, new)
        self._refresh(kind, plugin, said, said)

    def list(self, plugin: str, kind: Kind) -> list[Json]:
        """What the plug-in reports of each object, in the order of names."""
        return self._reports.list(plugin, kind)

    def forget(self, plugin: str) -> None:
        """Drop all reports of a plug-in."""
        self._lock()
        for kind in get_args(Kind):
            names = self._reports.forget(plugin, kind)
            self._refresh(kind, plugin, {}, names)

    def reconsolidate(self) -> None:
        """Make the collections anew: precedence, policy or images have changed."""
        self._lock()
        consolidation, view = self._consolidation(), self._view()
        writers: Mapping[Kind, Write] = {"node": view.nodes, "vm": view.vms}
        for kind, write in writers.items():
            last = ""
            while names := self._reports.names_after(kind, last, _AT_ONCE):
                said = self._reports.of_all(kind, names)
                write({name: consolidation.of(said[name]) for name in names}, ())
                last = names[-1]

    def images_changed(self, images: Collection[str]) -> None:
        """Make the nodes anew that have one of these images, by their names."""
        self._lock()
        nodes = Documents(self._connection, collections.nodes, self._new_id)
        having = from_document({"operatingSystem.image": {"$in": sorted(images)}})
        names = [node["name"] for node in nodes.find(having).documents]
        consolidation, view = self._consolidation(), self._view()
        for start in range(0, len(names), _AT_ONCE):
            said = self._reports.of_all("node", names[start : start + _AT_ONCE])
            view.nodes({name: consolidation.of(said[name]) for name in said})

    def consolidated(self, kind: Kind, plugin: str | None = None) -> Iterator[Json]:
        """What all plug-ins say together of each object, or one plug-in alone.

        In the order of names, read from the database while it is asked for.
        """
        consolidation = self._consolidation()
        for _, said in self._reports.stream(kind, plugin):
            yield consolidation.of(said, states=kind != "job").report

    def hypervisors(self) -> Hypervisors:
        """What the images of the catalogue say of the nodes that have them."""
        return Hypervisors(self._hypervisor_images, self._default_hypervisor_type)

    def _refresh(
        self, kind: Kind, plugin: str, said: Mapping[str, Said], names: Collection[str]
    ) -> None:
        if kind == "job":
            return
        consolidation, view = self._consolidation(), self._view()
        write = view.nodes if kind == "node" else view.vms
        ordered = sorted(names)
        for start in range(0, len(ordered), _AT_ONCE):
            part = ordered[start : start + _AT_ONCE]
            others = self._reports.of_others(plugin, kind, part)
            found: dict[str, Consolidated] = {}
            gone = []
            for name in part:
                own = said.get(name)
                all_said = [*([own] if own else ()), *others.get(name, ())]
                if all_said:
                    found[name] = consolidation.of(all_said)
                else:
                    gone.append(name)
            write(found, gone)

    def _cleaned(self, reports: Sequence[Json]) -> Sequence[Json]:
        now = int(self._clock())
        return [cleaned(report, now) for report in reports]

    def _consolidation(self) -> Consolidation:
        return Consolidation(self._precedence(), self._policy)

    def _view(self) -> View:
        return View(self._connection, self._new_id, self.hypervisors())

    def _hypervisor_images(self) -> Sequence[Json]:
        images = Documents(self._connection, collections.images, self._new_id)
        return images.find(from_document({"hypervisor": True})).documents

    def _lock(self) -> None:
        # SQLite has one writer at a time anyway.
        if self._connection.dialect.name == "postgresql":
            lock = text("SELECT pg_advisory_xact_lock(:key)")
            self._connection.execute(lock, {"key": _ADVISORY_LOCK})
