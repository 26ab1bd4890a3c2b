from collective.mwsvm.database import collections  # noqa: F401 - declares tables
from collective.mwsvm.database.engine import Database
from collective.mwsvm.database.engine import Databases
from collective.mwsvm.database.tables import leases
from collective.mwsvm.database.tables import metadata
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Unavailable
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import text
import pytest
import sqlite3
import threading
import transaction


def add(connection, name):
    connection.execute(insert(leases).values(name=name, holder="me", until=1.0))


def names(database):
    with database.reading() as connection:
        return set(connection.scalars(select(leases.c.name)))


SQLITE_SCHEMA = """
SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type != 'trigger'
"""

POSTGRESQL_SCHEMA = """
SELECT table_name || '.' || column_name, data_type || ' ' || is_nullable || ' '
    || coalesce(collation_name, '') || ' ' || coalesce(column_default, '') || ' '
    || coalesce(generation_expression, '') || is_identity
FROM information_schema.columns WHERE table_schema = 'public'
UNION SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
"""


def schema(connection):
    """What the database itself says of its tables and indexes."""
    sqlite = connection.dialect.name == "sqlite"
    statement = SQLITE_SCHEMA if sqlite else POSTGRESQL_SCHEMA
    return {
        name: sorted(sql.replace(",", " ").split())
        for name, sql in connection.execute(text(statement))
        if not name.startswith(("alembic_version", "sqlite_"))
    }


def test_migrations_make_exactly_the_declared_tables(database):
    database.prepare()
    with database.engine.begin() as connection:
        migrated = schema(connection)
        metadata.drop_all(connection)
        metadata.create_all(connection)
        declared = schema(connection)
    assert migrated == declared


def test_a_second_start_leaves_the_database_alone(database):
    with database.transaction() as connection:
        add(connection, "kept")
    again = Database(database.url, "site-1")
    assert names(again) == {"kept"}
    again.close()


def test_many_processes_may_start_at_once(empty_database_url):
    found = [Database(empty_database_url, "site-1") for _ in range(8)]
    errors = []
    start = threading.Barrier(len(found))

    def prepare(database):
        start.wait()
        try:
            database.prepare()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=prepare, args=(d,)) for d in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for database in found:
        database.close()


def test_a_new_sqlite_file_that_is_busy_is_waited_for(tmp_path):
    path = tmp_path / "mwsvm.sqlite"
    other = sqlite3.connect(path, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    late = threading.Timer(0.2, other.rollback)
    late.start()
    database = Database(f"sqlite:///{path}", "site-1")
    database.prepare()
    assert names(database) == set()
    database.close()
    late.join()
    other.close()


def test_a_database_of_another_site_is_refused(database):
    database.prepare()
    other = Database(database.url, "site-2")
    with pytest.raises(Conflict, match=r"belongs to the site site-1, not to site-2"):
        other.prepare()
    other.close()


def test_a_database_of_a_newer_release_is_refused(database):
    database.prepare()
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    newer = Database(database.url, "site-1")
    with pytest.raises(Unavailable, match="version 9999"):
        newer.prepare()
    newer.close()


def test_writing_is_committed_with_the_zope_transaction(database):
    with database.writing() as connection:
        add(connection, "a")
    transaction.commit()
    assert names(database) == {"a"}


def test_writing_is_forgotten_when_the_zope_transaction_is_aborted(database):
    with database.writing() as connection:
        add(connection, "a")
    transaction.abort()
    assert names(database) == set()


def test_reading_sees_what_this_transaction_has_written(database):
    with database.writing() as connection:
        add(connection, "a")
    assert names(database) == {"a"}
    transaction.abort()


def test_a_transaction_of_its_own_is_rolled_back_when_the_block_raises(database):
    with pytest.raises(ValueError, match="no"), database.transaction() as connection:
        add(connection, "a")
        raise ValueError("no")
    assert names(database) == set()


def test_writers_wait_for_each_other_and_nobody_fails(database):
    database.prepare()
    errors = []

    def write(number):
        try:
            for turn in range(20):
                with database.transaction() as connection:
                    connection.scalar(select(func.count()).select_from(leases))
                    add(connection, f"{number}-{turn}")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(names(database)) == 160


def test_a_locked_database_is_a_clear_error_and_not_a_long_wait(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/a.sqlite", "site-1", busy_timeout=0.1)
    database.prepare()
    other = sqlite3.connect(tmp_path / "a.sqlite")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="try again"), database.writing():
        pass
    transaction.abort()
    other.rollback()
    other.close()
    with database.writing() as connection:
        add(connection, "a")
    transaction.commit()
    assert names(database) == {"a"}
    database.close()


def test_reading_goes_on_while_another_process_writes(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/a.sqlite", "site-1", busy_timeout=0.1)
    database.prepare()
    other = sqlite3.connect(tmp_path / "a.sqlite")
    other.execute("BEGIN IMMEDIATE")
    assert names(database) == set()
    other.rollback()
    other.close()
    database.close()


@pytest.mark.parametrize(
    "url, said",
    [
        ("nonsense", "can't be used"),
        ("mysql://localhost/x", "sqlite and postgresql are supported"),
        ("oracle://localhost/x", "sqlite and postgresql are supported"),
    ],
)
def test_a_url_that_can_not_work_says_so(url, said):
    with pytest.raises(Unavailable, match=said):
        Database(url, "site-1")


def test_a_server_out_of_reach_is_unavailable():
    database = Database("postgresql://x@127.0.0.1:1/x", "site-1", busy_timeout=2)
    with pytest.raises(Unavailable, match="try again"):
        database.prepare()
    database.close()


def test_each_site_gets_a_database_of_its_own(tmp_path):
    databases = Databases()
    url = f"sqlite:///{tmp_path}/{{site}}.sqlite"
    one = databases.get(url, "one")
    assert databases.get(url, "one") is one
    databases.get(url, "two").prepare()
    one.prepare()
    assert sorted(path.name for path in tmp_path.glob("*.sqlite")) == [
        "one.sqlite",
        "two.sqlite",
    ]
    databases.close()
