"""When a job that can't start now can start at the latest, and whether it ever can."""

from collections.abc import Iterable
from collections.abc import Sequence
from collective.mwsvm.workload.scheduling.placing import Placing
from collective.mwsvm.workload.scheduling.placing import Taken
from collective.mwsvm.workload.scheduling.placing import Unit
from collective.mwsvm.workload.scheduling.requests import Part
from collective.mwsvm.workload.scheduling.spreading import fit
from collective.mwsvm.workload.scheduling.spreading import rooms
from collective.mwsvm.workload.scheduling.views import Columns
from collective.mwsvm.workload.scheduling.world import Reservation
from math import inf
from typing import TypeVar


_Number = TypeVar("_Number", int, float)


class Tally:
    """For how many tasks of a part there is room, in each partition, as time goes on.

    It may say too many, never too few: what was free at one moment may be reserved later.
    """

    def __init__(self, placing: Placing, part: Part, limit: int):
        self._placing, self._part, self._limit = placing, part, limit
        self._names = {
            place: name
            for name, pool in part.group.pools.items()
            for place in pool.whole
        }
        self._worth: dict[int, int] = {}
        self.totals = dict.fromkeys(part.group.pools, 0)

    def read(self, columns: Columns) -> None:
        """The room of all nodes, from what is free of them at a moment."""
        part = self._part
        self._worth = {}
        self.totals = dict.fromkeys(part.group.pools, 0)
        for place, count in rooms(
            part.need, columns, part.group.candidates, part.group.most
        ):
            self._note(place, count)

    def update(self, place: int, moment: float) -> None:
        """Something ends on the node at that moment."""
        if place not in self._names:
            return
        group = self._part.group
        amounts = self._placing.book.available(
            group.view.outlook, place, moment, moment + self._limit
        )
        count = group.most
        for column, amount in self._part.need:
            count = min(count, amounts[column] // amount)
        self._note(place, max(0, count))

    def _note(self, place: int, count: int) -> None:
        each, tasks = self._part.group.each, self._part.tasks
        if each:
            rest = tasks % each
            count = each if count >= each else rest if count >= rest else 0
        worth = min(count, tasks)
        name = self._names.get(place)
        if name is not None:
            self.totals[name] += worth - self._worth.get(place, 0)
            self._worth[place] = worth

    def enough(self) -> bool:
        """Whether there may be room for all tasks somewhere."""
        return any(total >= self._part.tasks for total in self.totals.values())


class Planning:
    """Plans for a book."""

    def __init__(self, placing: Placing, reservations: Sequence[Reservation]):
        self.reservations = reservations
        self._placing = placing
        self._book = placing.book

    def ever(self, part: Part) -> bool:
        """Whether the nodes that are there would do if nothing else were on them."""
        group = part.group
        if dominated(group.hopeless, part.vector):
            return False
        columns: Columns = self._book.empty
        if group.view.outlook.overcommit:
            columns = [
                [free + more for free, more in zip(*pair, strict=True)]
                for pair in zip(self._book.empty, self._book.extra, strict=True)
            ]
        for pool in group.pools.values():
            shape = part.tasks, group.each, group.count
            if fit(part.need, columns, pool.whole, group.most, *shape) is not None:
                return True
        remember(group.hopeless, part.vector)
        return False

    def earliest(
        self, unit: Unit, partition: str | None = None
    ) -> tuple[float, Taken] | None:
        """When and where the unit can start, later than now, if nothing else comes.

        None if it can't start at any time that is known of.
        """
        placing, book = self._placing, self._book
        parts = [
            (job, part)
            for job, request in zip(unit.jobs, unit.requests, strict=True)
            for part in request.parts
        ]
        if not all(self.ever(part) for _job, part in parts):
            return None
        tallies = []
        for job, part in parts:
            tally = Tally(placing, part, job.limit)
            tally.read(placing.columns(part.group, book.now, book.now + job.limit))
            tallies.append(tally)
        places = {place for _job, part in parts for place in part.group.candidates}
        last = -inf
        for moment, place in self._events(places):
            if (
                moment > last > -inf
                and all(tally.enough() for tally in tallies)
                and placing.has_shared(unit, last)
            ):
                found = placing.find(unit, last, partition)
                if found is not None:
                    return last, found
                for tally, (job, part) in zip(tallies, parts, strict=True):
                    end = last + job.limit
                    tally.read(placing.columns(part.group, last, end))
            last = moment
            if place >= 0:
                for tally in tallies:
                    tally.update(place, moment)
        return None

    def _events(self, places: Iterable[int]) -> list[tuple[float, int]]:
        """Where something ends or reserved resources become usable, and when."""
        now = self._book.now
        events = set()
        for place in {*places, self._book.shared}:
            for occupant in self._book.occupants[place]:
                events.add((occupant.end, place))
            for held in self._book.held[place]:
                events.add((held.start, place))
                events.add((held.end, place))
        later = sorted(event for event in events if now < event[0] < inf)
        return [*later, (inf, -1)]


def dominated(
    known: Iterable[tuple[_Number, ...]], vector: tuple[_Number, ...]
) -> bool:
    """Whether something that asked for no more in any respect is among what is known."""
    for other in known:
        for mine, theirs in zip(vector, other, strict=True):
            if mine < theirs:
                break
        else:
            return True
    return False


def remember(known: list[tuple[_Number, ...]], vector: tuple[_Number, ...]) -> None:
    """Known from now on; what asks for at least as much needs no place of its own."""
    known[:] = [other for other in known if not dominated((vector,), other)]
    known.append(vector)
