"""Reports made of what a vCenter server tells of its hypervisors and machines."""

from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import NodeReportState
from collective.mwsvm.plugins import PluginConstants
from collective.mwsvm.plugins import VirtualMachineReport
from collective.mwsvm.plugins.types.names import report_name
from collective.mwsvm.plugins.types.vcenter.collecting import Found
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
import ipaddress


#: What is asked of the server: properties by types of ``vim``.
WANTED = {
    "HostSystem": (
        "name",
        "runtime.connectionState",
        "runtime.powerState",
        "runtime.inMaintenanceMode",
        "summary.hardware.numCpuCores",
        "summary.hardware.cpuMhz",
        "summary.hardware.memorySize",
        "summary.quickStats.overallCpuUsage",
        "summary.quickStats.overallMemoryUsage",
    ),
    "VirtualMachine": (
        "name",
        "config.template",
        "runtime.host",
        "runtime.connectionState",
        "runtime.powerState",
        "runtime.maxCpuUsage",
        "config.hardware.numCPU",
        "config.hardware.memoryMB",
        "summary.quickStats.overallCpuUsage",
        "summary.quickStats.guestMemoryUsage",
        "guest.ipAddress",
    ),
}

_MIB = 1024 * 1024

_HOST_POWER = {
    "poweredOn": NodeReportPower.ON,
    "poweredOff": NodeReportPower.OFF,
    "standBy": NodeReportPower.STANDBY,
}

_MACHINE_POWER = {
    "poweredOn": NodeReportPower.ON,
    "poweredOff": NodeReportPower.OFF,
    # Suspended machines have their memory on disc.
    "suspended": NodeReportPower.HIBERNATE,
}


@dataclass(frozen=True)
class Choices:
    """What the configuration says of the reports. Ignored names are report names."""

    partition: str
    image: str | None = None
    ignored_hypervisors: Collection[str] = ()
    ignored_machines: Collection[str] = ()
    ignore_state: bool = False


@dataclass(frozen=True)
class Reports:
    """The reports, and the names that several machines have."""

    nodes: list[NodeReport]
    machines: list[VirtualMachineReport]
    duplicates: list[str]


def reports(found: Mapping[str, list[Found]], choices: Choices) -> Reports:
    """Of all hypervisors and machines that are not ignored; templates are none.

    Machines of ignored hypervisors are reported. Of machines with the same name the
    first one is.
    """
    names = {str(host.reference): _name(host) for host in found["HostSystem"]}
    counts = dict.fromkeys(names.values(), 0)
    machines: dict[str, VirtualMachineReport] = {}
    duplicates = []
    for report, host in _machines(found["VirtualMachine"], names, choices):
        if host is not None and report.power is NodeReportPower.ON:
            counts[host] += 1
        if report.name in choices.ignored_machines:
            continue
        if report.name in machines:
            duplicates.append(report.name)
        else:
            machines[report.name] = report
    nodes = []
    for each in found["HostSystem"]:
        name = _name(each)
        if name not in choices.ignored_hypervisors:
            nodes.append(_node(name, each.values, counts[name], choices))
    return Reports(nodes, list(machines.values()), duplicates)


def _node(
    name: str, values: Mapping[str, Any], running: int, choices: Choices
) -> NodeReport:
    node = NodeReport(name)
    if not choices.ignore_state:
        node.state = _host_state(values)
    node.power = _HOST_POWER.get(_text(values, "runtime.powerState"))
    node.partition = choices.partition
    if choices.image:
        node.image = choices.image
    cores = values.get("summary.hardware.numCpuCores")
    if cores is not None:
        node.resources[PluginConstants.RESOURCE_PROCESSORS].total = cores
    size = values.get("summary.hardware.memorySize")
    used = values.get("summary.quickStats.overallMemoryUsage")
    total = None if size is None else size // _MIB
    _memory(node, total, used)
    mhz = values.get("summary.hardware.cpuMhz")
    capacity = mhz * cores if mhz and cores else None
    _cpu(node, values, capacity, cores)
    node.metrics[PluginConstants.METRIC_VM_COUNT] = float(running)
    return node


def _machines(
    found: list[Found], hosts: Mapping[str, str], choices: Choices
) -> Iterator[tuple[VirtualMachineReport, str | None]]:
    for machine in found:
        values = machine.values
        if values.get("config.template"):
            continue
        report = VirtualMachineReport(_name(machine))
        host = hosts.get(str(values.get("runtime.host")))
        if host is not None:
            report.host = host
        if not choices.ignore_state:
            report.state = _machine_state(values)
        report.power = _MACHINE_POWER.get(_text(values, "runtime.powerState"))
        processors = values.get("config.hardware.numCPU")
        if processors is not None:
            report.resources[PluginConstants.RESOURCE_PROCESSORS].total = processors
        used = values.get("summary.quickStats.guestMemoryUsage")
        running = report.power is NodeReportPower.ON
        memory = values.get("config.hardware.memoryMB")
        _memory(report, memory, used if running else None)
        if running:
            _cpu(report, values, values.get("runtime.maxCpuUsage"), processors)
        address = values.get("guest.ipAddress")
        if address and _is_ipv4(address):
            report.ipAddress = address
        yield report, host


def _memory(
    report: NodeReport | VirtualMachineReport, total: int | None, used: int | None
) -> None:
    """All in MB."""
    if total is None:
        return
    memory = report.resources[PluginConstants.RESOURCE_MEMORY]
    memory.total = int(total)
    if used is not None:
        memory.available = max(0, int(total - used))


def _cpu(
    report: NodeReport | VirtualMachineReport,
    values: Mapping[str, Any],
    capacity: int | None,
    processors: int | None,
) -> None:
    """The capacity, like the use, in MHz."""
    used = values.get("summary.quickStats.overallCpuUsage")
    if used is None or not capacity or not processors:
        return
    share = used / capacity
    report.metrics[PluginConstants.METRIC_CPULOAD] = share * processors
    report.metrics[PluginConstants.METRIC_CPU_UTILIZATION] = min(100.0, share * 100)


def _host_state(values: Mapping[str, Any]) -> NodeReportState:
    if _text(values, "runtime.connectionState") != "connected":
        return NodeReportState.DOWN
    if _text(values, "runtime.powerState") in ("poweredOff", "standBy"):
        return NodeReportState.DOWN
    if values.get("runtime.inMaintenanceMode"):
        return NodeReportState.DRAINED
    return NodeReportState.UP


def _machine_state(values: Mapping[str, Any]) -> NodeReportState:
    connection = _text(values, "runtime.connectionState")
    if connection == "disconnected":
        # Its hypervisor does not answer: the machine may well run.
        return NodeReportState.UNKNOWN
    if connection != "connected":
        return NodeReportState.DOWN
    running = _text(values, "runtime.powerState") == "poweredOn"
    return NodeReportState.UP if running else NodeReportState.DOWN


def _text(values: Mapping[str, Any], path: str) -> str:
    return str(values.get(path, ""))


def _name(found: Found) -> str:
    # vSphere writes slashes and percent signs in names with percent signs.
    return report_name(unquote(str(found.values.get("name") or found.reference)))


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
