"""Dropping old events from the command line, while the site runs or not.

The guide has a cron job that removes them from MongoDB (4.5, Deleting Old Events); this is
ours. The worker does the same by itself where the site's *event retention* is set.
"""

from collections.abc import Callable
from collective.mwsvm.database import collections
from collective.mwsvm.database.engine import Database
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.models import dates
from pathlib import Path
from sqlalchemy import func
from sqlalchemy import select


def database_at(url: str, var: Path) -> Database:
    """The database at the URL; without one the SQLite file that ``var`` has.

    Raises `ValueError` when there is none, or more than one.
    """
    if url:
        return Database.of_its_site(url)
    files = sorted(var.glob("mwsvm-*.sqlite"))
    if len(files) != 1:
        found = ", ".join(file.name for file in files) or "none"
        raise ValueError(
            f"{var} must hold one MWS database (mwsvm-….sqlite), but there is {found}; "
            "name one with --database"
        )
    return Database.of_its_site(f"sqlite:///{files[0]}")


def purge(
    database: Database, days: float, clock: Callable[[], float], really: bool = True
) -> int:
    """Drop the events that are older than so many days; how many they are.

    In short transactions, so that nobody waits for long. Without ``really`` they are
    only counted.
    """
    before = clock() - days * 86400
    if not really:
        table = collections.events.table
        old = table.c.event_time < dates.mws(before)
        with database.reading() as connection:
            return (
                connection.scalar(select(func.count()).select_from(table).where(old))
                or 0
            )
    dropped = 0
    while True:
        with database.transaction() as connection:
            count = EventStore(connection, clock).purge(before)
        if not count:
            return dropped
        dropped += count
