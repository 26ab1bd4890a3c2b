"""Objects within the object of a job."""

from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import ONCE
from collective.mwsvm.models.document import READ_ONLY
from collective.mwsvm.models.job_objects.states import JobStateLabel
from collective.mwsvm.models.job_objects.texts import Priority
from collective.mwsvm.models.job_objects.texts import Said
from collective.mwsvm.models.job_objects.texts import Word
from collective.mwsvm.models.job_objects.words import DependencyType
from pydantic import model_validator
from typing import Annotated
from typing import Self


#: What the dates of a job are that has no deadline and no limit.
NEVER = "2037-10-24 12:26:40 UTC"


class JobProxy(Model):
    """Names another object of the workload manager."""

    name: Word


class JobBlock(Model):
    """Why a job does not run."""

    category: str = "jobBlock"
    message: str | None = None
    type: str | None = None


class JobCredentials(Model):
    """Under which names a job runs."""

    account: Word | None = None
    group: Annotated[Word | None, ONCE] = None
    job_class: Word | None = None
    qos: Annotated[str, READ_ONLY] = "NONE"
    qos_requested: Word | None = None
    user: Annotated[Word | None, ONCE] = None


class JobDates(Model):
    """When what happened to a job, or may."""

    completed_date: Annotated[Date | None, READ_ONLY] = None
    created_date: Annotated[Date | None, READ_ONLY] = None
    deadline_date: Annotated[Date, ONCE] = NEVER
    dispatched_date: Annotated[Date | None, READ_ONLY] = None
    earliest_requested_start_date: Date | None = None
    earliest_start_date: Annotated[Date | None, READ_ONLY] = None
    eligible_date: Annotated[Date | None, READ_ONLY] = None
    last_canceled_date: Annotated[Date | None, READ_ONLY] = None
    last_charged_date: Annotated[Date | None, READ_ONLY] = None
    last_preempted_date: Annotated[Date | None, READ_ONLY] = None
    last_updated_date: Annotated[Date | None, READ_ONLY] = None
    start_date: Annotated[Date | None, READ_ONLY] = None
    submit_date: Annotated[Date | None, READ_ONLY] = None
    termination_date: Annotated[Date, READ_ONLY] = NEVER


class NewJobDates(JobDates):
    """The dates that a job is submitted with."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        earliest = self.earliest_requested_start_date
        # Both are in UTC: their order as texts is that in time.
        if earliest is not None and self.deadline_date < earliest:
            raise ValueError(
                f"the deadlineDate {self.deadline_date} is before the "
                f"earliestRequestedStartDate {earliest}"
            )
        return self


class JobDependency(Model):
    """What must have happened first, to a job or to a variable of a container."""

    type: Annotated[DependencyType, ONCE]
    name: Annotated[Word, ONCE]


class JobMessage(Model):
    """Something that was said of a job."""

    message: Said


class JobPriority(Model):
    """What the place of a job in the queue is made of."""

    run: Annotated[int, READ_ONLY] = 0
    start: Annotated[int, READ_ONLY] = 1
    system: Annotated[int, READ_ONLY] = 0
    user: Priority = 0


class JobResourceManager(Model):
    """Who has a job, and under which name."""

    is_destination: bool = False
    is_source: bool = True
    job_name: str
    name: str = "internal"


class JobStates(Model):
    """What a job does, and should do."""

    state: JobStateLabel = "Idle"
    state_expected: JobStateLabel = "Idle"
    state_last_updated_date: Date | None = None
    sub_state: str | None = None
