"""What all reports have in common: fields over a JSON dictionary."""

from collections.abc import Mapping
from collective.mwsvm.plugins.reports import values
from collective.mwsvm.plugins.reports.fields import Field
from collective.mwsvm.plugins.reports.fields import Put
from collective.mwsvm.plugins.spelling import respell
from collective.mwsvm.plugins.spelling import snake
from typing import Any
from typing import ClassVar
from typing import Self
import time


_set = object.__setattr__


def now() -> float:
    """Seconds since the epoch: the timestamp of a report that is given none."""
    return time.time()


class Fields:
    """Fields by attribute, kept as the JSON that is sent.

    A field that is set lies checked in ``_json``. A list or map that was handed out may be
    changed by whoever has it: it lies in ``_opened``, with the function that checks it.
    What is set is copied, so that a change of the caller's list is none of the report's.
    """

    __slots__ = "_json", "_opened"

    #: The camelCase names of the fields.
    FIELDS: ClassVar[tuple[str, ...]] = ()
    #: For each spelling of a field its name, the class of values that need no check and
    #: the function that takes others.
    _PUTS: ClassVar[dict[str, tuple[str, type | None, Put]]] = {}

    _json: dict[str, Any]
    _opened: dict[str, Any] | None

    def __init__(self) -> None:
        _set(self, "_json", {})
        _set(self, "_opened", None)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = {n: f for n, f in vars(cls).items() if isinstance(f, Field)}
        cls.FIELDS = cls.FIELDS + tuple(own)
        cls._PUTS = dict(cls._PUTS)
        for name, field in own.items():
            put = name, field.plain, field.put
            cls._PUTS[name] = cls._PUTS[snake(name)] = put
        respell(cls)

    @classmethod
    def of(cls, json: dict[str, Any]) -> Self:
        """An object over JSON that is known to be right; it becomes the object's own."""
        made = cls.__new__(cls)
        _set(made, "_json", json)
        _set(made, "_opened", None)
        return made

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Self:
        """An object of JSON from elsewhere, which is checked and copied.

        Raises TypeError or ValueError with a sentence for a value that its field can't
        have, and ValueError for an unknown field.
        """
        made = cls()
        made._take(json)
        return made

    def to_json(self) -> dict[str, Any]:
        """The fields that have a value; it may be the object's own: not to be changed.

        Raises TypeError or ValueError if a list or map holds what it can't.
        """
        if self._opened is None:
            return self._json
        json = dict(self._json)
        for name, (container, check) in self._opened.items():
            value = check(name, container)
            if value:
                json[name] = value
            else:
                json.pop(name, None)
        return json

    def _take(self, json: Mapping[str, Any]) -> None:
        for name, value in json.items():
            if name not in self.FIELDS:
                raise ValueError(self._unknown(name))
            setattr(self, name, value)

    def _unknown(self, name: str) -> str:
        return (
            f"{type(self).__name__} has no field {values.short(name)}; its fields are "
            f"{', '.join(self.FIELDS)}"
        )

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(self._unknown(name), name=name, obj=self)

    # Not left to the descriptors: one call instead of two for each field that is set.
    def __setattr__(self, name: str, value: Any) -> None:
        found = self._PUTS.get(name)
        if found is not None:
            key, plain, put = found
            if value.__class__ is plain:
                self._json[key] = value
            else:
                put(self, value)
        elif name.startswith("_"):
            _set(self, name, value)
        else:
            raise AttributeError(self._unknown(name), name=name, obj=self)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self) or not isinstance(other, Fields):
            return NotImplemented
        return self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    # Copied and pickled as JSON: what checks an opened container can't be.
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_json, (self.to_json(),)

    def __repr__(self) -> str:
        return f"{type(self).__name__}.from_json({self.to_json()!r})"
