"""The values that fields of reports may have; in JSON they are their names."""

from enum import Enum
from typing import Self


class Labelled(Enum):
    """An enumeration whose values are the labels that Moab and people read."""

    @property
    def label(self) -> str:
        text: str = self.value
        return text

    def __str__(self) -> str:
        return self.name

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """The value of this name in any case; None if there is none."""
        return cls.__members__.get((text or "").upper())


class NodeReportState(Labelled):
    """The state of a node or VM."""

    #: No state.
    NONE = "None"
    #: Not available.
    DOWN = "Down"
    #: Available, runs nothing.
    IDLE = "Idle"
    #: Runs workload and takes no more.
    BUSY = "Busy"
    #: Runs workload and takes more.
    RUNNING = "Running"
    #: Was asked to drain and runs nothing.
    DRAINED = "Drained"
    #: Was asked to drain and still runs workload.
    DRAINING = "Draining"
    #: Is being provisioned anew.
    FLUSH = "Flush"
    #: Moab's own.
    RESERVED = "Reserved"
    UNKNOWN = "Unknown"
    #: Available; how far it is used is not known yet.
    UP = "Up"


class NodeReportPower(Labelled):
    """The power state of a node or VM."""

    NONE = "NONE"
    ON = "On"
    OFF = "Off"
    RESET = "Reset"
    HIBERNATE = "Hibernate"
    STANDBY = "Standby"

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """The state of this label in any case and within blanks; None if there is none."""
        return cls.__members__.get((text or "").strip().upper())


class JobReportState(Labelled):
    """The state of a job."""

    #: May be started.
    IDLE = "Idle"
    #: Is being launched.
    STARTING = "Starting"
    RUNNING = "Running"
    #: Cancelled before it ran.
    REMOVED = "Removed"
    COMPLETED = "Completed"
    #: Held by the resource manager.
    HOLD = "Hold"
    #: Blocked for a time.
    DEFERRED = "Deferred"
    SUBMIT_ERROR = "SubmitErr"
    #: Cancelled after it had run in part.
    VACATED = "Vacated"
    NOT_RUN = "NotRun"
    #: May not be started.
    NOT_QUEUED = "NotQueued"
    UNKNOWN = "Unknown"
    BATCH_HOLD = "BatchHold"
    USER_HOLD = "UserHold"
    SYSTEM_HOLD = "SystemHold"
    #: Its data is being staged.
    STAGING = "Staging"
    #: Its data is staged; it waits for the remote resource manager.
    STAGED = "Staged"
    SUSPENDED = "Suspended"
    LOST = "Lost"
    #: Its resources are chosen and being prepared.
    ALLOCATING = "Allocating"
    #: Idle, with a reason that blocks it.
    BLOCKED = "Blocked"

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """The state of this name or label in any case; None if there is none."""
        return _JOB_STATES.get((text or "").upper())

    @property
    def isCompleted(self) -> bool:
        """Whether the job has come to its end, whichever."""
        return self in COMPLETED_STATES

    @property
    def isActive(self) -> bool:
        """Whether the job runs or is going to."""
        return self in ACTIVE_STATES

    is_completed = isCompleted
    is_active = isActive


_JOB_STATES = {
    text.upper(): state
    for state in JobReportState
    for text in (state.name, state.label)
}

COMPLETED_STATES = frozenset(
    {
        JobReportState.REMOVED,
        JobReportState.COMPLETED,
        JobReportState.SUBMIT_ERROR,
        JobReportState.VACATED,
    }
)

ACTIVE_STATES = frozenset(
    {
        JobReportState.IDLE,
        JobReportState.STARTING,
        JobReportState.RUNNING,
        JobReportState.HOLD,
        JobReportState.DEFERRED,
    }
)


class JobReportFlag(Labelled):
    """A flag of a job; the label is the name."""

    NONE = "NONE"
    ARRAYMASTER = "ARRAYMASTER"
    HASPREEMPTED = "HASPREEMPTED"
    ADMINSETIGNPOLICIES = "ADMINSETIGNPOLICIES"
    EXTENDSTARTWALLTIME = "EXTENDSTARTWALLTIME"
    SHAREDMEM = "SHAREDMEM"
    BLOCKEDBYGRES = "BLOCKEDBYGRES"
    GRESONLY = "GRESONLY"
    TEMPLATESAPPLIED = "TEMPLATESAPPLIED"
    META = "META"
    WIDERSVSEARCHALGO = "WIDERSVSEARCHALGO"
    VMTRACKING = "VMTRACKING"
    DESTROYTEMPLATESUBMITTED = "DESTROYTEMPLATESUBMITTED"
    ARRAYJOBPARLOCK = "ARRAYJOBPARLOCK"
    ARRAYJOBPARSPAN = "ARRAYJOBPARSPAN"
    BACKFILL = "BACKFILL"
    COALLOC = "COALLOC"
    #: Needs a reservation; ``ADVRES:name`` tells which.
    ADVRES = "ADVRES"
    NOQUEUE = "NOQUEUE"
    ARRAYJOB = "ARRAYJOB"
    BESTEFFORT = "BESTEFFORT"
    RESTARTABLE = "RESTARTABLE"
    SUSPENDABLE = "SUSPENDABLE"
    PREEMPTEE = "PREEMPTEE"
    PREEMPTOR = "PREEMPTOR"
    RSVMAP = "RSVMAP"
    SPVIOLATION = "SPVIOLATION"
    IGNNODEPOLICIES = "IGNNODEPOLICIES"
    IGNPOLICIES = "IGNPOLICIES"
    IGNNODESTATE = "IGNNODESTATE"
    IGNIDLEJOBRSV = "IGNIDLEJOBRSV"
    INTERACTIVE = "INTERACTIVE"
    FSVIOLATION = "FSVIOLATION"
    GLOBALQUEUE = "GLOBALQUEUE"
    NORESOURCES = "NORESOURCES"
    NORMSTART = "NORMSTART"
    CLUSTERLOCKED = "CLUSTERLOCKED"
    FRAGMENT = "FRAGMENT"
    SYSTEMJOB = "SYSTEMJOB"
    PROCSPECIFIED = "PROCSPECIFIED"
    CANCELONFIRSTFAILURE = "CANCELONFIRSTFAILURE"
    CANCELONFIRSTSUCCESS = "CANCELONFIRSTSUCCESS"
    CANCELONANYFAILURE = "CANCELONANYFAILURE"
    CANCELONANYSUCCESS = "CANCELONANYSUCCESS"
    CANCELONEXITCODE = "CANCELONEXITCODE"

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """The flag of this name in any case; NONE if there is none.

        ``ADVRES:`` and the name of a reservation is ADVRES.
        """
        name = (text or "").upper()
        if name.startswith("ADVRES:"):
            return cls.ADVRES
        return cls.__members__.get(name, cls.NONE)
