"""The inventory: what a poll of 10,000 nodes costs, and what a query of them needs."""

from benchmarks.common import Table
from benchmarks.events import _server
from collections.abc import Iterator
from collective.mwsvm.database import collections
from collective.mwsvm.database.engine import Database
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.database.tables import plugin_reports
from collective.mwsvm.inventory.queries import cluster_query
from collective.mwsvm.inventory.store import Inventory
from contextlib import contextmanager
from pathlib import Path
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select
from statistics import median
import gc
import time
import tracemalloc


MANY = 10_000

#: The moment of the first poll, and the seconds to the next.
START, INTERVAL = 1_800_000_000, 30

PLUGINS = ("a", "b", "c", "d", "e")

HYPERVISOR = {
    "name": "hyper",
    "hypervisor": True,
    "hypervisorType": "KVM",
    "virtualizedImages": [{"id": "1", "name": "x"}, {"id": "2", "name": "y"}],
}


def node(number: int, poll: int) -> dict:
    """As a hypervisor reports itself; load and state differ from poll to poll."""
    return {
        "name": f"node{number:05d}",
        "timestamp": START + INTERVAL * poll,
        "resources": {
            "processors": {"total": 16, "available": (number + poll) % 17},
            "memory": {"total": 65536, "available": 65536 - number % 1000 * 7},
            "disk": {"total": 1048576, "available": 500000},
            "swap": {"total": 4096, "available": 4096},
        },
        "metrics": {
            "cpuLoad": (number * 7 + poll) % 100 / 13,
            "watts": 200.0,
            "temp": 60.0 + number % 30,
            "vmcount": 4.0,
        },
        "state": ("IDLE", "BUSY", "RUNNING")[(number + poll) % 50 % 3],
        "power": "ON",
        "image": "hyper",
        "features": ["a", "b"],
        "imagesAvailable": ["hyper", "other"],
        "variables": {"rack": f"r{number % 100}"},
        "ipAddress": f"10.0.{number // 256}.{number % 256}",
        "partition": "p",
    }


def sqlite(directory: Path, table: Table) -> None:
    """On SQLite, in a file."""
    directory.mkdir(exist_ok=True)
    _measured(f"sqlite:///{directory}/inventory.sqlite", table, "SQLite")


def postgresql(directory: Path, table: Table) -> None:
    """On PostgreSQL as Debian sets it up."""
    with _server() as url:
        _measured(url, table, "PostgreSQL")


def _measured(url: str, table: Table, name: str) -> None:
    database = Database(url, "benchmark")
    try:
        _saves(database, table, name)
        _queries(database, table, name)
    finally:
        database.close()


@contextmanager
def _inventory(database: Database) -> Iterator[Inventory]:
    with database.transaction() as connection:
        yield Inventory(connection, time.time, ObjectIds(time.time), dict, None)


def _saves(database: Database, table: Table, name: str) -> None:
    images = collections.images.table
    with database.transaction() as connection:
        image = {**HYPERVISOR, "id": "f" * 24}
        connection.execute(insert(images), {"id": image["id"], "doc": image})
    _save(database, 0)
    taken: list[tuple[float, float]] = []
    for poll in range(1, 8):
        # Alternately, so that noise meets both alike.
        taken.append((_save(database, poll), _bare(database, poll)))
    ours, bare = (median(values) for values in zip(*taken[1:], strict=True))
    label = f"{name}: save of {MANY:,} node reports over older ones, by bare inserts"
    table.add_ratio(label, ours, bare, 2)


def _save(database: Database, poll: int) -> float:
    reports = [node(number, poll) for number in range(MANY)]
    # The reports are garbage of the benchmark's own making.
    gc.collect()
    begin = time.perf_counter()
    with _inventory(database) as inventory:
        inventory.save("a", "node", reports)
    return time.perf_counter() - begin


def _bare(database: Database, poll: int) -> float:
    """The same rows under other names, with executemany; they are taken away again."""
    nodes, ids = collections.nodes.table, ObjectIds(time.time)
    with database.transaction() as connection:
        found = list(connection.scalars(select(nodes.c.doc)))
    documents = [
        {"id": id, "doc": {**document, "id": id, "name": f"x{document['name']}"}}
        for document in found
        for id in [ids()]
    ]
    reports = [
        {"kind": "node", "name": f"node{n:05d}", "plugin": "bare", "doc": node(n, poll)}
        for n in range(MANY)
    ]
    gc.collect()
    begin = time.perf_counter()
    with database.transaction() as connection:
        connection.execute(insert(plugin_reports), reports)
        connection.execute(insert(nodes), documents)
    taken = time.perf_counter() - begin
    with database.transaction() as connection:
        bare = delete(plugin_reports).where(plugin_reports.c.plugin == "bare")
        connection.execute(bare)
        connection.execute(delete(nodes).where(nodes.c.name.like("x%")))
    return taken


def _queries(database: Database, table: Table, name: str) -> None:
    small, _, _ = _query(database, MANY // 10)
    large, first, whole = _query(database, MANY)
    both = f"of {MANY:,} nodes and as many VMs by {len(PLUGINS)} plug-ins"
    table.add(
        f"{name}: memory for a cluster query {both}, by that of a tenth",
        f"{large / small:.2f} x ({large / 1024:,.0f} / {small / 1024:,.0f} KiB)",
        "at most 1.2 x",
        large <= 1.2 * small,
    )
    table.add(
        f"{name}: first node of a cluster query {both}",
        f"{first * 1000:.2f} ms (all: {whole * 1000:,.0f} ms)",
        "at most 5 % of all",
        first <= whole / 20,
    )


def _query(database: Database, count: int) -> tuple[int, float, float]:
    """The peak of memory in bytes, the seconds to the first node, and to all."""
    with _inventory(database) as inventory:
        for plugin in PLUGINS:
            nodes = [node(number, 0) for number in range(count)]
            vms = [
                {**each, "name": f"vm{each['name']}", "host": each["name"]}
                for each in nodes
            ]
            inventory.save(plugin, "node", nodes)
            inventory.save(plugin, "vm", vms)
    del nodes, vms
    gc.collect()
    with _inventory(database) as inventory:
        begin = time.perf_counter()
        lines = cluster_query(inventory)
        status, line = next(lines), next(lines)
        assert status.startswith("SC=0") and line.startswith("node00000 ")
        first = time.perf_counter() - begin
        assert sum(1 for _ in lines) == 2 * count - 1
        whole = time.perf_counter() - begin
        tracemalloc.start()
        try:
            assert sum(1 for _ in cluster_query(inventory)) == 2 * count + 1
            return tracemalloc.get_traced_memory()[1], first, whole
        finally:
            tracemalloc.stop()
