"""Numbers for the ids of what is numbered: each is given once."""

from collective.mwsvm.database.tables import sequences
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite


def following(connection: Connection, name: str) -> int:
    """The number after the last one of this name, from 1 on.

    Until the transaction ends others wait here: one comes after the other.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    number = connection.scalar(
        dialect.insert(sequences)
        .values(name=name, last=1)
        .on_conflict_do_update(
            index_elements=[sequences.c.name], set_={"last": sequences.c.last + 1}
        )
        .returning(sequences.c.last)
    )
    return int(number or 0)
