"""The reference: MongoDB's documented meaning, by example."""

from collective.mwsvm.database import ordering
from collective.mwsvm.database.matcher import matches
from collective.mwsvm.database.matcher import sort_documents
from collective.mwsvm.database.query import both
from collective.mwsvm.database.query import EVERYTHING
from collective.mwsvm.database.query import from_document
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from tests.database.query_strategies import documents
from tests.database.query_strategies import NUMBERS
from tests.database.query_strategies import operators
from tests.database.query_strategies import paths
from tests.database.query_strategies import queries
from tests.database.query_strategies import scalars
from tests.database.query_strategies import sorts
from tests.database.query_strategies import values
import pytest


class _Missing:
    def __repr__(self):
        return "missing"


MISSING = _Missing()


def match(document, query):
    return matches(document, from_document(query))


def holds(value, test):
    return match({} if value is MISSING else {"a": value}, {"a": test})


@pytest.mark.parametrize(
    "test, yes, no",
    [
        # Equality: one type, whole values or elements of an array.
        (5, [5, 5.0, [5], [1, 5]], ["5", True, None, [[5]], {"b": 5}, MISSING, []]),
        ("5", ["5", ["5"]], [5, "05", [["5"]]]),
        (True, [True, [True]], [1, "true", False]),
        (1, [1, 1.0], [True, "1"]),
        (None, [None, MISSING, [None], [1, None]], [0, False, "", [], {}, [[None]]]),
        (
            [1, 2],
            [[1, 2], [1.0, 2], [[1, 2]], [0, [1, 2]]],
            [[2, 1], [1, 2, 3], 1, [[[1, 2]]]],
        ),
        ([], [[], [[]]], [None, MISSING, {}, [1]]),
        (
            {"b": 1, "c": 2},
            [{"c": 2, "b": 1}, [{"b": 1, "c": 2}]],
            [{"b": 1}, {"b": 1, "c": 3}],
        ),
        ({}, [{}, [{}]], [{"b": 1}, [], None, MISSING]),
        ({"b": True}, [{"b": True}], [{"b": 1}]),
        ({"$eq": {"b": [1]}}, [{"b": [1]}], [{"b": 1}]),
        # Negations: whatever the positive form does not match.
        ({"$ne": 5}, ["5", None, MISSING, [], [1]], [5, [1, 5]]),
        ({"$ne": None}, [1, [], ""], [None, MISSING, [None]]),
        ({"$nin": [1, None]}, [2, []], [1, [1, 2], None, MISSING]),
        ({"$not": {"$gt": 3}}, [1, "x", None, MISSING, []], [5, [1, 5]]),
        ({"$not": {"$gt": 1, "$lt": 3}}, [1, 3, "x"], [2, [0, 5]]),
        ({"$not": {"$not": {"$eq": 1}}}, [1], [2]),
        # Lists.
        ({"$in": [1, "a", None]}, [1, "a", None, MISSING, [3, "a"]], [2, "b", []]),
        ({"$in": []}, [], [1, None, MISSING, []]),
        ({"$nin": []}, [1, None, MISSING, []], []),
        ({"$in": [[1], {"b": 1}]}, [[1], {"b": 1}, [[1]]], [1, {"b": 2}]),
        ({"$all": [1, 2]}, [[1, 2], [2, 3, 1]], [1, [1], [[1, 2]], []]),
        ({"$all": [1]}, [1, [1]], [2, []]),
        ({"$all": [[1, 2]]}, [[1, 2], [[1, 2], 3]], [[1], [2, 1]]),
        ({"$all": []}, [], [[], [1], None, MISSING]),
        ({"$all": [None]}, [None, MISSING, [None]], [1, []]),
        (
            {"$all": [{"$elemMatch": {"b": 1}}, {"$elemMatch": {"b": 2}}]},
            [[{"b": 1}, {"b": 2}]],
            [[{"b": 1}], {"b": 1}],
        ),
        # Ranges: one type only, any element.
        ({"$gt": 3}, [4, 3.5, [1, 4]], [3, "4", True, None, [], [[4]], {"b": 4}]),
        ({"$gte": 3, "$lt": 5}, [3, 4.5], [5, 2]),
        ({"$gt": 3, "$lt": 2}, [[1, 4]], [[1, 2], 2.5]),
        ({"$gt": "B"}, ["a", "b", "Ba", "é"], ["A", "B", "", 5]),
        ({"$lte": "é"}, ["z", "é"], ["ê", "𝄞"]),
        ({"$gt": False}, [True, [True]], [False, 1, None]),
        ({"$lte": True}, [True, False], [0, 1]),
        ({"$gte": None}, [None, MISSING, [None]], [0, False]),
        ({"$gt": None}, [], [None, MISSING, 0]),
        ({"$gt": 2**53}, [2**53 + 1, 1e300], [2**53, 9007199254740992.0]),
        # Existence and type.
        ({"$exists": True}, [None, 0, [], {}], [MISSING]),
        ({"$exists": False}, [MISSING], [None, 0, []]),
        ({"$exists": 1}, [None], [MISSING]),
        ({"$exists": "false"}, [MISSING], [None]),
        ({"$type": "string"}, ["x", ["x"]], [1, None, MISSING, [["x"]]]),
        ({"$type": 2}, ["x"], [1]),
        ({"$type": "array"}, [[], [1], [[]]], [1, {}, MISSING]),
        ({"$type": "object"}, [{}, [{}]], [[], None]),
        ({"$type": "bool"}, [True, False], [1, "true"]),
        ({"$type": "null"}, [None, [None]], [MISSING, []]),
        ({"$type": "int"}, [1, 1.0, -5, 2**60], [1.5, True, "1"]),
        ({"$type": "double"}, [1, 1.5, 1e300], [True, "1"]),
        ({"$type": ["string", 8]}, ["x", True], [1]),
        # Texts.
        (
            {"$regex": "^a.c$"},
            ["abc", ["x", "abc"]],
            ["xabc", "a\nc", 5, None, [["abc"]]],
        ),
        ({"$regex": "ABC", "$options": "i"}, ["xabcx"], ["ab"]),
        ({"$options": "ms", "$regex": "^b.c"}, ["a\nb\nc"], ["ab\nc"]),
        ({"$not": {"$regex": "a"}}, ["b", 5, MISSING], ["a", ["b", "a"]]),
        # Numbers.
        ({"$mod": [4, 1]}, [5, 5.9, 1, [2, 9]], [4, "5", True, None]),
        ({"$mod": [4, -1]}, [-5, -1], [5, 3, -3]),
        ({"$mod": [-4, 1]}, [5, 1], [-5]),
        ({"$mod": [4.0, 0]}, [0, 0.5, -0.5, 8], [1e300, 2]),
        ({"$mod": [10, 7]}, [2**63 - 1], [2**53]),
        # Arrays.
        ({"$size": 0}, [[]], [[1], None, MISSING, {}, "", [[]]]),
        ({"$size": 2.0}, [[1, 2]], [[1], "ab", [[1, 2]]]),
        ({"$elemMatch": {"$gt": 2, "$lt": 5}}, [[1, 3]], [3, [1, 6], [[3]], []]),
        ({"$elemMatch": {"$ne": 1}}, [[1, 2], [[1]]], [[1], [], 2]),
        ({"$elemMatch": {"$in": [[1]]}}, [[[1]]], [[1]]),
        ({"$elemMatch": {"$elemMatch": {"$eq": 1}}}, [[[1]]], [[1], [[[1]]]]),
        ({"$elemMatch": {"$exists": True}}, [[None], [1]], [[], 1]),
        ({"$elemMatch": {"$not": {"$gt": 2}}}, [[1], ["x"]], [[3], []]),
        ({"$elemMatch": {"$size": 1}}, [[[1]]], [[1]]),
        (
            {"$elemMatch": {"b": 1, "c": 2}},
            [[{"b": 1, "c": 2}]],
            [[{"b": 1}, {"c": 2}]],
        ),
        (
            {"$elemMatch": {"b": None}},
            [[{}], [1, {"c": 1}]],
            [[1], [[]], [{"b": 1}], {}],
        ),
        (
            {"$elemMatch": {"$or": [{"b": 1}, {"b": 2}]}},
            [[{"b": 2}]],
            [[{"b": 3}], [2]],
        ),
        ({"$elemMatch": {}}, [[{}], [{"b": 1}]], [[1], [[]], []]),
        ({"$elemMatch": {"0": 1}}, [[{"0": 1}]], [[[1]]]),
    ],
    ids=str,
)
def test_operators(test, yes, no):
    assert [value for value in yes if not holds(value, test)] == []
    assert [value for value in no if holds(value, test)] == []


@pytest.mark.parametrize(
    "query, yes, no",
    [
        # Through objects and arrays, one level at each step.
        (
            {"a.b": 1},
            [{"a": {"b": 1}}, {"a": [{"b": 1}]}, {"a": [2, {"b": [0, 1]}]}],
            [],
        ),
        (
            {"a.b": 1},
            [],
            [{"a": [[{"b": 1}]]}, {"a": {"b": [[1]]}}, {"a.b": 1}, {"a": 1}],
        ),
        ({"a.b.c": 1}, [{"a": [{"b": [{"c": 1}]}]}, {"a": {"b": [{"c": [1]}]}}], []),
        # Null is also what is missing, on any way.
        ({"a.b": None}, [{}, {"a": None}, {"a": 5}, {"a": {}}, {"a": {"b": None}}], []),
        (
            {"a.b": None},
            [{"a": [{"b": 1}, {}]}, {"a": [{"b": None}]}],
            [{"a": [{"b": 1}]}],
        ),
        ({"a.b": None}, [], [{"a": []}, {"a": [1, 2]}, {"a": [[{}]]}]),
        ({"a.b": {"$exists": False}}, [{}, {"a": []}, {"a": [1]}, {"a": [{}]}], []),
        (
            {"a.b": {"$exists": True}},
            [{"a": [{}, {"b": None}]}, {"a": {"b": []}}],
            [{"a": [{}]}],
        ),
        (
            {"a.b": {"$ne": 1}},
            [{"a": []}, {"a": [{"b": 2}]}],
            [{"a": [{"b": 2}, {"b": 1}]}],
        ),
        # Positions in arrays, and keys that look like them.
        (
            {"a.0": 1},
            [{"a": [1, 2]}, {"a": {"0": 1}}, {"a": [5, {"0": 1}]}],
            [{"a": [2, 1]}],
        ),
        ({"a.0": 1}, [], [{"a": [[1]]}, {"a": []}, {"a": 1}]),
        ({"a.0": [1]}, [{"a": [[1]]}], [{"a": [1]}]),
        ({"a.0": {"$size": 1}}, [{"a": [[1]]}], [{"a": [1]}]),
        (
            {"a.0.b": 1},
            [{"a": [{"b": 1}]}, {"a": [[{"b": 1}]]}],
            [{"a": [0, {"b": 1}]}],
        ),
        ({"a.1.0": 1}, [{"a": [0, [1]]}], [{"a": [[1]]}]),
        (
            {"a.0": None},
            [{}, {"a": {}}, {"a": [None]}, {"a": [{}]}],
            [{"a": []}, {"a": [1]}],
        ),
        ({"a.0.b": None}, [{"a": [{}]}, {"a": {"0": 5}}], [{"a": [5]}, {"a": []}]),
        ({"a.00": 1}, [{"a": {"00": 1}}], [{"a": [1]}]),
        ({"a.-1": 1}, [], [{"a": [1]}]),
        # Both conditions, not necessarily by one element.
        ({"a.b": 1, "a.c": 2}, [{"a": [{"b": 1}, {"c": 2}]}], [{"a": [{"b": 1}]}]),
        # And, or, nor.
        ({"$or": [{"a": 1}, {"b": 1}]}, [{"a": 1}, {"b": 1}], [{}, {"a": 2}]),
        ({"$nor": [{"a": 1}, {"b": 1}]}, [{}, {"a": 2}], [{"a": 1}, {"b": 1}]),
        ({"$and": [{"a": 1}, {"b": 1}]}, [{"a": 1, "b": 1}], [{"a": 1}]),
        ({"c": 1, "$or": [{"a": 1}, {}]}, [{"c": 1}], [{"a": 1}]),
        ({}, [{}, {"a": 1}], []),
    ],
    ids=str,
)
def test_paths(query, yes, no):
    assert [document for document in yes if not match(document, query)] == []
    assert [document for document in no if match(document, query)] == []


def test_of_two_queries_both_count():
    query = both(from_document({"a": 1}), from_document({"b": 2}))
    assert matches({"a": 1, "b": 2}, query)
    assert not matches({"a": 1}, query)
    assert matches({}, EVERYTHING)


relaxed = settings(
    deadline=None, suppress_health_check=list(HealthCheck), max_examples=60
)


@relaxed
@given(documents, queries)
def test_nor_is_the_opposite(bodies, query):
    for body in bodies:
        assert match(body, query) is not match(body, {"$nor": [query]})
        assert match(body, {"$and": [query, {}]}) is match(body, {"$or": [query]})


@relaxed
@given(documents, paths, operators)
def test_not_is_the_opposite_and_in_is_or(bodies, path, test):
    for body in bodies:
        assert match(body, {path: test}) is not match(body, {path: {"$not": test}})


@relaxed
@given(documents, paths, st.lists(values, min_size=1, max_size=4))
def test_in_and_all_are_or_and_and_of_equalities(bodies, path, wanted):
    equal = [{path: {"$eq": value}} for value in wanted]
    for body in bodies:
        assert match(body, {path: {"$in": wanted}}) is match(body, {"$or": equal})
        assert match(body, {path: {"$all": wanted}}) is match(body, {"$and": equal})


@relaxed
@given(values)
def test_every_value_equals_itself(value):
    assert holds(value, {"$eq": value})
    assert holds([value], {"$elemMatch": {"$eq": value}})


def order(values, direction=1, path="a"):
    documents = [
        {"id": at} if value is MISSING else {"id": at, "a": value}
        for at, value in enumerate(values)
    ]
    return [values[d["id"]] for d in sort_documents(documents, [(path, direction)])]


def test_types_have_an_order():
    ascending = [MISSING, -1, 2.5, 3, "", "B", "a", "é", {"b": 1}, [[1]], False, True]
    assert order(ascending[::-1]) == ascending
    assert order(ascending, -1) == ascending[::-1]


def test_what_is_equal_stays_in_the_order_of_ids():
    documents = [
        {"id": "b", "a": 1},
        {"id": "c"},
        {"id": "a", "a": 1.0},
        {"a": [], "id": "d"},
    ]
    assert [d["id"] for d in sort_documents(documents, [("a", 1)])] == [
        "c",
        "d",
        "a",
        "b",
    ]
    assert [d["id"] for d in sort_documents(documents, [("a", -1)])] == [
        "a",
        "b",
        "c",
        "d",
    ]
    assert [d["id"] for d in sort_documents(documents, [])] == ["a", "b", "c", "d"]
    assert order([{"b": 2}, {"b": 1}, {}]) == [{"b": 2}, {"b": 1}, {}]


def test_an_array_counts_by_its_least_or_greatest():
    assert order([[1, 9], 3, [2], []]) == [[], [1, 9], [2], 3]
    assert order([[1, 9], 3, [2], []], -1) == [[1, 9], 3, [2], []]
    assert order([5, [None, 9], [True, 1]]) == [[None, 9], [True, 1], 5]


def test_all_ways_of_a_path_count():
    values = [[{"b": 5}, {"b": 1}], {"b": 3}, [{"b": 4}, {}], [1], [{"b": [0, 9]}]]
    by = {at: order(values, at, "a.b") for at in (1, -1)}
    assert by[1] == [values[2], values[3], values[4], values[0], values[1]]
    assert by[-1] == [values[4], values[0], values[2], values[1], values[3]]


def test_the_first_field_counts_most():
    documents = [{"id": n, "a": n % 2, "b": n} for n in range(4)]
    ordered = sort_documents(documents, [("a", -1), ("b", -1)])
    assert [d["b"] for d in ordered] == [3, 1, 2, 0]


@relaxed
@given(documents, sorts)
def test_sorting_keeps_all_documents(bodies, sort):
    documents = [{**body, "id": str(at)} for at, body in enumerate(bodies)]
    ordered = sort_documents(reversed(documents), sort)
    assert sorted(ordered, key=lambda d: d["id"]) == documents
    assert ordered == sort_documents(documents, sort)


@given(
    st.lists(
        st.sampled_from(NUMBERS)
        | scalars
        | st.integers(-(2**63), 2**63)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        min_size=2,
    )
)
def test_packed_keys_compare_like_keys(values):
    keys = [ordering.key({"a": value}, "a", 1) for value in values]
    assert sorted(map(ordering.packed, keys)) == [
        ordering.packed(k) for k in sorted(keys)
    ]
