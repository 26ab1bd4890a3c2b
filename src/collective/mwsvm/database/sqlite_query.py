"""Queries as SQL for SQLite.

Equality, ``$in``, ranges, ``$exists`` and ``null`` become plain SQL. Rarer tests, and paths
that SQLite can't say, call `matcher` as an SQL function, once for all that stand together.
Documents are texts in which ASCII letters are written as such, as JSON libraries do.
"""

from collections.abc import Iterable
from collective.mwsvm.database import conditions
from collective.mwsvm.database import matcher
from collective.mwsvm.database import ordering
from collective.mwsvm.database import sqlite_json
from collective.mwsvm.database.conditions import And
from collective.mwsvm.database.conditions import Compare
from collective.mwsvm.database.conditions import Condition
from collective.mwsvm.database.conditions import Equal
from collective.mwsvm.database.conditions import Exists
from collective.mwsvm.database.conditions import Field
from collective.mwsvm.database.conditions import In
from collective.mwsvm.database.conditions import is_index
from collective.mwsvm.database.conditions import Not
from collective.mwsvm.database.conditions import Or
from collective.mwsvm.database.conditions import Test
from collective.mwsvm.database.query import Query
from collective.mwsvm.database.sqlite_json import bound
from collective.mwsvm.database.sqlite_json import Member
from collective.mwsvm.database.sqlite_json import Tests
from collective.mwsvm.database.target import COMPARISONS
from collective.mwsvm.database.target import Compiler
from collective.mwsvm.database.target import Sql
from collective.mwsvm.database.target import Target
from functools import lru_cache
from sqlalchemy import Boolean
from sqlalchemy import false
from sqlalchemy import func
from sqlalchemy import LargeBinary
from sqlalchemy import literal_column
from sqlalchemy import or_
from sqlalchemy import Text
from sqlalchemy import true
from sqlalchemy import type_coerce
from typing import Any
import orjson


#: Beyond, the SQL would get too long for SQLite, and no faster.
_MAX_STEPS = 6
_MAX_FIELDS = 40


def where(query: Query, target: Target) -> Sql:
    """SQL that is true for the documents that match the query, else false or NULL.

    The connection must have been through `register`.
    """
    return _Compiler(target, query).condition(query.condition)


def order_by(sort: Iterable[tuple[str, int]], target: Target) -> list[Sql]:
    """SQL to order documents by, without the tie-break. It needs `register`, too."""
    terms: list[Sql] = []
    for path, direction in sort:
        ascending = direction > 0
        term = target.column(path)
        if term is None:
            document = type_coerce(target.document, Text)
            sign: Sql = literal_column("1" if ascending else "-1")
            term = func.mws_sort_key(document, bound(path), sign, type_=LargeBinary)
        terms.append(term.asc() if ascending else term.desc())
    return terms


def register(connection: Any) -> None:
    """Give a new connection of the driver the functions that our SQL calls."""
    # One row's document is often asked for several times.
    parsed = lru_cache(maxsize=1)(orjson.loads)
    decoded = lru_cache(maxsize=256)(conditions.decode)

    def match(document: str | None, condition: str) -> bool | None:
        if document is None:
            return None
        return matcher.holds(decoded(condition), parsed(document))

    def sort_key(document: str | None, path: str, direction: int) -> bytes | None:
        if document is None:
            return None
        return ordering.packed(ordering.key(parsed(document), path, direction))

    connection.create_function("mws_match", 2, match, deterministic=True)
    connection.create_function("mws_sort_key", 3, sort_key, deterministic=True)


class _Compiler(Compiler):
    def __init__(self, target: Target, query: Query):
        super().__init__(target)
        self._document = type_coerce(target.document, Text)
        names = [".".join(path) for path, _ in conditions.fields_of(query.condition)]
        undeclared = [name for name in names if target.column(name) is None]
        self._is_large = len(undeclared) > _MAX_FIELDS

    def bound(self, column: Sql, value: Any) -> Sql:
        return bound(value)

    def condition(self, node: Condition, negative: bool = False) -> Sql:
        if self._is_rare(node):
            return self._match(Not(node) if negative else node)
        return super().condition(node, negative)

    def grouped(self, node: And | Or) -> And | Or:
        rare = tuple(part for part in node.parts if self._is_rare(part))
        others = tuple(part for part in node.parts if not self._is_rare(part))
        return type(node)((*others, type(node)(rare))) if rare else node

    def field(self, field: Field) -> Sql:
        if self.has_column(field):
            return self.on_column(field)
        member = Member(self._document, field.path)
        single = self.single(field.name)
        if isinstance(field.test, Exists):
            return member.type.is_not(None) if single else member.any_exists()
        found = []
        if _asks_for_null(field.test):
            if single:
                found += [
                    member.type.is_(None),
                    member.type == literal_column("'null'"),
                ]
            else:
                beyond = self._match(Field(field.path, Equal(None)))
                found.append(member.any_is_null(beyond))
        if tests := _tests(field.test):
            found.append(member.passes(tests) if single else member.any_passes(tests))
        return or_(false(), *found)

    def _match(self, node: Condition) -> Sql:
        condition = bound(conditions.encode(node))
        return func.mws_match(self._document, condition, type_=Boolean)

    def _is_rare(self, node: Condition) -> bool:
        """Whether there is plain SQL for no part of it."""
        match node:
            case And(parts) | Or(parts):
                return bool(parts) and all(map(self._is_rare, parts))
            case Not(part):
                return self._is_rare(part)
            case Field():
                return not self.has_column(node) and not self._is_plain(node)

    def _is_plain(self, field: Field) -> bool:
        path = field.path
        return (
            not self._is_large
            and len(path) <= _MAX_STEPS
            and all(map(sqlite_json.is_sayable, path))
            and (self.single(field.name) or not any(map(is_index, path)))
            and (isinstance(field.test, Exists) or _tests(field.test) is not None)
        )


def _asks_for_null(test: Test) -> bool:
    return test == Equal(None) or (isinstance(test, In) and None in test.values)


def _tests(test: Test) -> Tests | None:
    """What makes SQL that tests values, other than null; `None` for what is rare."""
    match test:
        case Equal(value):
            return _tests(In((value,)))
        case In(values):
            if any(isinstance(value, list | dict) for value in values):
                return None
            return _equality(values)
        case Compare(symbol, operand):
            compare = COMPARISONS[symbol]
            types = ["text"] if isinstance(operand, str) else ["integer", "real"]
            return dict.fromkeys(types, lambda value: compare(value, bound(operand)))
    return None


def _equality(values: tuple[Any, ...]) -> Tests:
    texts = [value for value in values if isinstance(value, str)]
    booleans = [value for value in values if isinstance(value, bool)]
    numbers = [value for value in values if not isinstance(value, str | bool | None)]
    tests: dict[str, Any] = {}
    if texts:
        tests["text"] = lambda value: _is_one_of(value, texts)
    if numbers:
        tests["integer"] = tests["real"] = lambda value: _is_one_of(value, numbers)
    for boolean in booleans:
        tests["true" if boolean else "false"] = lambda value: true()
    return tests


def _is_one_of(value: Sql, wanted: list[Any]) -> Sql:
    if len(wanted) == 1:
        return value == bound(wanted[0])
    return sqlite_json.one_of(value, wanted)
