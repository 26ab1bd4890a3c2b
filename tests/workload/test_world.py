"""How documents become what the scheduler decides from."""

from collective.mwsvm.models import job_documents
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.policies import KINDS
from collective.mwsvm.models.reservations import Reservation
from collective.mwsvm.workload import world_jobs
from collective.mwsvm.workload import world_places
from collective.mwsvm.workload.scheduling.world import AclRule
from collective.mwsvm.workload.scheduling.world import Policies
from collective.mwsvm.workload.scheduling.world import ReservedNode
from types import SimpleNamespace
import pytest


def known(machine="", **given):
    document = job_documents.submitted({"commandFile": "/a", **given}, 2)
    record = SimpleNamespace(
        name="Moab.1",
        state=JobState.QUEUED,
        machine=machine,
        running_on=None,
        started=None,
        time_limit=None,
        submitted=1.0,
        modified=2.0,
    )
    return world_jobs.Known(record, document, False)


@pytest.mark.parametrize(
    ("given", "pulled"),
    [
        ({}, True),
        ({"nodesExcluded": [{"name": "n1"}]}, True),
        ({"nodesRequested": [{"name": "n1"}]}, False),
        ({"reservationRequested": {"name": "system.1"}}, False),
        ({"partitionAccessListRequested": ["p"]}, False),
        ({"requirements": [{"taskCount": 2}]}, False),
        ({"requirements": [{"taskCount": 2}], "machine": "m1"}, True),
    ],
)
def test_who_runs_a_job(given, pulled):
    assert world_jobs.is_pulled(known(**given)) is pulled


def test_a_job_has_what_it_asks_for():
    resources = {"processors": {"dedicated": 2}, "matlab": {"dedicated": 3}}
    given = {"taskCount": 2, "featuresRequested": ["a"], "resourcesPerTask": resources}
    found = world_jobs.job(
        known(
            requirements=[given],
            nodesRequested=[{"name": "N1"}],
            credentials={"jobClass": "batch", "qosRequested": "high"},
            duration=60,
        ),
        (),
        ["vc1"],
        ["User"],
    )
    (need,) = found.requirements
    assert (need.tasks, need.processors, need.memory) == (2, 2, 0)
    assert need.generic == (("matlab", 3),)
    assert need.features == {"a"}
    assert found.nodes_requested == ("n1",)
    assert (found.job_class, found.qos, found.duration) == ("batch", "high", 60)
    assert (found.holds, found.held_by) == ({"User"}, ("vc1",))
    assert found.deadline is None


def test_a_job_without_a_limit_has_none():
    assert world_jobs.job(known(), (), (), ()).duration is None


def test_nodes_have_their_resources_and_place():
    first = {
        "name": "n1",
        "featuresReported": ["a"],
        "featuresCustom": ["b"],
        "resources": {"Processors": {"configured": 4}, "memory": {"configured": None}},
    }
    found = world_places.nodes(
        [Node.check(first).wire(), Node.check({"name": "n2"}).wire()]
    )
    assert [node.index for node in found] == [0, 1]
    assert found[0].resources == {"processors": 4}
    assert found[0].features == {"a", "b"}
    assert (found[1].state, found[1].power) == ("Unknown", "On")


@pytest.mark.parametrize(
    ("flags", "resources", "held"),
    [
        ([], {}, None),
        ([], {"PROCS": 2}, {"processors": 6}),
        (["DEDICATEDNODE"], {"PROCS": 2}, None),
    ],
)
def test_reservations_hold_amounts_for_their_tasks(flags, resources, held):
    rule = {"type": "USER", "value": "amy"}
    given = {"flags": flags, "resources": resources, "aclRules": [rule]}
    document = Reservation.check(given).wire()
    document |= {
        "id": "system.1",
        "startDate": "2027-01-01 00:00:00 UTC",
        "endDate": "2027-01-01 00:01:00 UTC",
    }
    document["requirements"]["nodeIds"] = ["n1:3"]
    (found,) = world_places.reservations([document])
    assert found.end - found.start == 60
    assert found.nodes == (ReservedNode("n1", held),)
    (acl,) = found.acl
    assert (acl.type, acl.value) == ("USER", "amy")
    assert isinstance(acl, AclRule)


def test_only_policies_that_are_enabled_count():
    documents = [kind().wire() for kind in KINDS.values()]
    assert world_places.policies(documents) == Policies()
    for document in documents:
        document["state"] = "ENABLED"
    by_id = {document["id"]: document for document in documents}
    by_id["node-allocation"]["nodeAllocationAlgorithm"] = "NodeSpeed"
    by_id["hv-allocation-overcommit"]["processorAllocationLimit"] = 2.0
    by_id["migration-exclusion-list"]["hvExclusionList"] = ["n1"]
    found = world_places.policies(documents)
    assert (found.allocation, found.processor_limit) == ("NODESPEED", 2.0)
    assert found.migration.excluded_hosts == {"n1"}
