"""Plug-ins: what the whole poll of one costs that reports 10,000 nodes."""

from benchmarks.common import Table
from collections.abc import Iterator
from collective.mwsvm.database import collections
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.database.tables import plugin_reports
from collective.mwsvm.plugin_control.hosts import Hosts
from contextlib import closing
from contextlib import contextmanager
from pathlib import Path
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select
from tests.plugin_control.site import Site
import gc
import time


NODES = 10_000

#: Polls that are measured, after two that are not.
ROUNDS = 9


def cluster(poll: int) -> str:
    """What a script prints of hypervisors; loads and what is free differ each time."""
    return "".join(
        f"node{number:05d}.test "
        f"STATE={('Idle', 'Running', 'Busy')[(number + poll) % 50 % 3]};"
        f"CPROC=16;APROC={(number + poll) % 17};"
        f"CMEMORY=65536;AMEMORY={65536 - (number * 7 + poll) % 60000};"
        f"CPULOAD={(number * 7 + poll * 13) % 1000 / 62:.4f};"
        f"POWER=on;OS=hyper;NETADDR=10.1.{number >> 8}.{number & 255};"
        f"GMETRIC[watts]={200 + (number + poll) % 150};"
        f"UPDATETIME={1_800_000_000 + 30 * poll}\n"
        for number in range(NODES)
    )


def poll(directory: Path, table: Table) -> None:
    """The poll of a plug-in of the type Native, by bare inserts of the same rows."""
    with _site(directory / "poll") as site, _only_new_garbage():
        file = directory / "poll" / "nodes.txt"
        site.create(
            "native", "Native", config={"getCluster": f"file://{file}"}, autoStart=True
        )
        taken = []
        for number in range(ROUNDS + 2):
            # In turns, so that noise meets both alike.
            taken.append((_polled(site, file, number), _inserted(site)))
    ours, bare = (min(values) for values in zip(*taken[2:], strict=True))
    label = f"poll of {NODES:,} nodes (Native, SQLite), by bare inserts of the rows"
    table.add_ratio(label, ours, bare, 2)


@contextmanager
def _site(directory: Path, **settings) -> Iterator[Site]:
    directory.mkdir()
    with closing(Hosts()) as hosts:
        site = Site(directory, hosts, **settings)
        with closing(site.database):
            yield site


@contextmanager
def _only_new_garbage() -> Iterator[None]:
    """A collection of garbage sees only what is made from now on."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _polled(site: Site, file: Path, number: int) -> float:
    file.write_text(cluster(number))
    site.clock.now += 30
    gc.collect()
    begin = time.perf_counter()
    site.poll("native")
    seconds = time.perf_counter() - begin
    assert len(site.reports("native")) == NODES
    return seconds


def _inserted(site: Site) -> float:
    """The same rows under other names; they are taken away again."""
    nodes, new_id = collections.nodes.table, ObjectIds(time.time)
    with site.database.reading() as connection:
        reports = [
            {**row._mapping, "plugin": "bare"}
            for row in connection.execute(select(plugin_reports))
        ]
        documents = [
            {"id": id, "doc": {**document, "id": id, "name": f"x{document['name']}"}}
            for document in connection.scalars(select(nodes.c.doc))
            for id in [new_id()]
        ]
    assert len(reports) == len(documents) == NODES
    gc.collect()
    begin = time.perf_counter()
    with site.database.transaction() as connection:
        connection.execute(insert(plugin_reports), reports)
        connection.execute(insert(nodes), documents)
    seconds = time.perf_counter() - begin
    with site.database.transaction() as connection:
        mine = plugin_reports.c.plugin == "bare"
        connection.execute(delete(plugin_reports).where(mine))
        connection.execute(delete(nodes).where(nodes.c.name.like("x%")))
    return seconds
