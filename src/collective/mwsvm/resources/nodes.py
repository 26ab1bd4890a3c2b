"""``/rest/nodes`` (guide 4.12)."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.nodes_v1 import node_version_1
from collective.mwsvm.models.nodes_v1 import NodeVersion1
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.inventoried import Inventoried
from collective.mwsvm.resources.inventoried import InventoriedChanges
from collective.mwsvm.resources.moab import reply
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import rm_changes
from collective.mwsvm.workload.node_changes import NodeChange


#: What Moab keeps settings and shared resources in; nothing runs there.
NO_COMPUTERS = ("DEFAULT", "GLOBAL")


class Nodes(Inventoried):
    """The computers that work runs on, as plug-ins report them."""

    name = "nodes"
    one = "node"
    many = "nodes"
    model = Node
    documents = collections.nodes
    model_1 = NodeVersion1
    version_1 = staticmethod(node_version_1)
    in_lists = from_document(
        {"name": {"$nin": [*NO_COMPUTERS, *(name.lower() for name in NO_COMPUTERS)]}}
    )

    @operation("List")
    def find(self) -> Reply:
        """Get all nodes but DEFAULT and GLOBAL"""
        return self.listing()

    @operation("Show", "{key}", answer=Node | NodeVersion1)
    def show(self, key: str) -> Reply:
        """Get a single node"""
        return reply(self.output(self.get(key)))


class NodeChanges(InventoriedChanges):
    """Changes of nodes."""

    name = "nodes"
    one = "node"
    many = "nodes"
    model = Node
    documents = collections.nodes

    @operation("Update", "{key}", alone=True, gives=Told)
    def update(self, key: str) -> Reply:
        """Modify a node, through the plugins that report it"""
        node = self.read(key)
        name = node["name"]
        change = NodeChange.of(self.call.object())
        done = rm_changes.asked_for(
            change.wishes,
            name,
            rm_changes.reporters(node),
            self.control.rm_events.send,
        )
        with self.context.changing(self.actor) as changing:
            node_lists.lock(changing.connection)
            nodes = Collection(changing.connection, self.documents, self.call.new_id)
            latest = nodes.get(name, lock=True)
            nodes.replace(change.noted(latest, done, self.call.clock()))
            changing.tell("modify", name, kind="node")
        return self.told(change.sentences(done), done)
