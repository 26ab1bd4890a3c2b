"""What becomes of the change of a virtual machine, and of the jobs that it takes."""

from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.vms import VirtualMachine
from collective.mwsvm.models.vms_v1 import vm_version_1
from collective.mwsvm.workload import vm_operations
from collective.mwsvm.workload.interface import Initiator
from collective.mwsvm.workload.interface import SystemJob
from collective.mwsvm.workload.vm_changes import destination
from collective.mwsvm.workload.vm_changes import VmChange
from collective.mwsvm.workload.vm_changes import wanted_host
from collective.mwsvm.workload.vm_operations import Ended
from types import SimpleNamespace
import pytest


#: The body of the guide (4.29.2.1).
GUIDE = {
    "metrics": {"pwatts": 211},
    "migrationDisabled": True,
    "operatingSystem": {"image": "esx4.1"},
    "states": {"powerState": "On", "state": "Running"},
    "triggers": [{"name": "trigger_id"}],
    "variables": {"key": "value", "arbitrary text key": "more value"},
}


def vm(host="hv1", memory=512, **fields):
    found = VirtualMachine(name="vm1").wire()
    return {
        **found,
        "host": host and {"name": host},
        "resources": {"memory": {"configured": memory}},
        "resourceManagers": [{"name": "p"}, {"name": "q"}],
        **fields,
    }


def hypervisor(name):
    return Node(name=name, is_hypervisor=True).wire()


def test_the_guides_body():
    change = VmChange.of(GUIDE)
    assert [wish.arguments("hv1:vm1") for wish in change.wishes] == [
        [["hv1:vm1"], "ON"],
        [["hv1:vm1"], {"OS": "esx4.1"}],
        [["hv1:vm1"], {"STATE": "Running"}],
        [["hv1:vm1"], {"GMETRIC[pwatts]": "211"}],
        [
            ["hv1:vm1"],
            {"VARIABLE:key": "value", "VARIABLE:arbitrary text key": "more value"},
        ],
    ]
    document = change.noted(vm(), [], 0)
    assert document["migrationDisabled"] is True
    assert document["triggers"] == [{"name": "trigger_id"}]
    assert change.sentences([]) == [
        "Successfully modified migrationDisabled",
        "Successfully modified triggers",
    ]


def test_plugins_know_a_machine_with_its_host():
    assert vm_operations.target(vm()) == "hv1:vm1"
    assert vm_operations.target(vm(None)) == "vm1"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"triggers": [{}]}, "Each item of the field 'triggers' needs a name"),
        ({"migrationDisabled": "perhaps"}, "'migrationDisabled' can't be 'perhaps'"),
        ({"states": {"state": "X"}}, "'states.state' can't be 'X'.*'Idle'"),
        ({"description": "x"}, "nothing to modify.*which has description"),
    ],
)
def test_what_can_not_be(body, sentence):
    with pytest.raises(Invalid, match=sentence):
        VmChange.of(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"host": {"name": "hv2"}}, "hv2"),
        ({"host": {"id": "hv2"}}, "hv2"),
        ({"node": {"id": "hv2"}}, "hv2"),
        ({"host": {"name": "ANY"}, "variables": {}}, "ANY"),
        ({"host": {"name": "hv1"}}, "hv1"),
        ({"host": {"name": "hv1"}, "variables": {"a": "b"}}, None),
        ({"host": None, "variables": {"a": "b"}}, None),
        ({"variables": {"a": "b"}}, None),
    ],
)
def test_a_host_in_the_body_is_a_migration(body, expected):
    assert wanted_host(body, vm()) == expected


def test_a_whole_object_with_its_own_host_is_none():
    for body in (vm(), vm_version_1(vm())):
        assert wanted_host(body, vm()) is None


@pytest.mark.parametrize("host", ["hv2", {}, {"name": ""}, {"name": None}, ["hv2"]])
def test_hosts_that_are_none(host):
    with pytest.raises(Invalid, match="'host"):
        wanted_host({"host": host}, vm())


def placed(vm, nodes, *, named=False):
    """Places where there is room: on all hosts but hv4."""
    found = [node["name"] for node in nodes if node["name"] not in ("hv1", "hv4")]
    if not found:
        raise Conflict("there is no room" if named else "there is none")
    return found[0]


def test_where_a_machine_goes():
    nodes = [hypervisor("hv1"), hypervisor("hv4"), hypervisor("hv2")]
    assert destination(vm(), "HV2", nodes, placed) == "hv2"
    assert destination(vm(), "any", nodes, placed) == "hv2"
    with pytest.raises(Invalid, match="'host.name' names the node 'x', which"):
        destination(vm(), "x", nodes, placed)
    for machine, wanted, sentence in (
        (vm(), "hv1", "is on the host 'hv1' already"),
        (vm(), "hv4", "there is no room"),
        (vm(migrationDisabled=True), "hv2", "is disabled"),
        (vm(None, machine="uid"), "hv2", "is one of a cloud"),
    ):
        with pytest.raises(Conflict, match=sentence):
            destination(machine, wanted, nodes, placed)
    with pytest.raises(Conflict, match="there is none"):
        destination(vm(), "ANY", nodes[:2], placed)


def test_the_arguments_of_migrations():
    assert vm_operations.migrate_arguments(vm(), "hv2") == {
        "source": "hv1",
        "host": "hv2",
    }
    assert vm_operations.migrate_arguments(vm(None), "hv2", "It must.") == {
        "host": "hv2",
        "reason": "It must.",
    }


# -- system jobs


def job(kind, **arguments):
    return SystemJob(f"{kind}-1", kind, "vm1", arguments, Initiator("amy"))


class Plugins:
    """Plug-ins that do what is listed, or give a reason."""

    def __init__(self, does=(), gone=()):
        self.does, self.gone = does, gone
        self.seen = []

    def __call__(self, event, arguments, plugin):
        if plugin in self.gone:
            raise NotFound(plugin)
        self.seen.append((plugin, event, arguments))
        done = [plugin] if plugin in self.does else []
        return SimpleNamespace(done=done, failures=[] if done else [f"{plugin}: no"])


def test_a_migration_is_done_by_the_first_plugin_that_can():
    plugins = Plugins(does=("q", "r"))
    managers = [{"name": name} for name in "pqr"]
    ended = vm_operations.step(
        job("vmmigrate", host="hv2"), vm(resourceManagers=managers), None, plugins
    )
    assert ended == Ended(True, "q has migrated the virtual machine 'vm1' to 'hv2'")
    arguments = ["vm1", "hv2", "vmmigrate-1"]
    assert plugins.seen == [
        ("p", "virtualMachineMigrate", arguments),
        ("q", "virtualMachineMigrate", arguments),
    ]


def test_a_migration_that_was_done_before_a_crash_is_not_done_again():
    plugins = Plugins(does=("p",))
    ended = vm_operations.step(job("vmmigrate", host="hv1"), vm(), None, plugins)
    assert (ended.ok, plugins.seen) == (True, [])


def test_migrations_that_fail_say_why():
    moving = job("vmmigrate", host="hv2")
    found = vm_operations.step(moving, vm(), None, Plugins(gone=("q",)))
    assert found == Ended(
        False, "No plugin has migrated the virtual machine 'vm1' (p: no)"
    )
    found = vm_operations.step(moving, None, None, Plugins())
    assert found == Ended(False, "The virtual machine 'vm1' is gone")
    found = vm_operations.step(moving, vm(resourceManagers=[]), None, Plugins())
    assert found.message == "No plugin has migrated the virtual machine 'vm1'"


def test_a_destruction_is_asked_of_plugins():
    plugins = Plugins(does=("p",))
    ended = vm_operations.step(job("vmdestroy"), vm(), None, plugins)
    assert ended == Ended(True, "p has destroyed the virtual machine 'vm1'")
    properties = {
        "operation": "node:destroy",
        "vm": "hv1:vm1",
        "operationid": "vmdestroy-1",
    }
    assert plugins.seen == [("p", "systemModify", [properties])]
    assert vm_operations.step(job("vmdestroy"), None, None, plugins).ok
    ended = vm_operations.step(job("vmdestroy"), vm(), None, Plugins())
    assert (ended.ok, "(p: no; q: no)" in ended.message) == (False, True)


@pytest.mark.parametrize(
    ("status", "unwanted", "launch", "ends"),
    [
        ("stopping", "i-1", 1, False),
        ("stopped", "i-1", 1, False),
        ("stopping", "", 1, False),
        ("stopped", "", 1, True),
        ("failed", "", 1, True),
        ("running", "", 2, True),
    ],
)
def test_the_destruction_of_a_machine_ends_with_its_instance(
    status, unwanted, launch, ends
):
    destroying = job("vmdestroy", machine="uid", launch=1)
    record = SimpleNamespace(
        status=MachineState(status), unwanted=unwanted, launch=launch
    )
    ended = vm_operations.step(destroying, vm(machine="uid"), record, Plugins())
    assert (ended is not None and ended.ok) == ends
    assert vm_operations.step(destroying, None, None, Plugins()).ok
