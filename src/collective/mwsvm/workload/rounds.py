"""A round of the scheduler: what is decided of the jobs that wait, and written down.

A round is prepared by reading only. Its steps are written one by one, each only if the
job is still as it was: whatever has been cancelled or taken meanwhile stays so.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collective.mwsvm.database import collections
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
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import records
from collective.mwsvm.workload import world
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.node_jobs import NodeJobs
from collective.mwsvm.workload.node_jobs import NOT_STARTED
from collective.mwsvm.workload.node_jobs import Reported
from collective.mwsvm.workload.node_jobs import Start
from collective.mwsvm.workload.node_jobs import Stop
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.scheduling import Decisions
from collective.mwsvm.workload.scheduling import schedule
from collective.mwsvm.workload.scheduling.decisions import BLOCKING
from collective.mwsvm.workload.scheduling.decisions import QueueStatus
from collective.mwsvm.workload.scheduling.decisions import Reason
from collective.mwsvm.workload.scheduling.decisions import Start as Decided
from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.scheduling.world import Phase
from collective.mwsvm.workload.world import Situation
from collective.mwsvm.workload.world_jobs import Known
from dataclasses import dataclass
from dataclasses import field
from sqlalchemy import Connection
from sqlalchemy import insert
from sqlalchemy import update
from typing import Any


Json = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What the resource manager has to be told, outside of the transaction.

    How it went is noted by `NodeJobs.started`, `failed` and `stopped`; what is not noted
    comes again with the next round. ``warnings`` are about policies.
    """

    starts: tuple[Start, ...] = ()
    stops: tuple[Stop, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class Steps:
    """What a round is going to write; nothing, most often.

    ``blocked`` has the reasons that have changed, by the names of jobs.
    """

    situation: Situation
    reports: list[Json] = field(default_factory=list)
    verdicts: dict[str, arrays.Verdict] = field(default_factory=dict)
    back: list[str] = field(default_factory=list)
    ready: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    starts: list[Decided] = field(default_factory=list)
    blocked: dict[str, Reason] = field(default_factory=dict)
    #: To be told again, or not known how it went.
    pending: tuple[Start, ...] = ()
    stops: tuple[Stop, ...] = ()
    warnings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(
            self.reports
            or self.verdicts
            or self.back
            or self.ready
            or self.refused
            or self.starts
            or self.blocked
        )


def round(
    connection: Connection,
    queue: Queue,
    documents: JobDocuments,
    now: float,
    reported: Reported = lambda: (),
) -> Outcome:
    """One round, read and written on one connection; ``queue`` is on the same."""
    steps = prepare(connection, now, queue.settings.silence_limit, reported)
    return write(steps, queue, documents, now)


def prepare(
    connection: Connection,
    now: float,
    silence: float,
    reported: Reported = lambda: (),
) -> Steps:
    """What is to be done; changes nothing. ``silence`` is as in `world.look`.

    ``reported`` is asked only while the resource manager has jobs of ours.
    """
    situation = world.look(connection, now, silence)
    steps = Steps(situation)
    steps.verdicts = dict(_verdicts(situation))
    if situation.marked:
        steps.reports = list(_reports(situation, reported))
        steps.stops = tuple(_stops(connection, situation))
    news = {report["name"] for report in steps.reports}
    steps.pending = tuple(
        node_jobs.start_of(known.record, known.document)
        for name, known in situation.known.items()
        if known.is_starting and name not in news
    )
    if any(job.phase is Phase.WAITING for job in situation.world.jobs):
        _decide(steps, schedule(situation.world))
    return steps


def write(steps: Steps, queue: Queue, documents: JobDocuments, now: float) -> Outcome:
    """Write down what was prepared; gives what the resource manager has to be told."""
    if not steps:
        return Outcome(steps.pending, steps.stops, steps.warnings)
    node_lists.lock(queue.connection)
    writer = _Writer(steps.situation, queue, documents, now)
    for report in steps.reports:
        writer.on_nodes.bring(report)
    for name, verdict in steps.verdicts.items():
        writer.judge(name, verdict)
    for name in steps.back:
        writer.take_back(name)
    for name in steps.ready:
        writer.make_ready(name)
    for name, why in steps.refused.items():
        writer.refuse(name, why)
    starts = [writer.start(decided) for decided in steps.starts]
    for name, reason in steps.blocked.items():
        writer.explain(name, reason)
    return Outcome(
        (*steps.pending, *(start for start in starts if start is not None)),
        steps.stops,
        steps.warnings,
    )


# -- what there is to do


def _decide(steps: Steps, decisions: Decisions) -> None:
    known = steps.situation.known
    # An array whose jobs are about to be cancelled starts none of them.
    doomed = {name for each in steps.verdicts.values() for name in each.cancelled}
    going = {
        name
        for name, each in known.items()
        if each.record.state == JobState.QUEUED and name not in doomed
    }
    ready = {each.job: None for each in decisions.ready if each.job in going}
    steps.ready = [name for name in ready if not known[name].ready]
    steps.refused = {
        name: reason.message
        for name, reason in decisions.refused.items()
        if name in going
    }
    steps.starts = [each for each in decisions.starts if each.job in going]
    for name, reason in decisions.blocked.items():
        if name not in going or name in ready:
            continue
        if known[name].ready:
            steps.back.append(name)
        if _is_news(known[name], reason):
            steps.blocked[name] = reason
    steps.warnings = decisions.warnings


def _is_news(known: Known, reason: Reason) -> bool:
    document = known.document
    (block,) = document["blocks"][:1] or [{"type": None, "message": None}]
    if reason.type is Why.START_DATE and block["type"] == NOT_STARTED:
        # Why it is not tried again at once.
        return False
    return bool(
        (block["type"], block["message"]) != (reason.type.value, reason.message)
        or document["queueStatus"] != _status(reason)
        or known.record.reason != reason.message
    )


def _status(reason: Reason) -> str:
    blocked = reason.type in BLOCKING
    return (QueueStatus.BLOCKED if blocked else QueueStatus.ELIGIBLE).value


def _verdicts(situation: Situation) -> Iterator[tuple[str, arrays.Verdict]]:
    for name, found in situation.arrays.items():
        master = situation.known[name]
        begun = master.record.state not in WAITING
        verdict = arrays.judge(master.document["flags"], begun, found)
        if verdict.move == "start" and _waits(master, found):
            continue
        if verdict != arrays.Verdict():
            yield name, verdict


def _waits(master: Known, found: Iterable[arrays.Member]) -> bool:
    # A hold keeps it waiting for as long as it has jobs left.
    held = master.record.state == JobState.HELD
    return held and any(member.state not in ENDED for member in found)


def _reports(situation: Situation, reported: Reported) -> Iterator[Json]:
    # Plug-ins report names in lower case.
    names = {name.lower(): name for name in situation.marked}
    for report in reported():
        name = names.get(report["name"])
        known = situation.known.get(name or "")
        if known is not None and node_jobs.says_something(report, known.record):
            yield {**report, "name": name}


def _stops(connection: Connection, situation: Situation) -> Iterator[Stop]:
    documents = node_lists.documents(
        connection, collections.job_documents, situation.marked
    )
    for name in sorted(situation.marked):
        known = situation.known.get(name)
        on_nodes = known is not None and known.record.running_on is None
        if known is not None and known.is_active and on_nodes:
            continue
        document = documents.get(name)
        yield Stop(name, node_jobs.nodes_of(document) if document else ())


# -- how it is written


class _Writer:
    """Writes the steps of a round, each only if its job is still as it was."""

    def __init__(
        self, situation: Situation, queue: Queue, documents: JobDocuments, now: float
    ) -> None:
        self._known = situation.known
        self._queue = queue
        self._connection = queue.connection
        self._documents = documents
        self._now = now
        self.on_nodes = NodeJobs(queue, documents, now)

    def make_ready(self, name: str) -> None:
        """Machines may take the job."""
        if self._set(name, 0, ready=1, reason=""):
            self._note(name, None, None, QueueStatus.ELIGIBLE.value)

    def take_back(self, name: str) -> None:
        """Machines may not take the job any more, unless one has it already."""
        self._set(name, 1, ready=0)

    def start(self, decided: Decided) -> Start | None:
        """The job has its nodes, and is to be started."""
        record = self._known[decided.job].record
        if self._set(decided.job, 0, reason=""):
            self._note(decided.job, None, None, QueueStatus.ELIGIBLE.value)
        return self.on_nodes.intend(record, decided.placements)

    def explain(self, name: str, reason: Reason) -> None:
        """The job waits for this reason."""
        if self._set(name, 0, reason=reason.message):
            self._note(name, reason.type.value, reason.message, _status(reason))

    def refuse(self, name: str, why: str) -> None:
        """The job is cancelled, since it could not start at once."""
        if self._set(name, 0, reason=why):
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

    def _set(self, name: str, was_ready: int, **values: Any) -> bool:
        changed = self._connection.execute(
            update(jobs)
            .where(
                jobs.c.id == self._known[name].record.id,
                jobs.c.state == JobState.QUEUED,
                jobs.c.ready == was_ready,
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
