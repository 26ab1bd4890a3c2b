"""Moments, as seconds since the epoch, and how they are written.

MWS writes dates as ``yyyy-MM-dd HH:mm:ss ZZZ`` (guide 3.2). Documents hold them in UTC, so
that the order of the texts is the order in time.
"""

from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import UTC
from zoneinfo import ZoneInfo
import re


#: What messages say of the form.
FORM = "yyyy-MM-dd HH:mm:ss ZZZ, such as 2013-05-23 17:32:02 UTC"

_DATE = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,]\d{1,9})? ?(\S+)", re.ASCII
)
_NORMAL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)

# Abbreviations that clients send and the zone database does not know by itself.
_ABBREVIATIONS = {
    "Z": 0,
    "WET": 0,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
}


def iso(moment: float) -> str:
    """A moment in UTC and ISO 8601, to the second: ``2026-11-21T20:15:00+00:00``."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")


def mws(moment: float) -> str:
    """A moment as MWS writes it, to the second: ``2013-05-23 17:32:02 UTC``."""
    return _text(datetime.fromtimestamp(moment, UTC))


def normalise(text: str) -> str:
    """The same moment in UTC, as documents hold it. Raises ValueError like `parse`."""
    return text if _is_normal(text) else _text(parse(text))


def parse(text: str) -> datetime:
    """The moment, in the zone that the text names; parts of seconds are dropped.

    Takes MWS's form and ISO 8601. The zone is an offset, a name of the zone database or a
    common abbreviation, and must be there. Raises ValueError with a sentence that says
    what is wrong.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{_short(text)} is not a date; a date is {FORM}")
    day, time, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=_zone(zone))
        # A moment that has no UTC form within the calendar is none.
        moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{_short(text)} is not a date: {error}") from error
    return moment


def seconds(text: str) -> float:
    """The moment, as seconds since the epoch. Raises ValueError like `parse`."""
    return parse(text).timestamp()


def _is_normal(text: str) -> bool:
    if _NORMAL.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return True


def _text(moment: datetime) -> str:
    # Not strftime: it writes years before 1000 without their zeros.
    utc = moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return f"{utc.isoformat(sep=' ')} UTC"


def _zone(name: str) -> timezone | ZoneInfo:
    if name in ("UTC", "GMT"):
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        sign, hours, minutes = offset.groups()
        delta = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-delta if sign == "-" else delta)
    if name in _ABBREVIATIONS:
        return timezone(timedelta(hours=_ABBREVIATIONS[name]))
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"the time zone {_short(name)} is not known") from error


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
