"""Which nodes reservations get."""

from collections import defaultdict
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.reservations import Reservation
from collective.mwsvm.workload import allocation
from hypothesis import given
from hypothesis import strategies as st
import pytest


def node(name, processors=8, state="Idle", power="On", more=None, **fields):
    amounts = {"processors": processors, "memory": 1000, **(more or {})}
    return Node.check(
        {
            "name": name,
            "states": {"state": state, "powerState": power},
            "resources": {key: {"configured": n} for key, n in amounts.items()},
            **fields,
        }
    ).wire()


def named(*nodes):
    return {each["name"]: each for each in nodes}


def wanted(tasks=0, hosts="", features=(), **fields):
    needs = {"taskCount": tasks, "featureList": list(features)}
    return Reservation.check(
        {
            "startDate": "2027-01-01 00:00:00 UTC",
            "endDate": "2027-01-02 00:00:00 UTC",
            "hostListExpression": hosts,
            "requirements": {**needs, **fields.pop("needs", {})},
            **fields,
        }
    ).wire()


def taken(number, tasks, **fields):
    """A reservation that is there, with its tasks on nodes."""
    document = wanted(**fields)
    document["id"] = f"system.{number}"
    document["requirements"]["nodeIds"] = [f"{n}:{c}" for n, c in tasks.items()]
    return document


def allocate(document, nodes, *others):
    return allocation.allocate(document, nodes, allocation.claims(others, nodes))


NODES = named(
    node("a", partition="west", architecture="x86_64"),
    node("b", 16, featuresReported=["GPU"], more={"licence": 2}),
    node("c", 4, featuresCustom=["gpu"], operatingSystem={"image": "linux"}),
)


@pytest.mark.parametrize(
    "resources, expected",
    [
        ({}, None),
        ({"PROCS": 0}, None),
        ({"PROCS": -1}, None),
        ({"PROCS": -1, "MEM": 5}, None),
        ({"PROCS": 2, "MEM": 5}, {"processors": 2, "memory": 5}),
        ({"disk": 1, "SWAP": 2, "Lic": 3}, {"disk": 1, "swap": 2, "lic": 3}),
        ({"PROCS": 0, "MEM": 5}, {"memory": 5}),
    ],
)
def test_what_a_task_takes(resources, expected):
    assert allocation.per_task(resources) == expected


@pytest.mark.parametrize(
    "document, expected",
    [
        (wanted(hosts="ALL"), {"a": 1, "b": 1, "c": 1}),
        (wanted(hosts="a,c"), {"a": 1, "c": 1}),
        (wanted(hosts="ALL", features=["gpu"]), {"b": 1, "c": 1}),
        (wanted(1), {"a": 1}),
        (wanted(3), {"a": 1, "b": 1, "c": 1}),
        (wanted(1, features=["gpu"]), {"b": 1}),
        (wanted(1, partitionId="WEST"), {"a": 1}),
        (wanted(1, partitionId="ALL"), {"a": 1}),
        (wanted(1, needs={"architecture": "X86_64"}), {"a": 1}),
        (wanted(1, needs={"os": "linux"}), {"c": 1}),
        (wanted(1, needs={"memory": 1000}), {"a": 1}),
        (wanted(6, resources={"PROCS": 4}), {"a": 2, "b": 4}),
        (wanted(7, resources={"PROCS": 4}), {"a": 2, "b": 4, "c": 1}),
        (wanted(2, resources={"PROCS": 1, "licence": 1}), {"b": 2}),
        (wanted(2, hosts="b,c", resources={"PROCS": 10}), None),
        (wanted(1, hosts="b,c", resources={"PROCS": 10}), {"b": 1}),
    ],
)
def test_nodes_and_tasks(document, expected):
    if expected is None:
        with pytest.raises(Invalid):
            allocate(document, NODES)
    else:
        assert allocate(document, NODES) == expected


@pytest.mark.parametrize(
    "fields, usable",
    [
        ({"state": "Idle"}, True),
        ({"state": "Running"}, True),
        ({"state": "Busy"}, True),
        ({"state": "Down"}, False),
        ({"state": "Drained"}, False),
        ({"state": "Draining"}, False),
        ({"state": "Flush"}, False),
        ({"power": "Off"}, False),
        ({"power": "Standby"}, False),
        ({"power": "Hibernate"}, False),
    ],
)
def test_states_matter_unless_nodes_are_named(fields, usable):
    nodes = named(node("a", **fields))
    if usable:
        assert allocate(wanted(1), nodes) == {"a": 1}
    else:
        with pytest.raises(Invalid, match="a (is|has no power)"):
            allocate(wanted(1), nodes)
    assert allocate(wanted(1, flags=["IGNSTATE"]), nodes) == {"a": 1}
    assert allocate(wanted(hosts="a"), nodes) == {"a": 1}


def test_without_nodes_there_is_nothing():
    with pytest.raises(Invalid, match="There are no nodes"):
        allocate(wanted(1), {})
    with pytest.raises(Invalid, match="needs nodes"):
        allocate(wanted(), NODES)


def test_nodes_with_fewer_reservations_come_first():
    assert allocate(wanted(1), NODES, taken(1, {"a": 1, "b": 1})) == {"c": 1}
    assert allocate(wanted(2), NODES, taken(1, {"a": 1})) == {"b": 1, "c": 1}


EXCLUSIVE = {"flags": ["DEDICATEDRESOURCE"]}
NODE = {"flags": ["DEDICATEDNODE"]}
HALF = {"resources": {"PROCS": 4}}


@pytest.mark.parametrize(
    "new, old, fits",
    [
        ({}, {}, True),
        ({}, EXCLUSIVE, False),
        (EXCLUSIVE, {}, False),
        (EXCLUSIVE, EXCLUSIVE, False),
        (NODE, HALF, False),
        (HALF, {**HALF, **NODE}, False),
        ({**HALF, **EXCLUSIVE}, {**HALF, **EXCLUSIVE}, True),
        ({"resources": {"PROCS": 5}, **EXCLUSIVE}, HALF, False),
        ({"resources": {"MEM": 500}, **EXCLUSIVE}, HALF, True),
        ({"flags": ["IGNRSV"]}, EXCLUSIVE, True),
        ({"flags": ["IGNRSV", "DEDICATEDRESOURCE"]}, {}, True),
    ],
)
def test_who_may_share(new, old, fits):
    other = taken(7, {"a": 1}, **old)
    if fits:
        assert allocate(wanted(hosts="a", **new), NODES, other) == {"a": 1}
        return
    with pytest.raises(Conflict) as caught:
        allocate(wanted(hosts="a", **new), NODES, other)
    assert "The node 'a' is taken by" in str(caught.value)
    assert "reservation 'system.7' from 2027-01-01 00:00:00 UTC" in str(caught.value)


def test_tasks_go_where_there_is_room():
    other = taken(1, {"a": 1}, **EXCLUSIVE)
    assert allocate(wanted(2), NODES, other) == {"b": 1, "c": 1}
    with pytest.raises(Conflict) as caught:
        allocate(wanted(3), NODES, other)
    assert caught.value.messages[0].startswith("Only 2 of 3 tasks")
    assert "'system.1'" in caught.value.messages[1]


def test_processors():
    assert allocation.processors(wanted(1), NODES, {"a": 1, "b": 1}) == 24
    assert allocation.processors(wanted(1, **HALF), NODES, {"b": 3}) == 12
    memory = wanted(1, resources={"MEM": 5})
    assert allocation.processors(memory, NODES, {"b": 3}) == 0


requests = st.builds(
    lambda tasks, procs, flags: wanted(
        tasks, flags=flags, resources={"PROCS": procs} if procs else {}
    ),
    st.integers(1, 6),
    st.integers(0, 6),
    st.lists(st.sampled_from(["DEDICATEDRESOURCE", "DEDICATEDNODE"]), max_size=1),
)


@given(st.lists(requests, max_size=8))
def test_exclusive_reservations_never_share(documents):
    made = []
    for document in documents:
        try:
            tasks = allocate(document, NODES, *made)
        except (Invalid, Conflict):
            continue
        assert sum(tasks.values()) == document["requirements"]["taskCount"]
        document["id"] = f"system.{len(made)}"
        document["requirements"]["nodeIds"] = [f"{n}:{c}" for n, c in tasks.items()]
        made.append(document)
    on = defaultdict(list)
    for document in made:
        for name, tasks in allocation.tasks_on(document).items():
            each = allocation.per_task(document["resources"])
            whole = NODES[name]["resources"]["processors"]["configured"]
            amount = whole if each is None else tasks * each["processors"]
            on[name].append((amount, document["flags"]))
    for name, claims in on.items():
        whole = NODES[name]["resources"]["processors"]["configured"]
        flags = [flag for _, found in claims for flag in found]
        if "DEDICATEDNODE" in flags:
            assert len(claims) == 1
        for amount, found in claims:
            if "DEDICATEDRESOURCE" in found:
                assert amount <= whole
        if flags.count("DEDICATEDRESOURCE") == len(claims):
            assert sum(amount for amount, _ in claims) <= whole
