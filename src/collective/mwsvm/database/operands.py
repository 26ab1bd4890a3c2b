"""What stands after an operator, where neither field nor date matter; and paths."""

from collections.abc import Callable
from collective.mwsvm.database import regexes
from collective.mwsvm.database.conditions import Compare
from collective.mwsvm.database.conditions import Equal
from collective.mwsvm.database.conditions import HasType
from collective.mwsvm.database.conditions import In
from collective.mwsvm.database.conditions import is_index
from collective.mwsvm.database.conditions import Mod
from collective.mwsvm.database.conditions import Regex
from collective.mwsvm.database.conditions import Size
from collective.mwsvm.database.conditions import Test
from collective.mwsvm.models.errors import Invalid
from functools import partial
from typing import Any
from typing import Literal
import json


#: How many steps a path may have, and how many of them may be numbers: each of those can
#: be a key or a position, so that there are twice as many ways to go.
MAX_STEPS = 20
MAX_INDEXES = 4

#: Whole numbers beyond are numbers with a fraction, as in every database.
INTEGERS = range(-(2**63), 2**63)

#: ``$type`` by MongoDB's names and numbers. JSON has one type of numbers; the integral
#: ones ask for whole numbers, the others for any.
_TYPES = {
    "double": "number",
    "string": "string",
    "object": "object",
    "array": "array",
    "bool": "boolean",
    "null": "null",
    "int": "integer",
    "long": "integer",
    "decimal": "number",
    "number": "number",
}
_TYPE_NUMBERS = {1: "double", 2: "string", 3: "object", 4: "array", 8: "bool"}
_TYPE_NUMBERS |= {10: "null", 16: "int", 18: "long", 19: "decimal"}


def path(name: str, key: str) -> tuple[str, ...]:
    """The steps of a dotted path; `Invalid`, which begins with the name, if it is none."""
    steps = tuple(key.split("."))
    if not all(steps):
        raise Invalid(f"{name}: {shown(key)} is no path: a step is empty")
    if wrong := [step for step in steps if step.startswith("$")]:
        raise Invalid(
            f"{name}: {shown(key)} is no path: {shown(wrong[0])} begins with $"
        )
    if "\0" in key:
        raise Invalid(f"{name}: {shown(key)} is no path: it holds the character NUL")
    if len(steps) > MAX_STEPS:
        raise Invalid(f"{name}: {shown(key)} has more than {MAX_STEPS} steps")
    if sum(map(is_index, steps)) > MAX_INDEXES:
        raise Invalid(f"{name}: {shown(key)} has more than {MAX_INDEXES} numbers in it")
    return steps


def shown(value: Any) -> str:
    """A value from the request, for a message: as JSON, cut when it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = text.encode("utf-8", "replace").decode()
    if isinstance(value, str):
        text = f"'{text[1:-1]}'"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _range(symbol: Literal[">", ">=", "<", "<="], operand: Any) -> Test:
    if operand is None:
        # Nothing is beyond null, and null is as far as null.
        return Equal(None) if "=" in symbol else In(())
    if isinstance(operand, bool):
        # There are only two, in this order.
        between = (False,) if "<" in symbol else (True,)
        values = tuple(value for value in between if value != operand)
        return In((*values, operand) if "=" in symbol else values)
    if isinstance(operand, int | float | str):
        return Compare(symbol, operand)
    raise ValueError("takes a text, a number, true, false or null")


def _regex(operand: Any) -> Test:
    pattern, options = operand
    if not isinstance(pattern, str):
        raise ValueError("must be a text")
    if not isinstance(options, str):
        raise ValueError("has $options that are no text")
    try:
        regexes.translate(pattern, options)
    except ValueError as error:
        raise ValueError(f"can't be {shown(pattern)}: {error}") from error
    return Regex(pattern, "".join(sorted(set(options))))


def _type(operand: Any) -> Test:
    wanted = operand if isinstance(operand, list) else [operand]
    if not wanted or len(wanted) > len(_TYPES):
        raise ValueError("must be a type or a list of types")
    return HasType(tuple(dict.fromkeys(map(_type_name, wanted))))


def _type_name(wanted: Any) -> str:
    number = _whole(wanted)
    alias = wanted if number is None else _TYPE_NUMBERS.get(number)
    if isinstance(alias, str) and alias in _TYPES:
        return _TYPES[alias]
    numbers = ", ".join(f"{number} ({name})" for number, name in _TYPE_NUMBERS.items())
    raise ValueError(
        f"does not know {shown(wanted)}; allowed are {', '.join(_TYPES)}, {numbers}"
    )


def _size(operand: Any) -> Test:
    length = _whole(operand)
    if length is None or length < 0:
        raise ValueError("must be a whole number, 0 or more")
    return Size(length)


def _mod(operand: Any) -> Test:
    numbers = operand if isinstance(operand, list) and len(operand) == 2 else [None]
    divisor, remainder = _whole(numbers[0]), _whole(numbers[-1])
    if not divisor or remainder is None:
        raise ValueError(
            "must be a list of two whole numbers: divisor (not 0), remainder"
        )
    return Mod(divisor, remainder)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value == value // 1 and int(value) in INTEGERS else None


#: The operators of ranges.
RANGES: dict[str, Literal[">", ">=", "<", "<="]] = {
    "$gt": ">",
    "$gte": ">=",
    "$lt": "<",
    "$lte": "<=",
}
#: What reads an operator's operand; its `ValueError` goes on after the operator's name.
READERS: dict[str, Callable[[Any], Test]] = {
    **{operator: partial(_range, symbol) for operator, symbol in RANGES.items()},
    "$regex": _regex,
    "$type": _type,
    "$size": _size,
    "$mod": _mod,
}
