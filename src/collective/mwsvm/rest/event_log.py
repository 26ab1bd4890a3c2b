"""events.log: written when the transaction of its events has ended well."""

from collective.mwsvm import site
from collective.mwsvm.configuration import Configuration
from collective.mwsvm.events import log
from collective.mwsvm.models import dates
from typing import Any
import logging
import transaction


logger = logging.getLogger(__name__)


def after_commit(configuration: Configuration, events: list[dict[str, Any]]) -> None:
    """Write the events to the log of the site, once they are kept."""
    if configuration.event_log is not None:
        hook = transaction.get().addAfterCommitHook
        hook(_write, args=(configuration, site.clock, events))


def _write(
    committed: bool, configuration: Configuration, clock: Any, events: list[Any]
) -> None:
    if not committed or configuration.event_log is None:
        return
    lines = [
        log.line(event, log.time_text(dates.parse(event["eventTime"]).astimezone()))
        for event in events
    ]
    try:
        log.EventLog(configuration.event_log, configuration.rolling, clock).write(lines)
    except OSError as error:
        # The events are kept all the same.
        logger.error(
            "%d events could not be written to %s: %s",
            len(lines),
            configuration.event_log,
            error,
        )
