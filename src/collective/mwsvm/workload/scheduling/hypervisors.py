"""Where virtual machines may be: room, limits of overcommitment, load.

Shares of load are of what a hypervisor is configured with: 0.5 is half of it.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.workload.scheduling import suitability
from collective.mwsvm.workload.scheduling.world import Machine
from collective.mwsvm.workload.scheduling.world import MigrationPolicy
from collective.mwsvm.workload.scheduling.world import Node
from collective.mwsvm.workload.scheduling.world import Phase
from collective.mwsvm.workload.scheduling.world import World
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Migration:
    """A virtual machine that shall move, and why."""

    machine: str
    source: str
    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The hypervisor for a machine; "" if there is none, and then why."""

    host: str
    message: str


class Host:
    """A hypervisor with its machines, which moves change."""

    def __init__(
        self, node: Node, machines: Iterable[Machine], used: Mapping[str, int]
    ):
        self.node = node
        self.machines = {machine.name: machine for machine in machines}
        self._used = used
        self._load = node.load
        self._memory = node.used_memory
        self._metrics = dict(node.metrics or {})

    def given(self, resource: str) -> int:
        """How much of its processors or memory is given to machines and jobs."""
        mine = sum(getattr(each, resource) for each in self.machines.values())
        return int(mine) + self._used.get(resource, 0)

    def load_of(self, machine: Machine) -> float:
        """The processors that a machine keeps busy; its share, where not reported."""
        if machine.load is not None:
            return machine.load
        given = self.given("processors")
        return (
            max(0.0, self._load or 0.0) * machine.processors / given if given else 0.0
        )

    def memory_of(self, machine: Machine) -> float:
        """The memory that a machine really uses; what it has, where not reported."""
        return machine.memory if machine.used_memory is None else machine.used_memory

    def shares(self, policy: MigrationPolicy) -> dict[str, tuple[float, float]]:
        """By what the policy looks at: how much of it there is, and the threshold.

        What is not reported is left out.
        """
        found: dict[str, tuple[float, float]] = {}
        for name, value, threshold in (
            ("processors", self._load, policy.processors),
            ("memory", self._memory, policy.memory),
        ):
            there = self.node.resources.get(name, 0)
            if threshold is not None and value is not None and there > 0:
                found[name] = max(0.0, value) / there, threshold
        for name, threshold in sorted((policy.metrics or {}).items()):
            if name in self._metrics:
                found[name] = max(0.0, self._metrics[name]), threshold
        return found

    def over(self, policy: MigrationPolicy) -> list[str]:
        """What is over its threshold, in words."""
        return [
            f"{name} at {share:.2f}, over {threshold:g}"
            for name, (share, threshold) in self.shares(policy).items()
            if share > threshold + 1e-9
        ]

    def burden(self, policy: MigrationPolicy) -> float:
        """How near it is to its thresholds: 1 is at one of them."""
        found = self.shares(policy).values()
        return max(
            (share / limit if limit else share for share, limit in found), default=0.0
        )

    def add(self, machine: Machine, load: float, memory: float) -> None:
        """The machine is here, with what it uses."""
        self.machines[machine.name] = machine
        self._change(machine, load, memory, 1)

    def remove(self, machine: Machine, load: float, memory: float) -> None:
        """The machine is gone, with what it used."""
        del self.machines[machine.name]
        self._change(machine, load, memory, -1)

    def _change(self, machine: Machine, load: float, memory: float, sign: int) -> None:
        if self._load is not None:
            self._load += sign * load
        if self._memory is not None:
            self._memory += sign * memory
        for name, value in (machine.metrics or {}).items():
            if name in self._metrics:
                self._metrics[name] += sign * value


def hosts(world: World) -> dict[str, Host]:
    """The hypervisors that are there, by name, in the order in which they are reported."""
    by_host: dict[str, list[Machine]] = {}
    for machine in sorted(world.machines, key=lambda each: each.name):
        by_host.setdefault(machine.host, []).append(machine)
    used = _used_by_jobs(world)
    return {
        node.name: Host(node, by_host.get(node.name, ()), used.get(node.name, {}))
        for node in sorted(world.nodes, key=lambda each: (each.index, each.name))
        if node.hypervisor
    }


def _used_by_jobs(world: World) -> dict[str, dict[str, int]]:
    used: dict[str, dict[str, int]] = {}
    for job in world.jobs:
        if job.phase is not Phase.ACTIVE:
            continue
        for placement in job.placements:
            if placement.requirement < len(job.requirements):
                need = job.requirements[placement.requirement]
                mine = used.setdefault(placement.node, {})
                for name, amount in (
                    ("processors", need.processors),
                    ("memory", need.memory),
                ):
                    mine[name] = mine.get(name, 0) + amount * placement.tasks
    return used


def refusal(world: World, host: Host, machine: Machine) -> str:
    """Why the machine may not come to the hypervisor; "" if it may."""
    node, policies = host.node, world.policies
    gone = suitability.unusable(node)
    if gone:
        return gone
    if machine.name in host.machines:
        return "has it already"
    if machine.image and node.vm_images and machine.image not in node.vm_images:
        return f"can't run the image {machine.image}"
    for name, wanted, limit in (
        ("processors", machine.processors, policies.processor_limit),
        ("memory", machine.memory, policies.memory_limit),
    ):
        most = node.resources.get(name, 0) * max(1.0, limit)
        if wanted and host.given(name) + wanted > most + 1e-9:
            return f"has given {host.given(name)} of at most {most:g} {name}"
    now = world.now
    for reservation in world.reservations:
        if (
            "NOVMMIGRATION" in reservation.flags
            and reservation.start <= now < reservation.end
            and any(each.node == node.name for each in reservation.nodes)
        ):
            return f"is reserved by {reservation.name} without migrations"
    return ""
