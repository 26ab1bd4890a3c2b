"""When reservations begin and end, and what follows from the time that it is."""

from collective.mwsvm.inventory.shapes import NEVER
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.reservations import STATE_FLAGS
from typing import Any


Json = dict[str, Any]

#: The end of a reservation without one; later ends mean the same.
ENDLESS = dates.mws(NEVER)

#: Clients add a duration on clocks that daylight saving moves; the guide's sample does.
_TOLERATED = 3600


def times(given: Json, now: float) -> Json:
    """The start, end and duration of a reservation of which some are given.

    Without a start it begins now, or its duration before its end; without an end and
    duration it has no end. Of all three start and end count. Raises `Invalid` when the
    end is not after the start, in the past, or at odds with the duration.
    """
    duration = given["duration"]
    start = _seconds(given["startDate"])
    end = _seconds(given["endDate"])
    if start is None:
        backwards = end is not None and duration is not None
        start = end - duration if backwards else int(now)
    if start >= NEVER:
        raise Invalid(
            f"The field 'startDate' ({dates.mws(start)}) must be before {ENDLESS}, which "
            "means never"
        )
    if end is None:
        end = start + duration if duration is not None else NEVER
    elif duration is not None and abs(end - start - duration) > _TOLERATED:
        raise Invalid(
            f"The field 'duration' can't be {duration}: from startDate "
            f"({given['startDate']}) to endDate ({given['endDate']}) are {end - start} "
            "seconds",
            "Please send two of the three",
        )
    end = min(end, NEVER)
    if end <= start:
        raise Invalid(
            f"The field 'endDate' ({dates.mws(end)}) must be after 'startDate' "
            f"({dates.mws(start)})"
        )
    if end <= now:
        raise Invalid(
            f"The field 'endDate' ({dates.mws(end)}) can't be in the past: it is "
            f"{dates.mws(now)}"
        )
    return {
        "startDate": dates.mws(start),
        "endDate": dates.mws(end),
        "duration": end - start,
    }


def is_active(reservation: Json, now: float) -> bool:
    """Whether the moment is within its time."""
    moment = dates.mws(now)
    return bool(reservation["startDate"] <= moment < reservation["endDate"])


def has_ended(reservation: Json, now: float) -> bool:
    """Whether its time is over, or its only use."""
    moment = dates.mws(now)
    ends = (reservation["endDate"], reservation["expireDate"])
    return any(end is not None and end <= moment for end in ends)


def with_state(reservation: Json, now: float) -> Json:
    """The reservation with what it is at the moment: ``isActive`` and flags."""
    active = is_active(reservation, now)
    given = reservation["flags"]
    flags = [flag for flag in given if flag not in STATE_FLAGS]
    flags += ["STANDINGRSV"] if "STANDINGRSV" in given else []
    # It is made with all of its resources or not at all.
    flags.append("REQFULL")
    flags += ["ISACTIVE"] if active else []
    flags += [] if reservation["aclRules"] else ["ISCLOSED"]
    return {**reservation, "isActive": active, "flags": flags}


def shown(reservation: Json, now: float) -> Json:
    """The reservation as clients see it, with its statistics until the moment.

    Jobs that ask for it by its id may always use it: it shows a rule that says so.
    """
    own = {
        "affinity": "NEUTRAL",
        "comparator": "LEXIGRAPHIC_EQUAL",
        "type": "RESERVATION_ID",
        "value": reservation["id"],
    }
    return {
        **with_state(reservation, now),
        "aclRules": [*reservation["aclRules"], own],
        "statistics": _statistics(reservation, now),
    }


def _statistics(reservation: Json, now: float) -> Json:
    used = reservation["statistics"]["caps"]
    start = dates.seconds(reservation["startDate"])
    elapsed = max(0, min(now, dates.seconds(reservation["endDate"])) - start)
    idle = max(0, elapsed * reservation["allocatedProcessorCount"] - used)
    return {"caps": _plain(used), "cips": _plain(idle), "taps": 0, "tips": 0}


def _plain(value: float) -> float:
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def _seconds(date: str | None) -> int | None:
    return None if date is None else int(dates.seconds(date))
