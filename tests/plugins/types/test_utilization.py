"""The types NodeUtilizationReport and VMUtilizationReport, against a fake REST API."""

from collective.mwsvm.models import dates
from collective.mwsvm.plugins import Params
from collective.mwsvm.plugins.constraints import Constraints
from collective.mwsvm.plugins.types.utilization import problems
from collective.mwsvm.plugins.types.utilization.levels import HIGH
from collective.mwsvm.plugins.types.utilization.levels import LOW
from collective.mwsvm.plugins.types.utilization.levels import MEDIUM
from collective.mwsvm.plugins.types.utilization.levels import Sample
from collective.mwsvm.plugins.types.utilization.levels import Thresholds
from collective.mwsvm.plugins.types.utilization.node import NodeUtilizationReportPlugin
from collective.mwsvm.plugins.types.utilization.node import NodeUtilizationReportProject
from collective.mwsvm.plugins.types.utilization.vm import VMUtilizationReportPlugin
from hypothesis import given
from hypothesis import strategies as st
from tests.plugins.types.fakes import complaints
from tests.plugins.types.fakes import make
from tests.plugins.types.fakes import messages_of
from tests.plugins.types.fakes import Rest
import pytest


BOTH = (NodeUtilizationReportPlugin, VMUtilizationReportPlugin)
NODES = ("get", "/rest/nodes")
VMS = ("get", "/rest/vms")
EVENTS = ("post", "/rest/events")
NODE_SAMPLES = ("post", "/rest/reports/node-utilization/samples")
VM_SAMPLES = ("post", "/rest/reports/vm-utilization/samples")


def node(
    name="n1", *, cpu=50, total=100, available=50, at="2026", state="Idle", dc=None
):
    made = {
        "name": name,
        "metrics": {"cpuUtilization": cpu},
        "states": {"state": state},
        "lastUpdatedDate": at,
        "resources": {"memory": {"real": total, "available": available}},
    }
    return made if dc is None else {**made, "attributes": {"MOAB_DATACENTER": dc}}


def vm(name="vm1", *, host="n1", configured=100, available=50, cpu=50):
    return {
        "name": name,
        "host": {"name": host},
        "metrics": {"cpuUtilization": cpu},
        "states": {"state": "Running"},
        "lastUpdatedDate": "2026",
        "resources": {"memory": {"configured": configured, "available": available}},
    }


def results(*documents):
    return 200, {"totalCount": len(documents), "results": list(documents)}


def polled(cls=NodeUtilizationReportPlugin, answers=None, versions=(1, 2), **config):
    plugin = make(cls, reportSize=10, **config)
    plugin.moabRestService = Rest(answers, versions)
    plugin.poll()
    return plugin


def sample(plugin, samples=NODE_SAMPLES):
    (sent,) = plugin.moabRestService.sent(*samples)
    return sent


def events(plugin):
    return plugin.moabRestService.sent(*EVENTS)


# -- counting


@pytest.mark.parametrize(
    ("percent", "level"),
    [(0, LOW), (24.9, LOW), (25, MEDIUM), (74.9, MEDIUM), (75, HIGH), (200, HIGH)],
)
def test_levels(percent, level):
    assert Thresholds(25, 75).level(percent) == level


@given(
    st.lists(
        st.tuples(
            st.integers(0, 100), st.integers(0, 100), st.sampled_from([None, "a", "b"])
        )
    )
)
def test_the_sums_are_right(objects):
    counted = Sample(Thresholds(25, 75), Thresholds(25, 75))
    for each in objects:
        counted.add(*each)
    data = counted.data()
    assert data["all"]["total"] == len(objects)
    for name, counts in data.items():
        total = counts["total"]
        for prefix in ("cpu", "memory"):
            assert sum(
                counts[f"{prefix}{end}"] for end in ("Low", "Medium", "High")
            ) == (total)
        assert counts["low"] + counts["medium"] + counts["high"] == total
        assert counts["high"] >= max(counts["cpuHigh"], counts["memoryHigh"])
        assert counts["low"] <= min(counts["cpuLow"], counts["memoryLow"])
        of_center = [e for e in objects if name == "all" or e[2] == name]
        assert total == len(of_center)
        if total:
            average = sum(cpu for cpu, _, _ in of_center) / total
            assert counts["cpuAverage"] == pytest.approx(average)


# -- the report


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        (NodeUtilizationReportPlugin, "node-utilization"),
        (VMUtilizationReportPlugin, "vm-utilization"),
    ],
)
def test_a_missing_report_is_created(cls, name):
    plugin = polled(cls, {("get", f"/rest/reports/{name}"): (404, {})})
    (created,) = plugin.moabRestService.sent("post", "/rest/reports/")
    assert created.pop("description")
    assert created == {
        "name": name,
        "consolidationFunction": "average",
        "datapointDuration": 900,
        "reportSize": 10,
        "keepSamples": False,
        "reportDocumentSize": 20480,
    }


def test_a_report_that_is_there_is_not_created():
    assert polled().moabRestService.sent("post", "/rest/reports/") == []


def test_without_a_report_there_is_no_sample():
    answers = {
        ("get", "/rest/reports/node-utilization"): (404, {}),
        ("post", "/rest/reports/"): (400, {"messages": ["No", "room"]}),
        NODES: results(node()),
    }
    plugin = polled(answers=answers)
    assert plugin.moabRestService.sent(*NODE_SAMPLES) == []
    (event,) = events(plugin)
    assert event["eventType"] == "NodeReportCreationFailure"
    assert "No room" in event["errorMessage"]["message"]
    assert event["primaryObject"] == {"id": "node-utilization", "type": "reports"}
    assert plugin.log.of("error") == [event["errorMessage"]["message"]]


@pytest.mark.parametrize("cls", BOTH)
def test_recreate_report_deletes_and_creates(cls):
    plugin = make(cls, reportSize=10)
    answer = plugin.recreateReport(Params())
    report = cls.kind.report
    methods = [(method, url) for method, url, _, _ in plugin.moabRestService.calls]
    assert methods == [
        ("delete", f"/rest/reports/{report}"),
        ("post", "/rest/reports/"),
    ]
    assert answer == {
        "messages": [f"The report {report} was deleted and created again"]
    }


def test_recreate_report_tells_why_it_failed():
    plugin = make(NodeUtilizationReportPlugin, reportSize=10)
    plugin.moabRestService = Rest(
        {("post", "/rest/reports/"): (400, {"messages": ["no"]})}
    )
    messages = plugin.recreateReport(Params())["messages"]
    assert messages == [
        "The report node-utilization could not be created again",
        "no",
    ]


# -- queries


def test_nodes_are_asked_for_in_version_2():
    (asked,) = polled().moabRestService.asked("/rest/nodes")
    assert asked == {
        "api-version": 2,
        "fields": "metrics.cpuUtilization,attributes.MOAB_DATACENTER,"
        "lastUpdatedDate,states.state,name,resources.memory",
    }


def test_nodes_are_asked_for_in_version_1():
    (asked,) = polled(versions=(1,)).moabRestService.asked("/rest/nodes")
    assert asked == {
        "api-version": 1,
        "fields": "genericMetrics.cpuUtilization,attributes.MOAB_DATACENTER,"
        "lastUpdateDate,state,id,availableMemory,totalMemory",
    }


@pytest.mark.parametrize(
    ("versions", "fields"),
    [
        (
            (1, 2),
            "metrics.cpuUtilization,host.name,lastUpdatedDate,states.state,name,"
            "resources.memory",
        ),
        (
            (1,),
            "genericMetrics.cpuUtilization,node.id,lastUpdateDate,state,id,"
            "availableMemory,totalMemory",
        ),
    ],
)
def test_machines_are_asked_for(versions, fields):
    plugin = polled(VMUtilizationReportPlugin, versions=versions)
    (asked,) = plugin.moabRestService.asked("/rest/vms")
    assert asked == {"api-version": len(versions), "fields": fields}


@pytest.mark.parametrize(
    ("cls", "url", "event_type", "category"),
    [
        (NodeUtilizationReportPlugin, NODES, "NodeQueryFailure", "nodeReport"),
        (VMUtilizationReportPlugin, VMS, "VMQueryFailure", "vmReport"),
    ],
)
def test_a_query_that_fails(cls, url, event_type, category):
    plugin = polled(cls, {url: (500, {"messages": ["broken"]})})
    (event,) = events(plugin)
    assert event["eventType"] == event_type
    assert event["eventCategory"] == category
    assert "broken" in event["errorMessage"]["message"]
    assert [u for m, u, _, _ in plugin.moabRestService.calls if "samples" in u] == []


# -- samples


def test_the_sample_of_nodes():
    answers = {
        NODES: results(
            node("n1", cpu=10, available=90, dc="east"),
            node("n2", cpu=50, available=10, dc={"value": "w", "displayValue": "West"}),
            node("n3", cpu=90, available=50),
        )
    }
    sent = sample(polled(answers=answers))
    assert sent["agent"] == "Node Utilization Report Plugin"
    assert list(sent["data"]) == ["all", "east", "West"]
    assert sent["data"]["all"] == {
        "cpuLow": 1,
        "cpuMedium": 1,
        "cpuHigh": 1,
        "cpuAverage": 50,
        "memoryLow": 1,
        "memoryMedium": 1,
        "memoryHigh": 1,
        "memoryAverage": 50,
        "low": 1,
        "medium": 0,
        "high": 2,
        "total": 3,
    }
    assert sent["data"]["east"]["total"] == 1
    assert sent["data"]["West"]["memoryHigh"] == 1


def test_the_sample_in_version_1():
    document = {
        "id": "n1",
        "state": "IDLE",
        "lastUpdateDate": "2026",
        "genericMetrics": {"cpuUtilization": 80.5},
        "totalMemory": 200,
        "availableMemory": 150,
        "attributes": {"MOAB_DATACENTER": "east"},
    }
    sent = sample(polled(answers={NODES: results(document)}, versions=(1,)))
    assert sent["data"]["east"]["cpuAverage"] == 80.5
    assert sent["data"]["east"]["memoryAverage"] == 25


def test_the_sample_of_machines_uses_the_centers_of_their_hosts():
    answers = {
        VMS: results(vm("vm1"), vm("vm2", host="n2"), vm("vm3", host=None)),
        NODES: results(
            {"name": "n1", "attributes": {"MOAB_DATACENTER": "east"}}, {"name": "n2"}
        ),
    }
    plugin = polled(VMUtilizationReportPlugin, answers)
    sent = sample(plugin, VM_SAMPLES)
    assert sent["agent"] == "VM Utilization Report Plugin"
    assert {name: counts["total"] for name, counts in sent["data"].items()} == {
        "all": 3,
        "east": 1,
    }


def test_machines_are_counted_without_the_nodes():
    answers = {VMS: results(vm()), NODES: (500, {"messages": ["broken"]})}
    plugin = polled(VMUtilizationReportPlugin, answers)
    assert sample(plugin, VM_SAMPLES)["data"]["all"]["total"] == 1
    assert [event["eventType"] for event in events(plugin)] == ["VMQueryFailure"]


def test_thresholds_are_those_of_the_configuration():
    sent = sample(
        polled(
            answers={NODES: results(node(cpu=15, available=85))},
            cpuLowThreshold=5,
            cpuHighThreshold=15,
            memoryLowThreshold=20,
        )
    )
    counts = sent["data"]["all"]
    assert (counts["cpuHigh"], counts["memoryLow"], counts["high"]) == (1, 1, 1)


def test_without_nodes_the_sample_is_empty():
    sent = sample(polled(answers={NODES: results()}))
    assert sent["data"]["all"]["total"] == 0


def test_nothing_to_count_makes_no_sample():
    plugin = polled(answers={NODES: results(node(state="Down"))})
    assert plugin.moabRestService.sent(*NODE_SAMPLES) == []
    assert events(plugin) == []


def test_a_sample_that_is_refused():
    answers = {NODES: results(node()), NODE_SAMPLES: (400, {"messages": ["full"]})}
    (event,) = events(polled(answers=answers))
    assert event["eventType"] == "NodeReportSampleCreationFailure"
    assert "full" in event["errorMessage"]["message"]


# -- objects with problems


@pytest.mark.parametrize(
    ("document", "severity", "counted", "part"),
    [
        (node(None), "ERROR", False, "without a name"),
        (node(state=None), "ERROR", False, "no state"),
        (node(state="Sleepy"), "ERROR", False, "no state"),
        (node(state="Drained"), "WARN", True, "unusual state Drained"),
        (node(state="Unknown"), "WARN", True, "unusual state Unknown"),
        (node(cpu=None), "ERROR", False, "no metric cpuUtilization"),
        (node(cpu="high"), "ERROR", False, "no metric cpuUtilization"),
        (node(total=None), "ERROR", False, "total memory is not known"),
        (node(total=0), "ERROR", False, "total memory is 0"),
        (node(available=None), "ERROR", False, "available memory is not known"),
    ],
)
def test_nodes_with_problems(document, severity, counted, part):
    answers = {NODES: results(document, node("n2"))}
    plugin = polled(answers=answers)
    (event,) = events(plugin)
    assert part in event["errorMessage"]["message"]
    assert event["severity"] == severity
    assert event["eventType"] == "InvalidNodeProperties"
    assert event["eventCategory"] == "nodeReport"
    assert event["facility"] == "reporting"
    assert event["sourceComponent"] == "NodeUtilizationReportPlugin"
    assert event["details"] == {"pluginId": "p1"}
    assert event["primaryObject"] == {"id": document["name"], "type": "node"}
    dates.parse(event["eventTime"])
    assert sample(plugin)["data"]["all"]["total"] == 1 + counted


def test_machines_with_problems():
    plugin = polled(
        VMUtilizationReportPlugin, {VMS: results(vm(configured=0), vm("vm2"))}
    )
    (event,) = events(plugin)
    assert event["eventType"] == "InvalidVirtualMachineProperties"
    assert event["primaryObject"] == {"id": "vm1", "type": "vm"}
    assert event["sourceComponent"] == "VMUtilizationReportPlugin"


@pytest.mark.parametrize("state", ["Running", "Busy", "Idle", "Up"])
def test_usual_states_are_no_problem(state):
    plugin = polled(answers={NODES: results(node(state=state))})
    assert events(plugin) == []
    assert sample(plugin)["data"]["all"]["total"] == 1


def test_events_are_limited_and_the_log_is_not():
    nodes = [node(f"n{number}", cpu=None) for number in range(problems.EVENTS + 20)]
    plugin = polled(answers={NODES: results(*nodes)})
    assert len(events(plugin)) == problems.EVENTS
    assert len(plugin.log.of("error")) == problems.EVENTS + 20


# -- updates between polls


def test_nodes_that_were_not_updated_are_left_out():
    plugin = polled(answers={NODES: results(node("n1"), node("n2"))})
    plugin.moabRestService = Rest(
        {NODES: results(node("n1"), node("n2", at="2027"), node("n3"))}
    )
    plugin.poll()
    assert sample(plugin)["data"]["all"]["total"] == 2
    (event,) = events(plugin)
    assert event["severity"] == "WARN"
    assert event["primaryObject"]["id"] == "n1"
    assert plugin.pluginDatastoreService.getCollection("node-last-updated-date") == [
        {"name": "n1", "lastUpdatedDate": "2026"},
        {"name": "n2", "lastUpdatedDate": "2027"},
        {"name": "n3", "lastUpdatedDate": "2026"},
    ]


def test_nodes_that_are_gone_are_forgotten():
    plugin = polled(answers={NODES: results(node("n1"))})
    plugin.moabRestService = Rest({NODES: results()})
    plugin.poll()
    assert not plugin.pluginDatastoreService.getCollection("node-last-updated-date")


def test_nodes_without_a_date_count_each_time():
    plugin = polled(answers={NODES: results(node(at=None))})
    plugin.moabRestService = Rest({NODES: results(node(at=None))})
    plugin.poll()
    assert sample(plugin)["data"]["all"]["total"] == 1


def test_machines_have_a_collection_of_their_own():
    plugin = polled(VMUtilizationReportPlugin, {VMS: results(vm())})
    store = plugin.pluginDatastoreService.collections
    assert list(store) == ["vm-last-updated-date"]


# -- configuration


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize(
    ("config", "part"),
    [
        ({"reportSize": None}, "'reportSize'"),
        ({"reportSize": 0}, "'reportSize'"),
        ({"reportConsolidationDuration": 0}, "'reportConsolidationDuration'"),
        ({"reportDocumentSize": 0}, "'reportDocumentSize'"),
        ({"cpuHighThreshold": 101}, "'cpuHighThreshold'"),
        ({"cpuLowThreshold": -1}, "'cpuLowThreshold'"),
        ({"cpuHighThreshold": 10, "cpuLowThreshold": 20}, "less than cpuLowThreshold"),
        (
            {"memoryHighThreshold": 10.5, "memoryLowThreshold": 20},
            "less than memoryLowThreshold",
        ),
        ({"memoryHighThreshold": "much"}, "'memoryHighThreshold'"),
    ],
)
def test_wrong_configuration(cls, config, part):
    (complaint,) = complaints(cls, **{"reportSize": 10, **config})
    assert part in complaint


@pytest.mark.parametrize("cls", BOTH)
def test_defaults_labels_and_help(cls):
    constraints = Constraints.of(cls)
    assert constraints.prepare({"reportSize": "5"}) == {
        "cpuHighThreshold": 75,
        "cpuLowThreshold": 25,
        "memoryHighThreshold": 75,
        "memoryLowThreshold": 25,
        "reportConsolidationDuration": 900,
        "reportDocumentSize": 20480,
        "reportSize": 5,
    }
    assert constraints.describe_poll_interval()["default"] == 60
    described = constraints.describe(messages_of(cls), cls.kind.prefix)
    for parameter in described:
        assert parameter["label"] != parameter["name"]
        assert parameter["help"]
        assert parameter["required"] is True or parameter["default"] is None


def test_the_project_says_which_versions_it_needs():
    assert NodeUtilizationReportProject.mwsVersion == "7.1.4 > *"
    assert NodeUtilizationReportProject.commonsVersion == "0.9.4 > *"
    assert not hasattr(NodeUtilizationReportProject, "initialPlugins")
