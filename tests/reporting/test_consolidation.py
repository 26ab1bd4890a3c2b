from collective.mwsvm.reporting.consolidation import average
from copy import deepcopy
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import json
import math
import pytest
import sys


def field(*values):
    """What samples with these values consolidate to."""
    return average([{"field": value} for value in values])["field"]


def test_the_guides_table():
    """Section 5.1.2."""
    samples = [
        {
            "NumberEx": 2400,
            "StringEx": "str1",
            "ListEx": ["elem1"],
            "MixedEx": "str1",
            "MixedNumberEx": "str1",
        },
        {
            "NumberEx": 2410,
            "StringEx": "str2",
            "ListEx": ["elem2", "elem3"],
            "MixedEx": ["elem1"],
            "MixedNumberEx": ["elem1"],
        },
        {
            "NumberEx": 2405,
            "StringEx": "str3",
            "ListEx": ["elem4"],
            "MixedEx": None,
            "MixedNumberEx": 5,
        },
    ]
    assert json.dumps(average(samples)) == json.dumps(
        {
            "NumberEx": 2405,
            "StringEx": ["str1", "str2", "str3"],
            "ListEx": ["elem1", "elem2", "elem3", "elem4"],
            "MixedEx": ["str1", "elem1"],
            "MixedNumberEx": 5,
        }
    )


def test_the_guides_report():
    """Sections 5.2.2 and 5.2.4."""
    samples = [
        {"minutes1": 0.5, "minutes5": 0, "minutes15": 0},
        {"minutes1": 1, "minutes5": 0.5, "minutes15": 0.05},
        {"minutes1": 1, "minutes5": 0.5, "minutes15": 0.1},
        {"minutes1": 0.75, "minutes5": 1, "minutes15": 0.25},
        {"minutes1": 0, "minutes5": 1, "minutes15": 0.85},
    ]
    assert average(samples) == {"minutes1": 0.65, "minutes15": 0.25, "minutes5": 0.6}


@pytest.mark.parametrize(
    "values, expected",
    [
        # numbers
        ([1], 1),
        ([1, 2], 1.5),
        ([1, 2.0], 1.5),
        ([1.0, 2, 3], 2.0),
        ([2, "3", None, True, [9], {"a": 9}], 2),
        ([0.1] * 49, 0.1),
        ([1 / 49] * 49, 1 / 49),
        ([1e16, 1.0, -1e16], 1 / 3),
        # strings
        (["a"], ["a"]),
        (["a", "a", "b"], ["a", "a", "b"]),
        # true and false are not numbers
        ([True, False, True], [True, False, True]),
        # lists
        ([["a"], [], ["a", 1, None]], ["a", "a", 1, None]),
        ([[["a"], [[]]], ["b"]], ["a", "b"]),
        ([[], []], []),
        ([[1], [2]], [1, 2]),
        # null
        ([None], None),
        ([None, None], None),
        ([None, "a"], ["a"]),
        ([None, 5], 5),
        ([None, {"a": 1}], {"a": 1}),
        # objects
        ([{"a": 1, "b": "x"}, {"a": 2}], {"a": 1.5, "b": ["x"]}),
        ([{"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 3}}}], {"a": {"b": {"c": 2}}}),
        ([{"a": None}, {}], {"a": None}),
        ([{}, {}], {}),
        # objects among others
        ([{"a": 1}, "x", {"a": 2}], [{"a": 1}, "x", {"a": 2}]),
        ([{"a": 1}, [{"b": 2}]], [{"a": 1}, {"b": 2}]),
        ([{"a": 1}, 7], 7),
    ],
    ids=repr,
)
def test_values(values, expected):
    assert json.dumps(field(*values)) == json.dumps(expected)


def test_a_field_counts_where_it_is():
    assert average([{"a": 1}, {"b": 5}, {"a": 3}]) == {"a": 2, "b": 5}


def test_no_samples_have_no_data():
    assert average([]) is None
    assert average([{}]) == {}


@pytest.mark.parametrize(
    "values, expected",
    [
        ([math.nan], None),
        ([math.inf, 1, -math.inf, math.nan], 1),
        ([math.nan, "a"], ["a"]),
        ([[1.5, math.inf, {"a": [math.nan]}]], [1.5, None, {"a": [None]}]),
        ([{"a": math.nan}, "x"], [{"a": None}, "x"]),
        ([10**400], None),
        ([10**400, 3, -(10**400)], 3),
        ([sys.float_info.max] * 3, sys.float_info.max),
        ([sys.float_info.max, -sys.float_info.max], 0.0),
        ([5e-324] * 3, 5e-324),
        ([2**62, 2**62 + 2], 2**62 + 1),
        ([10**300, 10**300], 1e300),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_extreme_numbers(values, expected):
    result = field(*values)
    assert result == expected
    assert type(result) is type(expected)
    json.dumps(result, allow_nan=False)


def test_data_as_deep_as_anyone_likes():
    deep = 5
    deep_list = ["x", math.nan]
    for _ in range(5000):
        deep = {"a": deep}
        deep_list = [deep_list]
    result = average([deep, deep])
    for _ in range(5000):
        result = result["a"]
    assert result == 5
    assert field(deep_list, deep_list) == ["x", None, "x", None]
    assert len(field("x", deep)) == 2


def test_the_result_shares_nothing_with_the_samples():
    samples = [{"a": [{"b": [1]}]}, {"a": "x"}]
    before = deepcopy(samples)
    result = average(samples)
    result["a"][0]["b"].append(2)
    result["a"].append(3)
    assert samples == before


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = FLOATS | st.integers()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)
SAMPLES = st.dictionaries(st.sampled_from("abc"), VALUES)
NUMERIC = st.recursive(
    NUMBERS,
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), NUMERIC), st.integers(1, 7))
def test_equal_samples_give_their_own_numbers(sample, count):
    assert average([sample] * count) == sample


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=1), st.randoms())
def test_the_order_of_numbers_does_not_matter(numbers, random):
    result = field(*numbers)
    random.shuffle(numbers)
    assert field(*numbers) == result
    assert min(numbers) <= result <= max(numbers)


@settings(deadline=None)
@given(st.lists(SAMPLES, max_size=5))
def test_the_result_is_always_json(samples):
    before = repr(samples)
    json.dumps(average(samples), allow_nan=False)
    assert repr(samples) == before


@settings(deadline=None)
@given(st.lists(SAMPLES, min_size=1, max_size=5))
def test_every_field_of_a_sample_is_in_the_result(samples):
    assert set(average(samples)) == {name for sample in samples for name in sample}
