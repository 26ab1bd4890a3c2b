"""``/rest/resource-types`` (guide 4.22)."""

from collective.mwsvm.models.resource_types import ResourceType
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.worked_out import WorkedOut


class ResourceTypes(WorkedOut):
    """The generic resources that nodes have."""

    name = "resource-types"
    one = "resource type"
    many = "resource types"
    model = ResourceType
    kinds = ("List",)

    def objects(self) -> list[Json]:
        """Those that any node or virtual machine has, in the order of the alphabet."""
        facts = self.call.manager.facts
        return [{"id": name} for name in facts.resource_types()]
