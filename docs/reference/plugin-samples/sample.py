from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import INodeRMService
from collective.mwsvm.plugins import InvalidPluginConfigurationException
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import NodeReportState


class SamplePlugin(AbstractPlugin):
    author = "Adaptive Computing"
    description = "A simple plugin in python"
    version = "0.1"

    nodeRMService: INodeRMService

    def configure(self):
        errors = []
        if not self.config.arbitraryKey:
            errors.append("Missing arbitraryKey!")
        if errors:
            raise InvalidPluginConfigurationException(errors)

    def poll(self):
        node = NodeReport("node1")
        node.resources.RES1.total = 5
        node.resources.RES1.available = 5
        node.state = NodeReportState.IDLE
        self.nodeRMService.save([node])

    # Access at /rest/plugins/<id>/services/example-service
    def exampleService(self, params):
        return {"success": True}
