"""How amounts, names and moments are written in reasons."""

from collections.abc import Iterable
from collective.mwsvm.models.dates import mws
from functools import lru_cache


_UNITS = {"processors": "", "memory": " MB of", "disk": " MB of", "swap": " MB of"}

#: Later moments have no date that everyone can read.
_LATEST = 253_402_300_799


@lru_cache(maxsize=1024)
def moment(time: float) -> str:
    """A moment as MWS writes it."""
    return mws(time) if time <= _LATEST else "the end of time"


def amount(number: float, resource: str) -> str:
    """So much of something: ``4 processors``, ``512 MB of memory``, ``1 of tape``."""
    if resource == "processors":
        return f"{number:g} processor{'' if number == 1 else 's'}"
    return f"{number:g}{_UNITS.get(resource, ' of')} {resource}"


def count(number: int, thing: str) -> str:
    """So many things: ``1 node``, ``2 nodes``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def listed(words: Iterable[str], most: int = 3) -> str:
    """``a, b and c``; of many only some, and how many there are beside."""
    known = list(words)
    if len(known) > most:
        return f"{', '.join(known[:most])} and {len(known) - most} more"
    if len(known) < 2:
        return "".join(known)
    return f"{', '.join(known[:-1])} and {known[-1]}"
