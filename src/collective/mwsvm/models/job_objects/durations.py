"""How long a job has waited and run, at a moment."""

from collective.mwsvm.models import dates
from typing import Any


Json = dict[str, Any]


def durations(document: Json, now: float) -> dict[str, int]:
    """The running durations of a document, in whole seconds.

    Its ``durationSuspended`` is that of suspensions that are over; one that lasts began
    with the present state.
    """
    submitted = _moment(document, "submitDate")
    started = _moment(document, "startDate")
    ended = _moment(document, "completedDate")
    active = document["queueStatus"] == "active"
    suspended = int(document["durationSuspended"])
    if started is None or not (active or ended is not None):
        # Also a job that was put back after it had run.
        waited_until = now if ended is None else ended
        run = int(document["durationActive"])
    else:
        waited_until = started
        until = now if ended is None else ended
        since = document["states"]["stateLastUpdatedDate"]
        if document["states"]["state"] == "Suspended" and since:
            suspended += _whole(until - dates.seconds(since))
        run = max(0, _whole(until - started) - suspended)
    queued = 0 if submitted is None else _whole(waited_until - submitted)
    return {
        "durationActive": run,
        "durationQueued": queued,
        "durationRemaining": max(0, document["duration"] - run) if active else 0,
        "durationSuspended": suspended,
    }


def _moment(document: Json, name: str) -> float | None:
    text = document["dates"][name]
    return None if text is None else dates.seconds(text)


def _whole(seconds: float) -> int:
    return max(0, int(seconds))
