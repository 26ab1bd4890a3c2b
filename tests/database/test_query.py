"""Reading queries and sorts: what they hold, and what is wrong with them."""

from collective.mwsvm.database import conditions
from collective.mwsvm.database.conditions import And
from collective.mwsvm.database.conditions import Compare
from collective.mwsvm.database.conditions import Equal
from collective.mwsvm.database.conditions import Field
from collective.mwsvm.database.conditions import In
from collective.mwsvm.database.conditions import Not
from collective.mwsvm.database.query import both
from collective.mwsvm.database.query import EVERYTHING
from collective.mwsvm.database.query import from_document
from collective.mwsvm.database.query import parse_query
from collective.mwsvm.database.query import parse_sort
from collective.mwsvm.models.errors import Invalid
from datetime import datetime
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from tests.database.query_strategies import queries
import json
import pytest
import time


def condition(document, is_date=lambda path: False):
    return from_document(document, is_date).condition


def refused(text, is_date=lambda path: False):
    with pytest.raises(Invalid) as caught:
        parse_query(text, is_date)
    return str(caught.value)


def test_a_query_becomes_a_tree():
    assert parse_query('{"a.b": 1}').condition == Field(("a", "b"), Equal(1))
    assert parse_query("{a: {$ne: 'x'}}").condition == Not(Field(("a",), Equal("x")))
    assert condition({"a": {"$gt": 1, "$lt": 5}}) == And(
        (Field(("a",), Compare(">", 1)), Field(("a",), Compare("<", 5)))
    )
    assert parse_query("{}") == EVERYTHING


def test_a_query_never_changes():
    with pytest.raises(AttributeError):
        EVERYTHING.condition = And(())


def test_ranges_over_two_values_or_none_are_lists():
    assert condition({"a": {"$gte": None}}) == Field(("a",), Equal(None))
    assert condition({"a": {"$lt": None}}) == Field(("a",), In(()))
    assert condition({"a": {"$gt": False}}) == Field(("a",), In((True,)))
    assert condition({"a": {"$gt": True}}) == Field(("a",), In(()))
    assert condition({"a": {"$lte": False}}) == Field(("a",), In((False,)))
    assert condition({"a": {"$gte": False}}) == Field(("a",), In((True, False)))
    assert condition({"a": {"$lte": True}}) == Field(("a",), In((False, True)))


def test_its_paths():
    query = parse_query(
        '{"a.b": 1, "$or": [{"c": {"$elemMatch": {"d": 1, "e.f": 2}}}, {"a.b": 3}], '
        '"g": {"$not": {"$elemMatch": {"$gt": 1}}}}'
    )
    assert query.paths() == ("a.b", "c", "c.d", "c.e.f", "g")
    assert both(query, parse_query("{h: 1}")).paths() == (*query.paths(), "h")
    assert EVERYTHING.paths() == ()


def test_numbers_are_written_in_one_way():
    values = condition(
        {"a": [1.0, -0.0, 2**53 + 1, 2**63, 1.5, 1e300, True]}
    ).test.value
    assert [(type(value), value) for value in values] == [
        (int, 1),
        (int, 0),
        (int, 2**53 + 1),
        (float, 2.0**63),
        (float, 1.5),
        (float, 1e300),
        (bool, True),
    ]


def is_date(path):
    return path in ("when", "req.when", "req.0")


def test_dates_are_taken_in_any_zone():
    utc = "2013-05-23 17:32:02 UTC"
    there = "2013-05-23 11:32:02 MDT"
    for operator in ("$eq", "$gt", "$lte"):
        found = condition({"when": {operator: there}}, is_date)
        assert utc in (
            getattr(found.test, "value", 0),
            getattr(found.test, "operand", 0),
        )
    assert condition({"when": there}, is_date).test == Equal(utc)
    assert condition({"when": {"$nin": [there, None]}}, is_date).part.test == In(
        (utc, None)
    )
    assert condition({"when": [there]}, is_date).test == Equal([utc])
    assert condition({"req": {"when": there, "x": there}}, is_date).test == Equal(
        {"when": utc, "x": there}
    )
    assert condition({"when": 5}, is_date).test == Equal(5)
    assert condition({"x": there}, is_date).test == Equal(there)


@pytest.mark.parametrize(
    "document",
    [
        {"req.when": "2013-05-23 11:32:02 MDT"},
        {"req.3.when": "2013-05-23 11:32:02 MDT"},
        {"req": {"$elemMatch": {"when": "2013-05-23 11:32:02 MDT"}}},
        {"req": {"$elemMatch": {"$or": [{"when": "2013-05-23 11:32:02 MDT"}]}}},
        {"req.when": {"$not": {"$all": ["2013-05-23 11:32:02 MDT"]}}},
        {"req.when": {"$elemMatch": {"$gt": "2013-05-23 11:32:02 MDT"}}},
    ],
    ids=str,
)
def test_dates_wherever_they_are(document):
    encoded = conditions.encode(condition(document, is_date))
    assert "2013-05-23 17:32:02 UTC" in encoded
    assert "MDT" not in encoded


def test_a_wrong_date_names_field_and_value():
    for document in ({"when": "soon"}, {"when": {"$in": ["soon"]}}):
        message = refused(json.dumps(document), is_date)
        assert message.startswith(
            "query: 'when' is a date, and 'soon' can't be compared"
        )


@pytest.mark.parametrize(
    "document, message",
    [
        (
            {"$where": 1},
            "query: unknown operator '$where'; allowed are $and, $or, $nor, $eq,",
        ),
        ({"a": {"$near": 1}}, "query: unknown operator '$near'; allowed are $and, $or"),
        (
            {"a": {"$elemMatch": {"$near": 1}}},
            "query: unknown operator '$near'; allowed",
        ),
        ({"$gt": 1}, "query: $gt needs a field: {field: {$gt: ...}}"),
        (
            {"a": {"$and": [{"b": 1}]}},
            "query: $and stands beside fields, not below one",
        ),
        (
            {"a": {"$gt": 1, "b": 2}},
            "'a' has the operator '$gt' and the key 'b' side by side",
        ),
        (
            {"a": {"b": {"$gt": 1}}},
            "'a.b' is compared with an object that has the key '$gt'",
        ),
        ({"a": [{"$x": 1}]}, "'a' is compared with an object that has the key '$x'"),
        (
            {"a": {"$eq": {"$x": 1}}},
            "'a' is compared with an object that has the key '$x'",
        ),
        ({"": 1}, "query: '' is no path: a step is empty"),
        ({"a..b": 1}, "query: 'a..b' is no path: a step is empty"),
        ({".a": 1}, "query: '.a' is no path: a step is empty"),
        ({"a.$b": 1}, "query: 'a.$b' is no path: '$b' begins with $"),
        ({"a\0": 1}, "is no path: it holds the character NUL"),
        ({"a": "\0"}, "query: the character NUL (\\u0000) is not allowed"),
        ({"a": {"b\0": 1}}, "query: the character NUL (\\u0000) is not allowed"),
        ({"a": {"$regex": "\0"}}, "no text holds the character \\x{0}"),
        ({".".join("a" * 21): 1}, "has more than 20 steps"),
        ({"a.0.0.0.0.0": 1}, "'a.0.0.0.0.0' has more than 4 numbers in it"),
        ({"$and": []}, "query: $and must be a list of one or more objects"),
        ({"$or": {"a": 1}}, "query: $or must be a list of one or more objects"),
        ({"$nor": [1]}, "query: $nor must be a list of one or more objects"),
        ({"a": {"$in": 1}}, "query: $in must be a list of values"),
        ({"a": {"$nin": {}}}, "query: $nin must be a list of values"),
        ({"a": {"$all": "x"}}, "query: $all must be a list of values"),
        (
            {"a": {"$all": [{"$gt": 1}]}},
            "query: $all takes values, or only objects with",
        ),
        ({"a": {"$in": [*range(1001)]}}, "query: $in has more than 1000 values"),
        ({"a": {"$gt": []}}, "query: $gt takes a text, a number, true, false or null"),
        (
            {"a": {"$lte": {}}},
            "query: $lte takes a text, a number, true, false or null",
        ),
        ({"a": {"$not": 1}}, "query: $not must be an object with operators"),
        ({"a": {"$not": {}}}, "query: $not must be an object with operators"),
        (
            {"a": {"$type": "text"}},
            "query: $type does not know 'text'; allowed are double,",
        ),
        (
            {"a": {"$type": [2, 99]}},
            "query: $type does not know 99; allowed are double,",
        ),
        ({"a": {"$type": True}}, "query: $type does not know true"),
        ({"a": {"$type": []}}, "query: $type must be a type or a list of types"),
        ({"a": {"$size": -1}}, "query: $size must be a whole number, 0 or more"),
        ({"a": {"$size": 1.5}}, "query: $size must be a whole number, 0 or more"),
        ({"a": {"$size": True}}, "query: $size must be a whole number, 0 or more"),
        ({"a": {"$mod": [0, 1]}}, "query: $mod must be a list of two whole numbers"),
        ({"a": {"$mod": [2]}}, "query: $mod must be a list of two whole numbers"),
        ({"a": {"$mod": [2, "1"]}}, "query: $mod must be a list of two whole numbers"),
        (
            {"a": {"$mod": [1e300, 1]}},
            "query: $mod must be a list of two whole numbers",
        ),
        ({"a": {"$elemMatch": 1}}, "query: $elemMatch must be an object"),
        ({"a": {"$regex": 1}}, "query: $regex must be a text"),
        (
            {"a": {"$regex": "a", "$options": 1}},
            "query: $regex has $options that are no text",
        ),
        ({"a": {"$options": "i"}}, "query: $options needs a $regex beside it"),
        ({"a": {"$regex": "("}}, "query: $regex can't be '(': a '(' has no ')'"),
        (
            {"a": {"$regex": "a", "$options": "x"}},
            "the option x is not supported; allowed are",
        ),
        ({"a": {"$regex": "a" * 501}}, "it is longer than 500 characters"),
        ([], 'query: must be an object, such as {"name": "a"}'),
        ("a", 'query: must be an object, such as {"name": "a"}'),
        (None, 'query: must be an object, such as {"name": "a"}'),
        ({"a": "x" * 40_000}, "query: is longer than 32768 bytes"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_messages_name_what_is_wrong_and_what_is_allowed(document, message):
    assert message in refused(json.dumps(document))


def test_what_is_no_json_says_where():
    assert refused("{a: b}") == (
        "query: is no JSON object: a value (texts need quotes) expected at character 5: b"
    )
    assert refused("") == (
        "query: is no JSON object: a value (texts need quotes) expected, but the text ends"
    )
    assert refused('{"a": "\ud800"}') == "query: is no JSON object: it is not Unicode"
    assert refused("{" + " " * 33_000 + "}") == "query: is longer than 32768 bytes"


def test_long_values_are_cut_in_messages():
    assert len(refused(json.dumps({"a" * 5000 + "..": 1}))) < 200


@pytest.mark.parametrize(
    "document",
    [
        {"$or": [{"a": n} for n in range(501)]},
        {"$and": [{} for n in range(501)]},
        {"a": {"$all": [*range(501)]}},
        {f"a{n}": n for n in range(501)},
        {f"a{n}": {"$gt": 1, "$lt": 3} for n in range(251)},
        {"a": {"$elemMatch": {f"a{n}": n for n in range(500)}}},
    ],
    ids=["or", "and", "all", "fields", "ranges", "elements"],
)
def test_there_is_a_limit_to_conditions(document):
    assert refused(json.dumps(document)) == "query: has more than 500 conditions"


BOMBS = {
    "and": '{"$and":[' * 3000 + "{}" + "]}" * 3000,
    "not": '{"a":' + '{"$not":' * 3000 + "1" + "}" * 3001,
    "open": "{" * 10_000,
    "arrays": '{"a":' + "[" * 10_000 + "]" * 10_000 + "}",
    "lenient": "{a:" * 9000 + "1" + "}" * 9000,
    "elements": "{a:{$elemMatch:" * 1000 + "{}" + "}}" * 1000,
    "twenty-one": "{a:" * 21 + "1" + "}" * 21,
    "quotes": "{a:'" + "\\'" * 15_000,
    "blanks": "{a" + " " * 32_000,
    "dots": "{" + "a." * 15_000 + "b:1}",
    "dollars": "{" + "$" * 30_000,
    "numbers": "{a:" + "9" * 30_000 + "}",
    "digits in a path": '{"a.' + "9" * 30_000 + '": 1}',
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_fast(name):
    start = time.monotonic()
    if name == "digits in a path":
        assert parse_query(BOMBS[name])
    else:
        assert refused(BOMBS[name]).startswith("query: ")
    assert time.monotonic() - start < 0.5


def test_queries_from_elsewhere_have_their_own_name():
    with pytest.raises(Invalid, match="^resourceFilter: unknown operator '\\$x'"):
        from_document({"a": {"$x": 1}}, name="resourceFilter")


@pytest.mark.parametrize(
    "document",
    [
        {"a": datetime(2026, 1, 1)},
        {"a": (1, 2)},
        {"a": Ellipsis},
        {"a": float("nan")},
        {"a": {1}},
        {1: 1},
        {"a": {1: 1}},
        {"a": "\ud800"},
        {"\ud800": 1},
        {"a": 2**70},
    ],
    ids=str,
)
def test_only_json_makes_a_query(document):
    with pytest.raises(Invalid, match="^query: "):
        from_document(document)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["a", "a.0", "$and", "$or", "$not", "$in", "$regex", "$options"]
            )
            | st.sampled_from(
                ["$all", "$elemMatch", "$type", "$size", "$mod", "$gt", "$eq"]
            )
            | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(json_like)
def test_whatever_comes_is_a_query_or_invalid(document):
    try:
        query = from_document(document)
    except Invalid as error:
        assert str(error).startswith("query: ")
    else:
        assert conditions.decode(conditions.encode(query.condition)) == query.condition


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=50)
@given(queries)
def test_text_and_document_make_the_same_query(document):
    query = from_document(document)
    assert parse_query(json.dumps(document)) == query
    assert conditions.decode(conditions.encode(query.condition)) == query.condition


def test_a_sort():
    assert parse_sort('{"account": 1, "name": -1}') == (("account", 1), ("name", -1))
    assert parse_sort("{a.b: '-1', c: 1.0, 'd': \"1\"}") == (
        ("a.b", -1),
        ("c", 1),
        ("d", 1),
    )
    assert parse_sort("{}") == ()


@pytest.mark.parametrize(
    "text, message",
    [
        ("{a: 2}", "sort: 'a' must be 1 (ascending) or -1 (descending)"),
        ("{a: 'up'}", "sort: 'a' must be 1 (ascending) or -1 (descending)"),
        ("{a: true}", "sort: 'a' must be 1 (ascending) or -1 (descending)"),
        ("{a: [1]}", "sort: 'a' must be 1 (ascending) or -1 (descending)"),
        ("{a: null}", "sort: 'a' must be 1 (ascending) or -1 (descending)"),
        ("[]", 'sort: must be an object, such as {"name": 1}'),
        (
            "name",
            "sort: is no JSON object: a value (texts need quotes) expected at character 1",
        ),
        ("{'$a': 1}", "sort: '$a' is no path: '$a' begins with $"),
        ("{'a.': 1}", "sort: 'a.' is no path: a step is empty"),
        (json.dumps({f"a{n}": 1 for n in range(9)}), "sort: has more than 8 fields"),
        ("[" * 10_000, "sort: is no JSON object: it is nested too deeply"),
    ],
)
def test_a_wrong_sort(text, message):
    with pytest.raises(Invalid) as caught:
        parse_sort(text)
    assert message in str(caught.value)
