"""How busy nodes or machines are, counted per data center for one sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any


#: The data center that counts everything.
ALL = "all"

LOW, MEDIUM, HIGH = range(3)

_NAMES = ("Low", "Medium", "High")


@dataclass(frozen=True)
class Thresholds:
    """Percentages: below ``low`` is LOW, ``high`` and above is HIGH."""

    low: float
    high: float

    def level(self, percent: float) -> int:
        if percent < self.low:
            return LOW
        return HIGH if percent >= self.high else MEDIUM


def memory_utilization(total: float, available: float) -> float:
    """The percentage of ``total`` that is in use; ``total`` is not 0."""
    return (total - available) / total * 100


@dataclass
class _Counts:
    cpu: list[int] = field(default_factory=lambda: [0, 0, 0])
    memory: list[int] = field(default_factory=lambda: [0, 0, 0])
    both: list[int] = field(default_factory=lambda: [0, 0, 0])
    total: int = 0
    cpu_sum: float = 0.0
    memory_sum: float = 0.0

    def data(self) -> dict[str, float]:
        numbers: dict[str, float] = {}
        for kind, counts in (("cpu", self.cpu), ("memory", self.memory)):
            numbers |= {
                f"{kind}{name}": counts[level] for level, name in enumerate(_NAMES)
            }
        numbers |= {name.lower(): self.both[level] for level, name in enumerate(_NAMES)}
        number = max(1, self.total)
        return numbers | {
            "cpuAverage": self.cpu_sum / number,
            "memoryAverage": self.memory_sum / number,
            "total": self.total,
        }


class Sample:
    """The levels of nodes or machines, counted as they are added."""

    def __init__(self, cpu: Thresholds, memory: Thresholds) -> None:
        self._cpu = cpu
        self._memory = memory
        self._counts: dict[str, _Counts] = {ALL: _Counts()}

    @property
    def total(self) -> int:
        """How many have been added."""
        return self._counts[ALL].total

    def know(self, center: str) -> None:
        """Have the data center in the sample, even if nothing of it is added."""
        self._counts.setdefault(center, _Counts())

    def add(self, cpu: float, memory: float, center: str | None) -> None:
        """Count one whose CPU and memory are used by so many percent."""
        cpu_level = self._cpu.level(cpu)
        memory_level = self._memory.level(memory)
        for name in {ALL, center or ALL}:
            counts = self._counts.setdefault(name, _Counts())
            counts.cpu[cpu_level] += 1
            counts.memory[memory_level] += 1
            counts.both[max(cpu_level, memory_level)] += 1
            counts.total += 1
            counts.cpu_sum += cpu
            counts.memory_sum += memory

    def data(self) -> Mapping[str, Any]:
        """The data of a report's sample: by data center, with ``all`` first."""
        return {center: counts.data() for center, counts in self._counts.items()}
