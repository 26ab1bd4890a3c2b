"""events.log: written when the transaction of its events has ended well."""

from collections.abc import Callable
from collective.mwsvm.configuration import Configuration
from collective.mwsvm.events import log
from collective.mwsvm.models import dates
from typing import Any
import logging
import transaction


Json = dict[str, Any]

logger = logging.getLogger(__name__)


def after_commit(
    configuration: Configuration, clock: Callable[[], float], events: list[Json]
) -> None:
    """Write the events to the log of the site, once this thread's transaction ended."""
    if configuration.event_log is not None:
        hook = transaction.get().addAfterCommitHook
        hook(_write_if, args=(configuration, clock, events))


def write(
    configuration: Configuration, clock: Callable[[], float], events: list[Json]
) -> None:
    """Write events that are kept to the log of the site, if it has one."""
    if configuration.event_log is None or not events:
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


def _write_if(
    committed: bool,
    configuration: Configuration,
    clock: Callable[[], float],
    events: list[Json],
) -> None:
    if committed:
        write(configuration, clock, events)
