"""What the resource manager is told of jobs that it has: to end, suspend or resume them.

People move the record, and the resource manager is told after that. If it refuses, the
record goes back to what is true, and the job's messages say why.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.database import collections
from collective.mwsvm.database.tables import attempts
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import node_marks
from collective.mwsvm.workload import records
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.node_jobs import follow
from collective.mwsvm.workload.node_jobs import NodeJobs
from collective.mwsvm.workload.node_jobs import nodes_of
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.world_jobs import Known
from dataclasses import dataclass
from sqlalchemy import Connection
from sqlalchemy import update
from typing import Any


Json = dict[str, Any]

CANCEL = "jobCancel"
REQUEUE = "jobRequeue"
RESUME = "jobResume"
SUSPEND = "jobSuspend"

_VERBS = {CANCEL: "cancel", REQUEUE: "requeue", RESUME: "resume", SUSPEND: "suspend"}

#: Messages are kept up to this length, the newest of them up to this number.
_LENGTH, _NUMBER = 1000, 1000


@dataclass(frozen=True, slots=True)
class Order:
    """An event for the plug-ins of the nodes that a job has."""

    event: str
    job: str
    attempt: int
    nodes: tuple[str, ...]


def orders(
    connection: Connection, marks: Mapping[str, str], known: Mapping[str, Known]
) -> Iterator[Order]:
    """What has not been told yet of the marked jobs (`node_marks.marked`).

    ``known`` has all those that wait or run.
    """
    ended = marks.keys() - known.keys()
    others = {}
    if ended:
        others = node_lists.documents(connection, collections.job_documents, ended)
    for name, text in marks.items():
        if name not in known:
            document = others.get(name)
            yield Order(CANCEL, name, 0, nodes_of(document) if document else ())
            continue
        job = known[name]
        event = _event(job, text)
        if event:
            nodes = nodes_of(job.document)
            yield Order(event, name, job.record.attempt, nodes)


def _event(job: Known, text: str) -> str:
    suspended = text == node_marks.SUSPENDED
    if job.record.running_on is not None:
        # A machine has it now.
        return CANCEL
    if job.is_leaving:
        # What never began can't be put back.
        return CANCEL if job.has_starting_nodes else REQUEUE
    if job.record.state == JobState.SUSPENDED and not suspended:
        return SUSPEND
    if job.record.state == JobState.RUNNING and suspended:
        return RESUME
    return ""


class NodeOrders:
    """Notes what has become of orders, in the caller's transaction."""

    def __init__(self, queue: Queue, documents: JobDocuments, now: float) -> None:
        self._queue = queue
        self._connection = queue.connection
        self._documents = documents
        self._now = now
        self._on_nodes = NodeJobs(queue, documents, now)

    def obeyed(self, order: Order) -> None:
        """The resource manager has done it."""
        if order.event in (CANCEL, REQUEUE):
            self._on_nodes.release(order.job)
        else:
            text = node_marks.SUSPENDED if order.event == SUSPEND else ""
            node_marks.mark(self._connection, order.job, text)

    def refused(self, order: Order, why: str) -> None:
        """The resource manager has not done it; what was cancelled is left to itself."""
        node_lists.lock(self._connection)
        said = f"The resource manager did not {_VERBS[order.event]} it: {why}"[:_LENGTH]
        if order.event == CANCEL:
            self._on_nodes.release(order.job)
        else:
            try:
                self._back(order, said)
            except (Conflict, NotFound):
                # It has ended or gone on by itself; the next round sees to that.
                return
        self._say(order.job, said)

    def _back(self, order: Order, said: str) -> None:
        record = records.get(self._connection, order.job)
        if record.attempt != order.attempt:
            raise Conflict(f"Job {record.name} has begun again.")
        match order.event:
            case "jobSuspend":
                self._queue.act(record, "resume", said)
            case "jobResume":
                self._queue.act(record, "suspend", said)
            case "jobRequeue":
                self._go_on(record, said)

    def _go_on(self, record: JobRecord, said: str) -> None:
        # The attempt that was closed is still under way.
        row = self._connection.execute(
            update(jobs)
            .where(
                jobs.c.id == record.id,
                jobs.c.attempt == record.attempt,
                jobs.c.state.in_(sorted(WAITING)),
                jobs.c.ready == 0,
            )
            .values(state=JobState.RUNNING, reason=said, waits="", since=self._now)
            .returning(jobs)
        ).mappings()
        found = row.first()
        if found is None:
            raise Conflict(f"Job {record.name} does not wait any more.")
        self._connection.execute(
            update(attempts)
            .where(attempts.c.job == record.id, attempts.c.attempt == record.attempt)
            .values(ended=None, outcome=None, exit_code=None, reason="")
        )
        follow(self._queue, self._documents, JobRecord.from_row(found), "start")

    def _say(self, name: str, said: str) -> None:
        try:
            document = self._documents.get(name, lock=True)
        except NotFound:
            return
        messages = [*document["messages"], {"message": said}]
        document["messages"] = messages[-_NUMBER:]
        self._documents.collection.replace(document)
