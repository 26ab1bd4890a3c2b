"""What jobs that run take of nodes, against which reservations are made."""

from collections.abc import Container
from collections.abc import Iterator
from collective.mwsvm.database import collections
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.inventory import bulk
from collective.mwsvm.inventory.shapes import NEVER
from collective.mwsvm.models import dates
from collective.mwsvm.models.jobs import ENDED
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import node_marks
from collective.mwsvm.workload.allocation import Claim
from sqlalchemy import Connection
from sqlalchemy import select
from typing import Any


Json = dict[str, Any]


def claims(
    connection: Connection, nodes: Container[str], now: float, start: str
) -> dict[str, list[Claim]]:
    """What the jobs on nodes that may run yet at ``start`` take of them, by their names.

    A job without a limit may run for ever, one that is past its limit a moment longer.
    """
    marked = node_marks.marked(connection)
    found: dict[str, list[Claim]] = {}
    if not marked:
        return found
    documents = node_lists.documents(connection, collections.job_documents, marked)
    rows = connection.execute(
        select(jobs.c.name, jobs.c.started, jobs.c.time_limit).where(
            bulk.among(connection, jobs.c.name, marked), jobs.c.state.not_in(ENDED)
        )
    )
    for row in rows:
        begun = now if row.started is None else row.started
        end = begun + row.time_limit if row.time_limit else NEVER
        until = dates.mws(min(max(end, now + 1), NEVER))
        if until <= start:
            continue
        for name, amounts in _amounts(documents.get(row.name, {})):
            if name in nodes:
                claim = Claim(
                    row.name, dates.mws(begun), until, frozenset(), amounts, is_job=True
                )
                found.setdefault(name, []).append(claim)
    return found


def _amounts(document: Json) -> Iterator[tuple[str, dict[str, int] | None]]:
    for node, tasks, requirement, *_ in document.get("allocation", ()):
        need = document["requirements"][requirement]
        if need["nodeAccessPolicy"] in ("SINGLEJOB", "SINGLETASK"):
            yield node, None
            continue
        amounts = {
            name.lower(): tasks * resource["dedicated"]
            for name, resource in need["resourcesPerTask"].items()
            if resource["dedicated"]
        }
        yield node, amounts
