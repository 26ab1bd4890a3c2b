"""SQL for values inside JSON texts on SQLite, with the query language's idea of arrays.

SQLite's own JSON paths know arrays only by position. Most documents have no array where
a query looks, so the SQL asks for the type first, and unfolds arrays by ``json_each``
only where there are some. SQLite parses a document once for all of these calls.
"""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.database.target import Sql
from sqlalchemy import and_
from sqlalchemy import BigInteger
from sqlalchemy import bindparam
from sqlalchemy import case
from sqlalchemy import Double
from sqlalchemy import exists
from sqlalchemy import false
from sqlalchemy import func
from sqlalchemy import Integer
from sqlalchemy import literal_column
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import TableValuedAlias
from sqlalchemy import Text
from typing import Any
import json


#: What makes SQL that tests a value, by the type that ``json_type`` has for it.
Tests = Mapping[str, Callable[[Sql], Sql]]

_ONE: Sql = literal_column("1")


def bound(value: Any) -> Sql:
    """A parameter with a text, a number or a boolean."""
    if isinstance(value, str):
        return bindparam(None, value, Text, unique=True)
    if isinstance(value, bool):
        return bindparam(None, int(value), Integer, unique=True)
    number = Double if isinstance(value, float) else BigInteger
    return bindparam(None, value, number, unique=True)


def one_of(value: Sql, wanted: Sequence[Any]) -> Sql:
    """Whether the value is one of these texts or numbers."""
    # One parameter, however many they are.
    each = _each(bound(json.dumps(wanted)))
    return value.in_(select(each.c.value))


class Member:
    """What is at a path in a JSON text. Keys must be `sayable`."""

    def __init__(self, document: Sql, path: tuple[str, ...]):
        self._document = document
        self._path = path
        self._json_path = bound(_json_path(path))
        #: The type of what is there if no array is on the way; NULL if nothing is.
        self.type: Sql = func.json_type(document, self._json_path, type_=Text)
        self.value: Sql = func.json_extract(document, self._json_path)

    def passes(self, tests: Tests) -> Sql:
        """Whether it is of one of these types and passes that test; it is no array."""
        return _by_type(
            self.type, {name: test(self.value) for name, test in tests.items()}
        )

    def any_passes(self, tests: Tests) -> Sql:
        """Whether one of the values that the path leads to passes."""
        branches = {name: test(self.value) for name, test in tests.items()}
        branches["array"] = self._element_passes(tests)
        return _by_type(self.type, branches, self._beyond_arrays(self._unfolded(tests)))

    def any_exists(self) -> Sql:
        """Whether the path leads to a value."""
        *parents, parent = _unfold(self._document, self._path)
        there = func.json_type(parent, bound(_json_path(self._path[-1:]))).is_not(None)
        unfolded = exists(select(_ONE).select_from(*parents).where(there))
        return or_(self.type.is_not(None), self._beyond_arrays(unfolded))

    def any_is_null(self, beyond_arrays: Sql) -> Sql:
        """Whether one of the values is null or missing.

        ``beyond_arrays`` answers it where arrays are on the way.
        """
        null = self._element_passes({"null": lambda value: _ONE})
        branches = {"null": _ONE, "array": null}
        plain = _by_type(self.type, branches, self.type.is_(None))
        if len(self._path) == 1:
            return plain
        return case((self._has_arrays(), beyond_arrays), else_=plain)

    def _element_passes(self, tests: Tests) -> Sql:
        each = _each(self._document, self._json_path)
        return exists(select(_ONE).select_from(each).where(_passes(each, tests)))

    def _beyond_arrays(self, unfolded: Sql) -> Sql:
        # Only a longer path can have an array on its way.
        if len(self._path) == 1:
            return false()
        return case((self._has_arrays(), unfolded), else_=false())

    def _has_arrays(self) -> Sql:
        prefixes = (self._path[:end] for end in range(1, len(self._path)))
        return or_(
            *(
                func.json_type(self._document, bound(_json_path(prefix)))
                == literal_column("'array'")
                for prefix in prefixes
            )
        )

    def _unfolded(self, tests: Tests) -> Sql:
        *parents, parent = _unfold(self._document, self._path)
        leaf = _elements(parent, self._path[-1])
        return exists(
            select(_ONE).select_from(*parents, leaf).where(_passes(leaf, tests))
        )


def is_sayable(step: str) -> bool:
    """Whether a JSON path can have this key.

    SQLite 3.40 has no escapes in paths, and compares with the document's own spelling.
    """
    return (
        step.isascii() and step.isprintable() and '"' not in step and "\\" not in step
    )


def _json_path(path: tuple[str, ...]) -> str:
    return "$" + "".join(f'."{step}"' for step in path)


def _each(*arguments: Sql) -> TableValuedAlias:
    # The caller says how it is joined.
    function = func.json_each(*arguments)
    return function.table_valued("value", "type", joins_implicitly=True)


def _unfold(document: Sql, path: tuple[str, ...]) -> Iterator[Any]:
    """Tables of what each step but the last leads to, then what the last one goes from."""
    parent = document
    for step in path[:-1]:
        each = _elements(parent, step)
        yield each
        # What is no object has no members.
        is_object = each.c.type == literal_column("'object'")
        parent = case((is_object, each.c.value), else_=literal_column("'{}'"))
    yield parent


def _elements(parent: Sql, step: str) -> TableValuedAlias:
    """The member's elements, or the member itself as the only one."""
    path = bound(_json_path((step,)))
    member = parent.op("->")(path)
    is_array = func.json_type(parent, path) == literal_column("'array'")
    # Nothing comes of NULL, and so of a missing member.
    alone = literal_column("'['").op("||")(member).op("||")(literal_column("']'"))
    return _each(case((is_array, member), else_=alone))


def _passes(each: TableValuedAlias, tests: Tests) -> Sql:
    return or_(
        *(
            and_(each.c.type == literal_column(f"'{name}'"), test(each.c.value))
            for name, test in tests.items()
        )
    )


def _by_type(
    type_: Sql, branches: Mapping[str, Sql], otherwise: Sql | None = None
) -> Sql:
    return case(
        *((literal_column(f"'{name}'"), sql) for name, sql in branches.items()),
        value=type_,
        else_=false() if otherwise is None else otherwise,
    )
