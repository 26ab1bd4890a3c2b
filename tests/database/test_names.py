"""Which names occur in documents, on both databases."""

from collective.mwsvm.database import collections
from collective.mwsvm.database import names
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.ids import ObjectIds
import pytest


@pytest.fixture
def nodes(database, clock):
    """Nodes with these documents, and a connection to look at them."""

    def added(*documents):
        with database.transaction() as connection:
            found = Collection(connection, collections.nodes, ObjectIds(clock))
            found.insert(
                {"name": f"n{number}", **document}
                for number, document in enumerate(documents)
            )
        return database.transaction()

    return added


def keys(connection):
    return names.keys(connection, collections.nodes, "metrics")


def test_keys_of_an_object_in_any_document(nodes):
    found = ({"metrics": {"a": 1, "b.c": 2}}, {"metrics": {"a": 3, "ü \"'": 1}}, {})
    with nodes(*found, {"metrics": {}}) as connection:
        assert keys(connection) == {"a", "b.c", "ü \"'"}


def test_without_documents_there_are_none(nodes):
    with nodes() as connection:
        assert keys(connection) == set()
        assert names.texts(connection, collections.nodes, "partition") == set()


@pytest.mark.parametrize("path", ["partition", "operatingSystem.image"])
def test_texts_at_a_path_with_and_without_a_column(nodes, path):
    def document(value):
        for step in reversed(path.split(".")):
            value = {step: value}
        return value

    values = ("b", "a", "b", "", None, 5)
    with nodes(*map(document, values), {}) as connection:
        assert names.texts(connection, collections.nodes, path) == {"a", "b"}
