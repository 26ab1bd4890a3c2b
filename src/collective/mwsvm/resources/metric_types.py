"""``/rest/metric-types`` (guide 4.11)."""

from collective.mwsvm.models.metric_types import MetricType
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.worked_out import WorkedOut


class MetricTypes(WorkedOut):
    """The metrics that nodes and virtual machines have."""

    name = "metric-types"
    one = "metric type"
    many = "metric types"
    model = MetricType
    kinds = ("List",)

    def objects(self) -> list[Json]:
        """Those that any node or virtual machine has, in the order of the alphabet."""
        facts = self.call.manager.facts
        return [{"id": name} for name in facts.metric_types()]
