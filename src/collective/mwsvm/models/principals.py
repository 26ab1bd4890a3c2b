"""Principals: who has which roles (guide 4.18)."""

from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import Name
from collective.mwsvm.models.document import Reference
from collective.mwsvm.models.document import Versioned
from pydantic import BeforeValidator
from typing import Annotated
from typing import Any
from typing import Literal


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


class Group(Model):
    """A group: of the directory (LDAPGROUP), an organizational unit of it, or Plone's."""

    name: str
    type: Annotated[
        Literal["LDAPGROUP", "LDAPOU", "PLONEGROUP"], BeforeValidator(_upper)
    ] = "LDAPGROUP"


class User(Model):
    """A user: of the directory (LDAP) or of the site (PLONE)."""

    name: str
    type: Annotated[Literal["LDAP", "PLONE"], BeforeValidator(_upper)] = "LDAP"


class Principal(Versioned):
    """Users and groups, and the roles they have."""

    attached_roles: list[Reference] = []
    description: str | None = None
    groups: list[Group] = []
    name: Name
    users: list[User] = []
