"""How many rows there are, without counting for long."""

from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import literal
from sqlalchemy import select
from sqlalchemy import Table
from sqlalchemy import text


#: Up to so many rows are counted; that takes some milliseconds.
EXACT = 100_000

# Rows are numbered as they come, and what goes is mostly the oldest.
_SPAN = "SELECT (SELECT max(rowid) FROM {table}) - (SELECT min(rowid) FROM {table}) + 1"


def up_to(
    connection: Connection, table: Table, where: ColumnElement[bool], limit: int = EXACT
) -> int:
    """How many rows match; ``limit`` stands for all that is more."""
    some = select(literal(1)).select_from(table).where(where).limit(limit).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def about(connection: Connection, table: Table, exact: int = EXACT) -> int:
    """How many rows the table has; of more than ``exact`` what the database estimates."""
    some = select(literal(1)).select_from(table).limit(exact + 1).subquery()
    found = connection.scalar(select(func.count()).select_from(some)) or 0
    return found if found <= exact else max(found, _estimate(connection, table))


def _estimate(connection: Connection, table: Table) -> int:
    if connection.dialect.name == "sqlite":
        quoted = connection.dialect.identifier_preparer.format_table(table)
        return int(connection.scalar(text(_SPAN.format(table=quoted))) or 0)
    planned = text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:table)")
    return int(connection.scalar(planned, {"table": table.name}) or 0)
