"""Images: the operating systems and hypervisors that can be provisioned (guide 4.7)."""

from collections.abc import Iterator
from collective.mwsvm.models.document import Name
from collective.mwsvm.models.document import Reference
from collective.mwsvm.models.document import Versioned
from pydantic import BeforeValidator
from pydantic import model_validator
from typing import Annotated
from typing import Any
from typing import Literal
from typing import Self


#: What an extension must say, by the provisioning manager it is for.
EXTENSIONS = {"xcat": ("os", "architecture", "profile")}

_CLONES = ("linkedclone", "fullclone")


def _image_type(value: Any) -> Any:
    return value.lower().replace("_", "") if isinstance(value, str) else value


class Image(Versioned):
    """An image that machines are provisioned with."""

    active: bool = True
    extensions: dict[str, dict[str, Any]] = {}
    features: list[str] = []
    hypervisor: bool
    hypervisor_type: str | None = None
    name: Name
    os_type: str
    supports_physical_machine: bool = False
    supports_virtual_machine: bool = False
    template_name: str | None = ""
    type: Annotated[
        Literal["stateful", "stateless", "linkedclone", "fullclone"],
        BeforeValidator(_image_type),
    ] = "stateful"
    virtualized_images: list[Reference] = []

    @model_validator(mode="after")
    def _rules(self) -> Self:
        faults = list(self._faults())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults(self) -> Iterator[str]:
        if not (self.supports_physical_machine or self.supports_virtual_machine):
            yield (
                "an image must support a machine to be provisioned to: one of the fields "
                "'supportsPhysicalMachine' and 'supportsVirtualMachine' must be true"
            )
        if self.hypervisor and not self.hypervisor_type:
            yield "the field 'hypervisorType' is required for a hypervisor"
        if self.virtualized_images and not self.hypervisor:
            yield "the field 'virtualizedImages' is for hypervisors only"
        if self.template_name and self.type not in _CLONES:
            yield (
                "the field 'templateName' needs the type linkedclone or fullclone, not "
                f"{self.type}"
            )
        if len(self.extensions) > 1:
            yield (
                "the field 'extensions' can hold one extension only, not "
                f"{', '.join(self.extensions)}"
            )
        for manager, extension in self.extensions.items():
            for key in EXTENSIONS.get(manager, ()):
                if not extension.get(key):
                    yield f"the field 'extensions.{manager}.{key}' is required"
