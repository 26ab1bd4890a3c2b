"""Kinds of fields: how a value is taken into a report's JSON and how it is read again.

A field is declared with its own name: ``image = text("image")``. It is set through
``Fields.__setattr__``.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.plugins.property_map import PropertyMap
from collective.mwsvm.plugins.reports import values
from collective.mwsvm.plugins.reports.enums import Labelled
from collective.mwsvm.plugins.reports.lists import ReportList
from collective.mwsvm.plugins.reports.resources import ReportResourceMap
from datetime import datetime
from datetime import UTC
from typing import Any
from typing import Generic
from typing import TYPE_CHECKING
from typing import TypeVar


_Got = TypeVar("_Got")
_Choice = TypeVar("_Choice", bound=Labelled)

#: Takes an object and the value that its field is to have.
Put = Callable[[Any, Any], None]


class Field(property, Generic[_Got]):
    """A field over JSON; values of the class ``plain`` are JSON as they are."""

    plain: type | None
    put: Put

    def __init__(
        self, get: Callable[[Any], _Got], put: Put, plain: type | None = None
    ) -> None:
        super().__init__(get)
        self.put = put
        self.plain = plain

    if TYPE_CHECKING:

        def __get__(  # type: ignore[override]
            self, instance: Any, owner: type | None = None, /
        ) -> _Got: ...

        def __set__(self, instance: Any, value: Any, /) -> None: ...


def text(name: str) -> Field[str | None]:
    """A text; numbers become one."""
    return Field(_getter(name), _putter(name, values.text), str)


def whole(name: str) -> Field[int | None]:
    """A whole number; of other numbers what is before the point."""
    return Field(_getter(name), _putter(name, values.whole), int)


def moment(name: str) -> Field[datetime | None]:
    """A moment: set as datetime, as seconds since the epoch or as MWS's text of a date."""

    def get(record: Any) -> datetime | None:
        seconds = record._json.get(name)
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

    return Field(get, _putter(name, values.moment))


def choice(name: str, kind: type[_Choice]) -> Field[_Choice | None]:
    """A value of an enumeration, or a text that its ``parse`` knows; None for others."""
    members = kind.__members__

    def get(record: Any) -> _Choice | None:
        return members.get(record._json.get(name))

    def put(record: Any, value: Any) -> None:
        chosen = value if value.__class__ is kind else _chosen(name, kind, value)
        if chosen is None:
            record._json.pop(name, None)
        else:
            record._json[name] = chosen._name_  # quicker than .name

    return Field(get, put)


def texts(name: str) -> Field[ReportList[str]]:
    """A list of texts."""
    return _container(name, _listed, values.texts)


def quoted_texts(name: str) -> Field[ReportList[str]]:
    """A list of texts without double quotes."""
    return _container(name, _listed, values.quoted)


def text_map(name: str) -> Field[PropertyMap[str]]:
    """Texts by name."""
    return _container(name, _mapped, values.text_map)


def real_map(name: str) -> Field[PropertyMap[float]]:
    """Numbers by name."""
    return _container(name, _mapped, values.real_map)


def choices(name: str, kind: type[_Choice]) -> Field[ReportList[_Choice]]:
    """A list of values of an enumeration; texts are parsed."""

    def opened(json: Iterable[str] | None) -> ReportList[_Choice]:
        return ReportList(kind[item] for item in json or ())

    def check(name: str, value: Any) -> list[str]:
        chosen = (_chosen(name, kind, item) for item in values.items(name, value))
        return [item.name for item in chosen if item is not None]

    return _container(name, opened, check)


def resources(name: str) -> Field[ReportResourceMap]:
    """Resources by name."""

    def make(value: Any) -> ReportResourceMap:
        if isinstance(value, ReportResourceMap):
            return value
        return ReportResourceMap(dict(values.pairs(name, value)))

    return kept(name, make, lambda _name, found: found.to_json())


def kept(
    name: str, make: Callable[[Any], _Got], check: Callable[[str, _Got], Any]
) -> Field[_Got]:
    """A container of objects, which stay those that were put in.

    ``make`` gives the container for JSON, for None and for what an author sets; ``check``
    gives the JSON of a container.
    """

    def put(record: Any, value: Any) -> None:
        container = make(value)
        if record._opened is None:
            record._opened = {}
        record._opened[name] = container, check

    return Field(_opener(name, make, check), put)


def _container(
    name: str, make: Callable[[Any], _Got], check: Callable[[str, Any], Any]
) -> Field[_Got]:
    def put(record: Any, value: Any) -> None:
        checked = check(name, value)
        if checked:
            record._json[name] = checked
        else:
            record._json.pop(name, None)
        if record._opened is not None:
            record._opened.pop(name, None)

    return Field(_opener(name, make, check), put)


def _opener(
    name: str, make: Callable[[Any], _Got], check: Callable[[str, Any], Any]
) -> Callable[[Any], _Got]:
    def get(record: Any) -> _Got:
        opened = record._opened
        if opened is None:
            opened = record._opened = {}
        if name not in opened:
            opened[name] = make(record._json.get(name)), check
        container: _Got = opened[name][0]
        return container

    return get


def _getter(name: str) -> Callable[[Any], Any]:
    return lambda record: record._json.get(name)


def _putter(name: str, check: Callable[[str, Any], Any]) -> Put:
    def put(record: Any, value: Any) -> None:
        checked = check(name, value)
        if checked is None:
            record._json.pop(name, None)
        else:
            record._json[name] = checked

    return put


def _chosen(name: str, kind: type[_Choice], value: Any) -> _Choice | None:
    if isinstance(value, kind):
        return value
    if value is None or isinstance(value, str):
        parsed: _Choice | None = kind.parse(value)
        return parsed
    raise values.wrong(name, value, f"a {kind.__name__} or its name")


def _listed(json: Iterable[str] | None) -> ReportList[str]:
    return ReportList(json or ())


def _mapped(json: Mapping[str, Any] | None) -> PropertyMap[Any]:
    return PropertyMap(json or {})
