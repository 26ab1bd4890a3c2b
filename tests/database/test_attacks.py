"""What clients send must mean the same to SQLite and to PostgreSQL."""

from collective.mwsvm.database import collections
from collective.mwsvm.database import repeats
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.database.query import from_document
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from concurrent.futures import ThreadPoolExecutor
from tests.services import wait_for
from threading import Event
import pytest


IMAGE = {"name": "a", "osType": "x", "features": []}


def images(connection, clock):
    return Collection(connection, collections.images, ObjectIds(clock))


@pytest.mark.parametrize("document", [{"osType": "a\0"}, {"x": {"a\0": ["\0"]}}])
def test_texts_with_nul_are_refused(database, clock, document):
    with (
        pytest.raises(Invalid, match="character NUL"),
        database.transaction() as connection,
    ):
        images(connection, clock).insert([{**IMAGE, **document}])
    with (
        pytest.raises(Invalid, match="character NUL"),
        database.transaction() as connection,
    ):
        EventStore(connection, clock).add([document])


def test_what_only_looks_like_nul_is_kept(database, clock):
    with database.transaction() as connection:
        images(connection, clock).insert([{**IMAGE, "osType": "\\u0000"}])
        assert images(connection, clock).get("a")["osType"] == "\\u0000"


def test_nothing_has_a_name_with_nul(database, clock):
    with database.transaction() as connection:
        images(connection, clock).insert([IMAGE])
        with pytest.raises(NotFound):
            images(connection, clock).get("a\0", lock=True)


@pytest.mark.parametrize("pattern", [r"\B" * 100, r"(?:\b|x){50}"])
def test_a_pattern_is_found_or_refused(database, clock, pattern):
    query = from_document({"osType": {"$regex": pattern}})
    try:
        with database.reading() as connection:
            assert images(connection, clock).find(query).documents == []
    except Invalid as error:
        assert "query: $regex" in str(error)


def test_a_name_of_the_longest_allowed_fits_the_index(database, clock):
    # Four bytes each, and all different, so that nothing can be packed.
    name = "".join(chr(0x20000 + 97 * number) for number in range(256))
    event = dict.fromkeys(("eventType", "status"), name)
    with database.transaction() as connection:
        collection = Collection(connection, collections.reports, ObjectIds(clock))
        collection.insert([{"name": name}])
        assert collection.get(name)["name"] == name
        time = "2012-01-01 00:00:00 UTC"
        EventStore(connection, clock).add([{**event, "eventTime": time}])


def test_a_repeated_request_acts_once(database):
    def ask(digest=b"request"):
        with database.transaction() as connection:
            return repeats.once(connection, "k", "me", digest, 1.0, act)

    def act():
        acted.append(1)
        return str(len(acted))

    acted = []
    assert [ask(), ask()] == ["1", "1"]
    with pytest.raises(Conflict):
        ask(b"another")
    assert len(acted) == 1


def test_of_two_requests_at_once_one_acts(database):
    def ask(_):
        with database.transaction() as connection:
            return repeats.once(connection, "k", "me", b"request", 1.0, act)

    def act():
        acted.append(1)
        return str(len(acted))

    acted = []
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(8))) == ["1"] * 8
    assert len(acted) == 1


def test_what_is_named_by_a_change_stays_until_it_ends(database, clock):
    """Who deletes waits for those who have just referred to it, and then sees them."""
    with database.transaction() as connection:
        images(connection, clock).insert([IMAGE])
    referred, deleted = Event(), []

    def delete():
        referred.wait(5)
        with database.transaction() as connection:
            collection = images(connection, clock)
            collection.get("a", lock=True)
            deleted.append(collection.count())

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as connection:
            collection = images(connection, clock)
            collection.get("a", keep=True)
            referred.set()
            done = pool.submit(delete)
            collection.insert([{**IMAGE, "name": "b"}])
            if database.engine.dialect.name == "postgresql":
                waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                wait_for(
                    lambda: connection.exec_driver_sql(waiting).scalar(), what="a wait"
                )
            assert not deleted
        done.result(10)
    assert deleted == [2]
