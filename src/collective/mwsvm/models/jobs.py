"""Jobs: their states, the transitions between them, and the record of one job.

The states are those of the workflow ``mwsvm_job_workflow``; a test holds both to the
same table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields
from enum import StrEnum
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from typing import Any


class JobState(StrEnum):
    """Where a job is. The value is the workflow state's id, ``label`` what is shown."""

    DRAFT = "draft"
    QUEUED = "queued"
    HELD = "held"
    RUNNING = "running"
    SUSPENDED = "suspended"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The word that monitors and pages see: ``Queued``, ``Running``, ..."""
        return self.value.capitalize()


#: A machine is working on the job.
ACTIVE = frozenset({JobState.RUNNING, JobState.SUSPENDED})
#: The job waits; its description may still change.
WAITING = frozenset({JobState.QUEUED, JobState.HELD})
#: The job has ended; only ``retry`` leads out.
ENDED = frozenset({JobState.FINISHED, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True)
class Transition:
    """One move of the state table.

    ``monitor`` marks the moves that follow from what a machine did or failed to do; no
    person can ask for them.
    """

    sources: frozenset[JobState]
    target: JobState
    monitor: bool = False


TRANSITIONS: Mapping[str, Transition] = {
    "queue": Transition(frozenset({JobState.DRAFT}), JobState.QUEUED),
    "hold": Transition(frozenset({JobState.QUEUED}), JobState.HELD),
    "release": Transition(frozenset({JobState.HELD}), JobState.QUEUED),
    "suspend": Transition(frozenset({JobState.RUNNING}), JobState.SUSPENDED),
    "resume": Transition(frozenset({JobState.SUSPENDED}), JobState.RUNNING),
    "cancel": Transition(WAITING | ACTIVE, JobState.CANCELLED),
    "retry": Transition(ENDED, JobState.QUEUED),
    "start": Transition(frozenset({JobState.QUEUED}), JobState.RUNNING, monitor=True),
    # A process may end in the moment in which it is suspended.
    "finish": Transition(ACTIVE, JobState.FINISHED, monitor=True),
    "fail": Transition(ACTIVE, JobState.FAILED, monitor=True),
    "requeue": Transition(ACTIVE, JobState.QUEUED, monitor=True),
}


#: The most characters of what a machine runs.
START_STRING = 65536


class NewJob(BaseModel):
    """What must be known to queue a job. Times are seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(default="", max_length=1000)
    start_string: str = Field(min_length=1, max_length=START_STRING)
    machine: str = Field(default="", max_length=64)
    priority: int = Field(default=0, ge=-1_000_000, le=1_000_000)
    time_limit: int | None = Field(default=None, gt=0, le=10**9)
    retries: int = Field(default=0, ge=0, le=1000)
    content: str | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """The record of one job as the database holds it.

    Moments are seconds since the epoch, durations seconds. ``machine`` is the UID of
    the machine it is meant for ("" for any), ``running_on`` of the one that has it now,
    ``content`` of the Job in Plone, if an editor made it.
    """

    id: int
    name: str
    title: str
    start_string: str
    machine: str
    priority: int
    time_limit: int | None
    retries: int
    retries_left: int
    state: JobState
    reason: str
    since: float
    submitted: float
    modified: float
    attempt: int
    claim: str | None
    running_on: str | None
    lease_until: float | None
    started: float | None
    ended: float | None
    exit_code: int | None
    content: str | None
    owner: str

    @classmethod
    def from_row(cls, row: Mapping[Any, Any]) -> "JobRecord":
        """The record in a row that holds at least its columns."""
        values = {name: row[name] for name in _JOB_COLUMNS}
        values["state"] = JobState(values["state"])
        return cls(**values)


_JOB_COLUMNS = tuple(field.name for field in fields(JobRecord))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a job on a machine, and how it ended.

    ``log_kept`` bytes of its log are here, of ``log_size`` that there were.
    """

    job: int
    attempt: int
    machine: str
    started: float
    ended: float | None
    outcome: str | None
    exit_code: int | None
    reason: str
    log_kept: int
    log_size: int
