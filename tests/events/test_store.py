"""The events that are kept, on both databases."""

from collective.mwsvm.cli import main
from collective.mwsvm.database import collections
from collective.mwsvm.database.engine import Database
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.models import dates
from concurrent.futures import ThreadPoolExecutor
from sqlalchemy import select
import pytest


def event(clock, kind="x"):
    return {"eventTime": dates.mws(clock()), "eventType": kind}


def test_ids_rise_in_the_order_in_which_transactions_end(database, clock):
    seen = []

    def write(number):
        with database.transaction() as connection:
            store = EventStore(connection, clock)
            before = store.last()
            ids = store.add([event(clock)] * 3)
            # What is seen once is followed by higher ids only.
            assert min(ids) > before
            return ids

    with ThreadPoolExecutor(8) as pool:
        for ids in pool.map(write, range(24)):
            seen.extend(ids)
    assert len(set(seen)) == 72
    with database.reading() as connection:
        kept = connection.scalars(select(collections.events.table.c.id)).all()
        assert sorted(kept) == sorted(seen)
        assert EventStore(connection, clock).last() == max(seen)


def test_none_is_none(database, clock):
    with database.transaction() as connection:
        store = EventStore(connection, clock)
        assert store.add([]) == []
        assert store.last() == "0" * 24


def test_the_oldest_are_dropped_first_and_in_turns(database, clock):
    with database.transaction() as connection:
        store = EventStore(connection, clock)
        for _ in range(5):
            store.add([event(clock)])
            clock.forward(86400)
        before = clock() - 2 * 86400
        assert store.purge(before, limit=2) == 2
        assert store.purge(before, limit=2) == 1
        assert store.purge(before, limit=2) == 0
        assert len(connection.scalars(select(collections.events.table.c.id)).all()) == 2


def test_old_events_are_dropped_from_the_command_line(tmp_path, clock, capsys):
    database = Database(f"sqlite:///{tmp_path}/mwsvm-abc.sqlite", "abc")
    with database.transaction() as connection:
        EventStore(connection, clock).add(
            [{"eventTime": "2012-01-01 00:00:00 UTC", "eventType": "old"}] * 3
        )
        new = {"eventTime": "2999-01-01 00:00:00 UTC", "eventType": "new"}
        EventStore(connection, clock).add([new])
    command = ["events", "purge", "--older-than", "90", "--var", str(tmp_path)]
    for more, said in (
        (["--dry-run"], "3 events would be dropped\n"),
        ([], "3 events dropped\n"),
        ([], "0 events dropped\n"),
    ):
        assert main([*command, *more]) == 0
        assert capsys.readouterr().out == said
    with database.reading() as connection:
        assert len(connection.scalars(select(collections.events.table.c.id)).all()) == 1
    database.close()


def test_what_keeps_old_events_from_being_dropped_is_said(tmp_path, capsys):
    command = ["events", "purge", "--older-than", "90"]
    assert main([*command, "--var", str(tmp_path)]) == 1
    assert "must hold one MWS database" in capsys.readouterr().err
    empty = f"sqlite:///{tmp_path}/new.sqlite"
    assert main([*command, "--database", empty]) == 1
    assert "No site has used this MWS database yet" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["events", "purge", "--older-than", "long"])
    assert "long is not a number of days" in capsys.readouterr().err
