"""Hypervisors with their machines: what they have given away, and their load.

Shares of load are of what a hypervisor is configured with: 0.5 is half of it.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.workload.scheduling.world import Machine
from collective.mwsvm.workload.scheduling.world import MigrationPolicy
from collective.mwsvm.workload.scheduling.world import Node
from collective.mwsvm.workload.scheduling.world import Phase
from collective.mwsvm.workload.scheduling.world import Reservation
from collective.mwsvm.workload.scheduling.world import World
from dataclasses import dataclass
from typing import NamedTuple


#: What hypervisors give to machines.
GIVEN = ("processors", "memory")


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


class Uses(NamedTuple):
    """What a machine really uses: so many processors, so much memory."""

    load: float
    memory: float


class Host:
    """A hypervisor with its machines, which moves change.

    ``reservations`` are those that hold something of it now.
    """

    def __init__(
        self,
        node: Node,
        machines: Iterable[Machine] = (),
        used: Mapping[str, int] | None = None,
        reservations: tuple[Reservation, ...] = (),
    ):
        self.node = node
        self.reservations = reservations
        self.machines = {machine.name: machine for machine in machines}
        self._used = used or {}
        self._load = node.load
        self._memory = node.used_memory
        self._metrics = dict(node.metrics or {})

    def given(self, resource: str) -> int:
        """How much of its processors or memory is given to machines and jobs."""
        mine = sum(getattr(each, resource) for each in self.machines.values())
        return int(mine) + self._used.get(resource, 0)

    def uses(self, machine: Machine) -> Uses:
        """What one of its machines uses.

        Where that is not reported: its share of the load, all of its memory.
        """
        load, memory = machine.load, machine.used_memory
        if load is None:
            given = self.given("processors")
            whole = max(0.0, self._load or 0.0)
            load = whole * machine.processors / given if given else 0.0
        return Uses(load, float(machine.memory if memory is None else memory))

    def reports(self, policy: MigrationPolicy) -> bool:
        """Whether it reports all that the policy has thresholds for."""
        basic = (policy.processors, policy.memory)
        wanted = len(policy.metrics or ()) + sum(each is not None for each in basic)
        return len(self.shares(policy)) == wanted

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

    def takes(self, policy: MigrationPolicy, machine: Machine, uses: Uses) -> bool:
        """Whether it stays within its thresholds with the machine."""
        self.add(machine, uses)
        over = self.over(policy)
        self.remove(machine, uses)
        return not over

    def add(self, machine: Machine, uses: Uses) -> None:
        """The machine is here, with what it uses."""
        self.machines[machine.name] = machine
        self._change(machine, uses, 1)

    def remove(self, machine: Machine, uses: Uses) -> None:
        """The machine is gone, with what it used."""
        del self.machines[machine.name]
        self._change(machine, uses, -1)

    def _change(self, machine: Machine, uses: Uses, sign: int) -> None:
        if self._load is not None:
            self._load += sign * uses.load
        if self._memory is not None:
            self._memory += sign * uses.memory
        for name, value in (machine.metrics or {}).items():
            if name in self._metrics:
                self._metrics[name] += sign * value


def hosts(world: World) -> dict[str, Host]:
    """The hypervisors that are there, by name, in the order in which they are reported."""
    by_host: dict[str, list[Machine]] = {}
    for machine in sorted(world.machines, key=lambda each: each.name):
        by_host.setdefault(machine.host, []).append(machine)
    used, reserved = _used_by_jobs(world), _reserved(world)
    return {
        node.name: Host(
            node,
            by_host.get(node.name, ()),
            used.get(node.name),
            tuple(reserved.get(node.name, ())),
        )
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
                for name in GIVEN:
                    amount = getattr(need, name) * placement.tasks
                    mine[name] = mine.get(name, 0) + amount
    return used


def _reserved(world: World) -> dict[str, list[Reservation]]:
    found: dict[str, list[Reservation]] = {}
    for reservation in world.reservations:
        if reservation.start <= world.now < reservation.end:
            for name in dict.fromkeys(each.node for each in reservation.nodes):
                found.setdefault(name, []).append(reservation)
    return found
