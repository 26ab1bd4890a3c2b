"""What becomes of the change of a node: events for plug-ins, and what is kept."""

from collective.mwsvm.inventory.kept import with_kept
from collective.mwsvm.inventory.node_documents import node_document
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.nodes_v1 import node_version_1
from collective.mwsvm.workload import rm_changes
from collective.mwsvm.workload.node_changes import MESSAGES
from collective.mwsvm.workload.node_changes import NodeChange
from hypothesis import given
from hypothesis import strategies as st
from types import SimpleNamespace
import pytest


NOW = 1_350_000_000

#: The body of the guide (4.12.2.1).
GUIDE = {
    "messages": [{"message": "Message one"}, {"message": "Message two"}],
    "metrics": {"pwatts": 211},
    "operatingSystem": {"image": "esx4.1"},
    "partition": "part1",
    "states": {"powerState": "On", "state": "Running"},
    "variables": {"key": "value", "arbitrary text key": "more value"},
}

#: The same in version 1.
GUIDE_1 = {
    "messages": ["Message one", {"message": "Message two"}],
    "genericMetrics": {"pwatts": 211},
    "operatingSystem": "esx4.1",
    "partition": "part1",
    "powerState": "ON",
    "state": "RUNNING",
    "variables": {"key": "value", "arbitrary text key": "more value"},
}

EVENTS = [
    ("nodePower", [["n1"], "ON"]),
    ("nodeModify", [["n1"], {"OS": "esx4.1"}]),
    ("nodeModify", [["n1"], {"STATE": "Running"}]),
    ("nodeModify", [["n1"], {"PARTITION": "part1"}]),
    ("nodeModify", [["n1"], {"GMETRIC[pwatts]": "211"}]),
    (
        "nodeModify",
        [
            ["n1"],
            {"VARIABLE:key": "value", "VARIABLE:arbitrary text key": "more value"},
        ],
    ),
]


def node(**fields):
    return {**Node(name="n1").wire(), "id": "1", **fields}


def reported(old=None, **fields):
    """The node's document after a report, over the old one."""
    report = {"name": "n1", "timestamp": NOW, **fields}
    return node_document(
        SimpleNamespace(report=report, plugins=("p",)), None, old or node()
    )


def performed(body, takes=(), old=None):
    """The document and the sentences when a plug-in takes over these attributes."""

    def send(event, arguments, plugin):
        attribute = "POWER" if event == "nodePower" else next(iter(arguments[1]))
        done = [plugin] if attribute in takes else []
        return SimpleNamespace(done=done, failures=[] if done else [f"{plugin} no"])

    change = NodeChange.of(body)
    done = rm_changes.asked_for(change.wishes, "n1", ["p"], send)
    return change.noted(old or node(), done, NOW), change.sentences(done)


@pytest.mark.parametrize("body", [GUIDE, GUIDE_1])
def test_a_body_becomes_events(body):
    change = NodeChange.of(body)
    found = [(wish.event, wish.arguments("n1")) for wish in change.wishes]
    assert found == EVENTS
    assert change.messages == ("Message one", "Message two")


def test_each_plugin_that_reports_the_node_gets_them():
    seen = []

    def send(event, arguments, plugin):
        seen.append(plugin)
        if plugin == "gone":
            raise NotFound("gone")
        return SimpleNamespace(done=[plugin], failures=[])

    change = NodeChange.of({"partition": "x"})
    done = rm_changes.asked_for(change.wishes, "n1", ["a", "gone", "b"], send)
    assert seen == ["a", "gone", "b"]
    assert done[0].by == ("a", "b")


def test_what_plugins_take_over_is_expected_until_it_is_reported():
    takes = ("POWER", "OS", "STATE")
    document, said = performed(
        {
            "states": {"powerState": "off", "state": "drained"},
            "operatingSystem": {"image": "linux"},
        },
        takes,
    )
    assert said == [
        "Successfully powered node off",
        "Successfully modified os to 'linux'",
        "Successfully modified state to 'Drained'",
    ]
    states, system = document["states"], document["operatingSystem"]
    assert (states["powerState"], states["powerStateExpected"]) == (None, "Off")
    assert (states["state"], states["stateExpected"]) == (None, "Drained")
    assert (system["image"], system["imageExpected"]) == (None, "linux")
    assert "kept" not in document
    document = reported(document, state="DRAINED", power="OFF", image="linux")
    assert document["states"]["powerStateExpected"] is None
    assert document["states"]["stateExpected"] is None
    assert document["operatingSystem"]["imageExpected"] is None


def test_after_a_reset_a_node_is_expected_on():
    document, said = performed({"states": {"powerState": "Reset"}}, ("POWER",))
    assert said == ["Successfully reset node"]
    assert document["states"]["powerStateExpected"] == "On"


def test_what_no_plugin_takes_over_outlives_reports():
    body = {**GUIDE, "states": {"state": "Drained"}}
    changed, said = performed(body)
    assert said == [
        "No plugin has modified os to 'esx4.1' (p no): it is only expected",
        "No plugin has modified state to 'Drained' (p no): it is kept here",
        "No plugin has modified partition to 'part1' (p no): it is kept here",
        "No plugin has modified metric 'pwatts' (p no): it is kept here",
        "No plugin has modified variables 'key', 'arbitrary text key' (p no): it is "
        "kept here",
        "Message 'Message one' added",
        "Message 'Message two' added",
    ]
    for document in (changed, reported(changed, state="IDLE", partition="other")):
        assert document["states"]["state"] == "Drained"
        assert document["partition"] == "part1"
        assert document["metrics"] == {"pwatts": 211}
        assert document["variables"] == GUIDE["variables"]
        assert document["operatingSystem"]["imageExpected"] == "esx4.1"
        assert [each["message"] for each in document["messages"]] == [
            "Message one",
            "Message two",
        ]


def test_reports_change_a_node_with_kept_values_only_when_they_change():
    first = reported(performed(GUIDE)[0], state="IDLE")
    assert reported(first, state="IDLE") == first


def test_measured_metrics_go_before_kept_ones_and_kept_variables_before_reported():
    document, _ = performed({"metrics": {"temp": 1}, "variables": {"a": "mine"}})
    document = reported(document, metrics={"temp": 50}, variables={"a": "b", "c": "d"})
    assert document["metrics"] == {"temp": 50}
    assert document["variables"] == {"a": "mine", "c": "d"}


def test_a_plugin_that_takes_over_later_ends_the_keeping():
    document, _ = performed({**GUIDE, "messages": [], "states": {"state": "Drained"}})
    takes = ("STATE", "PARTITION", "GMETRIC[pwatts]", "VARIABLE:key")
    document, _ = performed(
        {**GUIDE, "messages": [], "states": {"state": "Idle"}}, takes, document
    )
    assert "kept" not in document
    document = reported(document, state="IDLE", partition="p")
    assert (document["states"]["state"], document["partition"]) == ("Idle", "p")


def test_a_node_that_is_to_work_again_is_no_longer_kept_from_it():
    document, _ = performed({"states": {"state": "Drained"}})
    document, _ = performed({"states": {"state": "Running"}}, old=document)
    assert document["states"]["state"] == "Running"
    assert reported(document, state="BUSY")["states"]["state"] == "Busy"


def test_a_message_that_comes_again_is_counted():
    body = {"messages": [{"message": "a"}, {"message": "a"}]}
    document, _ = performed(body)
    document, _ = performed({"messages": [{"message": "a"}]}, old=document)
    (message,) = document["messages"]
    assert (message["count"], message["expireDate"]) == (3, "2037-10-24 12:26:40 UTC")


def test_the_newest_messages_are_kept():
    body = {"messages": [{"message": str(n)} for n in range(MESSAGES + 5)]}
    document, _ = performed(body)
    found = [each["message"] for each in document["messages"]]
    assert (len(found), found[0], found[-1]) == (MESSAGES, "5", str(MESSAGES + 4))


def test_features_are_the_servers_own():
    document, said = performed({"featuresCustom": ["a", "b", "a"]})
    assert document["featuresCustom"] == ["a", "b"]
    assert said == ["Successfully modified features"]
    assert reported(document)["featuresCustom"] == ["a", "b"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"states": {"state": "Tired"}}, "'states.state' can't be 'Tired'.*'Idle'"),
        ({"state": "Tired"}, "'states.state' can't be 'Tired'.*'Idle'"),
        ({"states": {"powerState": "1"}}, "'states.powerState'.*'Hibernate'"),
        ({"states": "Idle"}, "The field 'states' can't be 'Idle'"),
        ({"metrics": {"a": "hot"}}, "'metrics.a' can't be 'hot'"),
        ({"metrics": {"a": "inf"}}, "'metrics.a' can't be inf: it is a finite"),
        ({"metrics": {" ": 1}}, "'metrics' can't have a member without a name"),
        ({"metrics": None}, "'metrics' can't be None"),
        ({"variables": {"": "x"}}, "'variables' can't have a member without a name"),
        ({"variables": ["x"]}, "'variables' can't be"),
        ({"variables": {"a": "\0"}}, "null character|NUL|U\\+0000"),
        ({"partition": " "}, "'partition' can't be empty"),
        ({"operatingSystem": {"image": ""}}, "'operatingSystem.image' can't be empty"),
        ({"messages": [{"message": ""}]}, "'messages' can't have an empty message"),
        ({"messages": [{}]}, "'messages.0.message' is required"),
        ({}, "nothing to modify"),
        (
            {"name": "n2", "index": 3},
            "nothing to modify in the request, which has name",
        ),
        ({"states": {"subState": "x"}}, "nothing to modify"),
    ],
)
def test_what_can_not_be(body, sentence):
    with pytest.raises(Invalid, match=sentence):
        NodeChange.of(body)


def test_a_whole_object_can_be_sent_back():
    document = node(jobs=[{"name": "Moab.1"}], partition="p")
    for body in (document, node_version_1(document)):
        change = NodeChange.of(body)
        assert [wish.properties() for wish in change.wishes] == [{"PARTITION": "p"}]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["state", "image", "name", ""]), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*GUIDE, *GUIDE_1, "featuresCustom"]), JSON))
def test_nothing_that_is_sent_breaks_it(body):
    try:
        change = NodeChange.of(body)
    except Invalid:
        return
    done = rm_changes.asked_for(change.wishes, "n1", [], None)
    document = change.noted(node(), done, NOW)
    assert with_kept(document) == document
    assert all(change.sentences(done))
