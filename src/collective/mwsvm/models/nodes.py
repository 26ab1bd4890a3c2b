"""Nodes: the computers that work runs on, also as hosts of machines (guide 4.12)."""

from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import Document
from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import READ_ONLY
from pydantic import BeforeValidator
from pydantic import Field
from typing import Annotated
from typing import Any
from typing import Literal


def _capitalised(value: Any) -> Any:
    return value.strip().capitalize() if isinstance(value, str) else value


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


#: What a node or virtual machine is doing; taken in any case.
State = Annotated[
    Literal[
        "None",
        "Down",
        "Idle",
        "Busy",
        "Running",
        "Drained",
        "Draining",
        "Flush",
        "Reserved",
        "Unknown",
        "Up",
    ],
    BeforeValidator(_capitalised),
]

#: Whether it has current; taken in any case.
Power = Annotated[
    Literal["None", "On", "Off", "Reset", "Hibernate", "Standby"],
    BeforeValidator(_capitalised),
]

NodeType = Annotated[
    Literal["compute", "license", "network", "storage"], BeforeValidator(_lower)
]


class DomainProxy(Model):
    """Names another object."""

    name: str


class Message(Model):
    """Something that was said of a node, how often and for how long it is of use."""

    count: Annotated[int, READ_ONLY] = 1
    created_date: Annotated[Date | None, READ_ONLY] = None
    expire_date: Annotated[Date | None, READ_ONLY] = None
    message: str


class NodeReservation(Model):
    """A reservation that a node is a part of."""

    name: str
    type: str | None = None


class ResourceManager(Model):
    """Who reports an object, and whether it is the one that counts first."""

    name: str
    is_master: bool = False
    state_reported: str | None = None


class NodeResource(Model):
    """An amount of something; memory, disk and swap in MB. Unknown utilisation is -1."""

    configured: int | None = None
    real: int | None = None
    dedicated: int | None = None
    available: int | None = None
    utilized: int = -1


class NodeStates(Model):
    """What a node does, should do and did."""

    power_state: Power | None = None
    power_state_expected: Annotated[Power | None, READ_ONLY] = None
    state: State | None = None
    state_expected: Annotated[State | None, READ_ONLY] = None
    state_last_updated_date: Annotated[Date | None, READ_ONLY] = None
    sub_state: Annotated[str | None, READ_ONLY] = None
    sub_state_last: Annotated[str | None, READ_ONLY] = None
    sub_state_last_updated_date: Annotated[Date | None, READ_ONLY] = None


class NodeOperatingSystem(Model):
    """What a node is provisioned with and could be, and what its machines can be."""

    hypervisor_type: Annotated[str | None, READ_ONLY] = None
    image: str | None = None
    image_expected: Annotated[str | None, READ_ONLY] = None
    image_last_updated_date: Annotated[Date | None, READ_ONLY] = None
    images_available: Annotated[list[str], READ_ONLY] = []
    virtual_machine_images: Annotated[list[str], READ_ONLY] = []


class Node(Document):
    """A node as the plug-ins report it together, with what the scheduler knows of it."""

    name: Annotated[str, Field(max_length=LENGTH), READ_ONLY]
    acl_rules: Annotated[list[dict[str, Any]], READ_ONLY] = []
    architecture: Annotated[str | None, READ_ONLY] = None
    attributes: Annotated[dict[str, Any], READ_ONLY] = {}
    classes: Annotated[list[str], READ_ONLY] = []
    features_custom: list[str] = []
    features_reported: Annotated[list[str], READ_ONLY] = []
    index: Annotated[int | None, READ_ONLY] = None
    ip_address: Annotated[str | None, READ_ONLY] = None
    is_hypervisor: Annotated[bool, READ_ONLY] = False
    last_updated_date: Annotated[Date | None, READ_ONLY] = None
    migration_disabled: Annotated[bool, READ_ONLY] = False
    partition: str | None = None
    #: MHz.
    processor_speed: Annotated[int | None, READ_ONLY] = None
    profiling_enabled: Annotated[bool, READ_ONLY] = False
    rack: Annotated[int | None, READ_ONLY] = None
    slot: Annotated[int | None, READ_ONLY] = None
    type: Annotated[NodeType, READ_ONLY] = "compute"
    messages: list[Message] = []
    metrics: dict[str, float] = {}
    variables: dict[str, str | None] = {}
    states: NodeStates = NodeStates()
    operating_system: NodeOperatingSystem = NodeOperatingSystem()
    resources: Annotated[dict[str, NodeResource], READ_ONLY] = {}
    resource_managers: Annotated[list[ResourceManager], READ_ONLY] = []
    jobs: Annotated[list[DomainProxy], READ_ONLY] = []
    reservations: Annotated[list[NodeReservation], READ_ONLY] = []
    virtual_containers: Annotated[list[DomainProxy], READ_ONLY] = []
    virtual_machines: Annotated[list[DomainProxy], READ_ONLY] = []
    triggers: Annotated[list[dict[str, Any]], READ_ONLY] = []
