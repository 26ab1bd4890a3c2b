"""Service templates: from what services are made (guide 4.25)."""

from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import Versioned
from pydantic import Field
from pydantic import model_validator
from typing import Annotated
from typing import Any
from typing import Literal
from typing import Self
import re


#: What a template's name may be made of.
NAME = re.compile(r"[A-Za-z0-9 _,\-.?@~#\[\]<>|=&()*{}`$]+")


class IncludedService(Model):
    """A service within a container, and the template that it is made from."""

    local_name: str
    service_template: str


class ServiceTemplate(Versioned):
    """The plan of a service: a vm, a physical machine, storage, or a container of such.

    ``attributes`` may hold anything; ``moab.job`` and ``moab.dependencies`` mean
    something to the server.
    """

    attributes: dict[str, Any] = {}
    created_by: str | None = None
    included_services: list[IncludedService] = []
    label: str | None = None
    #: Written by clients only (guide 4.25.3).
    modified: Date | None = None
    name: Annotated[str, Field(max_length=LENGTH)]
    tags: list[str] = []
    type: Literal["container", "vm", "pm", "storage"]

    @model_validator(mode="after")
    def _rules(self) -> Self:
        if self.type in ("vm", "pm"):
            job = _object(_object(self.attributes.get("moab")).get("job"))
            for key in ("image", "template"):
                if not job.get(key):
                    raise ValueError(
                        f"the field 'attributes.moab.job.{key}' is required for the type "
                        f"{self.type}"
                    )
        elif self.included_services and self.type != "container":
            raise ValueError(
                "the field 'includedServices' is for the type container only"
            )
        return self


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
