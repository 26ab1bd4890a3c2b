"""A resource whose objects are worked out when they are asked for, and only read."""

from collections.abc import Sequence
from collective.mwsvm.database.matcher import matches
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.listing import listed


class WorkedOut:
    """Lists and shows objects.

    A resource names itself, its model and its kinds of operations, and says in `objects`
    which there are.
    """

    name: str
    #: What messages and the documentation call them.
    one: str
    many: str
    model: type[Model]
    kinds: Sequence[str] = ("List", "Show")
    managed = True

    def __init__(self, call: Call) -> None:
        self.call = call

    def objects(self) -> list[Json]:
        """All objects, as clients see them."""
        raise NotImplementedError

    @operation("List")
    def find(self) -> Listed:
        """Get all {many}"""
        return listed(self.call, self.objects(), self.model)

    @operation("Show", "{key}")
    def show(self, key: str) -> Json:
        """Get one of the {many}"""
        return self.get(key)

    def get(self, key: str) -> Json:
        """The object with this id, if the caller may see it. Raises `NotFound`."""
        for found in self.objects():
            if found["id"] == key and self.permitted(found):
                return found
        raise NotFound(f"The resource with id '{key}' was not found")

    def permitted(self, found: Json) -> bool:
        """Whether the caller's roles reach the object."""
        return self.call.only is None or matches(found, self.call.only)
