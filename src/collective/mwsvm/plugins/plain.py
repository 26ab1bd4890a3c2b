"""Values of plug-ins as JSON: what leaves a host process is made of these."""

from collections.abc import Mapping
from collective.mwsvm.models import dates
from datetime import date
from datetime import datetime
from datetime import UTC
from enum import Enum
from typing import Any
import math


#: 64 bits: what every reader of JSON takes.
_INTEGERS = range(-(2**63), 2**64)


class NotPlain(ValueError):
    """A value that has no form in JSON; the sentence says which and where."""

    def __init__(self, value: object, problem: str) -> None:
        super().__init__(problem)
        self.value = value
        self.problem = problem
        self.path = ""

    def under(self, key: object) -> "NotPlain":
        """The same, seen from what holds the value."""
        step = f"[{key}]" if isinstance(key, int) else f".{key}"
        self.path = step + self.path
        return self

    def sentence(self, what: str) -> str:
        """For people; ``what`` names the whole: ``The result of poll``."""
        where = f" at {self.path.lstrip('.')}" if self.path else ""
        return f"{what} is no JSON value: {self.problem}{where}"


def plain(value: Any, what: str) -> Any:
    """The value as JSON has it, for `orjson.dumps`.

    Reports become maps, enumerations their names, dates ``yyyy-MM-dd HH:mm:ss UTC`` (a date
    without a zone is in UTC), tuples and sets lists; numbers that are not finite null.
    Raises TypeError for all else, with a sentence that begins with ``what``.
    """
    try:
        return _plain(value)
    except NotPlain as error:
        raise TypeError(error.sentence(what)) from None
    except RecursionError:
        raise TypeError(
            f"{what} is no JSON value: it contains itself or is nested too deeply"
        ) from None


def _plain(value: Any) -> Any:
    kind = type(value)
    if value is None or kind is str or kind is bool:
        return value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        if value not in _INTEGERS:
            raise NotPlain(value, "the number has more than 64 bits")
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_key(key): _item(key, item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_item(number, item) for number, item in enumerate(value)]
    if isinstance(value, date):
        return dates.mws(_moment(value).timestamp())
    to_json = getattr(value, "to_json", None)
    if callable(to_json) and not isinstance(value, type):
        return _plain(to_json())
    raise NotPlain(value, f"there is an object of the class {kind.__name__}")


def _item(key: object, item: Any) -> Any:
    try:
        return _plain(item)
    except NotPlain as error:
        raise error.under(key) from None


def _key(key: Any) -> str:
    if isinstance(key, Enum):
        return key.name
    if isinstance(key, str):
        return str(key)
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int | float):
        return str(key)
    raise NotPlain(key, f"there is a key of the class {type(key).__name__}")


def _moment(value: date) -> datetime:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
