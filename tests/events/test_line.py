"""The line that an event has in events.log."""

from collective.mwsvm.events import log
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import UTC
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from tests.events.samples import EVENTS
from tests.events.samples import JOB
from tests.events.samples import LINES
import pytest
import re


TIME = "2012-01-27T15:18:30.000-07:00"
SHORT = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
ESCAPE = re.compile(r'\\(?:u([0-9A-F]{4})|([nrt"\\]))')
PAIR = re.compile(r' ([A-Za-z0-9.:_\\-]+)="((?:[^"\\]|\\.)*)"')


def unescape(text):
    """What Java makes of the inside of a string literal."""
    units = ESCAPE.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else SHORT[found[2]], text
    )
    return units.encode("utf-16-be", "surrogatepass").decode(
        "utf-16-be", "surrogatepass"
    )


def read(text):
    """The pairs of a line, as a script would read them."""
    time, pairs = text[: text.index(" ")], text[text.index(" ") :]
    assert PAIR.sub("", pairs) == ""
    return time, {name: unescape(value) for name, value in PAIR.findall(pairs)}


@pytest.mark.parametrize("event, expected", zip(EVENTS, LINES, strict=True))
def test_the_guides_lines(event, expected):
    assert log.line(event, event["eventTime"]) == expected


def test_the_same_for_the_guides_json():
    # There the serialization has no white space around it.
    primary = EVENTS[0]["primaryObject"] | {"serialization": JOB}
    assert log.line(EVENTS[0] | {"primaryObject": primary}, TIME) == LINES[0]


def test_the_guides_quotes():
    event = {"errorMessage": {"message": 'RM says, "Cannot provision vm21"'}}
    assert log.line(event, TIME) == (
        TIME + r' error.message="RM says, \"Cannot provision vm21\""'
    )


@pytest.mark.parametrize(
    "text, expected",
    [
        ('"', r"\""),
        ("\\", r"\\"),
        ("\n", r"\n"),
        ("\r", r"\r"),
        ("\t", r"\t"),
        ("\0\b\f\x1b\x7f", r"\u0000\u0008\u000C\u001B\u007F"),
        ("é\u2028", r"\u00E9\u2028"),
        ("😀", r"\uD83D\uDE00"),
        ("\ud800", r"\uD800"),
        ("'/<>", "'/<>"),
    ],
)
def test_escapes(text, expected):
    assert log.escape(text) == expected


def test_fields_that_are_missing_or_null_are_left_out():
    event = {
        "eventType": "jobstart",
        "status": None,
        "initiatedBy": {"user": None, "proxyUser": "bob"},
        "primaryObject": None,
        "relatedObjects": None,
        "details": {"a": None, "b": ""},
        "severity": "WARN",
        "id": "4fa46081c4aa5b896ac4b757",
    }
    assert log.line(event, TIME) == (
        f'{TIME} type="jobstart" initiatedBy.proxyUser="bob" detail.b=""'
    )
    assert log.line({}, TIME) == TIME


def test_the_error_comes_last():
    event = {
        "errorMessage": {"message": "m"},
        "details": {"a": "1"},
        "primaryObject": {"serialization": " s\n"},
    }
    assert log.line(event, TIME) == (
        f'{TIME} detail.a="1" primaryObject.serialization="s" error.message="m"'
    )


def test_related_objects_of_one_type_stay_in_order():
    event = {
        "relatedObjects": [
            {"type": "vm", "id": "b"},
            {"id": "c"},
            {"type": "vm", "id": "a"},
        ]
    }
    assert read(log.line(event, TIME))[1] == {
        "relatedObject.0.id": "c",
        "relatedObject.1.type": "vm",
        "relatedObject.1.id": "b",
        "relatedObject.2.type": "vm",
        "relatedObject.2.id": "a",
    }


def test_fifty_details_at_most():
    event = {"details": {f"d{n}": "x" for n in range(60)}}
    pairs = read(log.line(event, TIME))[1]
    assert list(pairs) == [f"detail.d{n}" for n in range(50)]


def test_odd_names_and_values_keep_the_line_readable():
    event = {"details": {'a="\n.b': 2, "c:_-9": True, "d": {"e": ["é"]}}}
    assert log.line(event, TIME) == (
        TIME + r' detail.a\u003D\u0022\u000A\u002Eb="2" detail.c:_-9="true"'
        r' detail.d="{\"e\": [\"\\u00e9\"]}"'
    )


@pytest.mark.parametrize(
    "moment, expected",
    [
        (datetime(2012, 1, 27, 15, 18, 30, tzinfo=timezone(timedelta(hours=-7))), TIME),
        (
            datetime(2012, 1, 27, 22, 18, 30, 123999, UTC),
            "2012-01-27T22:18:30.123+00:00",
        ),
    ],
)
def test_times(moment, expected):
    assert log.time_text(moment) == expected


def test_a_time_needs_a_zone():
    with pytest.raises(ValueError, match="time zone"):
        log.time_text(datetime(2012, 1, 27))


ANY = st.text(st.characters())  # lone surrogates, too
SPECIAL = st.text(st.sampled_from('"\\\n\r\tun0é😀 ='))
TEXTS = ANY | SPECIAL
NAMES = st.text("abcXYZ019:_-", min_size=1)


@settings(deadline=None)
@given(TEXTS)
def test_what_is_escaped_can_be_read_again(text):
    escaped = log.escape(text)
    assert escaped.isascii() and (escaped.isprintable() or not escaped)
    # A pair of lone surrogates is one character in Java.
    whole = text.encode("utf-16-be", "surrogatepass")
    assert unescape(escaped) == whole.decode("utf-16-be", "surrogatepass")


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "eventType": TEXTS,
            "status": TEXTS | st.none(),
            "initiatedBy": st.fixed_dictionaries({"user": TEXTS}),
            "primaryObject": st.fixed_dictionaries(
                {"id": TEXTS, "serialization": TEXTS | st.none()}
            ),
            "relatedObjects": st.lists(
                st.fixed_dictionaries({"type": TEXTS, "id": TEXTS}), max_size=3
            ),
            "errorMessage": st.fixed_dictionaries({"message": TEXTS}),
            "details": st.dictionaries(TEXTS, TEXTS | st.integers(), max_size=4),
        },
    )
)
def test_an_event_is_always_one_line(event):
    text = log.line(event, TIME)
    assert len(text.splitlines()) == 1
    assert text.isascii() and text.isprintable()
    assert text == TIME or read(text)[0] == TIME


@settings(deadline=None)
@given(st.dictionaries(NAMES, SPECIAL, max_size=5))
def test_details_can_be_read_again(details):
    text = log.line({"eventType": "x", "details": details}, TIME)
    pairs = read(text)[1]
    assert pairs == {"type": "x"} | {f"detail.{n}": v for n, v in details.items()}
