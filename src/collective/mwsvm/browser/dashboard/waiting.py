"""Why jobs wait, for the eyes of the present user."""

from collective.mwsvm import _
from collective.mwsvm.browser.listings.job_rows import manages_records
from collective.mwsvm.browser.machine import JobRows
from collective.mwsvm.browser.state import moment
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload.node_jobs import NOT_STARTED
from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.waiting import waiting
from plone import api
from sqlalchemy import Connection
from typing import Any


Json = dict[str, Any]

#: The kinds of reasons in words.
LABELS = {
    "": _("The scheduler has not looked at it yet"),
    NOT_STARTED: _("The resource manager did not start it; it is tried again"),
    Why.HOLD: _("Held"),
    Why.CONTAINER: _("Held by its virtual container"),
    Why.START_DATE: _("Its start date has not come"),
    Why.DEPENDENCY: _("Other jobs come first that it depends on"),
    Why.NEVER_MET: _("What it depends on can't happen any more"),
    Why.SLOT_LIMIT: _("Its array runs as many jobs as it may"),
    Why.RESERVATION: _("A reservation"),
    Why.NEVER: _("It asks for more than there is"),
    Why.NODE_STATE: _("Nodes that take no jobs now"),
    Why.RESOURCES: _("Resources that are not free"),
    Why.NODE_ACCESS: _("Nodes that it may not share"),
    Why.PRIORITY: _("Jobs with a higher priority"),
    Why.MACHINE: _("No machine takes it"),
    Why.READY: _("Ready: the next machine that is free takes it"),
}


def reasons(connection: Connection, request) -> list[Json]:
    """The kinds of reasons, the most frequent first, with a link to the first job."""
    groups = waiting(connection, None if manages_records() else _visible())
    firsts = [group.first for group in groups]
    rows = {row["name"]: row for row in JobRows(request).rows(firsts)}
    return [
        {
            "kind": group.kind,
            "label": LABELS.get(group.kind, group.kind),
            "count": group.count,
            "state": str(_state(group.kind)),
            "first": rows[group.first.name],
            "submitted": moment(group.first.submitted),
        }
        for group in groups
        if group.first.name in rows
    ]


def _visible() -> list[str]:
    """The UIDs of the waiting Jobs that the present user may see."""
    states = [str(state) for state in WAITING]
    return [b.UID for b in api.content.find(portal_type="Job", review_state=states)]


def _state(kind: str) -> JobState:
    return JobState.HELD if kind == Why.HOLD else JobState.QUEUED
