"""What jobs on nodes have used of reservations."""

from collections.abc import Iterator
from collective.mwsvm.database.tables import attempts
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.jobs import ENDED
from collective.mwsvm.workload import records
from collective.mwsvm.workload.reservations import Reservations
from sqlalchemy import Connection
from sqlalchemy import select
from typing import Any


Json = dict[str, Any]


def count(connection: Connection, document: Json, now: float) -> None:
    """Tell the reservations that the last run of a job used that it has left them.

    The document has the nodes of that run yet.
    """
    try:
        record = records.get(connection, document["name"])
    except NotFound:
        return
    started, ended = connection.execute(
        select(attempts.c.started, attempts.c.ended).where(
            attempts.c.job == record.id, attempts.c.attempt == record.attempt
        )
    ).one()
    seconds = max(0.0, (now if ended is None else ended) - started)
    processors: dict[str, int] = {}
    for reservation, number in _used(document):
        processors[reservation] = processors.get(reservation, 0) + number
    reservations = Reservations(connection, lambda: now)
    for reservation, number in sorted(processors.items()):
        reservations.job_ended(reservation, number * seconds, record.state in ENDED)


def _used(document: Json) -> Iterator[tuple[str, int]]:
    for _, tasks, requirement, *reservation in document["allocation"]:
        amounts = document["requirements"][requirement]["resourcesPerTask"]
        # What was placed before reservations were noted names none.
        for name in filter(None, reservation):
            yield name, tasks * amounts["processors"]["dedicated"]
