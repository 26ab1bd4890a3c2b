"""``/rest/roles`` (guide 4.23)."""

from collective.mwsvm.access.roles import with_permissions
from collective.mwsvm.database import collections
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.roles import Role
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.documents import DocumentResource


class Roles(DocumentResource):
    """What those may do whom a principal gives the role."""

    name = "roles"
    one = "role"
    many = "roles"
    model = Role
    documents = collections.roles
    lists = ("permissions",)

    def prepared(self, document: Json, old: Json | None) -> Json:
        """The permissions must exist; each is kept once, by its id."""
        permissions = self.collection_of(collections.permissions)
        ids = list(dict.fromkeys(item["id"] for item in document["permissions"]))
        for id in ids:
            try:
                permissions.get(id, keep=True)
            except NotFound:
                raise Invalid(
                    f"The field 'permissions' names the permission '{id}', which does "
                    "not exist"
                ) from None
        document["permissions"] = [{"id": id} for id in ids]
        return document

    def shown(self, documents: list[Json]) -> list[Json]:
        """With their permissions."""
        return with_permissions(documents, self.call.connection)

    def combined(self, name: str, old: list[Json], given: list[Json]) -> list[Json]:
        """Permissions are the same when their ids are."""
        if isinstance(given, list):
            given = [
                {"id": item["id"]} if isinstance(item, dict) and "id" in item else item
                for item in given
            ]
        return super().combined(name, old, given)

    def removing(self, document: Json) -> None:
        """Principals forget it."""
        self.forget(collections.principals, "attachedRoles", document["id"])
