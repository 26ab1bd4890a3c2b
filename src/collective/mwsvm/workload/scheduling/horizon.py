"""How long decisions hold if nothing happens but that time goes on."""

from bisect import bisect_left
from collections.abc import Iterable
from collections.abc import Iterator
from collective.mwsvm.workload.scheduling import acl
from collective.mwsvm.workload.scheduling.decisions import Decisions
from collective.mwsvm.workload.scheduling.world import Job
from collective.mwsvm.workload.scheduling.world import Phase
from collective.mwsvm.workload.scheduling.world import World
from math import inf


#: ACL rules of these types look at how long a job has waited.
_AGEING = frozenset(("QTIME", "XFACTOR"))


def horizon(world: World, decisions: Decisions) -> float:
    """The moment before which the same world has the same decisions.

    It is the world's own one if they may change at once. Only for decisions that start
    nothing: after a start the world is another one.
    """
    waiting = [job for job in world.jobs if job.phase is Phase.WAITING]
    if not waiting:
        return inf
    if decisions.starts or _always_changes(world):
        return world.now
    moments = (
        *_of_active(world.jobs),
        *_of_waiting(waiting, world.config.urgent),
        *_of_room(world, decisions, waiting),
    )
    return min((moment for moment in moments if moment >= world.now), default=inf)


def _always_changes(world: World) -> bool:
    if "FREETIME" in world.policies.function.upper():
        return True
    ageing = any(
        acl.kind(rule) in _AGEING
        for reservation in world.reservations
        for rule in reservation.acl
    )
    # What should have ended is expected to end soon, at each moment anew.
    return ageing or any(
        job.placements and (job.ends is None or job.ends <= world.now)
        for job in world.jobs
    )


def _of_active(jobs: Iterable[Job]) -> Iterator[float]:
    return (job.ends for job in jobs if job.placements and job.ends is not None)


def _of_waiting(waiting: Iterable[Job], urgent: int) -> Iterator[float]:
    for job in waiting:
        if job.earliest_start is not None:
            yield job.earliest_start
        if job.deadline is not None:
            latest = job.deadline - job.limit
            yield latest
            yield latest - urgent


def _of_room(
    world: World, decisions: Decisions, waiting: Iterable[Job]
) -> Iterator[float]:
    # What begins and ends, and the last start of each job that would still end before.
    limits = sorted({job.limit for job in waiting})
    spans = [(each.start, each.end) for each in world.reservations]
    spans += [(plan.start, plan.end) for plan in decisions.plans]
    for moment in {moment for span in spans for moment in span}:
        yield moment
        # The longest that can still end before it is the next that can't any more.
        place = bisect_left(limits, moment - world.now)
        if place < len(limits) and limits[place] == moment - world.now:
            yield world.now
        elif place > 0:
            yield moment - limits[place - 1]
