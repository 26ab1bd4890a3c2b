"""What dependencies name, and what is known of it."""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.database import collections
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.inventory import bulk
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload.scheduling import dependencies
from collective.mwsvm.workload.scheduling.world import Dependency
from collective.mwsvm.workload.scheduling.world import Named
from collective.mwsvm.workload.world_jobs import Known
from sqlalchemy import Connection
from sqlalchemy import select
from typing import Any
import re


Json = dict[str, Any]

_VARIABLES = frozenset(
    ("set", "varset", "variableset", "unset", "varunset", "variableunset")
)

#: The types that keep the job back that they name.
_OF_OTHERS = frozenset(
    kind for kind in dependencies.TYPES if "before" in kind or "sync" in kind
)

_NUMBER = re.compile(r"\d+(\[\d+\])?")


def found(
    connection: Connection, waiting: Iterable[Known]
) -> dict[str, list[Dependency]]:
    """The dependencies of each job by its name, with what is known of what they name.

    Jobs are named by their names, their numbers or by what users call them; of several
    with the same name the newest counts. A variable is one of a virtual container,
    ``vc1.a``, or of those that the job itself is in.
    """
    having = [known for known in waiting if known.document["dependencies"]]
    if not having:
        return {}
    wanted: set[str] = set()
    containers: set[str] = set()
    for known in having:
        inside = _containers(known)
        for each in known.document["dependencies"]:
            if _is_variable(each):
                containers.update((each["name"].partition(".")[0], *inside))
            else:
                wanted.add(_full(each["name"], known))
    states = _jobs(connection, wanted)
    variables = _variables(connection, containers)
    return {
        known.record.name: [
            _dependency(each, known, states, variables)
            for each in known.document["dependencies"]
        ]
        for known in having
    }


def touched(dependencies_of: Iterable[Dependency]) -> set[str]:
    """The jobs that the dependencies of others keep from starting, by their names."""
    return {
        each.name
        for each in dependencies_of
        if dependencies.normal(each.type) in _OF_OTHERS and each.state == Named.WAITING
    }


def _dependency(
    given: Json,
    known: Known,
    states: Mapping[str, tuple[str, Named]],
    variables: Mapping[str, Json],
) -> Dependency:
    name = given["name"]
    if not _is_variable(given):
        called, state = states.get(_full(name, known), (name, Named.MISSING))
        return Dependency(given["type"], called, state)
    container, _, variable = name.partition(".")
    places = [(container, variable)] if variable else []
    places += [(inside, name) for inside in _containers(known)]
    isset = any(each in variables.get(vc, {}) for vc, each in places)
    return Dependency(given["type"], name, Named.SET if isset else Named.UNSET)


def _is_variable(given: Json) -> bool:
    return dependencies.normal(given["type"]) in _VARIABLES


def _full(name: str, known: Known) -> str:
    # Also by its number alone, as Moab takes it.
    prefix = known.record.name.rpartition(".")[0]
    return f"{prefix}.{name}" if prefix and _NUMBER.fullmatch(name) else name


def _containers(known: Known) -> list[str]:
    return [each["name"] for each in known.document["virtualContainers"]]


def _jobs(connection: Connection, names: set[str]) -> dict[str, tuple[str, Named]]:
    if not names:
        return {}
    columns = (jobs.c.name, jobs.c.state, jobs.c.attempt)
    by_name = select(*columns).where(bulk.among(connection, jobs.c.name, names))
    states = {
        row.name: (row.name, _state(row.state, row.attempt))
        for row in connection.execute(by_name)
    }
    if others := names - states.keys():
        table = collections.job_documents.table
        called = (
            select(table.c.custom_name, *columns)
            .join(jobs, jobs.c.name == table.c.name)
            .where(bulk.among(connection, table.c.custom_name, others))
            .order_by(jobs.c.id)
        )
        for row in connection.execute(called):
            states[row.custom_name] = (row.name, _state(row.state, row.attempt))
    return states


def _state(state: str, attempt: int) -> Named:
    if state in WAITING:
        return Named.WAITING
    if state in ACTIVE:
        return Named.ACTIVE
    if state == JobState.FINISHED:
        return Named.SUCCEEDED
    return Named.FAILED if attempt else Named.REMOVED


def _variables(connection: Connection, ids: Collection[str]) -> dict[str, Json]:
    if not ids:
        return {}
    table = collections.vcs.table
    documents = select(table.c.doc).where(bulk.among(connection, table.c.id, ids))
    return {each["id"]: each["variables"] for each in connection.scalars(documents)}
