"""All that a decision is made from: jobs, nodes, machines, reservations, policies.

Everything here is plain and frozen. Moments are seconds since the epoch, durations
seconds, memory, disk and swap MB. Names are those of the guide; texts that name a member
of an enumeration (flags, types, comparators, policies) are in capitals where not said
otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf


#: The time limit of a job without one: what the guide prints for "no limit".
NO_LIMIT = 8_639_999

#: The name under which reservations hold resources of the whole cluster.
GLOBAL = "GLOBAL"


class Phase(StrEnum):
    """Whether a job waits or has resources; jobs that ended are not in a world."""

    WAITING = "waiting"
    ACTIVE = "active"


class Named(StrEnum):
    """What is known of the thing that a dependency names.

    The first six are of jobs: there is none of that name; it waits; it has resources; it
    ended well, or not; it ended without ever having started. The last two are of
    variables.
    """

    MISSING = "missing"
    WAITING = "waiting"
    ACTIVE = "active"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REMOVED = "removed"
    SET = "set"
    UNSET = "unset"


@dataclass(frozen=True, slots=True)
class Dependency:
    """What must have happened before a job starts; ``type`` in any case."""

    type: str
    name: str
    state: Named = Named.MISSING


@dataclass(frozen=True, slots=True)
class AttributeTest:
    """What an attribute of a node must be: ``matlab <= 7.1``."""

    name: str
    comparator: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What each of some tasks needs, and of which nodes.

    ``tasks`` 0 is as many as ``nodes`` times ``tasks_per_node``. ``tasks_per_node`` is
    exact but for a rest; ``nodes`` is the exact number of nodes; 0 is any for both.
    ``generic`` are other resources by name. The modes are ``AND`` and ``OR``.
    """

    tasks: int = 1
    tasks_per_node: int = 0
    nodes: int = 0
    processors: int = 1
    memory: int = 0
    disk: int = 0
    swap: int = 0
    generic: tuple[tuple[str, int], ...] = ()
    features: frozenset[str] = frozenset()
    features_mode: str = "AND"
    features_excluded: frozenset[str] = frozenset()
    features_excluded_mode: str = "AND"
    architecture: str = ""
    attributes: tuple[AttributeTest, ...] = ()
    access_policy: str = ""
    allocation_policy: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """So many tasks of a requirement (by its index) on a node."""

    node: str
    tasks: int
    requirement: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job that waits or has resources.

    ``eligible_since`` is since when nothing but the lack of resources keeps it waiting
    (its submission, while unknown). ``duration`` None is no limit. ``holds`` are words
    such as ``User``; ``held_by`` the virtual containers with HOLDJOBS above it.
    ``array`` is its master's name, ``slot_limit`` how many of it may be active at once.
    ``reservation`` is the one it must run in. ``pulled`` jobs are taken by machines with
    an agent, ``machine`` is the UID of the one they are meant for ("" for any); others
    are given nodes. ``placements`` and ``ends`` (by its limit) are of active ones, and
    ``machine`` where such a one runs.
    """

    name: str
    phase: Phase = Phase.WAITING
    user: str = ""
    group: str = ""
    account: str = ""
    job_class: str = ""
    qos: str = ""
    system_priority: int = 0
    user_priority: int = 0
    start_priority: int = 0
    submitted: float = 0.0
    eligible_since: float | None = None
    duration: int | None = None
    templates: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    requirements: tuple[Requirement, ...] = (Requirement(),)
    nodes_requested: tuple[str, ...] = ()
    nodes_policy: str = ""
    nodes_excluded: frozenset[str] = frozenset()
    partitions: tuple[str, ...] = ()
    holds: frozenset[str] = frozenset()
    earliest_start: float | None = None
    deadline: float | None = None
    dependencies: tuple[Dependency, ...] = ()
    array: str = ""
    slot_limit: int | None = None
    reservation: str = ""
    virtual_containers: frozenset[str] = frozenset()
    held_by: tuple[str, ...] = ()
    vm_usage: str = ""
    pulled: bool = False
    machine: str = ""
    placements: tuple[Placement, ...] = ()
    ends: float | None = None

    @property
    def limit(self) -> int:
        """For how long it may run."""
        return NO_LIMIT if self.duration is None else max(1, self.duration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node. ``resources`` is what it is configured with, generic ones included.

    ``index`` is its place in the report. ``load`` is in processors, ``used_memory`` what
    is really used; None where unknown. ``metrics`` are generic metrics. ``access_policy``
    is for jobs that ask for none.
    """

    name: str
    index: int = 0
    state: str = "Idle"
    power: str = "On"
    partition: str = ""
    resources: Mapping[str, int]
    features: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    architecture: str = ""
    attributes: Mapping[str, str] | None = None
    variables: Mapping[str, str] | None = None
    metrics: Mapping[str, float] | None = None
    image: str = ""
    speed: float = 0.0
    load: float | None = None
    used_memory: float | None = None
    priority: float = 0.0
    rack: int = 0
    slot: int = 0
    access_policy: str = ""
    hypervisor: bool = False
    migration_disabled: bool = False
    vm_images: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A virtual machine, on a node of ours (``host``) or elsewhere ("").

    ``agent``: it takes jobs; ``ready``: it could now, but for ``job``, which it has.
    ``node`` is what is known of it as a place for jobs, None for nothing. ``load``,
    ``used_memory`` and ``metrics`` are as those of nodes.
    """

    name: str
    uid: str = ""
    host: str = ""
    processors: int = 0
    memory: int = 0
    image: str = ""
    load: float | None = None
    used_memory: float | None = None
    metrics: Mapping[str, float] | None = None
    migration_disabled: bool = False
    agent: bool = False
    ready: bool = False
    job: str = ""
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class AclRule:
    """Who may use a reservation, and how much such a job is drawn to it."""

    type: str
    value: str
    comparator: str = "LEXIGRAPHIC_EQUAL"
    affinity: str = "POSITIVE"


@dataclass(frozen=True, slots=True)
class ReservedNode:
    """What a reservation holds of a node: amounts by name (-1 is all), None for all."""

    node: str
    resources: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Resources that are kept for some jobs, from ``start`` until before ``end``.

    Without ACL rules nobody may use them. ``nodes`` may name `GLOBAL`.
    """

    name: str
    start: float = 0.0
    end: float = inf
    nodes: tuple[ReservedNode, ...] = ()
    acl: tuple[AclRule, ...] = ()
    flags: frozenset[str] = frozenset()
    excluded_jobs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPolicy:
    """Auto VM Migration (guide 4.17). Thresholds are shares of what there is (0.5).

    ``algorithm`` is NONE, OVERCOMMIT or CONSOLIDATION; a threshold None is not looked at.
    """

    algorithm: str = "NONE"
    processors: float | None = None
    memory: float | None = None
    metrics: Mapping[str, float] | None = None
    excluded_machines: frozenset[str] = frozenset()
    excluded_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The policies of guide 4.17 that are enabled; the defaults are those of disabled ones.

    ``allocation`` and ``function`` are of Node Allocation; the limits, of Hypervisor
    Allocation Overcommit, say how many times its processors and memory a hypervisor may
    give to its machines.
    """

    allocation: str = "INREVERSEREPORTEDORDER"
    function: str = ""
    processor_limit: float = 1.0
    memory_limit: float = 1.0
    migration: MigrationPolicy = MigrationPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings of the scheduler.

    ``plans`` is how many of the first blocked jobs get a start that nothing may delay.
    ``shared`` are generic resources of the whole cluster. A job gets in front of others
    of its system priority when it must start within ``urgent`` seconds to end by its
    deadline. A job that is past its limit counts as ending within ``overrun`` seconds.
    """

    plans: int = 1
    access_policy: str = "SHARED"
    shared: Mapping[str, int] | None = None
    cluster: str = ""
    urgent: int = 3600
    overrun: int = 60
    migrations: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything, at one moment."""

    now: float
    jobs: tuple[Job, ...] = ()
    nodes: tuple[Node, ...] = ()
    machines: tuple[Machine, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    policies: Policies = Policies()
    config: Config = Config()
