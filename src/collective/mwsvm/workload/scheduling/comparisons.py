"""Comparing what things are with what is asked for: numbers, versions and texts."""

from collections.abc import Callable
from collective.mwsvm.models.acl_rules import COMPARATORS
from typing import Any
import operator
import re


#: Without a comparator, equal is meant.
_NAMES = {"": "EQUAL", **COMPARATORS}

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL": operator.ge,
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUAL": operator.le,
    "EQUAL": operator.eq,
    "NOT_EQUAL": operator.ne,
}

_VERSION = re.compile(r"\d{1,18}(\.\d{1,18})*", re.ASCII)

#: Comparators that hold for a thing only if none of its values is the one named.
DENYING = frozenset(("NOT_EQUAL", "LEXIGRAPHIC_NOT_EQUAL"))


def named(comparator: str) -> str:
    """The comparator's name, from a name or one of Moab's signs, in any case."""
    text = comparator.strip().upper()
    return _NAMES.get(text, text)


def holds(actual: str, comparator: str, wanted: str) -> bool:
    """Whether a text is as wanted. An unknown comparator holds for nothing.

    Two texts that are numbers or versions are compared part by part: 7.10 comes after
    7.9, and 7.1 is 7.1.0.
    """
    name = named(comparator)
    if name == "LEXIGRAPHIC_EQUAL":
        return actual == wanted
    if name == "LEXIGRAPHIC_NOT_EQUAL":
        return actual != wanted
    if name == "LEXIGRAPHIC_SUBSTRING":
        return wanted in actual
    if name not in _ORDERED:
        return False
    left, right = _parts(actual), _parts(wanted)
    if left is None or right is None:
        return _ORDERED[name](actual, wanted)
    return _ORDERED[name](left, right)


def number_holds(actual: float, comparator: str, wanted: str) -> bool:
    """Whether a number is as wanted; never, if ``wanted`` is none."""
    compare = _ORDERED.get(named(comparator).removeprefix("LEXIGRAPHIC_"))
    try:
        return compare is not None and compare(actual, float(wanted))
    except ValueError:
        return False


def _parts(text: str) -> tuple[int, ...] | None:
    if _VERSION.fullmatch(text) is None:
        return None
    parts = [int(part) for part in text.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
