"""The queue of the embedded workload manager: every change of a job's state.

Each change is one compare-and-set statement on the job's row, so of any number of
threads and processes that try at the same time exactly one succeeds.
"""

from collections.abc import Callable
from collective.mwsvm.database.tables import attempts
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.database.tables import log_pieces
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import ENDED
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import NewJob
from collective.mwsvm.models.jobs import TRANSITIONS
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.models.settings import Settings
from collective.mwsvm.workload import records
from collective.mwsvm.workload.job_documents import JobDocuments
from dataclasses import dataclass
from sqlalchemy import bindparam
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import literal_column
from sqlalchemy import null
from sqlalchemy import select
from sqlalchemy import true
from sqlalchemy import union_all
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.sql.selectable import Select
from typing import Any
import logging


logger = logging.getLogger(__name__)

#: Called after a job has moved: the new record, the transition's name, who did it.
Moved = Callable[[JobRecord, str, str], None]

#: A literal, for the index of the waiting jobs is made for just this word.
QUEUED: Any = literal_column("'queued'")

READY: Any = literal_column("ready") == literal_column("1")

_MACHINE: Any = bindparam("b_machine")

#: The states a monitor may report, by the word it uses.
REPORTS = {"Finished": JobState.FINISHED, "Failed": JobState.FAILED}


@dataclass(frozen=True, slots=True)
class LogState:
    """How far a log has arrived, in bytes, and whether the site keeps more of it."""

    offset: int
    full: bool


class WrongOffset(Conflict):
    """A log piece came out of turn; ``wanted`` is the offset that is."""

    def __init__(self, offset: int, wanted: int):
        super().__init__(
            f"The log piece at offset {offset} was refused: the log has {wanted} bytes, "
            f"so the next piece must start at offset {wanted}."
        )
        self.wanted = wanted


class Queue:
    """The jobs of one site, changed on one connection by one caller.

    ``moved`` is told of every change of state of a job that has content in Plone, within
    the same transaction; ``actor`` says who is asking.
    """

    def __init__(
        self,
        connection: Connection,
        clock: Callable[[], float],
        settings: Settings,
        moved: Moved | None = None,
        actor: str = "",
        documents: JobDocuments | None = None,
    ):
        self.connection = connection
        self.documents = documents
        self.clock = clock
        self.settings = settings
        self.moved = moved
        self.actor = actor

    # -- people and programs that have work to be done

    def submit(
        self,
        job: NewJob,
        prefix: str = "Moab",
        name: str | None = None,
        document: dict[str, Any] | None = None,
    ) -> JobRecord:
        """Queue a new job; its name is ``prefix``, a dot and the next number.

        Unless it has a ``name``. ``document`` is the guide's object of the job.
        """
        now = self.clock()
        number = self.connection.execute(
            insert(jobs)
            .values(
                **job.model_dump(),
                retries_left=job.retries,
                state=JobState.QUEUED,
                since=now,
                submitted=now,
                modified=now,
            )
            .returning(jobs.c.id)
        ).scalar_one()
        row = self.connection.execute(
            update(jobs)
            .where(jobs.c.id == number)
            .values(name=name or f"{prefix}.{number}")
            .returning(jobs)
        ).mappings()
        record = JobRecord.from_row(row.one())
        if self.documents is not None:
            self.documents.add(record, document)
        self._tell(record, "queue")
        return record

    def requeue(self, record: JobRecord, reason: str) -> JobRecord:
        """Put a job back that runs; it costs it no retry. Raises `Conflict`."""
        return self._move(record, "requeue", reason, outcome="requeued")

    def revise(self, record: JobRecord, job: NewJob) -> JobRecord:
        """The job described anew, with the place in the queue that a change costs it.

        Only a waiting job is changed; a `Conflict` says which state it is in.
        """
        values = job.model_dump(exclude={"owner"})
        values.update(retries_left=job.retries, modified=self.clock())
        changed = self._swap(record.id, WAITING, values)
        if changed is None:
            raise self._refusal(record, "change", WAITING)
        return changed

    def act(self, record: JobRecord, transition: str, reason: str = "") -> JobRecord:
        """What a person wants of a job: hold, release, suspend, resume, cancel, retry.

        Raises `Conflict` when the job's state has no such transition.
        """
        move = TRANSITIONS.get(transition)
        if move is None or move.monitor or transition == "queue":
            allowed = ", ".join(
                name
                for name, m in TRANSITIONS.items()
                if not m.monitor and name != "queue"
            )
            raise Invalid(f"There is no action {transition!r}; there are {allowed}.")
        values: dict[str, Any] = {}
        if transition == "retry":
            values = {"retries_left": jobs.c.retries, "modified": self.clock()}
            values.update(exit_code=None, started=None)
        return self._move(record, transition, reason, **values)

    def withdraw(self, content: str, reason: str) -> None:
        """The Job content is gone: what waits or runs is cancelled, the record stays."""
        record = records.of_content(self.connection, content)
        if record is None:
            return
        record = self._swap(record.id, set(JobState), {"content": None}) or record
        if record.state in WAITING | ACTIVE:
            self.act(record, "cancel", reason)

    # -- machines

    def claim(self, machine: str, claim: str | None = None) -> JobRecord | None:
        """The next job for ``machine``, now running on it; None when none waits.

        By priority, then by least recent modification, among the jobs meant for this
        machine and those meant for any. Asking again with the same ``claim`` while the
        job it brought still runs brings that job again. Raises `Conflict` when another
        job is running on the machine.
        """
        now = self.clock()
        values = {
            "b_machine": machine,
            "b_claim": claim,
            "b_now": now,
            "b_lease": now + self.settings.lease,
        }
        try:
            row = self.connection.execute(_CLAIM, values).mappings().first()
        except IntegrityError as error:
            # PostgreSQL: another claim for this machine was faster by a moment.
            raise Conflict("Another job is already running.") from error
        if row is None:
            busy = records.running_on(self.connection, machine)
            if busy is None:
                return None
            if claim is None or busy.claim != claim or busy.state != JobState.RUNNING:
                raise Conflict(f"Another job is already running: {busy.name}.")
            self.renew(busy)
            return busy
        record = JobRecord.from_row(row)
        attempt = {"job": record.id, "attempt": record.attempt}
        self.connection.execute(
            _NEW_ATTEMPT, {**attempt, "machine": machine, "started": now}
        )
        self._tell(record, "start")
        return record

    def renew(self, record: JobRecord) -> None:
        """A sign of life of the job's current attempt: the lease starts again."""
        self.connection.execute(
            update(jobs)
            .where(
                jobs.c.id == record.id,
                jobs.c.attempt == record.attempt,
                jobs.c.running_on.is_not(None),
            )
            .values(lease_until=self.clock() + self.settings.lease)
        )

    def add_log(
        self, record: JobRecord, offset: int, data: bytes, size: int = 0
    ) -> LogState:
        """Keep a piece of the current attempt's log, up to the settings' ``log_limit``.

        ``offset`` is the number of bytes before the piece, ``size`` that of the whole log
        so far. A piece that is here already changes nothing; one out of turn raises
        `WrongOffset`.
        """
        key = (attempts.c.job == record.id) & (attempts.c.attempt == record.attempt)
        kept, known = self.connection.execute(
            select(attempts.c.log_kept, attempts.c.log_size)
            .where(key)
            .with_for_update()
        ).one()
        limit = self.settings.log_limit
        if kept < limit and data and offset + len(data) > kept:
            if offset != kept:
                raise WrongOffset(offset, kept)
            data = data[: limit - kept]
            self.connection.execute(
                insert(log_pieces).values(
                    job=record.id, attempt=record.attempt, offset=kept, data=data
                )
            )
            kept += len(data)
        size = max(known, size, kept)
        self.connection.execute(
            update(attempts).where(key).values(log_kept=kept, log_size=size)
        )
        return LogState(kept, kept >= limit)

    def report(
        self,
        record: JobRecord,
        attempt: int,
        status: str,
        exit_code: int | None = None,
        reason: str = "",
    ) -> JobRecord:
        """An attempt has ended, says its machine: ``status`` is Finished or Failed.

        A failed job with retries left is queued again. The same report again changes
        nothing; one of an attempt that is over raises `Conflict`.
        """
        try:
            outcome = REPORTS[status]
        except KeyError:
            raise Invalid("Invalid new status") from None
        if record.attempt == attempt and record.state in ACTIVE:
            if outcome == JobState.FINISHED:
                return self._move(record, "finish", exit_code=exit_code)
            reason = reason or _failure(exit_code)
            return self._fail(record, reason, exit_code=exit_code)
        before = self.connection.scalar(
            select(attempts.c.outcome).where(
                attempts.c.job == record.id, attempts.c.attempt == attempt
            )
        )
        if before == outcome:
            return record
        if attempt != record.attempt:
            raise Conflict(
                f"Attempt {attempt} of job {record.name} is over; "
                f"its current attempt is {record.attempt}."
            )
        raise Conflict(f"Job {record.name} is {record.state.label} already.")

    # -- what nobody reported

    def is_expired(self) -> bool:
        """Whether any lease has run out."""
        late = select(jobs.c.id).where(
            jobs.c.running_on.is_not(None), jobs.c.lease_until < self.clock()
        )
        return self.connection.scalar(late.limit(1)) is not None

    def expire(self, limit: int = 100) -> list[JobRecord]:
        """Give up the attempts whose lease has run out; at most ``limit`` at a time."""
        now = self.clock()
        rows = self.connection.execute(
            select(jobs)
            .where(jobs.c.running_on.is_not(None), jobs.c.lease_until < now)
            .order_by(jobs.c.lease_until)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).mappings()
        return [
            self.lose(record, f"no sign of life for {self.settings.lease} s")
            for record in [JobRecord.from_row(row) for row in rows]
        ]

    def lose(self, record: JobRecord, why: str) -> JobRecord:
        """The attempt can't go on: queue the job again, or fail it for lack of retries."""
        reason = f"Attempt {record.attempt} was lost: {why}."
        return self._fail(record, reason, outcome="lost")

    def release_machine(self, machine: str, why: str) -> None:
        """The machine is gone: what ran on it is lost, what waits for it is held."""
        running = records.running_on(self.connection, machine)
        if running is not None:
            self.lose(running, why)
        waiting = select(jobs).where(
            jobs.c.machine == machine, jobs.c.state == JobState.QUEUED
        )
        for row in self.connection.execute(waiting).mappings().all():
            reason = f"It is meant for one machine only, and {why}."
            self.act(JobRecord.from_row(row), "hold", reason)

    def purge_logs(self, before: float) -> int:
        """Drop the logs of attempts that ended before a moment; the attempts stay."""
        old = (
            select(attempts.c.job, attempts.c.attempt)
            .where(attempts.c.ended < before, attempts.c.log_kept > 0)
            .limit(500)
        )
        found = self.connection.execute(old).all()
        for job, attempt in found:
            self.connection.execute(
                delete(log_pieces).where(
                    log_pieces.c.job == job, log_pieces.c.attempt == attempt
                )
            )
            self.connection.execute(
                update(attempts)
                .where(attempts.c.job == job, attempts.c.attempt == attempt)
                .values(log_kept=0)
            )
        return len(found)

    # -- how it is done

    def _fail(
        self, record: JobRecord, reason: str, outcome: str = "failed", **values: Any
    ) -> JobRecord:
        if record.retries_left <= 0:
            return self._move(record, "fail", reason, outcome=outcome, **values)
        left = record.retries_left - 1
        reason += f" Queued again; {left} of {record.retries} retries left."
        return self._move(
            record, "requeue", reason, outcome=outcome, retries_left=left, **values
        )

    def _move(
        self,
        record: JobRecord,
        transition: str,
        reason: str = "",
        outcome: str | None = None,
        **values: Any,
    ) -> JobRecord:
        move = TRANSITIONS[transition]
        now = self.clock()
        values.update(state=move.target, reason=reason, since=now)
        if move.target not in ACTIVE:
            values.update(running_on=None, lease_until=None, claim=None)
        values["ended"] = now if move.target in ENDED else null()
        guard = jobs.c.attempt == record.attempt if move.monitor else None
        changed = self._swap(record.id, move.sources, values, guard)
        if changed is None:
            raise self._refusal(record, transition, move.sources)
        if record.state in ACTIVE and changed.state not in ACTIVE:
            self._close_attempt(changed, outcome or changed.state, reason)
        self._tell(changed, transition)
        return changed

    def _close_attempt(self, record: JobRecord, outcome: str, reason: str) -> None:
        self.connection.execute(
            update(attempts)
            .where(attempts.c.job == record.id, attempts.c.attempt == record.attempt)
            .values(
                ended=record.since,
                outcome=outcome,
                exit_code=record.exit_code,
                reason=reason,
            )
        )

    def _swap(
        self, number: int, sources: Any, values: dict[str, Any], guard: Any = None
    ) -> JobRecord | None:
        row = self.connection.execute(
            update(jobs)
            .where(
                jobs.c.id == number,
                jobs.c.state.in_(sorted(sources)),
                true() if guard is None else guard,
            )
            .values(values)
            .returning(jobs)
        ).mappings()
        found = row.first()
        return None if found is None else JobRecord.from_row(found)

    def _refusal(self, record: JobRecord, transition: str, sources: Any) -> Conflict:
        now = records.get(self.connection, record.name)
        allowed = ", ".join(state.label for state in JobState if state in sources)
        return Conflict(
            f"Job {now.name} is {now.state.label}; {transition} is possible while it is "
            f"{allowed}."
        )

    def _tell(self, record: JobRecord, transition: str) -> None:
        logger.info(
            "job %s: %s by %s, now %s (attempt %s)%s",
            record.name,
            transition,
            self.actor or "the site",
            record.state,
            record.attempt,
            f": {record.reason}" if record.reason else "",
        )
        if self.documents is not None:
            self.documents.follow(record, transition, self.actor)
        if record.content and self.moved is not None:
            self.moved(record, transition, self.actor)


def _failure(exit_code: int | None) -> str:
    if exit_code is None:
        return "The machine reported that it failed."
    if exit_code < 0:
        return f"It was ended by signal {-exit_code}."
    return f"It ended with exit code {exit_code}."


def waiting_for(machine: Any) -> Select[Any]:
    """The id and order of the first job that waits for ``machine`` ("" for any)."""
    return (
        select(jobs.c.id, jobs.c.priority, jobs.c.modified)
        .where(jobs.c.state == QUEUED, READY, jobs.c.machine == machine)
        .order_by(jobs.c.priority.desc(), jobs.c.modified, jobs.c.id)
        .limit(1)
    )


def _claim() -> ReturningUpdate[Any]:
    # Each half reads one index entry, however long the queue is; on PostgreSQL a row
    # that another claim holds is passed over.
    halves = [
        select(waiting_for(machine).with_for_update(skip_locked=True).subquery())
        for machine in (_MACHINE, "")
    ]
    best = union_all(*halves).subquery()
    first = (
        select(best.c.id)
        .order_by(best.c.priority.desc(), best.c.modified, best.c.id)
        .limit(1)
        .scalar_subquery()
    )
    other = jobs.alias()
    busy = select(other.c.id).where(other.c.running_on == _MACHINE).exists()
    return (
        update(jobs)
        .where(jobs.c.id == first, jobs.c.state == QUEUED, ~busy)
        .values(
            state=JobState.RUNNING,
            reason="",
            since=bindparam("b_now"),
            attempt=jobs.c.attempt + 1,
            claim=bindparam("b_claim"),
            running_on=_MACHINE,
            lease_until=bindparam("b_lease"),
            started=bindparam("b_now"),
            ended=None,
            exit_code=None,
        )
        .returning(jobs)
    )


_CLAIM = _claim()
_NEW_ATTEMPT = insert(attempts)
