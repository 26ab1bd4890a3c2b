"""Many lines at once are read as each of them alone, which is by the exact rules."""

from collections.abc import Callable
from collective.mwsvm.plugins.wiki import Fault
from collective.mwsvm.plugins.wiki import Read
from collective.mwsvm.plugins.wiki import read_cluster
from collective.mwsvm.plugins.wiki import read_jobs
from collective.mwsvm.plugins.wiki import read_machines
from collective.mwsvm.plugins.wiki import read_nodes
from dataclasses import replace
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest


READERS = [read_cluster, read_nodes, read_machines, read_jobs]

NAMES = [
    *("STATE", "state", "UPDATETIME", "CPROC", "cproc", "AMEMORY", "CPULOAD", "POWER"),
    *("GMETRIC[a]", "GMETRIC[cpuLoad]", "GMETRIC", "OS", "OSLIST", "FEATURE", "CRES"),
    *("ARES", "VARIABLE", "MESSAGE", "VARATTR", "TYPE", "CONTAINERNODE", "FOO", "EXEC"),
    *("RMEM", "DGRES", "FLAGS", "TASKS", "ENV", "WCLIMIT", "EXITCODE", "HOSTLIST", "ß"),
]

COMMON_VALUES = ["1", "8", "1.5", "Idle", "on", "a,b", "a:b", "a:1", "memory:3"]

RARE_VALUES = ["", "0", "-3", "1e3", "٣", "1_0", "9" * 25, "inf", "nan", ".", "Idle:s"]
RARE_VALUES += [
    "x=y",
    "=",
    "infinity",
    "VM",
    "'",
    '"q w"',
    "a\\;b",
    "a#b c=d",
    "\x0b",
    ":",
]
RARE_VALUES += ["x y", "x; y", "x  ", "\u00a0", "\x1c", "x\ty"]


@st.composite
def texts(draw: Callable) -> str:
    """Lines of a few shapes, a few of them with something odd."""
    shapes = draw(
        st.lists(
            st.lists(st.sampled_from(NAMES), min_size=1, max_size=6),
            min_size=1,
            max_size=2,
        )
    )
    separator = draw(st.sampled_from([" ", ";", "; ", "\t"]))
    end = draw(st.sampled_from(["", "", ";", " "]))
    random = draw(st.randoms(use_true_random=False))
    odd = draw(st.sampled_from([0, 0.01, 0.2]))
    lines = []
    for number in range(draw(st.integers(16, 70))):
        pieces = [
            f"{name}={random.choice(RARE_VALUES)}"
            if random.random() < odd
            else f"{name}={random.choice([*COMMON_VALUES, str(number)])}"
            for name in random.choice(shapes)
        ]
        if random.random() < odd:
            pieces.insert(random.randrange(len(pieces) + 1), random.choice(["", "x"]))
        id = random.choice(["", "a=b", "SC=1", "#"]) if random.random() < odd else "Id"
        lines.append(f"{id}{number} {separator.join(pieces)}{end}")
    return "\n".join(lines)


def one_by_one(read, text):
    """Reports and faults of the lines, each read for itself; see `told`."""
    reports, faults, noted = [], [], set()
    for number, line in enumerate(text.split("\n")):
        found = read(line)
        reports.append((found.nodes, found.machines, found.jobs))
        for fault in told(found):
            if "not known" not in fault.message or fault.message not in noted:
                faults.append(replace(fault, line=number + 1))
            noted.add(fault.message)
    return reports, faults


def told(read: Read) -> list[Fault]:
    """The faults, but for those about other lines."""
    return [fault for fault in read.faults if "more than once" not in fault.message]


def order(fault: Fault) -> tuple:
    return fault.line, fault.id or "", fault.message


@pytest.mark.parametrize("read", READERS)
@settings(max_examples=30, deadline=None)
@given(text=texts())
def test_together_as_one_by_one(read, text):
    together = read(text)
    reports, faults = one_by_one(read, text)
    for place, kind in enumerate(("nodes", "machines", "jobs")):
        alone = {r["name"]: r for found in reports for r in found[place]}
        assert {r["name"]: r for r in getattr(together, kind)} == alone
        assert [r["name"] for r in getattr(together, kind)] == list(alone)
    assert sorted(told(together), key=order) == sorted(faults, key=order)


def test_pieces_that_move_to_the_next_line():
    """As many as there should be in all, and not where they should be."""
    lines = ["n STATE=Idle sub", "STATE=Up"] * 20
    read = read_nodes("\n".join(lines))
    assert read.nodes == [{"name": "n", "state": "IDLE", "subState": "sub"}]
    assert len([fault for fault in read.faults if "no id" in fault.message]) == 20


def test_thousands_of_lines_keep_their_order():
    kinds = ["CPROC={}", "STATE=Up CPROC={}", "CONTAINERNODE=h CPROC={}", 'OS="a b"']
    lines = [f"x{n} {kinds[n % 7 % 4].format(n)}" for n in range(5000)]
    read = read_cluster("\n".join(lines))
    nodes = [f"x{n}" for n in range(5000) if n % 7 % 4 != 2]
    assert [report["name"] for report in read.nodes] == nodes
    assert [m["resources"]["processors"]["total"] for m in read.machines] == [
        n for n in range(5000) if n % 7 % 4 == 2
    ]
    assert read.faults == []
