"""Pending actions: what the system does or will do by jobs of its own (guide 4.13)."""

from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import Model
from pydantic import Field
from typing import Annotated
from typing import get_args
from typing import Literal


PendingActionType = Literal[
    "VMCREATE",
    "VMMIGRATE",
    "VMDESTROY",
    "VMSTORAGE",
    "VMSTORAGEDESTROY",
    "STORAGE",
    "STORAGEDESTROY",
    "OSPROVISION",
    "POWERON",
    "POWEROFF",
    "RESET",
    "GENERIC",
]

TYPES: tuple[str, ...] = get_args(PendingActionType)

#: What an action is whose id ends with the name of a template (guide 4.13).
MAPPINGS = {
    "genericVM-setup": "VMCREATE",
    "genericVM-migrate": "VMMIGRATE",
    "genericVM-destroy": "VMDESTROY",
    "OSStorage-setup": "VMSTORAGE",
    "OSStorage-destroy": "VMSTORAGEDESTROY",
    "extraStorage-setup": "STORAGE",
    "extraStorage-destroy": "STORAGEDESTROY",
    "genericPM-setup": "OSPROVISION",
}


class PendingAction(Model):
    """Something that is done to virtual machines, nodes or storage."""

    failure_details: str = ""
    hosts: list[str] = []
    id: str
    max_duration_in_seconds: int | None = None
    migration_destination: str = ""
    migration_source: str = ""
    motivation: str = ""
    #: The state of its job, such as ``RUNNING`` or ``USER_HOLD``.
    pending_action_state: str
    pending_action_type: PendingActionType
    requester: str = ""
    service_id: str = ""
    start_time: Date | None = None
    substate: str = ""
    target_os: Annotated[str, Field(alias="targetOS")] = ""
    top_level_service_id: str = ""
    vm_id: str = ""
