"""What plug-ins keep for themselves (guide 6.2.7)."""

from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.plugin_control.datastore import Datastore
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
import pytest


@pytest.fixture
def stores(database):
    """The stores of two plug-ins, in one transaction."""
    with database.transaction() as connection:
        yield Datastore(connection, "a"), Datastore(connection, "b")


@pytest.fixture
def store(stores):
    return stores[0]


def test_a_collection_comes_with_its_first_entry(store):
    assert store.exists("c") is False
    assert store.get_collection("c") is None
    assert store.get_data("c", "x", 1) is None
    assert store.clear_collection("c") is None
    assert store.add_data("c", {"x": 1}) is True
    assert store.exists("c") is True
    assert store.get_collection("c") == [{"x": 1}]


def test_nothing_is_added(store):
    assert store.add_data("c", []) is False
    assert store.exists("c") is False


def test_entries_stay_in_order(store):
    entries = [{"n": number} for number in range(50, 0, -1)]
    store.add_data("c", entries[:20])
    for entry in entries[20:]:
        store.add_data("c", entry)
    assert store.get_collection("c") == entries


def test_the_first_one_is_found_and_replaced(store):
    store.add_data("c", [{"k": 1, "n": 1}, {"k": 2}, {"k": 1, "n": 2}])
    assert store.get_data("c", "k", 1) == {"k": 1, "n": 1}
    assert store.update_data("c", "k", 1, {"k": 3}) is True
    assert store.get_collection("c") == [{"k": 3}, {"k": 2}, {"k": 1, "n": 2}]
    assert store.update_data("c", "k", 9, {"k": 3}) is False
    assert store.update_data("d", "k", 1, {"k": 3}) is False


def test_all_are_removed(store):
    store.add_data("c", [{"k": 1, "n": 1}, {"k": 2}, {"k": 1, "n": 2}])
    assert store.remove_data("c", "k", 1) is True
    assert store.get_collection("c") == [{"k": 2}]
    assert store.remove_data("c", "k", 1) is False
    assert store.remove_data("c", "k", 2) is True
    assert store.exists("c") is False


def test_clearing_gives_what_there_was(store):
    store.add_data("c", [{"k": 1}, {"k": 2}])
    store.add_data("d", {"k": 3})
    assert store.clear_collection("c") == [{"k": 1}, {"k": 2}]
    assert store.exists("c") is False
    assert store.exists("d") is True


def test_plugins_do_not_see_each_others(stores):
    a, b = stores
    a.add_data("c", {"of": "a"})
    b.add_data("c", {"of": "b"})
    assert a.get_data("c", "of", "b") is None
    assert a.update_data("c", "of", "b", {}) is False
    assert a.remove_data("c", "of", "b") is False
    assert a.clear_collection("c") == [{"of": "a"}]
    assert b.get_collection("c") == [{"of": "b"}]
    a.add_data("c", {"of": "a"})
    b.forget()
    assert a.exists("c")
    assert not b.exists("c")


def test_what_is_forgotten(stores):
    a, b = stores
    for name in "cde":
        a.add_data(name, {"x": 1})
    b.add_data("c", {"x": 1})
    a.forget()
    assert not any(a.exists(name) for name in "cde")
    assert b.exists("c")


@pytest.mark.parametrize(
    "name", ["ä ö", "a.b", "$x", "'; DROP TABLE plugins; --", "x" * 500]
)
def test_any_name_will_do(store, name):
    store.add_data(name, {"x": 1})
    assert store.get_collection(name) == [{"x": 1}]


@pytest.mark.parametrize("name", ["", None, 5, ["c"], {"c": 1}])
def test_names_that_are_none(store, name):
    for call in (store.exists, store.get_collection, store.clear_collection):
        with pytest.raises(Invalid, match="The name of a collection or key can't be"):
            call(name)
    with pytest.raises(Invalid):
        store.add_data(name, {})
    with pytest.raises(Invalid):
        store.get_data("c", name, 1)


@pytest.mark.parametrize("entry", ["text", 5, None, [[]], [{}, 5]])
def test_entries_that_are_none(store, entry):
    with pytest.raises(Invalid, match="An entry of a collection must be a map"):
        store.add_data("c", entry)
    assert store.exists("c") is False
    store.add_data("c", {"x": 1})
    with pytest.raises(Invalid, match="An entry of a collection must be a map"):
        store.update_data("c", "x", 1, entry)
    assert store.get_collection("c") == [{"x": 1}]


@pytest.mark.parametrize(
    "value", [0, 1, -1.5, "1", "", True, False, [1, 2], {"a": [1]}]
)
def test_values_are_told_from_each_other(store, value):
    others = [7, "7", None, [7], {"a": 7}]
    store.add_data("c", [{"k": other, "other": True} for other in others])
    store.add_data("c", {"k": value, "mine": True})
    assert store.get_data("c", "k", value) == {"k": value, "mine": True}
    assert store.remove_data("c", "k", value)
    assert len(store.get_collection("c")) == len(others)


def test_numbers_texts_and_truths_are_different(store):
    store.add_data("c", [{"k": True}, {"k": "1"}, {"k": 1}])
    assert store.get_data("c", "k", 1) == {"k": 1}
    assert store.get_data("c", "k", "1") == {"k": "1"}
    assert store.get_data("c", "k", True) == {"k": True}


def test_dotted_keys_lead_inside(store):
    store.add_data("c", [{"k": {"x": 1}}, {"k": {"x": 2}}])
    assert store.get_data("c", "k.x", 2) == {"k": {"x": 2}}


@pytest.mark.parametrize(
    "value", [{"$gt": 0}, {"$ne": 5}, {"$exists": True}, {"$in": [1]}]
)
def test_values_are_no_queries(store, value):
    store.add_data("c", {"k": 1})
    try:
        found = store.remove_data("c", "k", value)
    except Invalid:
        found = False
    assert found is False
    assert store.get_collection("c") == [{"k": 1}]


@pytest.mark.parametrize("key", ["$or", "$and", "$where", "$nor"])
def test_keys_are_no_queries(store, key):
    store.add_data("c", {"k": 1})
    with pytest.raises(Invalid):
        store.remove_data("c", key, [{"k": 1}])
    assert store.get_collection("c") == [{"k": 1}]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(-1e6, 1e6, width=32)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner),
    max_leaves=8,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    entries=st.lists(st.dictionaries(st.text("abxyz", min_size=1), JSON), max_size=5)
)
def test_what_is_kept_is_given_back(store, entries):
    store.clear_collection("c")
    store.add_data("c", entries)
    assert store.get_collection("c") == (entries or None)
