"""Who comes first, who may go ahead, and what waiting jobs are told."""

from collective.mwsvm.workload.scheduling.decisions import QueueStatus
from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.scheduling.world import Config
from tests.workload.scheduling.worlds import decide
from tests.workload.scheduling.worlds import job
from tests.workload.scheduling.worlds import node
from tests.workload.scheduling.worlds import NOW
from tests.workload.scheduling.worlds import reservation
from tests.workload.scheduling.worlds import running
from tests.workload.scheduling.worlds import started
from tests.workload.scheduling.worlds import why
import pytest


def winner(*jobs):
    """Which of these gets the one place there is."""
    (name,) = started(decide(node("n1", 1), *jobs))
    return name


SAME = {"submitted": NOW - 10}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (job("b", system_priority=1), job("a", user_priority=99)),
        (job("b", user_priority=2), job("a", user_priority=1)),
        (job("b", user_priority=1, start_priority=2), job("a", user_priority=2)),
        (job("b", eligible_since=NOW - 50), job("a", eligible_since=NOW - 40)),
        (job("b", submitted=NOW - 50), job("a", submitted=NOW - 40)),
        (job("a", submitted=NOW - 50), job("b", eligible_since=NOW - 40)),
        (job("Moab.9", **SAME), job("Moab.10", **SAME)),
        (job("a", **SAME), job("b", **SAME)),
        (job("b", deadline=NOW + 150), job("a", user_priority=9)),
        (job("b", deadline=NOW + 150), job("a", deadline=NOW + 160)),
        (job("a", system_priority=1), job("b", deadline=NOW + 150)),
        (job("a", user_priority=1), job("b", deadline=NOW + 99)),
        (job("a", user_priority=1), job("b", deadline=NOW + 100 + 3601)),
    ],
)
def test_the_order_of_the_queue(first, second):
    assert winner(first, second) == winner(second, first) == first.name
    blocker = running("r", ("n1", 1))
    decisions = decide(node("n1", 1), blocker, second, first)
    assert decisions.order == (first.name, second.name)


def test_what_is_waited_for_is_said():
    reason = why(node("n1"), running("r", ("n1", 2), ends=50), job("a", processors=4))
    assert reason.message == (
        "It waits for 4 processors: node n1 has 2 free until 2027-01-15 08:00:50 UTC, "
        "and none has more. It starts at 2027-01-15 08:00:50 UTC at the latest, on n1."
    )
    assert reason.type is Why.RESOURCES and reason.earliest == NOW + 50
    reason = why(node("n1"), node("n2"), running("r", ("n1", 2)), job("a", tasks=8))
    assert reason.message.startswith(
        "It waits for room for 8 tasks of 1 processor: there is room for 6 now, and the "
        "next job ends by 2027-01-15 08:00:50 UTC."
    )
    reason = why(
        node("n1"), node("n2"), running("r", ("n1", 2)), job("a", 8, tasks_per_node=4)
    )
    assert "8 tasks of 1 processor, 4 to a node: there is room for 6" in reason.message


def test_what_can_never_be_is_said_and_holds_nobody_up():
    decisions = decide(node("n1"), job("a", processors=5), job("b"))
    assert started(decisions) == {"b": {"n1": 1}}
    reason = decisions.blocked["a"]
    assert reason.type is Why.NEVER
    assert reason.message == (
        "It asks for 1 task of 5 processors: the 1 node that could be used has room for "
        "0 tasks when empty."
    )
    assert decisions.status["a"] is QueueStatus.BLOCKED
    assert not decisions.plans
    assert why(job("a")).message == "No node suits it: there are no nodes."


def test_backfill_takes_what_the_first_does_not_need():
    busy = running("r", ("n1", 3), ends=50)
    first = job("a", processors=4)
    short, long = job("b", duration=50), job("c", duration=51)
    decisions = decide(node("n1"), busy, first, long, short)
    assert started(decisions) == {"b": {"n1": 1}}
    assert [(plan.job, plan.start) for plan in decisions.plans] == [("a", NOW + 50)]
    assert decisions.blocked["c"].type is Why.RESOURCES
    decisions = decide(node("n1"), busy, first, long)
    assert decisions.blocked["c"].message == (
        "Node n1 has room, but a comes first and starts there at "
        "2027-01-15 08:00:50 UTC, before this job would end."
    )


def test_backfill_on_other_nodes_may_last():
    decisions = decide(
        node("n1"),
        node("n2", 1),
        running("r", ("n1", 3), ends=50),
        job("a", processors=4),
        job("b", duration=None),
    )
    assert started(decisions) == {"b": {"n2": 1}}


def test_backfill_beside_the_plan_may_last():
    decisions = decide(
        node("n1", 6),
        running("r", ("n1", 3), ends=50),
        job("a", processors=4),
        job("b", processors=2, duration=None),
    )
    assert started(decisions) == {"b": {"n1": 1}}


def test_as_many_plans_as_are_wanted():
    busy = running("r", ("n1", 4), ends=50)
    jobs = [job(name, processors=4) for name in "abc"]
    decisions = decide(node("n1"), busy, *jobs, config=Config(plans=2))
    assert [(plan.job, plan.start) for plan in decisions.plans] == [
        ("a", NOW + 50),
        ("b", NOW + 150),
    ]
    assert decide(node("n1"), busy, *jobs, config=Config(plans=0)).plans == ()


def test_a_plan_looks_past_reservations():
    decisions = decide(
        node("n1"),
        running("r", ("n1", 1), ends=50),
        reservation("s", "n1", start=100, end=200),
        job("a", processors=4, duration=60),
    )
    assert decisions.plans[0].start == NOW + 200


def test_a_job_past_its_limit_is_expected_to_end_soon():
    decisions = decide(
        node("n1"), running("r", ("n1", 1), ends=-5), job("a", processors=4)
    )
    assert decisions.plans[0].start == NOW + 60


def test_now_or_never():
    flags = frozenset({"NOQUEUE"})
    decisions = decide(node("n1"), job("a", flags=flags))
    assert started(decisions) == {"a": {"n1": 1}} and not decisions.refused
    busy = running("r", ("n1", 4))
    decisions = decide(node("n1"), busy, job("a", flags=flags), job("b"))
    assert list(decisions.refused) == ["a"]
    assert "a" not in decisions.blocked and "a" not in decisions.order
    assert decisions.refused["a"].message.startswith("It waits for 1 processor")
    assert [plan.job for plan in decisions.plans] == ["b"]
    held = job("a", flags=flags, holds=frozenset({"User"}))
    assert not decide(node("n1"), held).refused


def test_status_of_everything():
    decisions = decide(
        node("n1"),
        running("r", ("n1", 3)),
        job("a", processors=1),
        job("b", processors=2),
        job("c", holds=frozenset({"User"})),
    )
    assert decisions.status == {
        "r": QueueStatus.ACTIVE,
        "a": QueueStatus.ACTIVE,
        "b": QueueStatus.ELIGIBLE,
        "c": QueueStatus.BLOCKED,
    }


def test_nothing_to_decide():
    decisions = decide()
    assert decisions.starts == decisions.ready == decisions.plans == ()
    assert not decisions.blocked and not decisions.status
