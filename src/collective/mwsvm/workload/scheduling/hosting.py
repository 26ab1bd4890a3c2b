"""Which hypervisors a virtual machine may come to, and which machines may leave theirs."""

from collective.mwsvm.workload.scheduling import suitability
from collective.mwsvm.workload.scheduling.hypervisors import GIVEN
from collective.mwsvm.workload.scheduling.hypervisors import Host
from collective.mwsvm.workload.scheduling.sentences import amount
from collective.mwsvm.workload.scheduling.world import Machine
from collective.mwsvm.workload.scheduling.world import Node
from collective.mwsvm.workload.scheduling.world import World


#: A node in one of these states is there, though it may take up nothing.
_THERE = suitability.USABLE | {"BUSY", "DRAINING", "DRAINED", "RESERVED"}


def refusal(world: World, host: Host, machine: Machine) -> str:
    """Why the machine can't come to the hypervisor, whoever wants it; "" if it can."""
    gone = suitability.unusable(host.node)
    if gone:
        return gone
    if machine.name in host.machines:
        return "has it already"
    images = host.node.vm_images
    if machine.image and images and machine.image not in images:
        return f"can't run the image {machine.image}"
    return closed(host) or _full(world, host, machine, {})


def avoided(world: World, host: Host, machine: Machine, here: Host | None) -> str:
    """Why nobody but a person sends a machine from ``here`` to the host; "" if not.

    A reservation that holds something of both does not keep machines from moving in it.
    """
    if host.node.name in world.policies.migration.excluded_hosts:
        return "is excluded from migrations"
    held = dict.fromkeys(GIVEN, 0)
    for reservation in host.reservations:
        if here is not None and reservation in here.reservations:
            continue
        for each in reservation.nodes:
            if each.node == host.node.name:
                if each.resources is None:
                    return f"is reserved by {reservation.name}"
                for name in GIVEN:
                    number = each.resources.get(name, 0)
                    whole = host.node.resources.get(name, 0)
                    held[name] += whole if number < 0 else number
    return _full(world, host, machine, held) if any(held.values()) else ""


def closed(host: Host) -> str:
    """Why machines may neither come to the hypervisor nor leave it; "" if they may."""
    if host.node.migration_disabled:
        return "has migrations disabled"
    for reservation in host.reservations:
        if "NOVMMIGRATION" in reservation.flags:
            return f"is reserved by {reservation.name} without migrations"
    return ""


def is_there(node: Node) -> bool:
    """Whether machines can leave the node."""
    return node.state.upper() in _THERE and node.power.upper() == "ON"


def _full(world: World, host: Host, machine: Machine, held: dict[str, int]) -> str:
    # What is not reported is not known to be too little.
    policies = world.policies
    limits = (policies.processor_limit, policies.memory_limit)
    for name, limit in zip(GIVEN, limits, strict=True):
        wanted, there = getattr(machine, name), host.node.resources.get(name)
        if not wanted or there is None:
            continue
        most, given, kept = there * max(1.0, limit), host.given(name), held.get(name, 0)
        if given + kept + wanted > most + 1e-9:
            also = f", and {kept} are reserved" if kept else ""
            return f"has given {given} of at most {amount(most, name)}{also}"
    return ""
