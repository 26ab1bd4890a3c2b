"""Virtual containers: jobs, machines and reservations as one (guide 4.28)."""

from collective.mwsvm.models.acl_rules import AclRule
from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import Document
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import ONCE
from collective.mwsvm.models.document import READ_ONLY
from collective.mwsvm.models.reservations import EmbeddedCredential
from collective.mwsvm.models.reservations import Proxy
from pydantic import BeforeValidator
from pydantic import Field
from typing import Annotated
from typing import Any
from typing import Literal


#: So many objects come with one request.
MANY = 10_000


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


VirtualContainerFlag = Annotated[
    Literal[
        "DELETING",
        "DESTROYOBJECTS",
        "DESTROYWHENEMPTY",
        "HASSTARTED",
        "HOLDJOBS",
        "WORKFLOW",
    ],
    BeforeValidator(_upper),
]


Members = Annotated[list[Proxy], Field(max_length=MANY)]


class VirtualContainer(Document):
    """A virtual container, and what is in it."""

    acl_rules: Annotated[list[AclRule], READ_ONLY] = []
    create_date: Annotated[Date | None, READ_ONLY] = None
    #: Never changes.
    creator: Annotated[str, READ_ONLY] = ""
    description: Annotated[str, Field(max_length=1000)] = ""
    flags: list[VirtualContainerFlag] = []
    jobs: Members = []
    nodes: Members = []
    owner: EmbeddedCredential | None = None
    required_start_date: Annotated[Date | None, ONCE] = None
    reservations: Members = []
    variables: dict[str, str] = {}
    virtual_containers: Members = []
    virtual_machines: Members = []


class NewVirtualContainer(Model):
    """What a virtual container is made of."""

    description: Annotated[str | None, Field(max_length=1000)] = None
    flags: list[VirtualContainerFlag] | None = None
    owner: EmbeddedCredential | None = None
    required_start_date: Date | None = None
    virtual_containers: Members | None = None


class ContainerAttributes(Model):
    """What ``change-mode=set`` changes."""

    description: Annotated[str | None, Field(max_length=1000)] = None
    flags: list[VirtualContainerFlag] | None = None
    owner: EmbeddedCredential | None = None
    variables: dict[str, str] | None = None


class ContainerMembers(Model):
    """What ``change-mode`` add and remove change."""

    jobs: Members | None = None
    nodes: Members | None = None
    reservations: Members | None = None
    virtual_containers: Members | None = None
    virtual_machines: Members | None = None


class ContainerChange(ContainerAttributes, ContainerMembers):
    """Attributes or members; which of them ``change-mode`` says."""
