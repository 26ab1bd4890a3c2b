"""Counts that stay cheap, on both databases."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.counts import about
from collective.mwsvm.database.counts import up_to
from itertools import count
from sqlalchemy import text


roles = collections.roles


def fill(connection, number):
    ids = count(1)
    collection = Collection(connection, roles, lambda: f"{next(ids):024x}")
    return collection.insert({"name": f"r{place}"} for place in range(number))


def test_what_matches_is_counted_up_to_a_limit(database):
    with database.transaction() as connection:
        fill(connection, 5)
        some = roles.table.c.name != "r0"
        assert up_to(connection, roles.table, some) == 4
        assert up_to(connection, roles.table, some, limit=3) == 3
        assert up_to(connection, roles.table, roles.table.c.name == "none") == 0


def test_small_tables_are_counted(database):
    with database.transaction() as connection:
        assert about(connection, roles.table) == 0
        made = fill(connection, 5)
        Collection(connection, roles, str).remove(made[2]["id"])
        assert about(connection, roles.table) == 4
        assert about(connection, roles.table, exact=4) == 4


def test_large_tables_are_estimated(database):
    with database.transaction() as connection:
        made = fill(connection, 20)
        Collection(connection, roles, str).remove(made[0]["id"])
        if connection.dialect.name == "postgresql":
            # Nothing is known before the first ANALYZE, but that there are more.
            assert about(connection, roles.table, exact=4) == 5
            connection.execute(text("ANALYZE roles"))
        assert about(connection, roles.table, exact=4) == 19
