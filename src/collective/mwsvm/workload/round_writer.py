"""Writing down what a round of the scheduler has decided."""

from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.database.tables import attempts
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.jobs import ENDED
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload import arrays
from collective.mwsvm.workload import node_jobs
from collective.mwsvm.workload import records
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.node_jobs import NodeJobs
from collective.mwsvm.workload.node_jobs import Start
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.scheduling.decisions import BLOCKING
from collective.mwsvm.workload.scheduling.decisions import QueueStatus
from collective.mwsvm.workload.scheduling.decisions import Reason
from collective.mwsvm.workload.scheduling.decisions import Start as Decided
from collective.mwsvm.workload.world_jobs import Known
from sqlalchemy import insert
from sqlalchemy import update
from typing import Any


def status_of(reason: Reason) -> str:
    """The ``queueStatus`` of a job that waits for it."""
    blocked = reason.type in BLOCKING
    return (QueueStatus.BLOCKED if blocked else QueueStatus.ELIGIBLE).value


class RoundWriter:
    """Writes the steps of a round, each only if its job is still as it was."""

    def __init__(
        self,
        known: Mapping[str, Known],
        queue: Queue,
        documents: JobDocuments,
        now: float,
    ) -> None:
        """``known`` are the jobs as the round has found them."""
        self._known = known
        self._queue = queue
        self._connection = queue.connection
        self._documents = documents
        self._now = now
        self.on_nodes = NodeJobs(queue, documents, now)

    def make_ready(self, name: str, machines: Iterable[str]) -> None:
        """Machines may take the job: these, or any if none is named."""
        known = self._known[name]
        if known.ready:
            self.take_back(name)
        self._set(name, reason="", waits="")
        if self._queue.make_ready(known.record, machines):
            self._note(name, None, None, QueueStatus.ELIGIBLE.value)

    def take_back(self, name: str) -> None:
        """Machines may not take the job any more, unless one has it already."""
        self._queue.take_back(self._known[name].record)

    def start(self, decided: Decided, uses: Mapping[str, str]) -> Start | None:
        """The job has its nodes, and is to be started.

        ``uses`` are the reservations whose resources it uses, by node.
        """
        record = self._known[decided.job].record
        if self._set(decided.job, reason="", waits=""):
            self._note(decided.job, None, None, QueueStatus.ELIGIBLE.value)
        return self.on_nodes.intend(record, decided.placements, uses)

    def explain(self, name: str, reason: Reason) -> None:
        """The job waits for this reason."""
        kind = reason.type.value
        if self._set(name, reason=reason.message, waits=kind):
            self._note(name, kind, reason.message, status_of(reason))

    def refuse(self, name: str, why: str) -> None:
        """The job is cancelled, since it could not start at once."""
        if self._set(name, reason=why):
            self.cancel(name, why)

    def cancel(self, name: str, why: str) -> None:
        """The job is cancelled, if it still waits or runs."""
        try:
            record = records.get(self._connection, name)
            if record.state not in ENDED:
                self._queue.act(record, "cancel", why)
        except (Conflict, NotFound):
            # It has just ended by itself.
            return

    def judge(self, name: str, verdict: arrays.Verdict) -> None:
        """What has become of an array."""
        for member in verdict.cancelled:
            self.cancel(member, verdict.why)
        record = self._known[name].record
        if verdict.move == "cancel":
            self.cancel(name, verdict.reason)
        elif verdict.move == "start":
            self._begin(record)
        elif verdict.move:
            status = "Finished" if verdict.move == "finish" else "Failed"
            code = 0 if verdict.move == "finish" else 1
            try:
                self._queue.report(record, record.attempt, status, code, verdict.reason)
            except Conflict:
                return

    def _begin(self, record: JobRecord) -> None:
        row = self._connection.execute(
            update(jobs)
            .where(jobs.c.id == record.id, jobs.c.state.in_(sorted(WAITING)))
            .values(
                state=JobState.RUNNING,
                reason="",
                since=self._now,
                started=self._now,
                attempt=jobs.c.attempt + 1,
            )
            .returning(jobs)
        ).mappings()
        found = row.first()
        if found is None:
            return
        begun = JobRecord.from_row(found)
        self._connection.execute(
            insert(attempts).values(
                job=begun.id, attempt=begun.attempt, machine="", started=self._now
            )
        )
        node_jobs.follow(self._queue, self._documents, begun, "start")

    def _set(self, name: str, **values: Any) -> bool:
        # Only of a job that no machine may take.
        changed = self._connection.execute(
            update(jobs)
            .where(
                jobs.c.id == self._known[name].record.id,
                jobs.c.state == JobState.QUEUED,
                jobs.c.ready == 0,
            )
            .values(**values)
        )
        return changed.rowcount > 0

    def _note(
        self, name: str, kind: str | None, message: str | None, status: str
    ) -> None:
        document = self._documents.get(name, lock=True)
        block = {"category": "jobBlock", "message": message, "type": kind}
        old = document["queueStatus"]
        document["queueStatus"] = status
        eligible = status == QueueStatus.ELIGIBLE.value
        if eligible and document["dates"]["eligibleDate"] is None:
            document["dates"]["eligibleDate"] = dates.mws(self._now)
        if document["blocks"] != [block]:
            self._documents.explain(document, kind, message)
        elif old != status:
            self._documents.collection.replace(document)
