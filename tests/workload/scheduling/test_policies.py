"""Which nodes are taken first, and who may be on a node together."""

from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.scheduling.world import AclRule
from collective.mwsvm.workload.scheduling.world import Config
from collective.mwsvm.workload.scheduling.world import Machine
from collective.mwsvm.workload.scheduling.world import Policies
from tests.workload.scheduling.worlds import decide
from tests.workload.scheduling.worlds import job
from tests.workload.scheduling.worlds import node
from tests.workload.scheduling.worlds import NOW
from tests.workload.scheduling.worlds import reservation
from tests.workload.scheduling.worlds import running
from tests.workload.scheduling.worlds import started
from tests.workload.scheduling.worlds import why
import pytest


NODES = (
    node("n1", 4, memory=900, speed=2.0, load=3.0),
    node("n2", 2, memory=500, speed=3.0, load=0.5),
    node("n3", 4, memory=800, speed=1.0, load=0.0),
    node("n4", 8, memory=999, speed=2.5, load=7.5),
)


def first(policy, function="", nodes=NODES, **more):
    policies = Policies(allocation=policy, function=function)
    (name,) = started(decide(*nodes, job("a", **more), policies=policies))["a"]
    return name


@pytest.mark.parametrize(
    ("policy", "name"),
    [
        ("InReportedOrder", "n1"),
        ("FIRSTAVAILABLE", "n1"),
        ("InReverseReportedOrder", "n4"),
        ("LASTAVAILABLE", "n4"),
        ("MinimumConfiguredResources", "n2"),
        ("MINRESOURCE", "n2"),
        ("NodeSpeed", "n2"),
        ("FASTEST", "n2"),
        ("ProcessorLoad", "n3"),
        ("CPULOAD", "n3"),
        ("Contiguous", "n1"),
        ("NONE", "n4"),
        ("", "n4"),
    ],
)
def test_each_algorithm_takes_its_node_first(policy, name):
    assert first(policy) == name
    # A job's own goes before the general one.
    assert first("NodeSpeed", allocation_policy=policy) == (
        "n2" if policy in ("", "NONE") else name
    )


def test_started_jobs_count_as_load():
    nodes = [node("n1", load=0.0), node("n2", load=1.5)]
    policies = Policies(allocation="ProcessorLoad")
    jobs = [job(name) for name in "abcd"]
    found = started(decide(*nodes, *jobs, policies=policies))
    assert [next(iter(found[name])) for name in "abcd"] == ["n1", "n1", "n2", "n1"]


def test_contiguous_nodes():
    nodes = [node(f"n{number}", 1) for number in range(1, 8)]
    busy = running("r", ("n3", 1))
    policies = Policies(allocation="Contiguous")
    found = started(decide(*nodes, busy, job("a", tasks=3), policies=policies))["a"]
    assert sorted(found) == ["n4", "n5", "n6"]
    found = started(decide(*nodes, busy, job("a", tasks=5), policies=policies))["a"]
    assert sorted(found) == ["n1", "n2", "n4", "n5", "n6"]


def test_balanced_speeds():
    nodes = [node(f"n{n}", 1, speed=s) for n, s in enumerate((1.0, 2.0, 5.0, 2.1, 9.0))]
    policies = Policies(allocation="ProcessorSpeedBalance")
    found = started(decide(*nodes, job("a", tasks=2), policies=policies))["a"]
    assert sorted(found) == ["n1", "n3"]
    by_node = job("a", tasks=2, tasks_per_node=1)
    found = started(decide(*nodes, by_node, policies=policies))["a"]
    assert sorted(found) == ["n1", "n3"]


def test_custom_priority():
    nodes = [node("n1", metrics={"numvms": 3.0}), node("n2", metrics={"numvms": 5.0})]
    sample = "100*RSVAFFINITY - GMETRIC[numvms]"
    assert first("CustomPriority", sample, nodes) == "n1"
    mine = reservation("r", "n2", acl=(AclRule("USER", "ted"),))
    assert first("CustomPriority", sample, [*nodes, mine], user="ted") == "n2"


def test_a_function_that_is_wrong_is_reported_and_not_followed():
    policies = Policies(allocation="CustomPriority", function="1 +")
    decisions = decide(*NODES, job("a"), policies=policies)
    assert started(decisions) == {"a": {"n4": 1}}
    (warning,) = decisions.warnings
    assert warning.startswith("customPriorityFunction '1 +'")


TED, AMY = {"user": "ted", "group": "g", "account": "x"}, {"user": "amy", "group": "g"}


@pytest.mark.parametrize(
    ("theirs", "mine", "together"),
    [
        ("", "", True),
        ("SHARED", "SHARED", True),
        ("SINGLEJOB", "", False),
        ("", "SINGLEJOB", False),
        ("SINGLETASK", "", False),
        ("", "SINGLETASK", False),
        ("SINGLEUSER", "", False),
        ("", "SINGLEUSER", False),
        ("SINGLEGROUP", "", True),
        ("", "SINGLEGROUP", True),
        ("SINGLEACCOUNT", "", False),
        ("", "SINGLEACCOUNT", False),
        ("UNIQUEUSER", "", True),
        ("", "UNIQUEUSER", True),
        ("SHAREDONLY", "SHARED", True),
        ("SHAREDONLY", "SHAREDONLY", True),
        ("SHAREDONLY", "SINGLEUSER", False),
        ("SINGLEUSER", "SHAREDONLY", False),
    ],
)
def test_access_policies_of_two_users(theirs, mine, together):
    busy = running("r", ("n1", 1), access_policy=theirs, **TED)
    decisions = decide(node("n1"), busy, job("a", access_policy=mine, **AMY))
    assert bool(decisions.starts) == together
    if not together:
        reason = decisions.blocked["a"]
        assert reason.type is Why.NODE_ACCESS
        assert reason.message.startswith(
            "Node n1 has room, but r is on it, and the node "
        )
        assert decisions.plans[0].start == NOW + 50


@pytest.mark.parametrize(
    ("policy", "together"),
    [("SINGLEUSER", True), ("SINGLEACCOUNT", True), ("UNIQUEUSER", False)],
)
def test_access_policies_of_one_user(policy, together):
    busy = running("r", ("n1", 1), access_policy=policy, **TED)
    decisions = decide(node("n1"), busy, job("a", access_policy=policy, **TED))
    assert bool(decisions.starts) == together


def test_one_task_on_a_node():
    nodes = [node("n1"), node("n2")]
    found = started(decide(*nodes, job("a", tasks=2, access_policy="SINGLETASK")))
    assert found == {"a": {"n2": 1, "n1": 1}}


def test_the_policy_of_a_node_and_the_default():
    busy = running("r", ("n1", 1), **TED)
    single = node("n1", access_policy="SINGLEUSER")
    assert not decide(single, busy, job("a", **AMY)).starts
    assert decide(single, busy, job("a", **TED)).starts
    config = Config(access_policy="SINGLEJOB")
    assert not decide(node("n1"), busy, job("a", **TED), config=config).starts
    ignoring = job("a", flags=frozenset({"IGNNODEPOLICIES"}), **AMY)
    other = running("r", ("n1", 1), flags=frozenset({"IGNNODEPOLICIES"}), **TED)
    assert decide(single, other, ignoring).starts


def test_a_node_for_those_who_share():
    sharing = node("n1", access_policy="SHAREDONLY")
    assert why(sharing, job("a")).type is Why.NEVER
    assert decide(sharing, job("a", access_policy="SHARED")).starts


def test_a_job_is_not_alone_with_a_plan_either():
    """Exclusive plans keep shared jobs away that would still be there."""
    decisions = decide(
        node("n1"),
        running("r", ("n1", 1), ends=50),
        job("a", access_policy="SINGLEJOB"),
        job("b", duration=50),
        job("c", duration=51),
    )
    assert started(decisions) == {"b": {"n1": 1}}
    assert decisions.blocked["c"].type is Why.PRIORITY


def hypervisor(**more):
    return node("n1", 4, memory=1000, hypervisor=True, **more)


@pytest.mark.parametrize(
    ("limits", "processors", "memory", "fits"),
    [
        ({}, 2, 500, True),
        ({}, 3, 500, False),
        ({}, 2, 501, False),
        ({"processor_limit": 1.5}, 4, 500, True),
        ({"processor_limit": 1.5}, 5, 500, False),
        ({"memory_limit": 1.2}, 2, 700, True),
        ({"memory_limit": 1.2}, 2, 701, False),
    ],
)
def test_overcommitted_hypervisors(limits, processors, memory, fits):
    there = Machine(name="vm1", host="n1", processors=2, memory=500)
    asking = job("a", processors=processors, memory=memory, vm_usage="CREATEVM")
    decisions = decide(
        hypervisor(), asking, machines=(there,), policies=Policies(**limits)
    )
    assert bool(decisions.starts) == fits


def test_other_jobs_do_not_overcommit():
    there = Machine(name="vm1", host="n1", processors=3, memory=1)
    policies = Policies(processor_limit=2.0)
    decisions = decide(hypervisor(), job("a", 2), machines=(there,), policies=policies)
    assert not decisions.starts
