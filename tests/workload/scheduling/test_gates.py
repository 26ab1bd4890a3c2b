"""Holds, dates, dependencies, slots: what keeps a job waiting whatever is free."""

from collective.mwsvm.workload.scheduling import dependencies
from collective.mwsvm.workload.scheduling.decisions import QueueStatus
from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.scheduling.world import Dependency
from collective.mwsvm.workload.scheduling.world import Named
from tests.workload.scheduling.worlds import decide
from tests.workload.scheduling.worlds import job
from tests.workload.scheduling.worlds import node
from tests.workload.scheduling.worlds import NOW
from tests.workload.scheduling.worlds import running
from tests.workload.scheduling.worlds import started
from tests.workload.scheduling.worlds import why
import pytest


@pytest.mark.parametrize("kind", ["User", "System", "Batch", "Defer"])
def test_a_hold_of_each_kind_keeps_a_job_waiting(kind):
    decisions = decide(node("n1"), job("a", holds=frozenset({kind})))
    assert not decisions.starts
    assert decisions.blocked["a"].type is Why.HOLD
    assert decisions.blocked["a"].message == f"It is held by the hold {kind}."
    assert decisions.status["a"] is QueueStatus.BLOCKED
    assert decisions.order == ()


def test_several_holds_are_all_named():
    reason = why(node("n1"), job("a", holds=frozenset({"User", "System"})))
    assert reason.message == "It is held by the holds System and User."


def test_a_virtual_container_holds_its_jobs():
    reason = why(node("n1"), job("a", held_by=("vc1",)))
    assert reason.type is Why.CONTAINER
    assert reason.message == (
        "Its virtual container vc1 holds back all jobs (HOLDJOBS)."
    )
    reason = why(node("n1"), job("a", held_by=("vc1", "vc2")))
    assert reason.message.startswith("Its virtual containers vc1 and vc2 hold back")


def test_a_job_does_not_start_before_its_date():
    reason = why(node("n1"), job("a", earliest_start=NOW + 60))
    assert reason.type is Why.START_DATE and reason.earliest == NOW + 60
    assert reason.message == "It may not start before 2027-01-15 08:01:00 UTC."
    assert started(decide(node("n1"), job("a", earliest_start=NOW))) == {"a": {"n1": 1}}


MET = {
    "jobstart": {"active", "succeeded", "failed"},
    "after": {"active", "succeeded", "failed"},
    "jobcomplete": {"succeeded", "failed", "removed"},
    "AFTERANY": {"succeeded", "failed", "removed"},
    "JOBSUCCESSFULCOMPLETE": {"succeeded"},
    "afterok": {"succeeded"},
    "jobfailedcomplete": {"failed"},
    "afternotok": {"failed"},
    "set": {"set"},
    "varset": {"set"},
    "VARIABLE_SET": {"set"},
    "unset": {"unset", "missing"},
    "varunset": {"unset", "missing"},
    "syncwith": {"waiting", "active"},
}
HOPEFUL = {
    "jobstart": {"waiting"},
    "after": {"waiting"},
    "jobcomplete": {"waiting", "active"},
    "AFTERANY": {"waiting", "active"},
    "JOBSUCCESSFULCOMPLETE": {"waiting", "active"},
    "afterok": {"waiting", "active"},
    "jobfailedcomplete": {"waiting", "active"},
    "afternotok": {"waiting", "active"},
    "set": {"unset", "missing"},
    "varset": {"unset", "missing"},
    "VARIABLE_SET": {"unset", "missing"},
    "unset": {"set"},
    "varunset": {"set"},
    "syncwith": set(),
}


@pytest.mark.parametrize("kind", sorted(MET))
@pytest.mark.parametrize("state", list(Named))
def test_each_type_of_dependency_in_each_state(kind, state):
    decisions = decide(
        node("n1"), job("a", dependencies=(Dependency(kind, "b", state),))
    )
    if state in MET[kind]:
        assert started(decisions) == {"a": {"n1": 1}}
        return
    reason = decisions.blocked["a"]
    if state in HOPEFUL[kind]:
        assert reason.type is Why.DEPENDENCY
        assert reason.message.startswith("It waits for ")
    else:
        assert reason.type is Why.NEVER_MET
        assert reason.message.startswith("It can never start: ")
    assert " b" in reason.message


def test_the_sentence_says_why_it_can_never_be_met():
    reason = why(
        node("n1"), job("a", dependencies=(Dependency("afterok", "b", Named.FAILED),))
    )
    assert reason.message == (
        "It can never start: it needs the success of b, but that failed."
    )
    reason = why(node("n1"), job("a", dependencies=(Dependency("jobstart", "b"),)))
    assert reason.message == (
        "It can never start: it needs the start of b, but there is no such job."
    )


def test_an_unknown_type_can_never_be_met():
    reason = why(node("n1"), job("a", dependencies=(Dependency("wish", "b"),)))
    assert reason.type is Why.NEVER_MET and "wish" in reason.message
    assert "wish" not in dependencies.TYPES


def test_of_several_dependencies_all_must_be_met():
    three = (
        Dependency("set", "vc1.varA", Named.SET),
        Dependency("set", "vc2.varB", Named.UNSET),
        Dependency("set", "vc3.varC", Named.UNSET),
    )
    reason = why(node("n1"), job("a", dependencies=three))
    assert reason.message == (
        "It waits for the variable vc2.varB to be set. And for 1 more."
    )


@pytest.mark.parametrize(
    ("kind", "active_too"),
    [("before", False), ("beforeany", True), ("beforeok", True), ("beforenotok", True)],
)
def test_before_makes_the_other_job_wait(kind, active_too):
    first = {"dependencies": (Dependency(kind, "b", Named.WAITING),)}
    decisions = decide(node("n1"), job("a", **first), job("b"))
    assert started(decisions) == {"a": {"n1": 1}}
    assert decisions.blocked["b"].type is Why.DEPENDENCY
    decisions = decide(node("n1"), running("a", ("n1", 1), **first), job("b"))
    assert ("b" in decisions.blocked) == active_too


def test_jobs_that_sync_start_together_or_not_at_all():
    pair = (
        job("a", processors=3),
        job(
            "b",
            processors=3,
            dependencies=(Dependency("syncwith", "a", Named.WAITING),),
        ),
    )
    decisions = decide(node("n1"), *pair)
    assert not decisions.starts
    assert decisions.blocked["a"] == decisions.blocked["b"]
    assert "a and b to start at the same time" in decisions.blocked["a"].message
    decisions = decide(node("n1"), node("n2"), *pair)
    assert set(started(decisions)) == {"a", "b"}


def test_jobs_that_sync_get_a_common_plan():
    decisions = decide(
        node("n1"),
        node("n2"),
        running("r", ("n1", 3), ends=50),
        job("a", processors=3),
        job(
            "b",
            processors=3,
            dependencies=(Dependency("syncwith", "a", Named.WAITING),),
        ),
    )
    assert [(plan.job, plan.start) for plan in decisions.plans] == [
        ("a", NOW + 50),
        ("b", NOW + 50),
    ]


def test_a_held_job_keeps_those_that_sync_with_it():
    decisions = decide(
        node("n1"),
        job("a", holds=frozenset({"User"})),
        job("b", dependencies=(Dependency("syncwith", "a", Named.WAITING),)),
    )
    assert decisions.blocked["b"].message == (
        "It starts together with a, which has to wait."
    )


def array(number, **more):
    return job(f"Moab.5[{number}]", array="Moab.5", slot_limit=2, **more)


def test_an_array_runs_as_many_jobs_as_its_slot_limit():
    decisions = decide(node("n1", processors=9), *(array(n) for n in range(4)))
    assert list(started(decisions)) == ["Moab.5[0]", "Moab.5[1]"]
    reason = decisions.blocked["Moab.5[2]"]
    assert reason.type is Why.SLOT_LIMIT
    assert reason.message == "Its array Moab.5 may run 2 jobs at once, and does."
    assert not decisions.plans


def test_active_jobs_of_an_array_count_and_ignored_policies_do_not():
    active = running("Moab.5[9]", ("n1", 1), array="Moab.5")
    decisions = decide(
        node("n1", processors=9),
        active,
        array(1),
        array(2),
        array(3, flags=frozenset({"IGNPOLICIES"})),
    )
    assert list(started(decisions)) == ["Moab.5[1]", "Moab.5[3]"]


def test_an_array_locked_to_a_partition_stays_there():
    flags = frozenset({"ARRAYJOBPARLOCK"})
    nodes = [node("n1", 2, partition="p"), node("n2", 2, partition="q")]
    decisions = decide(*nodes, *(array(n, processors=2, flags=flags) for n in range(2)))
    assert started(decisions) == {"Moab.5[0]": {"n2": 1}}
    active = running("Moab.5[9]", ("n1", 1), array="Moab.5", processors=1, flags=flags)
    decisions = decide(*nodes, active, array(1, flags=flags))
    assert started(decisions) == {"Moab.5[1]": {"n1": 1}}
