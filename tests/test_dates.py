from collective.mwsvm.models import dates
from datetime import datetime
from datetime import UTC
from hypothesis import given
from hypothesis import strategies as st
import pytest


@pytest.mark.parametrize(
    "given_text, expected",
    [
        ("2013-05-23 17:32:02 UTC", "2013-05-23 17:32:02 UTC"),
        ("2013-05-23 17:32:02 GMT", "2013-05-23 17:32:02 UTC"),
        ("2012-12-21 15:12:01 MST", "2012-12-21 22:12:01 UTC"),
        ("2012-07-21 15:12:01 MDT", "2012-07-21 21:12:01 UTC"),
        ("2012-07-21 15:12:01 America/Denver", "2012-07-21 21:12:01 UTC"),
        ("2012-12-21 15:12:01 America/Denver", "2012-12-21 22:12:01 UTC"),
        ("2012-01-27T15:18:30.000-07:00", "2012-01-27 22:18:30 UTC"),
        ("2012-01-27 15:18:30 -0700", "2012-01-27 22:18:30 UTC"),
        ("2012-01-27T15:18:30Z", "2012-01-27 15:18:30 UTC"),
        (" 2012-01-27 15:18:30 UTC ", "2012-01-27 15:18:30 UTC"),
        ("0999-01-27 15:18:30 UTC", "0999-01-27 15:18:30 UTC"),
    ],
)
def test_dates_are_taken_in_any_zone(given_text, expected):
    assert dates.normalise(given_text) == expected


@pytest.mark.parametrize(
    "text, message",
    [
        ("yesterday", "'yesterday' is not a date; a date is yyyy-MM-dd HH:mm:ss ZZZ"),
        ("2012-13-27 15:18:30 UTC", "month must be in 1..12"),
        ("2012-02-30 15:18:30 UTC", "day is out of range|day 30 must be in range"),
        ("2012-02-20 15:18:30 Mars/Base", "the time zone 'Mars/Base' is not known"),
        ("2012-02-20 15:18:30 ../../etc/passwd", "is not known"),
        ("2012-02-20 15:18:30 /etc/passwd", "is not known"),
        ("2012-02-20 15:18:30", "is not a date"),
        ("0001-01-01 00:00:00 +01:00", "is not a date"),
        ("2012-02-20 15:18:30 +99:00", "is not a date"),
        ("x" * 10_000, r"xxx\.\.\.' is not a date"),
    ],
)
def test_what_is_wrong_with_a_date_is_said(text, message):
    with pytest.raises(ValueError, match=message):
        dates.normalise(text)


moments = st.datetimes(
    min_value=datetime(2, 1, 1),
    max_value=datetime(9998, 12, 31),
    timezones=st.just(UTC),
)


@given(moments, moments)
def test_the_order_of_the_texts_is_the_order_in_time(one, other):
    one, other = one.replace(microsecond=0), other.replace(microsecond=0)
    texts = dates.normalise(one.isoformat()), dates.normalise(other.isoformat())
    assert (texts[0] < texts[1]) == (one < other)
    assert dates.parse(texts[0]) == one


def test_moments_are_written_as_mws_does():
    assert dates.mws(1369330322.9) == "2013-05-23 17:32:02 UTC"
    assert dates.seconds("2013-05-23 17:32:02 UTC") == 1369330322
