"""The cluster query over HTTP: 10,000 nodes and as many VMs that five plug-ins report."""

from benchmarks.common import Rest
from benchmarks.common import Site
from benchmarks.common import Table
from benchmarks.events import _server
from benchmarks.inventory import _inventory
from benchmarks.inventory import MANY
from benchmarks.inventory import node
from benchmarks.inventory import PLUGINS
from collective.mwsvm.plugins.wiki import machine_line
from collective.mwsvm.plugins.wiki import node_line
from pathlib import Path
import http.client
import re
import time


PATH = "/Plone/mws/rest/plugins/all/rm/cluster-query"

ROUNDS = 5


def sqlite(directory: Path, table: Table) -> None:
    """On SQLite, in a file."""
    _measured(Site(directory / "cluster-sqlite"), table, "SQLite")


def postgresql(directory: Path, table: Table) -> None:
    """On PostgreSQL as Debian sets it up."""
    with _server() as url:
        site = Site(directory / "cluster-postgresql", database_url=url)
        _measured(site, table, "PostgreSQL")
        site.database.close()


def _measured(site: Site, table: Table, name: str) -> None:
    with site.serving():
        _report(site, MANY // 10)
        few = _peak(site)
        _report(site, MANY)
        many = _peak(site)
        taken = []
        for _ in range(ROUNDS):
            # In turns, so that noise meets both alike.
            taken.append((*_asked(site), _lines(site)))
    first, whole, lines = (min(values) for values in zip(*taken, strict=True))
    label = f"{name}: cluster query over HTTP, {2 * MANY:,} objects by {len(PLUGINS)}"
    table.add(
        f"{label}: first byte",
        f"{first * 1000:.0f} ms (all: {whole * 1000:,.0f} ms)",
        "at most 10 % of all",
        first <= whole / 10,
    )
    table.add(
        f"{label}: memory of the server, over that for a tenth",
        f"{(many - few) / 1024:.1f} MB",
        "at most 24 MB",
        # The server keeps up to 16 MB for a client that reads slowly.
        many - few <= 24 * 1024,
    )
    table.add_ratio(f"{label}: by lines of loaded reports", whole, lines, BOUND)


#: Each object is read five times, once of each plug-in, and made one of these.
BOUND = 6


def _report(site: Site, count: int) -> None:
    for plugin in PLUGINS:
        nodes = [node(number, 0) for number in range(count)]
        vms = [
            {**each, "name": f"vm{each['name']}", "host": each["name"]}
            for each in nodes
        ]
        with _inventory(site.database) as inventory:
            inventory.save(plugin, "node", nodes)
            inventory.save(plugin, "vm", vms)


def _asked(site: Site) -> tuple[float, float]:
    """The seconds to the first byte, and to all."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)
    begin = time.perf_counter()
    connection.request("GET", PATH, headers=Rest(site).headers)
    reply = connection.getresponse()
    reply.read(1)
    first = time.perf_counter() - begin
    assert reply.status == 200
    reply.read()
    connection.close()
    return first, time.perf_counter() - begin


def _peak(site: Site) -> int:
    """The most memory of the server while it answers, in KiB, in its eighth answer."""
    process = Path("/proc", str(site.process.pid))
    for _ in range(8):
        # The peak is that of now.
        (process / "clear_refs").write_text("5")
        _asked(site)
    (peak,) = re.findall(r"VmHWM:\s*(\d+)", (process / "status").read_text())
    return int(peak)


def _lines(site: Site) -> float:
    """The seconds for the same lines, of reports that lie in memory."""
    with _inventory(site.database) as inventory:
        nodes = list(inventory.consolidated("node"))
        vms = list(inventory.consolidated("vm"))
    begin = time.perf_counter()
    made = [node_line(report) for report in nodes]
    made += [machine_line(report) for report in vms]
    assert len(made) == 2 * MANY
    return time.perf_counter() - begin
