from collective.mwsvm.plugins import JobReportState
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins.config_object import ConfigObject
from collective.mwsvm.plugins.plain import plain
from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import UTC
from enum import IntEnum
from enum import StrEnum
from hypothesis import given
from hypothesis import strategies as st
import math
import orjson
import pytest


class Number(IntEnum):
    ONE = 1


class Text(StrEnum):
    ONE = "one"


class Own(str):
    pass


CYCLE = []
CYCLE.append(CYCLE)

SUMMER = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (5, 5),
        (2**64 - 1, 2**64 - 1),
        (0.5, 0.5),
        (math.nan, None),
        (math.inf, None),
        ("text", "text"),
        (Own("text"), "text"),
        (JobReportState.SUBMIT_ERROR, "SUBMIT_ERROR"),
        (Number.ONE, "ONE"),
        (Text.ONE, "ONE"),
        (datetime(2020, 1, 2, 3, 4, 5, tzinfo=SUMMER), "2020-01-02 01:04:05 UTC"),
        (datetime(2020, 1, 2, 3, 4, 5), "2020-01-02 03:04:05 UTC"),
        (date(2020, 1, 2), "2020-01-02 00:00:00 UTC"),
        ((1, (2,)), [1, [2]]),
        ({3}, [3]),
        (frozenset(["a"]), ["a"]),
        (ConfigObject({"a": {"b": 1}}), {"a": {"b": 1}}),
        ({2: 1}, {"2": 1}),
        ({Text.ONE: "c", 0.5: "d", False: 1}, {"ONE": "c", "0.5": "d", "false": 1}),
    ],
)
def test_values(value, expected):
    assert plain(value, "It") == expected


def test_reports():
    report = NodeReport("N1")
    report.timestamp = datetime(2020, 1, 1, tzinfo=UTC)
    assert plain([report], "It") == [report.to_json()]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (object(), "It is no JSON value: there is an object of the class object"),
        ({"a": [1, b"x"]}, "an object of the class bytes at a[1]"),
        ({"a": {"b": NodeReport}}, "the class type at a.b"),
        ({(1, 2): 3}, "a key of the class tuple"),
        ([2**64], "more than 64 bits at [0]"),
        (-(2**63) - 1, "more than 64 bits"),
        (CYCLE, "contains itself"),
        (iter([1]), "the class list_iterator"),
    ],
)
def test_what_has_no_form(value, sentence):
    with pytest.raises(TypeError) as caught:
        plain(value, "It")
    assert sentence in str(caught.value)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats()
        | st.text()
        | st.datetimes(timezones=st.just(UTC)),
        lambda inner: (
            st.lists(inner)
            | st.tuples(inner)
            | st.dictionaries(st.text() | st.integers(), inner)
        ),
    )
)
def test_all_of_it_can_be_sent_and_stays_as_it_is(value):
    made = plain(value, "It")
    assert orjson.loads(orjson.dumps(made)) == made
    assert plain(made, "It") == made
