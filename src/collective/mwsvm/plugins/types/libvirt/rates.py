"""How busy CPUs were between two polls."""

from collections.abc import Iterable
from collections.abc import Mapping


class Rates:
    """The counters of the previous poll; made new, it knows none."""

    def __init__(self) -> None:
        self._node: Mapping[str, int] | None = None
        self._machines: dict[str, tuple[int, int]] = {}

    def node(self, counters: Mapping[str, int]) -> float | None:
        """The share (0 to 1) of all CPUs that was busy; None at the first call.

        ``counters`` are nanoseconds since the start: user, kernel, idle, iowait, ...
        """
        before, self._node = self._node, counters
        if before is None:
            return None
        spent = {name: now - before.get(name, 0) for name, now in counters.items()}
        total = sum(spent.values())
        busy = total - spent.get("idle", 0) - spent.get("iowait", 0)
        # After a restart of the hypervisor the counters are lower than before.
        if total <= 0 or min(spent.values()) < 0:
            return None
        return busy / total

    def machine(self, uuid: str, used: int, at: int, processors: int) -> float | None:
        """The percentage of a machine's CPUs that was used; None at the first call.

        ``used`` is its CPU time, ``at`` a monotonic clock, both in nanoseconds.
        """
        before = self._machines.get(uuid)
        self._machines[uuid] = used, at
        if before is None or at <= before[1] or used < before[0] or not processors:
            return None
        percent = 100 * (used - before[0]) / ((at - before[1]) * processors)
        return min(percent, 100.0)

    def keep(self, uuids: Iterable[str]) -> None:
        """Forget the machines that are not among these."""
        kept = set(uuids)
        self._machines = {
            uuid: counted for uuid, counted in self._machines.items() if uuid in kept
        }
