"""What a client wants changed of a virtual machine (guide 4.29.2)."""

from collections.abc import Callable
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


Json = dict[str, Any]

#: Stands for whatever host has room.
ANY = "ANY"

#: Chooses a host for a machine among the documents of nodes; None: there is none.
Place = Callable[[Json, Iterable[Json]], str | None]

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


def destination(
    vm: Json, wanted: str, nodes: Iterable[Json], place: Place = lambda vm, nodes: None
) -> str:
    """The name of the node that a machine is to go to.

    ``nodes`` are the documents of those that may be meant. Raises `Invalid` when there
    is no such node, `Conflict` when the machine can't go there.
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
        found = place(vm, nodes)
        if found is None:
            raise Conflict(f"No host has room for the virtual machine '{name}' now")
        return found
    known = {node["name"] for node in nodes}
    found = next((each for each in (wanted, wanted.lower()) if each in known), None)
    if found is None:
        raise Invalid(
            f"The field 'host.name' names the node '{wanted}', which does not exist"
        )
    if found == host:
        raise Conflict(f"The virtual machine '{name}' is on the host '{host}' already")
    return found


def roomiest(vm: Json, nodes: Iterable[Json]) -> str | None:
    """The other hypervisor that is up and has the most memory to spare; None: no one.

    It must have what the machine has of processors and memory; what was not reported
    does not stand against it.
    """
    host = (vm["host"] or {}).get("name")
    found = [
        (_available(node, "memory") or 0, _available(node, "processors") or 0, node)
        for node in nodes
        if node["name"] != host
        and node["isHypervisor"]
        and node["states"]["state"] in ("Idle", "Running", "Up", "Busy")
        and node["states"]["powerState"] in ("On", None)
        and all(_has_room(node, vm, name) for name in ("processors", "memory"))
    ]
    # Of equals the first by name.
    best = min(
        found, key=lambda each: (-each[0], -each[1], each[2]["name"]), default=None
    )
    return None if best is None else str(best[2]["name"])


def _has_room(node: Json, vm: Json, name: str) -> bool:
    available, needed = _available(node, name), vm["resources"].get(name, {})
    return available is None or available >= (needed.get("configured") or 0)


def _available(node: Json, name: str) -> int | None:
    amount: int | None = node["resources"].get(name, {}).get("available")
    return amount
