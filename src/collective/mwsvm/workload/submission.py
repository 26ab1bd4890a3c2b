"""A job that is new to the queue."""

from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import NewJob
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Submission:
    """A new job. Machines may take it when it is ready and not held.

    Without a name it gets one. ``document`` is the guide's object of it, where there is
    one already; the fields that are the server's are filled in.
    """

    job: NewJob
    name: str | None = None
    document: dict[str, Any] | None = None
    ready: bool = True
    held: bool = False

    def row(self, now: float, free: bool) -> dict[str, Any]:
        """The row of its record; ``free``: it need not wait for the scheduler."""
        return {
            **dict(self.job),
            "name": self.name,
            "retries_left": self.job.retries,
            "state": JobState.HELD if self.held else JobState.QUEUED,
            "ready": int(self.ready and free),
            "since": now,
            "submitted": now,
            "modified": now,
        }
