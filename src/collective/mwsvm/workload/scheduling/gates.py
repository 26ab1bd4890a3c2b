"""What keeps a job from starting whatever is free: holds, dates, dependencies, slots."""

from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.workload.scheduling import dependencies
from collective.mwsvm.workload.scheduling.decisions import Reason
from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.scheduling.sentences import count
from collective.mwsvm.workload.scheduling.sentences import listed
from collective.mwsvm.workload.scheduling.sentences import moment
from collective.mwsvm.workload.scheduling.world import Dependency
from collective.mwsvm.workload.scheduling.world import Job


def closed(
    job: Job, now: float, others: Mapping[str, Iterable[Dependency]]
) -> Reason | None:
    """Why the job may not start now; None if only resources could keep it waiting.

    ``others`` are the dependencies that other jobs lay on it, by its name.
    """
    if job.holds:
        kinds = sorted(job.holds)
        word = "hold" if len(kinds) == 1 else "holds"
        return Reason(Why.HOLD, f"It is held by the {word} {listed(kinds)}.")
    if job.held_by:
        word = "container" if len(job.held_by) == 1 else "containers"
        return Reason(
            Why.CONTAINER,
            f"Its virtual {word} {listed(job.held_by)} hold"
            f"{'s' if word == 'container' else ''} back all jobs (HOLDJOBS).",
        )
    if job.dependencies or job.name in others:
        reason = _dependency(job, others.get(job.name, ()))
        if reason is not None:
            return reason
    if job.earliest_start is not None and job.earliest_start > now:
        return Reason(
            Why.START_DATE,
            f"It may not start before {moment(job.earliest_start)}.",
            job.earliest_start,
        )
    return None


def _dependency(job: Job, others: Iterable[Dependency]) -> Reason | None:
    waits: list[str] = []
    for dependency in (*job.dependencies, *others):
        found = dependencies.unmet(dependency)
        if found is not None:
            never, sentence = found
            if never:
                return Reason(Why.NEVER_MET, sentence)
            waits.append(sentence)
    if not waits:
        return None
    more = f" And for {len(waits) - 1} more." if len(waits) > 1 else ""
    return Reason(Why.DEPENDENCY, waits[0] + more)


class Slots:
    """How many jobs of each array are active, against its slot limit."""

    def __init__(self, active: Iterable[Job]):
        self._active: dict[str, int] = {}
        for job in active:
            self.take(job)

    def take(self, job: Job) -> None:
        """The job is active."""
        if job.array:
            self._active[job.array] = self._active.get(job.array, 0) + 1

    def full(self, job: Job, beside: Iterable[Job] = ()) -> Reason | None:
        """Why no slot is free for the job; ``beside`` start at the same time."""
        limit = job.slot_limit
        if not job.array or not limit or "IGNPOLICIES" in job.flags:
            return None
        taken = self._active.get(job.array, 0)
        taken += sum(other.array == job.array for other in beside)
        if taken < limit:
            return None
        return Reason(
            Why.SLOT_LIMIT,
            f"Its array {job.array} may run {count(limit, 'job')} at once, and does.",
        )
