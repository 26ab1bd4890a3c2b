"""What is free of all nodes for jobs with the same outlook, kept up to date cheaply.

A job that starts now and ends at some moment may have of a node what is free until
then. Only reservations and plans make that less than what is free now, so the ends of
jobs fall into few classes, between the moments at which such begin.
"""

from bisect import bisect_left
from collections.abc import Iterable
from collections.abc import Sequence
from collective.mwsvm.workload.scheduling.book import Book
from collective.mwsvm.workload.scheduling.book import Outlook
from collective.mwsvm.workload.scheduling.node_access import SHARED
from math import inf


#: Amounts by column and node.
Columns = Sequence[Sequence[int]]


class View:
    """The nodes of a book as jobs with one outlook see them, now.

    ``general`` is the view of those who may use no reservation, and otherwise the same:
    most nodes look the same to both.
    """

    def __init__(self, book: Book, outlook: Outlook, general: "View | None" = None):
        self.book = book
        self.outlook = outlook
        self._kind = book.kind(outlook)
        self._general = general
        self._open = book.open_to(outlook.sight) if general is not None else []
        self._plain = (
            outlook.policy in ("", SHARED)
            and not outlook.overcommit
            and outlook.wanted is None
        )
        moments = {
            moment
            for place, (start, end) in book.times.items()
            for moment in self._moments(place, start, end)
        }
        self._own = sorted(moment for moment in moments if moment > book.now)
        self._times = self._own
        self._plans = 0
        self._closed: dict[int, int] = {}
        self._kept: dict[int, tuple[list[list[int]], int]] = {}

    def _moments(self, place: int, start: float, end: float) -> tuple[float, ...]:
        if self.outlook.wanted is not None and place in self.outlook.wanted:
            return (start, end)
        return () if self.outlook.sight[place] is not None else (start,)

    def until(self, end: float) -> int:
        """The class of jobs that end then; a later end never has a lower class."""
        if self._plans != self.book.plans_changed:
            self._plans = self.book.plans_changed
            planned = (moment for moment, jobs in self.book.plans.items() if jobs)
            self._times = sorted({*self._own, *planned})
            self._kept.clear()
        return bisect_left(self._times, end)

    def columns(self, until: int) -> Columns:
        """What is free now for all jobs of a class of ends; don't change it."""
        book = self.book
        if self._plain and 1 not in book.special:
            return book.free
        end = self._times[until] if until < len(self._times) else inf
        kept = self._kept.get(until)
        stale: Iterable[int]
        if kept is not None:
            columns, known = kept
            if known == len(book.log):
                return columns
            stale = set(book.log[known:])
        elif self._general is not None:
            general = self._general
            columns = self._copied(general.columns(general.until(end)))
            stale = self._open
        else:
            columns = self._copied(book.free)
            stale = range(len(book.nodes))
        used = [(columns[number], number) for number in sorted(book.used)]
        if self._plain:
            special, plain = book.special, stale
            stale = [place for place in plain if special[place]]
            for column, number in used:
                free = book.free[number]
                for place in plain:
                    column[place] = free[place]
        for place, found in book.available_now(
            self.outlook, self._kind, self._closed, stale, end
        ):
            for column, number in used:
                column[place] = found[number]
        self._kept[until] = columns, len(book.log)
        return columns

    def _copied(self, columns: Columns) -> list[list[int]]:
        used = self.book.used
        return [
            list(column) if number in used else []
            for number, column in enumerate(columns)
        ]
