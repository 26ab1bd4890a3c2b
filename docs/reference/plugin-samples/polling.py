from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import INodeRMService
from collective.mwsvm.plugins import IVirtualMachineRMService
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import VirtualMachineReport


class PollingPlugin(AbstractPlugin):
    nodeRMService: INodeRMService
    virtualMachineRMService: IVirtualMachineRMService

    def poll(self):
        self.nodeRMService.save(self._nodes())
        self.virtualMachineRMService.save(self._virtual_machines())

    def _nodes(self):
        return [NodeReport("node1")]

    def _virtual_machines(self):
        machine = VirtualMachineReport("vm1")
        machine.host = "node1"
        return [machine]
