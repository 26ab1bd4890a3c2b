"""The type NodeUtilizationReport."""

from collective.mwsvm.plugins.types.utilization.common import UtilizationReporting
from collective.mwsvm.plugins.types.utilization.kinds import Kind
from collective.mwsvm.plugins.types.utilization.kinds import Metadata
from collective.mwsvm.plugins.types.utilization.objects import datacenter
from collective.mwsvm.plugins.types.utilization.objects import Fields
from collective.mwsvm.plugins.types.utilization.objects import Json
from collective.mwsvm.plugins.types.utilization.objects import NODES
from collective.mwsvm.plugins.types.utilization.objects import value
from collective.mwsvm.plugins.types.utilization.problems import Problems


class NodeUtilizationReportPlugin(UtilizationReporting):
    """Counts how busy the nodes are, by data center, in the report node-utilization."""

    title = "Node Utilization Report"
    description = (
        "Fills the report node-utilization with how much the CPU and memory of nodes "
        "are used."
    )

    kind = Kind(
        component="NodeUtilizationReportPlugin",
        prefix="nodeUtilizationReportPlugin",
        report="node-utilization",
        description="How much the CPU and memory of nodes are used",
        agent="Node Utilization Report Plugin",
        url="/rest/nodes",
        fields=NODES,
        collection="node-last-updated-date",
        object_type="node",
        category="nodeReport",
        creation_failure="NodeReportCreationFailure",
        query_failure="NodeQueryFailure",
        invalid="InvalidNodeProperties",
        sample_failure="NodeReportSampleCreationFailure",
    )

    def _centers(
        self, objects: list[Json], fields: Fields, problems: Problems
    ) -> dict[str, str | None]:
        return {value(node, fields.name) or "": datacenter(node) for node in objects}


class NodeUtilizationReportProject(Metadata):
    """The project of the type."""
