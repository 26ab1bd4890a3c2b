"""SQL for values inside JSONB on PostgreSQL, with the query language's idea of arrays."""

from collections.abc import Iterator
from collective.mwsvm.database import jsonpath
from collective.mwsvm.database.conditions import is_index
from collective.mwsvm.database.target import Sql
from dataclasses import dataclass
from sqlalchemy import BigInteger
from sqlalchemy import bindparam
from sqlalchemy import Boolean
from sqlalchemy import case
from sqlalchemy import cast
from sqlalchemy import column
from sqlalchemy import exists
from sqlalchemy import false
from sqlalchemy import func
from sqlalchemy import Function
from sqlalchemy import literal_column
from sqlalchemy import Numeric
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import TableValuedAlias
from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import JSONPATH
from typing import Any
import json


#: A table with one column, ``value``.
Rows = TableValuedAlias

ONE: Sql = literal_column("1")


@dataclass(frozen=True)
class Way:
    """One way to go along a path: to ``base`` in the rows of ``tables``, then by names.

    Without names the way has ended at the base, at a position in an array.
    """

    tables: tuple[Rows, ...]
    base: Sql
    names: tuple[str, ...]

    def exists(self, condition: Sql) -> Sql:
        """Whether the condition holds in one of the rows."""
        if not self.tables:
            return condition
        return exists(select(ONE).select_from(*self.tables).where(condition))


def ways(document: Sql, path: tuple[str, ...]) -> Iterator[Way]:
    """All ways: by names only, and by position for each number in the path."""
    return _ways(document, path, first=1)


def _ways(base: Sql, path: tuple[str, ...], first: int) -> Iterator[Way]:
    yield Way((), base, path)
    # The first step from a document is a name: it is no array.
    for at in range(first, len(path)):
        if not is_index(path[at]):
            continue
        tables: tuple[Rows, ...] = (found(base, path[:at]),) if at else ()
        element = _element(tables[0].c.value if at else base, int(path[at]))
        if rest := path[at + 1 :]:
            for way in _ways(element, rest, first=0):
                yield Way((*tables, *way.tables), way.base, way.names)
        else:
            yield Way(tables, element, ())


def found(base: Sql, names: tuple[str, ...]) -> Rows:
    """What is there at the end of the path, arrays as they are."""
    return rows_of(base, jsonpath.to(names))


def rows_of(base: Sql, path: str) -> Rows:
    """What an SQL/JSON path finds."""
    return _rows(func.jsonb_path_query(base, _path(path)))


def elements(value: Sql) -> Rows:
    """The elements of an array; none of what is no array."""
    nothing = literal_column("CAST('[]' AS JSONB)", JSONB)
    arrays = case((has_type(value, "array"), value), else_=nothing)
    return _rows(func.jsonb_array_elements(arrays))


def unfolded(value: Sql) -> Rows:
    """The elements of an array, null if it is empty; or the value itself."""
    nothing = literal_column("CAST('[]' AS JSONB)", JSONB)
    one_null = literal_column("CAST('[null]' AS JSONB)", JSONB)
    arrays = case(
        (value == nothing, one_null),
        (has_type(value, "array"), value),
        else_=func.jsonb_build_array(value, type_=JSONB),
    )
    return _rows(func.jsonb_array_elements(arrays))


def _rows(function: Function[Any]) -> Rows:
    # The caller says how they are joined.
    rows = function.table_valued(column("value", JSONB), joins_implicitly=True)
    return rows.render_derived()


def finds(value: Sql, paths: list[str]) -> Sql:
    """Whether one of the SQL/JSON paths finds something."""
    has = value.op("@?", return_type=Boolean)
    return or_(false(), *(has(_path(path)) for path in paths))


def has_type(value: Sql, *names: str) -> Sql:
    """Whether it is of one of these types, by the names that PostgreSQL has for them."""
    type_ = func.jsonb_typeof(value)
    return type_.in_([literal_column(f"'{name}'") for name in names])


def text_of(value: Sql) -> Sql:
    """A text's characters, a number's digits."""
    return value.op("#>>", return_type=Text)(literal_column("'{}'"))


def number_of(value: Sql) -> Sql:
    """The number, NULL for what is none."""
    return case((has_type(value, "number"), cast(text_of(value), Numeric)))


def json_value(value: Any) -> Sql:
    """A parameter with any JSON value."""
    return cast(text(json.dumps(value, ensure_ascii=False)), JSONB)


def text(value: str) -> Sql:
    """A parameter with a text."""
    return bindparam(None, value, Text, unique=True)


def whole(value: int) -> Sql:
    """A parameter with a whole number."""
    return bindparam(None, value, BigInteger, unique=True)


def _element(array: Sql, position: int) -> Sql:
    element = array.op("->", return_type=JSONB)(literal_column(str(position)))
    return case((has_type(array, "array"), element))


def _path(path: str) -> Sql:
    return cast(text(path), JSONPATH)
