"""Jobs that run on nodes: the resource manager starts them and tells how they end.

Their nodes are written down before the resource manager is told, so that whoever goes on
after a crash starts the same job on the same nodes. What else it is told of them, see
`node_orders`.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.database import collections
from collective.mwsvm.database.tables import attempts
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.workload import job_properties
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import node_marks
from collective.mwsvm.workload import records
from collective.mwsvm.workload import reservation_use
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.scheduling.world import Placement
from collective.mwsvm.workload.world_jobs import Known
from collective.mwsvm.workload.world_jobs import STARTING
from dataclasses import dataclass
from dataclasses import field
from sqlalchemy import Connection
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update
from typing import Any


Json = dict[str, Any]

#: Gives the reports of jobs of all plug-ins together.
Reported = Callable[[], Iterable[Json]]

#: The type of the block of a job that the resource manager did not start.
NOT_STARTED = "StartFailed"

#: Reports with these states say that a job has begun, and that it has ended.
_BEGUN = frozenset(("RUNNING", "STARTING", "SUSPENDED"))
_ENDED = frozenset(("COMPLETED", "REMOVED", "SUBMIT_ERROR", "VACATED", "NOT_RUN"))


@dataclass(frozen=True, slots=True)
class Start:
    """A job to be started; ``nodes`` names each of its nodes once for each task.

    ``properties`` are as `job_properties` gives them.
    """

    job: str
    attempt: int
    nodes: tuple[str, ...]
    user: str
    properties: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def task_list(self) -> str:
        """The nodes as the event ``jobStart`` has them."""
        return ",".join(self.nodes)


class NodeJobs:
    """The jobs on nodes, in the caller's transaction."""

    def __init__(self, queue: Queue, documents: JobDocuments, now: float) -> None:
        self._queue = queue
        self._connection = queue.connection
        self._documents = documents
        self._now = now

    def intend(
        self,
        record: JobRecord,
        placements: Sequence[Placement],
        uses: Mapping[str, str],
    ) -> Start | None:
        """The job gets these nodes and is to be started; None if it does not wait.

        ``uses`` are the reservations whose resources it uses, by node.
        """
        if not _still_waits(self._connection, record):
            return None
        document = self._documents.get(record.name, lock=True)
        document["allocation"] = [
            [each.node, each.tasks, each.requirement, uses.get(each.node)]
            for each in placements
        ]
        for index, requirement in enumerate(document["requirements"]):
            mine = [each.node for each in placements if each.requirement == index]
            used = [uses[name] for name in mine if name in uses]
            requirement["nodes"] = [{"name": name} for name in dict.fromkeys(mine)]
            requirement["reservation"] = {"name": used[0]} if used else None
        master = placements[0].node if placements else None
        document["masterNode"] = master and {"name": master}
        document["states"]["subState"] = STARTING
        self._documents.collection.replace(document)
        node_marks.mark(self._connection, record.name)
        return start_of(record, document)

    def started(self, start: Start) -> bool:
        """The resource manager has started it; False if it should not run any more."""
        node_lists.lock(self._connection)
        row = self._connection.execute(
            update(jobs)
            .where(
                jobs.c.name == start.job,
                jobs.c.state == JobState.QUEUED,
                jobs.c.attempt == start.attempt,
                jobs.c.ready == 0,
            )
            .values(
                state=JobState.RUNNING,
                reason="",
                since=self._now,
                attempt=jobs.c.attempt + 1,
                started=self._now,
                ended=None,
                exit_code=None,
            )
            .returning(jobs)
        ).mappings()
        found = row.first()
        if found is None:
            return False
        record = JobRecord.from_row(found)
        self._connection.execute(
            insert(attempts).values(
                job=record.id,
                attempt=record.attempt,
                machine=start.nodes[0] if start.nodes else "",
                started=self._now,
            )
        )
        document = self._documents.get(record.name, lock=True)
        document["states"]["subState"] = None
        self._documents.collection.replace(document)
        node_lists.add(
            self._connection,
            collections.nodes,
            "jobs",
            set(start.nodes),
            {"name": record.name},
        )
        follow(self._queue, self._documents, record, "start")
        return True

    def failed(self, start: Start, why: str) -> None:
        """The resource manager did not start it: it waits again, for a while."""
        record = records.get(self._connection, start.job)
        if record.state != JobState.QUEUED or record.attempt != start.attempt:
            return
        document = self._documents.get(start.job, lock=True)
        if document["states"]["subState"] != STARTING:
            return
        _clear(document)
        document["deferCount"] += 1
        pause = min(3600, 30 * 2 ** min(document["deferCount"], 7))
        document["dates"]["earliestStartDate"] = dates.mws(self._now + pause)
        self._documents.collection.replace(document)
        node_marks.unmark(self._connection, start.job)
        reason = f"The resource manager did not start it: {why}"
        self._documents.explain(document, NOT_STARTED, reason)
        self._connection.execute(
            update(jobs)
            .where(jobs.c.id == record.id)
            .values(reason=reason, waits=NOT_STARTED)
        )

    def bring(self, report: Json) -> None:
        """Bring the record along to what the resource manager says of a job."""
        record = _of_report(self._connection, report)
        if record is None:
            return
        state = report.get("state")
        # What was said before it began is about its last run.
        recent = report["timestamp"] >= int(record.started or 0)
        if record.state == JobState.QUEUED and state in _BEGUN:
            document = self._documents.get(record.name)
            if document["states"]["subState"] == STARTING:
                self.started(start_of(record, document))
        elif record.state in ACTIVE and recent and state in _ENDED:
            self._end(record, str(state), report.get("completionCode"))

    def _end(self, record: JobRecord, state: str, code: int | None) -> None:
        try:
            if state == "COMPLETED":
                good = "Failed" if code else "Finished"
                code = code or 0
                self._queue.report(record, record.attempt, good, code)
            else:
                why = f"The resource manager reported that it was {_said(state)}."
                self._queue.report(record, record.attempt, "Failed", code, why)
        except Conflict:
            # Somebody cancelled it in the meantime.
            pass
        self.release(record.name)

    def release(self, name: str) -> None:
        """The resource manager has nothing to do any more with a job: its nodes are free.

        What it used of reservations is counted, once.
        """
        node_lists.lock(self._connection)
        if not node_marks.unmark(self._connection, name):
            return
        try:
            document = self._documents.get(name, lock=True)
        except NotFound:
            return
        if document["states"]["subState"] != STARTING:
            reservation_use.count(self._connection, document, self._now)
        names = {node for node, *_ in document.get("allocation", ())}
        node_lists.drop(self._connection, collections.nodes, "jobs", names, name)
        # What has ended keeps the nodes that it had.
        if document["isActive"]:
            _clear(document)
        document["states"]["subState"] = None
        document.pop("allocation", None)
        self._documents.collection.replace(document)


def start_of(record: JobRecord, document: Json) -> Start:
    """What the resource manager is told of a job whose nodes are chosen."""
    nodes = tuple(
        node for node, tasks, *_ in document["allocation"] for _ in range(tasks)
    )
    user = document["credentials"]["user"] or record.owner
    properties = job_properties.properties(document)
    return Start(record.name, record.attempt, nodes, user, properties)


def nodes_of(document: Json) -> tuple[str, ...]:
    """The nodes that a job has, each once."""
    return tuple(dict.fromkeys(node for node, *_ in document.get("allocation", ())))


def says_something(report: Json, known: Known) -> bool:
    """Whether `NodeJobs.bring` may do something."""
    record, state = known.record, report.get("state")
    if record.state == JobState.QUEUED:
        return known.is_starting and state in _BEGUN
    recent = report["timestamp"] >= int(record.started or 0)
    return record.state in ACTIVE and recent and state in _ENDED


def follow(
    queue: Queue, documents: JobDocuments, record: JobRecord, transition: str
) -> None:
    """Tell of a move that the queue itself has not made."""
    documents.follow(record, transition, queue.actor)
    if record.content and queue.moved is not None:
        queue.moved(record, transition, queue.actor)


def _still_waits(connection: Connection, record: JobRecord) -> bool:
    row = connection.execute(
        select(jobs.c.state, jobs.c.ready, jobs.c.attempt)
        .where(jobs.c.id == record.id)
        .with_for_update()
    ).first()
    return row is not None and tuple(row) == (JobState.QUEUED, 0, record.attempt)


def _of_report(connection: Connection, report: Json) -> JobRecord | None:
    try:
        return records.get(connection, report["name"])
    except NotFound:
        return None


def _clear(document: Json) -> None:
    document["allocation"] = []
    document["masterNode"] = None
    document["states"]["subState"] = None
    for requirement in document["requirements"]:
        requirement["nodes"] = []
        requirement["reservation"] = None


def _said(state: str) -> str:
    return state.lower().replace("_", " ")
