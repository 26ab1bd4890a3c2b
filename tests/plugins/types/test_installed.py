"""The bundled types as the framework finds, describes and makes them."""

from collective.mwsvm.plugins import ConfigObject
from collective.mwsvm.plugins import Suite
from collective.mwsvm.plugins.describing import describe
from collective.mwsvm.plugins.injection import Container
from collective.mwsvm.plugins.loading import Library
from tests.plugins.types.fakes import Log
from tests.plugins.types.fakes import Runtime
import pytest
import subprocess
import sys


PACKAGE = "collective.mwsvm.plugins.types."

CONFIG = ConfigObject({"mws": {"home": {"location": "/opt/mws"}}})

LIFECYCLE = {"configure", "beforeStart", "afterStop"}

RM_EVENTS = {
    "jobCancel",
    "jobModify",
    "jobRequeue",
    "jobResume",
    "jobStart",
    "jobSubmit",
    "jobSuspend",
    "nodeModify",
    "nodePower",
    "resourceCreate",
    "systemModify",
    "systemQuery",
    "virtualMachineMigrate",
}


@pytest.fixture(scope="module")
def library():
    return Library.installed({"mws": "7.2.6", "commons": "0.9.4"})


@pytest.fixture(scope="module")
def described(library):
    description = describe(library, CONFIG, Suite.CLOUD)
    return {found["id"]: found for found in description["types"]}


def test_all_bundled_types_are_found(library):
    found = {id: made.class_name for id, made in library.types.items()}
    bundled = {id: name for id, name in found.items() if name.startswith(PACKAGE)}
    assert bundled == {
        "Native": f"{PACKAGE}native.plugin.NativePlugin",
        "NodeUtilizationReport": f"{PACKAGE}utilization.node.NodeUtilizationReportPlugin",
        "VMUtilizationReport": f"{PACKAGE}utilization.vm.VMUtilizationReportPlugin",
        "Libvirt": f"{PACKAGE}libvirt.plugin.LibvirtPlugin",
        "VCenter": f"{PACKAGE}vcenter.plugin.VCenterPlugin",
    }
    assert [text for text in library.problems if PACKAGE in text] == []


@pytest.mark.parametrize(
    ("id", "events", "services", "interval"),
    [
        ("Native", LIFECYCLE | RM_EVENTS | {"poll"}, [], (None, None)),
        ("NodeUtilizationReport", {"poll"}, ["recreateReport"], (60, None)),
        ("VMUtilizationReport", {"poll"}, ["recreateReport"], (60, None)),
        (
            "Libvirt",
            {"configure", "poll", "nodePower", "nodeModify", "virtualMachineMigrate"},
            [],
            (None, None),
        ),
        ("VCenter", {"configure", "poll"}, [], (None, 20)),
    ],
)
def test_events_services_and_intervals(described, id, events, services, interval):
    found = described[id]
    assert set(found["events"]) == events
    assert found["webServices"] == [
        {"name": name, "secured": True} for name in services
    ]
    assert (found["pollInterval"]["default"], found["pollInterval"]["min"]) == interval
    assert found["pollMethod"] is True


def test_metadata(described):
    for id in ("Native", "NodeUtilizationReport", "VMUtilizationReport"):
        assert described[id]["mwsVersion"] == "7.1.4 > *"
    assert described["VCenter"]["mwsVersion"] == "7.1.2 > *"
    for id in ("Native", "NodeUtilizationReport", "Libvirt", "VCenter"):
        for name in ("title", "description", "version", "license"):
            assert described[id][name]


def test_the_only_initial_plugin_is_cloud_native(described):
    initial = {id: list(found["initialPlugins"]) for id, found in described.items()}
    bundled = ("Native", "NodeUtilizationReport", "VMUtilizationReport", "VCenter")
    assert {id: initial[id] for id in (*bundled, "Libvirt")} == {
        "Native": ["cloud-native"],
        "NodeUtilizationReport": [],
        "VMUtilizationReport": [],
        "Libvirt": [],
        "VCenter": [],
    }
    config = described["Native"]["initialPlugins"]["cloud-native"]["config"]
    assert config == {"getCluster": "file:///opt/mws/etc/nodes.txt"}


def test_services_are_injected(library):
    services = {
        name: object()
        for name in (
            "nodeRMService",
            "virtualMachineRMService",
            "jobRMService",
            "moabRestService",
            "pluginDatastoreService",
        )
    }
    container = Container(library, services, CONFIG, Suite.CLOUD, lambda name: Log())
    for id, used in (
        ("Native", ("nodeRMService", "virtualMachineRMService", "jobRMService")),
        ("NodeUtilizationReport", ("moabRestService", "pluginDatastoreService")),
        ("VMUtilizationReport", ("moabRestService", "pluginDatastoreService")),
        ("Libvirt", ("nodeRMService", "virtualMachineRMService")),
        ("VCenter", ("nodeRMService", "virtualMachineRMService")),
    ):
        made = container.create(id, {"id": "p1", "config": {}}, Runtime(None))
        for name in used:
            assert getattr(made, name) is services[name]


def test_optional_libraries_are_not_imported_with_the_types():
    code = (
        "from collective.mwsvm.plugins.loading import Library; import sys; "
        "Library.installed(); "
        "print([m for m in ('libvirt', 'pyVmomi', 'pyVim') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
