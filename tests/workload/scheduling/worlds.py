"""Short ways to write worlds, and simulation of what follows from decisions."""

from collective.mwsvm.workload.scheduling import schedule
from collective.mwsvm.workload.scheduling import World
from collective.mwsvm.workload.scheduling.world import AclRule
from collective.mwsvm.workload.scheduling.world import Job
from collective.mwsvm.workload.scheduling.world import Node
from collective.mwsvm.workload.scheduling.world import Phase
from collective.mwsvm.workload.scheduling.world import Placement
from collective.mwsvm.workload.scheduling.world import Requirement
from collective.mwsvm.workload.scheduling.world import Reservation
from collective.mwsvm.workload.scheduling.world import ReservedNode
from dataclasses import replace
from math import inf


NOW = 1_800_000_000.0


def node(name, processors=4, memory=1000, index=None, **more):
    generic = more.pop("generic", {})
    if index is None:
        index = int("".join(filter(str.isdigit, name)) or 0)
    resources = {"processors": processors, "memory": memory, **generic}
    return Node(name=name, index=index, resources=resources, **more)


def need(tasks=1, **more):
    return Requirement(tasks=tasks, **more)


def job(name, tasks=1, duration=100, **more):
    """A waiting job; what a requirement knows goes into one."""
    fields = set(Requirement.__dataclass_fields__) - {"attributes"}
    mine = {key: more.pop(key) for key in list(more) if key in fields}
    if "requirements" not in more:
        more["requirements"] = (Requirement(tasks=tasks, **mine),)
    number = int("".join(filter(str.isdigit, name)) or 0)
    more.setdefault("submitted", NOW - 1000 + number)
    return Job(name=name, duration=duration, **more)


def running(name, *placements, ends=50, **more):
    """An active job on nodes: ``("n1", 2)`` are two tasks there."""
    return replace(
        job(name, sum(tasks for _, tasks in placements), **more),
        phase=Phase.ACTIVE,
        placements=tuple(Placement(*each) for each in placements),
        ends=NOW + ends,
    )


def reservation(name, *nodes, start=0, end=inf, acl=(), **more):
    """Of nodes by name, from and until seconds from now; rules as ``USER:ted``."""
    rules = (
        rule if isinstance(rule, AclRule) else AclRule(*rule.split(":")) for rule in acl
    )
    return Reservation(
        name=name,
        start=NOW + start,
        end=NOW + end,
        nodes=tuple(
            each if isinstance(each, ReservedNode) else ReservedNode(each)
            for each in nodes
        ),
        acl=tuple(rules),
        **more,
    )


def world(*things, **more):
    kinds = {"nodes": Node, "jobs": Job, "reservations": Reservation}
    for name, kind in kinds.items():
        more[name] = tuple(thing for thing in things if isinstance(thing, kind))
    more.setdefault("now", NOW)
    return World(**more)


def decide(*things, **more):
    return schedule(world(*things, **more))


def started(decisions):
    """Where which jobs start: ``{"a": {"n1": 2}}``."""
    found = {}
    for start in decisions.starts:
        nodes = found.setdefault(start.job, {})
        for placement in start.placements:
            nodes[placement.node] = nodes.get(placement.node, 0) + placement.tasks
    return found


def why(*things, name="a", **more):
    return decide(*things, **more).blocked[name]


def carried_on(old, decisions, now):
    """The world later: what started is active, what reached its limit has ended."""
    placed = {start.job: start.placements for start in decisions.starts}
    jobs = []
    for each in old.jobs:
        if each.name in placed:
            each = replace(
                each,
                phase=Phase.ACTIVE,
                placements=placed[each.name],
                ends=old.now + each.limit,
            )
        if each.phase is Phase.ACTIVE and each.ends is not None and each.ends <= now:
            continue
        jobs.append(each)
    return replace(old, jobs=tuple(jobs), now=now)
