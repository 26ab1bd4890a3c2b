"""The type VMUtilizationReport."""

from collective.mwsvm.plugins.types.utilization.common import UtilizationReporting
from collective.mwsvm.plugins.types.utilization.kinds import Kind
from collective.mwsvm.plugins.types.utilization.kinds import Metadata
from collective.mwsvm.plugins.types.utilization.objects import DATACENTER
from collective.mwsvm.plugins.types.utilization.objects import datacenter
from collective.mwsvm.plugins.types.utilization.objects import Fields
from collective.mwsvm.plugins.types.utilization.objects import Json
from collective.mwsvm.plugins.types.utilization.objects import MACHINES
from collective.mwsvm.plugins.types.utilization.objects import NODES
from collective.mwsvm.plugins.types.utilization.objects import results
from collective.mwsvm.plugins.types.utilization.objects import value
from collective.mwsvm.plugins.types.utilization.problems import Problems


class VMUtilizationReportPlugin(UtilizationReporting):
    """Counts how busy the machines are, by data center, in the report vm-utilization."""

    title = "Virtual Machine Utilization Report"
    description = (
        "Fills the report vm-utilization with how much the CPU and memory of virtual "
        "machines are used."
    )

    kind = Kind(
        component="VMUtilizationReportPlugin",
        prefix="VMUtilizationReportPlugin",
        report="vm-utilization",
        description="How much the CPU and memory of virtual machines are used",
        agent="VM Utilization Report Plugin",
        url="/rest/vms",
        fields=MACHINES,
        collection="vm-last-updated-date",
        object_type="vm",
        category="vmReport",
        creation_failure="VMReportCreationFailure",
        query_failure="VMQueryFailure",
        invalid="InvalidVirtualMachineProperties",
        sample_failure="VMReportSampleCreationFailure",
    )

    def _centers(
        self, objects: list[Json], fields: Fields, problems: Problems
    ) -> dict[str, str | None]:
        """Those of the nodes that the machines are on."""
        nodes = self._node_centers(NODES[fields.version], problems)
        return {
            value(machine, fields.name) or "": nodes.get(
                value(machine, fields.host or "")
            )
            for machine in objects
        }

    def _node_centers(
        self, fields: Fields, problems: Problems
    ) -> dict[str | None, str | None]:
        response = self.moabRestService.get(
            "/rest/nodes",
            params={
                "api-version": fields.version,
                "fields": f"{fields.name},attributes.{DATACENTER}",
            },
        )
        if not response.isSuccess():
            problems.failed(self.kind.query_failure, "nodes.error", response)
            return {}
        return {
            value(node, fields.name): datacenter(node) for node in results(response)
        }


class VMUtilizationReportProject(Metadata):
    """The project of the type."""
