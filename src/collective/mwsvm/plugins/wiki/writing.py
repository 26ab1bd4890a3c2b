"""Reports written as lines of Wiki text (guide 6.3.2).

A line is ``<name> NAME=value;NAME=value``, in the order of the guide's sample. Whatever a
value has, no line gets another attribute by it, and no text another line: line breaks and
control characters become blanks, double quotes single ones; names, and elements of lists,
have _ for a character that would end them.
"""

from collections.abc import Sequence
from collective.mwsvm.plugins.wiki.attributes import Json
from collective.mwsvm.plugins.wiki.jobs import JOBS
from collective.mwsvm.plugins.wiki.jobs import with_one
from collective.mwsvm.plugins.wiki.machines import MACHINES
from collective.mwsvm.plugins.wiki.nodes import NODES
from collective.mwsvm.plugins.wiki.values import attribute
from collective.mwsvm.plugins.wiki.values import joined
from collective.mwsvm.plugins.wiki.values import name


def node_line(
    report: Json, hypervisor_type: str | None = None, machine_images: Sequence[str] = ()
) -> str:
    """A node as a line without line break.

    A hypervisor has a type, and the names of the images its machines may have.
    """
    pieces = [NODES.line(report)]
    if hypervisor_type:
        pieces.append(f"VARATTR=HVTYPE={name(hypervisor_type, '+:')}")
    if machine_images:
        pieces.append(attribute("VMOSLIST", joined(machine_images, ",")))
    # Without an attribute of its own the name stands alone.
    separator = ";" if " " in pieces[0] else " "
    return (
        separator.join([pieces[0], ";".join(pieces[1:])]) if pieces[1:] else pieces[0]
    )


def machine_line(report: Json) -> str:
    """A virtual machine as a line without line break; CONTAINERNODE is its host."""
    return MACHINES.line(report)


def job_line(report: Json) -> str:
    """A job as a line without line break, with the first of its requirements."""
    return JOBS.line(with_one(report))
