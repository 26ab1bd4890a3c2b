"""Ends processes with all that descends from them."""

from pathlib import Path
import contextlib
import os
import signal


_PROC = Path("/proc")

# A family that forks while it is ended is looked at again, so often at most.
_ROUNDS = 10


def end_family(leader: int) -> None:
    """Kill the leader of a session, what is in its session and group, and all its children.

    The leader must not have been waited for: its id would be free for others. Of a leader
    that has ended already, children with a session of their own are not found.
    """
    # All are halted before the first is killed: the children of a dead one are nobody's.
    halted = {leader}
    _signal(leader, signal.SIGSTOP)
    for _ in range(_ROUNDS):
        found = _family(leader, halted) - halted
        for process in found:
            _signal(process, signal.SIGSTOP)
        halted |= found
        if not found:
            break
    for process in halted:
        _signal(process, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _signal(process: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)


def _family(leader: int, known: set[int]) -> set[int]:
    members = set(known)
    parents: dict[int, int] = {}
    for process, parent, session in _processes():
        parents[process] = parent
        if session == leader:
            members.add(process)
    while True:
        more = {p for p, parent in parents.items() if parent in members} - members
        if not more:
            return members
        members |= more


def _processes() -> list[tuple[int, int, int]]:
    """Id, parent and session of each process, where the system tells."""
    found = []
    try:
        names = [entry.name for entry in os.scandir(_PROC) if entry.name.isdigit()]
    except OSError:
        return []
    for name in names:
        try:
            status = (_PROC / name / "stat").read_bytes()
        except OSError:
            # Ended in between.
            continue
        # The name of the program, in parentheses, may hold anything.
        fields = status.rpartition(b")")[2].split()
        found.append((int(name), int(fields[1]), int(fields[3])))
    return found
