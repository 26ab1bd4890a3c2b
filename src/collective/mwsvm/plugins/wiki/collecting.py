"""What is collected while a text is read: reports by kind and line, and the faults."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.plugins.wiki.attributes import Attribute
from collective.mwsvm.plugins.wiki.attributes import Field
from collective.mwsvm.plugins.wiki.attributes import Ignored
from collective.mwsvm.plugins.wiki.attributes import Json
from collective.mwsvm.plugins.wiki.attributes import NodeState
from collective.mwsvm.plugins.wiki.attributes import Table
from collective.mwsvm.plugins.wiki.columns import assembled
from collective.mwsvm.plugins.wiki.columns import Shape
from collective.mwsvm.plugins.wiki.faults import Fault
from collective.mwsvm.plugins.wiki.faults import shown
from collective.mwsvm.plugins.wiki.faults import Unreadable
from collective.mwsvm.plugins.wiki.grammar import WikiObject
from typing import Any


#: Which kind of object has these attributes, by upper-case name; None if none has them.
Choice = Callable[[Mapping[str, str]], Table | None]


class Reading:
    """Reports by kind and line, while a text is read."""

    def __init__(self, lines: int, choose: Choice) -> None:
        self.faults: list[Fault] = []
        self._choose = choose
        self._left: list[bool] = [True] * lines
        # By kind: one report for each line of a shape, and those of all other lines.
        self._plain: dict[Table, list[Json | None]] = {}
        self._exact: dict[Table, dict[int, list[Json]]] = {}
        self._unknown: dict[str, Fault] = {}

    def lines_left(self) -> Iterator[int]:
        return (number for number, left in enumerate(self._left) if left)

    def take_shape(self, shape: Shape) -> None:
        """Read lines of one shape, but for those in which anything is wrong."""
        names = [column.name.upper() for column in shape.columns]
        table = self._choose(dict.fromkeys(names, "1"))
        ids = "\n".join(shape.ids)
        if "TYPE" in names or table is None or "=" in ids:
            return
        found = [table.find(column.name) for column in shape.columns]
        keys = [key for key, attribute in found if attribute and not attribute.repeats]
        if len(set(keys)) < len(keys):
            return
        fields: dict[tuple[str, ...], list[Any]] = {("name",): ids.lower().split("\n")}
        late = []
        broken: set[int] = set()
        for column, (key, attribute) in zip(shape.columns, found, strict=True):
            if attribute is None:
                self._note(key, shape.lines[0] + 1, shape.ids[0])
            elif isinstance(attribute, Ignored):
                continue
            elif attribute.late:
                late.append((attribute, column))
            else:
                plain = _field(attribute)
                values, complete = column.read(plain.format)
                if not complete:
                    broken.update(n for n, value in enumerate(values) if value is None)
                # Of two attributes for one place the last counts.
                fields[plain.path] = values
        reports = assembled(fields.items())
        for attribute, column in late:
            _put_all(attribute, reports, column.values(), broken)
        self._keep(table, shape.lines, reports, broken)

    def _keep(
        self,
        table: Table,
        lines: Sequence[int],
        reports: list[Json],
        broken: set[int],
    ) -> None:
        """Keep the reports of these lines but for those that are ``broken``."""
        slots = self._plain.setdefault(table, [None] * len(self._left))
        if isinstance(lines, range):
            slots[lines.start : lines.stop] = reports
            self._left[lines.start : lines.stop] = [False] * len(reports)
        else:
            for line, report in zip(lines, reports, strict=True):
                slots[line] = report
                self._left[line] = False
        for place in broken:
            slots[lines[place]] = None
            self._left[lines[place]] = True

    def take_object(self, found: WikiObject) -> None:
        """Read an object by the exact rules."""
        table = self._choose({name.upper(): value for name, value in found.attributes})
        if table is None:
            message = "Storage is not reported: the object is left out."
            self.faults.append(Fault(found.line, found.id, message, note=True))
            return
        report: Json = {"name": found.id.lower()}
        for name, attribute, value in self._counting(table, found):
            try:
                attribute.put(report, value)
            except Unreadable as error:
                message = f"{shown(name)}: {error}"
                self.faults.append(Fault(found.line, found.id, message))
        kind = self._exact.setdefault(table, {})
        kind.setdefault(found.line - 1, []).append(report)

    def _counting(
        self, table: Table, found: WikiObject
    ) -> list[tuple[str, Attribute, str]]:
        """The attributes whose values count, those to be read late at the end."""
        last: dict[tuple[str, int], tuple[str, Attribute, str]] = {}
        for place, (name, value) in enumerate(found.attributes):
            key, attribute = table.find(name)
            if attribute is None:
                self._note(key, found.line, found.id)
                continue
            each = (key, place if attribute.repeats else -1)
            last.pop(each, None)
            last[each] = (key, attribute, value)
        return sorted(
            (entry for entry in last.values() if entry[2]),
            key=lambda entry: entry[1].late,
        )

    def _note(self, key: str, line: int, id: str) -> None:
        noted = self._unknown.get(key)
        if noted is None or line < noted.line:
            message = f"The attribute {shown(key)} is not known: it is ignored."
            self._unknown[key] = Fault(line, id, message, note=True)

    def reports(self, table: Table) -> list[Json]:
        """Those of one kind in the order of the text; of several with one name the last."""
        plain = self._plain.get(table, [])
        exact = self._exact.get(table)
        if exact is None:
            found = [report for report in plain if report is not None]
        else:
            found = []
            for line in range(len(self._left)):
                report = plain[line] if plain else None
                found += exact.get(line, ()) if report is None else (report,)
        if len({report["name"] for report in found}) == len(found):
            return found
        return self._last_of_each(table, found)

    def _last_of_each(self, table: Table, found: list[Json]) -> list[Json]:
        lines = {
            id(report): line
            for line, reports in self._exact.get(table, {}).items()
            for report in reports
        }
        for line, plain in enumerate(self._plain.get(table, [])):
            lines[id(plain)] = line
        named: dict[str, Json] = {}
        for report in found:
            name = report["name"]
            if name in named:
                message = f"The {table.kind} is there more than once: the last counts."
                self.faults.append(Fault(lines[id(report)] + 1, name, message))
            named[name] = report
        return list(named.values())

    def all_faults(self) -> list[Fault]:
        """In the order of the lines."""
        return sorted(
            [*self.faults, *self._unknown.values()], key=lambda fault: fault.line
        )


def _field(attribute: Attribute) -> Field:
    if isinstance(attribute, NodeState):
        return attribute.plain
    assert isinstance(attribute, Field)
    return attribute


def _put_all(
    attribute: Attribute, reports: list[Json], texts: list[str], broken: set[int]
) -> None:
    """Read a value into each report but the ``broken``; add those where it can't be."""
    for place, (report, text) in enumerate(zip(reports, texts, strict=True)):
        # What else is wrong there may be in the way.
        if not text or place in broken:
            continue
        try:
            attribute.put(report, text)
        except Unreadable:
            broken.add(place)
