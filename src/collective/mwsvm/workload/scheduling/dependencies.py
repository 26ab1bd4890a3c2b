"""What must have happened before a job starts, and whether it still can.

Types are those of the guide (``JOBSUCCESSFULCOMPLETE``, ``set``) and the short ones of
Moab's command line (``afterok``), in any case. BEFORE types are the other job's matter:
it waits for the job that names it.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.workload.scheduling.world import Dependency
from collective.mwsvm.workload.scheduling.world import Job
from collective.mwsvm.workload.scheduling.world import Named
from collective.mwsvm.workload.scheduling.world import Phase
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of dependency: the states that meet it, and those that may yet lead there.

    ``waiting`` and ``never`` are the sentences; ``{name}`` is what is depended on.
    """

    met: frozenset[Named]
    hopeful: frozenset[Named]
    waiting: str
    never: str


_PENDING = frozenset((Named.WAITING, Named.ACTIVE))
_VARIABLE = frozenset((Named.SET, Named.UNSET, Named.MISSING))

_START = Kind(
    frozenset((Named.ACTIVE, Named.SUCCEEDED, Named.FAILED)),
    frozenset((Named.WAITING,)),
    "It waits for {name} to start",
    "it needs the start of {name}",
)
_END = Kind(
    frozenset((Named.SUCCEEDED, Named.FAILED, Named.REMOVED)),
    _PENDING,
    "It waits for {name} to end",
    "it needs the end of {name}",
)
_SUCCESS = Kind(
    frozenset((Named.SUCCEEDED,)),
    _PENDING,
    "It waits for {name} to end successfully",
    "it needs the success of {name}",
)
_FAILURE = Kind(
    frozenset((Named.FAILED,)),
    _PENDING,
    "It waits for {name} to fail",
    "it needs the failure of {name}",
)
_SET = Kind(
    frozenset((Named.SET,)),
    _VARIABLE,
    "It waits for the variable {name} to be set",
    "it needs the variable {name}",
)
_UNSET = Kind(
    frozenset((Named.UNSET, Named.MISSING)),
    _VARIABLE,
    "It waits for the variable {name} to be unset",
    "it needs the variable {name} unset",
)

_KINDS = {
    "jobstart": _START,
    "after": _START,
    "jobcomplete": _END,
    "afterany": _END,
    "jobsuccessfulcomplete": _SUCCESS,
    "afterok": _SUCCESS,
    "jobfailedcomplete": _FAILURE,
    "afternotok": _FAILURE,
    "set": _SET,
    "varset": _SET,
    "variableset": _SET,
    "unset": _UNSET,
    "varunset": _UNSET,
    "variableunset": _UNSET,
}

_BEFORE = {
    "before": "jobstart",
    "jobbefore": "jobstart",
    "beforeany": "jobcomplete",
    "jobbeforeany": "jobcomplete",
    "beforeok": "jobsuccessfulcomplete",
    "jobbeforeok": "jobsuccessfulcomplete",
    "beforenotok": "jobfailedcomplete",
    "jobbeforenotok": "jobfailedcomplete",
}

_TOGETHER = frozenset(("syncwith", "jobsyncslave", "jobsyncwith"))

#: Every type that has a meaning.
TYPES = frozenset(_KINDS) | frozenset(_BEFORE) | _TOGETHER

_NOW = {
    Named.MISSING: "there is no such job",
    Named.REMOVED: "that never started",
    Named.SUCCEEDED: "that ended successfully",
    Named.FAILED: "that failed",
}


def normal(kind: str) -> str:
    """A type without regard to case, ``_`` and ``-``."""
    return kind.lower().replace("_", "").replace("-", "")


def unmet(dependency: Dependency) -> tuple[bool, str] | None:
    """None if it is met; else whether it can never be, and the sentence."""
    kind = normal(dependency.type)
    name, state = dependency.name, dependency.state
    if kind in _BEFORE:
        return None
    if kind in _TOGETHER:
        if state in _PENDING:
            return None
        return (
            True,
            f"It can never start: it needs to start with {name}, but {_now(state)}.",
        )
    known = _KINDS.get(kind)
    if known is None:
        return True, (
            f"It can never start: no dependency is of the type {dependency.type}."
        )
    if state in known.met:
        return None
    if state in known.hopeful:
        return False, known.waiting.format(name=name) + "."
    return (
        True,
        f"It can never start: {known.never.format(name=name)}, but {_now(state)}.",
    )


def _now(state: Named) -> str:
    return _NOW.get(state, f"that is {state}")


def of_others(jobs: Iterable[Job]) -> Mapping[str, list[Dependency]]:
    """By name of a job, what BEFORE dependencies of others make it wait for."""
    found: dict[str, list[Dependency]] = {}
    for job in jobs:
        for dependency in job.dependencies:
            turned = _BEFORE.get(normal(dependency.type))
            if turned is not None:
                state = Named.ACTIVE if job.phase is Phase.ACTIVE else Named.WAITING
                found.setdefault(dependency.name, []).append(
                    Dependency(turned, job.name, state)
                )
    return found


def together(jobs: Sequence[Job]) -> list[list[str]]:
    """Groups of jobs that must start at the same time; names in the order given."""
    group: dict[str, list[str]] = {}
    depending = [job for job in jobs if job.dependencies]
    waiting = {job.name: job for job in jobs} if depending else {}
    for job in depending:
        for dependency in job.dependencies:
            if normal(dependency.type) not in _TOGETHER:
                continue
            if dependency.name not in waiting:
                continue
            mine = group.setdefault(job.name, [job.name])
            theirs = group.setdefault(dependency.name, [dependency.name])
            if mine is not theirs:
                mine += theirs
                for name in theirs:
                    group[name] = mine
    places = {name: place for place, name in enumerate(waiting)}
    distinct = {id(names): names for names in group.values()}
    return [sorted(names, key=places.__getitem__) for names in distinct.values()]
