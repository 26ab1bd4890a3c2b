"""Auto VM Migration over the documents in a database."""

from collective.mwsvm.database.engine import Database
from collective.mwsvm.workload import vm_migration
from collective.mwsvm.workload import vm_world
from collective.mwsvm.workload.interface import Initiator
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from pathlib import Path
from tests import databases
from tests.conftest import Clock
from tests.workload.fleets import Fleet
from tests.workload.fleets import THRESHOLDS
import pytest
import tempfile


SCHEDULER = Initiator("scheduler")
MACHINES = {"vm1": ("hv1", 1.0), "vm2": ("hv1", 2.0), "vm3": ("hv1", 3.0)}


@pytest.fixture
def fleet(database, clock):
    with database.transaction() as connection:
        fleet = Fleet(connection, clock, MACHINES)
        fleet.policies.change("auto-vm-migration", THRESHOLDS)
        yield fleet


def decided(fleet):
    found = vm_migration.decide(fleet.connection, fleet.clock(), fleet.jobs)
    return [(move.machine, move.source, move.target) for move in found]


def start(fleet):
    return vm_migration.start(fleet.connection, fleet.clock(), fleet.jobs, SCHEDULER)


def end(fleet, ok=True):
    """What is under way has ended; where it went well, the machines are there."""
    for job in fleet.jobs.under_way():
        vm_world.note(fleet.connection, job, fleet.clock())
        fleet.jobs.ended(job.name, ok, "It has ended.")
        if ok:
            load = fleet.machines[job.vm][1]
            fleet.machines[job.vm] = (job.arguments["host"], load)


def test_what_is_over_a_threshold_is_relieved(fleet):
    assert decided(fleet) == [("vm1", "hv1", "hv2")]
    lower = {"processorUtilizationThreshold": 0.6}
    fleet.policies.change("auto-vm-migration", lower)
    assert decided(fleet) == []


def test_a_policy_that_is_disabled_does_nothing(fleet):
    fleet.policies.change("auto-vm-migration", {"state": "DISABLED"})
    assert decided(fleet) == []


def test_consolidation_empties_what_is_lightly_loaded(fleet):
    fleet.machines = {"vm1": ("hv1", 1.0), "vm2": ("hv2", 2.0), "vm3": ("hv2", 1.0)}
    fleet.report()
    fleet.clock.forward(vm_migration.COOL_DOWN)
    fleet.report()
    assert decided(fleet) == []
    kind = {"migrationAlgorithmType": "CONSOLIDATION"}
    fleet.policies.change("auto-vm-migration", kind)
    assert decided(fleet) == [("vm1", "hv1", "hv2")]


def test_memory_that_machines_really_use(fleet):
    memory = {"memoryUtilizationThreshold": 0.5, "processorUtilizationThreshold": None}
    fleet.policies.change("auto-vm-migration", memory)
    for name, used in (("hv1", 600), ("hv2", 0), ("hv3", 0)):
        amounts = {"configured": 1000, "available": 1000 - used, "utilized": used}
        fleet.node(name, resources={"memory": amounts})
    assert decided(fleet) == [("vm1", "hv1", "hv2")]
    # That it has 200 MB is not that it uses them.
    fleet.vm("vm1", resources={"memory": {"configured": 200, "available": 190}})
    assert decided(fleet) == [("vm2", "hv1", "hv2")]


@pytest.mark.parametrize(
    ("field", "names", "expected"),
    [
        ("vmExclusionList", ["VM1"], [("vm2", "hv1", "hv2")]),
        ("hvExclusionList", ["hv2"], [("vm1", "hv1", "hv3")]),
        ("hvExclusionList", ["HV1"], []),
    ],
)
def test_exclusion_lists(fleet, field, names, expected):
    lists = {"state": "ENABLED", field: names}
    fleet.policies.change("migration-exclusion-list", lists)
    assert decided(fleet) == expected
    fleet.policies.change("migration-exclusion-list", {"state": "DISABLED"})
    assert decided(fleet) == [("vm1", "hv1", "hv2")]


def test_machines_that_may_not_migrate_stay(fleet):
    fleet.vm("vm1", migrationDisabled=True)
    assert decided(fleet) == [("vm2", "hv1", "hv2")]


def test_stale_reports_decide_nothing(fleet):
    fleet.clock.forward(vm_migration.STALE)
    assert decided(fleet) == [("vm1", "hv1", "hv2")]
    fleet.clock.forward(1)
    assert decided(fleet) == []
    fleet.report("hv1", "hv3", "vm1", "vm2")
    assert decided(fleet) == [("vm1", "hv1", "hv3")]
    fleet.report("hv2")
    fleet.vm("vm1", lastUpdatedDate=None)
    assert decided(fleet) == [("vm2", "hv1", "hv2")]


def test_each_migration_is_a_job_and_is_started_once(fleet):
    begun = start(fleet)
    assert list(begun) == ["vmmigrate-1"]
    assert start(fleet) == {}
    (job,) = fleet.jobs.under_way()
    assert (job.kind, job.vm, job.actor) == ("vmmigrate", "vm1", SCHEDULER)
    assert job.arguments == {
        "source": "hv1",
        "host": "hv2",
        "reason": "hv1 has processors at 0.60, over 0.5.",
    }
    variables = fleet.documents.get("vmmigrate-1")["variables"]
    assert variables["motivation"] == job.arguments["reason"]
    assert variables["migrationSource"] == "hv1"


def test_machines_that_are_busy_are_left_alone(fleet):
    fleet.jobs.start("vmdestroy", "vm1", {}, SCHEDULER)
    assert decided(fleet) == [("vm2", "hv1", "hv2")]


def test_after_a_migration_loads_settle_and_the_machine_rests(fleet):
    start(fleet)
    fleet.clock.forward(30)
    end(fleet)
    # Until they are reported anew, and again while that is an average of before.
    assert decided(fleet) == []
    fleet.clock.forward(vm_migration.SETTLE - 1)
    fleet.machines["vm2"] = ("hv1", 4.0)
    fleet.report()
    assert decided(fleet) == []
    fleet.clock.forward(1)
    fleet.report()
    assert decided(fleet) == [("vm3", "hv1", "hv3")]
    # Now the other one is loaded too much, but its machine has just come.
    fleet.machines["vm1"] = ("hv2", 7.0)
    fleet.machines["vm2"] = ("hv1", 1.0)
    fleet.report()
    assert decided(fleet) == []


def test_what_has_failed_is_not_tried_again_at_once(fleet):
    start(fleet)
    end(fleet, ok=False)
    fleet.clock.forward(vm_migration.SETTLE)
    fleet.report()
    assert decided(fleet) == [("vm2", "hv1", "hv2")]
    fleet.clock.forward(vm_migration.COOL_DOWN - vm_migration.SETTLE)
    fleet.report()
    assert decided(fleet) == [("vm1", "hv1", "hv2")]


def test_nothing_comes_over_the_limits(fleet):
    for name in ("hv2", "hv3"):
        amounts = {"processors": {"configured": 1, "utilized": -1}}
        fleet.node(name, resources=amounts)
    loads = {"processorUtilizationThreshold": 2}
    fleet.node("hv1", metrics={"cpuLoad": 30.0})
    fleet.policies.change("auto-vm-migration", loads)
    assert decided(fleet) == []
    limits = {"state": "ENABLED", "processorAllocationLimit": 2}
    fleet.policies.change("hv-allocation-overcommit", limits)
    assert decided(fleet)


LOADS = st.lists(
    st.tuples(st.sampled_from(("hv1", "hv2", "hv3")), st.floats(0, 4)),
    min_size=2,
    max_size=8,
)


@given(LOADS, st.sampled_from(("OVERCOMMIT", "CONSOLIDATION")), st.integers(15, 90))
@settings(max_examples=8)
def test_constant_load_comes_to_rest(loads, algorithm, interval):
    clock = Clock()
    machines = {f"vm{number}": each for number, each in enumerate(loads)}
    with tempfile.TemporaryDirectory() as folder:
        database = Database(databases.sqlite(Path(folder) / "mwsvm.sqlite"), "site-1")
        with database.transaction() as connection:
            fleet = Fleet(connection, clock, machines)
            changes = {**THRESHOLDS, "migrationAlgorithmType": algorithm}
            fleet.policies.change("auto-vm-migration", changes)
            last = _run(fleet, interval)
        database.close()
    assert clock() - last > 1500


def _run(fleet, interval):
    """An hour of the worker's turns; when the last migration began."""
    last, polled = 0.0, fleet.clock()
    for _ in range(120):
        fleet.clock.forward(30)
        end(fleet)
        if fleet.clock() - polled >= interval:
            fleet.report()
            polled = fleet.clock()
        if start(fleet):
            last = fleet.clock()
    return last
