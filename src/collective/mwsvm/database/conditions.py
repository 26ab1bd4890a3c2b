"""What a query asks, as a tree that the matcher and the SQL compilers read.

`query` builds these trees and checks everything first: whoever reads one need not.
Operators that can be said by others are not in it: ``$ne`` is ``Not(Equal)``, ``$all`` an
``And`` of equalities, a range over booleans an ``In``. `matcher` defines what each means.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import fields
from typing import Any
from typing import Literal
import json


@dataclass(frozen=True, slots=True)
class Equal:
    """The value is this one: any JSON value; ``None`` is also what is missing."""

    value: Any


@dataclass(frozen=True, slots=True)
class In:
    """The value is one of these; of none when there are none."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """The value is of the operand's type and lies on this side of it."""

    operator: Literal[">", ">=", "<", "<="]
    operand: int | float | str


@dataclass(frozen=True, slots=True)
class Exists:
    """There is a value, ``null`` included."""


@dataclass(frozen=True, slots=True)
class HasType:
    """The value is of one of these types: a name of `TYPES`."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Regex:
    """The value is a text in which the pattern is found; see `regexes`."""

    pattern: str
    options: str


@dataclass(frozen=True, slots=True)
class Mod:
    """The value is a number that leaves this remainder, both cut to whole numbers."""

    divisor: int
    remainder: int


@dataclass(frozen=True, slots=True)
class Size:
    """The value is an array of this length."""

    length: int


@dataclass(frozen=True, slots=True)
class ElemMatch:
    """The value is an array, and one of its elements fulfils the condition.

    ``objects``: only elements that are objects count, and the condition is about them as
    documents. Otherwise its fields have no path and are about the element itself.
    """

    condition: "Condition"
    objects: bool


Test = Equal | In | Compare | Exists | HasType | Regex | Mod | Size | ElemMatch


@dataclass(frozen=True, slots=True)
class Field:
    """A value found at the path passes the test; no path: the value at hand does."""

    path: tuple[str, ...]
    test: Test

    @property
    def name(self) -> str:
        """The path as the query has it, with dots."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class And:
    """All of them hold; without any: always."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of them holds; without any: never."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold."""

    part: "Condition"


Condition = And | Or | Not | Field

#: What JSON knows, and whole numbers, which may be written with a fraction of zero.
TYPES = ("null", "boolean", "number", "integer", "string", "object", "array")

#: Tests of an array as a whole, which are not tried on its elements.
OF_ARRAYS = (Size, ElemMatch)


def fields_of(
    condition: Condition, prefix: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Test]]:
    """Every field's full path and its test, those inside ``$elemMatch`` too."""
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from fields_of(part, prefix)
        case Not(part):
            yield from fields_of(part, prefix)
        case Field(path, test):
            yield prefix + path, test
            if isinstance(test, ElemMatch):
                yield from fields_of(test.condition, prefix + path)


def is_index(step: str) -> bool:
    """Whether this step of a path may also be a position in an array."""
    # No array is that long that more digits would make sense.
    is_number = step.isascii() and step.isdigit() and len(step) < 10
    return is_number and (step == "0" or step[0] != "0")


_NODES: dict[str, Any] = {
    node.__name__: node
    for node in (Equal, In, Compare, Exists, HasType, Regex, Mod, Size, ElemMatch)
    + (Field, And, Or, Not)
}
#: Attributes that are tuples of nodes, tuples of values, a node.
_PARTS = {"parts"}
_TUPLES = {"values", "names", "path"}
_NODE = {"part", "test", "condition"}


def encode(condition: Condition) -> str:
    """The tree as text, for `decode` in another place."""
    return json.dumps(_plain(condition), ensure_ascii=False, separators=(",", ":"))


def decode(text: str) -> Condition:
    """The tree that `encode` wrote."""
    condition: Condition = _node(json.loads(text))
    return condition


def _plain(node: Any) -> list[Any]:
    plain = [type(node).__name__]
    for field in fields(node):
        value = getattr(node, field.name)
        if field.name in _PARTS:
            value = [_plain(part) for part in value]
        elif field.name in _NODE:
            value = _plain(value)
        plain.append(value)
    return plain


def _node(plain: list[Any]) -> Any:
    node, values = _NODES[plain[0]], []
    for field, value in zip(fields(node), plain[1:], strict=True):
        if field.name in _PARTS:
            value = tuple(_node(part) for part in value)
        elif field.name in _TUPLES:
            value = tuple(value)
        elif field.name in _NODE:
            value = _node(value)
        values.append(value)
    return node(*values)
