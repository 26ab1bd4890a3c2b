"""Answers that wait for something to happen: ``wait=<seconds>``.

Each keeps one of the server's few threads, so only some may wait at once; the others are
answered at once, and clients ask again.
"""

from collections.abc import Callable
from collective.mwsvm.rest.answers import Answer
from threading import BoundedSemaphore
import time


#: How many of a process's threads may wait, and how often each looks.
SLOTS = 2
INTERVAL = 0.25

_slots = BoundedSemaphore(SLOTS)


def awaited(ask: Callable[[], Answer], seconds: float) -> Answer:
    """The first answer with results, or the last one within so many seconds."""
    answer = ask()
    if (
        not seconds
        or answer.body.get("resultCount")
        or not _slots.acquire(blocking=False)
    ):
        return answer
    try:
        deadline = time.monotonic() + seconds
        while not answer.body["resultCount"] and time.monotonic() < deadline:
            time.sleep(INTERVAL)
            answer = ask()
        return answer
    finally:
        _slots.release()
