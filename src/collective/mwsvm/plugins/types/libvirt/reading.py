"""Reports of a hypervisor and its machines, read through libvirt."""

from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import NodeReportState
from collective.mwsvm.plugins import PluginConstants
from collective.mwsvm.plugins import VirtualMachineReport
from collective.mwsvm.plugins.types.libvirt.rates import Rates
from collective.mwsvm.plugins.types.names import report_name
from typing import Any
import time


_MIB = 1024 * 1024
_KIB_PER_MIB = 1024

# By the names of libvirt's states of domains.
_STATES = {
    "NOSTATE": (NodeReportState.UNKNOWN, None),
    "RUNNING": (NodeReportState.UP, NodeReportPower.ON),
    "BLOCKED": (NodeReportState.UP, NodeReportPower.ON),
    "PAUSED": (NodeReportState.DOWN, NodeReportPower.STANDBY),
    "SHUTDOWN": (NodeReportState.DOWN, NodeReportPower.ON),
    "SHUTOFF": (NodeReportState.DOWN, NodeReportPower.OFF),
    "CRASHED": (NodeReportState.DOWN, NodeReportPower.OFF),
    "PMSUSPENDED": (NodeReportState.DOWN, NodeReportPower.STANDBY),
}


class Reader:
    """Reads what one connection shows.

    ``node_name`` and ``image`` are for the hypervisor, ``guest_agent`` says whether
    agents in the machines may be asked for addresses.
    """

    def __init__(
        self,
        libvirt: Any,
        connection: Any,
        rates: Rates,
        *,
        node_name: str | None = None,
        image: str | None = None,
        guest_agent: bool = False,
    ) -> None:
        self._libvirt = libvirt
        self._connection = connection
        self._rates = rates
        self._node_name = report_name(node_name or connection.getHostname())
        self._image = image
        self._guest_agent = guest_agent
        self._states = {
            getattr(libvirt, f"VIR_DOMAIN_{name}"): reported
            for name, reported in _STATES.items()
        }

    def reports(self) -> tuple[NodeReport, list[VirtualMachineReport]]:
        """The hypervisor and all its machines, also those that are off."""
        machines = []
        uuids = []
        for domain in self._connection.listAllDomains():
            try:
                machines.append(self._machine(domain))
                uuids.append(domain.UUIDString())
            except self._libvirt.libvirtError as error:
                # It ended while the others were read.
                if error.get_error_code() != self._libvirt.VIR_ERR_NO_DOMAIN:
                    raise
        self._rates.keep(uuids)
        return self._node(machines), machines

    # -- the hypervisor

    def _node(self, machines: list[VirtualMachineReport]) -> NodeReport:
        architecture, memory, processors = self._connection.getInfo()[:3]
        node = NodeReport(self._node_name)
        node.state = NodeReportState.UP
        node.power = NodeReportPower.ON
        node.architecture = architecture
        node.resources[PluginConstants.RESOURCE_PROCESSORS].total = processors
        node.resources[PluginConstants.RESOURCE_MEMORY].total = memory
        available = self._available_memory()
        if available is not None:
            node.resources[PluginConstants.RESOURCE_MEMORY].available = available
        running = sum(report.power is NodeReportPower.ON for report in machines)
        node.metrics[PluginConstants.METRIC_VM_COUNT] = float(running)
        busy = self._busy()
        if busy is not None:
            node.metrics[PluginConstants.METRIC_CPULOAD] = busy * processors
            node.metrics[PluginConstants.METRIC_CPU_UTILIZATION] = busy * 100
        if self._image:
            node.image = self._image
        return node

    def _available_memory(self) -> int | None:
        """In MB; what the hypervisor's system uses as a cache counts as available."""
        every_cell = self._libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS
        statistics = self._asked(self._connection.getMemoryStats, every_cell)
        if statistics and "free" in statistics:
            names = ("free", "buffers", "cached")
            return int(sum(statistics.get(name, 0) for name in names) // _KIB_PER_MIB)
        free = self._asked(self._connection.getFreeMemory)
        return None if free is None else int(free // _MIB)

    def _busy(self) -> float | None:
        every_cpu = self._libvirt.VIR_NODE_CPU_STATS_ALL_CPUS
        counters = self._asked(self._connection.getCPUStats, every_cpu)
        return self._rates.node(counters) if counters else None

    # -- machines

    def _machine(self, domain: Any) -> VirtualMachineReport:
        state, _, memory, processors, used = domain.info()
        report = VirtualMachineReport(report_name(domain.name()))
        report.host = self._node_name
        reported, power = self._states.get(state, (NodeReportState.UNKNOWN, None))
        if power is NodeReportPower.OFF and self._asked(domain.hasManagedSaveImage):
            power = NodeReportPower.HIBERNATE
        report.state = reported
        report.power = power
        report.resources[PluginConstants.RESOURCE_PROCESSORS].total = processors
        memory_mb = int(memory // _KIB_PER_MIB)
        report.resources[PluginConstants.RESOURCE_MEMORY].total = memory_mb
        if power is NodeReportPower.ON:
            self._add_running(report, domain, processors, used)
        return report

    def _add_running(
        self, report: VirtualMachineReport, domain: Any, processors: int, used: int
    ) -> None:
        statistics = self._asked(domain.memoryStats) or {}
        # Without a driver in the guest there is neither.
        unused = statistics.get("usable", statistics.get("unused"))
        if unused is not None:
            memory = report.resources[PluginConstants.RESOURCE_MEMORY]
            memory.available = int(unused // _KIB_PER_MIB)
        percent = self._rates.machine(
            domain.UUIDString(), used, time.monotonic_ns(), processors
        )
        if percent is not None:
            report.metrics[PluginConstants.METRIC_CPU_UTILIZATION] = percent
            load = percent * processors / 100
            report.metrics[PluginConstants.METRIC_CPULOAD] = load
        address = self._address(domain)
        if address is not None:
            report.ipAddress = address

    def _address(self, domain: Any) -> str | None:
        """The first IPv4 address that a lease, ARP or the guest's agent tells."""
        sources = ["LEASE", "ARP"] + (["AGENT"] if self._guest_agent else [])
        for source in sources:
            number = getattr(
                self._libvirt, f"VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_{source}"
            )
            found = self._asked(domain.interfaceAddresses, number) or {}
            for interface in found.values():
                for address in interface.get("addrs") or []:
                    ipv4 = address["type"] == self._libvirt.VIR_IP_ADDR_TYPE_IPV4
                    if ipv4 and not address["addr"].startswith("127."):
                        return str(address["addr"])
        return None

    def _asked(self, method: Any, *arguments: Any) -> Any:
        """What the method answers; None if this hypervisor can't tell."""
        try:
            return method(*arguments)
        except self._libvirt.libvirtError as error:
            if error.get_error_code() in self._fatal():
                raise
            return None

    def _fatal(self) -> tuple[int, ...]:
        libvirt = self._libvirt
        return (
            libvirt.VIR_ERR_NO_DOMAIN,
            libvirt.VIR_ERR_RPC,
            libvirt.VIR_ERR_NO_CONNECT,
        )
