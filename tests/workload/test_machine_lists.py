"""Lists of virtual machines for people, on each of the databases."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.database.tables import machines as table
from collective.mwsvm.models.jobs import NewJob
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.settings import Settings
from collective.mwsvm.models.vms import VirtualMachine
from collective.mwsvm.workload import machine_lists
from collective.mwsvm.workload.interface import Initiator
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.machine_documents import MachineDocuments
from collective.mwsvm.workload.machine_lists import MachineFilter
from collective.mwsvm.workload.machines import Machines
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.system_jobs import DocumentedSystemJobs
from sqlalchemy import update
import pytest


#: What plug-ins report: name, host, state.
REPORTED = (("web1", "hv1", "Idle"), ("web2", "hv2", "Down"), ("db_1", "hv2", None))


@pytest.fixture
def new_id(clock):
    return ObjectIds(clock)


@pytest.fixture
def connection(database, clock, new_id):
    with database.transaction() as connection:
        vms = Collection(connection, collections.vms, new_id)
        for name, host, state in REPORTED:
            body = {"name": name, "host": {"name": host}, "states": {"state": state}}
            vms.insert([VirtualMachine.check(body).wire()])
        follow = MachineDocuments(connection, clock).follow
        own = Machines(connection, clock, Settings(), "ann", follow)
        for uid, title in (("u1", "Cloud one"), ("u2", "Cloud two")):
            own.register(uid, title)
        connection.execute(
            update(table).where(table.c.uid == "u2").values(status="running")
        )
        own.rename("u2", "Cloud two")
        yield connection


def names(connection, sort="name", descending=False, **wanted):
    found, total = machine_lists.page(
        connection, MachineFilter(**wanted), sort, descending
    )
    assert total == len(found)
    return [document["name"] for document in found]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["Cloud one", "Cloud two", "db_1", "web1", "web2"]),
        ({"states": ["idle", "DOWN"]}, ["web1", "web2"]),
        ({"states": ["running"]}, ["Cloud two"]),
        ({"states": ["up"]}, ["Cloud two"]),
        ({"states": ["unknown"]}, ["Cloud one", "db_1"]),
        ({"host": "hv2"}, ["db_1", "web2"]),
        ({"text": "WEB"}, ["web1", "web2"]),
        ({"text": "hv1"}, ["web1"]),
        ({"text": "_"}, ["db_1"]),
        ({"uids": ["u2", "u9"]}, ["Cloud two"]),
        ({"uids": []}, []),
        ({"uids": ["u1"], "states": ["running"]}, []),
    ],
)
def test_only_what_is_wanted(connection, wanted, expected):
    assert names(connection, **wanted) == expected


def test_the_order(connection):
    for sort, expected in (
        ("host", ["Cloud one", "Cloud two", "web1", "db_1", "web2"]),
        ("state", ["web2", "web1", "Cloud one", "db_1", "Cloud two"]),
    ):
        assert names(connection, sort) == expected
        assert names(connection, sort, True) == expected[::-1]


def test_pages(connection):
    found, total = machine_lists.page(connection, MachineFilter(), limit=2, offset=2)
    assert ([each["name"] for each in found], total) == (["db_1", "web1"], 5)
    assert machine_lists.page(connection, MachineFilter(), offset=99) == ([], 5)


def test_what_there_is_to_choose_from(connection, new_id):
    states = ["Down", "Idle", "running", "unevaluated", "Unknown", "Up"]
    assert machine_lists.states(connection) == states
    assert machine_lists.states(connection, ["u1"]) == ["unevaluated", "Unknown"]
    assert machine_lists.hosts(connection) == ["hv1", "hv2"]
    nodes = Collection(connection, collections.nodes, new_id)
    for name, is_hypervisor in (("hv2", True), ("n1", False), ("hv1", True)):
        nodes.insert([{**Node(name=name).wire(), "isHypervisor": is_hypervisor}])
    assert machine_lists.hypervisors(connection) == ["hv1", "hv2"]


def test_what_is_known_of_machines(connection, clock, new_id):
    Machines(connection, clock, Settings()).contact("u2")
    found = machine_lists.records_of(connection, ["u1", "u2", "u9"])
    assert {uid: (r.title, beat) for uid, (r, beat) in found.items()} == {
        "u1": ("Cloud one", None),
        "u2": ("Cloud two", clock()),
    }
    queue = Queue(connection, clock, Settings())
    queue.submit(NewJob(start_string="ls"))
    job = queue.claim("u2")
    assert machine_lists.running_on(connection, ["u1", "u2"]) == {"u2": job}
    assert list(machine_lists.named(connection, ["web1", "x"])) == ["web1"]


def test_what_is_being_done_to_machines(connection, clock, new_id):
    documents = JobDocuments(connection, clock, new_id, lambda events: None)
    jobs = DocumentedSystemJobs(connection, clock, documents)
    ann = Initiator("ann")
    moving = jobs.start("vmmigrate", "web1", {"host": "hv2"}, ann)
    ended = jobs.start("vmdestroy", "web2", {}, ann)
    jobs.ended(ended, True, "It is gone.")
    assert machine_lists.busy_with(connection) == {"web1": moving}
