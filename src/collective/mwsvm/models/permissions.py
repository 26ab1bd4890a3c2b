"""Permissions: one action on one resource (guide 4.14)."""

from collective.mwsvm.models.document import Versioned
from pydantic import model_validator
from typing import Any
from typing import Self


#: The type of permission that this server enforces; others are for applications.
API = "api"

#: What an api permission can allow, and the method that it stands for.
ACTIONS = {"create": "POST", "read": "GET", "update": "PUT", "delete": "DELETE"}


class Permission(Versioned):
    """The right to do something, to all objects of a kind or those of a filter."""

    action: str
    description: str | None = None
    label: str = ""
    resource: str
    resource_filter: dict[str, Any] | None = None
    type: str

    @model_validator(mode="after")
    def _rules(self) -> Self:
        if self.type == API and self.action not in ACTIONS:
            raise ValueError(
                f"the field 'action' can't be {self.action!r}: an api permission has one "
                f"of {', '.join(ACTIONS)}"
            )
        return self
