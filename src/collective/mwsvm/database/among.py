"""A list of texts within a statement, however long it is."""

from collections.abc import Iterable
from sqlalchemy import cast
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import literal
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import JSONB
from typing import Any
import orjson


def among(connection: Connection, values: Iterable[str]) -> Select[Any]:
    """The values, for ``column.in_(...)``: one parameter, where databases bound them."""
    text = literal(orjson.dumps(list(values)).decode())
    if connection.dialect.name == "sqlite":
        each = func.json_each(text)
    else:
        each = func.jsonb_array_elements_text(cast(text, JSONB))
    return select(each.table_valued("value").c.value)
