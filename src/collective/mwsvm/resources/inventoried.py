"""What the resources of nodes and of virtual machines have in common."""

from collections.abc import Callable
from collections.abc import Iterable
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.database.matcher import matches
from collective.mwsvm.database.query import both
from collective.mwsvm.database.query import EVERYTHING
from collective.mwsvm.database.query import Query
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.listing import listed
from collective.mwsvm.resources.moab import reply
from collective.mwsvm.resources.workload_documents import WorkloadDocuments
from collective.mwsvm.workload.rm_changes import Done
from dataclasses import replace


#: What the documents have for the server only; clients know the objects by their names.
HIDDEN = frozenset({"id", "kept", "machine"})

#: What the manager says when plug-ins have not done all of it (guide 3.6).
WARNING = {"X-Moab-Status": "Warning", "X-Moab-Code": "100"}


class Inventoried(WorkloadDocuments):
    """Objects that plug-ins report, in the shape of either version of the API."""

    kinds = ("List", "Show")
    #: The shape of version 1, and how a document gets it.
    model_1: type[Model]
    version_1: Callable[[Json], Json]
    #: What lists have; other objects are shown only to who asks for them by name.
    in_lists: Query = EVERYTHING

    def listing(self) -> Reply:
        """What query, sort, max and offset ask for, in the words of the version."""
        given = self.call.parameters.given
        wanted = any(given.get(name, "").strip() for name in ("query", "sort"))
        if self.call.parameters.version > 1 or not wanted:
            return reply(self.page(self.collection, self.in_lists))
        return reply(self._of_version_1())

    def get(self, key: str, lock: bool = False) -> Json:
        """A document that the caller may touch. Raises `NotFound`."""
        return found(self.call, self.collection, key, lock)

    def shown(self, documents: list[Json]) -> list[Json]:
        """The documents as clients of the version see them."""
        if self.call.parameters.version == 1:
            return [type(self).version_1(document) for document in documents]
        return [
            {name: value for name, value in document.items() if name not in HIDDEN}
            for document in documents
        ]

    def _of_version_1(self) -> Listed:
        only = self.call.only
        query = self.in_lists if only is None else both(self.in_lists, only)
        objects = self.shown(self.collection.find(query).documents)
        return listed(replace(self.call, only=None), objects, self.model_1)


def found(call: Call, collection: Collection, key: str, lock: bool = False) -> Json:
    """A document by its name in any case, if the caller may touch it; else `NotFound`."""
    document = None
    # What plug-ins report is in lower case; names of the site's machines are not.
    for name in dict.fromkeys((key, key.lower())):
        try:
            document = collection.get(name, lock=lock)
            break
        except NotFound:
            continue
    if document is None or (call.only is not None and not matches(document, call.only)):
        raise NotFound(f"The resource with id '{key}' was not found")
    return document


class InventoriedChanges:
    """Changes that plug-ins take part in; each step has a transaction of its own."""

    documents: DocumentTable

    def __init__(self, call: Call) -> None:
        self.call = call
        self.control = call.plugins
        self.context = call.plugins.context
        self.actor = Actor(call.caller.name, call.caller.proxy_user)

    def read(self, key: str) -> Json:
        """The document as it is now. Raises `NotFound`."""
        with self.context.database.reading() as connection:
            collection = Collection(connection, self.documents, self.call.new_id)
            return found(self.call, collection, key)

    def told(self, messages: list[str], done: Iterable[Done]) -> Reply:
        """The answer to a change: with a warning where no plug-in did what it should."""
        headers = {} if all(each.by for each in done) else WARNING
        return reply({"messages": messages}, headers=headers)
