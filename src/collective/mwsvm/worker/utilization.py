"""The task that measures how much of the site's resources is at work."""

from collective.mwsvm import site
from collective.mwsvm.reporting.store import ReportStore
from collective.mwsvm.sites import with_site
from collective.mwsvm.worker.turn import Turn
from collective.mwsvm.workload.utilization import measure
from collective.mwsvm.workload.utilization import REPORT


#: Seconds; in each minute by the clock there is one sample.
MINUTE = 60


def sample_utilization(turn: Turn) -> None:
    """Put a sample into the report of the site's utilization, unless this minute has one.

    A report that is missing is made (again), empty. One with other durations, which an
    administrator has made under its name, is used as it is.
    """
    if with_site(turn.path, _is_due):
        with_site(turn.path, _sample)


def _is_due() -> bool:
    # Most turns find nothing to do, and then nobody is kept from writing.
    with site.database().reading() as connection:
        store = ReportStore(connection, site.clock, site.new_id)
        report = store.find(REPORT["name"])
        return report is None or not store.has_sample(report, _minute())


def _sample() -> None:
    with site.database().writing() as connection:
        store = ReportStore(connection, site.clock, site.new_id)
        report = store.find(REPORT["name"]) or store.make(REPORT)
        if store.has_sample(report, _minute()):
            return
        sample = {"agent": "mwsvm", "data": measure(connection)}
        store.add_samples(report, [sample])


def _minute() -> float:
    return site.clock() // MINUTE * MINUTE
