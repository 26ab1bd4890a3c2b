"""Reports as lines; what was written reads back the same."""

from collective.mwsvm.plugins import JobReport
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import VirtualMachineReport
from collective.mwsvm.plugins.reports.enums import JobReportFlag
from collective.mwsvm.plugins.reports.enums import JobReportState
from collective.mwsvm.plugins.reports.enums import NodeReportPower
from collective.mwsvm.plugins.reports.enums import NodeReportState
from collective.mwsvm.plugins.wiki import job_line
from collective.mwsvm.plugins.wiki import machine_line
from collective.mwsvm.plugins.wiki import node_line
from collective.mwsvm.plugins.wiki import read_jobs
from collective.mwsvm.plugins.wiki import read_machines
from collective.mwsvm.plugins.wiki import read_nodes
from collective.mwsvm.plugins.wiki.values import INFINITE
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest
import re


def test_the_guides_sample():
    """Section 6.3.2."""
    node = {
        "power": "ON",
        "metrics": {"cpuLoad": 0.019633333333333336},
        "resources": {
            "memory": {"available": 9230, "total": 10239},
            "processors": {"total": 4},
        },
        "timestamp": 1344488025,
        "state": "UP",
        "name": "n3.test",
    }
    assert node_line(node) == (
        "n3.test STATE=Up;UPDATETIME=1344488025;CPROC=4;CMEMORY=10239;AMEMORY=9230;"
        "CPULOAD=0.019633333333333336;POWER=On"
    )
    machine = {
        "name": "ldapdns",
        "state": "UP",
        "host": "management.test",
        "timestamp": 1344488025,
        "resources": {
            "processors": {"total": 1},
            "memory": {"total": 1024, "available": 152},
        },
        "metrics": {"cpuLoad": 0.0104},
        "power": "ON",
    }
    assert machine_line(machine) == (
        "ldapdns STATE=Up;CONTAINERNODE=management.test;UPDATETIME=1344488025;CPROC=1;"
        "CMEMORY=1024;AMEMORY=152;CPULOAD=0.0104;POWER=On"
    )


def test_all_of_a_node():
    node = {
        "name": "n1",
        "state": "IDLE",
        "subState": "sub",
        "resources": {"tape": {"total": 3, "available": 1}, "lic": {"total": 2}},
        "metrics": {"speed": 2, "temp": 20.5},
        "image": "hyper",
        "imagesAvailable": ["a", "b"],
        "features": ["f", "g h"],
        "variables": {"a": "b", "c": ""},
        "messages": ['say "no"; #1', "m2"],
        "ipAddress": "10.0.0.1",
        "architecture": "x86_64",
        "partition": "p",
    }
    assert node_line(node, "kvm", ["v1", "v 2"]) == (
        "n1 STATE=Idle:sub;CRES=tape:3,lic:2;ARES=tape:1;SPEED=2;GMETRIC[temp]=20.5;"
        "OS=hyper;OSLIST=a,b;NETADDR=10.0.0.1;ARCH=x86_64;PARTITION=p;"
        'FEATURE="f:g h";VARIABLE=a=b;VARIABLE=c;MESSAGE="say \'no\'\\; \\#1";MESSAGE=m2;'
        'VARATTR=HVTYPE=kvm;VMOSLIST="v1,v 2"'
    )


def test_nothing_but_a_name():
    assert node_line({"name": "n1"}) == "n1"
    assert node_line({"name": "n1"}, "kvm") == "n1 VARATTR=HVTYPE=kvm"
    assert job_line({"name": "j"}) == "j"


def test_only_the_first_requirement():
    job = {"name": "j", "requirements": [{"taskCount": 2}, {"taskCount": 3}]}
    assert job_line(job) == "j TASKS=2"
    assert len(job["requirements"]) == 2


def test_per_task_the_total_counts_and_processors_do_not():
    resources = {"memory": {"available": 4}, "lic": {"total": 1, "available": 9}}
    resources["processors"] = {"total": 8}
    job = {"name": "j", "requirements": [{"resourcesPerTask": resources}]}
    assert job_line(job) == "j RMEM=4;DGRES=lic:1"


def test_no_number_that_is_none():
    metrics = {"cpuLoad": float("nan"), "a": float("inf"), "b": 1.0}
    assert node_line({"name": "n", "metrics": metrics}) == "n GMETRIC[b]=1.0"


WILD = st.text(alphabet="aB =:,;#'\\\"\n\r\t[]+\x00\u2028", max_size=10)


def normal(text):
    """What becomes of a text."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).replace('"', "'")


def texts(reserved=""):
    """Anything, without what this field can't hold."""
    wild = st.text(max_size=8) | st.text(
        alphabet="aB =:,;#'\\\"\n\r\t+\x00\u2028é", max_size=8
    )
    cleaned = wild.map(normal)
    return cleaned.map(lambda text: re.sub(f"[{reserved}\x00]", "_", text)).filter(bool)


NAMES = st.text(alphabet="abcXYZ019._-+/é", min_size=1, max_size=6)
NUMBERS = st.integers(-(2**31), 2**31 - 1)
LONGS = st.integers(-(2**63), 2**63 - 1)
DATES = st.integers(1, INFINITE)
RESOURCE = st.fixed_dictionaries({}, optional={"total": NUMBERS, "available": NUMBERS})
RESOURCES = st.dictionaries(
    NAMES | st.sampled_from(["processors", "memory", "disk", "swap"]),
    RESOURCE.filter(bool),
    min_size=1,
)
METRICS = st.dictionaries(
    NAMES | st.sampled_from(["cpuLoad", "speed"]),
    st.floats(allow_nan=False, allow_infinity=False),
    min_size=1,
)


def lists(elements):
    return st.lists(elements, min_size=1, max_size=4)


def names(enumeration):
    return st.sampled_from([member.name for member in enumeration])


MACHINE = {
    "state": names(NodeReportState),
    "power": names(NodeReportPower),
    "timestamp": DATES,
    "image": texts(),
    "ipAddress": texts(),
    "resources": RESOURCES,
    "metrics": METRICS,
    "variables": st.dictionaries(NAMES, texts() | st.just(""), min_size=1),
}

NODE = {
    **MACHINE,
    "subState": texts(),
    "features": lists(texts(":")),
    "imagesAvailable": lists(texts(",")),
    "messages": lists(texts()),
    "partition": texts(),
    "architecture": texts(),
}

REQUIREMENT = {
    "nodeCount": NUMBERS,
    "taskCount": NUMBERS,
    "tasksPerNode": NUMBERS,
    "features": lists(texts(":")),
    "architecture": texts(),
    "nodes": lists(texts(",")),
    "resourcesPerTask": st.dictionaries(
        NAMES | st.sampled_from(["memory", "disk", "swap"]),
        NUMBERS.map(lambda number: {"total": number, "available": number}),
        min_size=1,
    ),
}

JOB = {
    **dict.fromkeys(
        ("customName", "account", "group", "user", "qos", "image"), texts()
    ),
    **dict.fromkeys(("commandLineArguments", "commandFile", "extension"), texts()),
    **dict.fromkeys(("standardErrorFilePath", "standardInputFilePath"), texts()),
    **dict.fromkeys(("standardOutputFilePath", "initialWorkingDirectory"), texts()),
    **dict.fromkeys(
        ("completedDate", "deadlineDate", "submitDate", "timestamp"), DATES
    ),
    **dict.fromkeys(("earliestStartDate", "startDate"), DATES),
    **dict.fromkeys(("systemPriority", "durationSuspended", "duration"), LONGS),
    "reservationRequested": texts(),
    "state": names(JobReportState),
    "environmentVariables": st.dictionaries(
        NAMES, texts(",") | st.just(""), min_size=1, max_size=4
    ),
    "completionCode": NUMBERS,
    "flags": lists(names(JobReportFlag)),
    "nodesRequested": lists(texts(",;")),
    "partitionAccessList": lists(texts(":")),
    "requirements": st.fixed_dictionaries({}, optional=REQUIREMENT)
    .filter(bool)
    .map(lambda requirement: [requirement]),
}


def reports(fields):
    """With a name and one further field at least."""
    named = {"name": NAMES.map(str.lower)}
    made = st.fixed_dictionaries(named, optional=fields)
    return made.filter(lambda report: len(report) > 1)


KINDS = [
    (node_line, read_nodes, "nodes", NodeReport, reports(NODE)),
    (
        machine_line,
        read_machines,
        "machines",
        VirtualMachineReport,
        reports({**MACHINE, "host": texts()}),
    ),
    (job_line, read_jobs, "jobs", JobReport, reports(JOB)),
]


@pytest.mark.parametrize(("write", "read", "kind", "report", "made"), KINDS)
@settings(deadline=None)
@given(data=st.data())
def test_what_is_written_reads_back(write, read, kind, report, made, data):
    json = data.draw(made)
    line = write(json)
    assert line.isprintable() or "\n" not in line
    found = read(line)
    assert found.faults == []
    assert getattr(found, kind) == [json]
    # Reports take it as it is; they only add when it was made.
    taken = report.from_json(json).to_json()
    assert taken == {"timestamp": taken["timestamp"], **json}


@settings(deadline=None)
@given(
    name=WILD.filter(bool),
    text=WILD,
    key=WILD,
    elements=st.lists(WILD, max_size=3),
)
def test_nothing_wild_makes_another_attribute_or_object(name, text, key, elements):
    node = {
        "name": name,
        "state": "UP",
        "subState": text,
        "image": text,
        "features": elements,
        "messages": elements,
        "imagesAvailable": elements,
        "variables": {key: text},
        "metrics": {key: 1.0},
        "resources": {key: {"total": 1, "available": 2}},
        "timestamp": 7,
    }
    line = node_line(node, text, elements)
    assert len(line.splitlines()) == 1
    found = read_nodes(f"first STATE=Idle\n{line}\nlast STATE=Idle")
    assert found.faults == []
    assert len(found.nodes) == 3
    read = found.nodes[1]
    assert set(read) <= set(node)
    assert (read["state"], read["timestamp"]) == ("UP", 7)
    assert len(read.get("features", ())) == len([e for e in elements if e])
    assert len(read.get("messages", ())) == len([e for e in elements if e])
    assert len(read.get("variables", ())) == len(read.get("metrics", ())) == bool(key)
    assert read.get("image", "") == normal(text)
