"""What the resources of nodes and of virtual machines have in common."""

from collections.abc import Callable
from collective.mwsvm.database.query import both
from collective.mwsvm.database.query import EVERYTHING
from collective.mwsvm.database.query import Query
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.listing import listed
from collective.mwsvm.resources.moab import WARNING
from collective.mwsvm.resources.workload_documents import WorkloadDocuments
from collective.mwsvm.workload.interface import Modified
from dataclasses import replace


#: What the documents have for the server only; clients know the objects by their names.
HIDDEN = frozenset({"id", "kept", "machine", "migration"})


class Inventoried(WorkloadDocuments):
    """Objects that plug-ins report, in the shape of either version of the API."""

    #: The shape of version 1, and how a document gets it.
    model_1: type[Model]
    version_1: Callable[[Json], Json]
    #: What lists have; other objects are shown only to who asks for them by name.
    in_lists: Query = EVERYTHING

    def listing(self) -> Listed:
        """What query, sort, max and offset ask for, in the words of the version."""
        given = self.call.parameters.given
        wanted = any(given.get(name, "").strip() for name in ("query", "sort"))
        if self.call.parameters.version > 1 or not wanted:
            return self.page(self.collection, self.in_lists)
        return self._of_version_1()

    def get(self, key: str, lock: bool = False) -> Json:
        """A document by its name in any case, if the caller may touch it.

        Raises `NotFound`.
        """
        # What plug-ins report is in lower case; names of the site's machines are not.
        for name in dict.fromkeys((key, key.lower())):
            try:
                return super().get(name, lock)
            except NotFound:
                continue
        raise NotFound(f"The resource with id '{key}' was not found")

    def told(self, modified: Modified) -> Reply:
        """The answer to a change, with a warning where not all of it became true."""
        headers = {} if modified.complete else WARNING
        return Reply({"messages": modified.messages}, headers=headers)

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
