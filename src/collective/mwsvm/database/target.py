"""What the SQL compilers share: what they compile for, plain columns, and, or and not."""

from abc import ABC
from abc import abstractmethod
from collective.mwsvm.database.conditions import And
from collective.mwsvm.database.conditions import Compare
from collective.mwsvm.database.conditions import Condition
from collective.mwsvm.database.conditions import Equal
from collective.mwsvm.database.conditions import Field
from collective.mwsvm.database.conditions import In
from collective.mwsvm.database.conditions import Not
from collective.mwsvm.database.conditions import Or
from collective.mwsvm.database.conditions import Test
from sqlalchemy import and_
from sqlalchemy import Boolean
from sqlalchemy import ColumnElement
from sqlalchemy import false
from sqlalchemy import func
from sqlalchemy import not_
from sqlalchemy import or_
from sqlalchemy import true
from typing import Any
from typing import Protocol
import operator


#: SQL for the comparisons of the query language.
COMPARISONS = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}

#: SQL that is true, false or NULL.
Sql = ColumnElement[Any]


class Target(Protocol):
    """The documents that SQL is made for, and what is declared of their fields."""

    @property
    def document(self) -> Sql:
        """The whole document: JSON in a text on SQLite, JSONB on PostgreSQL."""

    def column(self, path: str) -> Sql | None:
        """A column that holds the value at the path, and NULL for what is not its kind.

        Only for paths that are `single`.
        """

    def kind(self, path: str) -> str:
        """Of a path with a column: ``text``, ``number`` or ``boolean``."""

    def single(self, path: str) -> bool:
        """Whether the path is never an array, and leads through objects only."""


class Compiler(ABC):
    """Makes SQL conditions of a query; what databases do differently is left to them.

    SQL made here is NULL at times where a condition does not hold, as it is in SQL.
    """

    def __init__(self, target: Target):
        self.target = target

    @abstractmethod
    def field(self, field: Field) -> Sql:
        """SQL that is true where the field passes."""

    @abstractmethod
    def bound(self, column: Sql, value: Any) -> Sql:
        """A parameter with this text, number or boolean, fit for the column's index."""

    def by_code_points(self, column: Sql) -> Sql:
        """A text column in the order that the query language has."""
        return column

    def grouped(self, node: And | Or) -> And | Or:
        """The same, put together in a way that suits the database."""
        return node

    def condition(self, node: Condition, negative: bool = False) -> Sql:
        """SQL that is true where the condition holds, or does not when ``negative``."""
        match node:
            case Not(part):
                return self.condition(part, not negative)
            case Field():
                sql = self.field(node)
                return (
                    not_(func.coalesce(sql, false(), type_=Boolean))
                    if negative
                    else sql
                )
        parts = [self.condition(part, negative) for part in self.grouped(node).parts]
        if isinstance(node, And) != negative:
            return and_(true(), *parts)
        return or_(false(), *parts)

    def single(self, path: str) -> bool:
        """Whether there are no arrays on this path, by any declaration."""
        return self.target.single(path) or self.target.column(path) is not None

    def has_column(self, field: Field) -> bool:
        """Whether `on_column` makes SQL for it."""
        return (
            isinstance(field.test, Equal | In | Compare)
            and self.target.column(field.name) is not None
            and not _has_compounds(field.test)
        )

    def on_column(self, field: Field) -> Sql:
        """A plain comparison of the column, which its indexes serve.

        Values of another kind than the column's match nothing.
        """
        column = self.target.column(field.name)
        kind = self.target.kind(field.name)
        assert column is not None  # has_column()
        match field.test:
            case Equal(None):
                return column.is_(None)
            case Equal(value):
                if _fits(kind, value):
                    return column == self.bound(column, value)
            case In(values):
                fitting = [value for value in values if _fits(kind, value)]
                found: Sql = column.in_(
                    [self.bound(column, value) for value in fitting]
                )
                if not fitting:
                    found = false()
                return or_(found, column.is_(None)) if None in values else found
            case Compare(symbol, operand) if _fits(kind, operand):
                ordered = self.by_code_points(column) if kind == "text" else column
                sql: Sql = COMPARISONS[symbol](ordered, self.bound(column, operand))
                return sql
        return false()


def _fits(kind: str, value: Any) -> bool:
    types: Any = {"text": str, "number": int | float, "boolean": bool}[kind]
    return isinstance(value, types) and (kind == "boolean") == isinstance(value, bool)


def _has_compounds(test: Test) -> bool:
    # The column is NULL for them, as if there were none.
    match test:
        case Equal(value):
            return isinstance(value, list | dict)
        case In(values):
            return any(isinstance(value, list | dict) for value in values)
    return False
