"""``/rest/principals`` (guide 4.18)."""

from collective.mwsvm.access.roles import with_roles
from collective.mwsvm.database import collections
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.principals import Principal
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.documents import DocumentResource


class Principals(DocumentResource):
    """Users and groups, and the roles they have."""

    name = "principals"
    one = "principal"
    many = "principals"
    model = Principal
    documents = collections.principals
    lists = ("attachedRoles", "groups", "users")

    def prepared(self, document: Json, old: Json | None) -> Json:
        """The roles must exist; each is kept once, by its id."""
        ids = [self._role(reference) for reference in document["attachedRoles"]]
        document["attachedRoles"] = [{"id": id} for id in dict.fromkeys(ids)]
        return document

    def shown(self, documents: list[Json]) -> list[Json]:
        """With their roles and those's permissions."""
        return with_roles(documents, self.call.connection)

    def combined(self, name: str, old: list[Json], given: list[Json]) -> list[Json]:
        """Roles may be named by id or by name; types have defaults."""
        if not isinstance(given, list):
            return given
        if name == "attachedRoles":
            given = [
                {"id": self._role(item)} if isinstance(item, dict) else item
                for item in given
            ]
        else:
            kind = "LDAPGROUP" if name == "groups" else "LDAP"
            given = [
                {"name": item.get("name"), "type": str(item.get("type", kind)).upper()}
                if isinstance(item, dict)
                else item
                for item in given
            ]
        return super().combined(name, old, given)

    def _role(self, reference: Json) -> str:
        key = reference.get("id") or reference.get("name")
        if not key:
            raise Invalid(
                "Each item of the field 'attachedRoles' needs an id or a name"
            )
        try:
            roles = self.collection_of(collections.roles)
            return roles.get(str(key), keep=True)["id"]
        except NotFound:
            raise Invalid(
                f"The field 'attachedRoles' names the role '{key}', which does not exist"
            ) from None
