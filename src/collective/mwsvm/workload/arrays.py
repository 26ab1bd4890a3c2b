"""What the ends of the jobs of an array mean for the array."""

from collections.abc import Sequence
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models.jobs import ENDED
from collective.mwsvm.models.jobs import JobState
from dataclasses import dataclass
from sqlalchemy import Connection
from sqlalchemy import select
import re


_INDEX = re.compile(r".*\[(\d+)\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Member:
    """A job of an array, as far as the array is concerned."""

    name: str
    state: JobState
    ready: bool
    attempt: int

    @property
    def index(self) -> int:
        """Its number within the array."""
        found = _INDEX.fullmatch(self.name)
        return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an array.

    ``cancelled`` are jobs to be cancelled, and why. The array itself begins (``start``),
    or ends by ``finish``, ``fail`` or ``cancel``; "" if nothing.
    """

    cancelled: tuple[str, ...] = ()
    why: str = ""
    move: str = ""
    reason: str = ""


def members(connection: Connection, master: str) -> list[Member]:
    """The jobs of an array, by their index."""
    begin = f"{master}["
    rows = connection.execute(
        select(jobs.c.name, jobs.c.state, jobs.c.ready, jobs.c.attempt).where(
            jobs.c.name >= begin, jobs.c.name < begin + "\uffff"
        )
    )
    found = [
        Member(row.name, JobState(row.state), bool(row.ready), row.attempt)
        for row in rows
        if row.name.startswith(begin)
    ]
    return sorted(found, key=lambda member: member.index)


def judge(flags: Sequence[str], begun: bool, jobs_of_it: Sequence[Member]) -> Verdict:
    """What the states of its jobs mean for an array with these flags.

    ``begun`` says that the array counts as running already.
    """
    left = [member for member in jobs_of_it if member.state not in ENDED]
    why = _cancels(flags, jobs_of_it)
    if left and why:
        return Verdict(tuple(member.name for member in left), why)
    if left:
        running = any(member.attempt for member in jobs_of_it)
        return Verdict(move="start" if running and not begun else "")
    ended = [member.state for member in jobs_of_it]
    if all(state == JobState.CANCELLED for state in ended):
        return Verdict(move="cancel", reason="All of its jobs were cancelled.")
    if not begun:
        # It ends at the next look.
        return Verdict(move="start")
    failed = ended.count(JobState.FAILED)
    if failed:
        return Verdict(move="fail", reason=f"Of its {len(ended)} jobs {failed} failed.")
    return Verdict(move="finish")


def _cancels(flags: Sequence[str], jobs_of_it: Sequence[Member]) -> str:
    for state, result, ended in (
        (JobState.FAILED, "FAILURE", "failed"),
        (JobState.FINISHED, "SUCCESS", "ended successfully"),
    ):
        done = [member.name for member in jobs_of_it if member.state == state]
        if f"CANCELONANY{result}" in flags and done:
            return f"{done[0]} of its array {ended}."
        first = jobs_of_it[0].name if jobs_of_it else ""
        if f"CANCELONFIRST{result}" in flags and first in done:
            return f"{first}, the first job of its array, {ended}."
    return ""
