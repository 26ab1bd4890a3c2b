"""What is decided: which jobs start where, and why the others wait."""

from collections.abc import Mapping
from collective.mwsvm.workload.scheduling.world import Placement
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum


class Why(StrEnum):
    """The kinds of reasons, as they stand in ``type`` of a job's ``blocks``."""

    HOLD = "Hold"
    CONTAINER = "VirtualContainerHold"
    START_DATE = "StartDate"
    DEPENDENCY = "Dependency"
    NEVER_MET = "DependencyNeverMet"
    SLOT_LIMIT = "ArraySlotLimit"
    RESERVATION = "Reservation"
    NEVER = "NeverFits"
    NODE_STATE = "NodeState"
    RESOURCES = "Resources"
    NODE_ACCESS = "NodeAccessPolicy"
    PRIORITY = "Priority"
    MACHINE = "Machine"
    READY = "Ready"


#: Waiting for these makes a job ``blocked``; for others it is ``eligible``.
BLOCKING = frozenset(
    (
        Why.HOLD,
        Why.CONTAINER,
        Why.START_DATE,
        Why.DEPENDENCY,
        Why.NEVER_MET,
        Why.SLOT_LIMIT,
        Why.NEVER,
    )
)


class QueueStatus(StrEnum):
    """``queueStatus`` of a job, as the guide prints it."""

    ACTIVE = "active"
    ELIGIBLE = "eligible"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a job waits, in a sentence; ``earliest`` is when it may start, if known."""

    type: Why
    message: str
    earliest: float | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """A job to be started now, on these nodes; on none if it takes no resources."""

    job: str
    placements: tuple[Placement, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """A job that the next machine that asks may take; one of ``machines``, if any.

    ``machines`` are UIDs; none named are all.
    """

    job: str
    machines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """When and where a blocked job is going to start at the latest."""

    job: str
    start: float
    end: float
    placements: tuple[Placement, ...]


@dataclass(frozen=True, slots=True)
class Decisions:
    """The outcome of a round.

    ``starts``: jobs for nodes that start now. ``ready``: jobs for machines, first the
    first to be taken. ``refused``: jobs that had to start now or fail (NOQUEUE), with why
    they could not. ``blocked``: why each of the other waiting jobs waits, ready ones
    included. ``plans``: starts that are kept for the first blocked jobs. ``order``: the
    queue of eligible jobs. ``status``: of every waiting or active job. ``warnings``: what
    the policies say that could not be followed. ``uses``: by job that starts and node,
    the reservation whose resources it uses there.
    """

    starts: tuple[Start, ...]
    ready: tuple[Ready, ...]
    refused: Mapping[str, Reason]
    blocked: Mapping[str, Reason]
    plans: tuple[Plan, ...]
    order: tuple[str, ...]
    status: Mapping[str, QueueStatus]
    warnings: tuple[str, ...] = ()
    uses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
