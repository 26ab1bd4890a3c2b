"""The plug-in type AcmeNodes."""

from acme_nodes.inventory import InventoryReader
from acme_nodes.inventory import UnreadableInventory
from acme_nodes.translator import MachineTranslator
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import INodeRMService
from collective.mwsvm.plugins import NodeReportPower


def readable(value: str):
    """A validator: None if all is well, else a message code and its arguments."""
    scheme = value.partition(":")[0].lower()
    return None if scheme in ("http", "https", "file") else ["scheme", scheme]


class AcmeNodesPlugin(AbstractPlugin):
    title = "Acme's nodes"

    constraints = {
        "pollInterval": {"defaultValue": 60, "min": 10},
        "inventory": {"scriptableUrl": True, "validator": readable},
        "partition": {"required": False, "defaultValue": "acme", "blank": False},
    }

    nodeRMService: INodeRMService
    inventoryReader: InventoryReader
    machineTranslator: MachineTranslator

    def poll(self):
        url = self.config.inventory
        try:
            machines = self.inventoryReader.read(url)
        except UnreadableInventory as error:
            # The last reports stay: that the inventory is away does not mean that its
            # machines are. An exception here would stop the plug-in.
            self.log.error(self.message(code="acmeNodes.unreadable", args=[url, error]))
            return
        reports = self.machineTranslator.reports(machines, self.config.partition)
        self.nodeRMService.save(reports)

    def summary(self, params):
        """A web service: how many nodes there are, and how many of them are on."""
        nodes = self.nodeRMService.list()
        on = [node for node in nodes if node.power is NodeReportPower.ON]
        return {"nodes": len(nodes), "on": len(on)}
