"""In which order jobs get their turn (guide 4.8: ``priorities``)."""

from collective.mwsvm.workload.scheduling.world import Config
from collective.mwsvm.workload.scheduling.world import Job


Rank = tuple[float, int, float, float, float, int, str]


def rank(job: Job, now: float, config: Config) -> Rank:
    """Smaller comes first.

    System priority decides; then whether its deadline is near; then the sum of its user
    and start priorities; then since when it is eligible and submitted; then its name, the
    shorter first, so that Moab.9 comes before Moab.10.
    """
    urgent, latest = 1, 0.0
    if job.deadline is not None:
        spare = job.deadline - job.limit - now
        if 0 <= spare <= config.urgent:
            urgent, latest = 0, spare
    since = job.submitted if job.eligible_since is None else job.eligible_since
    return (
        -job.system_priority,
        urgent,
        latest,
        -(job.user_priority + job.start_priority),
        since,
        len(job.name),
        job.name,
    )
