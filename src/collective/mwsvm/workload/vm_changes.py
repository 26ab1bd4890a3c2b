"""What a client wants changed of a virtual machine (guide 4.29.2)."""

from collections.abc import Iterable
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.nodes import DomainProxy
from collective.mwsvm.models.vms import VirtualMachine
from collective.mwsvm.models.vms_v1 import version_2
from collective.mwsvm.workload import rm_changes
from collective.mwsvm.workload import rm_notes
from collective.mwsvm.workload.rm_changes import Done
from collective.mwsvm.workload.rm_changes import Wish
from dataclasses import dataclass
from typing import Any
from typing import Protocol


Json = dict[str, Any]

#: Stands for whatever host has room.
ANY = "ANY"


class Place(Protocol):
    """Chooses hosts for machines."""

    def __call__(self, vm: Json, nodes: Iterable[Json], *, named: bool = False) -> str:
        """The name of one of the nodes to which the machine can go.

        ``nodes`` are documents; ``named``: it is the one that a person named. Raises
        `Conflict`, which says why it can go to none.
        """


_FIELDS = (
    "host, metrics, migrationDisabled, operatingSystem.image, states.powerState, "
    "states.state, triggers or variables"
)


class Migration(Model):
    """The part of a body that asks for another host."""

    host: DomainProxy


@dataclass(frozen=True)
class VmChange:
    """What plug-ins are asked for, and what only this server knows of."""

    wishes: tuple[Wish, ...]
    #: New values of members of the document.
    own: Json

    @classmethod
    def of(cls, given: Json) -> "VmChange":
        """What a body of either version wants. Raises `Invalid` with all that is wrong."""
        asked = rm_changes.asked(VirtualMachine, version_2(given))
        faults: list[str] = []
        wishes = tuple(rm_changes.wishes(asked, faults))
        own = {name: asked[name] for name in _OWN if name in asked}
        if any(not str(each.get("name") or "") for each in own.get("triggers", ())):
            faults.append("Each item of the field 'triggers' needs a name")
        if faults:
            raise Invalid(*faults)
        rm_changes.refuse_nothing(given, [*wishes, *own], _FIELDS)
        return cls(wishes, own)

    def noted(self, vm: Json, done: list[Done], now: float) -> Json:
        """The machine's document after the change."""
        return rm_notes.noted({**vm, **self.own}, done, now)

    def sentences(self, done: list[Done]) -> list[str]:
        """What has been done."""
        found = list(rm_changes.sentences(done, "VM"))
        return found + [_OWN[name] for name in self.own]


_OWN = {
    "migrationDisabled": "Successfully modified migrationDisabled",
    "triggers": "Successfully modified triggers",
}


def wanted_host(given: Json, vm: Json) -> str | None:
    """The host that a body of either version wants a migration to; None: it wants none.

    A body that has more than the host that the machine is on wants none. Raises
    `Invalid` when it names no host.
    """
    host = version_2(given).get("host")
    if host is None:
        return None
    name = Migration.check({"host": host}).host.name.strip()
    if not name:
        raise Invalid(
            "The field 'host.name' can't be empty: it is a node's name or ANY"
        )
    is_there = vm["host"] is not None and vm["host"]["name"] == name.lower()
    return None if is_there and not given.keys() <= {"host", "node"} else name


def destination(vm: Json, wanted: str, nodes: Iterable[Json], place: Place) -> str:
    """The name of the node that a machine is to go to.

    ``nodes`` are the documents of those that may be meant, ``place`` knows whether they
    have room. Raises `Invalid` when there is no such node, `Conflict` when the machine
    can't go there.
    """
    name, host = vm["name"], (vm["host"] or {}).get("name")
    if "machine" in vm:
        raise Conflict(
            f"The virtual machine '{name}' is one of a cloud: it has no host that it "
            "could leave"
        )
    if vm["migrationDisabled"]:
        raise Conflict(
            f"Migration of the virtual machine '{name}' is disabled",
            "Set 'migrationDisabled' to false first",
        )
    if wanted.upper() == ANY:
        return place(vm, nodes)
    known = {node["name"]: node for node in nodes}
    found = next(
        (known[each] for each in (wanted, wanted.lower()) if each in known), None
    )
    if found is None:
        raise Invalid(
            f"The field 'host.name' names the node '{wanted}', which does not exist"
        )
    if found["name"] == host:
        raise Conflict(f"The virtual machine '{name}' is on the host '{host}' already")
    return place(vm, [found], named=True)
