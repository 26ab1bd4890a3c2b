"""Queries as SQL for PostgreSQL.

What SQL/JSON paths can say goes through ``@?``, which a GIN index (jsonb_path_ops) serves
for equality and ``$in``. All else unfolds the values on a path into rows.
"""

from collections.abc import Iterable
from collective.mwsvm.database import jsonpath
from collective.mwsvm.database import ordering
from collective.mwsvm.database import postgresql_json
from collective.mwsvm.database import regexes
from collective.mwsvm.database.conditions import Compare
from collective.mwsvm.database.conditions import ElemMatch
from collective.mwsvm.database.conditions import Equal
from collective.mwsvm.database.conditions import Exists
from collective.mwsvm.database.conditions import Field
from collective.mwsvm.database.conditions import HasType
from collective.mwsvm.database.conditions import In
from collective.mwsvm.database.conditions import Mod
from collective.mwsvm.database.conditions import OF_ARRAYS
from collective.mwsvm.database.conditions import Regex
from collective.mwsvm.database.conditions import Size
from collective.mwsvm.database.conditions import Test
from collective.mwsvm.database.postgresql_json import elements
from collective.mwsvm.database.postgresql_json import finds
from collective.mwsvm.database.postgresql_json import has_type
from collective.mwsvm.database.postgresql_json import json_value
from collective.mwsvm.database.postgresql_json import number_of
from collective.mwsvm.database.postgresql_json import ONE
from collective.mwsvm.database.postgresql_json import text
from collective.mwsvm.database.postgresql_json import text_of
from collective.mwsvm.database.postgresql_json import Way
from collective.mwsvm.database.postgresql_json import whole
from collective.mwsvm.database.query import Query
from collective.mwsvm.database.target import Compiler
from collective.mwsvm.database.target import Sql
from collective.mwsvm.database.target import Target
from decimal import Decimal
from sqlalchemy import and_
from sqlalchemy import BigInteger
from sqlalchemy import bindparam
from sqlalchemy import Boolean
from sqlalchemy import case
from sqlalchemy import collate
from sqlalchemy import Double
from sqlalchemy import exists
from sqlalchemy import Float
from sqlalchemy import func
from sqlalchemy import literal_column
from sqlalchemy import Numeric
from sqlalchemy import or_
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy import Text
from sqlalchemy import true
from sqlalchemy import union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import JSONB
from typing import Any


def where(query: Query, target: Target) -> Sql:
    """SQL that is true for the documents that match the query, else false or NULL."""
    return _Documents(target).condition(query.condition)


def order_by(sort: Iterable[tuple[str, int]], target: Target) -> list[Sql]:
    """SQL to order documents by, without the tie-break.

    A column that may be NULL is read from an index only if that has NULLS FIRST.
    """
    terms: list[Sql] = []
    for path, direction in sort:
        column, ascending = target.column(path), direction > 0
        if column is None:
            terms += [
                key.asc().nulls_first() if ascending else key.desc().nulls_last()
                for key in _sort_keys(target, path, ascending)
            ]
            continue
        term = collate(column, "C") if target.kind(path) == "text" else column
        term = term.asc() if ascending else term.desc()
        if getattr(column, "nullable", True):
            # PostgreSQL holds NULL for the greatest.
            term = term.nulls_first() if ascending else term.nulls_last()
        terms.append(term)
    return terms


class _Documents(Compiler):
    """Compiles for the documents of a table."""

    def field(self, field: Field) -> Sql:
        if self.has_column(field):
            return self.on_column(field)
        return _field(self.target.document, field)

    def bound(self, column: Sql, value: Any) -> Sql:
        if isinstance(value, str):
            return text(value)
        if isinstance(value, bool):
            return bindparam(None, value, Boolean, unique=True)
        # In the column's own type, else its index does not serve.
        if isinstance(column.type, Float):
            return bindparam(None, float(value), Double, unique=True)
        if isinstance(column.type, Numeric):
            return bindparam(None, Decimal(repr(value)), Numeric, unique=True)
        number = BigInteger if isinstance(value, int) else Double
        return bindparam(None, value, number, unique=True)

    def by_code_points(self, column: Sql) -> Sql:
        return collate(column, "C")


class _Elements(Compiler):
    """Compiles for the elements of an array, which have no columns."""

    def __init__(self, element: Sql):
        self._element = element

    def field(self, field: Field) -> Sql:
        if field.path:
            return _field(self._element, field)
        return _passes(self._element, field.test)

    def bound(self, column: Sql, value: Any) -> Sql:
        raise NotImplementedError


def _field(document: Sql, field: Field) -> Sql:
    ways = postgresql_json.ways(document, field.path)
    return or_(*(way.exists(_any_passes(way, field.test)) for way in ways))


def _any_passes(way: Way, test: Test) -> Sql:
    """Whether one of the values at the end of the way passes."""
    if not way.names:
        return and_(way.base.is_not(None), _passes(way.base, test))
    paths = jsonpath.finding(way.names, test)
    if paths is not None:
        return finds(way.base, paths)
    leaf = postgresql_json.found(way.base, way.names)
    passes = _passes(leaf.c.value, test)
    if not isinstance(test, OF_ARRAYS):
        passes = or_(passes, _element_passes(leaf.c.value, test))
    sql: Sql = exists(select(ONE).select_from(leaf).where(passes))
    if isinstance(test, In) and None in test.values:
        # Not only null among arrays and objects, but also what is missing.
        sql = or_(sql, finds(way.base, jsonpath.missing(way.names)))
    return sql


def _element_passes(array: Sql, test: Test) -> Sql:
    element = elements(array)
    return exists(
        select(ONE).select_from(element).where(_passes(element.c.value, test))
    )


def _passes(value: Sql, test: Test) -> Sql:
    """Whether this one value passes; it is not NULL."""
    match test:
        case Equal(wanted):
            return value == json_value(wanted)
        case In(values):
            return value.in_(select(elements(json_value(values)).c.value))
        case Exists():
            return true()
        case Compare(operand=operand):
            # The path alone would look into an array.
            kind = "string" if isinstance(operand, str) else "number"
            return and_(
                has_type(value, kind), finds(value, jsonpath.comparing((), test))
            )
        case HasType(names):
            is_type = has_type(value, *names)
            if "integer" not in names:
                return is_type
            return or_(is_type, func.trunc(number_of(value)) == number_of(value))
        case Regex(pattern, options):
            expression = text(regexes.translate(pattern, options).postgresql)
            found = text_of(value).op("~", return_type=Boolean)(expression)
            return and_(has_type(value, "string"), found)
        case Mod(divisor, remainder):
            number = func.trunc(number_of(value))
            return and_(
                number.between(whole(-(2**63)), whole(2**63 - 1)),
                func.mod(number, whole(divisor)) == whole(remainder),
            )
        case Size(length):
            size = func.jsonb_array_length(value)
            return case((has_type(value, "array"), size == whole(length)))
        case ElemMatch(condition, objects):
            element = elements(value)
            matches = _Elements(element.c.value).condition(condition)
            if objects:
                matches = and_(has_type(element.c.value, "object"), matches)
            return exists(select(ONE).select_from(element).where(matches))


def _sort_keys(target: Target, path: str, ascending: bool) -> list[Sql]:
    """What orders like the values at the path do, see `ordering`."""
    steps = tuple(path.split("."))
    if target.single(path):
        names = bindparam(None, list(steps), ARRAY(Text), unique=True)
        return _keys(target.document.op("#>", return_type=JSONB)(names))
    values: list[Select[Any]] = []
    for way in postgresql_json.ways(target.document, steps):
        values += _values(way)
    found = union_all(*values).subquery()
    rank, number, characters = keys = _keys(found.c[0])
    first = [key.asc() if ascending else key.desc() for key in keys]
    # Null and nothing at all are the same.
    row = case((rank > literal_column("0"), func.row(rank, number, characters)))
    return [select(row).order_by(*first).limit(ONE).scalar_subquery()]


def _values(way: Way) -> list[Select[Any]]:
    """The values at the end of the way, arrays unfolded, null for what is missing."""
    if not way.names:
        return [select(way.base).select_from(*way.tables).where(way.base.is_not(None))]
    leaf = postgresql_json.found(way.base, way.names)
    element = postgresql_json.unfolded(leaf.c.value)
    values = [select(element.c.value).select_from(*way.tables, leaf, element)]
    for path in jsonpath.missing(way.names):
        nowhere = postgresql_json.rows_of(way.base, path)
        null = literal_column("CAST('null' AS JSONB)", JSONB)
        values.append(select(null).select_from(*way.tables, nowhere))
    return values


def _keys(value: Sql) -> list[Sql]:
    """Rank, number and text of one value."""
    is_true = value == json_value(True)
    rank = case(
        (has_type(value, "number"), literal_column(str(ordering.NUMBER))),
        (has_type(value, "string"), literal_column(str(ordering.TEXT))),
        (has_type(value, "object"), literal_column(str(ordering.OBJECT))),
        (has_type(value, "array"), literal_column(str(ordering.ARRAY))),
        (is_true, literal_column(str(ordering.BOOLEAN + 1))),
        (has_type(value, "boolean"), literal_column(str(ordering.BOOLEAN))),
        else_=literal_column(str(ordering.NULL)),
    )
    characters = case((has_type(value, "string"), collate(text_of(value), "C")))
    return [rank, number_of(value), characters]
