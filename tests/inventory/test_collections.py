"""The nodes and virtual machines that clients see, made of reports."""

from collective.mwsvm.models.document import writable
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.vms import VirtualMachine
import pytest


#: 2012-10-11 17:15:01 UTC.
THEN = 1349975701


def report(name, moment=THEN, **fields):
    return {"name": name, "timestamp": moment, **fields}


HYPER = {
    "name": "hyper",
    "hypervisor": True,
    "hypervisorType": "KVM",
    "extensions": {},
    "virtualizedImages": [
        {"id": "1", "name": "stateless1"},
        {"id": "2", "name": "stateless2"},
    ],
}

#: The node of the guide's sample, as far as it can be reported.
HV2 = report(
    "HV2",
    ipAddress="10.0.0.4",
    partition="msm",
    messages=["This is a message"],
    metrics={"watts": 200, "pwatts": 200, "temp": 103, "vmcount": 4},
    power="ON",
    state="IDLE",
    image="hyper",
    imagesAvailable=["hyper"],
    resources={
        "processors": {"total": 8},
        "memory": {"total": 1048576, "available": 1048576},
        "disk": {"total": 1048576, "available": 1000000},
        "swap": {"available": 4096},
    },
)


def test_the_guides_node(opened):
    with opened() as site:
        site.images.insert([HYPER])
        site.inventory.save("msm", "node", [HV2])
        vms = [report("vm4", host="hv2"), report("VM3", host="HV2")]
        site.inventory.save("msm", "vm", vms)
    with opened() as site:
        node = site.nodes.get("hv2")
        assert site.nodes.get(node.pop("id"))["name"] == "hv2"
        date = "2012-10-11 17:15:01 UTC"
        assert node == {
            "name": "hv2",
            "aclRules": [],
            "architecture": None,
            "attributes": {},
            "classes": [],
            "featuresCustom": [],
            "featuresReported": [],
            "index": None,
            "ipAddress": "10.0.0.4",
            "isHypervisor": True,
            "lastUpdatedDate": date,
            "migrationDisabled": False,
            "partition": "msm",
            "processorSpeed": None,
            "profilingEnabled": False,
            "rack": None,
            "slot": None,
            "type": "compute",
            "messages": [
                {
                    "count": 1,
                    "createdDate": date,
                    "expireDate": "2037-10-24 12:26:40 UTC",
                    "message": "This is a message",
                }
            ],
            "metrics": {"watts": 200, "pwatts": 200, "temp": 103, "vmcount": 4},
            "variables": {},
            "states": {
                "powerState": "On",
                "powerStateExpected": None,
                "state": "Idle",
                "stateExpected": None,
                "stateLastUpdatedDate": date,
                "subState": None,
                "subStateLast": None,
                "subStateLastUpdatedDate": None,
            },
            "operatingSystem": {
                "hypervisorType": "KVM",
                "image": "hyper",
                "imageExpected": None,
                "imageLastUpdatedDate": date,
                "imagesAvailable": ["hyper"],
                "virtualMachineImages": ["stateless1", "stateless2"],
            },
            "resources": {
                "processors": amount(8, None, -1),
                "memory": amount(1048576, 1048576, 0),
                "disk": amount(1048576, 1000000, 48576),
                "swap": amount(None, 4096, -1),
            },
            "resourceManagers": [
                {"name": "msm", "isMaster": True, "stateReported": "Active"}
            ],
            "jobs": [],
            "reservations": [],
            "virtualContainers": [],
            "virtualMachines": [{"name": "vm3"}, {"name": "vm4"}],
            "triggers": [],
        }
        assert Node.check(node).wire() == {**node, "id": None}


def amount(total, available, utilized):
    return {
        "configured": total,
        "real": total,
        "dedicated": 0,
        "available": available,
        "utilized": utilized,
    }


def test_the_guides_virtual_machine(opened):
    vm = report(
        "vm3",
        host="hv2",
        ipAddress="10.0.0.5",
        metrics={"watts": 200},
        image="stateless1",
        power="ON",
        state="IDLE",
        resources={"processors": {"total": 1, "available": 1}, "swap": {"total": 0}},
    )
    with opened() as site:
        site.inventory.save("msm", "vm", [vm])
        found = site.vms.get("vm3")
    date = "2012-10-11 17:15:01 UTC"
    assert found.pop("id")
    assert found == {
        "name": "vm3",
        "attributes": {},
        "description": None,
        "host": {"name": "hv2"},
        "hostnames": [],
        "ipAddress": "10.0.0.5",
        "lastMigrationDate": None,
        "lastUpdatedDate": date,
        "migrationDisabled": False,
        "startDate": None,
        "trackingJob": None,
        "metrics": {"watts": 200},
        "variables": {},
        "resourceManagers": [
            {"name": "msm", "isMaster": True, "stateReported": "Active"}
        ],
        "operatingSystem": {
            "image": "stateless1",
            "imageExpected": None,
            "imageLastUpdatedDate": date,
            "imagesAvailable": [],
        },
        "states": {
            "powerState": "On",
            "powerStateExpected": None,
            "powerStateLastUpdatedDate": date,
            "state": "Idle",
            "stateLastUpdatedDate": date,
            "subState": None,
            "subStateLast": None,
            "subStateLastUpdatedDate": None,
        },
        "resources": {
            "processors": {"configured": 1, "dedicated": 0, "available": 1},
            "swap": {"configured": 0, "dedicated": 0, "available": None},
        },
        "triggers": [],
        "virtualContainers": [],
    }
    assert VirtualMachine.check(found).wire() == {**found, "id": None}


def test_what_clients_may_write():
    assert writable(Node, creation=False) == {
        "featuresCustom",
        "messages",
        "metrics",
        "operatingSystem",
        "partition",
        "states",
        "variables",
    }
    assert writable(VirtualMachine, creation=False) == {
        "host",
        "metrics",
        "migrationDisabled",
        "operatingSystem",
        "states",
        "triggers",
        "variables",
    }


def test_states_are_taken_in_any_case():
    node = Node.check({"name": "n", "states": {"state": "RUNNING", "powerState": "on"}})
    assert node.wire()["states"]["state"] == "Running"
    assert node.wire()["states"]["powerState"] == "On"


def test_what_others_know_of_an_object_survives_reports(opened):
    theirs = {
        "jobs": [{"name": "moab.1"}],
        "reservations": [{"name": "system.5", "type": "user"}],
        "virtualContainers": [{"name": "vc1"}],
        "rack": 3,
        "somethingNew": {"x": 1},
    }
    with opened() as site:
        site.inventory.save("a", "node", [HV2])
        site.inventory.save("a", "vm", [report("vm", resources={"r": {"total": 2}})])
        node, vm = site.nodes.get("hv2"), site.vms.get("vm")
        node["resources"]["memory"]["dedicated"] = 512
        node["states"]["powerStateExpected"] = "Off"
        node["operatingSystem"]["imageExpected"] = "other"
        site.nodes.replace({**node, **theirs})
        vm["resources"]["r"]["dedicated"] = 1
        site.vms.replace({**vm, "trackingJob": {"name": "moab.2"}})
        site.inventory.save("a", "node", [{**HV2, "state": "BUSY"}])
        site.inventory.update("a", "vm", [report("vm", moment=THEN + 60)])
        new, vm = site.nodes.get("hv2"), site.vms.get("vm")
    assert {key: new[key] for key in theirs} == theirs
    assert new["id"] == node["id"]
    assert new["states"]["state"] == "Busy"
    assert new["states"]["powerStateExpected"] == "Off"
    assert new["operatingSystem"]["imageExpected"] == "other"
    assert new["resources"]["memory"]["dedicated"] == 512
    assert vm["trackingJob"] == {"name": "moab.2"}
    assert vm["resources"]["r"]["dedicated"] == 1
    assert vm["lastUpdatedDate"] == "2012-10-11 17:16:01 UTC"


def test_dates_tell_when_something_was_last_another(opened):
    def at(second, **fields):
        with opened() as site:
            for kind in ("node", "vm"):
                site.inventory.save("a", kind, [report("n", moment=second, **fields)])
            return site.nodes.get("n"), site.vms.get("n")

    at(1, state="IDLE", power="ON", image="i")
    for each in at(2, state="IDLE", power="ON", image="i", subState="s"):
        assert each["lastUpdatedDate"] == "1970-01-01 00:00:02 UTC"
        assert each["states"]["stateLastUpdatedDate"] == "1970-01-01 00:00:01 UTC"
        assert each["states"]["subState"] == "s"
        assert each["states"]["subStateLast"] is None
        assert each["states"]["subStateLastUpdatedDate"] == "1970-01-01 00:00:02 UTC"
    node, vm = at(3, state="BUSY", power="OFF", image="j", subState="t")
    for each in (node, vm):
        assert each["states"]["stateLastUpdatedDate"] == "1970-01-01 00:00:03 UTC"
        assert each["states"]["subStateLast"] == "s"
        assert each["states"]["subStateLastUpdatedDate"] == "1970-01-01 00:00:03 UTC"
        system = each["operatingSystem"]
        assert system["imageLastUpdatedDate"] == "1970-01-01 00:00:03 UTC"
    assert vm["states"]["powerStateLastUpdatedDate"] == "1970-01-01 00:00:03 UTC"
    assert "powerStateLastUpdatedDate" not in node["states"]


def test_messages_keep_their_dates_and_counts(opened):
    with opened() as site:
        site.inventory.save("a", "node", [report("n", moment=1, messages=["a", "b"])])
        node = site.nodes.get("n")
        node["messages"][0]["count"] = 7
        site.nodes.replace(node)
        site.inventory.save("a", "node", [report("n", moment=2, messages=["c", "a"])])
        assert [
            (message["message"], message["count"], message["createdDate"])
            for message in site.nodes.get("n")["messages"]
        ] == [("c", 1, "1970-01-01 00:00:02 UTC"), ("a", 7, "1970-01-01 00:00:01 UTC")]


@pytest.mark.parametrize(
    "image, default, expected",
    [
        (HYPER, "ESX", (True, "KVM", ["stateless1", "stateless2"])),
        (
            {
                **HYPER,
                "hypervisorType": None,
                "extensions": {"xcat": {"hvType": "esx"}},
            },
            "ESX5",
            (True, "esx", ["stateless1", "stateless2"]),
        ),
        (
            {**HYPER, "hypervisorType": None, "virtualizedImages": []},
            "ESX5",
            (True, "ESX5", []),
        ),
        (
            {**HYPER, "hypervisorType": None},
            None,
            (True, None, ["stateless1", "stateless2"]),
        ),
        ({**HYPER, "hypervisor": False}, "ESX", (False, None, [])),
        ({**HYPER, "name": "other"}, "ESX", (False, None, [])),
    ],
)
def test_hypervisors_are_known_by_their_image(opened, image, default, expected):
    with opened(hypervisor_type=default) as site:
        site.images.insert([image])
        site.inventory.save("a", "node", [HV2, report("n2")])
        node = site.nodes.get("hv2")
        assert site.nodes.get("n2")["isHypervisor"] is False
    system = node["operatingSystem"]
    found = (
        node["isHypervisor"],
        system["hypervisorType"],
        system["virtualMachineImages"],
    )
    assert found == expected
    assert system["image"] == "hyper"


def test_images_may_come_later(opened):
    with opened() as site:
        site.inventory.save("a", "node", [HV2])
        assert not site.nodes.get("hv2")["isHypervisor"]
        site.images.insert([HYPER])
        site.inventory.reconsolidate()
        assert site.nodes.get("hv2")["isHypervisor"]


def test_objects_disappear_with_their_last_report_and_keep_their_id_till_then(opened):
    with opened() as site:
        for kind, documents in (("node", site.nodes), ("vm", site.vms)):
            site.inventory.save("a", kind, [report("n", image="a")])
            id = documents.get("n")["id"]
            site.inventory.save("b", kind, [report("n", image="b")])
            assert [m["name"] for m in documents.get("n")["resourceManagers"]] == [
                "a",
                "b",
            ]
            site.inventory.save("a", kind, [])
            assert documents.get("n")["id"] == id
            assert documents.get("n")["operatingSystem"]["image"] == "b"
            site.inventory.save("b", kind, [])
            with pytest.raises(NotFound):
                documents.get("n")


def machines_of(site):
    return {
        node["name"]: [vm["name"] for vm in node["virtualMachines"]]
        for node in site.nodes.find().documents
    }


def test_nodes_know_their_machines(opened):
    with opened() as site:
        save = site.inventory.save
        # In whichever order they come.
        save("a", "vm", [report("v2", host="n1"), report("v1", host="n1")])
        save("a", "node", [report("n1"), report("n2")])
        assert machines_of(site) == {"n1": ["v1", "v2"], "n2": []}
        # One moves, one is new, and one has no host.
        new = [report("v1", host="N2"), report("v2", host="n1"), report("v3")]
        save("a", "vm", [*new, report("v4", host="n1"), report("v5", host="n9")])
        assert machines_of(site) == {"n1": ["v2", "v4"], "n2": ["v1"]}
        assert site.vms.get("v1")["lastMigrationDate"] == "2012-10-11 17:15:01 UTC"
        assert site.vms.get("v2")["lastMigrationDate"] is None
        assert site.vms.get("v3")["host"] is None
        # One is reported by somebody else, who knows another host and counts less.
        save("b", "vm", [report("v2", host="n2")])
        assert machines_of(site) == {"n1": ["v2", "v4"], "n2": ["v1"]}
        save("a", "vm", [])
        assert machines_of(site) == {"n1": [], "n2": ["v2"]}
        # A node goes and comes again.
        save("a", "node", [report("n1")])
        assert site.vms.get("v2")["host"] == {"name": "n2"}
        save("a", "node", [report("n1"), report("n2")])
        assert machines_of(site) == {"n1": [], "n2": ["v2"]}
        site.inventory.forget("b")
        assert machines_of(site) == {"n1": [], "n2": []}


def test_what_has_not_changed_is_not_written(opened, database):
    from sqlalchemy import event

    written = []

    def note(connection, cursor, statement, *rest):
        if statement.startswith(("UPDATE", "INSERT")):
            written.append(statement)

    with opened() as site:
        site.inventory.save("a", "node", [HV2])
        site.inventory.save("a", "vm", [report("v", host="hv2")])
        event.listen(database.engine, "before_cursor_execute", note)
        site.inventory.save("a", "node", [HV2])
        site.inventory.update("a", "vm", [report("v", host="hv2")])
        site.inventory.reconsolidate()
    assert len(written) == 2
    assert all("plugin_reports" in statement for statement in written)
