"""A resource whose objects are documents of the MWS database."""

from collections.abc import Iterable
from collections.abc import Sequence
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.collection import is_id
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.database.matcher import matches
from collective.mwsvm.database.query import both
from collective.mwsvm.database.query import from_document
from collective.mwsvm.database.query import Query
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import Versioned
from collective.mwsvm.models.document import writable
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from dataclasses import replace


class DocumentResource:
    """Lists, shows, saves, updates and deletes documents.

    A resource names itself, its documents and its kinds of operations, and overrides
    `prepared` and `shown` for what is particular to it.
    """

    name: str
    #: What messages and the documentation call them.
    one: str
    many: str
    documents: DocumentTable
    model: type[Model]
    kinds: Sequence[str] = ("List", "Show", "Save", "Update", "Delete")
    #: Wire names of the lists that change-mode applies to.
    lists: Sequence[str] = ()
    #: Wire names of what is for the server only.
    hidden: Sequence[str] = ()

    def __init__(self, call: Call) -> None:
        self.call = call
        self.collection = self.collection_of(self.documents)

    def collection_of(self, documents: DocumentTable) -> Collection:
        """Another collection in the same transaction."""
        return Collection(self.call.connection, documents, self.call.new_id)

    # -- operations

    @operation("List")
    def find(self) -> Listed:
        """Get all {many}"""
        return self.page(self.collection)

    @operation("Show", "{key}")
    def show(self, key: str) -> Json:
        """Get one of the {many}"""
        return self.output(self.get(key))

    @operation("Save")
    def save(self) -> Json | Reply:
        """Create one of the {many}"""
        document = self.checked(self.call.object(), creation=True)
        made = self.insert(document)
        return Reply(
            self.output(made), status=201, location=f"{self.name}/{self.key(made)}"
        )

    @operation("Update", "{key}")
    def update(self, key: str) -> Json:
        """Modify one of the {many}"""
        old = self.get(key, lock=True)
        given = self.call.object()
        if not given:
            raise Invalid(
                "The request has an empty body", "Please send the fields to be modified"
            )
        self._refuse_stale(given, old)
        changes = self._allowed(given, creation=False)
        for name in self.lists:
            if name in changes:
                changes[name] = self.combined(name, old.get(name) or [], changes[name])
        new = self.checked({**old, **changes}, creation=False, old=old)
        new["id"] = old["id"]
        if issubclass(self.model, Versioned):
            new["version"] = old["version"] + 1
        self._replace(new)
        self.replaced(old, new)
        self.call.changed(f"{self._kind}modify", self._kind, self.key(new))
        return self.output(new)

    @operation("Delete", "{key}")
    def delete(self, key: str) -> Json:
        """Delete one of the {many}"""
        document = self.get(key, lock=True)
        self.removing(document)
        self.collection.remove(document["id"])
        self.call.changed(f"{self._kind}delete", self._kind, self.key(document))
        return {}

    # -- what a resource may say otherwise

    def prepared(self, document: Json, old: Json | None) -> Json:
        """The document as it is stored; refuse what the model can't know of."""
        return document

    def shown(self, documents: list[Json]) -> list[Json]:
        """The documents as clients see them."""
        return documents

    def replaced(self, old: Json, new: Json) -> None:
        """After a change: bring in line what depends on it."""

    def removing(self, document: Json) -> None:
        """Before a removal: refuse it, or bring in line what depends on it."""

    def combined(self, name: str, old: list[Json], given: list[Json]) -> list[Json]:
        """A list after ``change-mode`` add, remove or set."""
        mode = self.call.parameters.change_mode
        if mode == "set" or not isinstance(given, list):
            return given
        if mode == "remove":
            return [item for item in old if item not in given]
        return [*old, *(item for item in given if item not in old)]

    # -- steps that other operations are made of

    def page(
        self,
        collection: Collection,
        only: Query | None = None,
        documents: DocumentTable | None = None,
    ) -> Listed:
        """What query, sort, max and offset ask for, of a collection."""
        parameters = self.call.parameters
        limit = self.call.settings.list_limit
        if parameters.max is not None:
            limit = min(limit, parameters.max)
        page = collection.find(
            _all([parameters.query(documents or self.documents), self.call.only, only]),
            parameters.sort(),
            parameters.offset,
            limit,
        )
        return Listed(page.total, self._without_hidden(self.shown(page.documents)))

    def get(self, key: str, lock: bool = False) -> Json:
        """A document that the caller may touch. Raises `NotFound`."""
        document = self.collection.get(key, lock=lock)
        if self.call.only is not None and not matches(document, self.call.only):
            raise NotFound(f"The resource with id '{key}' was not found")
        return document

    def look(self, key: str) -> Json:
        """As `get`, also while no transaction is open. Raises `NotFound`."""
        with self.call.reading() as connection:
            return type(self)(replace(self.call, connection=connection)).get(key)

    def output(self, document: Json) -> Json:
        """One document as clients see it."""
        return self._without_hidden(self.shown([document]))[0]

    def checked(self, given: Json, creation: bool, old: Json | None = None) -> Json:
        """The document that is described. Raises `Invalid`, `Forbidden`."""
        if creation:
            given = self._allowed(given, creation=True)
        document = self.prepared(self.model.check(given).wire(), old)
        name = document.get(self.documents.unique or "")
        if name is not None and is_id(name):
            raise Invalid(
                f"The {self.documents.unique} '{name}' has the form of an id",
                "Please choose another name",
            )
        if self.call.only is not None and not matches(document, self.call.only):
            raise Forbidden("You are not authorized to access this area")
        return document

    def insert(self, document: Json) -> Json:
        """Add a document; tell of it. Raises `Conflict`."""
        try:
            made = self.collection.insert([document])[0]
        except Conflict as error:
            raise self._taken(document) from error
        self.call.changed(f"{self._kind}create", self._kind, self.key(made))
        return made

    def forget(self, documents: DocumentTable, name: str, id: str) -> None:
        """Take the id out of the lists of references that are called ``name``."""
        collection = self.collection_of(documents)
        for holder in collection.find(from_document({f"{name}.id": id})).documents:
            holder[name] = [item for item in holder[name] if item["id"] != id]
            holder["version"] += 1
            collection.replace(holder)

    def key(self, document: Json) -> str:
        """How clients call the document: its name, or its id."""
        return str(document.get(self.documents.unique or "id") or document["id"])

    @property
    def _kind(self) -> str:
        return self.one.replace(" ", "")

    def _allowed(self, given: Json, creation: bool) -> Json:
        names = writable(self.model, creation)
        return {name: value for name, value in given.items() if name in names}

    def _refuse_stale(self, given: Json, old: Json) -> None:
        if "version" in given and str(given["version"]) != str(old.get("version")):
            raise Conflict(
                f"The field 'version' is {given['version']!r}, but the present version "
                f"is {old.get('version')}: the {self.one} was changed in between",
                "Please get it again and repeat the change",
            )

    def _replace(self, document: Json) -> None:
        try:
            self.collection.replace(document)
        except Conflict as error:
            raise self._taken(document) from error

    def _taken(self, document: Json) -> Conflict:
        return Conflict(
            f"The name '{self.key(document)}' is taken by another {self.one}",
            "Please choose another name",
        )

    def _without_hidden(self, documents: list[Json]) -> list[Json]:
        if not self.hidden:
            return documents
        return [
            {name: value for name, value in document.items() if name not in self.hidden}
            for document in documents
        ]


def _all(queries: Iterable[Query | None]) -> Query | None:
    found: Query | None = None
    for query in queries:
        if query is not None:
            found = query if found is None else both(found, query)
    return found
