"""Reservations: resources kept for some jobs for some time (guide 4.21)."""

from collections.abc import Mapping
from collective.mwsvm.models.acl_rules import AclRule
from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import Document
from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import ONCE
from collective.mwsvm.models.document import READ_ONLY
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.nodes import Message
from pydantic import BeforeValidator
from pydantic import Field
from pydantic import model_validator
from typing import Annotated
from typing import Any
from typing import Literal


#: The largest amount of anything, and the longest time in seconds.
MOST = 2**31 - 1


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


ReservationFlag = Annotated[
    Literal[
        "ACLOVERLAP",
        "ADVRESJOBDESTROY",
        "ALLOWGRID",
        "ALLOWJOBOVERLAP",
        "ALLOWPRSV",
        "APPLYPROFRESOURCES",
        "BYNAME",
        "DEADLINE",
        "DEDICATEDNODE",
        "DEDICATEDRESOURCE",
        "ENFORCENODESET",
        "EVACVMS",
        "EXCLUDEALLBUTSB",
        "EXCLUDEJOBS",
        "EXCLUDEMYGROUP",
        "IGNIDLEJOBS",
        "IGNJOBRSV",
        "IGNRSV",
        "IGNSTATE",
        "ISACTIVE",
        "ISCLOSED",
        "ISGLOBAL",
        "MAINTENANCE",
        "NOVMMIGRATION",
        "OWNEREXCLUSIVEBF",
        "OWNERPREEMPT",
        "PARENTLOCK",
        "PREEMPTEE",
        "PROVISION",
        "REQALL",
        "REQFULL",
        "SINGLEUSE",
        "SPACEFLEX",
        "STANDINGRSV",
        "STATIC",
        "SYSTEMJOB",
        "TIMEFLEX",
        "TRIGHASFIRED",
        "WASACTIVE",
    ],
    BeforeValidator(_upper),
]

#: What the server says of a reservation itself; what clients send of it has no effect.
STATE_FLAGS = ("REQFULL", "ISACTIVE", "ISCLOSED", "WASACTIVE", "STANDINGRSV")

#: Makes other reservations keep off.
EXCLUSIVE = frozenset(("DEDICATEDRESOURCE", "DEDICATEDNODE"))


class Proxy(Model):
    """Names another object, as version 1 of the API does; some by their names."""

    id: Annotated[str, Field(min_length=1, max_length=LENGTH)]


class EmbeddedCredential(Model):
    """Somebody or some group, by name."""

    name: Annotated[str, Field(min_length=1, max_length=LENGTH)]
    type: Annotated[
        Literal["USER", "GROUP", "ACCOUNT", "CLASS", "QOS"], BeforeValidator(_upper)
    ] = "USER"


class ReservationRequirement(Model):
    """What the nodes of a reservation must have, and how many tasks they must hold."""

    architecture: str = ""
    feature_list: list[str] = []
    feature_mode: Annotated[str, READ_ONLY] = ""
    #: MB of a node.
    memory: Annotated[int, Field(ge=0, le=MOST)] = 0
    node_count: Annotated[int, READ_ONLY] = 0
    #: Names of nodes with the number of tasks on them: ``node001:1``.
    node_ids: Annotated[list[str], READ_ONLY] = []
    os: str = ""
    task_count: Annotated[int, Field(ge=0, le=MOST)] = 0


class ReservationStatistics(Model):
    """Processor seconds: consumed active and idle ones, and those of all instances."""

    caps: float = 0
    cips: float = 0
    taps: float = 0
    tips: float = 0


class Trigger(Model):
    """What is to be done when something happens to the reservation."""

    event_type: Annotated[
        Literal[
            "CANCEL",
            "CREATE",
            "END",
            "EPOCH",
            "FAIL",
            "MIGRATE",
            "MODIFY",
            "STANDING",
            "START",
            "THRESHOLD",
        ],
        BeforeValidator(_upper),
    ]
    action_type: Annotated[
        Literal[
            "CANCEL",
            "CHANGEPARAM",
            "JOBPREEMPT",
            "MAIL",
            "EXEC",
            "INTERNAL",
            "QUERY",
        ],
        BeforeValidator(_upper),
    ]
    action: str = ""


class Reservation(Document):
    """A reservation. Of its start, end and duration (seconds) two are enough."""

    accounting_account: Annotated[str, ONCE] = ""
    accounting_group: Annotated[str, ONCE] = ""
    accounting_q_o_s: Annotated[str, Field(alias="accountingQOS"), ONCE] = ""
    accounting_user: Annotated[str, ONCE] = ""
    acl_rules: Annotated[list[AclRule], Field(max_length=1000), ONCE] = []
    allocated_node_count: Annotated[int, READ_ONLY] = 0
    allocated_processor_count: Annotated[int, READ_ONLY] = 0
    allocated_task_count: Annotated[int, READ_ONLY] = 0
    allocated_nodes: Annotated[list[Proxy], READ_ONLY] = []
    comments: Annotated[str, ONCE] = ""
    creation_date: Annotated[Date | None, READ_ONLY] = None
    duration: Annotated[int | None, Field(gt=0, le=MOST), ONCE] = None
    end_date: Annotated[Date | None, ONCE] = None
    exclude_jobs: Annotated[list[str], ONCE] = []
    expire_date: Annotated[Date | None, READ_ONLY] = None
    flags: Annotated[list[ReservationFlag], ONCE] = []
    global_id: Annotated[str, READ_ONLY] = ""
    host_list_expression: Annotated[str, Field(max_length=10_000), ONCE] = ""
    id_prefix: Annotated[
        str, Field(pattern="^[A-Za-z0-9._-]*$", max_length=200), ONCE
    ] = ""
    is_active: Annotated[bool, READ_ONLY] = False
    is_tracked: Annotated[bool, READ_ONLY] = False
    label: Annotated[str, Field(max_length=LENGTH), ONCE] = ""
    max_tasks: Annotated[int, READ_ONLY] = 0
    messages: Annotated[list[Message], READ_ONLY] = []
    owner: Annotated[EmbeddedCredential | None, ONCE] = None
    partition_id: Annotated[str, ONCE] = ""
    profile: Annotated[str, ONCE] = ""
    requirements: Annotated[ReservationRequirement, ONCE] = ReservationRequirement()
    reservation_group: Annotated[str, ONCE] = ""
    #: Of each task; PROCS, MEM, DISK and SWAP (MB), and generic ones by name.
    resources: Annotated[dict[str, Annotated[int, Field(ge=-1, le=MOST)]], ONCE] = {}
    start_date: Annotated[Date | None, ONCE] = None
    statistics: Annotated[ReservationStatistics, READ_ONLY] = ReservationStatistics()
    sub_type: Annotated[str, Field(max_length=LENGTH), ONCE] = "Other"
    task_count: Annotated[int, READ_ONLY] = 0
    trigger: Annotated[Trigger | None, ONCE] = None
    trigger_ids: Annotated[list[str], READ_ONLY] = []
    unique_index: Annotated[str, READ_ONLY] = ""
    variables: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        # Clients send what they leave open as null.
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value is not None}


class ReservationChange(Model):
    """What can be changed of a reservation."""

    variables: dict[str, str | None]


def varied(
    old: Mapping[str, str], given: Mapping[str, str | None], mode: str
) -> dict[str, str]:
    """The variables after a change: ``mode`` is change-mode, add, remove or set.

    Of those to be removed the names count. Raises `Invalid` for one that is not there.
    """
    if mode == "remove":
        missing = [name for name in given if name not in old]
        if missing:
            raise Invalid(
                "The field 'variables' names variables that the reservation does not "
                f"have: {', '.join(missing)}"
            )
        return {name: value for name, value in old.items() if name not in given}
    new = {name: value or "" for name, value in given.items()}
    return {**old, **new} if mode == "add" else new
