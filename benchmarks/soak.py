"""Many clients for a long time, and a server that is killed: no event may be lost."""

from benchmarks.common import Rest
from benchmarks.common import Site
from benchmarks.common import Table
from benchmarks.events import event
from collective.mwsvm.database import collections
from itertools import count
from pathlib import Path
from sqlalchemy import select
from statistics import median
import http.client
import os
import psutil
import threading
import time


MINUTES = float(os.environ.get("MWSVM_BENCH_MINUTES", "10"))

CLIENTS = 8

KILLS = 20


def run(directory: Path, table: Table) -> None:
    """So many writers and as many readers at once."""
    site = Site(directory / "soak")
    with site.serving():
        written, faults, memory = _crowd(site)
    lost = set(written) - _kept(site)
    label = f"{CLIENTS} writers and {CLIENTS} readers, {MINUTES:g} minutes"
    told = f"{len(faults)} errors {faults[:1] or ''}"
    table.add(f"{label}: errors", told, "none", not faults)
    told = f"{len(lost)} of {len(written):,}"
    table.add(f"{label}: lost events", told, "none", bool(written) and not lost)
    # The first fifth fills the caches.
    early, late = median(memory[len(memory) // 5 :][:10]), median(memory[-10:])
    table.add(
        f"{label}: memory at the end, by that after a fifth",
        f"{late / early:.2f} x ({late:.0f} / {early:.0f} MB)",
        "at most 1.1 x",
        late <= 1.1 * early,
    )


def killed(directory: Path, table: Table) -> None:
    """The server is killed again and again while events are posted."""
    site = Site(directory / "soak-kill")
    site.start()
    stop = threading.Event()
    written: list[str] = []
    numbers = count()

    def write() -> None:
        call = Rest(site)
        while not stop.is_set():
            try:
                body = event(next(numbers))
                written.append(call("POST", "mws/rest/events", body)["id"])
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(KILLS):
        before = len(written)
        while len(written) < before + 100:
            time.sleep(0.01)
        site.kill()
        site.start()
    stop.set()
    for thread in threads:
        thread.join()
    site.kill()
    lost = set(written) - _kept(site)
    table.add(
        f"{KILLS} x kill -9 while events are posted: acknowledged and lost",
        f"{len(lost)} of {len(written):,}",
        "none",
        not lost,
    )


def _crowd(site: Site) -> tuple[list[str], list[str], list[float]]:
    until = time.monotonic() + MINUTES * 60
    written: list[str] = []
    faults: list[str] = []
    numbers = count()

    def write(call: Rest) -> None:
        written.append(call("POST", "mws/rest/events", event(next(numbers)))["id"])

    def read(call: Rest) -> None:
        call("GET", "mws/rest/events", query='{"eventType":"type7"}', max=50)

    def client(act) -> None:
        call = Rest(site)
        while time.monotonic() < until:
            try:
                act(call)
            except (OSError, http.client.HTTPException) as error:
                faults.append(repr(error)[:120])

    threads = [
        threading.Thread(target=client, args=(act,))
        for act in (write, read)
        for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    server = psutil.Process(site.process.pid)
    memory = []
    while time.monotonic() < until:
        time.sleep(MINUTES * 0.5)
        memory.append(server.memory_info().rss / 1e6)
    for thread in threads:
        thread.join()
    return written, faults, memory


def _kept(site: Site) -> set[str]:
    with site.database.reading() as connection:
        return set(connection.scalars(select(collections.events.table.c.id)))
