"""What the resources and the worker ask of a workload manager.

`IWorkloadManager` is one for one caller, and `IWorkloadManager.jobs` and the others are
its parts. Lists and single objects are not asked for here: with every manager they are
read from the collections, which `Refresh` keeps up with what the manager knows.

What cannot be done raises one of `models.errors`, with sentences for the client, and
nothing has been done then:

- `NotFound`: there is no such object; `Invalid`: no manager could do this, or this one
  cannot do it as it was asked; `Conflict`: not in the state that the object is in.
- `NotSupported`: this manager has no such operation.
- `Forbidden`: the server behind the manager does not let this caller.
- `Unavailable`: the server behind the manager can't be reached. This one alone leaves
  open whether it has been done.
"""

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import ClassVar
from typing import Protocol


Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Initiator:
    """Who began something: a user of the site or an account, and for whom."""

    user: str
    proxy_user: str | None = None


@dataclass(frozen=True, slots=True)
class Modified:
    """What has become of a change."""

    #: What was done, in sentences.
    messages: list[str]
    #: Whether all of it; else some is only kept, and nobody has made it true.
    complete: bool = True


class Jobs(Protocol):
    """Batch jobs (guide 4.8, 4.9).

    The resources ``jobs`` and ``job-arrays`` call it, and pages for people. Jobs are
    called by their names, ``Moab.15``, or by the numbers in those. Actions and ends of
    jobs become events by themselves; of a modification the caller tells.
    """

    #: What the names of jobs begin with.
    prefix: str

    def submit(self, given: Mapping[str, Any], version: int, user: str) -> Json:
        """A new job, from the body of a POST of that version; its ``name`` is new.

        It belongs to ``user`` unless the body names somebody. Raises `Invalid`.
        """

    def submit_array(self, given: Mapping[str, Any], version: int, user: str) -> Json:
        """The master of a new array, ``Moab.5``; its jobs are called ``Moab.5[1]``.

        Raises `Invalid`.
        """

    def modify(
        self, name: str, given: Mapping[str, Any], version: int
    ) -> tuple[Json, list[str]]:
        """The job after a PUT with that body, and what was done, in sentences.

        Raises `NotFound`, `Invalid`, and `Conflict` when its state does not allow it.
        """

    def act(
        self, name: str, action: str, given: Mapping[str, Any] | None = None
    ) -> Json:
        """The job after an action of guide 4.8.3.2; ``given`` is the body, if any.

        The actions are cancel, checkpoint, execute, hold, requeue, resume, suspend and
        unhold. To cancel the master of an array cancels what is left of the array.
        Raises `NotFound` also for another action, `Invalid`, `Conflict`,
        `NotSupported`.
        """


class Nodes(Protocol):
    """The computers that work runs on (guide 4.12). The resource ``nodes`` calls it."""

    def modify(self, name: str, given: Json) -> Modified:
        """Change the node as a body of either version wants; the events tell of it.

        Raises `NotFound`, `Invalid`.
        """


class Machines(Protocol):
    """Virtual machines (guide 4.29). The resource ``vms`` calls it, and pages.

    What takes its time is a job that one can follow: ``jobs/<name>``.
    """

    def modify(self, name: str, given: Json) -> Modified:
        """Change the machine as a body of either version wants; the events tell of it.

        Raises `NotFound`, `Invalid`, `Conflict`.
        """

    def migrate(self, name: str, host: str) -> str:
        """The name of the job that brings it to this node, or to any for ``ANY``.

        Raises `NotFound`, `Invalid` when there is no such node, `Conflict` when the
        machine can't go there, or is busy.
        """

    def destroy(self, name: str) -> str:
        """The name of the job that ends it. Raises `NotFound`, `Conflict`."""


class Reservations(Protocol):
    """Resources that are kept for some time (guide 4.21).

    The resource ``reservations`` calls it. The events tell of what is done, and of what
    follows from it.
    """

    def make(self, given: Json) -> Json:
        """A new reservation with an ``id``, from a checked one (`Reservation.wire`).

        It belongs to the proxy user unless it says otherwise. Raises `Invalid`, also
        for rules that this manager can't honour, and `Conflict` when nodes are taken.
        """

    def modify(self, id: str, variables: Mapping[str, str | None], mode: str) -> Json:
        """The reservation with other variables, see `models.reservations.varied`.

        Raises `NotFound`, `Invalid`.
        """

    def release(self, id: str) -> None:
        """Take it away. Raises `NotFound`, and `Conflict` when it has to stay."""


class Facts(Protocol):
    """What is only read: names and descriptions, from what is kept here.

    Resources ask within a transaction, so no other server is waited for. Lists of names
    are in the order of the alphabet, without repetitions.
    """

    def accounts(self) -> list[str]:
        """The accounts that work can be charged to (guide 4.3)."""

    def classes(self) -> list[str]:
        """The classes of jobs."""

    def groups(self) -> list[str]:
        """The groups of users."""

    def qoses(self) -> list[str]:
        """The qualities of service."""

    def users(self) -> list[str]:
        """The users."""

    def metric_types(self) -> list[str]:
        """The metrics that nodes and virtual machines have (guide 4.11)."""

    def resource_types(self) -> list[str]:
        """The generic resources that they have (guide 4.22)."""

    def job_templates(self) -> list[Json]:
        """The job templates, as `JobTemplate` has them. Raises `Misconfigured`."""

    def standing_reservations(self) -> list[Json]:
        """The reservations that come again. Raises `Misconfigured`."""


class IWorkloadManager(Protocol):
    """A workload manager, for one caller and, if it does not wait, one transaction.

    `site.manager` makes it; operations that are marked ``asks`` change things by it.

    One that does not wait changes `jobs` and `reservations` in the transaction of the
    caller, which undoes all when it fails. One that waits for another server opens
    transactions of its own before and after that, and nobody who calls it has one open,
    lest all writers wait, too: then operations that ask work `alone`. `nodes` and
    `machines` may have to wait for plug-ins with every manager, so nobody who calls
    these ever has one open.
    """

    #: Whether changes wait for another server.
    waits: ClassVar[bool]

    @property
    def jobs(self) -> Jobs:
        """Batch jobs."""

    @property
    def nodes(self) -> Nodes:
        """Nodes."""

    @property
    def machines(self) -> Machines:
        """Virtual machines."""

    @property
    def reservations(self) -> Reservations:
        """Reservations."""

    @property
    def facts(self) -> Facts:
        """Names and descriptions."""


class Refresh(Protocol):
    """Brings what is kept of the workload in line with what a manager knows.

    The worker calls it for a whole site, again and again, with no transaction open.
    """

    def __call__(self, still_ours: Callable[[], bool]) -> None:
        """Do so, in short transactions; end early when ``still_ours`` says no.

        Afterwards jobs have the states, reservations the times that they have in truth.
        It may be repeated after a crash at any moment.
        """


@dataclass(frozen=True, slots=True)
class SystemJob:
    """A job of the manager's own that does something to a virtual machine.

    ``kind`` is ``vmmigrate`` or ``vmdestroy``; ``arguments`` are what `start` was given.
    """

    name: str
    kind: str
    vm: str
    arguments: Json
    actor: Initiator


class SystemJobs(Protocol):
    """The system jobs of a site, on a connection whose transaction is the caller's.

    The resource ``vms`` starts them, the worker carries them to their ends, and clients
    follow them as ``jobs/<name>``: active from `start` on, completed after `ended`.
    """

    def start(self, kind: str, vm: str, arguments: Json, actor: Initiator) -> str:
        """A new job; its name is the kind with the next number: ``vmmigrate-7``."""

    def ended(self, name: str, ok: bool, message: str) -> None:
        """The job is completed; ``message`` says in a sentence how it went.

        One that has ended already stays as it is.
        """

    def under_way(self, vm: str | None = None) -> list[SystemJob]:
        """Those that have not ended, the oldest first; all, or those of one machine."""
