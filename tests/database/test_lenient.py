"""JSON as old clients write it."""

from collective.mwsvm.database import lenient
from collective.mwsvm.database.lenient import parse
from contextlib import suppress
from hypothesis import given
from hypothesis import strategies as st
import json
import pytest
import re
import time


@pytest.mark.parametrize(
    "text, value",
    [
        ('{"a": 1}', {"a": 1}),
        (
            "{extensions.native: {$ne: null}, hypervisor: false}",
            {"extensions.native": {"$ne": None}, "hypervisor": False},
        ),
        ('{"name": { $in: ["Moab.1"]} }', {"name": {"$in": ["Moab.1"]}}),
        ("{'a': 'it''s'}", None),
        ("{'a': 'it\\'s \"so\"\\n'}", {"a": 'it\'s "so"\n'}),
        ("{'é\\u00e9': '\\\\'}", {"éé": "\\"}),
        ("{a: [1, -2.5e3, true, {b-c: ''}]}", {"a": [1, -2500.0, True, {"b-c": ""}]}),
        (" {\n} ", {}),
        ("{a:1,b:2}", {"a": 1, "b": 2}),
        ("{a: 1, a: 2}", {"a": 2}),
        ("{états: 1, _x: 2}", {"états": 1, "_x": 2}),
        ("{true: true}", {"true": True}),
        ("[]", []),
    ],
)
def test_what_clients_send(text, value):
    if value is None:
        with pytest.raises(ValueError):
            parse(text, 20)
    else:
        assert parse(text, 20) == value


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "a value (texts need quotes) expected, but the text ends"),
        ("{a: b}", "a value (texts need quotes) expected at character 5: b"),
        ("{a: 1", "',' or '}' expected, but the text ends"),
        ("{a: [1", "',' or ']' expected, but the text ends"),
        ("{a 1}", "':' after the key 'a' expected at character 4: 1"),
        ("{a: 1,}", "a key expected at character 7: }"),
        ("{1: 1}", "a key expected at character 2: 1"),
        ("{a: 1} x", "the end expected at character 8: x"),
        ("{a: 'b}", "a value (texts need quotes) expected at character 5: 'b}"),
        ("{a: NaN}", "a value (texts need quotes) expected at character 5: NaN"),
        ("{a: 1.}", "a value (texts need quotes) expected at character 5: 1.}"),
        ("{a: '\\x'}", "invalid escape"),
        ("{a: '\\ud800'}", "at character 5"),
        ("{a: 1e999}", "at character 5"),
        ("{a: 01}", "at character 5"),
        ("{a: //\n1}", "a value (texts need quotes) expected at character 5"),
        ("{$: 1}", "a key expected at character 2: $"),
        ("{a..b: 1}", "':' after the key 'a' expected at character 3: ..b"),
        ("{a: {}}{", "the end expected"),
    ],
)
def test_what_is_wrong_and_where(text, message):
    with pytest.raises(ValueError) as caught:
        parse(text, 20)
    assert message in str(caught.value)


@pytest.mark.parametrize("brackets", ["[]", '{"a":}', "{a:}", "[ ]", '[{"a":}]'])
def test_deep_nesting_is_refused_fast(brackets):
    start, end = brackets[:-1].rstrip("]} "), brackets[-1]
    if brackets == '[{"a":}]':
        end = "}]"
    start_time = time.monotonic()
    for depth in (21, 300, 10_000):
        for text in (start * depth + "1" + end * depth, start * depth):
            with pytest.raises(ValueError):
                parse(text, 20)
    with pytest.raises(ValueError, match="it is nested too deeply"):
        parse(start * 21 + "1" + end * 21, 20)
    assert time.monotonic() - start_time < 1


def test_as_deep_as_it_may_be():
    assert parse("[" * 20 + "]" * 20, 20)
    assert parse("{a:" * 20 + "1" + "}" * 20, 20)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(json_values)
def test_strict_json_is_read_as_such(value):
    assert parse(json.dumps(value, ensure_ascii=False), 20) == value


@given(json_values)
def test_single_quotes_mean_the_same(value):
    text = re.sub(
        r'"((?:[^"\\]|\\.)*)"',
        lambda quoted: "'" + quoted[1].replace("'", "\\'") + "'",
        json.dumps(value, ensure_ascii=False),
    )
    assert parse(text, 20) == value


@given(st.text(alphabet="{}[]:,'\"\\ab$.1- \n\u00e9\ud800"))
def test_nothing_else_is_raised(text):
    with suppress(ValueError):
        parse(text, 20)


@pytest.mark.parametrize(
    "given, expected",
    [
        (b'{"a": 1, }', b'{"a": 1 }'),
        (b"[1,2,\n]", b"[1,2\n]"),
        (b'{"a": ",}", "b": [{},],}', b'{"a": ",}", "b": [{}]}'),
        (b'{"a": "\\",}"}', b'{"a": "\\",}"}'),
        (b'["unended,]', b'["unended,]'),
        (b"[1,,]", b"[1,]"),
    ],
)
def test_commas_too_many_go_and_strings_stay(given, expected):
    assert lenient.without_trailing_commas(given) == expected


def test_commas_too_many_are_found_in_good_time():
    lenient.without_trailing_commas(b'"' + b'\\"' * 1_000_000)
    lenient.without_trailing_commas(b'"' * 1_000_001)
