"""Attempts that nobody reports the end of: their machine is silent, or gone.

What becomes of such a job its ``resourceFailPolicy`` says (guide 4.8). Without one it is
queued again as long as it has retries, and else it has failed.
"""

from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.workload import records
from collective.mwsvm.workload.queue import Queue
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import select


#: The policies that end an attempt, and the transition of the job by each.
_ENDS = {
    "CANCEL": "cancel",
    "FAIL": "fail",
    "HOLD": "requeue",
    "REQUEUE": "requeue",
    "RETRY": "requeue",
}

#: Those that let it go on, where it may only be out of sight.
_GOES_ON = ("IGNORE", "NOTIFY")


def are_due(connection: Connection, now: float) -> bool:
    """Whether any machine that runs a job has been silent for too long."""
    late = select(jobs.c.id).where(_silent(now)).limit(1)
    return connection.scalar(late) is not None


def expire(queue: Queue, limit: int = 100) -> list[JobRecord]:
    """See to the jobs whose machines have been silent; at most ``limit`` at a time."""
    rows = queue.connection.execute(
        select(jobs)
        .where(_silent(queue.clock()))
        .order_by(jobs.c.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).mappings()
    return [_silenced(queue, JobRecord.from_row(row)) for row in rows.all()]


def lose(queue: Queue, record: JobRecord, why: str) -> JobRecord:
    """The attempt can't go on."""
    return _lost(queue, record, _policy(queue, record), why)


def release_machine(queue: Queue, machine: str, why: str) -> None:
    """The machine is gone: what ran on it is lost, what waits for it is held."""
    running = records.running_on(queue.connection, machine)
    if running is not None:
        lose(queue, running, why)
    waiting = select(jobs).where(
        jobs.c.machine == machine, jobs.c.state == JobState.QUEUED
    )
    for row in queue.connection.execute(waiting).mappings().all():
        reason = f"It is meant for one machine only, and {why}."
        queue.act(JobRecord.from_row(row), "hold", reason)


def _silent(now: float) -> ColumnElement[bool]:
    return jobs.c.running_on.is_not(None) & (jobs.c.lease_until < now)


def _silenced(queue: Queue, record: JobRecord) -> JobRecord:
    why = f"no sign of life for {queue.settings.lease} s"
    policy = _policy(queue, record)
    if policy not in _GOES_ON:
        return _lost(queue, record, policy, why)
    queue.renew(record)
    if policy == "NOTIFY" and queue.documents is not None:
        queue.documents.note(record, f"Attempt {record.attempt}: {why}.")
    return record


def _lost(queue: Queue, record: JobRecord, policy: str | None, why: str) -> JobRecord:
    reason = f"Attempt {record.attempt} was lost: {why}."
    if policy not in _ENDS:
        return queue.fail(record, reason, outcome="lost")
    moved = queue.move(record, _ENDS[policy], reason, outcome="lost")
    return queue.act(moved, "hold", reason) if policy == "HOLD" else moved


def _policy(queue: Queue, record: JobRecord) -> str | None:
    if queue.documents is None:
        return None
    try:
        found: str | None = queue.documents.get(record.name)["resourceFailPolicy"]
    except NotFound:
        # A job from before there were documents.
        return None
    return found
