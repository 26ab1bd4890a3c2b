"""Many rows at once, in the way that each of the two databases does best."""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Sequence
from collective.mwsvm.database import lenient
from collective.mwsvm.models.errors import Invalid
from functools import cache
from itertools import islice
from sqlalchemy import bindparam
from sqlalchemy import cast
from sqlalchemy import Column
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import JSON
from sqlalchemy import select
from sqlalchemy import Table
from sqlalchemy import Text
from sqlalchemy import type_coerce
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import Insert
from typing import Any
import orjson


#: The values of some columns; JSON as text.
Row = Sequence[str | None]

#: How many rows are sent at once, so that few are in memory.
_ROWS = 1000


def json_text(value: Any) -> str:
    """The JSON text for a column. Raises `Invalid` for what PostgreSQL can't keep."""
    text = orjson.dumps(value)
    if lenient.has_nul(text):
        raise Invalid(lenient.NUL)
    return text.decode()


def upsert(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Row]
) -> None:
    """Add rows, or put them in the place of those with their primary keys.

    No two have the same key.
    """
    send = _to_sqlite if connection.dialect.name == "sqlite" else _to_postgresql
    source = iter(rows)
    while part := list(islice(source, _ROWS)):
        send(connection, table, tuple(columns), part)


def replace(
    connection: Connection, documents: Table, rows: Iterable[tuple[str, str]]
) -> None:
    """Put other documents, given as id and text, in the place of those that are there."""
    if connection.dialect.name != "sqlite":
        upsert(connection, documents, ("id", "doc"), rows)
        return
    # An upsert would work out the generated columns twice.
    statement = f"UPDATE {documents.name} SET doc = ? WHERE id = ?"  # noqa: S608
    while part := [(text, id) for id, text in islice(rows, _ROWS)]:
        connection.exec_driver_sql(statement, part)


def _to_sqlite(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: list[Row]
) -> None:
    # Straight to the driver: there is nothing to be converted.
    connection.exec_driver_sql(_each(table, columns), [tuple(row) for row in rows])


def _to_postgresql(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: list[Row]
) -> None:
    # One text for all: arrays of texts are slow to write.
    json = {column.name for column in table.columns if isinstance(column.type, JSON)}
    objects = [
        {
            column: orjson.Fragment(value) if value and column in json else value
            for column, value in zip(columns, row, strict=True)
        }
        for row in rows
    ]
    text = orjson.dumps(objects).decode()
    connection.execute(_unfolded(table, columns), {"rows": text})


def remove(
    connection: Connection,
    table: Table,
    column: Column[str],
    names: Collection[str],
    *conditions: ColumnElement[bool],
) -> None:
    """Take away the rows with one of these names that meet all conditions."""
    if names:
        connection.execute(
            delete(table).where(*conditions, among(connection, column, names))
        )


def among(
    connection: Connection, column: ColumnElement[str], names: Collection[str]
) -> ColumnElement[bool]:
    """SQL for "the column is one of these", however many they are."""
    if connection.dialect.name == "sqlite":
        text = json_text(list(names))
        each = func.json_each(bindparam(None, text, Text, unique=True))
        return column.in_(select(each.table_valued("value").c.value))
    array = bindparam(None, list(names), postgresql.ARRAY(Text), unique=True)
    return column == func.any(array)


def as_text(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[str]:
    """SQL for the text of a JSON column."""
    if connection.dialect.name == "sqlite":
        return type_coerce(column, Text)
    return cast(column, Text)


@cache
def _each(table: Table, columns: tuple[str, ...]) -> str:
    insert = sqlite.insert(table).values(dict.fromkeys(columns, bindparam("value")))
    return str(
        insert.on_conflict_do_update(
            index_elements=table.primary_key, set_=_replaced(table, insert, columns)
        ).compile(dialect=sqlite.dialect())
    )


@cache
def _unfolded(table: Table, columns: tuple[str, ...]) -> Insert:
    typed = (Column(name, table.c[name].type) for name in columns)
    rows = (
        func.json_to_recordset(cast(bindparam("rows", type_=Text), postgresql.JSON))
        .table_valued(*typed, name="given")
        .render_derived(with_types=True)
    )
    insert = postgresql.insert(table).from_select(columns, select(rows))
    return insert.on_conflict_do_update(
        index_elements=table.primary_key, set_=_replaced(table, insert, columns)
    )


def _replaced(
    table: Table, insert: Any, columns: Sequence[str]
) -> dict[str, ColumnElement[Any]]:
    keys = {column.name for column in table.primary_key}
    return {name: insert.excluded[name] for name in columns if name not in keys}
