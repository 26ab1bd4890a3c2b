"""How the states of records are called in MWS (guide 4.8; states of section 6).

A record knows where a job is in the queue. MWS has more words for that: they tell holds
apart, and how far a job came before it ended.
"""

from collections.abc import Iterable
from collective.mwsvm.models.job_objects.words import QueueStatus
from collective.mwsvm.models.jobs import ENDED
from collective.mwsvm.models.jobs import JobState
from dataclasses import dataclass
from typing import get_args
from typing import Literal
import re


JobStateLabel = Literal[
    "Idle",
    "Starting",
    "Running",
    "Removed",
    "Completed",
    "Hold",
    "Deferred",
    "SubmitErr",
    "Vacated",
    "NotRun",
    "NotQueued",
    "Unknown",
    "BatchHold",
    "UserHold",
    "SystemHold",
    "Staging",
    "Staged",
    "Suspended",
    "Lost",
    "Allocating",
    "Blocked",
    "None",
]

#: The kinds of holds, the one that gives a held job its state before the others.
HOLDS: dict[str, JobStateLabel] = {
    "System": "SystemHold",
    "Batch": "BatchHold",
    "Defer": "Deferred",
    "User": "UserHold",
}

#: All of them at once.
ALL = "All"

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")

#: Version 1 writes states as constants: ``USER_HOLD``.
_CONSTANTS = {
    label: _CAPITAL.sub("_", label).upper() for label in get_args(JobStateLabel)
} | {"SubmitErr": "SUBMIT_ERROR"}

_LABELS = {constant: label for label, constant in _CONSTANTS.items()}


@dataclass(frozen=True, slots=True)
class Status:
    """Where a job is, in the words of MWS."""

    state: JobStateLabel
    queue_status: QueueStatus
    is_active: bool


def status(
    state: JobState,
    *,
    started: bool = False,
    holds: Iterable[str] = (),
    eligible: bool = False,
    cut_off: bool = False,
) -> Status:
    """How the state of a record is called.

    ``started``: it has run at least once. ``holds``: kinds of holds. ``eligible``: only
    resources keep it waiting. ``cut_off``: its last run was ended from outside, by its
    time limit or with its machine.
    """
    return Status(
        _label(state, started, frozenset(holds), cut_off),
        _queue_status(state, eligible),
        state not in ENDED,
    )


def kinds(holds: Iterable[str]) -> list[str]:
    """Each kind of hold that is named, in a fixed order; ``All`` is each of them."""
    named = frozenset(holds)
    return [kind for kind in HOLDS if kind in named or ALL in named]


def constant(label: str) -> str:
    """A state as version 1 writes it, from its label: ``SYSTEM_HOLD``."""
    return _CONSTANTS.get(label, label.upper())


def label(constant: str) -> str:
    """The label of a state that version 1 writes; what is none stays as it is."""
    return _LABELS.get(constant, constant)


def _label(
    state: JobState, started: bool, holds: frozenset[str], cut_off: bool
) -> JobStateLabel:
    match state:
        case JobState.DRAFT:
            return "NotQueued"
        case JobState.QUEUED:
            return "Idle"
        case JobState.HELD:
            # Who moves a job to the state without a kind is a user.
            return next((HOLDS[kind] for kind in HOLDS if kind in holds), "UserHold")
        case JobState.RUNNING:
            return "Running"
        case JobState.SUSPENDED:
            return "Suspended"
        case JobState.FINISHED:
            return "Completed"
        case JobState.FAILED if not started:
            return "NotRun"
        case JobState.FAILED:
            return "Vacated" if cut_off else "Completed"
        case JobState.CANCELLED:
            return "Vacated" if started else "Removed"


def _queue_status(state: JobState, eligible: bool) -> QueueStatus:
    if state in ENDED:
        return "completed"
    if state in (JobState.RUNNING, JobState.SUSPENDED):
        return "active"
    return "eligible" if eligible and state is JobState.QUEUED else "blocked"
