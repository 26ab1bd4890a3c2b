"""How numbers become lines."""

from collective.mwsvm.browser.dashboard.chart import draw
from collective.mwsvm.browser.dashboard.chart import HEIGHT
from collective.mwsvm.browser.dashboard.chart import Line
from collective.mwsvm.browser.dashboard.chart import raster
from collective.mwsvm.browser.dashboard.chart import round_top
from collective.mwsvm.browser.dashboard.chart import WIDTH
from hypothesis import given
from hypothesis import strategies as st
import pytest
import re


VALUES = st.lists(st.none() | st.floats(-10, 1e9), max_size=30)


def drawn(values, top):
    (found,) = draw([Line("id", "Label", values)], top)
    return found


@pytest.mark.parametrize(
    ("values", "top"),
    [
        ([], 2),
        ([None, 0], 2),
        ([2], 2),
        ([2.1, 1], 4),
        ([5], 6),
        ([9], 10),
        ([10], 10),
        ([11], 20),
        ([100.5], 200),
        ([99_999], 100_000),
    ],
)
def test_the_top_is_round(values, top):
    assert round_top([Line("id", "Label", values)]) == top


@given(VALUES)
def test_the_top_is_above_all_and_has_a_middle(values):
    top = round_top([Line("id", "Label", values)])
    assert top % 2 == 0
    assert all(value <= top for value in values if value is not None)


def test_a_line_and_the_area_below_it():
    found = drawn([0, 5, 10, 5], 10)
    assert found.line == "M125,200L375,100L625,0L875,100"
    assert found.area == "M125,200L125,200L375,100L625,0L875,100L875,200Z"


def test_gaps_part_a_line_and_what_is_alone_is_a_dot():
    found = drawn([1, 1, None, 2, None], 2)
    assert found.line == "M100,100L300,100 M700,0h0"
    assert found.area.count("Z") == 1
    assert drawn([None], 2).line == drawn([], 2).line == ""


@given(VALUES, st.integers(1, 100))
def test_nothing_is_drawn_outside(values, top):
    found = drawn(values, top)
    for x, y in re.findall(r"([-\d.e+]+),([-\d.e+]+)", found.line + found.area):
        assert 0 <= float(x) <= WIDTH
        assert 0 <= float(y) <= HEIGHT
    assert found.line.count("M") >= found.area.count("M")


def test_the_lines_behind():
    assert raster(2) == ("M0,0H1000M0,100H1000M0,200H1000M0,0V200M500,0V200M1000,0V200")
