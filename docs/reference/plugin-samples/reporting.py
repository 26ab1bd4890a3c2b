from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import JobReport
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import NodeReportState
from datetime import datetime
from datetime import UTC


class ReportingPlugin(AbstractPlugin):
    def poll(self):
        node = NodeReport("node1")
        node.timestamp = datetime.now(UTC)
        node.image = "centos-5.4-stateless"
        # Lists and maps are there from the beginning.
        node.features.append("FEAT1")
        node.features += ["FEAT2"]
        node.metrics.METRIC1 = 4.0
        node.metrics["METRIC2"] = 125.5
        # So is every resource.
        node.resources.RES1.total = 10
        node.resources.RES1.available = 3
        node.resources["RES2"].total = 10
        node.resources["RES2"].available = 10
        node.state = NodeReportState.BUSY
        self.nodeRMService.save([node])

        job = JobReport("job.1")
        # The first requirement can be reached without the list.
        job.requirements.nodeCount = 4
        job.requirements.resourcesPerTask.memory.total = 2048
        job.requirements.features.append("FEAT1")
        self.jobRMService.save([job])
