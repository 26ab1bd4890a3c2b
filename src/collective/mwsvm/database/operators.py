"""From parsed JSON to conditions: the operators, and what may stand in them."""

from collections.abc import Callable
from collections.abc import Iterator
from collective.mwsvm.database import operands
from collective.mwsvm.database.conditions import And
from collective.mwsvm.database.conditions import Condition
from collective.mwsvm.database.conditions import ElemMatch
from collective.mwsvm.database.conditions import Equal
from collective.mwsvm.database.conditions import Exists
from collective.mwsvm.database.conditions import Field
from collective.mwsvm.database.conditions import In
from collective.mwsvm.database.conditions import is_index
from collective.mwsvm.database.conditions import Not
from collective.mwsvm.database.conditions import Or
from collective.mwsvm.database.conditions import Test
from collective.mwsvm.database.operands import shown
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Invalid
from typing import Any
import math


#: How many conditions a query may have, and how many values a list in it.
MAX_CONDITIONS = 500
MAX_VALUES = 1000

LOGICAL = ("$and", "$or", "$nor")
_LISTS = ("$in", "$nin", "$all")
FIELD_OPERATORS = ("$eq", "$ne", *operands.RANGES, *_LISTS, "$not", "$exists", "$type")
FIELD_OPERATORS += ("$regex", "$options", "$size", "$elemMatch", "$mod")


class Reader:
    """Reads one query. ``name`` is what messages call it."""

    def __init__(self, name: str, is_date: Callable[[str], bool]):
        self._name = name
        self._is_date = is_date
        self._conditions = 0

    def document(self, query: dict[str, Any], prefix: str = "") -> Condition:
        """The condition that a whole query is; ``prefix`` is the path it applies to."""
        return _all(list(self._parts(query, prefix)))

    def _parts(self, query: dict[str, Any], prefix: str) -> Iterator[Condition]:
        for key, operand in query.items():
            if key in LOGICAL:
                yield self._logical(key, operand, prefix)
            elif key in FIELD_OPERATORS:
                raise self._wrong(key, "needs a field: {field: {" + key + ": ...}}")
            elif key.startswith("$"):
                raise self._unknown(key)
            else:
                yield self._field(
                    operands.path(self._name, key), operand, f"{prefix}{key}"
                )

    def _logical(self, operator: str, operand: Any, prefix: str) -> Condition:
        is_list = isinstance(operand, list) and operand
        if not is_list or not all(isinstance(entry, dict) for entry in operand):
            raise self._wrong(operator, "must be a list of one or more objects")
        parts = tuple(self.document(entry, prefix) for entry in operand)
        # Also what is empty costs something.
        self._count(len(parts))
        if operator == "$and":
            return And(parts)
        return Or(parts) if operator == "$or" else Not(Or(parts))

    def _field(self, steps: tuple[str, ...], operand: Any, full: str) -> Condition:
        if _has_operators(operand):
            return self._operators(steps, operand, full)
        return self._test(steps, Equal(self._value(operand, full)))

    def _operators(
        self, steps: tuple[str, ...], operand: dict[str, Any], full: str
    ) -> Condition:
        parts: list[Condition] = []
        for key, value in operand.items():
            if key == "$options":
                if "$regex" not in operand:
                    raise self._wrong(key, "needs a $regex beside it")
            elif key == "$regex":
                pattern = [value, operand.get("$options", "")]
                parts.append(self._test(steps, self._read(key, pattern)))
            elif key in FIELD_OPERATORS:
                parts.append(self._operator(steps, key, value, full))
            elif key in LOGICAL:
                raise self._wrong(key, "stands beside fields, not below one")
            elif key.startswith("$"):
                raise self._unknown(key)
            else:
                raise Invalid(
                    f"{self._name}: {shown(full)} has the operator "
                    f"{shown(next(iter(operand)))} and the key {shown(key)} side by side"
                )
        return _all(parts)

    def _operator(
        self, steps: tuple[str, ...], operator: str, operand: Any, full: str
    ) -> Condition:
        if operator in _LISTS:
            return self._list(steps, operator, operand, full)
        if operator == "$not":
            if not _has_operators(operand):
                raise self._wrong(operator, "must be an object with operators")
            return Not(self._operators(steps, operand, full))
        if operator == "$elemMatch":
            return self._test(steps, self._element(operand, full))
        if operator in ("$eq", "$ne"):
            found = self._test(steps, Equal(self._value(operand, full)))
            return found if operator == "$eq" else Not(found)
        if operator == "$exists":
            # MongoDB takes anything; clients send 1 and "true".
            found = self._test(steps, Exists())
            return Not(found) if operand in (False, 0, None, "false", "0") else found
        if operator in operands.RANGES:
            operand = self._value(operand, full)
        return self._test(steps, self._read(operator, operand))

    def _read(self, operator: str, operand: Any) -> Test:
        try:
            return operands.READERS[operator](operand)
        except ValueError as error:
            raise self._wrong(operator, str(error)) from error

    def _list(
        self, steps: tuple[str, ...], operator: str, operand: Any, full: str
    ) -> Condition:
        if not isinstance(operand, list):
            raise self._wrong(operator, "must be a list of values")
        if len(operand) > MAX_VALUES:
            raise self._wrong(operator, f"has more than {MAX_VALUES} values")
        if operator != "$all":
            values = tuple(self._value(value, full) for value in operand)
            found = self._test(steps, In(values))
            return found if operator == "$in" else Not(found)
        if not operand:
            return Or(())
        return _all([self._one_of_all(steps, value, full) for value in operand])

    def _one_of_all(self, steps: tuple[str, ...], operand: Any, full: str) -> Condition:
        if not _has_operators(operand):
            return self._test(steps, Equal(self._value(operand, full)))
        if list(operand) != ["$elemMatch"]:
            raise self._wrong("$all", "takes values, or only objects with $elemMatch")
        return self._operators(steps, operand, full)

    def _element(self, operand: Any, full: str) -> Test:
        if not isinstance(operand, dict):
            raise self._wrong("$elemMatch", "must be an object")
        if _has_operators(operand) and not any(key in LOGICAL for key in operand):
            return ElemMatch(self._operators((), operand, full), objects=False)
        return ElemMatch(self.document(operand, f"{full}."), objects=True)

    def _value(self, value: Any, full: str) -> Any:
        """A value to compare with, as documents have it."""
        if isinstance(value, str):
            return self._text(value, full)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return self._number(value, full)
        if isinstance(value, list):
            return [self._value(entry, full) for entry in value]
        if not isinstance(value, dict):
            raise Invalid(f"{self._name}: {shown(full)} is compared with no JSON value")
        for key in value:
            if key.startswith("$"):
                raise Invalid(
                    f"{self._name}: {shown(full)} is compared with an object that has "
                    f"the key {shown(key)}; keys can't begin with $"
                )
            self._text(key, "")
        return {
            key: self._value(entry, f"{full}.{key}") for key, entry in value.items()
        }

    def _text(self, value: str, full: str) -> str:
        if "\0" in value:
            raise Invalid(f"{self._name}: the character NUL (\\u0000) is not allowed")
        if not full or not self._dated(full):
            return value
        try:
            return dates.normalise(value)
        except ValueError as error:
            raise Invalid(
                f"{self._name}: {shown(full)} is a date, and {shown(value)} can't be "
                f"compared with it: {error}"
            ) from error

    def _dated(self, full: str) -> bool:
        plain = ".".join(step for step in full.split(".") if not is_index(step))
        return self._is_date(full) or (plain != full and self._is_date(plain))

    def _number(self, value: int | float, full: str) -> int | float:
        if not math.isfinite(value):
            raise Invalid(f"{self._name}: {shown(full)} is compared with no number")
        if value in operands.INTEGERS if isinstance(value, int) else value.is_integer():
            # 1.0 is 1 everywhere; written as a whole number it stays exact.
            return int(value) if int(value) in operands.INTEGERS else value
        return float(value)

    def _test(self, steps: tuple[str, ...], test: Test) -> Field:
        self._count(1)
        return Field(steps, test)

    def _count(self, number: int) -> None:
        self._conditions += number
        if self._conditions > MAX_CONDITIONS:
            raise Invalid(f"{self._name}: has more than {MAX_CONDITIONS} conditions")

    def _wrong(self, operator: str, reason: str) -> Invalid:
        return Invalid(f"{self._name}: {operator} {reason}")

    def _unknown(self, operator: str) -> Invalid:
        allowed = ", ".join(LOGICAL + FIELD_OPERATORS)
        return Invalid(
            f"{self._name}: unknown operator {shown(operator)}; allowed are {allowed}"
        )


def _all(parts: list[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _has_operators(operand: Any) -> bool:
    return isinstance(operand, dict) and any(key.startswith("$") for key in operand)
