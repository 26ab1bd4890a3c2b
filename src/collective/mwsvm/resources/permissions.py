"""``/rest/permissions`` (guide 4.14)."""

from collective.mwsvm.access.roles import permissions_of
from collective.mwsvm.database import collections
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.permissions import API
from collective.mwsvm.models.permissions import Permission
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.documents import DocumentResource


class Permissions(DocumentResource):
    """What roles can allow: one action on one resource."""

    name = "permissions"
    one = "permission"
    many = "permissions"
    model = Permission
    documents = collections.permissions
    kinds = ("List", "Show", "Save", "Delete")

    @operation("Show", "users/{user}", answer=list[Permission])
    def of_user(self, user: str) -> list[Json]:
        """Get the permissions of a user"""
        return permissions_of(user, self.call.connection, self.call.directory)

    def prepared(self, document: Json, old: Json | None) -> Json:
        """Api permissions name a resource that there is, and a filter that works."""
        if document["type"] == API:
            known = self.call.api.grid()
            if document["resource"] not in known:
                raise Invalid(
                    f"The field 'resource' can't be {document['resource']!r}: an api "
                    f"permission has one of {', '.join(sorted(known))}"
                )
            if document["resourceFilter"] is not None:
                from_document(document["resourceFilter"])
        return document

    def removing(self, document: Json) -> None:
        """Roles forget it."""
        self.forget(collections.roles, "permissions", document["id"])
