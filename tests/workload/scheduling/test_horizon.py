"""How long decisions hold while only time goes on."""

from collective.mwsvm.workload.scheduling import horizon
from collective.mwsvm.workload.scheduling import schedule
from collective.mwsvm.workload.scheduling.world import Phase
from collective.mwsvm.workload.scheduling.world import World
from dataclasses import replace
from hypothesis import assume
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from math import inf
from math import nextafter
from tests.workload.scheduling.test_properties import worlds
from tests.workload.scheduling.worlds import carried_on
from tests.workload.scheduling.worlds import job
from tests.workload.scheduling.worlds import node
from tests.workload.scheduling.worlds import NOW
from tests.workload.scheduling.worlds import reservation
from tests.workload.scheduling.worlds import running
from tests.workload.scheduling.worlds import world
import pytest


DATES = st.none() | st.integers(1, 200).map(lambda seconds: NOW + seconds)


@st.composite
def dated(draw):
    """A world in which everything has started that could; some jobs have dates."""
    found = draw(worlds())
    jobs = [
        replace(each, earliest_start=draw(DATES), deadline=draw(DATES))
        if each.phase is Phase.WAITING
        else each
        for each in found.jobs
    ]
    urgent = draw(st.sampled_from((10, 3600)))
    found = replace(
        found, jobs=tuple(jobs), config=replace(found.config, urgent=urgent)
    )
    return carried_on(found, schedule(found), NOW)


@given(dated(), st.data())
@settings(max_examples=500)
def test_until_then_the_decisions_are_the_same(given_world, data):
    decisions = schedule(given_world)
    end = horizon(given_world, decisions)
    assume(end > NOW)
    last = min(nextafter(end, 0), NOW + 2000)
    now = data.draw(st.integers(int(NOW), int(last)).map(float) | st.just(last))
    later = schedule(replace(given_world, now=now))
    assert later.starts == ()
    assert later.blocked == decisions.blocked
    assert later.refused == decisions.refused
    assert later.ready == decisions.ready


def until(*things, **more):
    found = world(*things, **more)
    return horizon(found, schedule(found)) - NOW


BUSY = (node("n1"), running("Moab.1", ("n1", 4), ends=500))


@pytest.mark.parametrize(
    ("job", "others", "seconds"),
    [
        # Its plan starts in 500 seconds: others of 100 seconds may go before it till then.
        (job("Moab.2"), (), 400),
        (job("Moab.2", duration=600), (), 500),
        (job("Moab.2", earliest_start=NOW + 40), (), 40),
        (job("Moab.2", duration=100, deadline=NOW + 150), (), 50),
        (job("Moab.2", duration=100, deadline=NOW + 4000), (), 300),
        (job("Moab.2"), (reservation("r", "n1", start=30, end=1000),), 30),
        # A job of 100 seconds can start before it for 80 seconds more.
        (job("Moab.2"), (reservation("r", "n1", start=180, end=1000),), 80),
        (job("Moab.2"), (reservation("r", "n1", start=100, end=1000),), 0),
        (job("Moab.2"), (reservation("r", "n1", acl=["QTIME:5:GT:POSITIVE"]),), 0),
    ],
)
def test_what_changes_them(job, others, seconds):
    found = until(*BUSY, job, *others)
    assert found == pytest.approx(seconds)


def test_what_is_past_its_end_may_end_at_any_time():
    overdue = running("Moab.1", ("n1", 4), ends=-5)
    assert until(node("n1"), overdue, job("Moab.2")) == 0


def test_after_a_start_the_world_is_another_one():
    assert until(node("n1"), job("Moab.1")) == 0


def test_nothing_changes_by_itself_without_waiting_jobs():
    nothing = World(now=NOW)
    assert horizon(nothing, schedule(nothing)) == inf
    assert until(*BUSY) == inf


def test_held_jobs_wait_for_people():
    assert until(node("n1"), job("Moab.1", holds=frozenset({"User"}))) == inf
