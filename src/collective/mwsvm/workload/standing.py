"""Standing reservations: what the administrator wrote, and the reservations it means.

``standing-reservations.toml`` in MWS's home has a table for each, with the fields of the
REST API (guide 4.26).
"""

from bisect import bisect_left
from collections.abc import Iterator
from collective.mwsvm.models import dates
from collective.mwsvm.models.standing_reservations import DAYS
from collective.mwsvm.models.standing_reservations import SECONDS
from collective.mwsvm.models.standing_reservations import StandingReservation
from collective.mwsvm.workload import settings_files
from dataclasses import dataclass
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import tzinfo
from pathlib import Path
from typing import Any


Json = dict[str, Any]

NAME = "standing-reservations.toml"

#: The end of a reservation that has none.
FOREVER = "9999-12-31 23:59:59 UTC"

#: Where that has no other start.
ALWAYS = "1970-01-01 00:00:00 UTC"

_PERIODS = {name: timedelta(seconds=long) for name, long in SECONDS.items()}

#: Lists of names that are also rules of access, and the types of those.
_LISTS = {
    "accounts": "ACCOUNT",
    "classes": "CLASS",
    "clusters": "CLUSTER",
    "groups": "GROUP",
    "jobAttributes": "JOB_ATTRIBUTE",
    "qoses": "QOS",
    "reservationAccessList": "RESERVATION_ID",
    "users": "USER",
}


def read(home: Path) -> list[Json]:
    """The standing reservations, as the REST API has them, in the order of the file.

    Raises `Misconfigured`, naming the file, the reservation and the field.
    """
    path = home / NAME
    given = settings_files.tables(path)
    return [
        settings_files.checked(path, id, StandingReservation, table, {})
        for id, table in given.items()
    ]


def expand(standing: Json, now: float, zone: tzinfo | None = None) -> list[Json]:
    """The reservations that a standing one means at a moment, in order of their start.

    Each has those fields of a reservation (guide 4.21) that the standing one says
    something of, and a ``uniqueIndex`` that stays the same whenever it is asked for: the
    standing one's id, a dot and the day on which the period begins. Those that have ended
    are left out; one without an end ends at `FOREVER` and has no ``duration``.

    Offsets count on the clocks of ``zone`` (None: the server's own). An hour that the
    clocks skip is no part of a reservation, and times that they show twice are the first.
    """
    if standing["disabled"]:
        return []
    return [_reservation(standing, span) for span in _spans(standing, now, zone)]


@dataclass(frozen=True)
class _Span:
    key: str
    start: str
    end: str
    #: Seconds; None: without an end.
    duration: int | None


def _spans(standing: Json, now: float, zone: tzinfo | None) -> Iterator[_Span]:
    earliest = now + (standing["rollbackOffset"] or 0)
    if standing["period"] == "INFINITY":
        since = dates.mws(earliest) if standing["rollbackOffset"] else ALWAYS
        yield _Span("infinity", since, FOREVER, None)
        return
    period = _PERIODS[standing["period"]]
    opens, closes = _offsets(standing, period)
    present = _beginning(datetime.fromtimestamp(now, zone).date(), period)
    # Those that began in earlier periods and may not have ended yet, first.
    turns = range(-(closes // period) - 1, max(1, standing["depth"]))
    for turn in turns:
        day = present + turn * period
        if standing["days"] and DAYS[day.weekday()] not in standing["days"]:
            continue
        midnight = datetime.combine(day, time())
        start, end = (_moment(midnight + offset, zone) for offset in (opens, closes))
        if standing["rollbackOffset"]:
            start = max(start, earliest)
        if start < end and now < end:
            yield _Span(
                day.strftime("%Y%m%d"),
                dates.mws(start),
                dates.mws(end),
                int(end) - int(start),
            )


def _offsets(standing: Json, period: timedelta) -> tuple[timedelta, timedelta]:
    opens = timedelta(seconds=standing["startOffset"])
    if standing["endOffset"] is None:
        closes = period
    else:
        closes = timedelta(seconds=standing["endOffset"])
    # An end that is not after the start is that of a later period.
    return opens, closes + max(0, (opens - closes) // period + 1) * period


def _moment(wall: datetime, zone: tzinfo | None) -> float:
    first, second = (
        wall.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1)
    )
    if first <= second:
        return first
    # The clocks skip it: the moment at which they do.
    between = range(int(second), int(first) + 1)
    return between[
        bisect_left(
            between,
            True,
            key=lambda t: datetime.fromtimestamp(t, zone).replace(tzinfo=None) > wall,
        )
    ]


def _beginning(day: date, period: timedelta) -> date:
    return day if period.days == 1 else day - timedelta(days=day.isoweekday() % 7)


def _reservation(standing: Json, span: _Span) -> Json:
    return {
        "uniqueIndex": f"{standing['id']}.{span.key}",
        "idPrefix": standing["id"],
        "label": standing["id"],
        "subType": "StandingReservation",
        "startDate": span.start,
        "endDate": span.end,
        "duration": span.duration,
        "owner": standing["owner"],
        "aclRules": [*standing["aclRules"], *_rules(standing)],
        "accountingAccount": standing["chargeAccount"],
        "accountingUser": standing["chargeUser"],
        "comments": standing["comment"],
        "flags": _flags(standing),
        "hostListExpression": ",".join(standing["hosts"]),
        "messages": [{"message": message} for message in standing["messages"]],
        "partitionId": "" if standing["partition"] == "ALL" else standing["partition"],
        "requirements": {
            "featureList": standing["nodeFeatures"],
            "os": standing["os"] or "",
            "taskCount": standing["taskCount"],
        },
        "reservationGroup": standing["reservationGroup"],
        "resources": standing["resources"],
    }


def _flags(standing: Json) -> list[str]:
    more = ["STANDINGRSV"]
    if standing["access"] == "DEDICATED":
        more.append("DEDICATEDRESOURCE")
    return [*standing["flags"], *(f for f in more if f not in standing["flags"])]


def _rules(standing: Json) -> Iterator[Json]:
    known = {(rule["type"], rule["value"]) for rule in standing["aclRules"]}
    for name, kind in _LISTS.items():
        for value in standing[name]:
            if (kind, value) not in known:
                yield {
                    "affinity": "POSITIVE",
                    "comparator": "LEXIGRAPHIC_EQUAL",
                    "type": kind,
                    "value": value,
                }
