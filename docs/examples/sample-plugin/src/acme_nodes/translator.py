"""Turns machines of the inventory into reports."""

from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import NodeReportState


class MachineTranslator:
    """Injected wherever ``machineTranslator`` is declared; it has a log and messages."""

    def reports(self, machines: list[dict], partition: str) -> list[NodeReport]:
        """A report of each machine that has a name."""
        found = []
        for place, machine in enumerate(machines, 1):
            if machine.get("name"):
                found.append(self._report(machine, partition))
            else:
                self.log.warn(self.message(code="acmeNodes.no.name", args=[place]))
        return found

    def _report(self, machine: dict, partition: str) -> NodeReport:
        node = NodeReport(machine["name"])
        on = bool(machine.get("on"))
        node.power = NodeReportPower.ON if on else NodeReportPower.OFF
        node.state = NodeReportState.UP if on else NodeReportState.DOWN
        node.partition = partition
        node.resources.processors.total = machine.get("cores")
        node.resources.memory.total = machine.get("memory")
        node.features += machine.get("tags", [])
        return node
