"""The table of what each plug-in reports of each object."""

from collections import defaultdict
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from collective.mwsvm.database.tables import plugin_reports
from collective.mwsvm.inventory import bulk
from collective.mwsvm.inventory.consolidation import Said
from collective.mwsvm.inventory.layers import added
from collective.mwsvm.inventory.layers import united
from collective.mwsvm.inventory.shapes import Kind
from itertools import groupby
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import Row
from sqlalchemy import select
from typing import Any
import orjson


Json = dict[str, Any]

_t = plugin_reports.c

#: How many rows are fetched at a time when all are read.
_FETCHED = 500


class Reports:
    """The reports in the database, one row for each object and plug-in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(
        self, plugin: str, kind: Kind, reports: Iterable[Json]
    ) -> tuple[dict[str, Said], set[str]]:
        """Keep these reports in the place of all that the plug-in has of this kind.

        Gives what it says now, and the names that it said something of before.
        """
        before = self.names(plugin, kind)
        said = {
            name: Said(plugin, layers) for name, layers in _layered(reports).items()
        }
        self._keep(kind, said)
        gone = before - said.keys()
        conditions = (_t.plugin == plugin, _t.kind == kind)
        bulk.remove(self._connection, plugin_reports, _t.name, gone, *conditions)
        return said, before

    def update(
        self, plugin: str, kind: Kind, reports: Iterable[Json]
    ) -> dict[str, Said]:
        """Keep these reports too. Gives what the plug-in says now of their objects."""
        new = defaultdict(list)
        for report in reports:
            new[report["name"]].append(report)
        conditions = (_t.plugin == plugin, self._named(new))
        old = {
            name: _layers(row)
            for row in self._connection.execute(self._rows(kind, *conditions))
            for name in [row.name]
        }
        said = {
            name: Said(plugin, added(old.get(name, ()), several))
            for name, several in new.items()
        }
        self._keep(kind, said)
        return said

    def forget(self, plugin: str, kind: Kind) -> set[str]:
        """Drop all that the plug-in has of this kind; the names of what it was about."""
        names = self.names(plugin, kind)
        if names:
            conditions = (_t.plugin == plugin, _t.kind == kind)
            self._connection.execute(delete(plugin_reports).where(*conditions))
        return names

    def names(self, plugin: str, kind: Kind) -> set[str]:
        """The objects that the plug-in reports."""
        statement = select(_t.name).where(_t.plugin == plugin, _t.kind == kind)
        return set(self._connection.scalars(statement))

    def of_others(
        self, plugin: str, kind: Kind, names: Collection[str]
    ) -> dict[str, Sequence[Said]]:
        """What the other plug-ins say of these objects."""
        others = (_t.kind == kind, _t.plugin != plugin)
        if not self._connection.scalar(select(_t.plugin).where(*others).limit(1)):
            return {}
        return self._by_name(kind, names, _t.plugin != plugin)

    def of_all(self, kind: Kind, names: Collection[str]) -> dict[str, Sequence[Said]]:
        """What all plug-ins say of these objects."""
        return self._by_name(kind, names)

    def list(self, plugin: str, kind: Kind) -> list[Json]:
        """What the plug-in says of each of its objects, in the order of their names."""
        statement = select(_t.doc).where(_t.plugin == plugin, _t.kind == kind)
        return list(self._connection.scalars(statement.order_by(_t.name)))

    def stream(
        self, kind: Kind, plugin: str | None = None
    ) -> Iterator[tuple[str, Sequence[Said]]]:
        """What all plug-ins say, or one, object by object in the order of names.

        Rows are read as they are asked for: a few are in memory.
        """
        conditions = () if plugin is None else (_t.plugin == plugin,)
        statement = self._rows(kind, *conditions).order_by(_t.name, _t.plugin)
        options = {"stream_results": True, "yield_per": _FETCHED}
        rows = self._connection.execute(statement, execution_options=options)
        for name, several in groupby(rows, lambda row: str(row.name)):
            yield name, [_said(row) for row in several]

    def names_after(self, kind: Kind, last: str, count: int) -> Sequence[str]:
        """So many names of objects after this one, in order."""
        statement = (
            select(_t.name)
            .where(_t.kind == kind, _t.name > last)
            .distinct()
            .order_by(_t.name)
            .limit(count)
        )
        return self._connection.scalars(statement).all()

    def _keep(self, kind: Kind, said: dict[str, Said]) -> None:
        text = bulk.json_text
        rows = (
            (
                kind,
                name,
                each.plugin,
                text(united(each.layers)),
                text(each.layers) if len(each.layers) > 1 else None,
            )
            for name, each in said.items()
        )
        columns = ("kind", "name", "plugin", "doc", "layers")
        bulk.upsert(self._connection, plugin_reports, columns, rows)

    def _by_name(
        self, kind: Kind, names: Collection[str], *conditions: ColumnElement[bool]
    ) -> dict[str, Sequence[Said]]:
        found = defaultdict(list)
        statement = self._rows(kind, self._named(names), *conditions)
        for row in self._connection.execute(statement):
            found[row.name].append(_said(row))
        return dict(found)

    def _rows(self, kind: Kind, *conditions: ColumnElement[bool]) -> Any:
        # JSON as text: drivers take far longer to make objects of it.
        doc, layers = (bulk.as_text(self._connection, c) for c in (_t.doc, _t.layers))
        columns = (_t.name, _t.plugin, doc.label("doc"), layers.label("layers"))
        return select(*columns).where(_t.kind == kind, *conditions)

    def _named(self, names: Collection[str]) -> ColumnElement[bool]:
        return bulk.among(self._connection, _t.name, names)


def _layered(reports: Iterable[Json]) -> dict[str, Sequence[Json]]:
    layers: dict[str, Sequence[Json]] = {}
    for report in reports:
        name = report["name"]
        layers[name] = added(layers[name], [report]) if name in layers else [report]
    return layers


def _said(row: Row[Any]) -> Said:
    return Said(row.plugin, _layers(row))


def _layers(row: Row[Any]) -> Sequence[Json]:
    layers: Sequence[Json] | None = orjson.loads(row.layers or "null")
    return layers or [orjson.loads(row.doc)]
