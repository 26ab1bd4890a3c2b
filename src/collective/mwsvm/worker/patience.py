"""When deadlines count, and when nobody could have met them."""

from collections.abc import Callable
import time


#: Wall clock and steady clock may part by so many seconds before it is called a jump.
JUMP = 5.0


class Patience:
    """Lets time pass after a start of the site, and after the clock has jumped.

    While the site was down no agent could renew its lease, and after a jump every lease
    looks lost: then each gets the chance to call before anything is given up.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ):
        self._clock = clock
        self._steady = steady
        self._begin = steady()
        self._offset = clock() - steady()

    def is_over(self, seconds: float) -> bool:
        """Whether there have been ``seconds`` of undisturbed time."""
        offset = self._clock() - self._steady()
        if abs(offset - self._offset) > JUMP:
            self._begin = self._steady()
        self._offset = offset
        return self._steady() - self._begin >= seconds
