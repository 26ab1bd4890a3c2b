"""Where machines go that somebody wants migrated, over the documents in a database."""

from collective.mwsvm.models import job_documents
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.reservations import Reservation
from collective.mwsvm.workload import node_marks
from collective.mwsvm.workload import vm_world
from collective.mwsvm.workload.interface import Initiator
from collective.mwsvm.workload.reservations import Reservations
from collective.mwsvm.workload.vm_changes import destination
from collective.mwsvm.workload.vm_placement import place
from tests.workload.fleets import Fleet
import pytest


AMY = Initiator("amy")


@pytest.fixture
def fleet(database, clock):
    machines = {
        "vm1": ("hv1", 1.0),
        "vm2": ("hv2", 1.0),
        "vm3": ("hv2", 1.0),
        "vm4": ("hv3", 1.0),
    }
    with database.transaction() as connection:
        yield Fleet(connection, clock, machines)


def go(fleet, wanted="ANY", name="vm1"):
    chooser = place(fleet.connection, fleet.clock, fleet.jobs)
    nodes = fleet.nodes.find().documents
    return destination(fleet.vms.get(name), wanted, nodes, chooser)


def fill(fleet, name, memory):
    """The machine has so much memory."""
    resources = fleet.vms.get(name)["resources"]
    memory = {**resources["memory"], "configured": memory}
    fleet.vm(name, resources={**resources, "memory": memory})


def test_any_is_the_host_that_has_given_away_least(fleet):
    assert go(fleet) == "hv3"
    fill(fleet, "vm4", 600)
    assert go(fleet) == "hv2"


def test_why_none_takes_it(fleet):
    lists = {"state": "ENABLED", "hvExclusionList": ["HV3"]}
    fleet.policies.change("migration-exclusion-list", lists)
    fill(fleet, "vm2", 700)
    with pytest.raises(Conflict) as caught:
        go(fleet)
    assert caught.value.messages == [
        "No hypervisor takes vm1: hv1 has it already, hv2 has given 900 of at most 1000 "
        "MB of memory and hv3 is excluded from migrations."
    ]
    # The list is about what nobody has asked for.
    assert go(fleet, "hv3") == "hv3"


def test_the_limits_count_for_a_host_that_is_named_too(fleet):
    fill(fleet, "vm2", 700)
    with pytest.raises(
        Conflict, match="'vm1' can't go to 'hv2': that has given 900 of"
    ):
        go(fleet, "hv2")
    limits = {"state": "ENABLED", "memoryAllocationLimit": 1.1}
    fleet.policies.change("hv-allocation-overcommit", limits)
    assert go(fleet, "hv2") == "hv2"
    fleet.policies.change("hv-allocation-overcommit", {"state": "DISABLED"})
    with pytest.raises(Conflict):
        go(fleet, "hv2")


def test_only_hypervisors_that_are_there_take_machines(fleet):
    fleet.node("hv2", isHypervisor=False)
    with pytest.raises(Conflict, match="'hv2': that is no hypervisor"):
        go(fleet, "hv2")
    states = fleet.nodes.get("hv3")["states"]
    fleet.node("hv3", states={**states, "state": "Down"})
    with pytest.raises(Conflict, match="that is Down"):
        go(fleet, "hv3")
    with pytest.raises(Conflict, match="hv1 has it already and hv3 is Down"):
        go(fleet)


def test_what_is_on_its_way_has_its_place(fleet):
    fill(fleet, "vm2", 700)
    arguments = {"source": "hv2", "host": "hv3"}
    name = fleet.jobs.start("vmmigrate", "vm2", arguments, AMY)
    (job,) = fleet.jobs.under_way()
    for host in ("hv2", "hv3"):
        with pytest.raises(Conflict, match="has given 900 of"):
            go(fleet, host)
    # It has come, but who knows whether it left the other.
    vm_world.note(fleet.connection, job, fleet.clock())
    fleet.jobs.ended(name, True, "done")
    for host in ("hv2", "hv3"):
        with pytest.raises(Conflict, match="has given 900 of"):
            go(fleet, host)
    fleet.clock.forward(1)
    fleet.machines["vm2"] = ("hv3", 1.0)
    fleet.report()
    assert go(fleet, "hv2") == "hv2"
    with pytest.raises(Conflict, match="has given 900 of"):
        go(fleet, "hv3")


def test_jobs_on_hypervisors_count(fleet):
    each = {"taskCount": 2, "resourcesPerTask": {"processors": {"dedicated": 4}}}
    job = job_documents.submitted({"commandFile": "/a", "requirements": [each]}, 2)
    allocation = [["hv3", 2, 0, None]]
    fleet.documents.collection.insert(
        [{**job, "name": "Moab.1", "allocation": allocation}]
    )
    assert go(fleet) == "hv3"
    node_marks.mark(fleet.connection, "Moab.1")
    assert go(fleet) == "hv2"
    with pytest.raises(Conflict, match="has given 10 of at most 10 processors"):
        go(fleet, "hv3")


def test_reserved_hypervisors_are_not_chosen(fleet):
    given = {"hostListExpression": "hv3", "flags": ["DEDICATEDNODE"]}
    Reservations(fleet.connection, fleet.clock).make(Reservation.check(given).wire())
    assert go(fleet) == "hv2"
    assert go(fleet, "hv3") == "hv3"
