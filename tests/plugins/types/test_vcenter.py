"""The type VCenter, against a fake server that speaks pyVmomi's own data classes."""

from collective.mwsvm.plugins import InvalidPluginConfigurationException
from collective.mwsvm.plugins.constraints import Constraints
from collective.mwsvm.plugins.types.vcenter import collecting
from collective.mwsvm.plugins.types.vcenter import sessions
from collective.mwsvm.plugins.types.vcenter.plugin import VCenterPlugin
from collective.mwsvm.plugins.types.vcenter.reading import WANTED
from tests.plugins.types.fakes import complaints
from tests.plugins.types.fakes import make
from tests.plugins.types.fakes import messages_of
from types import SimpleNamespace
import pytest
import socket


vim = pytest.importorskip("pyVmomi").vim
vmodl = pytest.importorskip("pyVmomi").vmodl
connect = pytest.importorskip("pyVim.connect")

Collector = vmodl.query.PropertyCollector

LOGIN = {"url": "https://vcenter1", "username": "joe", "password": "secret"}


def host(number, **values):
    defaults = {
        "name": f"HV{number}.example.org",
        "runtime.connectionState": vim.HostSystem.ConnectionState.connected,
        "runtime.powerState": vim.HostSystem.PowerState.poweredOn,
        "runtime.inMaintenanceMode": False,
        "summary.hardware.numCpuCores": 8,
        "summary.hardware.cpuMhz": 2000,
        "summary.hardware.memorySize": 16 << 30,
        "summary.quickStats.overallCpuUsage": 4000,
        "summary.quickStats.overallMemoryUsage": 4096,
    }
    return content_of(vim.HostSystem(f"host-{number}", None), defaults, values)


def vm(number, host=1, **values):
    defaults = {
        "name": f"vm{number}",
        "config.template": False,
        "runtime.host": vim.HostSystem(f"host-{host}", None),
        "runtime.connectionState": vim.VirtualMachine.ConnectionState.connected,
        "runtime.powerState": vim.VirtualMachine.PowerState.poweredOn,
        "runtime.maxCpuUsage": 4000,
        "config.hardware.numCPU": 2,
        "config.hardware.memoryMB": 2048,
        "summary.quickStats.overallCpuUsage": 1000,
        "summary.quickStats.guestMemoryUsage": 512,
        "guest.ipAddress": "10.0.0.7",
    }
    return content_of(vim.VirtualMachine(f"vm-{number}", None), defaults, values)


def content_of(reference, defaults, values):
    merged = {**defaults, **{k.replace("__", "."): v for k, v in values.items()}}
    return Collector.ObjectContent(
        obj=reference,
        propSet=[
            vmodl.DynamicProperty(name=name, val=value)
            for name, value in merged.items()
            if value is not None
        ],
    )


class View(vim.view.ContainerView):
    def __init__(self, destroyed):
        vim.view.ContainerView.__init__(self, "view-1", None)
        object.__setattr__(self, "destroyed", destroyed)

    def Destroy(self):
        self.destroyed.append(True)


class Server:
    """A vCenter server with objects, which it gives in pages."""

    def __init__(self, *objects, page=500, api="VirtualCenter", fault=None):
        self.pages = [objects[at : at + page] for at in range(0, len(objects), page)]
        self.api = api
        self.fault = fault
        self.destroyed = []
        self.disconnected = []
        self.logins = []
        self.asked = []

    # what pyVim.connect does

    def SmartConnect(self, **options):
        self.logins.append(("SmartConnect", options, socket.getdefaulttimeout()))
        return self

    def Connect(self, **options):
        self.logins.append(("Connect", options, socket.getdefaulttimeout()))
        return self

    def Disconnect(self, instance):
        assert instance is self
        self.disconnected.append(True)

    # what the service is

    def RetrieveContent(self):
        return SimpleNamespace(
            about=SimpleNamespace(apiType=self.api),
            rootFolder=vim.Folder("group-d1", None),
            viewManager=self,
            propertyCollector=self,
        )

    def CreateContainerView(self, folder, types, recursive):
        assert folder._GetMoId() == "group-d1"
        assert types == [vim.HostSystem, vim.VirtualMachine]
        assert recursive is True
        return View(self.destroyed)

    def RetrievePropertiesEx(self, specs, options):
        if self.fault:
            raise self.fault
        self.asked.append((specs, options))
        return self._page(0)

    def ContinueRetrievePropertiesEx(self, token):
        self.asked.append(token)
        return self._page(int(token))

    def _page(self, number):
        if not self.pages:
            return None
        more = number + 1 < len(self.pages)
        return Collector.RetrieveResult(
            token=str(number + 1) if more else None, objects=list(self.pages[number])
        )


@pytest.fixture
def serve(monkeypatch):
    """Makes a server that plug-ins find."""

    def make_server(*objects, **options):
        server = Server(*objects, **options)
        for name in ("SmartConnect", "Connect", "Disconnect"):
            monkeypatch.setattr(connect, name, getattr(server, name))
        return server

    return make_server


def polled(**config):
    plugin = make(VCenterPlugin, **{**LOGIN, **config})
    plugin.poll()
    assert plugin.log.of("error") == []
    (nodes,) = plugin.nodeRMService.saved
    (machines,) = plugin.virtualMachineRMService.saved
    for report in (*nodes, *machines):
        assert report.pop("timestamp")
    return nodes, machines


def names(reports):
    return [report["name"] for report in reports]


# -- reports


def test_hypervisors_are_reported(serve):
    serve(host(1), vm(1))
    (node,), _ = polled()
    assert node == {
        "name": "hv1.example.org",
        "state": "UP",
        "power": "ON",
        "partition": "vcenter-p1",
        "resources": {
            "processors": {"total": 8},
            "memory": {"total": 16384, "available": 12288},
        },
        "metrics": {"cpuLoad": 2.0, "cpuUtilization": 25.0, "vmcount": 1.0},
    }


def test_machines_are_reported(serve):
    serve(host(1), vm(1))
    _, (machine,) = polled()
    assert machine == {
        "name": "vm1",
        "host": "hv1.example.org",
        "state": "UP",
        "power": "ON",
        "ipAddress": "10.0.0.7",
        "resources": {
            "processors": {"total": 2},
            "memory": {"total": 2048, "available": 1536},
        },
        "metrics": {"cpuLoad": 0.5, "cpuUtilization": 25.0},
    }


def test_an_empty_server_empties_the_reports(serve):
    serve()
    assert polled() == ([], [])


Connection = vim.HostSystem.ConnectionState
Power = vim.HostSystem.PowerState


@pytest.mark.parametrize(
    ("connection", "power", "maintenance", "state", "reported"),
    [
        (Connection.connected, Power.poweredOn, False, "UP", "ON"),
        (Connection.connected, Power.poweredOn, True, "DRAINED", "ON"),
        (Connection.connected, Power.poweredOff, False, "DOWN", "OFF"),
        (Connection.connected, Power.standBy, False, "DOWN", "STANDBY"),
        (Connection.connected, Power.unknown, False, "UP", None),
        (Connection.notResponding, Power.unknown, False, "DOWN", None),
        (Connection.disconnected, Power.unknown, True, "DOWN", None),
        (Connection.disconnected, Power.poweredOn, False, "DOWN", "ON"),
    ],
)
def test_states_of_hypervisors(serve, connection, power, maintenance, state, reported):
    serve(
        host(
            1,
            runtime__connectionState=connection,
            runtime__powerState=power,
            runtime__inMaintenanceMode=maintenance,
        )
    )
    (node,), _ = polled()
    assert (node["state"], node.get("power")) == (state, reported)


VmConnection = vim.VirtualMachine.ConnectionState
VmPower = vim.VirtualMachine.PowerState


@pytest.mark.parametrize(
    ("connection", "power", "state", "reported"),
    [
        (VmConnection.connected, VmPower.poweredOn, "UP", "ON"),
        (VmConnection.connected, VmPower.poweredOff, "DOWN", "OFF"),
        (VmConnection.connected, VmPower.suspended, "DOWN", "HIBERNATE"),
        (VmConnection.disconnected, VmPower.poweredOn, "UNKNOWN", "ON"),
        (VmConnection.orphaned, VmPower.poweredOff, "DOWN", "OFF"),
        (VmConnection.inaccessible, VmPower.poweredOff, "DOWN", "OFF"),
        (VmConnection.invalid, VmPower.poweredOff, "DOWN", "OFF"),
    ],
)
def test_states_of_machines(serve, connection, power, state, reported):
    serve(
        host(1), vm(1, runtime__connectionState=connection, runtime__powerState=power)
    )
    (node,), (machine,) = polled()
    assert (machine["state"], machine["power"]) == (state, reported)
    running = reported == "ON"
    assert ("metrics" in machine) is running
    assert ("available" in machine["resources"]["memory"]) is running
    assert node["metrics"]["vmcount"] == running


def test_every_state_of_pyvmomi_is_tried_here():
    assert set(Connection.values) == {"connected", "notResponding", "disconnected"}
    assert set(Power.values) == {"poweredOn", "poweredOff", "standBy", "unknown"}
    assert set(VmPower.values) == {"poweredOn", "poweredOff", "suspended"}
    assert set(VmConnection.values) == {
        "connected",
        "disconnected",
        "orphaned",
        "inaccessible",
        "invalid",
    }


def test_what_the_server_does_not_tell_is_not_reported(serve):
    reference = vim.HostSystem("host-1", None)
    machine = vim.VirtualMachine("vm-1", None)
    serve(content_of(reference, {}, {}), content_of(machine, {}, {}))
    (node,), (machine,) = polled()
    assert node["state"] == "DOWN"
    assert "resources" not in node
    assert machine["state"] == "DOWN"
    assert "host" not in machine


def test_templates_and_addresses_of_version_6_are_not_reported(serve):
    serve(host(1), vm(1, config__template=True), vm(2, guest__ipAddress="fe80::1"))
    _, (machine,) = polled()
    assert machine["name"] == "vm2"
    assert "ipAddress" not in machine


def test_names_become_words(serve):
    serve(host(1), vm(1, name="Web Server%2fA"))
    assert names(polled()[1]) == ["web_server/a"]


def test_of_machines_with_one_name_one_is_reported(serve):
    serve(host(1), vm(1, name="a"), vm(2, name="A"), vm(3))
    plugin = make(VCenterPlugin, **LOGIN)
    plugin.poll()
    assert names(plugin.virtualMachineRMService.saved[0]) == ["a", "vm3"]
    (warning,) = plugin.log.of("warn")
    assert warning.endswith(": a")


# -- configuration of the reports


def test_ignored_ones_are_not_reported(serve):
    serve(host(1), host(2), vm(1), vm(2, host=2))
    nodes, machines = polled(
        ignoredHypervisors="hv2.example.org, other", ignoredVirtualMachines="VM1"
    )
    assert names(nodes) == ["hv1.example.org"]
    assert names(machines) == ["vm2"]
    assert machines[0]["host"] == "hv2.example.org"


def test_state_partition_and_image(serve):
    serve(host(1), vm(1))
    (node,), (machine,) = polled(
        ignoreState=True, partition="mine", hypervisorImageName="esx-5"
    )
    assert "state" not in node
    assert "state" not in machine
    assert (node["power"], machine["power"]) == ("ON", "ON")
    assert (node["partition"], node["image"]) == ("mine", "esx-5")


# -- the server


def test_all_is_asked_for_at_once_and_in_pages(serve):
    objects = [host(1), *(vm(number) for number in range(7))]
    server = serve(*objects, page=3)
    nodes, machines = polled()
    assert (len(nodes), len(machines)) == (1, 7)
    (specs, options), *tokens = server.asked
    assert tokens == ["1", "2"]
    assert options.maxObjects == collecting.PAGE
    (spec,) = specs
    assert {part.type.__name__: tuple(part.pathSet) for part in spec.propSet} == {
        f"vim.{name}": paths for name, paths in WANTED.items()
    }
    (start,) = spec.objectSet
    assert start.skip is True
    assert start.selectSet[0].path == "view"


@pytest.mark.parametrize("name", WANTED)
def test_the_paths_exist(name):
    for path in WANTED[name]:
        kind = getattr(vim, name)
        for step in path.split("."):
            kind = kind._GetPropertyInfo(step).type


def test_a_session_is_closed_with_its_view(serve):
    server = serve(host(1))
    polled()
    assert server.destroyed == server.disconnected == [True]


@pytest.mark.parametrize(
    ("config", "call", "expected"),
    [
        ({}, "SmartConnect", {"host": "vcenter1", "port": 443, "protocol": "https"}),
        (
            {"url": "https://vcenter1:8443/api/"},
            "SmartConnect",
            {"port": 8443, "path": "/api"},
        ),
        ({"url": "http://vcenter1"}, "SmartConnect", {"port": 80, "protocol": "http"}),
        ({"ignoreApiVersion": True}, "Connect", {"port": 443, "path": "/sdk"}),
        ({"ignoreApiVersion": True, "url": "http://v"}, "Connect", {"port": -80}),
        ({}, "SmartConnect", {"disableSslCertValidation": False}),
        (
            {"ignoreCertificateErrors": True},
            "SmartConnect",
            {"disableSslCertValidation": True},
        ),
        ({}, "SmartConnect", {"user": "joe", "pwd": "secret", "path": "/sdk"}),
        ({}, "SmartConnect", {"httpConnectionTimeout": sessions.SECONDS}),
    ],
)
def test_how_the_server_is_asked(serve, config, call, expected):
    server = serve()
    polled(**config)
    ((called, options, timeout),) = server.logins
    assert called == call
    assert {name: options[name] for name in expected} == expected
    assert timeout == sessions.SECONDS
    assert socket.getdefaulttimeout() is None


def test_the_options_are_those_of_pyvmomi():
    smart = connect.SmartConnect.__code__.co_varnames
    plain = connect.Connect.__code__.co_varnames
    shared = "host port user pwd path disableSslCertValidation httpConnectionTimeout"
    assert {*shared.split(), "protocol"} <= set(smart)
    assert {*shared.split(), "version"} <= set(plain)


def failed(plugin):
    plugin.poll()
    assert plugin.nodeRMService.saved == plugin.virtualMachineRMService.saved == []
    (line,) = plugin.log.of("error")
    assert line.startswith("The vCenter server can't be read: ")
    assert "secret" not in line
    return line


def test_a_hypervisor_is_no_vcenter_server(serve):
    server = serve(api="HostAgent")
    assert "HostAgent" in failed(make(VCenterPlugin, **LOGIN))
    assert server.disconnected == [True]


def test_a_fault_of_the_server_leaves_the_reports(serve):
    fault = vmodl.fault.ManagedObjectNotFound(msg="The object has gone")
    server = serve(host(1), fault=fault)
    line = failed(make(VCenterPlugin, **LOGIN))
    assert line.endswith("ManagedObjectNotFound: The object has gone")
    assert server.disconnected == server.destroyed == [True]


def test_a_login_that_fails(serve, monkeypatch):
    server = serve()

    def refused(**options):
        raise vim.fault.InvalidLogin(msg="Cannot complete login")

    monkeypatch.setattr(connect, "SmartConnect", refused)
    line = failed(make(VCenterPlugin, **LOGIN))
    assert line.endswith("InvalidLogin: Cannot complete login")
    assert server.disconnected == []
    assert socket.getdefaulttimeout() is None


def test_a_server_that_is_not_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = {**LOGIN, "url": f"https://127.0.0.1:{port}"}
    assert "refused" in failed(make(VCenterPlugin, **config))


# -- configuration


@pytest.mark.parametrize("key", ["url", "username", "password"])
def test_what_is_required(key):
    (complaint,) = complaints(VCenterPlugin, **{**LOGIN, key: None})
    assert f"'{key}'" in complaint


@pytest.mark.parametrize("url", ["vcenter1", "ftp://vcenter1", "https://", ""])
def test_wrong_urls(url):
    assert complaints(VCenterPlugin, **{**LOGIN, "url": url})


def test_the_interval_is_at_least_20_seconds():
    constraints = Constraints.of(VCenterPlugin)
    assert constraints.describe_poll_interval()["min"] == 20


def test_labels_help_and_the_password():
    described = Constraints.of(VCenterPlugin).describe(
        messages_of(VCenterPlugin), "VCenterPlugin"
    )
    assert {p["name"] for p in described if p["required"]} == set(LOGIN)
    assert {p["name"] for p in described if p["password"]} == {"password"}
    switches = {"ignoreCertificateErrors", "ignoreApiVersion", "ignoreState"}
    assert {p["name"] for p in described if p["type"] == "Boolean"} == switches
    assert len(described) == 10
    for parameter in described:
        assert parameter["label"] != parameter["name"]
        assert parameter["help"]


def test_without_the_library_the_configuration_says_how_to_get_it(monkeypatch):
    def missing(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(sessions, "import_module", missing)
    with pytest.raises(InvalidPluginConfigurationException) as caught:
        make(VCenterPlugin, **LOGIN)
    assert "install collective.mwsvm[vcenter]" in str(caught.value)
