"""Auto VM Migration, and the choice of a hypervisor for ``ANY`` (guide 4.17, 4.29)."""

from collective.mwsvm.workload.scheduling import hosting
from collective.mwsvm.workload.scheduling.hypervisors import Choice
from collective.mwsvm.workload.scheduling.hypervisors import GIVEN
from collective.mwsvm.workload.scheduling.hypervisors import Host
from collective.mwsvm.workload.scheduling.hypervisors import hosts
from collective.mwsvm.workload.scheduling.hypervisors import Migration
from collective.mwsvm.workload.scheduling.hypervisors import Uses
from collective.mwsvm.workload.scheduling.planning import dominated
from collective.mwsvm.workload.scheduling.planning import remember
from collective.mwsvm.workload.scheduling.sentences import listed
from collective.mwsvm.workload.scheduling.world import Machine
from collective.mwsvm.workload.scheduling.world import World


#: So many hypervisors are named with why they do not take a machine.
_SHOWN = 20


def migrations(world: World) -> list[Migration]:
    """The moves that the policy asks for now, in the order in which to make them.

    OVERCOMMIT relieves hypervisors over a threshold, to the least loaded ones.
    CONSOLIDATION relieves them too, but to the most loaded that stay within all
    thresholds, and then empties lightly loaded hypervisors, if all of their machines find
    a place. Machines and hypervisors that are excluded stay as they are; nothing comes
    to a hypervisor that does not report all that there are thresholds for.
    """
    policy = world.policies.migration
    algorithm = policy.algorithm.upper()
    blind = policy.processors is None and policy.memory is None and not policy.metrics
    if blind or algorithm not in ("OVERCOMMIT", "CONSOLIDATION"):
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
    uses = Uses(machine.load or 0.0, float(machine.used_memory or 0.0))
    if here is not None:
        uses = here.uses(machine)
    whys: list[str] = []
    possible: list[tuple[bool, float, int, str]] = []
    for name, host in known.items():
        why = hosting.refusal(world, host, machine)
        if name == machine.host:
            why = why or "has it already"
        why = why or hosting.avoided(world, host, machine, here)
        if why:
            whys.append(f"{name} {why}")
            continue
        burden = _burden(world, host)
        over = not host.takes(policy, machine, uses)
        possible.append((over, -burden if full else burden, len(possible), name))
    if possible:
        return Choice(min(possible)[-1], "")
    why = listed(whys, _SHOWN) or "none is there"
    return Choice("", f"No hypervisor takes {machine.name}: {why}.")


def refused(world: World, machine: Machine, name: str) -> str:
    """Why a person can't have the machine on the hypervisor of this name; "" if so."""
    host = hosts(world).get(name)
    return "is no hypervisor" if host is None else hosting.refusal(world, host, machine)


def _burden(world: World, host: Host) -> float:
    """How loaded it is: by the thresholds, or else by what it has given away."""
    policy = world.policies.migration
    if policy.algorithm.upper() != "NONE" and host.shares(policy):
        return host.burden(policy)
    return max(
        host.given(name) / max(1, host.node.resources.get(name, 0)) for name in GIVEN
    )


class _Moves:
    """Moves, one after the other, each as if those before it were made."""

    def __init__(self, world: World, full: bool):
        self.world, self.full = world, full
        self.policy = world.policies.migration
        self.most = world.config.migrations
        self.hosts = hosts(world)
        self.burdens = {
            name: host.burden(self.policy) for name, host in self.hosts.items()
        }
        fixed = self.policy.excluded_hosts
        open_ = [
            name
            for name, host in self.hosts.items()
            if name not in fixed and not hosting.closed(host)
        ]
        self.sources = [
            name for name in open_ if hosting.is_there(self.hosts[name].node)
        ]
        self.targets = [name for name in open_ if self.hosts[name].reports(self.policy)]
        self.moves: list[Migration] = []
        self.moved: dict[str, Uses] = {}
        self.filled: set[str] = set()
        #: What found no target since the last move, by what else decides about it.
        self.failures: dict[object, list[tuple[float, ...]]] = {}

    def made(self) -> list[Migration]:
        for name in sorted(self.sources, key=lambda each: -self.burdens[each]):
            if len(self.moves) < self.most:
                self._relieve(self.hosts[name])
        if self.full:
            light = set(self.targets).intersection(self.sources)
            for name in sorted(self.sources, key=lambda each: self.burdens[each]):
                if name in light and len(self.moves) < self.most:
                    self._empty(self.hosts[name])
        return self.moves[: self.most]

    def _movable(self, host: Host) -> list[Machine]:
        return [
            machine
            for machine in host.machines.values()
            if not machine.migration_disabled
            and machine.name not in self.policy.excluded_machines
            and machine.name not in self.moved
        ]

    def _relieve(self, host: Host) -> None:
        """Move the fewest machines away that bring it below its thresholds."""
        while over := host.over(self.policy):
            for machine in self._relieving(host):
                target = self._other(host, machine)
                if target is not None:
                    why = f"{host.node.name} has {listed(over)}"
                    self._move(host, target, machine, why)
                    break
            else:
                return

    def _relieving(self, host: Host) -> list[Machine]:
        """First those that relieve it, the least first; then what relieves it most."""
        before = host.burden(self.policy)
        options: list[tuple[bool, float, str]] = []
        for machine in self._movable(host):
            uses = host.uses(machine)
            host.remove(machine, uses)
            relieved, after = not host.over(self.policy), host.burden(self.policy)
            host.add(machine, uses)
            if after < before - 1e-9:
                option = not relieved, -after if relieved else after, machine.name
                options.append(option)
        return [host.machines[name] for *_, name in sorted(options)]

    def _other(self, source: Host, machine: Machine) -> Host | None:
        """Where the machine goes, unless one that uses no more found no place."""
        key = machine.image, tuple(each.name for each in source.reservations)
        uses = (*source.uses(machine), machine.processors, machine.memory)
        failures = self.failures.setdefault(key, [])
        if not self.policy.metrics and dominated(failures, uses):
            return None
        target = self._target(source, machine)
        if target is None:
            remember(failures, uses)
        return target

    def _empty(self, host: Host) -> None:
        """Move all machines of a hypervisor away, or none."""
        machines = self._movable(host)
        if not machines or len(machines) < len(host.machines):
            return
        if host.node.name in self.filled:
            return
        burden = self.burdens[host.node.name]
        before, filled = len(self.moves), set(self.filled)
        for machine in sorted(
            machines, key=lambda each: (-host.uses(each).load, each.name)
        ):
            target = self._target(host, machine, burden)
            if target is None or len(self.moves) == self.most:
                self._undo(before)
                self.filled = filled
                return
            self._move(host, target, machine, f"{host.node.name} is lightly loaded")

    def _target(
        self, source: Host, machine: Machine, least: float | None = None
    ) -> Host | None:
        """Where the machine goes; ``least`` is the load that the target has already."""
        uses = source.uses(machine)
        sign = -1 if self.full else 1
        # Most of those that are over a threshold already need no closer look.
        within = [name for name in self.targets if self.burdens[name] <= 1 + 1e-9]
        for name in sorted(within, key=lambda each: sign * self.burdens[each]):
            host = self.hosts[name]
            if host is source:
                continue
            if least is not None and (not host.machines or self.burdens[name] < least):
                continue
            why = hosting.refusal(self.world, host, machine)
            why = why or hosting.avoided(self.world, host, machine, source)
            if not why and host.takes(self.policy, machine, uses):
                return host
        return None

    def _move(self, source: Host, target: Host, machine: Machine, why: str) -> None:
        uses = source.uses(machine)
        self._shift(source, target, machine, uses)
        self.moved[machine.name] = uses
        self.filled.add(target.node.name)
        self.moves.append(
            Migration(machine.name, source.node.name, target.node.name, f"{why}.")
        )

    def _undo(self, before: int) -> None:
        while len(self.moves) > before:
            move = self.moves.pop()
            source, target = self.hosts[move.source], self.hosts[move.target]
            machine = target.machines[move.machine]
            self._shift(target, source, machine, self.moved.pop(move.machine))

    def _shift(self, source: Host, target: Host, machine: Machine, uses: Uses) -> None:
        source.remove(machine, uses)
        target.add(machine, uses)
        self.failures.clear()
        for host in (source, target):
            self.burdens[host.node.name] = host.burden(self.policy)
