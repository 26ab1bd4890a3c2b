"""Jobs as the scheduler sees them, made of their records and documents."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.models import dates
from collective.mwsvm.models.job_objects.job import NO_LIMIT
from collective.mwsvm.models.job_objects.parts import NEVER
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload.embedded_jobs import is_particular
from collective.mwsvm.workload.scheduling import world
from dataclasses import dataclass
from typing import Any


Json = dict[str, Any]

#: The ``subState`` of a job that the resource manager has been or will be told to start.
STARTING = "Starting"

#: Resources that a requirement has fields for; the others are generic.
_OWN = ("processors", "memory", "disk", "swap")


@dataclass(frozen=True, slots=True)
class Known:
    """A job: its record, its document, and whether machines may take it.

    ``places`` are the machines, where not any may; ``marked``: the resource manager may
    have to do with it (see `node_marks`).
    """

    record: JobRecord
    document: Json
    ready: bool
    places: frozenset[str] = frozenset()
    marked: bool = False

    @property
    def is_master(self) -> bool:
        """Whether it is an array, which does not run itself."""
        return "ARRAYMASTER" in self.document["flags"]

    @property
    def is_starting(self) -> bool:
        """Whether its nodes are chosen and the resource manager is to start it."""
        return self.record.state == JobState.QUEUED and self.has_starting_nodes

    @property
    def has_starting_nodes(self) -> bool:
        """Whether nodes are chosen on which it has not begun."""
        return bool(self.document["states"]["subState"] == STARTING)

    @property
    def is_leaving(self) -> bool:
        """Whether it waits again, and the resource manager has yet to let it go."""
        return self.marked and self.record.state in WAITING and not self.is_starting

    @property
    def is_active(self) -> bool:
        """Whether it has what it needs to run, or has it still."""
        return self.record.state in ACTIVE or self.is_starting or self.is_leaving

    @property
    def placements(self) -> tuple[world.Placement, ...]:
        """The nodes it has, with the number of tasks on each."""
        return tuple(
            world.Placement(node, tasks, requirement)
            for node, tasks, requirement, *_ in self.document.get("allocation", ())
        )


def is_pulled(known: Known) -> bool:
    """Whether a machine with an agent takes the job; others are given nodes.

    Reservations and partitions are of nodes, so who asks for one asks for nodes.
    """
    document = known.document
    if known.record.machine:
        return True
    return not (
        document["nodesRequested"]
        or document["reservationRequested"]
        or document["partitionAccessListRequested"]
        or any(map(is_particular, document["requirements"]))
    )


def job(
    known: Known,
    dependencies: Sequence[world.Dependency],
    held_by: Sequence[str],
    holds: Iterable[str],
) -> world.Job:
    """The job; ``holds`` are those of its array, beside its own."""
    record, document = known.record, known.document
    credentials, priorities = document["credentials"], document["priorities"]
    own = document["holds"]
    if record.state == JobState.HELD and not own:
        own = ["User"]
    limit = document["duration"]
    earliest = [
        dates.seconds(document["dates"][name])
        for name in ("earliestRequestedStartDate", "earliestStartDate")
        if document["dates"][name]
    ]
    deadline = document["dates"]["deadlineDate"]
    reservation = document["reservationRequested"]
    active = known.is_active
    ends = None
    if active and record.started is not None:
        ends = record.started + (record.time_limit or NO_LIMIT)
    return world.Job(
        name=record.name,
        phase=world.Phase.ACTIVE if active else world.Phase.WAITING,
        user=credentials["user"] or "",
        group=credentials["group"] or "",
        account=credentials["account"] or "",
        job_class=credentials["jobClass"] or "",
        qos=credentials["qosRequested"] or credentials["qos"] or "",
        system_priority=priorities["system"],
        user_priority=priorities["user"],
        start_priority=priorities["start"],
        submitted=record.submitted,
        # The order in which machines take jobs.
        eligible_since=record.modified,
        duration=None if limit >= NO_LIMIT else limit,
        templates=frozenset(_names(document["templates"])),
        attributes=frozenset(document["attributes"]),
        flags=frozenset(document["flags"]),
        requirements=tuple(map(_requirement, document["requirements"])),
        nodes_requested=tuple(_lower(document["nodesRequested"])),
        nodes_policy=document["nodesRequestedPolicy"] or "",
        nodes_excluded=frozenset(_lower(document["nodesExcluded"])),
        partitions=tuple(document["partitionAccessListRequested"]),
        holds=frozenset((*own, *holds)) if record.state in WAITING else frozenset(),
        earliest_start=max(earliest, default=None),
        deadline=None if deadline == NEVER else dates.seconds(deadline),
        dependencies=tuple(dependencies),
        array=document["arrayMasterName"] or "",
        slot_limit=document.get("slotLimit"),
        reservation=reservation["name"] if reservation else "",
        virtual_containers=frozenset(_names(document["virtualContainers"])),
        held_by=tuple(held_by),
        vm_usage=document["vmUsagePolicy"] or "",
        pulled=is_pulled(known),
        machine=record.running_on or record.machine,
        placements=known.placements if active else (),
        ends=ends,
    )


def promised(name: str, master: str) -> world.Job:
    """A job of an array that machines may take already: it has a slot of the array."""
    return world.Job(name=name, phase=world.Phase.ACTIVE, array=master)


def _requirement(given: Json) -> world.Requirement:
    amounts = {
        name: resource.get("dedicated", 0)
        for name, resource in given["resourcesPerTask"].items()
    }
    return world.Requirement(
        tasks=given["taskCount"],
        tasks_per_node=given["tasksPerNode"],
        nodes=given["nodeCount"],
        **{name: amounts.get(name, 0) for name in _OWN},
        generic=_generic(amounts),
        features=frozenset(given["featuresRequested"]),
        features_mode=given["featuresRequestedMode"],
        features_excluded=frozenset(given["featuresExcluded"]),
        features_excluded_mode=given["featuresExcludedMode"],
        architecture=given["architecture"] or "",
        attributes=tuple(
            world.AttributeTest(each["name"], each["comparator"], each["value"])
            for each in given["attributes"]
        ),
        access_policy=given["nodeAccessPolicy"] or "",
        allocation_policy=given["nodeAllocationPolicy"] or "",
        image=given["image"] or "",
    )


def _generic(amounts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(
        sorted((name, n) for name, n in amounts.items() if name not in _OWN and n)
    )


def _names(proxies: Iterable[Json]) -> list[str]:
    return [proxy["name"] for proxy in proxies]


def _lower(proxies: Iterable[Json]) -> list[str]:
    return [name.lower() for name in _names(proxies)]
