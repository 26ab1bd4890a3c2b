"""Queries applied to Python dicts. This is the reference of what a query means.

A path such as ``req.tasks`` goes from the document through objects and arrays:

* From an object a step goes to its member of that name. When there is none, or the path
  goes on from something that is neither object nor array, this way ends as *missing*.
* From an array a step goes on from each element that is an object; other elements, also
  arrays in the array, are passed over. One array level at each step, and an empty array
  leads nowhere.
* A step that is a number (``req.0.tasks``) also goes to that element of an array. What
  it leads to at the end of a path is taken as it is, also when it is an array.
* An array at the end of a path stands for itself and for each of its elements, but not
  for elements of those.

A test holds when it holds for *one* of the values that a path leads to. Values have
JSON's types: ``true`` is not 1, ``"5"`` is not 5, 1.0 is 1.

* Equality and ``$in``: the same value of the same type; of arrays, the same elements in
  order; of objects, the same members in any order. ``null`` is also what is missing.
* ``$gt $gte $lt $lte``: only within one type: numbers, texts by code points, ``false``
  below ``true``; ``null`` equals itself and what is missing. Not for arrays and objects.
* ``$exists``: a value, also ``null``. ``$type``: by name or number; ``int`` and ``long``
  are whole numbers (1.0 too), ``double``, ``decimal`` and ``number`` any.
* ``$regex``: found in a text; see `regexes`. ``$mod``: a number, cut to a whole one,
  leaves the remainder, which has the number's sign; not beyond 64 bits.
* ``$size`` and ``$elemMatch``: about an array itself, not about arrays in it. In
  ``$elemMatch`` operators are about one element as it is (an array there does not stand
  for its elements); anything else is a query on elements that are objects.
* ``$all``: each of its values by itself, as if they were in an ``$and``; none: never.
* ``$ne``, ``$nin``, ``$not``, ``$nor``, ``$exists: false``: whatever the positive form does
  not match.

Where MongoDB does otherwise: ``$elemMatch`` takes no array for an object with members
named 0, 1, ...; ranges over arrays and objects are refused.
"""

from collections.abc import Iterable
from collective.mwsvm.database import ordering
from collective.mwsvm.database import regexes
from collective.mwsvm.database.conditions import And
from collective.mwsvm.database.conditions import Compare
from collective.mwsvm.database.conditions import Condition
from collective.mwsvm.database.conditions import ElemMatch
from collective.mwsvm.database.conditions import Equal
from collective.mwsvm.database.conditions import Exists
from collective.mwsvm.database.conditions import Field
from collective.mwsvm.database.conditions import HasType
from collective.mwsvm.database.conditions import In
from collective.mwsvm.database.conditions import Mod
from collective.mwsvm.database.conditions import Not
from collective.mwsvm.database.conditions import OF_ARRAYS
from collective.mwsvm.database.conditions import Or
from collective.mwsvm.database.conditions import Regex
from collective.mwsvm.database.conditions import Size
from collective.mwsvm.database.conditions import Test
from collective.mwsvm.database.operands import INTEGERS
from collective.mwsvm.database.paths import leaves
from collective.mwsvm.database.paths import MISSING
from collective.mwsvm.database.query import Query
from typing import Any
import operator


_COMPARISONS = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def matches(document: dict[str, Any], query: Query) -> bool:
    """Whether the document is one of those that the query asks for."""
    return holds(query.condition, document)


def sort_documents(
    documents: Iterable[dict[str, Any]], sort: Iterable[tuple[str, int]]
) -> list[dict[str, Any]]:
    """The documents in order (see `ordering`); ties by their ``id``, then as they came."""
    result = sorted(documents, key=lambda document: ordering.key(document, "id", 1))
    for path, direction in reversed(tuple(sort)):
        result.sort(
            key=lambda document: ordering.key(document, path, direction),
            reverse=direction < 0,
        )
    return result


def holds(condition: Condition, value: Any) -> bool:
    """Whether the condition holds for a document, or for an element of an array."""
    match condition:
        case And(parts):
            return all(holds(part, value) for part in parts)
        case Or(parts):
            return any(holds(part, value) for part in parts)
        case Not(part):
            return not holds(part, value)
        case Field(path, test):
            return _field(path, test, value) if path else _passes(value, test)


def _field(path: tuple[str, ...], test: Test, document: Any) -> bool:
    of_elements = not isinstance(test, OF_ARRAYS)
    for value, spreads in leaves(document, path):
        if _passes(value, test):
            return True
        elements = value if of_elements and spreads and isinstance(value, list) else ()
        if any(_passes(element, test) for element in elements):
            return True
    return False


def _passes(value: Any, test: Test) -> bool:
    """Whether this one value, or `MISSING`, passes."""
    match test:
        case Equal(wanted):
            return _same(value, wanted)
        case In(values):
            return any(_same(value, wanted) for wanted in values)
        case Exists():
            return value is not MISSING
        case Compare(symbol, operand):
            compare = _COMPARISONS[symbol]
            return _type(value) == _type(operand) and bool(compare(value, operand))
        case HasType(names):
            return _type(value) in names or ("integer" in names and _is_whole(value))
        case Regex(pattern, options):
            found = isinstance(value, str) and _translate(pattern, options).found_in(
                value
            )
            return found
        case Mod(divisor, remainder):
            return _type(value) == "number" and _mod(value, divisor) == remainder
        case Size(length):
            return isinstance(value, list) and len(value) == length
        case ElemMatch(condition, objects):
            return isinstance(value, list) and any(
                holds(condition, element)
                for element in value
                if not objects or isinstance(element, dict)
            )


_translate = regexes.translate
_TYPE_OF = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    dict: "object",
    list: "array",
    type(None): "null",
}


def _type(value: Any) -> str | None:
    return _TYPE_OF.get(type(value))


def _same(value: Any, wanted: Any) -> bool:
    if value is MISSING:
        return wanted is None
    if _type(value) != _type(wanted):
        return False
    if isinstance(value, dict):
        return value.keys() == wanted.keys() and all(
            _same(member, wanted[key]) for key, member in value.items()
        )
    if isinstance(value, list):
        return len(value) == len(wanted) and all(map(_same, value, wanted))
    return bool(value == wanted)


def _is_whole(value: Any) -> bool:
    return _type(value) == "number" and value == value // 1


def _mod(value: int | float, divisor: int) -> int | None:
    # Python's own remainder has the divisor's sign; floats would lose digits.
    if int(value) not in INTEGERS:
        return None
    remainder = abs(int(value)) % abs(divisor)
    return -remainder if value < 0 else remainder
