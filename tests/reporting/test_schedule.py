"""When a report's datapoints are due."""

from collective.mwsvm.reporting.consolidation import next_consolidation
from collective.mwsvm.reporting.consolidation import windows
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from itertools import pairwise
import pytest


@pytest.mark.parametrize(
    "created, last_end, now, expected",
    [
        (1000, None, 1000, 1600),  # the guide's: ten minutes from the creation
        (1000, None, 1599, 1600),
        (1000, None, 1600, 1600),
        (1000, None, 1601, 2200),
        (1000, 900, 1000, 1500),  # from the end of the latest datapoint
        (1000, 100, 1000, 1300),  # that was in the past: at the interval from there
        (1000, 400, 1000, 1000),
        (1000, 5000, 1000, 5600),  # datapoints of the future
        (1000, None, 10, 1600),  # the clock was set back
    ],
)
def test_next_consolidation(created, last_end, now, expected):
    assert next_consolidation(created, last_end, 600, now) == expected


@pytest.mark.parametrize(
    "last_end, now, limit, expected",
    [
        (1000, 1000, 5, []),
        (1000, 1599, 5, []),
        (1000, 1600, 5, [(1000, 1600)]),
        (1000, 2900, 5, [(1000, 1600), (1600, 2200), (2200, 2800)]),
        (1000, 2900, 2, [(1600, 2200), (2200, 2800)]),
        (1000, 2900, 0, []),
        (1000, 10, 5, []),
        (0, 1_800_000_000, 1, [(1_799_999_400, 1_800_000_000)]),
    ],
)
def test_windows(last_end, now, limit, expected):
    assert windows(last_end, 600, now, limit) == expected


@pytest.mark.parametrize("duration", [0, -1])
def test_a_datapoint_lasts(duration):
    with pytest.raises(ValueError):
        windows(0, duration, 1, 1)
    with pytest.raises(ValueError):
        next_consolidation(0, None, duration, 1)


@pytest.mark.parametrize(
    "last_end, duration, now",
    [
        (8.993708528584847, 1, 464.9937085285848),
        (1066250897.9157335, 600, 1533300497.9157333),
    ],
)
def test_where_the_quotient_is_rounded_over_an_edge(last_end, duration, now):
    (window,) = windows(last_end, duration, now, 1)
    assert window[1] <= now < window[1] + duration


MOMENTS = st.floats(1.0e9, 4.0e9)
DURATIONS = st.integers(1, 10**8)


@settings(deadline=None)
@given(MOMENTS, DURATIONS, MOMENTS, st.integers(0, 50))
def test_windows_abut_and_none_is_left_out(last_end, duration, now, limit):
    due = windows(last_end, duration, now, limit)
    assert len(due) <= limit
    for (_, end), (start, _) in pairwise(due):
        assert end == start
    for start, end in due:
        assert end - start == pytest.approx(duration, abs=1e-5)
        assert last_end <= start < end <= now
    if due:
        assert due[-1][1] + duration > now - 1e-5
    if 0 < len(due) < limit:
        assert due[0][0] == last_end


@settings(deadline=None)
@given(MOMENTS, DURATIONS, MOMENTS)
def test_the_next_one_is_when_the_next_window_ends(last_end, duration, now):
    following = next_consolidation(0, last_end, duration, now)
    assert following >= now
    assert windows(last_end, duration, following, 1)[-1][1] == following
    if following > now:
        made = windows(last_end, duration, now, 1)
        assert following - (made[-1][1] if made else last_end) == pytest.approx(
            duration, abs=1e-5
        )


@settings(deadline=None)
@given(MOMENTS, DURATIONS, st.lists(st.floats(0, 20), max_size=5))
def test_made_step_by_step_they_abut_too(created, duration, steps):
    end = now = created
    made = 0
    for step in steps:
        now += step * duration
        for start, stop in windows(end, duration, now, 100):
            assert start == end
            end = stop
            made += 1
    assert end == pytest.approx(created + made * duration, abs=1e-3)
    assert now - end < duration + 1e-3
