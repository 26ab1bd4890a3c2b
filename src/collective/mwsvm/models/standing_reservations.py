"""Standing reservations: what is reserved each day, each week or for ever (guide 4.26)."""

from collective.mwsvm.models.acl_rules import AclRule
from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import Name
from collective.mwsvm.models.reservations import EmbeddedCredential
from collective.mwsvm.models.reservations import ReservationFlag
from collective.mwsvm.models.reservations import Trigger
from pydantic import BeforeValidator
from pydantic import Field
from pydantic import model_validator
from typing import Annotated
from typing import Any
from typing import Literal
from typing import Self


#: In the order of `datetime.date.weekday`.
DAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)

#: How long the periods are that end, in seconds.
SECONDS = {"DAY": 86400, "WEEK": 7 * 86400}

#: How far an offset may reach: some weeks, so that a span may cross their ends.
FURTHEST = 28 * 86400


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


def _day(value: Any) -> Any:
    # As people write it: mon, MONDAY.
    if isinstance(value, str) and len(value.strip()) >= 3:
        for day in DAYS:
            if day.lower().startswith(value.strip().lower()):
                return day
    return value


Word = Annotated[str, Field(min_length=1, max_length=LENGTH), BeforeValidator(_upper)]

Offset = Annotated[int, Field(ge=0, le=FURTHEST)]

Day = Annotated[
    Literal[
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
    BeforeValidator(_day),
]


class Bound(Model):
    """A limit: processors, or processor seconds, of a job that may use it."""

    qualifier: Literal["<", "<=", "==", "!=", ">=", ">"] = "<="
    value: int


class StandingReservation(Model):
    """A reservation that comes again in each period.

    The offsets are seconds from the beginning of the period, as the clocks of the server
    show them: midnight, and for weeks the midnight before Sunday. An end that is not
    after the start is that of a later period.
    """

    id: Name
    access: Annotated[Literal["SHARED", "DEDICATED"], BeforeValidator(_upper)] = (
        "DEDICATED"
    )
    accounts: list[str] = []
    acl_rules: list[AclRule] = []
    charge_account: str | None = None
    charge_user: str | None = None
    classes: list[str] = []
    clusters: list[str] = []
    comment: str | None = None
    #: On which days, for the period DAY; none named: on all.
    days: list[Day] = []
    #: For how many periods there are reservations, the present one included.
    depth: Annotated[int, Field(ge=0, le=366)] = 2
    disabled: bool = False
    #: None: to the end of the period.
    end_offset: Offset | None = None
    flags: list[ReservationFlag] = []
    groups: list[str] = []
    hosts: list[str] = []
    job_attributes: list[Word] = []
    max_job: int = 0
    max_time: int = -1
    messages: list[str] = []
    node_features: list[str] = []
    os: str | None = None
    owner: EmbeddedCredential | None = None
    partition: str | None = None
    period: Annotated[Literal["DAY", "WEEK", "INFINITY"], BeforeValidator(_upper)] = (
        "DAY"
    )
    proc_limit: Bound | None = None
    ps_limit: Bound | None = None
    qoses: list[str] = []
    reservation_access_list: list[str] = []
    reservation_group: str | None = None
    #: -1: all of it.
    resources: dict[str, Annotated[int, Field(ge=-1)]] = {}
    #: Seconds: no reservation begins earlier than so long from now.
    rollback_offset: Annotated[int, Field(ge=0, le=FURTHEST)] | None = None
    start_offset: Offset = 0
    task_count: Annotated[int, Field(ge=0)] = 0
    tasks_per_node: Annotated[int, Field(ge=0)] = 0
    time_limit: int = -1
    triggers: list[Trigger] = []
    type: str | None = None
    users: list[str] = []

    @model_validator(mode="after")
    def _rules(self) -> Self:
        if self.days and self.period != "DAY":
            raise ValueError(
                f"the field 'days' is for the period DAY only, not {self.period}"
            )
        longest = SECONDS.get(self.period)
        span = (self.end_offset or 0) - self.start_offset
        if longest is not None and span > longest:
            raise ValueError(
                f"{span} seconds from 'startOffset' to 'endOffset' are more than the "
                f"period {self.period} has, {longest}"
            )
        return self
