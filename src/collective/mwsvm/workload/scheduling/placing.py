"""Finding nodes for jobs, now or at a later moment; all of a job's tasks or none."""

from collections.abc import Iterable
from collections.abc import Sequence
from collective.mwsvm.workload.scheduling.book import Amounts
from collective.mwsvm.workload.scheduling.book import Book
from collective.mwsvm.workload.scheduling.book import Occupant
from collective.mwsvm.workload.scheduling.book import Outlook
from collective.mwsvm.workload.scheduling.node_order import Pool
from collective.mwsvm.workload.scheduling.requests import Group
from collective.mwsvm.workload.scheduling.requests import Part
from collective.mwsvm.workload.scheduling.requests import Request
from collective.mwsvm.workload.scheduling.spreading import balanced
from collective.mwsvm.workload.scheduling.spreading import fit
from collective.mwsvm.workload.scheduling.spreading import Room
from collective.mwsvm.workload.scheduling.spreading import rooms
from collective.mwsvm.workload.scheduling.spreading import side_by_side
from collective.mwsvm.workload.scheduling.views import Columns
from collective.mwsvm.workload.scheduling.world import Job
from dataclasses import dataclass


# Not frozen: see `book.Occupant`.
@dataclass(slots=True, eq=False)
class Unit:
    """Jobs that start at the same time or not at all; nearly always one.

    There are no requests of jobs for machines.
    """

    jobs: tuple[Job, ...]
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What is found for a unit: for each job (by its place), part and node, the tasks."""

    rooms: tuple[tuple[int, Part, Sequence[Room]], ...]


class Placing:
    """Looks for nodes in a book."""

    def __init__(self, book: Book):
        self.book = book
        self._speeds = [node.speed for node in book.nodes]

    def find(
        self, unit: Unit, start: float, partition: str | None = None
    ) -> Taken | None:
        """Nodes for all, from then on; None if there are none.

        ``partition`` is where they must be; None is in any, but all in one.
        """
        if not self.has_shared(unit, start):
            return None
        parts = sum(len(request.parts) for request in unit.requests)
        if parts == 1:
            (number,) = (n for n, each in enumerate(unit.requests) if each.parts)
            part = unit.requests[number].parts[0]
            return self._one(unit, number, part, start, partition)
        return self._several(unit, start, partition)

    def _one(
        self, unit: Unit, number: int, part: Part, start: float, partition: str | None
    ) -> Taken | None:
        end = start + unit.jobs[number].limit
        columns = self.columns(part.group, start, end)
        least = 0 if part.group.view.outlook.overcommit else part.group.least
        for name, pool in part.group.pools.items():
            if partition is None or part.group.spans or name == partition:
                found = self._choose(part, columns, self._nodes(pool, start, least))
                if found is not None:
                    return Taken(((number, part, found),))
        return None

    def _several(self, unit: Unit, start: float, partition: str | None) -> Taken | None:
        """The jobs one after the other, each in the first partition that will do."""
        tried: list[tuple[int, Occupant]] = []
        taken: list[tuple[int, Part, Sequence[Room]]] = []
        try:
            for number, request in enumerate(unit.requests):
                if not request.parts:
                    continue
                names = dict.fromkeys(
                    name for part in request.parts for name in part.group.pools
                )
                for name in names if partition is None else (partition,):
                    found = self._job(unit, number, start, name, tried)
                    if found is not None:
                        taken += found
                        break
                else:
                    return None
        finally:
            for place, occupant in reversed(tried):
                self.book.remove(place, occupant)
        return Taken(tuple(taken))

    def _job(
        self,
        unit: Unit,
        number: int,
        start: float,
        partition: str,
        tried: list[tuple[int, Occupant]],
    ) -> list[tuple[int, Part, Sequence[Room]]] | None:
        """One job's parts, those first that fewer nodes suit; noted in the book."""
        job, before = unit.jobs[number], len(tried)
        taken: list[tuple[int, Part, Sequence[Room]]] = []
        for part in sorted(
            unit.requests[number].parts, key=lambda one: len(one.group.candidates)
        ):
            pool = part.group.pools.get("" if part.group.spans else partition)
            found = None
            if pool is not None:
                columns = self.columns(part.group, start, start + job.limit)
                found = self._choose(part, columns, self._nodes(pool, start, 0))
            if found is None:
                break
            taken.append((number, part, found))
            for place, occupant in self._occupants(unit, taken[-1:], start):
                self.book.add(place, occupant)
                tried.append((place, occupant))
        else:
            if _exact(job, taken, self.book):
                return taken
        for place, occupant in reversed(tried[before:]):
            self.book.remove(place, occupant)
        del tried[before:]
        return None

    def _nodes(self, pool: Pool, start: float, least: int) -> Sequence[int]:
        return pool.current(least) if start <= self.book.now else pool.whole

    def columns(self, group: Group, start: float, end: float) -> Columns:
        """What of its nodes the group's jobs may have from then until then."""
        view, book = group.view, self.book
        if start <= book.now:
            return view.columns(view.until(end))
        columns = [[0] * len(book.nodes) for _ in book.names]
        for place in group.candidates:
            amounts = book.available(view.outlook, place, start, end)
            for column, amount in zip(columns, amounts, strict=True):
                column[place] = amount
        return columns

    def _choose(
        self, part: Part, columns: Columns, nodes: Iterable[int]
    ) -> Sequence[Room] | None:
        group = part.group
        shape = part.tasks, group.each, group.count
        if part.tasks == 1 or group.policy not in ("CONTIGUOUS", "MAXBALANCE"):
            return fit(part.need, columns, nodes, group.most, *shape)
        found = list(rooms(part.need, columns, nodes, group.most))
        if group.policy == "CONTIGUOUS":
            return side_by_side(found, *shape)
        return balanced(found, self._speeds, *shape)

    def has_shared(self, unit: Unit, start: float) -> bool:
        """Whether there is enough for the unit of the resources of the whole cluster."""
        if not any(request.shared for request in unit.requests):
            return True
        left: dict[int, int] = {}
        for job, request in zip(unit.jobs, unit.requests, strict=True):
            if not request.shared:
                continue
            amounts = self.shared(request, start, start + job.limit)
            for column, amount in request.shared:
                taken = left.get(column, 0) + amount
                left[column] = taken
                if taken > amounts[column]:
                    return False
        return True

    def shared(self, request: Request, start: float, end: float) -> list[int]:
        """What a job may have of the resources of the whole cluster, by column."""
        outlook = Outlook(request.sight)
        return self.book.available(outlook, self.book.shared, start, end)

    def take(
        self, unit: Unit, taken: Taken, start: float
    ) -> list[tuple[int, Occupant]]:
        """The unit has what was found; gives what it is on each node."""
        occupants = list(self._occupants(unit, taken.rooms, start))
        for place, occupant in occupants:
            self.book.add(place, occupant)
        for job, request in zip(unit.jobs, unit.requests, strict=True):
            if request.shared:
                self.take_shared(job, request, start, start + job.limit)
        return occupants

    def take_shared(self, job: Job, request: Request, start: float, end: float) -> None:
        """The job has what it asks for of the resources of the whole cluster."""
        place = self.book.shared
        outlook = Outlook(request.sight)
        self.book.add(
            place, self.occupant(job, outlook, place, start, request.shared, end)
        )

    def _occupants(
        self,
        unit: Unit,
        found: Iterable[tuple[int, Part, Sequence[Room]]],
        start: float,
    ) -> Iterable[tuple[int, Occupant]]:
        for number, part, chosen in found:
            for place, tasks in chosen:
                uses = tuple((column, amount * tasks) for column, amount in part.need)
                yield (
                    place,
                    self.occupant(
                        unit.jobs[number], part.group.view.outlook, place, start, uses
                    ),
                )

    def occupant(
        self,
        job: Job,
        outlook: Outlook,
        place: int,
        start: float,
        uses: Amounts,
        end: float | None = None,
    ) -> Occupant:
        """The job as it is on a node."""
        return Occupant(
            outlook.tenant,
            job.name,
            self.book.policy(outlook.policy, place),
            start,
            start + job.limit if end is None else end,
            uses,
            self.book.member(place, outlook, start) if self.book.held[place] else -1,
        )


def _exact(
    job: Job, taken: Iterable[tuple[int, Part, Sequence[Room]]], book: Book
) -> bool:
    """Whether a job that asks for an exact set of nodes has all of it."""
    if not job.nodes_requested or job.nodes_policy.upper() in ("SUBSET", "SUPERSET"):
        return True
    used = {book.nodes[at].name for _, _, chosen in taken for at, _ in chosen}
    return used == set(job.nodes_requested)
