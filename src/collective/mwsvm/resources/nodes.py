"""``/rest/nodes`` (guide 4.12)."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.nodes_v1 import node_version_1
from collective.mwsvm.models.nodes_v1 import NodeVersion1
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.inventoried import Inventoried


#: What Moab keeps settings and shared resources in; nothing runs there.
NO_COMPUTERS = ("DEFAULT", "GLOBAL")


class Nodes(Inventoried):
    """The computers that work runs on, as plug-ins report them."""

    name = "nodes"
    one = "node"
    many = "nodes"
    model = Node
    kinds = ("List", "Show", "Update")
    documents = collections.nodes
    model_1 = NodeVersion1
    version_1 = staticmethod(node_version_1)
    in_lists = from_document(
        {"name": {"$nin": [*NO_COMPUTERS, *(name.lower() for name in NO_COMPUTERS)]}}
    )

    @operation("List")
    def find(self) -> Listed:
        """Get all nodes but DEFAULT and GLOBAL"""
        return self.listing()

    @operation("Show", "{key}", answer=Node | NodeVersion1)
    def show(self, key: str) -> Json:
        """Get a single node"""
        return self.output(self.get(key))

    @operation("Update", "{key}", alone=True, gives=Told)
    def update(self, key: str) -> Reply:
        """Modify a node, through the plugins that report it"""
        name = self.look(key)["name"]
        return self.told(self.call.manager.nodes.modify(name, self.call.object()))
