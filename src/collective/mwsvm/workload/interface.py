"""What the resources and the worker ask of a workload manager."""

from dataclasses import dataclass
from typing import Any
from typing import Protocol


Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Initiator:
    """Who began something: a user of the site or an account, and for whom."""

    user: str
    proxy_user: str | None = None


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
