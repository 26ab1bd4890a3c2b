"""What all reports have in common (guide 6.2.9)."""

from collective.mwsvm.plugins import JobReport
from collective.mwsvm.plugins import JobReportRequirement
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import NodeReportState
from collective.mwsvm.plugins import ReportResource
from collective.mwsvm.plugins import ReportResourceMap
from collective.mwsvm.plugins.reports import base
from copy import deepcopy
from datetime import datetime
from datetime import UTC
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from tests.plugins.api.tables import REPORTS
import pickle
import pytest


NODE = {
    "name": "n1",
    "timestamp": 1344488025,
    "resources": {"processors": {"total": 4}},
    "metrics": {"cpuLoad": 0.0182},
    "state": "UP",
    "power": "ON",
    "image": "hyper",
    "features": ["a"],
    "imagesAvailable": ["x"],
    "messages": ["m"],
    "variables": {"a": "b"},
    "ipAddress": "10.0.0.1",
    "partition": "p",
    "subState": "s",
    "architecture": "x86_64",
}


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(base, "now", lambda: 1000.9)


def test_the_sample_of_json():
    node = NodeReport("N1")
    node.timestamp = 1344488025
    node.resources.processors.total = 4
    node.metrics.cpuLoad = 0.0182
    node.state = NodeReportState.UP
    node.power = NodeReportPower.ON
    node.image = "hyper"
    node.features.append("a")
    node.images_available = ["x"]
    node.messages = ["m"]
    node.variables["a"] = "b"
    node.ip_address = "10.0.0.1"
    node.partition = "p"
    node.sub_state = "s"
    node.architecture = "x86_64"
    assert node.to_json() == NODE
    assert NodeReport.from_json(NODE) == node
    assert NodeReport.from_json(NODE).to_json() == NODE


@pytest.mark.parametrize("cls", REPORTS)
def test_name_and_timestamp(cls, clock):
    report = cls("Object.ONE")
    assert report.to_json() == {"name": "object.one", "timestamp": 1000}
    assert report.timestamp == datetime.fromtimestamp(1000, UTC)
    report.name = "Other"
    report.timestamp = "2012-08-09 04:53:45 UTC"
    assert report.to_json() == {"name": "other", "timestamp": 1344488025}
    for nothing in (None, "no date"):
        report.timestamp = 5
        report.timestamp = nothing
        assert report.to_json()["timestamp"] == 1000


@pytest.mark.parametrize("cls", REPORTS)
@pytest.mark.parametrize("name", [None, 5, "", " "])
def test_a_report_needs_a_name(cls, name):
    with pytest.raises((TypeError, ValueError), match=r"^name is .*; allowed is"):
        cls(name)
    report = cls("good")
    with pytest.raises((TypeError, ValueError), match=r"^name is .*; allowed is"):
        report.name = name
    assert report.name == "good"


@pytest.mark.parametrize("cls", REPORTS)
def test_what_is_mws_own_is_not_sent(cls):
    report = cls("o")
    assert report.pluginId is None
    assert report.precedence is None
    report.plugin_id = "plugin1"
    report.precedence = 5
    assert (report.pluginId, report.precedence) == ("plugin1", 5)
    assert set(report.to_json()) == {"name", "timestamp"}
    again = cls.from_json({**report.to_json(), "pluginId": "p", "precedence": 1})
    assert (again.pluginId, again.precedence) == ("p", 1)
    assert set(again.to_json()) == {"name", "timestamp"}


@pytest.mark.parametrize("cls", REPORTS)
@pytest.mark.parametrize("name", ["sate", "nodeCountMinimum", "images", "to_text"])
def test_typing_errors_are_told(cls, name):
    report = cls("o")
    sentence = rf"^{cls.__name__} has no field '{name}'; its fields are name, .*state"
    with pytest.raises(AttributeError, match=sentence):
        setattr(report, name, "x")
    with pytest.raises(AttributeError, match=sentence):
        getattr(report, name)
    with pytest.raises(ValueError, match=sentence):
        cls.from_json({"name": "o", name: "x"})
    assert not hasattr(report, name)


@pytest.mark.parametrize("cls", REPORTS)
def test_from_json_needs_a_name(cls):
    with pytest.raises(TypeError, match="^name is None"):
        cls.from_json({"timestamp": 5})


def test_of_keeps_the_dictionary(clock):
    json = deepcopy(NODE)
    node = NodeReport.of(json)
    assert node.state is NodeReportState.UP
    assert node.image == "hyper"
    assert node.timestamp.timestamp() == 1344488025
    assert node.to_json() is json
    assert json == NODE
    assert NodeReport.of({"name": "n"}).to_json() == {"name": "n", "timestamp": 1000}


def test_of_can_be_changed():
    node = NodeReport.of(deepcopy(NODE))
    node.resources.processors.available = 3
    node.features << "b"
    node.metrics.speed = 2
    node.variables.clear()
    node.image = None
    expected = {
        **NODE,
        "resources": {"processors": {"total": 4, "available": 3}},
        "features": ["a", "b"],
        "metrics": {"cpuLoad": 0.0182, "speed": 2.0},
    }
    del expected["variables"], expected["image"]
    assert node.to_json() == expected


def test_reading_changes_nothing():
    node = NodeReport.of(deepcopy(NODE))
    for name in NodeReport.FIELDS:
        getattr(node, name)
    assert node.to_json() == NODE


def test_reports_are_equal_by_what_they_say():
    one, two = NodeReport.from_json(NODE), NodeReport.from_json(NODE)
    assert one == two
    two.image = "other"
    assert one != two
    assert one != NODE
    assert eval(repr(one)) == one
    one.precedence = 3
    one.resources.memory.total = 1
    for copied in (deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert copied == one
        assert copied.precedence == 3
        copied.features.append("z")
        copied.resources.memory.total = 2
        assert copied != one
        assert one.resources.memory.total == 1
    resources = deepcopy(one.resources)
    assert resources == one.resources
    assert resources.memory is not one.resources.memory


def test_resources_come_to_be_by_reading():
    node = NodeReport("n")
    node.resources.RES1.total = 10
    node.resources["RES2"].available = 3
    node.resources.get("RES3").total = 0
    assert node.resources.get("RES4", 5) == 5
    assert "RES4" not in node.resources
    assert not node.resources.containsKey("RES4")
    assert node.resources.RES5.total is None
    assert list(node.resources) == ["RES1", "RES2", "RES3", "RES5"]
    assert node.to_json()["resources"] == {
        "RES1": {"total": 10},
        "RES2": {"available": 3},
        "RES3": {"total": 0},
    }
    del node.resources["RES1"]
    assert "RES1" not in node.resources


def test_resources_may_be_set_in_several_ways():
    node = NodeReport("n")
    shared = ReportResource(total=1)
    node.resources = {"a": shared, "b": {"total": 2.5, "available": None}}
    node.resources.c = {"available": 1}
    shared.available = 7
    expected = {
        "a": {"total": 1, "available": 7},
        "b": {"total": 2},
        "c": {"available": 1},
    }
    assert node.to_json()["resources"] == expected
    assert ReportResourceMap(expected) == node.resources
    node.resources = None
    assert "resources" not in node.to_json()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["a"], "resources is"),
        ({"a": 5}, "A resource is 5; allowed are"),
        ({"a": {"totl": 5}}, "A resource has the key 'totl'; allowed are total and"),
        ({"a": {"total": "5"}}, "total is '5'; allowed is a number"),
        ({"a": {"available": True}}, "available is True; allowed is a number"),
        ({5: {"total": 5}}, "resources has the key 5; allowed are texts"),
    ],
)
def test_wrong_resources(given, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        NodeReport("n").resources = given


def test_a_resource_has_no_other_fields():
    with pytest.raises(AttributeError):
        NodeReport("n").resources.memory.totl = 5


def test_requirements_act_as_the_first_one():
    job = JobReport("job.1")
    assert list(job.requirements) == []
    job.requirements.nodeCount = 4
    job.requirements.task_count = 2
    job.requirements.features << "FEAT1"
    job.requirements.resourcesPerTask.memory.total = 512
    job.requirements.append(JobReportRequirement(architecture="arm"))
    assert job.requirements[0].nodeCount == 4
    assert job.requirements.node_count == 4
    first = {
        "nodeCount": 4,
        "taskCount": 2,
        "features": ["FEAT1"],
        "resourcesPerTask": {"memory": {"total": 512}},
    }
    assert job.to_json()["requirements"] == [first, {"architecture": "arm"}]
    again = JobReport.from_json(job.to_json())
    assert again == job
    assert again.requirements.nodeCount == 4


def test_requirements_may_be_set_in_several_ways():
    job, requirement = JobReport("j"), JobReportRequirement(nodeCount=1)
    for value in (requirement, {"nodeCount": 1}, [requirement], ({"nodeCount": 1},)):
        job.requirements = value
        assert job.to_json()["requirements"] == [{"nodeCount": 1}]
    job.requirements = requirement
    requirement.nodes = ["n1"]
    assert job.to_json()["requirements"] == [{"nodeCount": 1, "nodes": ["n1"]}]
    job.requirements = None
    assert "requirements" not in job.to_json()


def test_empty_requirements_are_not_sent():
    job = JobReport("j")
    assert job.requirements.nodeCount is None
    assert "requirements" not in job.to_json()


@pytest.mark.parametrize("given", [5, "x", [5], [None], {"nodeCont": 1}])
def test_wrong_requirements(given):
    with pytest.raises((TypeError, ValueError)):
        JobReport("j").requirements = given


def test_typing_errors_in_requirements_are_told():
    job = JobReport("j")
    with pytest.raises(AttributeError, match="has no field 'nodeCountMinimum'"):
        job.requirements.nodeCountMinimum = 4
    with pytest.raises(AttributeError, match="has no field 'nodeCont'"):
        JobReportRequirement(nodeCont=1)


names = st.text(min_size=1, max_size=8)
lists = st.lists(st.text(max_size=5), min_size=1, max_size=3)
amounts = st.dictionaries(
    st.sampled_from(["total", "available"]), st.integers(), min_size=1
)
nodes = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"[a-z0-9.\-]{1,10}", fullmatch=True),
        "timestamp": st.integers(0, 2**33),
    },
    optional={
        "resources": st.dictionaries(names, amounts, min_size=1),
        "metrics": st.dictionaries(
            names, st.floats(allow_nan=False, allow_infinity=False), min_size=1
        ),
        "variables": st.dictionaries(names, st.text(), min_size=1),
        "features": lists,
        "imagesAvailable": lists,
        "state": st.sampled_from([state.name for state in NodeReportState]),
        "power": st.sampled_from([power.name for power in NodeReportPower]),
        "image": st.text(),
        "subState": st.text(),
    },
)


@given(nodes)
@settings(deadline=None)
def test_json_comes_back_as_it_was(json):
    assert NodeReport.from_json(json).to_json() == json
    opened = NodeReport.of(deepcopy(json))
    for name in NodeReport.FIELDS:
        getattr(opened, name)
    assert opened.to_json() == json


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda below: st.lists(below) | st.dictionaries(st.text() | st.integers(), below),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(NodeReport.FIELDS), anything))
@settings(deadline=None)
def test_what_is_refused_is_refused_in_a_sentence(json):
    try:
        report = NodeReport.from_json({"name": "n", **json})
    except (TypeError, ValueError) as error:
        assert "allowed" in str(error)
    else:
        assert NodeReport.from_json(report.to_json()) == report
