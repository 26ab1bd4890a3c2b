"""Machines of the site among the virtual machines that clients see."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.inventory.store import Inventory
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.workload import machines as records
from collective.mwsvm.workload.machine_documents import MachineDocuments
from collective.mwsvm.workload.machines import Machines
from contextlib import contextmanager
import pytest


class Opened:
    def __init__(self, connection, clock, settings):
        new_id = ObjectIds(clock)
        self.connection = connection
        self.documents = MachineDocuments(connection, clock)
        follow = self.documents.follow
        self.machines = Machines(connection, clock, settings, "amy", follow)
        self.vms = Collection(connection, collections.vms, new_id)
        self.inventory = Inventory(connection, clock, new_id, lambda: {"p": 1}, None)

    def record(self, uid="u1"):
        return records.get(self.connection, uid)

    def states(self, name="vm1"):
        states = self.vms.get(name)["states"]
        return states["state"], states["powerState"], states["powerStateExpected"]

    def names(self):
        return sorted(each["name"] for each in self.vms.find().documents)


@pytest.fixture
def opened(database, clock, settings):
    @contextmanager
    def opened():
        with database.transaction() as connection:
            yield Opened(connection, clock, settings)

    with opened() as site:
        site.machines.register("u1", "vm1")
    return opened


def test_a_machine_is_shown_in_all_its_states(opened, clock):
    with opened() as site:
        assert site.states() == ("Unknown", None, None)
        site.machines.start("u1", "http://x")
        assert site.states() == ("Down", None, "On")
        site.machines.note(site.record(), instance_id="i-1")
        clock.forward(10)
        site.machines.arrive(site.record())
        assert site.states() == ("Up", "On", None)
        document = site.vms.get("vm1")
        assert document["startDate"] == "2027-01-15 08:00:10 UTC"
        assert document["resourceManagers"] == [
            {"name": "ec2", "isMaster": True, "stateReported": "Active"}
        ]
        assert (document["host"], document["machine"]) == (None, "u1")
        assert document["states"]["subStateLast"] == "starting"
        clock.forward(10)
        site.machines.stop("u1", "It is being stopped.")
        assert site.states() == ("Down", "On", "Off")
        assert site.vms.get("vm1")["description"] == "It is being stopped."
        site.machines.move(site.record(), "stopped")
        assert site.states() == ("Down", "Off", None)
        site.machines.start("u1", "http://x")
        site.machines.move(site.record(), "fail", "No luck.")
        assert site.states() == ("Down", None, None)
        site.machines.forget("u1")
        assert site.names() == []


def test_signs_of_life_do_not_touch_the_document(opened, clock):
    with opened() as site:
        site.machines.contact("u1", "1.0")
        site.machines.arrive(site.record())
        before = site.vms.get("vm1")
        clock.forward(60)
        site.machines.contact("u1", "1.0")
        site.machines.note(site.record(), checked=clock(), instance_state="running")
        assert site.vms.get("vm1") == before


def test_names_are_titles_that_nobody_else_has(opened):
    with opened() as site:
        site.inventory.save("p", "vm", [{"name": "reported"}])
        site.machines.register("u2", "vm1")
        site.machines.register("u3", "reported")
        site.machines.register("u4", "  ")
        site.machines.register("u5", "4fa197e68ca30fc605dd1cf0")
        assert site.names() == ["reported", "u2", "u3", "u4", "u5", "vm1"]
        site.machines.rename("u4", "My server")
        site.machines.rename("u1", "first")
        assert site.names() == ["My server", "first", "reported", "u2", "u3", "u5"]
        # The title is free now.
        site.machines.start("u2", "http://x")
        assert site.vms.get("vm1")["machine"] == "u2"


def test_what_others_keep_in_a_document_stays(opened):
    with opened() as site:
        document = site.vms.get("vm1")
        more = {"virtualContainers": [{"name": "vc1"}], "migrationDisabled": True}
        kept = {"variables": {"a": "b"}}
        site.vms.replace({**document, **more, "kept": kept})
        site.machines.start("u1", "http://x")
        document = site.vms.get("vm1")
        assert {name: document[name] for name in more} == more
        assert document["variables"] == {"a": "b"}


def test_all_can_be_brought_in_line(opened, settings, clock):
    with opened() as site:
        silent = Machines(site.connection, clock, settings)
        silent.register("u2", "vm2")
        silent.forget("u1")
        site.inventory.save("p", "vm", [{"name": "reported"}])
        for _ in range(2):
            site.documents.follow_all(records.all_records(site.connection))
            assert site.names() == ["reported", "vm2"]


def run_up(site, **values):
    site.machines.start("u1", "http://x")
    site.machines.note(site.record(), instance_id="i-1")
    site.machines.arrive(site.record())


def test_a_machine_is_destroyed_with_its_disk(opened, clock):
    with opened() as site:
        run_up(site)
        record = site.machines.destroy("u1")
        assert (record.status, record.unwanted) == ("stopping", "i-1")
        assert (record.checked, record.deadline) == (None, clock() + 600)
        # Once more does no harm.
        assert site.machines.destroy("u1").unwanted == "i-1"


def test_a_stopped_machine_is_destroyed_if_its_disk_was_kept(opened):
    with opened() as site:
        run_up(site)
        site.machines.stop("u1")
        site.machines.move(site.record(), "stopped", kept=True)
        record = site.machines.destroy("u1")
        assert (record.status, record.unwanted, record.kept) == (
            "stopped",
            "i-1",
            False,
        )


def test_machines_that_can_not_be_destroyed(opened):
    with opened() as site:
        with pytest.raises(Conflict, match="vm1 is unevaluated and has no instance"):
            site.machines.destroy("u1")
        site.machines.arrive(site.record())
        with pytest.raises(Conflict, match="vm1 was not started from here"):
            site.machines.destroy("u1")
