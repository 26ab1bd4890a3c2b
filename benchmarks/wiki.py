"""Wiki texts: what reading a cluster of 10,000 nodes costs, beside splitting its lines.

The two ways of writing, with blanks and with semicolons, are measured; and one text in
which nodes and virtual machines of several shapes alternate.
"""

from benchmarks.common import in_turns
from benchmarks.common import Table
from collections.abc import Callable
from collective.mwsvm.plugins.wiki import node_line
from collective.mwsvm.plugins.wiki import read_cluster
from collective.mwsvm.plugins.wiki.columns import shapes
from functools import partial
from pathlib import Path
from random import Random
import gc
import time


NODES = 10_000

ROUNDS = 15


def hypervisor(number: int, random: Random) -> list[str]:
    """The attributes of a hypervisor; loads and free memory differ, most others don't."""
    memory = random.choice((32768, 65536, 131072))
    return [
        f"CPROC={random.choice((8, 16, 32))}",
        f"POWER={'on' if random.random() < 0.95 else 'off'}",
        f"CMEMORY={memory}",
        f"NETADDR=10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
        f"CPULOAD={random.random() * 8:.4f}",
        f"APROC={random.randint(0, 8)}",
        "VARATTR=HVTYPE=kvm",
        "OS=hyper",
        f"AMEMORY={random.randint(0, memory)}",
        "UPDATETIME=1344488025",
        f"GMETRIC[watts]={random.randint(100, 400)}",
        f"STATE={random.choice(('Idle', 'Running', 'Busy'))}",
    ]


def machine(number: int, random: Random) -> list[str]:
    """The attributes of a virtual machine; some have no address yet."""
    attributes = [
        "STATE=Running",
        f"CONTAINERNODE=node{number // 8:05d}.test",
        "CPROC=2",
        "CMEMORY=4096",
        f"AMEMORY={random.randint(0, 4096)}",
        f"CPULOAD={random.random() * 2:.4f}",
        "OS=centos6",
        "POWER=on",
        "UPDATETIME=1344488025",
    ]
    if number % 3:
        attributes.append(f"NETADDR=10.1.{number >> 8}.{number & 255}")
    return attributes


def cluster(separator: str) -> str:
    """Hypervisors only, as scripts print them."""
    random = Random(1)
    return "".join(
        f"node{number:05d}.test {separator.join(hypervisor(number, random))}\n"
        for number in range(NODES)
    )


def mixed() -> str:
    """A comment and a status, then hypervisors with their machines in between."""
    random = Random(2)
    lines = ["# Made by a script", "SC=0 RESPONSE=Success"]
    for number in range(NODES):
        if number % 9:
            lines.append(f"vm{number:05d} {';'.join(machine(number, random))};")
        else:
            lines.append(
                f"node{number // 9:05d}.test {';'.join(hypervisor(number, random))};"
            )
    return "\n".join(lines)


def split(text: str, separator: str) -> object:
    """The least that any reader does."""
    return [line.split(separator) for line in text.split("\n")]


def columns(text: str) -> object:
    """All names, and all values."""
    return [
        (shape.ids, [(column.name, column.values()) for column in shape.columns])
        for shape in shapes(text)
    ]


def run(directory: Path, table: Table) -> None:
    """Reading; a collection of garbage sees the new objects only, as in a small process."""
    gc.collect()
    gc.freeze()
    try:
        _run(table)
    finally:
        gc.unfreeze()


def _run(table: Table) -> None:
    for what, text, separator, splitting, reading in (
        ("blanks", cluster(" "), " ", 3, 8),
        ("semicolons", cluster(";"), ";", 3, 8),
        ("several shapes", mixed(), ";", 6, 12),
    ):
        base, split_up, read = in_turns(
            ROUNDS,
            partial(_seconds, split, text, separator),
            partial(_seconds, columns, text),
            partial(_seconds, read_cluster, text),
        )
        table.add_ratio(f"wiki, {what}: names and values", split_up, base, splitting)
        table.add_ratio(f"wiki, {what}: reports", read, base, reading)
    text = cluster(";")
    base, written = in_turns(
        5,
        partial(_seconds, split, text, ";"),
        partial(_seconds, _written, read_cluster(text).nodes),
    )
    table.add_ratio("wiki: reports written", written, base, 40)


def _written(nodes: list[dict]) -> object:
    return [node_line(node) for node in nodes]


def _seconds(call: Callable[..., object], *arguments: object) -> float:
    begin = time.perf_counter()
    result = call(*arguments)
    taken = time.perf_counter() - begin
    del result
    return taken
