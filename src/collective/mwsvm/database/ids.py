"""Ids of documents: 24 hexadecimal digits, as MongoDB makes them."""

from collections.abc import Callable
from itertools import count
import os
import secrets


class ObjectIds:
    """Makes ids: 4 bytes of time, 5 of this process, 3 that count up."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._process = (0, b"")
        self._counter = count(secrets.randbelow(1 << 24))

    def __call__(self) -> str:
        moment = int(self._clock()) & 0xFFFFFFFF
        number = next(self._counter) & 0xFFFFFF
        return f"{moment:08x}{self._own().hex()}{number:06x}"

    def _own(self) -> bytes:
        # A forked process must not go on with its parent's.
        if self._process[0] != os.getpid():
            self._process = (os.getpid(), secrets.token_bytes(5))
        return self._process[1]
