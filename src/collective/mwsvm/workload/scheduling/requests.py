"""What jobs ask for, in the terms of the book: alike requests share all that is found."""

from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.workload.scheduling import acl
from collective.mwsvm.workload.scheduling import node_access
from collective.mwsvm.workload.scheduling import node_order
from collective.mwsvm.workload.scheduling import suitability
from collective.mwsvm.workload.scheduling.access import Sight
from collective.mwsvm.workload.scheduling.access import Sights
from collective.mwsvm.workload.scheduling.book import Amounts
from collective.mwsvm.workload.scheduling.book import BASIC
from collective.mwsvm.workload.scheduling.book import Book
from collective.mwsvm.workload.scheduling.book import Outlook
from collective.mwsvm.workload.scheduling.book import PRESENCE
from collective.mwsvm.workload.scheduling.node_access import Tenant
from collective.mwsvm.workload.scheduling.node_order import Pool
from collective.mwsvm.workload.scheduling.node_order import Score
from collective.mwsvm.workload.scheduling.node_order import Scores
from collective.mwsvm.workload.scheduling.views import View
from collective.mwsvm.workload.scheduling.world import Job
from collective.mwsvm.workload.scheduling.world import Requirement
from collective.mwsvm.workload.scheduling.world import World
from dataclasses import dataclass
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple


#: Jobs that are alike but for what they require: the number of what they say of nodes,
#: the identity of their sight, and who they are.
Whose = tuple[int, int, Tenant | None]

#: Jobs with these flags take nothing of any node.
_TAKE_NOTHING = frozenset(("NORESOURCES", "META"))


class Suited:
    """The nodes that suit requests that ask alike.

    ``candidates`` suit and are there, ``absent`` suit and are not. ``spans``: they may be
    of several partitions.
    """

    def __init__(self, book: Book, job: Job, need: Requirement):
        self._book, self._job = book, job
        self.spans = "COALLOC" in job.flags
        named = bool(job.nodes_requested or job.nodes_excluded)
        heeds = "IGNNODESTATE" not in job.flags
        self.candidates: list[int] = []
        self.absent: list[int] = []
        for alike in book.alike:
            for places in ([place] for place in alike) if named else (alike,):
                node = book.nodes[places[0]]
                if not suitability.unsuited(job, need, node):
                    gone = heeds and suitability.unusable(node)
                    (self.absent if gone else self.candidates).extend(places)
        self.candidates.sort()
        self.absent.sort()
        self.there = frozenset(self.candidates)
        self._asked = bool(job.nodes_requested) and job.nodes_policy.upper() == "SUBSET"
        self._physical = job.vm_usage.upper() == "PREFPM"
        self._partial = self._asked or self._physical
        self._orders: dict[object, tuple[dict[str, list[int]], Score]] = {}

    def order(
        self, scores: Scores, policy: str, drawn: Mapping[int, int]
    ) -> tuple[dict[str, list[int]], Score]:
        """By partition, the nodes as they are taken, and the ranks.

        ``drawn`` is how much jobs are drawn to nodes by reservations.
        """
        key = policy, tuple(drawn.items())
        known = self._orders.get(key)
        if known is None:
            rank = self._rank(scores, policy, drawn)
            if not drawn or self._partial or scores.draws(policy):
                parts = self._parted(
                    sorted(self.candidates, key=lambda at: (rank(at), at))
                )
            else:
                parts = self._drawn(scores, policy, drawn, rank)
            known = self._orders[key] = parts, rank
        return known

    def _parted(self, places: Iterable[int]) -> dict[str, list[int]]:
        parts: dict[str, list[int]] = {}
        for place in places:
            name = "" if self.spans else self._book.nodes[place].partition
            parts.setdefault(name, []).append(place)
        return parts

    def _drawn(
        self, scores: Scores, policy: str, drawn: Mapping[int, int], rank: Score
    ) -> dict[str, list[int]]:
        """The plain order, but those first that draw jobs, and those last that don't."""
        plain, _ = self.order(scores, policy, {})
        apart = sorted(drawn, key=lambda at: (rank(at), at))
        first = self._parted(place for place in apart if drawn[place] > 0)
        last = self._parted(place for place in apart if drawn[place] < 0)
        return {
            name: [
                *first.get(name, ()),
                *[place for place in plain[name] if place not in drawn],
                *last.get(name, ()),
            ]
            for name in dict.fromkeys((*first, *plain))
        }

    def _rank(self, scores: Scores, policy: str, drawn: Mapping[int, int]) -> Score:
        book, job = self._book, self._job
        preferred = frozenset(job.nodes_requested)
        score = scores.of(policy, preferred, lambda at: drawn.get(at, 0))
        asked, physical = self._asked, self._physical
        pull = {} if scores.draws(policy) else drawn
        if not (self._partial or pull):
            return score
        return lambda place: (
            asked and book.nodes[place].name not in preferred,
            physical and book.nodes[place].hypervisor,
            -pull.get(place, 0),
            score(place),
        )


class Group:
    """Requests that the same nodes suit, see the same of them, and take them alike.

    ``each`` and ``count`` are as in `spreading.spread`, ``most`` is of tasks on a node.
    """

    def __init__(
        self,
        scores: Scores,
        job: Job,
        need: Requirement,
        suited: Suited,
        view: View,
        policy: str,
        drawn: Mapping[int, int],
    ):
        """``drawn`` is how much reservations draw its jobs to nodes, where they do."""
        self.job, self.need, self.suited, self.view = job, need, suited, view
        self.policy = policy
        self._scores = scores
        self._drawn = drawn
        self.candidates, self.absent = suited.candidates, suited.absent
        self.spans = suited.spans
        exact = bool(job.nodes_requested) and job.nodes_policy.upper() not in (
            "SUBSET",
            "SUPERSET",
        )
        self.each = need.tasks_per_node
        self.count = len(set(job.nodes_requested)) if exact else need.nodes
        single = need.access_policy.upper() == "SINGLETASK"
        self.most = 1 if single else self.each or 1 << 62
        if single:
            self.each = 0
        #: The fewest processors that a task of a request needs.
        self.least = 1 << 62
        #: What has failed: amounts by column, tasks, class of ends.
        self.failures: list[tuple[int, ...]] = []
        #: What the empty nodes would not do for, and what no start is known for.
        self.hopeless: list[tuple[int, ...]] = []
        self.unplanned: list[tuple[int, ...]] = []

    @cached_property
    def pools(self) -> dict[str, Pool]:
        """By partition, the candidates as they are taken; partitions as they come."""
        there = self.suited.there
        drawn = {place: how for place, how in self._drawn.items() if place in there}
        parts, rank = self.suited.order(self._scores, self.policy, drawn)
        changing = self._scores.changing(self.policy)
        return {
            name: Pool(self.view.book, places, rank, changing)
            for name, places in parts.items()
        }


# Not frozen: see `book.Occupant`.
@dataclass(slots=True, eq=False)
class Part:
    """Some tasks alike: what each takes of a node, how many, and of which group.

    ``vector`` is what it asks for as numbers: where all of them are at least as large, it
    is at least as hard to get.
    """

    index: int
    need: Amounts
    tasks: int
    group: Group
    vector: tuple[int, ...]


# Not frozen: see `book.Occupant`.
@dataclass(slots=True, eq=False)
class Request:
    """All that one job asks for; ``shared`` is of the resources of the whole cluster.

    ``missing`` names resources that neither nodes nor the cluster have.
    """

    parts: tuple[Part, ...]
    shared: Amounts
    sight: Sight
    missing: tuple[str, ...] = ()


class _Task(NamedTuple):
    """What one task takes of a node, by column and only what it takes, and of pools."""

    amounts: tuple[int, ...]
    pairs: Amounts
    shared: Amounts = ()
    missing: tuple[str, ...] = ()


class Requests:
    """The requests of a round; equal ones are the same object."""

    def __init__(self, world: World, book: Book, sights: Sights, scores: Scores):
        self._world, self._book = world, book
        self._sights, self._scores = sights, scores
        self._general = world.policies.allocation
        self._personal = _personal(world)
        self._numbers: dict[tuple[object, ...], int] = {}
        self._known: dict[tuple[object, ...], Request] = {}
        self._groups: dict[tuple[object, ...], Group] = {}
        self._suited: dict[tuple[object, ...], Suited] = {}
        self._views: dict[Outlook, View] = {}
        self._drawn: dict[Sight, dict[int, int]] = {}
        self._sealed = False
        self._on_nodes = set(BASIC)
        for node in world.nodes:
            self._on_nodes.update(name for name, n in node.resources.items() if n)
        #: Nothing of all that is not basic; empty, if pools have some of what is.
        self._plain = (0,) * (len(book.names) - len(BASIC))
        if not set(BASIC).isdisjoint(world.config.shared or ()):
            self._plain = ()

    def seal(self) -> None:
        """All jobs that wait have asked; groups that come later know nothing of these."""
        self._sealed = True

    def of(self, job: Job) -> Request:
        """What the job asks for."""
        sight = self._sights.of(job)
        tenant = self._tenant(job)
        alike = suitability.job_signature(job)
        whose = (self._numbers.setdefault(alike, len(self._numbers)), id(sight), tenant)
        key = (whose, job.requirements)
        request = self._known.get(key)
        if request is None:
            request = self._known[key] = self._made(job, sight, whose)
        return request

    def _tenant(self, job: Job) -> Tenant | None:
        several = len(job.requirements) > 1
        if not self._personal and not several:
            return None
        return Tenant(job.user, job.group, job.account, job.name if several else "")

    def _made(self, job: Job, sight: Sight, whose: Whose) -> Request:
        if _TAKE_NOTHING & job.flags:
            return Request((), (), sight)
        parts: list[Part] = []
        shared: dict[int, int] = {}
        missing: set[str] = set()
        only_generic = "GRESONLY" in job.flags
        for index, need in enumerate(job.requirements):
            group = self._group(job, need, sight, whose)
            tasks = max(acl.tasks_of(need), group.count)
            task = self._task(need, only_generic)
            for number, amount in task.shared:
                shared[number] = shared.get(number, 0) + amount * tasks
            missing.update(task.missing)
            if task.pairs:
                self._book.used.update([number for number, _ in task.pairs])
                group.least = min(group.least, task.amounts[0])
                vector = (*task.amounts, tasks)
                parts.append(Part(index, task.pairs, tasks, group, vector))
        return Request(
            tuple(parts), tuple(sorted(shared.items())), sight, tuple(sorted(missing))
        )

    def _task(self, need: Requirement, only_generic: bool) -> _Task:
        """What a task of a requirement takes."""
        if (
            self._plain
            and not need.generic
            and not only_generic
            and need.processors > 0
        ):
            basic = need.processors, need.memory, need.disk, need.swap
            plain = tuple([pair for pair in enumerate(basic) if pair[1] > 0])
            return _Task((*basic, *self._plain), plain)
        column = self._book.column
        pool = self._world.config.shared or {}
        amounts = [0] * len(column)
        shared: list[tuple[int, int]] = []
        missing: list[str] = []
        for name, amount in _amounts(need, only_generic):
            if amount <= 0:
                continue
            if name in pool:
                shared.append((column[name], amount))
            elif name in self._on_nodes:
                amounts[column[name]] += amount
            else:
                missing.append(name)
        if not only_generic and not any(amounts):
            amounts[column[PRESENCE]] = 1
        pairs = tuple([pair for pair in enumerate(amounts) if pair[1]])
        return _Task(tuple(amounts), pairs, tuple(shared), tuple(missing))

    def _group(self, job: Job, need: Requirement, sight: Sight, whose: Whose) -> Group:
        asked = suitability.need_signature(need)
        group = self._groups.get((whose, asked))
        if group is not None:
            return group
        alike, _, tenant = whose
        suited = self._suited.get((alike, asked))
        if suited is None:
            suited = self._suited[alike, asked] = Suited(self._book, job, need)
        ignores = "IGNNODEPOLICIES" in job.flags
        outlook = Outlook(
            sight,
            "SHARED" if ignores else need.access_policy.upper(),
            tenant or node_access.NOBODY,
            job.vm_usage.upper() in suitability.CREATING,
            self._wanted(job, sight),
        )
        policy = node_order.policy(need.allocation_policy, self._general)
        view, drawn = self.view(outlook), self._draws(sight)
        group = Group(self._scores, job, need, suited, view, policy, drawn)
        if self._sealed:
            group.least = 0
        self._groups[whose, asked] = group
        return group

    def _draws(self, sight: Sight) -> dict[int, int]:
        """How much a job with this sight is drawn to nodes, or pushed away, now."""
        known = self._drawn.get(sight)
        if known is not None:
            return known
        found: dict[int, int] = {}
        book = self._book
        for place in book.open_to(sight):
            drawn = [
                how
                for held in book.held[place]
                if held.start <= book.now < held.end
                and (how := sight[held.place]) is not None
            ]
            most = max(drawn, default=0)
            if most <= 0:
                most = min(drawn, default=0)
            if most:
                found[place] = most
        self._drawn[sight] = found
        return found

    def view(self, outlook: Outlook) -> View:
        """The view of all that have this outlook."""
        view = self._views.get(outlook)
        if view is None:
            general = None
            if outlook.wanted is None and any(how is not None for how in outlook.sight):
                nothing = replace(outlook, sight=(None,) * len(outlook.sight))
                general = self.view(nothing)
            view = self._views[outlook] = View(self._book, outlook, general)
        return view

    def _wanted(self, job: Job, sight: Sight) -> tuple[int, ...] | None:
        name = acl.wanted(job)
        if not name:
            return None
        return tuple(
            place
            for place, each in enumerate(self._world.reservations)
            if name in ("*", each.name) and sight[place] is not None
        )


def _amounts(need: Requirement, generic_only: bool) -> Iterable[tuple[str, int]]:
    if not generic_only:
        yield "processors", need.processors
        yield "memory", need.memory
        yield "disk", need.disk
        yield "swap", need.swap
    yield from need.generic


def _personal(world: World) -> bool:
    """Whether it matters anywhere whose jobs are on a node."""
    asked = {world.config.access_policy.upper()}
    asked.update(node.access_policy.upper() for node in world.nodes)
    for job in world.jobs:
        for need in job.requirements:
            if need.access_policy:
                asked.add(need.access_policy.upper())
    return not node_access.PERSONAL.isdisjoint(asked)
