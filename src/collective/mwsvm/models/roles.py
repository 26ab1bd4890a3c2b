"""Roles: lists of permissions (guide 4.23)."""

from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import Name
from collective.mwsvm.models.document import Versioned


class PermissionReference(Model):
    """A permission, by its id."""

    id: str


class Role(Versioned):
    """What those may do whom a principal gives this role."""

    description: str | None = None
    name: Name
    permissions: list[PermissionReference] = []
