"""Keeps a task that costs much from taking a processor for itself."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
import time


class Pace:
    """After a turn that cost much, the next is not due before a pause in proportion.

    ``share`` is the part of a processor that the task may take in the long run. Turns of
    less than ``free`` seconds of the thread's processor time ask for no pause.
    """

    def __init__(
        self,
        share: float = 0.25,
        free: float = 0.25,
        clock: Callable[[], float] = time.monotonic,
        cost: Callable[[], float] = time.thread_time,
    ) -> None:
        self._share, self._free = share, free
        self._clock, self._cost = clock, cost
        self._until = 0.0

    @property
    def due(self) -> bool:
        """Whether the pause is over."""
        return self._clock() >= self._until

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Measures what is done within."""
        before = self._cost()
        try:
            yield
        finally:
            spent = self._cost() - before
            if spent >= self._free:
                self._until = self._clock() + spent * (1 / self._share - 1)
