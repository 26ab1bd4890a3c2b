"""A round of the scheduler: what is decided of the jobs that wait, and written down.

A round is prepared by reading only. Its steps are written one by one, each only if the
job is still as it was: whatever has been cancelled or taken meanwhile stays so.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.models.jobs import ENDED
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload import arrays
from collective.mwsvm.workload import node_jobs
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import node_orders
from collective.mwsvm.workload import world
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.node_jobs import NOT_STARTED
from collective.mwsvm.workload.node_jobs import Reported
from collective.mwsvm.workload.node_jobs import Start
from collective.mwsvm.workload.node_orders import Order
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.round_writer import RoundWriter
from collective.mwsvm.workload.round_writer import status_of
from collective.mwsvm.workload.scheduling import Decisions
from collective.mwsvm.workload.scheduling import horizon
from collective.mwsvm.workload.scheduling import schedule
from collective.mwsvm.workload.scheduling.decisions import Reason
from collective.mwsvm.workload.scheduling.decisions import Start as Decided
from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.scheduling.garbage import uncollected
from collective.mwsvm.workload.scheduling.world import Phase
from collective.mwsvm.workload.world import Situation
from collective.mwsvm.workload.world_jobs import Known
from dataclasses import dataclass
from dataclasses import field
from math import inf
from sqlalchemy import Connection
from typing import Any


Json = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What the resource manager has to be told, outside of the transaction.

    How it went is noted by `NodeJobs.started` and `failed`, and by `NodeOrders`; what is
    not noted comes again with the next round. ``warnings`` are about policies.
    """

    starts: tuple[Start, ...] = ()
    orders: tuple[Order, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class Steps:
    """What a round is going to write; nothing, most often.

    ``ready`` are the machines for each job that is ready, none for any; ``uses`` the
    reservations that jobs use, by job and node; ``blocked`` the reasons that have
    changed. ``horizon`` is the moment before which a round finds the same, unless
    something happens.
    """

    situation: Situation
    reports: list[Json] = field(default_factory=list)
    verdicts: dict[str, arrays.Verdict] = field(default_factory=dict)
    back: list[str] = field(default_factory=list)
    ready: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    starts: list[Decided] = field(default_factory=list)
    uses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    blocked: dict[str, Reason] = field(default_factory=dict)
    #: To be told again, or not known how it went.
    pending: tuple[Start, ...] = ()
    orders: tuple[Order, ...] = ()
    warnings: tuple[str, ...] = ()
    horizon: float = inf

    def __bool__(self) -> bool:
        """Whether there is something to be written."""
        return bool(
            self.reports
            or self.verdicts
            or self.back
            or self.ready
            or self.refused
            or self.starts
            or self.blocked
        )

    @property
    def outcome(self) -> Outcome:
        """What is to be told even if nothing is written."""
        return Outcome(self.pending, self.orders, self.warnings)


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
    with uncollected():
        return _prepared(world.look(connection, now, silence), connection, reported)


def _prepared(
    situation: Situation, connection: Connection, reported: Reported
) -> Steps:
    steps = Steps(situation)
    steps.verdicts = dict(_verdicts(situation))
    if situation.marks:
        steps.reports = list(_reports(situation, reported))
    news = {report["name"] for report in steps.reports}
    if situation.marks:
        found = node_orders.orders(connection, situation.marks, situation.known)
        steps.orders = tuple(order for order in found if order.job not in news)
    steps.pending = tuple(
        node_jobs.start_of(known.record, known.document)
        for name, known in situation.known.items()
        if known.is_starting and name not in news
    )
    if any(job.phase is Phase.WAITING for job in situation.world.jobs):
        decisions = schedule(situation.world)
        _decide(steps, decisions)
        steps.horizon = horizon(situation.world, decisions)
    return steps


def write(steps: Steps, queue: Queue, documents: JobDocuments, now: float) -> Outcome:
    """Write down what was prepared; gives what the resource manager has to be told."""
    if not steps:
        return steps.outcome
    node_lists.lock(queue.connection)
    writer = RoundWriter(steps.situation.known, queue, documents, now)
    for report in steps.reports:
        writer.on_nodes.bring(report)
    for name, verdict in steps.verdicts.items():
        writer.judge(name, verdict)
    for name in steps.back:
        writer.take_back(name)
    for name, machines in steps.ready.items():
        writer.make_ready(name, machines)
    for name, why in steps.refused.items():
        writer.refuse(name, why)
    starts = [
        writer.start(decided, steps.uses.get(decided.job, {}))
        for decided in steps.starts
    ]
    for name, reason in steps.blocked.items():
        writer.explain(name, reason)
    return Outcome(
        (*steps.pending, *(start for start in starts if start is not None)),
        steps.orders,
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
    ready = {each.job: each.machines for each in decisions.ready if each.job in going}
    steps.ready = {
        name: machines
        for name, machines in ready.items()
        if not known[name].ready or known[name].places != frozenset(machines)
    }
    steps.refused = {
        name: reason.message
        for name, reason in decisions.refused.items()
        if name in going
    }
    steps.starts = [each for each in decisions.starts if each.job in going]
    steps.uses = decisions.uses
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
        or document["queueStatus"] != status_of(reason)
        or known.record.reason != reason.message
    )


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
    names = {name.lower(): name for name in situation.marks}
    for report in reported():
        name = names.get(report["name"])
        known = situation.known.get(name or "")
        if known is not None and node_jobs.says_something(report, known):
            yield {**report, "name": name}
