"""How much of the site's resources is at work now, and the report that it goes into."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.documents import extracted
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.database.tables import machines
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.workload import records
from sqlalchemy import case
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import select
from typing import Any


Json = dict[str, Any]

#: The report as it is made (guide 5): five minutes a datapoint, for a week.
REPORT: Json = {
    "name": "mwsvm-utilization",
    "description": "Processors, machines and jobs at work, by the minute.",
    "consolidationFunction": "average",
    "datapointDuration": 300,
    "reportSize": 7 * 24 * 12,
}

#: What the data of a sample has besides ``jobs``: the whole, and the part at work.
SHARES = {"processors": "used", "machines": "busy"}

#: Nodes that take part in nothing, whatever they have.
_AWAY = ("Down", "None", "Unknown")

_nodes = collections.nodes.table


def measure(connection: Connection) -> Json:
    """The data of a sample: ``{"processors": {"total": 8, "used": 3}, ...}``.

    ``processors`` are those of the nodes that are up; used are those that their resource
    manager does not call available, or that the scheduler has given to jobs where the
    manager does not say. ``machines`` are those that run, busy those with a job.
    ``jobs`` are ``running`` (suspended ones, too) and ``waiting`` (held ones, too).
    """
    counts = records.count_by_state(connection)
    waiting = (JobState.QUEUED, JobState.HELD)
    return {
        "processors": _processors(connection),
        "machines": _machines(connection),
        "jobs": {
            "running": sum(counts.get(state, 0) for state in ACTIVE),
            "waiting": sum(counts.get(state, 0) for state in waiting),
        },
    }


def _processors(connection: Connection) -> Json:
    utilized, dedicated = _amount("utilized"), _amount("dedicated")
    used = case((utilized >= 0, utilized), else_=dedicated)
    total, in_use = connection.execute(
        select(func.sum(_amount("configured")), func.sum(used))
        .select_from(_nodes)
        .where(_nodes.c.states_state.not_in(_AWAY))
    ).one()
    return {"total": int(total or 0), "used": int(in_use or 0)}


def _amount(name: str) -> extracted:
    return extracted(f"resources.processors.{name}", "number")


def _machines(connection: Connection) -> Json:
    running = machines.c.status == MachineState.RUNNING
    joined = machines.outerjoin(jobs, jobs.c.running_on == machines.c.uid)
    total, busy = connection.execute(
        select(func.count(), func.count(jobs.c.id)).select_from(joined).where(running)
    ).one()
    return {"total": total, "busy": busy}
