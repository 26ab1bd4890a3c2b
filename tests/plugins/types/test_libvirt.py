"""The type Libvirt, against the test driver of libvirt itself and against fakes."""

from collective.mwsvm.plugins import InvalidPluginConfigurationException
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins.constraints import Constraints
from collective.mwsvm.plugins.types.libvirt import connections
from collective.mwsvm.plugins.types.libvirt.connections import HypervisorFailure
from collective.mwsvm.plugins.types.libvirt.control import Control
from collective.mwsvm.plugins.types.libvirt.plugin import LibvirtPlugin
from collective.mwsvm.plugins.types.libvirt.plugin import parse_targets
from collective.mwsvm.plugins.types.libvirt.rates import Rates
from collective.mwsvm.plugins.types.libvirt.reading import Reader
from tests.plugins.types.fakes import complaints
from tests.plugins.types.fakes import make
from tests.plugins.types.fakes import messages_of
from types import SimpleNamespace
import pytest


try:
    import libvirt
except ImportError:
    libvirt = None

needs_libvirt = pytest.mark.skipif(
    libvirt is None,
    reason="libvirt can't be imported: make services installs it (Debian: libvirt-dev)",
)

URI = "test:///default"


@pytest.fixture
def hypervisor():
    """The hypervisor of the test driver, kept as it is between connections."""
    connection = libvirt.open(URI)
    yield connection
    connection.close()


@pytest.fixture
def domain(hypervisor):
    (only,) = hypervisor.listAllDomains()
    return only


@pytest.fixture
def plugin():
    return make(LibvirtPlugin, uri=URI)


def poll(plugin):
    """The JSON of the node and of the machines of a poll."""
    plugin.poll()
    assert plugin.log.of("error") == []
    (node,) = plugin.nodeRMService.saved[-1]
    return node, plugin.virtualMachineRMService.saved[-1]


# -- polls


@needs_libvirt
def test_the_hypervisor_is_reported(hypervisor, plugin):
    node, _ = poll(plugin)
    assert node.pop("timestamp")
    assert node == {
        "name": hypervisor.getHostname(),
        "state": "UP",
        "power": "ON",
        "architecture": "i686",
        "resources": {
            "processors": {"total": 16},
            "memory": {"total": 3072, "available": hypervisor.getFreeMemory() >> 20},
        },
        "metrics": {"vmcount": 1.0},
    }


@needs_libvirt
def test_machines_are_reported(hypervisor, plugin):
    node, (machine,) = poll(plugin)
    assert machine.pop("timestamp")
    assert machine == {
        "name": "test",
        "host": node["name"],
        "state": "UP",
        "power": "ON",
        "resources": {
            "processors": {"total": 2},
            "memory": {"total": 2048, "available": 1024},
        },
        "ipAddress": "192.168.122.3",
    }


@needs_libvirt
def test_how_busy_machines_are_needs_two_polls(hypervisor, plugin):
    poll(plugin)
    _, (machine,) = poll(plugin)
    metrics = machine["metrics"]
    assert 0 < metrics["cpuUtilization"] <= 100
    assert metrics["cpuLoad"] == pytest.approx(metrics["cpuUtilization"] * 2 / 100)


@needs_libvirt
def test_node_name_and_image_of_the_configuration(hypervisor):
    plugin = make(LibvirtPlugin, uri=URI, nodeName="My HV", hypervisorImageName="kvm-1")
    node, (machine,) = poll(plugin)
    assert (node["name"], node["image"], machine["host"]) == ("my_hv", "kvm-1", "my_hv")


@needs_libvirt
@pytest.mark.parametrize(
    ("actions", "state", "power", "running"),
    [
        ([], "UP", "ON", 1),
        (["suspend"], "DOWN", "STANDBY", 0),
        (["destroy"], "DOWN", "OFF", 0),
        (["managedSave"], "DOWN", "HIBERNATE", 0),
        (["destroy", "create"], "UP", "ON", 1),
    ],
)
def test_states_of_machines(hypervisor, domain, plugin, actions, state, power, running):
    for action in actions:
        getattr(domain, action)()
    node, (machine,) = poll(plugin)
    assert (machine["state"], machine["power"]) == (state, power)
    assert node["metrics"]["vmcount"] == running
    assert ("ipAddress" in machine) is (power == "ON")


@needs_libvirt
def test_a_hypervisor_that_cannot_be_reached_leaves_the_reports():
    plugin = make(LibvirtPlugin, uri="test:///no/such/file")
    plugin.poll()
    assert plugin.nodeRMService.saved == plugin.virtualMachineRMService.saved == []
    (line,) = plugin.log.of("error")
    assert "can't be read" in line
    assert "/no/such/file" in line


@needs_libvirt
def test_connections_are_closed(monkeypatch):
    closed = []
    real = libvirt.open

    def opened(uri):
        connection = real(uri)
        close = connection.close
        connection.close = lambda: closed.append(close())
        return connection

    monkeypatch.setattr(libvirt, "open", opened)
    with connections.connection(URI):
        pass
    with pytest.raises(ZeroDivisionError), connections.connection(URI):
        _ = 1 / 0
    with pytest.raises(HypervisorFailure), connections.connection(URI) as connection:
        connection.lookupByName("none")
    assert closed == [0, 0, 0]


# -- power


def states(domain):
    return domain.isActive(), domain.info()[0] == libvirt.VIR_DOMAIN_PAUSED


@needs_libvirt
@pytest.mark.parametrize("force", [False, True])
def test_power(hypervisor, domain, force):
    plugin = make(LibvirtPlugin, uri=URI, forcePowerOff=force)

    def switch(state):
        return plugin.nodePower(["test"], state)

    for _ in range(2):
        assert switch(NodeReportPower.OFF)
        assert states(domain) == (0, False)
    for _ in range(2):
        assert switch(NodeReportPower.ON)
        assert states(domain) == (1, False)
    for _ in range(2):
        assert switch(NodeReportPower.STANDBY)
        assert states(domain) == (1, True)
    assert switch(NodeReportPower.ON)
    assert states(domain) == (1, False)
    for _ in range(2):
        assert switch(NodeReportPower.HIBERNATE)
        assert domain.hasManagedSaveImage()
        assert states(domain) == (0, False)
    assert switch(NodeReportPower.ON)
    assert not domain.hasManagedSaveImage()
    assert switch(NodeReportPower.RESET)
    assert states(domain) == (1, False)
    assert plugin.log.of("error") == []


@needs_libvirt
@pytest.mark.parametrize(
    "state",
    [NodeReportPower.RESET, NodeReportPower.STANDBY, NodeReportPower.HIBERNATE],
)
def test_what_a_machine_that_is_off_cannot_do(hypervisor, domain, plugin, state):
    domain.destroy()
    assert plugin.nodePower(["test"], state) is False
    assert plugin.log.of("error") == [
        "test can't be switched: the machine 'test' is off"
    ]


@needs_libvirt
def test_each_machine_is_switched_whatever_becomes_of_the_others(
    hypervisor, domain, plugin
):
    assert plugin.nodePower(["none", "hv1:TEST"], NodeReportPower.OFF) is False
    assert not domain.isActive()
    assert plugin.log.of("error") == [
        "none can't be switched: this hypervisor has no machine 'none'"
    ]
    assert plugin.nodePower(["test"], NodeReportPower.NONE) is False


@needs_libvirt
def test_node_modify_knows_power_only(hypervisor, domain, plugin):
    assert plugin.nodeModify(["test"], {"POWER": "off"}) is True
    assert not domain.isActive()
    for properties in (
        {"OS": "linux"},
        {"power": "On", "OS": "x"},
        {"power": "Up"},
        {},
    ):
        assert plugin.nodeModify(["test"], properties) is False
    assert not domain.isActive()
    assert len(plugin.log.of("error")) == 4


# -- migration


@needs_libvirt
def test_migration_to_an_unknown_hypervisor(hypervisor):
    plugin = make(LibvirtPlugin, uri=URI, migrationTargets="hv2=qemu+ssh://hv2/system")
    assert plugin.virtualMachineMigrate("test", "hv3", "op1") is False
    assert plugin.log.of("error") == [
        "test can't be migrated: migrationTargets has no hypervisor 'hv3'"
    ]


@needs_libvirt
def test_migration_that_libvirt_refuses(hypervisor):
    plugin = make(LibvirtPlugin, uri=URI, migrationTargets="HV2=qemu+ssh://hv2/system")
    assert plugin.virtualMachineMigrate("test", "hv2", "op1") is False
    (line,) = plugin.log.of("error")
    assert "not supported" in line


class Domain:
    """A machine that keeps what it is told."""

    def __init__(self, active):
        self.active = active
        self.calls = []

    def name(self):
        return "vm1"

    def isActive(self):
        return self.active

    def migrateToURI3(self, *arguments):
        self.calls.append(arguments)


@needs_libvirt
@pytest.mark.parametrize(
    ("active", "flags"),
    [
        (1, ("LIVE", "PEER2PEER", "PERSIST_DEST", "UNDEFINE_SOURCE")),
        (0, ("OFFLINE", "PEER2PEER", "PERSIST_DEST", "UNDEFINE_SOURCE")),
    ],
)
def test_how_machines_are_migrated(active, flags):
    domain = Domain(active)
    connection = SimpleNamespace(listAllDomains=lambda: [domain])
    Control(libvirt, connection).migrate("VM1", "qemu+tls://hv2/system")
    number = sum(getattr(libvirt, f"VIR_MIGRATE_{flag}") for flag in flags)
    assert domain.calls == [("qemu+tls://hv2/system", {}, number)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, {}),
        ("", {}),
        (
            "HV2=qemu+ssh://hv2/system, hv3 = qemu+tls://hv3/system?pkipath=/a",
            {"hv2": "qemu+ssh://hv2/system", "hv3": "qemu+tls://hv3/system?pkipath=/a"},
        ),
    ],
)
def test_targets(text, expected):
    assert parse_targets(text) == expected


@pytest.mark.parametrize("text", ["hv2", "=qemu:///system", "hv2=", "hv2=host"])
def test_targets_that_are_wrong(text):
    (complaint,) = complaints(LibvirtPlugin, uri=URI, migrationTargets=text)
    assert "'migrationTargets'" in complaint
    assert text in complaint


# -- rates


def test_the_share_of_the_cpus_that_was_busy():
    rates = Rates()
    assert rates.node({"user": 100, "kernel": 0, "idle": 900, "iowait": 0}) is None
    later = {"user": 120, "kernel": 10, "idle": 960, "iowait": 10}
    assert rates.node(later) == pytest.approx(0.3)
    assert rates.node(later) is None
    restarted = {"user": 1, "kernel": 1, "idle": 9000, "iowait": 0}
    assert rates.node(restarted) is None


def test_the_share_of_a_machines_processors():
    rates = Rates()
    assert rates.machine("a", 1000, 1000, 2) is None
    assert rates.machine("a", 2000, 2000, 2) == 50
    assert rates.machine("a", 9000, 3000, 2) == 100
    assert rates.machine("a", 10, 4000, 2) is None
    assert rates.machine("b", 10, 4000, 2) is None
    rates.keep(["b"])
    assert rates.machine("a", 20, 5000, 2) is None


# -- what drivers tell that the test driver does not


class Connection:
    """A hypervisor that tells its memory and CPUs, with one machine."""

    def __init__(self, domain):
        self._domain = domain
        self.cpu = {"user": 0, "kernel": 0, "idle": 0, "iowait": 0}

    def getHostname(self):
        return "HV1"

    def getInfo(self):
        return ["x86_64", 8192, 4, 2400, 1, 1, 4, 1]

    def getMemoryStats(self, cell):
        return {"total": 8 << 20, "free": 1 << 20, "buffers": 1024, "cached": 1 << 20}

    def getCPUStats(self, cpu):
        return dict(self.cpu)

    def listAllDomains(self):
        return [self._domain]


class Guest:
    """A machine of which only an agent knows the address."""

    def __init__(self, error=None):
        self._error = error
        self.sources = []

    def name(self):
        return "My VM"

    def UUIDString(self):
        return "u1"

    def info(self):
        if self._error:
            raise self._error
        return [libvirt.VIR_DOMAIN_RUNNING, 1 << 20, 1 << 20, 1, 0]

    def memoryStats(self):
        raise libvirt.libvirtError("not supported")

    def interfaceAddresses(self, source):
        self.sources.append(source)
        if source != libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT:
            return {}
        addresses = [
            ("127.0.0.1", libvirt.VIR_IP_ADDR_TYPE_IPV4),
            ("fe80::1", libvirt.VIR_IP_ADDR_TYPE_IPV6),
            ("10.1.2.3", libvirt.VIR_IP_ADDR_TYPE_IPV4),
        ]
        addrs = [{"addr": text, "type": kind} for text, kind in addresses]
        return {"down": {"addrs": None}, "eth0": {"addrs": addrs}}


@needs_libvirt
@pytest.mark.parametrize(("agent", "address"), [(False, None), (True, "10.1.2.3")])
def test_memory_load_and_addresses(agent, address):
    connection = Connection(Guest())
    rates = Rates()

    def read():
        reader = Reader(libvirt, connection, rates, guest_agent=agent)
        node, (machine,) = reader.reports()
        return node.to_json(), machine.to_json()

    node, machine = read()
    assert node["resources"]["memory"] == {"total": 8192, "available": 2049}
    assert node["metrics"] == {"vmcount": 1.0}
    assert machine["name"] == "my_vm"
    assert machine["resources"]["memory"] == {"total": 1024}
    assert machine.get("ipAddress") == address
    connection.cpu = {"user": 20, "kernel": 5, "idle": 70, "iowait": 5}
    metrics = read()[0]["metrics"]
    assert metrics["cpuLoad"] == pytest.approx(1.0)
    assert metrics["cpuUtilization"] == pytest.approx(25.0)


def error(code):
    class Error(libvirt.libvirtError):
        def get_error_code(self):
            return code

    return Error("broken")


@needs_libvirt
def test_a_machine_that_ends_while_it_is_read_is_left_out():
    connection = Connection(Guest(error(libvirt.VIR_ERR_NO_DOMAIN)))
    node, machines = Reader(libvirt, connection, Rates()).reports()
    assert (node.name, machines) == ("hv1", [])


@needs_libvirt
def test_a_connection_that_breaks_while_machines_are_read_is_a_failure():
    connection = Connection(Guest(error(libvirt.VIR_ERR_RPC)))
    with pytest.raises(libvirt.libvirtError):
        Reader(libvirt, connection, Rates()).reports()


# -- configuration


def test_without_the_library_the_configuration_says_how_to_get_it(monkeypatch):
    def missing():
        raise ImportError("No module named 'libvirt'")

    monkeypatch.setattr(connections, "_library", missing)
    with pytest.raises(InvalidPluginConfigurationException) as caught:
        make(LibvirtPlugin, uri=URI)
    assert "install collective.mwsvm[libvirt]" in str(caught.value)


@pytest.mark.parametrize("uri", [None, "", "host", "//host/system", "qemu:///a b"])
def test_wrong_uris(uri):
    (complaint,) = complaints(LibvirtPlugin, uri=uri)
    assert "'uri'" in complaint


@pytest.mark.parametrize(
    "uri",
    ["qemu:///system", "qemu+ssh://root@host:22/system?keyfile=/k", "test:///default"],
)
def test_right_uris(uri):
    assert complaints(LibvirtPlugin, uri=uri) == []


def test_labels_and_help():
    described = Constraints.of(LibvirtPlugin).describe(
        messages_of(LibvirtPlugin), "libvirtPlugin"
    )
    assert len(described) == 6
    for parameter in described:
        assert parameter["label"] != parameter["name"]
        assert parameter["help"]
        assert parameter["required"] is (parameter["name"] == "uri")
