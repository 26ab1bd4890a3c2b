"""Decision rounds of the scheduler: what they cost, and how that grows.

Clusters of 1,000 nodes: one that is busy, with jobs that ask for much the same; one that
is busy, where every job asks for something else; one that is empty; and one with
reservations, features, partitions and dependencies.
"""

from benchmarks.common import Table
from collections.abc import Callable
from collective.mwsvm.workload.scheduling import schedule
from collective.mwsvm.workload.scheduling import World
from collective.mwsvm.workload.scheduling.world import AclRule
from collective.mwsvm.workload.scheduling.world import Dependency
from collective.mwsvm.workload.scheduling.world import Job
from collective.mwsvm.workload.scheduling.world import Named
from collective.mwsvm.workload.scheduling.world import Node
from collective.mwsvm.workload.scheduling.world import Phase
from collective.mwsvm.workload.scheduling.world import Placement
from collective.mwsvm.workload.scheduling.world import Requirement
from collective.mwsvm.workload.scheduling.world import Reservation
from collective.mwsvm.workload.scheduling.world import ReservedNode
from math import log
from pathlib import Path
from random import Random
import gc
import time


NODES, FEW, MANY = 1_000, 10_000, 100_000

NOW = 1_800_000_000

#: Rounds with few and with many jobs, of which the fastest counts.
ROUNDS = {FEW: 9, MANY: 6}

PROCESSORS, MEMORY = 32, 131_072


def nodes(random: Random) -> tuple[Node, ...]:
    return tuple(
        Node(
            name=f"node{number:04d}",
            index=number,
            partition="ab"[number % 2],
            features=frozenset(random.sample(("gpu", "ssd", "ib", "big"), 2)),
            resources={"processors": PROCESSORS, "memory": MEMORY},
        )
        for number in range(NODES)
    )


def active(random: Random, share: float) -> tuple[Job, ...]:
    """On each node a few jobs that use most of it."""
    jobs = []
    for number in range(NODES):
        left = int(PROCESSORS * share)
        while left > 0:
            processors = min(left, random.choice((1, 2, 4, 8)))
            left -= processors
            jobs.append(
                Job(
                    name=f"Active.{len(jobs)}",
                    phase=Phase.ACTIVE,
                    requirements=(
                        Requirement(processors=processors, memory=processors * 4000),
                    ),
                    placements=(Placement(f"node{number:04d}", 1),),
                    ends=NOW + random.randint(1, 86_400),
                )
            )
    return tuple(jobs)


def alike(random: Random, number: int) -> Job:
    """One of some dozens of shapes."""
    return Job(
        name=f"Moab.{number}",
        user=f"user{random.randint(1, 200)}",
        submitted=NOW - random.randint(0, 10**6),
        user_priority=random.randint(0, 5),
        duration=random.choice((600, 3600, 86_400)),
        requirements=(
            Requirement(
                tasks=random.choice((1, 1, 1, 4, 16, 256)),
                processors=random.choice((1, 2, 4)),
                memory=random.choice((1000, 4000)),
            ),
        ),
    )


def different(random: Random, number: int) -> Job:
    """Hardly any two are the same."""
    return Job(
        name=f"Moab.{number}",
        user=f"user{random.randint(1, 200)}",
        submitted=NOW - random.randint(0, 10**6),
        user_priority=random.randint(0, 5),
        duration=random.randint(60, 200_000),
        requirements=(
            Requirement(
                tasks=random.randint(1, 64),
                processors=random.randint(1, 16),
                memory=random.randint(100, 64_000),
            ),
        ),
    )


def various(random: Random, number: int) -> Job:
    """With all that makes a decision harder."""
    job = different(random, number)
    (need,) = job.requirements
    return Job(
        name=job.name,
        user=job.user,
        group=f"group{random.randint(1, 10)}",
        submitted=job.submitted,
        duration=random.choice((600, 3600, 86_400, None)),
        partitions=random.choice(((), (), ("a",), ("b",))),
        holds=frozenset(["User"] if random.random() < 0.05 else ()),
        dependencies=(
            (Dependency("jobcomplete", f"Moab.{number - 1}", Named.WAITING),)
            if random.random() < 0.2
            else ()
        ),
        requirements=(
            Requirement(
                tasks=need.tasks,
                processors=random.choice((1, 2, 4)),
                memory=random.choice((1000, 4000)),
                features=frozenset(random.choice(((), (), ("gpu",), ("ssd", "ib")))),
                access_policy=random.choice(("", "", "", "SINGLEJOB")),
            ),
        ),
    )


def reservations() -> tuple[Reservation, ...]:
    """Twenty, now and later, for a group each, some also for a user."""
    return tuple(
        Reservation(
            name=f"system.{number}",
            start=NOW + (number - 10) * 3600,
            end=NOW + (number + 10) * 3600,
            nodes=tuple(
                ReservedNode(f"node{place:04d}", {"PROCS": 16} if number % 3 else None)
                for place in range(number * 20, number * 20 + 20)
            ),
            acl=(
                AclRule("GROUP", f"group{number % 10}"),
                *([AclRule("USER", f"user{number}")] if number % 4 == 0 else []),
            ),
        )
        for number in range(20)
    )


def busy(make: Callable[[Random, int], Job], share: float, count: int) -> World:
    random = Random(1)
    return World(
        now=NOW,
        nodes=nodes(random),
        jobs=(
            *(active(random, share) if share else ()),
            *(make(random, number) for number in range(count)),
        ),
        reservations=reservations() if make is various else (),
    )


SCENES = (
    ("busy cluster, jobs alike", alike, 0.95),
    ("busy cluster, all jobs different", different, 0.95),
    ("empty cluster, jobs alike", alike, 0.0),
    ("reservations, features, partitions", various, 0.6),
)


def run(_directory: Path, table: Table) -> None:
    """One round over 10,000 jobs, and how it grows to 100,000."""
    for what, make, share in SCENES:
        few = _seconds(busy(make, share, FEW), ROUNDS[FEW])
        table.add(
            f"scheduling, {what}: 10,000 jobs",
            f"{few:.3f} s",
            "at most 0.5 s of CPU",
            few <= 0.5,
        )
        many = _seconds(busy(make, share, MANY), ROUNDS[MANY])
        bound = MANY * log(MANY) / (FEW * log(FEW))
        table.add(
            f"scheduling, {what}: growth to 100,000",
            f"{many / few:.1f} x ({many:.2f} s)",
            f"at most {bound:.1f} x (n log n)",
            many <= bound * few,
        )


def _seconds(world: World, rounds: int) -> float:
    """The least seconds of CPU of some rounds."""
    gc.collect()
    gc.freeze()
    try:
        taken = []
        for _ in range(rounds):
            begin = time.process_time()
            decisions = schedule(world)
            taken.append(time.process_time() - begin)
            waiting = sum(job.phase is Phase.WAITING for job in world.jobs)
            assert len(decisions.starts) + len(decisions.blocked) == waiting
    finally:
        gc.unfreeze()
    return min(taken)
