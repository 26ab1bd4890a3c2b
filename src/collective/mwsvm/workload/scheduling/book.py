"""Who has what of each node, now and in what is planned; and what is left of it."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from collective.mwsvm.workload.scheduling import node_access
from collective.mwsvm.workload.scheduling.access import Sight
from collective.mwsvm.workload.scheduling.node_access import SHARED
from collective.mwsvm.workload.scheduling.node_access import Tenant
from collective.mwsvm.workload.scheduling.world import GLOBAL
from collective.mwsvm.workload.scheduling.world import Node
from collective.mwsvm.workload.scheduling.world import World
from dataclasses import dataclass
from math import floor
from math import inf


#: The resources that every node has, in the order of their columns.
BASIC = ("processors", "memory", "disk", "swap")

#: A resource of which there is always enough, but none on nodes where a job may not be:
#: what tasks take that take nothing else.
PRESENCE = ""
_ENOUGH = 1 << 40

_ALIASES = {"procs": "processors", "proc": "processors", "mem": "memory"}

#: Amounts by column.
Amounts = tuple[tuple[int, int], ...]


# Not frozen, which would cost three times as much: a round makes thousands of them.
@dataclass(slots=True, eq=False)
class Occupant:
    """What one job has of one node, from ``start`` until before ``end``.

    ``member`` is the place of the reservation whose resources it uses, -1 for none.
    """

    tenant: Tenant
    name: str
    policy: str
    start: float
    end: float
    uses: Amounts
    member: int = -1


@dataclass(frozen=True, slots=True)
class Outlook:
    """What decides how much of a node a job may have, beside what it asks for.

    ``wanted`` are the places of the reservations in one of which it must run; None if it
    need not.
    """

    sight: Sight = ()
    policy: str = ""
    tenant: Tenant = node_access.NOBODY
    overcommit: bool = False
    wanted: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What a reservation (by its place) holds of a node; None is all of it."""

    place: int
    start: float
    end: float
    amounts: tuple[int, ...] | None
    from_start_only: bool


class Book:
    """The nodes in the order in which they are reported, and one for shared resources.

    ``free[column][node]`` is what is left now by what is active. ``special`` nodes have
    reservations, plans, or jobs that don't share. ``log`` names each node that changed.
    """

    def __init__(self, world: World):
        self.now = world.now
        self.overrun = world.config.overrun
        self._default = world.config.access_policy.upper()
        ordered = sorted(world.nodes, key=lambda node: (node.index, node.name))
        shared = Node(name=GLOBAL, resources=world.config.shared or {})
        self.nodes: Sequence[Node] = (*ordered, shared)
        self.shared = len(ordered)
        self.place = {node.name: place for place, node in enumerate(self.nodes)}
        generic = {name for node in self.nodes for name in node.resources}
        self.names = (*BASIC, *sorted(generic.difference((*BASIC, PRESENCE))), PRESENCE)
        self.column = {name: number for number, name in enumerate(self.names)}
        self.capacity = [
            [max(0, node.resources.get(name, 0)) for node in self.nodes]
            for name in self.names[:-1]
        ]
        self.capacity.append([_ENOUGH] * len(self.nodes))
        self.free = [list(column) for column in self.capacity]
        self.extra = [[0] * len(self.nodes) for _ in self.names]
        #: The columns that any job asks for; views show no others.
        self.used: set[int] = set()
        self.alike = self._alike(ordered)
        self._hypervisors(world)
        #: What there is for jobs when none is active.
        self.empty = [list(column) for column in self.free]
        self.occupants: list[list[Occupant]] = [[] for _ in self.nodes]
        self.held: list[list[Held]] = [[] for _ in self.nodes]
        self._moments: list[list[float]] = [[] for _ in self.nodes]
        self._kinds: dict[tuple[str, Tenant, bool], int] = {}
        self._known: list[dict[object, list[int]]] = [{} for _ in self.nodes]
        self.special = bytearray(len(self.nodes))
        self.log: list[int] = []
        #: How many occupants start at each later moment.
        self.plans: dict[float, int] = {}
        self.plans_changed = 0
        self._reserve(world)
        #: By place of a reservation, the nodes of which it holds something, and when.
        self.reserved: dict[int, list[int]] = {}
        self.times: dict[int, tuple[float, float]] = {}
        for place, here in enumerate(self.held):
            for held in here:
                self.reserved.setdefault(held.place, []).append(place)
                self.times[held.place] = held.start, held.end
                if held.start > self.now:
                    self._moments[place].append(held.start)
        self._access = [node.access_policy.upper() for node in self.nodes]
        policies = [self.policy("", place) for place in range(len(self.nodes))]
        for place, policy in enumerate(policies):
            if policy != SHARED:
                self.special[place] = 1

    @staticmethod
    def _alike(nodes: Sequence[Node]) -> list[list[int]]:
        """The nodes in groups that differ in name, amounts and load only."""
        groups: dict[tuple[object, ...], list[int]] = {}
        for place, node in enumerate(nodes):
            key = (
                node.state,
                node.power,
                node.partition,
                node.features,
                node.classes,
                node.architecture,
                node.image,
                node.access_policy,
                node.hypervisor,
                frozenset(node.attributes.items()) if node.attributes else None,
            )
            groups.setdefault(key, []).append(place)
        return list(groups.values())

    def _hypervisors(self, world: World) -> None:
        limits = (world.policies.processor_limit, world.policies.memory_limit)
        for place, node in enumerate(self.nodes):
            if node.hypervisor:
                for column, limit in enumerate(limits):
                    more = self.capacity[column][place] * max(0.0, limit - 1)
                    self.extra[column][place] = floor(more + 1e-9)
        for machine in world.machines:
            host = self.place.get(machine.host)
            if host is not None:
                self.free[0][host] -= machine.processors
                self.free[1][host] -= machine.memory

    def _reserve(self, world: World) -> None:
        for number, reservation in enumerate(world.reservations):
            if reservation.end <= self.now:
                continue
            for each in reservation.nodes:
                place = self.place.get(each.node)
                if place is None:
                    continue
                amounts = None
                if each.resources is not None:
                    amounts = self._amounts(place, each.resources.items())
                self.special[place] = 1
                self.held[place].append(
                    Held(
                        number,
                        reservation.start,
                        reservation.end,
                        amounts,
                        "ALLOWJOBOVERLAP" in reservation.flags,
                    )
                )

    def _amounts(
        self, place: int, resources: Iterable[tuple[str, int]]
    ) -> tuple[int, ...]:
        amounts = [0] * len(self.names)
        for name, number in resources:
            low = name.lower()
            column = self.column.get(_ALIASES.get(low, low), self.column.get(name))
            if column is not None:
                whole = self.capacity[column][place]
                amounts[column] += whole if number < 0 else number
        return tuple(amounts)

    def policy(self, asked: str, place: int) -> str:
        """The node access policy that counts for a job on the node."""
        return node_access.effective(asked, self._access[place], self._default)

    def add(self, place: int, occupant: Occupant) -> None:
        """The node is used, or going to be if the occupant starts later."""
        self.occupants[place].append(occupant)
        if occupant.start <= self.now:
            for column, amount in occupant.uses:
                self.free[column][place] -= amount
        else:
            self.special[place] = 1
            self.plans[occupant.start] = self.plans.get(occupant.start, 0) + 1
            self.plans_changed += 1
            self._moments[place].append(occupant.start)
        if occupant.policy != SHARED:
            self.special[place] = 1
        self._known[place].clear()
        self.log.append(place)

    def remove(self, place: int, occupant: Occupant) -> None:
        """What `add` did is undone."""
        self.occupants[place].remove(occupant)
        if occupant.start <= self.now:
            for column, amount in occupant.uses:
                self.free[column][place] += amount
        else:
            self.plans[occupant.start] -= 1
            self.plans_changed += 1
            self._moments[place].remove(occupant.start)
        self._known[place].clear()
        self.log.append(place)

    def open_to(self, sight: Sight) -> list[int]:
        """The nodes with reservations that a job with this sight may use."""
        nodes = {
            place
            for number, here in self.reserved.items()
            if sight[number] is not None
            for place in here
        }
        return sorted(nodes)

    def member(self, place: int, outlook: Outlook, start: float) -> int:
        """The reservation that a job on the node counts for: its own, the friendliest."""
        best, most = -1, -inf
        for held in self.held[place]:
            drawn = outlook.sight[held.place]
            if drawn is None or not held.start <= start < held.end:
                continue
            if outlook.wanted is not None and held.place not in outlook.wanted:
                continue
            if drawn > most:
                best, most = held.place, drawn
        return best

    def kind(self, outlook: Outlook) -> int:
        """The same number for outlooks that differ in sight only; -1 for special ones."""
        if outlook.wanted is not None:
            return -1
        key = outlook.policy, outlook.tenant, outlook.overcommit
        return self._kinds.setdefault(key, len(self._kinds))

    def available_now(
        self,
        outlook: Outlook,
        kind: int,
        closed: dict[int, int],
        places: Iterable[int],
        end: float,
    ) -> Iterator[tuple[int, list[int]]]:
        """Nodes with what is `available` of each from now on.

        It is found once for all to whom it is the same. ``kind`` is the outlook's, and
        ``closed`` is kept with it, for this use only.
        """
        for place in places:
            if kind < 0:
                yield place, self.available(outlook, place, self.now, end)
                continue
            later = 0
            for moment in self._moments[place]:
                if moment < end:
                    later += 1
            shut = closed.get(place)
            if shut is None:
                shut = closed[place] = self._shut(outlook, place)
            known = self._known[place]
            same = kind, later, shut
            found = known.get(same)
            if found is None:
                found = known[same] = self.available(outlook, place, self.now, end)
            yield place, found

    def _shut(self, outlook: Outlook, place: int) -> int:
        """A number that says which reservations of a node one may not use."""
        found = 0
        for held in self.held[place]:
            found = found << 1 | (outlook.sight[held.place] is None)
        return found

    def available(
        self, outlook: Outlook, place: int, start: float, end: float
    ) -> list[int]:
        """The amounts, by column, that a job may have of the node all that time."""
        base = [column[place] for column in self.free]
        if outlook.overcommit:
            base = [
                free + more[place] for free, more in zip(base, self.extra, strict=True)
            ]
        plain = outlook.wanted is None and outlook.policy in ("", SHARED)
        if plain and not self.special[place]:
            for other in self.occupants[place]:
                if other.end <= start:
                    for column, amount in other.uses:
                        base[column] += amount
            return base
        nothing = [0] * len(base)
        moments = [start]
        policy = self.policy(outlook.policy, place)
        for other in self.occupants[place]:
            if other.start < end and other.end > start:
                if not node_access.compatible(
                    policy, outlook.tenant, other.policy, other.tenant
                ):
                    return nothing
                if other.start > start:
                    moments.append(other.start)
        holds = []
        for held in self.held[place]:
            if outlook.sight[held.place] is None and held.start < end:
                if held.start > start:
                    if held.from_start_only:
                        continue
                    moments.append(held.start)
                if held.end > start:
                    if held.amounts is None:
                        return nothing
                    holds.append(held)
        inside = self._inside(outlook, place, start, end)
        if inside is None:
            return nothing
        least = self._level(place, base, holds, inside, start)
        for moment in moments[1:]:
            level = self._level(place, base, holds, inside, moment)
            least = [min(pair) for pair in zip(least, level, strict=True)]
        return [max(0, amount) for amount in least]

    def _inside(
        self, outlook: Outlook, place: int, start: float, end: float
    ) -> list[Held] | None:
        """What of the node the job must keep to; None if it may not be there."""
        if outlook.wanted is None:
            return []
        found = [
            held
            for held in self.held[place]
            if held.place in outlook.wanted and held.start <= start and end <= held.end
        ]
        if not found:
            return None
        return [] if any(held.amounts is None for held in found) else found

    def _level(
        self,
        place: int,
        base: list[int],
        holds: list[Held],
        inside: list[Held],
        moment: float,
    ) -> list[int]:
        level = base[:]
        for other in self.occupants[place]:
            if other.start > self.now:
                if other.start <= moment < other.end:
                    for column, amount in other.uses:
                        level[column] -= amount
            elif other.end <= moment:
                for column, amount in other.uses:
                    level[column] += amount
        for held in holds:
            if held.start <= moment < held.end:
                for column, left in enumerate(self._unused(place, held, moment)):
                    level[column] -= left
        if inside:
            most = [0] * len(level)
            for held in inside:
                for column, left in enumerate(self._unused(place, held, moment)):
                    most[column] = max(most[column], left)
            most[-1] = level[-1]
            level = [min(pair) for pair in zip(level, most, strict=True)]
        return level

    def _unused(self, place: int, held: Held, moment: float) -> list[int]:
        """What the reservation holds beyond what its own jobs use."""
        left = list(held.amounts or ())
        for other in self.occupants[place]:
            if other.member == held.place and other.start <= moment < other.end:
                for column, amount in other.uses:
                    left[column] -= amount
        return [max(0, amount) for amount in left]
