"""The tasks that look after the documents of the MWS database."""

from collective.mwsvm import site
from collective.mwsvm.database import repeats
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.reporting.store import ReportStore
from collective.mwsvm.sites import with_site
from collective.mwsvm.worker.turn import Turn


def consolidate_reports(turn: Turn) -> None:
    """Datapoints that are due are made of their samples, a report at a time."""

    def due():
        with site.database().reading() as connection:
            return _reports(connection).due()

    for report in with_site(turn.path, due):
        if not turn.still_ours():
            return
        with_site(turn.path, lambda id=report: _consolidate(id))


def drop_old_events(turn: Turn) -> None:
    """Events older than the settings say are dropped."""
    _repeat(turn, _drop_old_events)


def forget_repeats(turn: Turn) -> None:
    """Answers that were kept for repeated requests are dropped after a day."""
    _repeat(turn, _forget_repeats)


def _repeat(turn: Turn, step) -> None:
    while with_site(turn.path, step):
        if not turn.still_ours():
            return


def _consolidate(id: str) -> None:
    with site.database().writing() as connection:
        _reports(connection).consolidate(id)


def _drop_old_events() -> int:
    days = site.settings().event_retention_days
    if not days:
        return 0
    with site.database().writing() as connection:
        store = EventStore(connection, site.clock)
        return store.purge(site.clock() - days * 86400)


def _forget_repeats() -> int:
    with site.database().writing() as connection:
        return repeats.forget(connection, site.clock())


def _reports(connection) -> ReportStore:
    return ReportStore(connection, site.clock, site.new_id)
