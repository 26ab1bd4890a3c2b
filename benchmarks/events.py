"""Events in their hundreds of thousands: queries, ingest, many clients, kill -9."""

from benchmarks.common import in_turns
from benchmarks.common import Rest
from benchmarks.common import Site
from benchmarks.common import Table
from benchmarks.rest import EVENT
from collective.mwsvm.database import collections
from collective.mwsvm.models import dates
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from sqlalchemy import insert
from sqlalchemy import text
from tests.services import PostgreSQL
import json
import os
import time


MANY = int(os.environ.get("MWSVM_BENCH_EVENTS", "1000000"))

#: When the first of them happened; one each second.
START = 1_600_000_000

BATCH = 100

NEWEST = {"sort": '{"eventTime":-1}', "max": 50}


def event(number: int) -> dict:
    """One of twenty types, two hundred users; each twentieth failed."""
    return {
        **EVENT,
        "eventTime": dates.mws(START + number),
        "eventType": f"type{number * 7 % 20}",
        "status": "failure" if number % 20 == 3 else "success",
        "initiatedBy": {"user": "tomcat6", "proxyUser": f"user{number * 13 % 200}"},
        "primaryObject": {"type": "job", "id": f"moab.{number}", "serialization": None},
        "details": {"rack": f"r{number % 1000}", "number": str(number)},
    }


def rows(first: int, count: int) -> list[dict]:
    return [
        {"id": f"{number:024x}", "doc": {**event(number), "id": f"{number:024x}"}}
        for number in range(first, first + count)
    ]


def sqlite(directory: Path, table: Table) -> None:
    """On SQLite, in a file."""
    site = Site(directory / "events-sqlite")
    _measured(site, table, "SQLite")


def postgresql(directory: Path, table: Table) -> None:
    """On PostgreSQL as Debian sets it up, vacuumed."""
    with _server() as url:
        site = Site(directory / "events-postgresql", database_url=url)
        _measured(site, table, "PostgreSQL")
        site.database.close()


@contextmanager
def _server():
    import tempfile

    # Not below a directory that only its owner may enter.
    with tempfile.TemporaryDirectory(prefix="mwsvm-pg-") as name:
        server = PostgreSQL(Path(name))
        server.start()
        try:
            yield server.new_database()
        finally:
            server.stop()


def _measured(site: Site, table: Table, name: str) -> None:
    _fill(site)
    with site.serving():
        call = Rest(site)
        unit = partial(call.seconds_of, "GET", "document")
        list_ = partial(call.seconds_of, "GET", "mws/rest/events")
        queries = {
            "one indexed field": {"eventType": "type7"},
            "two indexed fields": {"eventType": "type3", "status": "failure"},
            "an unindexed nested field": {"details.rack": "r77"},
        }
        if name == "SQLite":
            nested = queries.pop("an unindexed nested field")
        calls = [
            partial(list_, query=json.dumps(query), **NEWEST)
            for query in queries.values()
        ]
        base, *taken = in_turns(60, unit, *calls)
        for what, seconds in zip(queries, taken, strict=True):
            label = f"{name}, {MANY:,} events: {what}, by time, 50 and the count"
            table.add_ratio(label, seconds, base, 2)
        if name == "SQLite":
            query = json.dumps(nested)
            seconds, by_hand = in_turns(
                5, partial(list_, query=query, **NEWEST), partial(_by_hand, site)
            )
            label = (
                f"{name}, {MANY:,} events: an unindexed nested field, by SQL by hand"
            )
            table.add_ratio(label, seconds, by_hand, 2)
        _ingest(site, call, table, name)


def _fill(site: Site) -> None:
    with site.database.transaction() as connection:
        for first in range(0, MANY, 5000):
            connection.execute(insert(collections.events.table), rows(first, 5000))
    with site.database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("ANALYZE")
        else:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("VACUUM ANALYZE events")


def _by_hand(site: Site) -> float:
    """What anybody would write for the same answer."""
    where = "WHERE json_extract(doc, '$.details.rack') = 'r77'"
    begin = time.perf_counter()
    with site.database.engine.connect() as connection:
        newest = f"SELECT doc FROM events {where} ORDER BY event_time DESC LIMIT 50"
        assert len(connection.execute(text(newest)).all()) == 50
        connection.scalar(text(f"SELECT count(*) FROM events {where}"))
    return time.perf_counter() - begin


def _ingest(site: Site, call: Rest, table: Table, name: str) -> None:
    """Batches over HTTP, and the same rows by bare inserts, in turns."""
    numbers = iter(range(2 * MANY, 3 * MANY, BATCH))

    def bare() -> float:
        first = next(numbers)
        begin = time.perf_counter()
        with site.database.transaction() as connection:
            connection.execute(insert(collections.events.table), rows(first, BATCH))
        return time.perf_counter() - begin

    def posted() -> float:
        first = next(numbers)
        batch = [event(number) for number in range(first, first + BATCH)]
        return call.seconds_of("POST", "mws/rest/events", batch)

    seconds, base = in_turns(60, posted, bare)
    table.add(
        f"{name}: POST of {BATCH} events, in rows a second, by bare inserts",
        f"{base / seconds:.2f} x ({BATCH / seconds:,.0f} / {BATCH / base:,.0f})",
        "at least 0.5 x",
        base / seconds >= 0.5,
    )
