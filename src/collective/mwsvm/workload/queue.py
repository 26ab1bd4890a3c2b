"""The queue of the embedded workload manager: every change of a job's state.

Each change is one compare-and-set statement on the job's row, so of any number of
threads and processes that try at the same time exactly one succeeds.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.database.tables import attempts
from collective.mwsvm.database.tables import jobs
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
from collective.mwsvm.workload import claims
from collective.mwsvm.workload import queue_statements as statements
from collective.mwsvm.workload import records
from collective.mwsvm.workload.attempt_logs import AttemptLogs
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.submission import Submission
from sqlalchemy import Connection
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from typing import Any
import logging


logger = logging.getLogger(__name__)

#: Called after a job has moved: the new record, the transition's name, who did it.
Moved = Callable[[JobRecord, str, str], None]

#: The states a monitor may report, by the word it uses.
REPORTS = {"Finished": JobState.FINISHED, "Failed": JobState.FAILED}


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
        #: What the jobs write.
        self.logs = AttemptLogs(connection, settings.log_limit)

    # -- people and programs that have work to be done

    def submit(self, job: NewJob, prefix: str = "Moab") -> JobRecord:
        """Queue a new job; its name is ``prefix``, a dot and the next number."""
        return self.submit_all([Submission(job)], prefix)[0]

    def submit_all(
        self, submissions: Sequence[Submission], prefix: str = "Moab"
    ) -> list[JobRecord]:
        """Queue new jobs; many cost little more than one."""
        now = self.clock()
        # What is reserved only the scheduler can tell.
        free = not claims.is_reserved(self.connection)
        rows = [submission.row(now, free) for submission in submissions]
        made = self.connection.execute(statements.NEW, rows).mappings().all()
        found = [self._named(row, prefix) for row in made]
        if self.documents is not None:
            given = [submission.document for submission in submissions]
            self.documents.submitted(found, given, self.actor)
        for record in found:
            self._say(record, "queue")
        return found

    def make_ready(self, record: JobRecord, machines: Iterable[str] = ()) -> bool:
        """Let machines take a queued job that was kept from them: these, or else any.

        False if it does not wait for that any more.
        """
        if not self._readied(record, (0,), 1):
            return False
        if places := set(machines):
            claims.allow(self.connection, record.id, places)
            self._readied(record, (1,), 2)
        return True

    def take_back(self, record: JobRecord) -> bool:
        """Keep a job that waits from the machines; False if they could not take it."""
        return self._readied(record, (1, 2), 0)

    def requeue(self, record: JobRecord, reason: str) -> JobRecord:
        """Put a job back that runs; it costs it no retry. Raises `Conflict`."""
        return self.move(record, "requeue", reason, outcome="requeued")

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
            values = {"retries_left": record.retries, "modified": self.clock()}
            values.update(exit_code=None, started=None)
        return self.move(record, transition, reason, **values)

    def withdraw(self, content: str, reason: str) -> None:
        """The Job content is gone: what waits or runs is cancelled, the record stays."""
        record = records.of_content(self.connection, content)
        if record is None:
            return
        record = self._swap(record.id, frozenset(JobState), {"content": None}) or record
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
            row = self.connection.execute(claims.CLAIM, values).mappings().first()
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
            statements.NEW_ATTEMPT, {**attempt, "machine": machine, "started": now}
        )
        if not row["ready"]:
            claims.forget(self.connection, record.id)
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
                return self.move(record, "finish", exit_code=exit_code)
            reason = reason or _failure(exit_code)
            return self.fail(record, reason, exit_code=exit_code)
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

    def fail(
        self, record: JobRecord, reason: str, outcome: str = "failed", **values: Any
    ) -> JobRecord:
        """The attempt has failed: queue the job again while it has retries."""
        if record.retries_left <= 0:
            return self.move(record, "fail", reason, outcome=outcome, **values)
        left = record.retries_left - 1
        reason += f" Queued again; {left} of {record.retries} retries left."
        return self.move(
            record, "requeue", reason, outcome=outcome, retries_left=left, **values
        )

    def move(
        self,
        record: JobRecord,
        transition: str,
        reason: str = "",
        outcome: str | None = None,
        **values: Any,
    ) -> JobRecord:
        """Any transition; ``outcome`` is that of the attempt which it ends.

        Raises `Conflict` when the job's state has no such transition.
        """
        move = TRANSITIONS[transition]
        now = self.clock()
        values.update(state=move.target, reason=reason, since=now)
        if move.target not in ACTIVE:
            values.update(running_on=None, lease_until=None, claim=None)
        values["ended"] = now if move.target in ENDED else None
        attempt = record.attempt if move.monitor else None
        changed = self._swap(record.id, move.sources, values, attempt)
        if changed is None:
            raise self._refusal(record, transition, move.sources)
        if record.state in ACTIVE and changed.state not in ACTIVE:
            self._close_attempt(changed, outcome or changed.state, reason)
        elif changed.state in ENDED:
            claims.forget(self.connection, record.id)
        self._tell(changed, transition)
        return changed

    # -- how it is done

    def _close_attempt(self, record: JobRecord, outcome: str, reason: str) -> None:
        values = {
            "b_job": record.id,
            "b_attempt": record.attempt,
            "b_ended": record.since,
            "b_outcome": outcome,
            "b_exit_code": record.exit_code,
            "b_reason": reason,
        }
        self.connection.execute(statements.ATTEMPT_ENDED, values)

    def _swap(
        self,
        number: int,
        sources: frozenset[JobState],
        values: dict[str, Any],
        attempt: int | None = None,
    ) -> JobRecord | None:
        # Only from one of these states, and while ``attempt`` is the present one.
        statement = statements.swapping(tuple(values), sources, attempt is not None)
        parameters = {f"b_{name}": value for name, value in values.items()}
        parameters.update(a_id=number, a_attempt=attempt)
        row = self.connection.execute(statement, parameters).mappings().first()
        return None if row is None else JobRecord.from_row(row)

    def _named(self, row: Mapping[Any, Any], prefix: str) -> JobRecord:
        if row["name"] is not None:
            return JobRecord.from_row(row)
        name = f"{prefix}.{row['id']}"
        self.connection.execute(statements.NAME, {"b_id": row["id"], "b_name": name})
        return JobRecord.from_row({**row, "name": name})

    def _readied(self, record: JobRecord, was: tuple[int, ...], ready: int) -> bool:
        changed = self.connection.execute(
            update(jobs)
            .where(
                jobs.c.id == record.id,
                jobs.c.state.in_(sorted(WAITING) if ready == 0 else [JobState.QUEUED]),
                jobs.c.ready.in_(was),
            )
            .values(ready=ready)
        )
        return changed.rowcount > 0

    def _refusal(self, record: JobRecord, transition: str, sources: Any) -> Conflict:
        now = records.get(self.connection, record.name)
        allowed = ", ".join(state.label for state in JobState if state in sources)
        return Conflict(
            f"Job {now.name} is {now.state.label}; {transition} is possible while it is "
            f"{allowed}."
        )

    def _tell(self, record: JobRecord, transition: str) -> None:
        if self.documents is not None:
            self.documents.follow(record, transition, self.actor)
        self._say(record, transition)

    def _say(self, record: JobRecord, transition: str) -> None:
        logger.info(
            "job %s: %s by %s, now %s (attempt %s)%s",
            record.name,
            transition,
            self.actor or "the site",
            record.state,
            record.attempt,
            f": {record.reason}" if record.reason else "",
        )
        if record.content and self.moved is not None:
            self.moved(record, transition, self.actor)


def _failure(exit_code: int | None) -> str:
    if exit_code is None:
        return "The machine reported that it failed."
    if exit_code < 0:
        return f"It was ended by signal {-exit_code}."
    return f"It ended with exit code {exit_code}."
