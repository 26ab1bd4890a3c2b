"""Which nodes do for a job, and how its tasks are spread over them."""

from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.scheduling.world import AttributeTest
from collective.mwsvm.workload.scheduling.world import Config
from tests.workload.scheduling.worlds import decide
from tests.workload.scheduling.worlds import job
from tests.workload.scheduling.worlds import need
from tests.workload.scheduling.worlds import node
from tests.workload.scheduling.worlds import NOW
from tests.workload.scheduling.worlds import running
from tests.workload.scheduling.worlds import started
from tests.workload.scheduling.worlds import why
import pytest


def where(*things, **more):
    return started(decide(*things, **more)).get("a")


def fs(*names):
    return frozenset(names)


def test_tasks_fill_nodes_in_order():
    assert where(node("n1"), node("n2"), job("a", tasks=6)) == {"n2": 4, "n1": 2}


def test_tasks_per_node_are_exact_but_for_a_rest():
    nodes = [node("n1"), node("n2"), node("n3", 1), node("n4")]
    assert where(*nodes, job("a", tasks=6, tasks_per_node=2)) == {
        "n1": 2,
        "n2": 2,
        "n4": 2,
    }
    assert where(*nodes, job("a", tasks=5, tasks_per_node=2)) == {
        "n4": 2,
        "n3": 1,
        "n2": 2,
    }
    assert why(*nodes, job("a", tasks=8, tasks_per_node=2)).type is Why.NEVER


def test_a_number_of_nodes_is_exact():
    nodes = [node("n1"), node("n2"), node("n3")]
    assert where(*nodes, job("a", tasks=4, nodes=3)) == {"n3": 2, "n2": 1, "n1": 1}
    assert where(*nodes, job("a", tasks=1, nodes=2)) == {"n3": 1, "n2": 1}
    assert where(
        node("n1", 9), node("n2", 1), node("n3", 1), job("a", tasks=8, nodes=2)
    )
    assert "on 4 nodes" in why(*nodes, job("a", tasks=4, nodes=4)).message


def test_no_tasks_are_as_many_as_nodes_times_tasks_per_node():
    found = where(node("n1"), node("n2"), job("a", tasks=0, nodes=2, tasks_per_node=3))
    assert found == {"n1": 3, "n2": 3}


def test_each_resource_limits_what_fits():
    assert why(node("n1", memory=100), job("a", memory=200)).type is Why.NEVER
    assert where(
        node("n1", memory=100), node("n2", memory=300), job("a", memory=200)
    ) == {"n2": 1}
    disks = node("n1", generic={"disk": 10, "swap": 5})
    assert where(disks, job("a", disk=10, swap=5)) == {"n1": 1}
    assert why(disks, job("a", disk=11)).type is Why.NEVER
    assert why(disks, job("a", swap=6)).type is Why.NEVER


def test_generic_resources_of_nodes():
    tapes = [node("n1", generic={"tape": 2}), node("n2")]
    assert where(*tapes, job("a", generic=(("tape", 2),))) == {"n1": 1}
    busy = running("r", ("n1", 1), generic=(("tape", 1),))
    reason = why(*tapes, busy, job("a", generic=(("tape", 2),)))
    assert reason.message.startswith(
        "It waits for 2 of tape: node n1 has 1 free until 2027-01-15 08:00:50 UTC"
    )


def test_generic_resources_of_the_cluster():
    config = Config(shared={"matlab": 5})
    ask = {"generic": (("matlab", 2),)}
    assert where(node("n1"), job("a", tasks=2, **ask), config=config) == {"n1": 2}
    reason = why(node("n1"), job("a", tasks=3, **ask), config=config)
    assert reason.type is Why.NEVER and "only 5" in reason.message
    busy = running("r", ("n1", 1), generic=(("matlab", 4),), ends=70)
    decisions = decide(node("n1"), busy, job("a", **ask), config=config)
    assert decisions.blocked["a"].message == (
        "It waits for 2 of matlab: 1 is free until 2027-01-15 08:01:10 UTC. "
        "It starts at 2027-01-15 08:01:10 UTC at the latest, on n1."
    )
    assert decisions.plans[0].start == NOW + 70


def test_generic_resources_that_nobody_has():
    reason = why(node("n1"), job("a", generic=(("tape", 1),)))
    assert reason.type is Why.NEVER
    assert reason.message == "It asks for tape, which no node and no pool has."


def test_a_job_for_generic_resources_only_takes_no_processors():
    decisions = decide(
        node("n1", 1),
        running("r", ("n1", 1)),
        job("a", generic=(("matlab", 1),), flags=fs("GRESONLY")),
        config=Config(shared={"matlab": 1}),
    )
    assert started(decisions) == {"a": {}}


@pytest.mark.parametrize("flag", ["NORESOURCES", "META"])
def test_jobs_that_take_nothing_start_anywhere(flag):
    assert where(job("a", tasks=99, flags=fs(flag))) == {}


@pytest.mark.parametrize(
    ("mode", "nodes"), [("AND", {"n3"}), ("OR", {"n1", "n2", "n3"})]
)
def test_features_asked_for(mode, nodes):
    three = [
        node("n1", 1, features=fs("a")),
        node("n2", 1, features=fs("b")),
        node("n3", 1, features=fs("a", "b")),
        node("n4", 1),
    ]
    asking = job("a", tasks=len(nodes), features=fs("a", "b"), features_mode=mode)
    assert set(where(*three, asking)) == nodes
    more = job("a", tasks=len(nodes) + 1, features=fs("a", "b"), features_mode=mode)
    assert why(*three, more).type is Why.NEVER


@pytest.mark.parametrize(
    ("mode", "nodes"), [("AND", {"n1", "n2", "n4"}), ("OR", {"n4"})]
)
def test_features_that_are_excluded(mode, nodes):
    three = [
        node("n1", 1, features=fs("a")),
        node("n2", 1, features=fs("b")),
        node("n3", 1, features=fs("a", "b")),
        node("n4", 1),
    ]
    asking = job(
        "a", len(nodes), features_excluded=fs("a", "b"), features_excluded_mode=mode
    )
    assert set(where(*three, asking)) == nodes


def test_the_sentence_says_what_nodes_lack():
    reason = why(
        node("n1", features=fs("a"), architecture="arm"),
        node("n2"),
        node("n3"),
        job("a", features=fs("a"), architecture="x86_64"),
    )
    assert reason.message == (
        "No node suits it: n2, like 1 more, lacks the feature a and n1 is not x86_64."
    )


def test_architecture_image_and_class():
    nodes = [
        node("n1", architecture="x86_64", image="linux", classes=fs("batch")),
        node("n2", architecture="arm", image="windows", classes=fs("fast")),
    ]
    assert where(*nodes, job("a", architecture="x86_64")) == {"n1": 1}
    assert where(*nodes, job("a", image="windows")) == {"n2": 1}
    assert where(*nodes, job("a", job_class="batch")) == {"n1": 1}
    assert why(*nodes, job("a", image="bsd")).type is Why.NEVER


@pytest.mark.parametrize(
    ("comparator", "value", "fits"),
    [
        ("<=", "7.1", False),
        ("<=", "7.10", True),
        (">=", "7.9", True),
        (">", "7.10", False),
        ("<", "8", True),
        ("=", "7.10", True),
        ("==", "7.10.0", True),
        ("!=", "7.10", False),
        ("<>", "7.9", True),
        ("%<", ".1", True),
        ("%!", "x", True),
        ("LESS_THAN", "8", True),
        ("=", "seven", False),
        ("about", "7", False),
    ],
)
def test_attributes_of_nodes(comparator, value, fits):
    test = AttributeTest("matlab", comparator, value)
    decisions = decide(
        node("n1", attributes={"matlab": "7.10"}),
        job("a", requirements=(need(attributes=(test,)),)),
    )
    assert bool(decisions.starts) == fits


def test_a_node_without_the_attribute_does_not_do():
    asking = job("a", requirements=(need(attributes=(AttributeTest("m", "!=", "1"),)),))
    assert "has no attribute m" in why(node("n1"), asking).message


@pytest.mark.parametrize(
    "state",
    ["Down", "Busy", "Drained", "Draining", "Flush", "Reserved", "Unknown", "None"],
)
def test_nodes_in_other_states_are_not_used(state):
    reason = why(node("n1", state=state), job("a"))
    assert reason.type is Why.NODE_STATE
    assert reason.message == f"It waits for nodes: n1 is {state}."
    ignoring = job("a", flags=fs("IGNNODESTATE"))
    assert where(node("n1", state=state), ignoring) == {"n1": 1}


@pytest.mark.parametrize("state", ["Idle", "Running", "Up"])
def test_nodes_in_these_states_are_used_when_their_power_is_on(state):
    assert where(node("n1", state=state), job("a")) == {"n1": 1}
    reason = why(node("n1", state=state, power="Off"), job("a"))
    assert reason.message == "It waits for nodes: n1 has its power Off."


def test_exactly_the_nodes_asked_for():
    nodes = [node(f"n{number}") for number in range(1, 5)]
    asking = {"nodes_requested": ("n2", "n3")}
    assert where(*nodes, job("a", **asking)) == {"n2": 1, "n3": 1}
    assert where(*nodes, job("a", tasks=5, nodes_policy="EXACTSET", **asking)) == {
        "n3": 4,
        "n2": 1,
    }
    assert why(*nodes, job("a", nodes_requested=("n2", "n9"))).type is Why.NEVER


def test_the_nodes_asked_for_and_no_others():
    nodes = [node(f"n{number}") for number in range(1, 5)]
    asking = {"nodes_requested": ("n2", "n3"), "nodes_policy": "SUPERSET"}
    assert where(*nodes, job("a", **asking)) == {"n3": 1}
    assert why(*nodes, job("a", tasks=9, **asking)).type is Why.NEVER


def test_the_nodes_asked_for_first():
    nodes = [node(f"n{number}") for number in range(1, 5)]
    asking = {"nodes_requested": ("n2", "n3"), "nodes_policy": "SUBSET"}
    assert where(*nodes, job("a", **asking)) == {"n3": 1}
    assert where(*nodes, job("a", tasks=9, **asking)) == {"n3": 4, "n2": 4, "n4": 1}


def test_excluded_nodes():
    assert where(node("n1"), node("n2"), job("a", nodes_excluded=fs("n2"))) == {"n1": 1}


def test_a_job_stays_in_one_partition():
    nodes = [node("n1", partition="p"), node("n2", partition="q")]
    assert why(*nodes, job("a", tasks=5)).type is Why.NEVER
    assert where(*nodes, job("a", tasks=5, flags=fs("COALLOC"))) == {"n1": 1, "n2": 4}


@pytest.mark.parametrize(
    ("asked", "found"),
    [(("p",), "n1"), (("q", "SHARED"), "n2"), (("ALL",), "n2"), (("SHARED",), "n2")],
)
def test_partitions_asked_for(asked, found):
    nodes = [node("n1", partition="p"), node("n2", partition="q")]
    assert where(*nodes, job("a", partitions=asked)) == {found: 1}
    assert why(*nodes, job("a", partitions=("r",))).type is Why.NEVER


def test_several_requirements_are_met_together():
    both = (need(2, features=fs("gpu")), need(3))
    nodes = [node("n1", 2, features=fs("gpu")), node("n2", 3)]
    decisions = decide(*nodes, job("a", requirements=both))
    (start,) = decisions.starts
    assert [(each.node, each.tasks, each.requirement) for each in start.placements] == [
        ("n1", 2, 0),
        ("n2", 3, 1),
    ]
    assert not decide(
        node("n1", 2, features=fs("gpu")), job("a", requirements=both)
    ).starts


def test_virtual_machine_usage():
    nodes = [node("n1"), node("n2", hypervisor=True)]
    assert where(*nodes, job("a", vm_usage="REQUIREPM")) == {"n1": 1}
    assert where(*nodes, job("a", vm_usage="PREFPM")) == {"n1": 1}
    assert where(*nodes, job("a", vm_usage="CREATEVM")) == {"n2": 1}
    assert where(*nodes, job("a", vm_usage="ANY")) == {"n2": 1}
    assert (
        "is no virtual machine" in why(*nodes, job("a", vm_usage="REQUIREVM")).message
    )
