"""Every row of the tables of attributes, and how numbers and dates are read."""

from collective.mwsvm.plugins.wiki import read_jobs
from collective.mwsvm.plugins.wiki import read_machines
from collective.mwsvm.plugins.wiki import read_nodes
from collective.mwsvm.plugins.wiki.values import INFINITE
from collective.mwsvm.plugins.wiki.values import quote
import pytest


COMMON = [
    ("STATE=running", {"state": "RUNNING"}),
    ("UPDATETIME=1344488025", {"timestamp": 1344488025}),
    ("CPROC=4", {"resources": {"processors": {"total": 4}}}),
    ("APROC=3", {"resources": {"processors": {"available": 3}}}),
    ("CMEMORY=512MB", {"resources": {"memory": {"total": 512}}}),
    ("AMEMORY=100", {"resources": {"memory": {"available": 100}}}),
    ("CDISK=9", {"resources": {"disk": {"total": 9}}}),
    ("ADISK=8", {"resources": {"disk": {"available": 8}}}),
    ("CSWAP=7", {"resources": {"swap": {"total": 7}}}),
    ("ASWAP=6", {"resources": {"swap": {"available": 6}}}),
    ("CPULOAD=0.25", {"metrics": {"cpuLoad": 0.25}}),
    ("GMETRIC[Watts]=200", {"metrics": {"Watts": 200.0}}),
    ("gmetric[temp]=1e2", {"metrics": {"temp": 100.0}}),
    ("OS=hyper", {"image": "hyper"}),
    ("NETADDR=10.0.0.1", {"ipAddress": "10.0.0.1"}),
    ("POWER=on", {"power": "ON"}),
    ("POWER=none", {"power": "NONE"}),
    ("VARIABLE=a=b", {"variables": {"a": "b"}}),
    ("GEVENT[x]=y", {}),
    ("VARATTR=HVTYPE=kvm+attr2+attr3:val", {}),
    ("VMOSLIST=a,b", {}),
    ("HVTYPE=kvm", {}),
    ("SLAVE=true", {}),
    ("OS=", {}),
    ("CPROC=", {}),
    ('OS=""', {}),
]

NODES = [
    *COMMON,
    ("CRES=tape:3,lic:2", {"resources": {"tape": {"total": 3}, "lic": {"total": 2}}}),
    ("ARES=tape:1", {"resources": {"tape": {"available": 1}}}),
    ("ARCH=x86_64", {"architecture": "x86_64"}),
    ("SPEED=2.5", {"metrics": {"speed": 2.5}}),
    ("FEATURE=a:b:c", {"features": ["a", "b", "c"]}),
    ('FEATURE="a::b c"', {"features": ["a", "b c"]}),
    ("MESSAGE=m", {"messages": ["m"]}),
    ("OSLIST=a,b", {"imagesAvailable": ["a", "b"]}),
    ("PARTITION=p", {"partition": "p"}),
    ("CONTAINERNODE=n2", {}),
]

MACHINES = [
    *COMMON,
    ("CONTAINERNODE=Hv1", {"host": "Hv1"}),
    ("OSLIST=a,b", {}),
    ("MIGRATIONDISABLED=1", {}),
]


def required(**fields):
    return {"requirements": [fields]}


def per_task(name, number):
    return required(resourcesPerTask={name: {"total": number, "available": number}})


JOBS = [
    ("ACCOUNT=a", {"account": "a"}),
    ("ARGS='-x -y'", {"commandLineArguments": "'-x -y'"}),
    ("COMMENT=c", {"extension": "c"}),
    ("COMPLETETIME=1", {"completedDate": 1}),
    ("DGRES=lic:2", per_task("lic", 2)),
    ("ENDDATE=2", {"deadlineDate": 2}),
    ("ENV=A:1,B:x:y,C", {"environmentVariables": {"A": "1", "B": "x:y", "C": ""}}),
    ("ERROR=/e", {"standardErrorFilePath": "/e"}),
    ("INPUT=/i", {"standardInputFilePath": "/i"}),
    ("OUTPUT=/o", {"standardOutputFilePath": "/o"}),
    ("EXEC=/x", {"commandFile": "/x"}),
    ("EXITCODE=-3", {"completionCode": -3}),
    ("FLAGS=backfill,ADVRES:r.1,odd", {"flags": ["BACKFILL", "ADVRES", "NONE"]}),
    ("GNAME=g", {"group": "g"}),
    ('HOSTLIST="a;b,c"', {"nodesRequested": ["a", "b", "c"]}),
    ("HOSTLIST=a\\;b", {"nodesRequested": ["a", "b"]}),
    ("IWD=/tmp", {"initialWorkingDirectory": "/tmp"}),
    ("NAME=n", {"customName": "n"}),
    ("NODES=2", required(nodeCount=2)),
    ("PARTITIONMASK=a:b", {"partitionAccessList": ["a", "b"]}),
    ("PRIORITY=9000000000", {"systemPriority": 9000000000}),
    ("QOS=q", {"qos": "q"}),
    ("QUEUETIME=3", {"submitDate": 3}),
    ("RARCH=x86", required(architecture="x86")),
    ("RDISK=1", per_task("disk", 1)),
    ("RMEM=2MB", per_task("memory", 2)),
    ("RSWAP=3", per_task("swap", 3)),
    ("REQRSV=r", {"reservationRequested": "r"}),
    ("RFEATURES=a:b", required(features=["a", "b"])),
    ("ROPSYS=linux", {"image": "linux"}),
    ("STARTDATE=4", {"earliestStartDate": 4}),
    ("STARTTIME=5", {"startDate": 5}),
    ("STATE=NotQueued", {"state": "NOT_QUEUED"}),
    ("STATE=batch_hold", {"state": "BATCH_HOLD"}),
    ("SUSPENDTIME=6", {"durationSuspended": 6}),
    ("TASKLIST=n1,n1,n2", required(nodes=["n1", "n1", "n2"])),
    ("TASKS=7", required(taskCount=7)),
    ("TASKPERNODE=8", required(tasksPerNode=8)),
    ("UNAME=u", {"user": "u"}),
    ("WCLIMIT=infinity", {"duration": INFINITE}),
    ("UPDATETIME=9", {"timestamp": 9}),
]

ROWS = [
    *((read_nodes, "nodes", *row) for row in NODES),
    *((read_machines, "machines", *row) for row in MACHINES),
    *((read_jobs, "jobs", *row) for row in JOBS),
]


@pytest.mark.parametrize(("read", "kind", "written", "fields"), ROWS)
@pytest.mark.parametrize("lines", [1, 20])
def test_rows(read, kind, written, fields, lines):
    """Alone, and as one of many lines that are alike."""
    found = read("\n".join(f"X{number} {written}" for number in range(lines)))
    assert found.faults == []
    assert getattr(found, kind) == [
        {"name": f"x{number}", **fields} for number in range(lines)
    ]


@pytest.mark.parametrize("lines", [1, 40])
def test_reports_share_nothing(lines):
    """A change to one of them is not seen in another."""
    attributes = "FEATURE=a CRES=t:1 CPROC=1 GMETRIC[x]=1 VARIABLE=a MESSAGE=m OSLIST=a"
    nodes = read_nodes("\n".join(f"n{n} {attributes}" for n in range(40))).nodes
    containers = [value for node in nodes for value in node.values()]
    containers += [r for node in nodes for r in node["resources"].values()]
    changeable = [c for c in containers if isinstance(c, list | dict)]
    assert len({id(container) for container in changeable}) == len(changeable)


def job(field):
    (report,) = read_jobs(f"j {field}").jobs
    return report


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("512MB", 512),
        ("1.5", 1),
        ("-1.5", -1),
        ("1.5GB", 1),
        ("1e3", 1000),
        ("1,024", 1024),
        ("+5", 5),
        ("-5", -5),
        ("007", 7),
        ('" 7 "', 7),
        ("2147483647", 2**31 - 1),
        ("2147483648", 2**31 - 1),
        ("-99999999999", -(2**31)),
        ("9" * 5000, 2**31 - 1),
        (f"{'9' * 5000}MB", 2**31 - 1),
        (f"{'0' * 5000}7", 7),
    ],
)
def test_whole_numbers(written, number):
    assert job(f"EXITCODE={written}")["completionCode"] == number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("2147483648", 2**31),
        ("1234567890123456789", 1234567890123456789),
        ("9223372036854775808", 2**63 - 1),
        ("-9223372036854775809", -(2**63)),
        ("Infinity", INFINITE),
        ("toINFINITYandbeyond", INFINITE),
    ],
)
def test_long_numbers(written, number):
    assert job(f"WCLIMIT={written}")["duration"] == number


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("1344488025", 1344488025),
        ("1344488025.9", 1344488025),
        ("2140000001", INFINITE),
        ("9" * 400, INFINITE),
        ("INFINITY", INFINITE),
        ("0", None),
        ("-1", None),
        ("0.5", None),
    ],
)
@pytest.mark.parametrize("lines", [1, 20])
def test_dates(written, date, lines):
    text = "\n".join(f"j{n} STARTTIME={written} QOS=q" for n in range(lines))
    found = read_jobs(text)
    assert not found.faults
    assert [report.get("startDate") for report in found.jobs] == [date] * lines


def test_quoted_for_a_url():
    assert [quote("a"), quote("a b"), quote("")] == ["a", '"a b"', ""]


def test_what_is_broken_in_a_line_is_not_in_the_way_of_the_rest():
    line = "job{} STATE=Idle RMEM={} DGRES=memory:3"
    text = "\n".join(line.format(n, "x" if n == 5 else 7) for n in range(30))
    read = read_jobs(text)
    assert len(read.jobs) == 30
    assert [fault.line for fault in read.faults] == [6]
