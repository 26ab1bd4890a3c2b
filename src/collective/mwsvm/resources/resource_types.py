"""``/rest/resource-types`` (guide 4.22)."""

from collective.mwsvm.database import collections
from collective.mwsvm.database import names
from collective.mwsvm.models.resource_types import COMMON
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
        found: set[str] = set()
        for documents in (collections.nodes, collections.vms):
            found |= names.keys(self.call.connection, documents, "resources")
        return [{"id": name} for name in sorted(found - COMMON)]
