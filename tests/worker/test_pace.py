"""A task that costs much leaves the processor to others."""

from collective.mwsvm.worker.pace import Pace
import pytest


class Times:
    def __init__(self):
        self.clock = 100.0
        self.cost = 0.0

    def pace(self, **options):
        return Pace(clock=lambda: self.clock, cost=lambda: self.cost, **options)

    def work(self, pace, seconds):
        with pace.turn():
            self.clock += seconds
            self.cost += seconds


def test_a_turn_that_cost_much_is_followed_by_a_pause():
    times = Times()
    pace = times.pace(share=0.25, free=0.2)
    assert pace.due
    times.work(pace, 1)
    assert not pace.due
    times.clock += 2.9
    assert not pace.due
    times.clock += 0.1
    assert pace.due


def test_cheap_turns_need_none():
    times = Times()
    pace = times.pace(free=0.2)
    times.work(pace, 0.1)
    assert pace.due


def test_what_waits_for_others_costs_nothing():
    times = Times()
    pace = times.pace()
    with pace.turn():
        times.clock += 60
    assert pace.due


def test_a_turn_that_fails_counts():
    times = Times()
    pace = times.pace()
    with pytest.raises(ValueError), pace.turn():
        times.cost += 10
        raise ValueError
    assert not pace.due
