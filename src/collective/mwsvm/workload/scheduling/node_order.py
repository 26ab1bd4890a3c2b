"""In which order nodes are taken (guide 4.17, Node Allocation; 4.8 for one job's own)."""

from bisect import bisect_left
from bisect import insort
from collections.abc import Callable
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.workload.scheduling import priority_function
from collective.mwsvm.workload.scheduling.book import Book
from collective.mwsvm.workload.scheduling.priority_function import Function
from collective.mwsvm.workload.scheduling.world import NO_LIMIT
from typing import Any


#: Moab's policies, and the guide's names for them.
_ALIASES = {
    "INREPORTEDORDER": "FIRSTAVAILABLE",
    "INREVERSEREPORTEDORDER": "LASTAVAILABLE",
    "MINIMUMCONFIGUREDRESOURCES": "MINRESOURCE",
    "NODESPEED": "FASTEST",
    "PROCESSORLOAD": "CPULOAD",
    "PROCESSORSPEEDBALANCE": "MAXBALANCE",
    "CUSTOMPRIORITY": "PRIORITY",
}

_DEFAULT = "LASTAVAILABLE"

#: A node's place in the order; smaller is taken first.
Score = Callable[[int], Any]

_KNOWN = frozenset(_ALIASES.values()) | {"CONTIGUOUS"}


def policy(asked: str, general: str) -> str:
    """Moab's name of the policy that counts: the job's, else the general, else default."""
    for name in (asked.strip().upper(), general.strip().upper()):
        known = _ALIASES.get(name, name)
        if known in _KNOWN:
            return known
    return _DEFAULT


class Scores:
    """How the nodes of a book rank under each policy."""

    def __init__(self, book: Book, function: str):
        self._book = book
        self._before = list(book.free[0])
        self.warnings: list[str] = []
        self.function: Function | None = None
        if function.strip():
            try:
                self.function = priority_function.parsed(function)
            except Invalid as error:
                self.warnings.append(f"{error} Nodes are taken in reverse order.")

    def changing(self, name: str) -> bool:
        """Whether the ranks change when jobs start."""
        if name == "PRIORITY":
            return self.function is not None and self.function.changing
        return name == "CPULOAD"

    def draws(self, name: str) -> bool:
        """Whether the policy itself says what the affinity of reservations means."""
        function = self.function
        return (
            name == "PRIORITY"
            and function is not None
            and "RSVAFFINITY" in function.names
        )

    def of(
        self, name: str, preferred: frozenset[str], affinity: Callable[[int], int]
    ) -> Score:
        """The rank of each node; jobs prefer the nodes named."""
        book = self._book
        match name:
            case "FIRSTAVAILABLE" | "CONTIGUOUS" | "MAXBALANCE":
                return lambda place: place
            case "MINRESOURCE":
                return lambda place: tuple(c[place] for c in book.capacity[:4])
            case "FASTEST":
                return lambda place: -book.nodes[place].speed
            case "CPULOAD":
                return lambda place: (
                    (book.nodes[place].load or 0.0)
                    + self._before[place]
                    - book.free[0][place]
                    - book.capacity[0][place]
                )
            case "PRIORITY" if self.function is not None:
                function = self.function
                return lambda place: (
                    -function(
                        lambda component, key: self._component(
                            component, key, place, preferred, affinity
                        )
                    )
                )
        return lambda place: -place

    def _component(
        self,
        name: str,
        key: str,
        place: int,
        preferred: frozenset[str],
        affinity: Callable[[int], int],
    ) -> float:
        book, node = self._book, self._book.nodes[place]
        match name:
            case "APROCS" | "AMEM" | "ADISK" | "ASWAP":
                return book.free[_COLUMNS[name[1:]]][place]
            case "CPROCS" | "CMEM" | "CDISK" | "CSWAP":
                return book.capacity[_COLUMNS[name[1:]]][place]
            case "ARCH":
                return key == node.architecture
            case "FEATURE":
                return key in node.features
            case "OS":
                return key == node.image
            case "GMETRIC":
                return (node.metrics or {}).get(key, 0.0)
            case "VARIABLE":
                return _number((node.variables or {}).get(key))
            case "FREETIME":
                return self._free_time(place)
            case "JOBCOUNT":
                now = book.now
                return len({o.name for o in book.occupants[place] if o.start <= now})
            case "LOAD":
                return node.load or 0.0
            case "NODEINDEX":
                return node.index
            case "PREF":
                return node.name in preferred
            case "PRIORITY":
                return node.priority
            case "RSVAFFINITY":
                return affinity(place)
            case "SPEED":
                return node.speed
        capacity = book.capacity[0][place]
        return 100.0 * (capacity - book.free[0][place]) / capacity if capacity else 0.0

    def _free_time(self, place: int) -> float:
        book = self._book
        starts = [held.start for held in book.held[place]]
        starts += [other.start for other in book.occupants[place]]
        later = (start - book.now for start in starts if start > book.now)
        return min(later, default=NO_LIMIT)


_COLUMNS = {"PROCS": 0, "MEM": 1, "DISK": 2, "SWAP": 3}


def _number(text: str | None) -> float:
    if not text:
        return 0.0
    try:
        number = float(text)
    except ValueError:
        return 1.0
    return number if abs(number) < 1e300 else 0.0


class Pool:
    """Nodes in the order in which they are taken.

    ``whole`` are all of them as the order was at first, ``nodes`` those that may yet have
    room now, as it is.
    """

    def __init__(self, book: Book, nodes: list[int], rank: Score, changing: bool):
        """``nodes`` are sorted by rank and place; ``changing``: ranks are, by starts."""
        self._book = book
        self._rank = rank
        self.whole = tuple(nodes)
        self.nodes = list(nodes)
        self._ranked: dict[int, Any] = {}
        self._keys: list[Any] | None = None
        if changing:
            self._ranked = {place: (rank(place), place) for place in nodes}
            self.nodes.sort(key=self._ranked.__getitem__)
            self._keys = [self._ranked[place] for place in self.nodes]
        self._known = len(book.log)
        self._pruned = -1

    def current(self, least: int) -> list[int]:
        """The nodes; some with fewer than ``least`` free processors are left out."""
        log = self._book.log
        if self._keys is not None and self._known < len(log):
            for place in set(log[self._known :]).intersection(self._ranked):
                self._move(place, self._keys)
            self._known = len(log)
        if least > 0 and 4 * (len(log) - self._pruned) > len(self.nodes):
            free = self._book.free[0]
            kept = [place for place in self.nodes if free[place] >= least]
            if len(kept) < len(self.nodes):
                self.nodes = kept
                if self._keys is not None:
                    self._keys = [self._ranked[place] for place in kept]
            self._pruned = len(log)
        return self.nodes

    def _move(self, place: int, keys: list[Any]) -> None:
        old, new = self._ranked[place], (self._rank(place), place)
        if old == new:
            return
        self._ranked[place] = new
        at = bisect_left(keys, old)
        if at < len(keys) and keys[at] == old:
            del keys[at], self.nodes[at]
            insort(keys, new)
            self.nodes.insert(bisect_left(keys, new), place)
