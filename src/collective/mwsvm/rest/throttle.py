"""Who sends wrong passwords again and again has to wait.

Counted by user name and address, in the memory of each process: who guesses gets
`ALLOWED` tries in `WINDOW` seconds and process.
"""

from collections import OrderedDict
from threading import Lock
import time


#: Where the name is kept that came with the request, right or wrong.
USER = "collective.mwsvm.user"

ALLOWED = 10
WINDOW = 60.0

#: So many callers are remembered; names come from outside and have no end.
LIMIT = 10_000

_failures: OrderedDict[tuple[str, str], list[float]] = OrderedDict()
_lock = Lock()


def wait(user: str, address: str, now: float | None = None) -> int:
    """For how many seconds the caller has to wait; 0: not at all."""
    if not _failures:
        return 0
    now = time.monotonic() if now is None else now
    user = _key(user)
    with _lock:
        recent = _recent(user, address, now)
        if len(recent) < ALLOWED:
            return 0
        return int(recent[0] + WINDOW - now) + 1


def failed(user: str, address: str, now: float | None = None) -> None:
    """The caller has sent a wrong password."""
    now = time.monotonic() if now is None else now
    user = _key(user)
    with _lock:
        recent = _recent(user, address, now)
        _failures[user, address] = [*recent, now][-ALLOWED:]
        _failures.move_to_end((user, address))
        while len(_failures) > LIMIT:
            _failures.popitem(last=False)


def forget() -> None:
    """All may try again; for tests."""
    with _lock:
        _failures.clear()


def _key(user: str) -> str:
    # Who is found by a name in any case is guessed at by one, too.
    return user.strip().casefold()


def _recent(user: str, address: str, now: float) -> list[float]:
    return [
        moment for moment in _failures.get((user, address), ()) if moment > now - WINDOW
    ]
