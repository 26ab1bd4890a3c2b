"""PostgreSQL's SQL/JSON paths for what they can say of the query language.

In its lax mode a path goes on from an array's elements by itself, one level at each step,
and passes over what is no object: that is MongoDB's way. A filter looks at elements, too,
but its comparisons would go one level deeper; tests of ``.type()``, which does not, keep
them from it. GIN indexes serve the equalities.
"""

from collective.mwsvm.database.conditions import Compare
from collective.mwsvm.database.conditions import Equal
from collective.mwsvm.database.conditions import Exists
from collective.mwsvm.database.conditions import HasType
from collective.mwsvm.database.conditions import In
from collective.mwsvm.database.conditions import Test
from typing import Any
import json


def to(path: tuple[str, ...]) -> str:
    """The path to a member; of arrays, to the members of their elements."""
    return "$" + "".join(f".{_literal(step)}" for step in path)


def finding(path: tuple[str, ...], test: Test) -> list[str] | None:
    """Paths of which one finds something where the test passes, on the way by names.

    `None` when paths can't say that.
    """
    match test:
        case Exists():
            return [to(path)]
        case HasType(names):
            return [_typed(path, name) for name in names]
        case Compare():
            return comparing(path, test)
        case Equal(value):
            return finding(path, In((value,)))
        case In(values) if not any(isinstance(value, list | dict) for value in values):
            return _equal(path, values)
    return None


def comparing(path: tuple[str, ...], test: Compare) -> list[str]:
    """The paths that `finding` has for a range."""
    kind, literal = _type(test.operand), _literal(test.operand)
    return [f'{to(path)} ? (@.type() == "{kind}" && @ {test.operator} {literal})']


def missing(path: tuple[str, ...]) -> list[str]:
    """Paths that find something where a way ends before the path does."""
    found = []
    for end in range(len(path)):
        parent, member = to(path[:end]), _literal(path[end])
        found.append(f'{parent} ? (@.type() == "object" && !exists(@.{member}))')
        if end:
            # An array's elements that are no objects are not on any way.
            found.append(f'{parent}.type() ? (@ != "object" && @ != "array")')
    return found


def _equal(path: tuple[str, ...], values: tuple[Any, ...]) -> list[str]:
    by_type: dict[str, list[str]] = {"string": [], "number": [], "boolean": []}
    for value in values:
        if value is not None:
            by_type[_type(value)].append(f"@ == {_literal(value)}")
    filters = [
        f'(@.type() == "{name}" && ({" || ".join(equal)}))'
        for name, equal in by_type.items()
        if equal
    ]
    found = [f"{to(path)} ? ({' || '.join(filters)})"] if filters else []
    if None in values:
        found += [f'{to(path)} ? (@.type() == "null")', *missing(path)]
    return found


def _typed(path: tuple[str, ...], name: str) -> str:
    if name == "array":
        # Not by a filter, which would look into it.
        return f'{to(path)}.type() ? (@ == "array")'
    if name == "integer":
        return f'{to(path)} ? (@.type() == "number" && @.floor() == @)'
    return f'{to(path)} ? (@.type() == "{name}")'


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
