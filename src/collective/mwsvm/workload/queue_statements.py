"""The statements of the queue. They are made once: that costs more than to run one."""

from collective.mwsvm.database.tables import attempts
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models.jobs import JobState
from functools import lru_cache
from sqlalchemy import bindparam
from sqlalchemy import insert
from sqlalchemy import or_
from sqlalchemy import update
from sqlalchemy.sql.dml import ReturningUpdate
from typing import Any


#: Adds the records of jobs, in their order.
NEW = insert(jobs).returning(jobs, sort_by_parameter_order=True)

#: Calls the job ``b_id`` by ``b_name``.
NAME = (
    update(jobs).where(jobs.c.id == bindparam("b_id")).values(name=bindparam("b_name"))
)

NEW_ATTEMPT = insert(attempts)

#: Notes how the attempt ``b_attempt`` of ``b_job`` ended.
ATTEMPT_ENDED = (
    update(attempts)
    .where(
        attempts.c.job == bindparam("b_job"),
        attempts.c.attempt == bindparam("b_attempt"),
    )
    .values(
        {
            name: bindparam(f"b_{name}")
            for name in ("ended", "outcome", "exit_code", "reason")
        }
    )
)


@lru_cache(maxsize=64)
def swapping(
    columns: tuple[str, ...], sources: frozenset[JobState], guarded: bool
) -> ReturningUpdate[Any]:
    """Sets columns of the job ``a_id``, to ``b_`` and their names, in one of the states.

    ``guarded``: and only while ``a_attempt`` is its present attempt.
    """
    conditions = [jobs.c.id == bindparam("a_id")]
    conditions.append(or_(*(jobs.c.state == state for state in sorted(sources))))
    if guarded:
        conditions.append(jobs.c.attempt == bindparam("a_attempt"))
    return (
        update(jobs)
        .where(*conditions)
        .values({name: bindparam(f"b_{name}") for name in columns})
        .returning(jobs)
    )
