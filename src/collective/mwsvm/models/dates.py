"""Moments, as seconds since the epoch, and how they are written."""

from datetime import datetime
from datetime import UTC


def iso(moment: float) -> str:
    """A moment in UTC and ISO 8601, to the second: ``2026-11-21T20:15:00+00:00``."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
