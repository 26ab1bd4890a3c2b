"""The types of configuration parameters, and what is converted to them (guide 6.2.6)."""

from collections.abc import Callable
from collective.mwsvm.models import dates
from datetime import date
from datetime import datetime
from datetime import UTC
from decimal import Decimal
from decimal import ROUND_HALF_UP
from typing import Any
from typing import Literal
import math
import re


TypeName = Literal["String", "Date", "Double", "Integer", "Boolean", "Collection"]

#: What the ``type`` constraint takes, by the Python class and by the guide's name.
DECLARABLE: dict[Any, TypeName] = {
    str: "String",
    datetime: "Date",
    date: "Date",
    float: "Double",
    int: "Integer",
    bool: "Boolean",
    "String": "String",
    "Date": "Date",
    "Double": "Double",
    "Integer": "Integer",
    "Boolean": "Boolean",
}

_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?", re.ASCII)
_BOOLEANS = {
    **dict.fromkeys(("true", "on", "yes", "1"), True),
    **dict.fromkeys(("false", "off", "no", "0"), False),
}
# What fits in 64 bits, as databases and clients hold whole numbers.
_WHOLE_LIMIT = 2**63


def type_of(value: Any) -> TypeName | None:
    """The type that a value of a constraint has; None if parameters have no such type."""
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, list | tuple | set | frozenset):
        return "Collection"
    for python in (str, int, float, date):
        if isinstance(value, python):
            return DECLARABLE[python]
    return None


def convert(value: Any, to: TypeName) -> Any:
    """The value in a type.

    - String: text, numbers, ``true`` and ``false``.
    - Integer: whole numbers of 64 bits, and their texts. True and false are none.
    - Double: finite numbers and their texts.
    - Boolean: true and false, and the texts true/false, on/off, yes/no and 1/0.
    - Date: a `datetime` with a zone, or text: MWS's form, ISO 8601, a day alone; UTC is
      taken for a zone that is not named.
    - Collection: lists.

    Raises ValueError when it can't be converted.
    """
    return _CONVERSIONS[to](value)


def rounded(value: float, digits: int) -> float:
    """A Double at the ``scale`` given; halves are rounded away from zero."""
    # repr: what the author reads as 0.125 is what is rounded.
    exact = Decimal(repr(value))
    if -int(exact.as_tuple().exponent) <= digits:
        return value
    return float(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise ValueError


def _integer(value: Any) -> int:
    if (isinstance(value, str) and _INTEGER.fullmatch(value.strip())) or (
        isinstance(value, float) and value.is_integer()
    ):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError
    if not -_WHOLE_LIMIT <= value < _WHOLE_LIMIT:
        raise ValueError
    return value


def _double(value: Any) -> float:
    if isinstance(value, str) and not _DOUBLE.fullmatch(value.strip()):
        raise ValueError
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError from error
    if not math.isfinite(number):
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _BOOLEANS:
        return _BOOLEANS[value.strip().lower()]
    raise ValueError


def _date(value: Any) -> datetime:
    if isinstance(value, str):
        text = value.strip()
        if _DAY.fullmatch(text):
            text = f"{text} 00:00:00 UTC"
        elif _LOCAL.fullmatch(text):
            text = f"{text} UTC"
        return dates.parse(text)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise ValueError


def _collection(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    raise ValueError


_CONVERSIONS: dict[TypeName, Callable[[Any], Any]] = {
    "String": _string,
    "Integer": _integer,
    "Double": _double,
    "Boolean": _boolean,
    "Date": _date,
    "Collection": _collection,
}
