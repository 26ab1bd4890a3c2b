"""Which job a machine gets next: the one statement that hands it out.

Machines take jobs that are meant for them or for any machine and are ready. Of a job
that the scheduler lets only some machines take (``ready = 2``), the table ``job_places``
says which.
"""

from collections.abc import Iterable
from collective.mwsvm.database.collections import reservations
from collective.mwsvm.database.tables import job_places
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models.jobs import JobState
from sqlalchemy import bindparam
from sqlalchemy import case
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import literal_column
from sqlalchemy import select
from sqlalchemy import union_all
from sqlalchemy import update
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.sql.selectable import Select
from typing import Any


#: Literals, for the indexes of the waiting jobs are made for just these.
QUEUED: Any = literal_column("'queued'")
READY: Any = literal_column("1")
READY_SOMEWHERE: Any = literal_column("2")

#: Stands for the machine that asks.
MACHINE: Any = bindparam("b_machine")


def waiting_for(machine: Any) -> Select[Any]:
    """The id and order of the first job that is meant for ``machine`` ("": for any)."""
    return _first(
        select(jobs.c.id, jobs.c.priority, jobs.c.modified).where(
            jobs.c.state == QUEUED, jobs.c.ready == READY, jobs.c.machine == machine
        )
    )


def placed_on(machine: Any) -> Select[Any]:
    """The same of the jobs that only some machines may take, this one among them."""
    return _first(
        select(jobs.c.id, jobs.c.priority, jobs.c.modified)
        .select_from(job_places.join(jobs, job_places.c.job == jobs.c.id))
        .where(
            job_places.c.machine == machine,
            jobs.c.state == QUEUED,
            jobs.c.ready == READY_SOMEWHERE,
        )
    )


def _first(waiting: Select[Any]) -> Select[Any]:
    return waiting.order_by(jobs.c.priority.desc(), jobs.c.modified, jobs.c.id).limit(1)


def _claim() -> ReturningUpdate[Any]:
    # Of the first two halves each reads one index entry, however long the queue is; on
    # PostgreSQL a row that another claim holds is passed over.
    parts = [
        select(part.with_for_update(skip_locked=True, of=jobs).subquery())
        for part in (waiting_for(MACHINE), waiting_for(""), placed_on(MACHINE))
    ]
    best = union_all(*parts).subquery()
    first = (
        select(best.c.id)
        .order_by(best.c.priority.desc(), best.c.modified, best.c.id)
        .limit(1)
        .scalar_subquery()
    )
    other = jobs.alias()
    busy = select(other.c.id).where(other.c.running_on == MACHINE).exists()
    return (
        update(jobs)
        .where(jobs.c.id == first, jobs.c.state == QUEUED, ~busy)
        .values(
            state=JobState.RUNNING,
            reason="",
            since=bindparam("b_now"),
            attempt=jobs.c.attempt + 1,
            claim=bindparam("b_claim"),
            running_on=MACHINE,
            lease_until=bindparam("b_lease"),
            started=bindparam("b_now"),
            ended=None,
            exit_code=None,
            # Where it may run was found out for this start only.
            ready=case((jobs.c.ready == READY_SOMEWHERE, 0), else_=jobs.c.ready),
        )
        .returning(jobs)
    )


#: Hands the next job to ``b_machine`` and gives its row: see `Queue.claim`.
CLAIM = _claim()


def allow(connection: Connection, job: int, machines: Iterable[str]) -> None:
    """Note which machines may take a job that is ready somewhere."""
    forget(connection, job)
    places = [{"job": job, "machine": machine} for machine in sorted(machines)]
    connection.execute(insert(job_places), places)


def is_reserved(connection: Connection) -> bool:
    """Whether there is any reservation: a machine may be kept for other jobs."""
    return connection.scalar(_RESERVATION) is not None


_RESERVATION = select(reservations.table.c.id).limit(1)


def forget(connection: Connection, job: int) -> None:
    """No machine is noted for the job any more."""
    connection.execute(_FORGET, {"b_job": job})


_FORGET = delete(job_places).where(job_places.c.job == bindparam("b_job"))
