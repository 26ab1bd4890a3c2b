"""Wiki texts read into reports (native plug-in type; guide 6.3.2 shows the format)."""

from collections.abc import Mapping
from collective.mwsvm.plugins.wiki.attributes import Json
from collective.mwsvm.plugins.wiki.attributes import Table
from collective.mwsvm.plugins.wiki.collecting import Choice
from collective.mwsvm.plugins.wiki.collecting import Reading
from collective.mwsvm.plugins.wiki.columns import shapes
from collective.mwsvm.plugins.wiki.faults import Fault
from collective.mwsvm.plugins.wiki.grammar import lines_of
from collective.mwsvm.plugins.wiki.grammar import objects
from collective.mwsvm.plugins.wiki.jobs import JOBS
from collective.mwsvm.plugins.wiki.jobs import with_list
from collective.mwsvm.plugins.wiki.machines import MACHINES
from collective.mwsvm.plugins.wiki.nodes import NODES
from dataclasses import dataclass
from dataclasses import field


@dataclass(frozen=True, slots=True)
class Read:
    """What a text says: reports as JSON in the order of the text, and what is wrong.

    A report has only what the text gives it, so that without UPDATETIME there is no
    timestamp. The objects are the caller's own.
    """

    nodes: list[Json] = field(default_factory=list)
    machines: list[Json] = field(default_factory=list)
    jobs: list[Json] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_cluster(text: str) -> Read:
    """Nodes and virtual machines; the latter have CONTAINERNODE, or TYPE=VM.

    Never raises: what is broken is left out and told in the faults, and all else is kept.
    """
    reading = _read(text, _node_or_machine)
    return Read(
        nodes=reading.reports(NODES),
        machines=reading.reports(MACHINES),
        faults=reading.all_faults(),
    )


def read_nodes(text: str) -> Read:
    """Nodes only; see `read_cluster`."""
    reading = _read(text, lambda _: NODES)
    return Read(nodes=reading.reports(NODES), faults=reading.all_faults())


def read_machines(text: str) -> Read:
    """Virtual machines only; see `read_cluster`."""
    reading = _read(text, lambda _: MACHINES)
    return Read(machines=reading.reports(MACHINES), faults=reading.all_faults())


def read_jobs(text: str) -> Read:
    """Jobs; see `read_cluster`."""
    reading = _read(text, lambda _: JOBS)
    jobs = [with_list(job) for job in reading.reports(JOBS)]
    return Read(jobs=jobs, faults=reading.all_faults())


def _node_or_machine(attributes: Mapping[str, str]) -> Table | None:
    kind = attributes.get("TYPE", "").strip().lower()
    if kind == "storage":
        return None
    if kind == "vm" or (kind != "node" and attributes.get("CONTAINERNODE")):
        return MACHINES
    return NODES


def _read(text: str, choose: Choice) -> Reading:
    lines = lines_of(text)
    reading = Reading(len(lines), choose)
    for shape in shapes("\n".join(lines)):
        reading.take_shape(shape)
    for number in reading.lines_left():
        for found in objects(lines[number], number + 1, reading.faults):
            reading.take_object(found)
    return reading
