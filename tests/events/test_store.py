"""The events that are kept, on both databases."""

from collective.mwsvm.database import collections
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.models import dates
from concurrent.futures import ThreadPoolExecutor
from sqlalchemy import select


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
