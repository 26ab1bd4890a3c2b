"""What the value of a constraint may be, and which type it infers (guide 6.2.6)."""

from collections.abc import Callable
from collective.mwsvm.plugins.conversions import DECLARABLE
from collective.mwsvm.plugins.conversions import type_of
from collective.mwsvm.plugins.conversions import TypeName
from typing import Any
import inspect
import re


#: The types whose values have an order.
ORDERED: tuple[TypeName, ...] = ("Integer", "Double", "Date", "String")

#: The types that the ``type`` constraint takes, in words.
TYPES = "String, Date, Double, Integer or Boolean"


class WrongValue(Exception):
    """What the value of a constraint must be."""


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise WrongValue("True or False")
    return value


def _anything(value: Any) -> Any:
    return value


def _choices(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise WrongValue("a list with one value at least")
    return list(value)


def _pattern(value: Any) -> str:
    text = value.pattern if isinstance(value, re.Pattern) else value
    if not isinstance(text, str):
        raise WrongValue("a regular expression")
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise WrongValue(
            f"a regular expression (this one is not valid: {error})"
        ) from None
    return text


def _limit(value: Any) -> Any:
    if type_of(value) not in ORDERED:
        raise WrongValue("a number, a date or text")
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise WrongValue("a whole number, 0 at least")
    return value


def _bounds(value: Any) -> tuple[Any, Any]:
    if isinstance(value, range) and value.step == 1 and value:
        return value.start, value.stop - 1
    if isinstance(value, list | tuple) and len(value) == 2:
        first, last = map(_limit, value)
        try:
            if first <= last:
                return first, last
        except TypeError:
            pass
    raise WrongValue(
        "a pair (first, last) or range(first, after the last), in that order"
    )


def _sizes(value: Any) -> tuple[int, int]:
    first, last = _bounds(value)
    return _count(first), _count(last)


def _declarable(value: Any) -> Any:
    try:
        if value in DECLARABLE:
            return value
    except TypeError:
        pass
    raise WrongValue(f"one of {TYPES} (str, datetime.datetime, float, int or bool)")


def _function(value: Any) -> Callable[..., Any]:
    function = value.__func__ if isinstance(value, staticmethod) else value
    if not callable(function) or not 1 <= argument_count(function) <= 3:
        raise WrongValue(
            "a function of (value), (value, plugin) or (value, plugin, context)"
        )
    return function


_POSITIONAL = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)


def argument_count(function: Callable[..., Any]) -> int:
    """How many positional arguments a function asks for; 3 if it takes all."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # some built-in ones do not tell
        return 1
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return 3
    # Those with a default are the function's own business: lambda value, limit=limit.
    return sum(
        parameter.kind in _POSITIONAL and parameter.default is parameter.empty
        for parameter in parameters
    )


#: What reads the value of each constraint; `WrongValue` if it must be another one.
READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(
        ("blank", "creditCard", "email", "nullable", "password", "required"), _flag
    ),
    **dict.fromkeys(("url", "scriptableUrl"), _flag),
    **dict.fromkeys(("defaultValue", "notEqual"), _anything),
    **dict.fromkeys(("max", "min"), _limit),
    **dict.fromkeys(("maxSize", "minSize", "scale"), _count),
    "inList": _choices,
    "matches": _pattern,
    "range": _bounds,
    "size": _sizes,
    "type": _declarable,
    "validator": _function,
}


def _first(value: Any) -> TypeName | None:
    return type_of(value[0])


def _collection(_: Any) -> TypeName:
    return "Collection"


#: From which constraints a type is inferred, in the order of their priority.
INFERRED: dict[str, Callable[[Any], TypeName | None]] = {
    "inList": _first,
    "range": _first,
    "minSize": _collection,
    "maxSize": _collection,
    "max": type_of,
    "min": type_of,
    "notEqual": type_of,
}
