"""The states of a plug-in, and the moves between them (guide 6.1.2, 6.5.6)."""

from collections.abc import Mapping
from enum import StrEnum


class PluginState(StrEnum):
    """Where a plug-in is in its life.

    ::

        STOPPED --start--> STARTED --pause--> PAUSED --resume--> STARTED
        STOPPED <--stop--  STARTED, PAUSED
        STOPPED <--clear-- ERRORED <--fail-- every other state
                           ERRORED --start--> STARTED
    """

    #: Created and usable, receives no events.
    STOPPED = "STOPPED"
    #: Receives events.
    STARTED = "STARTED"
    #: Receives no events for a while, without having been stopped.
    PAUSED = "PAUSED"
    #: Stopped by MWS: its configuration is invalid, or an event has failed.
    ERRORED = "ERRORED"

    @property
    def label(self) -> str:
        """As people read it: ``Started``."""
        return self.value.capitalize()


_S = PluginState

#: Each move: from which states, and to which one.
MOVES: Mapping[str, tuple[frozenset[PluginState], PluginState]] = {
    "start": (frozenset({_S.STOPPED, _S.ERRORED}), _S.STARTED),
    "pause": (frozenset({_S.STARTED}), _S.PAUSED),
    "resume": (frozenset({_S.PAUSED}), _S.STARTED),
    "stop": (frozenset({_S.STARTED, _S.PAUSED}), _S.STOPPED),
    "clear": (frozenset({_S.ERRORED}), _S.STOPPED),
    "fail": (frozenset(_S), _S.ERRORED),
}

#: Receives events, or only waits to do so.
ACTIVE = frozenset({_S.STARTED, _S.PAUSED})


def move(state: str, wanted: str) -> str | None:
    """The name of the move from one state to another; None where they are the same.

    Raises `LookupError` when there is none.
    """
    if state == wanted:
        return None
    for name, (sources, target) in MOVES.items():
        if name != "fail" and state in sources and target == wanted:
            return name
    raise LookupError(wanted)
