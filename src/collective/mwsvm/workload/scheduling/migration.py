"""Auto VM Migration, and the choice of a hypervisor for ``ANY`` (guide 4.17, 4.29)."""

from collective.mwsvm.workload.scheduling import suitability
from collective.mwsvm.workload.scheduling.hypervisors import Choice
from collective.mwsvm.workload.scheduling.hypervisors import Host
from collective.mwsvm.workload.scheduling.hypervisors import hosts
from collective.mwsvm.workload.scheduling.hypervisors import Migration
from collective.mwsvm.workload.scheduling.hypervisors import refusal
from collective.mwsvm.workload.scheduling.sentences import listed
from collective.mwsvm.workload.scheduling.world import Machine
from collective.mwsvm.workload.scheduling.world import World


def migrations(world: World) -> list[Migration]:
    """The moves that the policy asks for now, in the order in which to make them.

    OVERCOMMIT relieves hypervisors over a threshold, to the least loaded ones.
    CONSOLIDATION relieves them too, but to the most loaded that stay within all
    thresholds, and then empties lightly loaded hypervisors, if all of their machines find
    a place. Machines and hypervisors that are excluded stay as they are.
    """
    algorithm = world.policies.migration.algorithm.upper()
    if algorithm not in ("OVERCOMMIT", "CONSOLIDATION"):
        return []
    return _Moves(world, algorithm == "CONSOLIDATION").made()


def place_vm(world: World, machine: Machine) -> Choice:
    """The hypervisor for a machine that may go to any but the one it is on.

    The least loaded one; with CONSOLIDATION the most loaded. One that would get over a
    threshold is taken only if there is no other.
    """
    policy = world.policies.migration
    full = policy.algorithm.upper() == "CONSOLIDATION"
    known = hosts(world)
    here = known.get(machine.host)
    whys: list[str] = []
    possible: list[tuple[bool, float, int, str]] = []
    for name, host in known.items():
        why = refusal(world, host, machine)
        if name == machine.host:
            why = why or "has it already"
        if why:
            whys.append(f"{name} {why}")
            continue
        before = _burden(world, host)
        load, memory = _uses(here, machine)
        host.add(machine, load, memory)
        over = bool(host.over(policy))
        host.remove(machine, load, memory)
        possible.append((over, -before if full else before, len(possible), name))
    if possible:
        return Choice(min(possible)[-1], "")
    why = listed(whys) or "none is there"
    return Choice("", f"No hypervisor takes {machine.name}: {why}.")


def _uses(here: Host | None, machine: Machine) -> tuple[float, float]:
    if here is not None:
        return here.load_of(machine), here.memory_of(machine)
    return machine.load or 0.0, float(machine.used_memory or 0.0)


def _burden(world: World, host: Host) -> float:
    """How loaded it is: by the thresholds, or else by what it has given away."""
    policy = world.policies.migration
    if policy.algorithm.upper() != "NONE" and host.shares(policy):
        return host.burden(policy)
    return max(
        host.given(name) / max(1, host.node.resources.get(name, 0))
        for name in ("processors", "memory")
    )


class _Moves:
    """Moves, one after the other, each as if those before it were made."""

    def __init__(self, world: World, full: bool):
        self.world, self.full = world, full
        self.policy = world.policies.migration
        self.hosts = hosts(world)
        self.moves: list[Migration] = []
        self.moved: set[str] = set()
        self.filled: set[str] = set()
        self.uses: list[tuple[float, float]] = []

    def made(self) -> list[Migration]:
        for name in sorted(self.hosts, key=lambda each: -self._burden(each)):
            self._relieve(name)
        if self.full:
            for name in sorted(self.hosts, key=self._burden):
                self._empty(name)
        return self.moves[: self.world.config.migrations]

    def _burden(self, name: str) -> float:
        return self.hosts[name].burden(self.policy)

    def _fixed(self, name: str) -> bool:
        node = self.hosts[name].node
        return (
            name in self.policy.excluded_hosts
            or node.migration_disabled
            or bool(suitability.unusable(node))
        )

    def _movable(self, host: Host) -> list[Machine]:
        return [
            machine
            for machine in host.machines.values()
            if not machine.migration_disabled
            and machine.name not in self.policy.excluded_machines
            and machine.name not in self.moved
        ]

    def _relieve(self, name: str) -> None:
        """Move the fewest machines away that bring it below its thresholds."""
        host = self.hosts[name]
        if self._fixed(name):
            return
        while over := host.over(self.policy):
            best: tuple[bool, float, str] | None = None
            for machine in self._movable(host):
                if self._target(host, machine) is None:
                    continue
                before = host.burden(self.policy)
                load, memory = host.load_of(machine), host.memory_of(machine)
                host.remove(machine, load, memory)
                relieved, after = not host.over(self.policy), host.burden(self.policy)
                host.add(machine, load, memory)
                if after >= before - 1e-9:
                    continue
                # The least that relieves it, or else what relieves it most.
                option = (not relieved, -after if relieved else after, machine.name)
                if best is None or option < best:
                    best = option
            if best is None:
                return
            machine = host.machines[best[2]]
            target = self._target(host, machine)
            if target is None:
                return
            self._move(host, target, machine, f"{name} has {listed(over)}")

    def _empty(self, name: str) -> None:
        """Move all machines of a hypervisor away, or none."""
        host = self.hosts[name]
        if self._fixed(name) or not host.machines or name in self.filled:
            return
        machines = self._movable(host)
        if len(machines) < len(host.machines):
            return
        burden = self._burden(name)
        before, filled = len(self.moves), set(self.filled)
        for machine in sorted(
            machines, key=lambda each: (-host.load_of(each), each.name)
        ):
            target = self._target(host, machine, burden)
            if target is None:
                self._undo(before)
                self.filled = filled
                return
            self._move(host, target, machine, f"{name} is lightly loaded")
        if len(self.moves) > self.world.config.migrations:
            self._undo(before)

    def _target(
        self, source: Host, machine: Machine, least: float | None = None
    ) -> Host | None:
        """Where the machine goes; ``least`` is the load that the target has already."""
        options = []
        load, memory = source.load_of(machine), source.memory_of(machine)
        for number, (name, host) in enumerate(self.hosts.items()):
            if host is source or self._fixed(name):
                continue
            burden = self._burden(name)
            if least is not None and (not host.machines or burden < least):
                continue
            if refusal(self.world, host, machine):
                continue
            host.add(machine, load, memory)
            over = host.over(self.policy)
            host.remove(machine, load, memory)
            if not over:
                options.append((-burden if self.full else burden, number, host))
        return min(options, key=lambda one: one[:2])[2] if options else None

    def _move(self, source: Host, target: Host, machine: Machine, why: str) -> None:
        load, memory = source.load_of(machine), source.memory_of(machine)
        source.remove(machine, load, memory)
        target.add(machine, load, memory)
        self.moved.add(machine.name)
        self.filled.add(target.node.name)
        self.uses.append((load, memory))
        self.moves.append(
            Migration(machine.name, source.node.name, target.node.name, f"{why}.")
        )

    def _undo(self, before: int) -> None:
        while len(self.moves) > before:
            move = self.moves.pop()
            source, target = self.hosts[move.source], self.hosts[move.target]
            machine = target.machines[move.machine]
            load, memory = self.uses.pop()
            target.remove(machine, load, memory)
            source.add(machine, load, memory)
            self.moved.discard(move.machine)
