"""Collections of documents, on both databases."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.collection import is_id
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import NotFound
from contextlib import contextmanager
import os
import pytest


@pytest.fixture
def images(database, clock):
    """Opens the collection of images in a transaction of its own."""
    new_id = ObjectIds(clock)

    @contextmanager
    def opened():
        with database.transaction() as connection:
            yield Collection(connection, collections.images, new_id)

    return opened


def named(*names):
    return [{"name": name, "size": size} for size, name in enumerate(names)]


def names(page):
    return [document["name"] for document in page.documents]


def test_documents_get_ids_and_are_found_by_them_and_by_name(images):
    with images() as found:
        made = found.insert(named("a", "b"))
    with images() as found:
        for document in made:
            assert is_id(document["id"])
            assert found.get(document["id"]) == document
            assert found.get(document["name"], lock=True) == document
        with pytest.raises(NotFound, match="'c' was not found"):
            found.get("c")


def test_pages_are_in_order_and_count_all(images):
    with images() as found:
        found.insert(named("b", "d", "a", "c"))
        by_name = [("name", 1)]
        assert names(found.find()) == ["b", "d", "a", "c"]
        assert names(found.find(sort=by_name)) == ["a", "b", "c", "d"]
        page = found.find(sort=[("name", -1)], offset=1, limit=2)
        assert (names(page), page.total) == (["c", "b"], 4)
        beyond = found.find(sort=by_name, offset=9, limit=2)
        assert (names(beyond), beyond.total) == ([], 4)
        none = found.find(from_document({"name": "x"}))
        assert (none.documents, none.total) == ([], 0)
        some = found.find(from_document({"size": {"$gte": 2}}), limit=1)
        assert (names(some), some.total) == (["a"], 2)
        assert found.find(limit=0).total == 4


def test_ties_are_in_the_order_of_ids_both_ways(images):
    with images() as found:
        made = found.insert([{"name": n, "size": 1} for n in "cab"])
        ids = [document["id"] for document in made]
        up = found.find(sort=[("size", 1)]).documents
        down = found.find(sort=[("size", -1)]).documents
        assert [document["id"] for document in up] == ids
        assert [document["id"] for document in down] == ids[::-1]


def test_names_are_unique(images):
    with images() as found:
        found.insert(named("a", "b"))
    with pytest.raises(Conflict), images() as found:
        found.insert(named("a"))
    with pytest.raises(Conflict), images() as found:
        found.replace({**found.get("b"), "name": "a"})
    with images() as found:
        assert names(found.find()) == ["a", "b"]


def test_documents_are_replaced_and_removed(images):
    with images() as found:
        found.insert(named("a", "b", "c"))
        found.replace({**found.get("a"), "name": "z", "more": {"x": [1]}})
        assert found.get("z")["more"] == {"x": [1]}
        found.remove(found.get("b")["id"])
        assert names(found.find()) == ["z", "c"]
        assert found.remove_all(from_document({"size": {"$gt": 1}})) == 1
        assert names(found.find()) == ["z"]


def test_ids_are_unique_also_after_a_fork(clock):
    new_id = ObjectIds(clock)
    mine = {new_id() for _ in range(1000)}
    assert len(mine) == 1000
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(read, 24).decode()
    assert is_id(theirs)
    assert theirs[8:18] != new_id()[8:18]
