"""What fields of reports take, checked and in JSON's form.

Each function takes the field's name for its message; it raises TypeError for a value of a
wrong type and ValueError for one that can't be kept. None stays None.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.models import dates
from datetime import datetime
from typing import Any
import math


# The seconds of the years 1 to 9999, which dates can have.
_FIRST = -62_135_596_800
_LAST = 253_402_300_799

_TEXTS = frozenset({str})


def text(field: str, value: object) -> str | None:
    """A text, or the text of a number or boolean."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str.__str__(value) if isinstance(value, str) else str(value)
    raise wrong(field, value, "a text")


def whole(field: str, value: object) -> int | None:
    """A whole number; of other numbers what is before the point."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return math.trunc(real(field, value))


def real(field: str, value: object) -> float:
    """A finite number."""
    if isinstance(value, bool | str | bytes) or not hasattr(value, "__float__"):
        raise wrong(field, value, "a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{field} is {short(value)}; allowed are finite numbers")
    return number


def moment(field: str, value: object) -> int | None:
    """Whole seconds since the epoch, of a datetime, of such seconds or of a text.

    A text that is no date and a moment outside the calendar are None.
    """
    if value is None or (type(value) is int and _FIRST <= value <= _LAST):
        return value
    if isinstance(value, bool) or not isinstance(value, datetime | str | int | float):
        raise wrong(field, value, "a datetime, a text of a date, seconds")
    try:
        if isinstance(value, str):
            value = dates.parse(value)
        if isinstance(value, datetime):
            value = value.timestamp()
        seconds = math.floor(value)
    except (ValueError, OverflowError):
        return None
    return seconds if _FIRST <= seconds <= _LAST else None


def texts(field: str, value: Iterable[object] | None) -> list[str]:
    """A list of texts; None is an empty one."""
    if type(value) is list and _TEXTS.issuperset(map(type, value)):
        return value.copy()
    return [_element(field, item) for item in items(field, value)]


def quoted(field: str, value: Iterable[object] | None) -> list[str]:
    """A list of texts with single quotes for double ones, as Moab's language needs."""
    return [item.replace('"', "'") for item in texts(field, value)]


def text_map(field: str, value: Mapping[str, object] | None) -> dict[str, str]:
    """Texts by name; None is an empty map."""
    return {
        name: _element(f"{field}.{name}", entry) for name, entry in pairs(field, value)
    }


def real_map(field: str, value: Mapping[str, object] | None) -> dict[str, float]:
    """Finite numbers by name; None is an empty map."""
    numbers = {}
    for name, entry in pairs(field, value):
        if type(entry) is not float or not math.isfinite(entry):
            entry = real(f"{field}.{name}", entry)
        numbers[name] = entry
    return numbers


def items(field: str, value: Any) -> Iterable[Any]:
    """The elements of a list; those of None are none."""
    if value is None or isinstance(value, list):
        return value or ()
    # A text would be a list of its characters.
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise wrong(field, value, "a list")
    return value


def pairs(field: str, value: Any) -> Iterable[tuple[str, Any]]:
    """The entries of a map whose names are texts; those of None are none."""
    if value is None:
        return ()
    if type(value) is not dict and not isinstance(value, Mapping):
        raise wrong(field, value, "a map")
    for name in value:
        if type(name) is not str:
            raise TypeError(f"{field} has the key {short(name)}; allowed are texts")
    return value.items()


def _element(field: str, value: object) -> str:
    element = text(field, value)
    if element is None:
        raise wrong(field, value, "a text")
    return element


def wrong(field: str, value: object, allowed: str) -> TypeError:
    """What is raised for a value of a type that the field does not take."""
    return TypeError(f"{field} is {short(value)}; allowed is {allowed}")


def short(value: object) -> str:
    """A value as a message shows it."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
