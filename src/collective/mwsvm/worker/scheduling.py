"""The scheduler's turn: a round, and what the resource manager is told after it."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collective.mwsvm import event_log
from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.engine import Database
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.plugin_control.control import PluginControl
from collective.mwsvm.plugin_control.rm_events import Outcome as Answer
from collective.mwsvm.sites import with_site
from collective.mwsvm.worker.pace import Pace
from collective.mwsvm.worker.turn import Turn
from collective.mwsvm.workload import containers
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import reservations
from collective.mwsvm.workload import rounds
from collective.mwsvm.workload import standing
from collective.mwsvm.workload import standing_upkeep
from collective.mwsvm.workload.changes import Happened
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.node_jobs import NodeJobs
from collective.mwsvm.workload.node_jobs import Start
from collective.mwsvm.workload.node_orders import NodeOrders
from collective.mwsvm.workload.node_orders import Order
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.rests import Rest
from collective.mwsvm.workload.rm_changes import reporters
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary
import logging


Json = dict[str, Any]

logger = logging.getLogger(__name__)

ACTOR = "scheduler"

#: Brings an event with its arguments to one plug-in. Raises `NotFound`.
Send = Callable[[str, list[Any], str], Answer]


def schedule_jobs(turn: Turn) -> None:
    """One round, and then the jobs that it starts or ends on nodes."""
    outcome = with_site(turn.path, _round)
    for warning in outcome.warnings:
        if warning not in _warned:
            _warned.add(warning)
            logger.warning("scheduler on %s: %s", turn.path, warning)
    if outcome.orders or outcome.starts:
        carry_out(turn, outcome, with_site(turn.path, site.plugins))


#: What has been warned of by this process.
_warned: set[str] = set()


def carry_out(turn: Turn, outcome: rounds.Outcome, control: PluginControl) -> None:
    """Tell the plug-ins of the nodes; no transaction is open meanwhile."""
    send: Send = control.rm_events.send
    for order in outcome.orders:
        if not turn.still_ours():
            return
        _order(turn, order, send)
    for start in outcome.starts:
        if not turn.still_ours():
            return
        _start(turn, start, send)


def keep_reservations(turn: Turn) -> None:
    """Reservations begin and end, standing ones have their instances.

    What is no longer there leaves its virtual containers.
    """
    with_site(turn.path, _keep_reservations)


def _round() -> rounds.Outcome:
    now = site.clock()
    silence = site.settings().silence_limit
    database = site.database()
    rest, pace = _rests.setdefault(database, (Rest(), Pace()))
    if not pace.due:
        return rounds.Outcome()
    with pace.turn(), database.reading() as connection:
        steps = rest.prepare(connection, now, silence, _reported)
    if steps is None:
        return rounds.Outcome()
    if not steps:
        # Most rounds find nothing new, and then nobody is kept from writing.
        return steps.outcome
    with _queue() as (queue, documents):
        return rounds.write(steps, queue, documents, now)


#: For each site's database, how long rounds of this process would find nothing, and how
#: long they wait because they cost much.
_rests: WeakKeyDictionary[Database, tuple[Rest, Pace]] = WeakKeyDictionary()


def _reported() -> Iterator[Json]:
    context = site.plugins().context
    with site.database().reading() as connection:
        yield from context.inventory(connection).consolidated("job")


def _start(turn: Turn, start: Start, send: Send) -> None:
    def note() -> bool:
        with _queue() as (queue, documents):
            return NodeJobs(queue, documents, site.clock()).started(start)

    def fail(why: str) -> None:
        with _queue() as (queue, documents):
            NodeJobs(queue, documents, site.clock()).failed(start, why)

    plugins = _plugins(turn, start.nodes)
    arguments = [start.job, start.task_list, start.user, dict(start.properties)]
    done, failures = _tell(send, "jobStart", arguments, plugins)
    if not done:
        why = "; ".join(failures) or _nobody(plugins, "jobStart")
        logger.warning("job %s was not started: %s", start.job, why)
        with_site(turn.path, lambda: fail(why))
    elif not with_site(turn.path, note):
        # It was cancelled or held in the meantime; the next round ends it.
        logger.info("job %s was started, but is not wanted any more", start.job)


def _order(turn: Turn, order: Order, send: Send) -> None:
    def note(why: str | None) -> None:
        with _queue() as (queue, documents):
            orders = NodeOrders(queue, documents, site.clock())
            if why is None:
                orders.obeyed(order)
            else:
                orders.refused(order, why)

    plugins = _plugins(turn, order.nodes)
    done, failures = _tell(send, order.event, [[order.job]], plugins)
    why = None
    if not done:
        why = "; ".join(failures) or _nobody(plugins, order.event)
        logger.warning("job %s: no %s: %s", order.job, order.event, why)
    with_site(turn.path, lambda: note(why))


def _nobody(plugins: list[str], event: str) -> str:
    if not plugins:
        return "no plug-in reports its nodes any more"
    return f"none of its plug-ins ({', '.join(plugins)}) has the event {event}"


def _tell(
    send: Send, event: str, arguments: list[Any], plugins: Iterable[str]
) -> tuple[list[str], list[str]]:
    done: list[str] = []
    failures: list[str] = []
    for plugin in plugins:
        try:
            answer = send(event, arguments, plugin)
        except NotFound:
            continue
        done += answer.done
        failures += answer.failures
    return done, failures


def _plugins(turn: Turn, nodes: tuple[str, ...]) -> list[str]:
    """The plug-ins that report the nodes, those of the first node first."""

    def read() -> list[str]:
        with site.database().reading() as connection:
            found = node_lists.documents(connection, collections.nodes, set(nodes))
        ordered = [found[name] for name in dict.fromkeys(nodes) if name in found]
        return list(dict.fromkeys(name for each in ordered for name in reporters(each)))

    return with_site(turn.path, read)


@contextmanager
def _queue() -> Iterator[tuple[Queue, JobDocuments]]:
    with site.database().writing() as connection:
        queue = site.queue(connection, ACTOR)
        assert queue.documents is not None
        yield queue, queue.documents


# -- reservations


def _keep_reservations() -> None:
    now = site.clock()
    configuration = site.configuration()
    wanted = [
        each
        for given in configuration.standing_reservations
        for each in standing.expand(given, now)
    ]
    with site.database().writing() as connection:
        happened = reservations.expire(connection, now)
        upkeep = standing_upkeep.keep(connection, now, wanted)
        happened += upkeep.happened
        happened += containers.prune(connection)
        events = [_event(each, now) for each in happened]
        EventStore(connection, site.clock).add(events)
        event_log.after_commit(configuration, site.clock, events)
    for index, messages in upkeep.problems.items():
        text = f"the standing reservation {index}: {'; '.join(messages)}"
        if text not in _warned:
            _warned.add(text)
            logger.warning("%s", text)


def _event(happened: Happened, now: float) -> Json:
    return {
        "eventTime": dates.mws(now),
        "eventType": happened.event_type,
        "eventCategory": happened.event_type.removeprefix(happened.kind),
        "sourceComponent": "MWS",
        "status": "success",
        "facility": happened.kind,
        "initiatedBy": {"user": ACTOR, "proxyUser": None},
        "primaryObject": {
            "type": happened.kind,
            "id": happened.key,
            "serialization": None,
        },
        "details": {},
    }
