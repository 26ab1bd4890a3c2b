"""The object of a job, version 2 (guide 4.8)."""

from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import Document
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import ONCE
from collective.mwsvm.models.document import READ_ONLY
from collective.mwsvm.models.job_objects import words
from collective.mwsvm.models.job_objects.flags import GLOBAL_QUEUE
from collective.mwsvm.models.job_objects.flags import JobFlag
from collective.mwsvm.models.job_objects.parts import JobBlock
from collective.mwsvm.models.job_objects.parts import JobCredentials
from collective.mwsvm.models.job_objects.parts import JobDates
from collective.mwsvm.models.job_objects.parts import JobDependency
from collective.mwsvm.models.job_objects.parts import JobMessage
from collective.mwsvm.models.job_objects.parts import JobPriority
from collective.mwsvm.models.job_objects.parts import JobProxy
from collective.mwsvm.models.job_objects.parts import JobResourceManager
from collective.mwsvm.models.job_objects.parts import JobStates
from collective.mwsvm.models.job_objects.parts import NewJobDates
from collective.mwsvm.models.job_objects.requirements import JobRequirement
from collective.mwsvm.models.job_objects.texts import AbsolutePath
from collective.mwsvm.models.job_objects.texts import Amount
from collective.mwsvm.models.job_objects.texts import distinct
from collective.mwsvm.models.job_objects.texts import Duration
from collective.mwsvm.models.job_objects.texts import Email
from collective.mwsvm.models.job_objects.texts import EnvironmentName
from collective.mwsvm.models.job_objects.texts import Free
from collective.mwsvm.models.job_objects.texts import Line
from collective.mwsvm.models.job_objects.texts import MANY
from collective.mwsvm.models.job_objects.texts import Path
from collective.mwsvm.models.job_objects.texts import VariableName
from collective.mwsvm.models.job_objects.texts import VariableValue
from collective.mwsvm.models.job_objects.texts import Words
from collective.mwsvm.models.nodes import DomainProxy
from pydantic import AfterValidator
from pydantic import Field
from pydantic import field_validator
from typing import Annotated


#: The duration of a job without a limit.
NO_LIMIT = 8_639_999

#: The template that every job has.
DEFAULT = "DEFAULT"

Proxies = Annotated[
    list[JobProxy], Field(max_length=MANY), AfterValidator(distinct), ONCE
]

ChangedVariables = Annotated[
    dict[VariableName, VariableValue | None], Field(max_length=MANY)
]


class Job(Document):
    """A job. Durations are seconds, memory, disk and swap MB.

    ``commandFile`` is None for jobs that are no files: those that editors write.
    """

    array_index: Annotated[int | None, READ_ONLY] = None
    array_master_name: Annotated[str | None, READ_ONLY] = None
    attributes: Annotated[Words, ONCE] = []
    blocks: Annotated[list[JobBlock], READ_ONLY] = [JobBlock()]
    bypass_count: Annotated[int, READ_ONLY] = 0
    cancel_count: Annotated[int, READ_ONLY] = 0
    command_file: Annotated[AbsolutePath | None, ONCE] = None
    #: Taken as commandLineArguments, too.
    command_line_args: Annotated[Free | None, ONCE] = None
    completion_code: Annotated[int | None, READ_ONLY] = None
    cpu_time: Annotated[int, READ_ONLY] = 0
    credentials: JobCredentials = JobCredentials()
    custom_name: Line | None = None
    dates: JobDates = JobDates()
    defer_count: Annotated[int, READ_ONLY] = 0
    dependencies: Annotated[list[JobDependency], Field(max_length=MANY), ONCE] = []
    description: Annotated[Free | None, ONCE] = None
    duration: Duration = NO_LIMIT
    duration_active: Annotated[int, READ_ONLY] = 0
    duration_queued: Annotated[int, READ_ONLY] = 0
    duration_remaining: Annotated[int, READ_ONLY] = 0
    duration_suspended: Annotated[int, READ_ONLY] = 0
    email_notify_addresses: Annotated[
        list[Email], Field(max_length=100), AfterValidator(distinct), ONCE
    ] = []
    email_notify_types: Annotated[
        list[words.EmailNotifyType],
        Field(max_length=100),
        AfterValidator(distinct),
        ONCE,
    ] = []
    environment_requested: Annotated[bool, ONCE] = False
    environment_variables: Annotated[
        dict[EnvironmentName, Free], Field(max_length=MANY), ONCE
    ] = {}
    epilog_script: Annotated[Path | None, ONCE] = None
    flags: Annotated[
        list[JobFlag], Field(max_length=1000), AfterValidator(distinct)
    ] = [GLOBAL_QUEUE]
    hold_date: Annotated[Date | None, READ_ONLY] = None
    hold_reason: Annotated[str | None, READ_ONLY] = None
    holds: Annotated[
        list[words.HoldType], Field(max_length=100), AfterValidator(distinct)
    ] = []
    initial_working_directory: Annotated[AbsolutePath | None, ONCE] = None
    is_active: Annotated[bool, READ_ONLY] = True
    job_group: Annotated[Line | None, ONCE] = None
    master_node: Annotated[DomainProxy | None, READ_ONLY] = None
    memory_seconds_dedicated: Annotated[Amount, READ_ONLY] = 0
    memory_seconds_utilized: Annotated[Amount, READ_ONLY] = 0
    #: Those of a PUT are added; none comes with a POST.
    messages: Annotated[list[JobMessage], Field(max_length=1000)] = []
    migrate_count: Annotated[int, READ_ONLY] = 0
    minimum_preempt_time: Annotated[int, READ_ONLY] = 0
    mwm_name: Annotated[str, READ_ONLY] = "Moab"
    name: Annotated[str, READ_ONLY] = ""
    nodes_excluded: Proxies = []
    nodes_requested: Proxies = []
    nodes_requested_policy: Annotated[words.HostListMode | None, ONCE] = None
    partition_access_list: Annotated[list[str], READ_ONLY] = []
    partition_access_list_requested: Words = []
    preempt_count: Annotated[int, READ_ONLY] = 0
    priorities: JobPriority = JobPriority()
    processor_seconds_dedicated: Annotated[Amount, READ_ONLY] = 0
    processor_seconds_limit: Annotated[Amount, READ_ONLY] = 0
    processor_seconds_utilized: Annotated[Amount, READ_ONLY] = 0
    prolog_script: Annotated[Path | None, ONCE] = None
    queue_status: Annotated[words.QueueStatus, READ_ONLY] = "blocked"
    reject_policies: Annotated[list[str], READ_ONLY] = []
    requirements: Annotated[
        list[JobRequirement], Field(max_length=100, validate_default=True), ONCE
    ] = []
    reservation_requested: JobProxy | None = None
    resource_fail_policy: Annotated[words.ResourceFailPolicy | None, ONCE] = None
    resource_manager_extension: Annotated[Free | None, ONCE] = None
    resource_managers: Annotated[list[JobResourceManager], READ_ONLY] = []
    rm_standard_error_file_path: Annotated[str | None, READ_ONLY] = None
    rm_standard_output_file_path: Annotated[str | None, READ_ONLY] = None
    standard_error_file_path: Annotated[Path | None, ONCE] = None
    standard_output_file_path: Annotated[Path | None, ONCE] = None
    start_count: Annotated[int, READ_ONLY] = 0
    states: Annotated[JobStates, READ_ONLY] = JobStates()
    submit_host: Annotated[Line | None, ONCE] = None
    system_job_action: Annotated[str | None, READ_ONLY] = None
    system_job_type: Annotated[str | None, READ_ONLY] = None
    targeted_job_action: Annotated[str | None, READ_ONLY] = None
    targeted_job_name: Annotated[str | None, READ_ONLY] = None
    templates: Proxies = [JobProxy(name=DEFAULT)]
    triggers: Annotated[list[str | DomainProxy], READ_ONLY] = []
    variables: Annotated[dict[VariableName, VariableValue], Field(max_length=MANY)] = {}
    virtual_containers: Proxies = []
    virtual_machines: Annotated[list[DomainProxy], READ_ONLY] = []
    vm_usage_policy: Annotated[words.VmUsagePolicy | None, ONCE] = None

    @field_validator("requirements")
    @classmethod
    def _numbered(cls, given: list[JobRequirement]) -> list[JobRequirement]:
        found = given or [JobRequirement()]
        for index, requirement in enumerate(found):
            requirement.index = index
        return found


class NewJob(Job):
    """A job to be submitted; only ``commandFile`` is required."""

    command_file: Annotated[AbsolutePath, ONCE]
    dates: NewJobDates = NewJobDates()
    messages: Annotated[list[JobMessage], READ_ONLY] = []

    @field_validator("holds")
    @classmethod
    def _users(cls, given: list[str]) -> list[str]:
        if any(hold != "User" for hold in given):
            raise ValueError("a job can be submitted with holds of the type User only")
        return given

    @field_validator("virtual_containers")
    @classmethod
    def _at_most_one(cls, given: list[JobProxy]) -> list[JobProxy]:
        if len(given) > 1:
            raise ValueError("a job can be submitted to one virtual container only")
        return given


class JobChange(Job):
    """What a PUT brings; a variable without a value is taken away."""

    variables: ChangedVariables = {}  # type: ignore[assignment]


class JobHolds(Model):
    """Which holds an action adds or takes away; without any, unhold takes all."""

    holds: Annotated[
        list[words.HoldType], Field(max_length=100), AfterValidator(distinct)
    ] = []
