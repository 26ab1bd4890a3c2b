"""The attributes of Wiki objects: how each is read into a report and written from it."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.plugins.constants import PluginConstants
from collective.mwsvm.plugins.wiki import values
from collective.mwsvm.plugins.wiki.faults import Unreadable
from collective.mwsvm.plugins.wiki.formats import DOUBLE
from collective.mwsvm.plugins.wiki.formats import Format
from collective.mwsvm.plugins.wiki.formats import INTEGER
from collective.mwsvm.plugins.wiki.formats import NODE_STATE
from dataclasses import dataclass
from typing import Any


Json = dict[str, Any]


class Attribute:
    """How one attribute name is read and written."""

    #: Whether all its values count, not only the last one.
    repeats = False
    #: Whether it is read after the others, which it may have to join.
    late = True

    def put(self, report: Json, text: str) -> None:
        """Read a value, which is not empty, into the report; raises `Unreadable`.

        What could be read of the value is there nevertheless.
        """

    def pieces(self, name: str, report: Json) -> Iterable[str]:
        """The attribute as ``NAME=value``; nothing if the report has no value for it."""
        return ()


class Ignored(Attribute):
    """One that is known, but no report has a field for it."""

    repeats = True


@dataclass(frozen=True)
class Field(Attribute):
    """One value at one place of the report, however deep."""

    path: tuple[str, ...]
    format: Format

    late = False

    def put(self, report: Json, text: str) -> None:
        value = self.format.read(text)
        if value is not None:
            *outer, last = self.path
            for key in outer:
                report = report.setdefault(key, {})
            report[last] = value

    def pieces(self, name: str, report: Json) -> Iterable[str]:
        value: Any = report
        for key in self.path:
            value = value.get(key)
            if value is None:
                return ()
        text = self.format.write(value)
        return (values.attribute(name, text),) if text else ()


class NodeState(Attribute):
    """A state and, after a colon, the sub-state."""

    #: What reads a state without sub-state.
    plain = Field(("state",), NODE_STATE)

    late = False

    def put(self, report: Json, text: str) -> None:
        state, _, sub_state = text.partition(":")
        if sub_state:
            report["subState"] = sub_state
        if state.strip():
            self.plain.put(report, state)

    def pieces(self, name: str, report: Json) -> Iterator[str]:
        state = NODE_STATE.write(report.get("state"))
        sub_state = report.get("subState")
        if sub_state:
            state = f"{state}:{sub_state}"
        if state:
            yield values.attribute(name, state)


@dataclass(frozen=True)
class GenericResources(Attribute):
    """``name:number,name:number``, one of the numbers of each resource without attribute.

    ``path`` is where the resources are, ``known`` those that have their own attribute;
    each of the ``keys`` gets the number, the first that is there is written.
    """

    path: tuple[str, ...]
    keys: tuple[str, ...]
    known: tuple[str, ...] = PluginConstants.KNOWN_RESOURCES

    def put(self, report: Json, text: str) -> None:
        problems = []
        for pair in text.split(","):
            name, _, number = pair.partition(":")
            try:
                count = values.integer(number)
            except Unreadable:
                problems.append(pair)
                continue
            if not name:
                problems.append(pair)
                continue
            resources = report
            for key in self.path:
                resources = resources.setdefault(key, {})
            resources.setdefault(name, {}).update(dict.fromkeys(self.keys, count))
        if problems:
            raise Unreadable(",".join(problems), "is no list of name:number.")

    def pieces(self, name: str, report: Json) -> Iterator[str]:
        resources: Json = report
        for key in self.path:
            resources = resources.get(key) or {}
        pairs = []
        for resource, numbers in resources.items():
            found = [numbers[key] for key in self.keys if key in numbers]
            if found and resource and resource not in self.known:
                pairs.append(f"{values.name(resource, ',:')}:{found[0]}")
        if pairs:
            yield values.attribute(name, ",".join(pairs))


@dataclass(frozen=True)
class Metrics(Attribute):
    """``GMETRIC[name]=number`` for each metric but the ``known``, which have their own."""

    known: tuple[str, ...]

    def put(self, report: Json, text: str) -> None:
        raise Unreadable(text, "is of no metric: the form is GMETRIC[name]=number.")

    def pieces(self, name: str, report: Json) -> Iterator[str]:
        for metric, number in report.get("metrics", {}).items():
            if metric and metric not in self.known and (text := DOUBLE.write(number)):
                yield f"{name}[{values.name(metric)}]={text}"


class Variables(Attribute):
    """``VARIABLE=name=value``, with a colon too, or only a name."""

    repeats = True

    def put(self, report: Json, text: str) -> None:
        ends = [end for end in map(text.find, "=:") if end >= 0]
        end = min(ends, default=len(text))
        name, value = text[:end], text[end + 1 :]
        if not name:
            raise Unreadable(text, "is no variable: the form is name=value.")
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        report.setdefault("variables", {})[name] = value

    def pieces(self, name: str, report: Json) -> Iterator[str]:
        for variable, value in report.get("variables", {}).items():
            if variable:
                key = values.name(variable, ":")
                yield values.attribute(name, f"{key}={value}" if value else key)


class Messages(Attribute):
    """``MESSAGE=text``, one for each message."""

    repeats = True

    def put(self, report: Json, text: str) -> None:
        report.setdefault("messages", []).append(text.replace('"', "'"))

    def pieces(self, name: str, report: Json) -> Iterator[str]:
        for message in report.get("messages", ()):
            if message:
                yield values.attribute(name, message)


class Table:
    """All attributes of one kind of object, in the order they are written."""

    def __init__(
        self, kind: str, attributes: Mapping[str, Attribute], ignored: tuple[str, ...]
    ) -> None:
        self.kind = kind
        self.attributes = dict(attributes)
        self._ignored = Ignored()
        self._known = {**dict.fromkeys(ignored, self._ignored), **self.attributes}

    def find(self, name: str) -> tuple[str, Attribute | None]:
        """The key that all spellings of the name have, and the attribute if it is known.

        Names count in any case; what is in the brackets of GMETRIC[name] does not.
        """
        key = name.upper()
        known = self._known.get(key)
        if known is None and name.endswith("]"):
            base, _, index = name[:-1].partition("[")
            base = base.upper()
            key = f"{base}[{index}]"
            if base == "GEVENT":
                known = self._ignored
            elif base == "GMETRIC" and index and base in self.attributes:
                known = Field(("metrics", index), DOUBLE)
        return key, known

    def line(self, report: Json) -> str:
        """The report as a line."""
        pieces: list[str] = []
        for name, attribute in self.attributes.items():
            pieces += attribute.pieces(name, report)
        return f"{values.name(report['name'])} {';'.join(pieces)}".rstrip(" ")


def resources() -> dict[str, Attribute]:
    """The configured (C) and available (A) amount of each resource."""
    attributes: dict[str, Attribute] = {}
    known = {"PROC": "processors", "MEMORY": "memory", "DISK": "disk", "SWAP": "swap"}
    for name, resource in known.items():
        attributes[f"C{name}"] = Field(("resources", resource, "total"), INTEGER)
        attributes[f"A{name}"] = Field(("resources", resource, "available"), INTEGER)
    attributes["CRES"] = GenericResources(("resources",), ("total",))
    attributes["ARES"] = GenericResources(("resources",), ("available",))
    return attributes
