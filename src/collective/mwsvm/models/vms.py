"""Virtual machines on the nodes (guide 4.29)."""

from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import Document
from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import READ_ONLY
from collective.mwsvm.models.nodes import DomainProxy
from collective.mwsvm.models.nodes import Power
from collective.mwsvm.models.nodes import ResourceManager
from collective.mwsvm.models.nodes import State
from pydantic import Field
from typing import Annotated
from typing import Any


class VirtualMachineResource(Model):
    """An amount of something; memory, disk and swap in MB."""

    configured: int | None = None
    dedicated: int | None = None
    available: int | None = None


class VirtualMachineStates(Model):
    """What a virtual machine does, should do and did."""

    power_state: Power | None = None
    power_state_expected: Annotated[Power | None, READ_ONLY] = None
    power_state_last_updated_date: Annotated[Date | None, READ_ONLY] = None
    state: State | None = None
    state_last_updated_date: Annotated[Date | None, READ_ONLY] = None
    sub_state: Annotated[str | None, READ_ONLY] = None
    sub_state_last: Annotated[str | None, READ_ONLY] = None
    sub_state_last_updated_date: Annotated[Date | None, READ_ONLY] = None


class VirtualMachineOperatingSystem(Model):
    """What a virtual machine is provisioned with, and what it could be."""

    image: str | None = None
    image_expected: Annotated[str | None, READ_ONLY] = None
    image_last_updated_date: Annotated[Date | None, READ_ONLY] = None
    images_available: Annotated[list[str], READ_ONLY] = []


class VirtualMachine(Document):
    """A virtual machine as the plug-ins report it together.

    A change of ``host`` is a migration; the host ``ANY`` is whichever is free.
    """

    name: Annotated[str, Field(max_length=LENGTH), READ_ONLY]
    attributes: Annotated[dict[str, Any], READ_ONLY] = {}
    description: Annotated[str | None, READ_ONLY] = None
    host: DomainProxy | None = None
    hostnames: Annotated[list[str], READ_ONLY] = []
    ip_address: Annotated[str | None, READ_ONLY] = None
    last_migration_date: Annotated[Date | None, READ_ONLY] = None
    last_updated_date: Annotated[Date | None, READ_ONLY] = None
    migration_disabled: bool = False
    start_date: Annotated[Date | None, READ_ONLY] = None
    tracking_job: Annotated[DomainProxy | None, READ_ONLY] = None
    metrics: dict[str, float] = {}
    variables: dict[str, str | None] = {}
    resource_managers: Annotated[list[ResourceManager], READ_ONLY] = []
    operating_system: VirtualMachineOperatingSystem = VirtualMachineOperatingSystem()
    states: VirtualMachineStates = VirtualMachineStates()
    resources: Annotated[dict[str, VirtualMachineResource], READ_ONLY] = {}
    triggers: list[dict[str, Any]] = []
    virtual_containers: Annotated[list[DomainProxy], READ_ONLY] = []
