"""Job templates: what jobs get that name them (guide 4.10)."""

from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.document import Model
from pydantic import BeforeValidator
from pydantic import Field
from typing import Annotated
from typing import Any
from typing import Literal


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


#: Words that Moab writes in capitals; taken in any case.
Word = Annotated[str, Field(min_length=1, max_length=LENGTH), BeforeValidator(_upper)]

DependencyType = Annotated[
    Literal[
        "JOBSTART",
        "JOBCOMPLETE",
        "JOBSUCCESSFULCOMPLETE",
        "JOBFAILEDCOMPLETE",
        "BEFORE",
        "BEFOREANY",
        "BEFOREOK",
        "BEFORENOTOK",
        "HIBERNATE",
        "JOBSYNCMASTER",
        "JOBSYNCSLAVE",
        "VARSET",
        "VARNOTSET",
    ],
    BeforeValidator(_upper),
]

Amount = Annotated[int, Field(ge=0)]


class JobTemplateDependency(Model):
    """What must have happened to a job of another template, or to a variable."""

    name: str
    type: DependencyType


class JobTemplateRequirement(Model):
    """What each task needs; memory, disk and swap in MB."""

    architecture: str | None = None
    disk_requirement: Amount | None = None
    generic_resources: dict[str, Amount] = {}
    node_access_policy: Word | None = None
    operating_system: str | None = None
    required_disk_per_task: Amount | None = None
    required_features: list[str] = []
    required_memory_per_task: Amount | None = None
    required_processors_per_task: Amount | None = None
    required_swap_per_task: Amount | None = None
    task_count: Amount | None = None


class JobTemplate(Model):
    """What jobs of the template get unless they say otherwise."""

    id: Annotated[str, Field(min_length=1, max_length=LENGTH)]
    account: str | None = None
    args: str | None = None
    command_file: str | None = None
    description: str | None = None
    #: Jobs of the template are steps of the system's own, shown as pending actions.
    generic_system_job: bool = False
    inherit_resources: bool = False
    job_dependencies: list[JobTemplateDependency] = []
    job_flags: list[Word] = []
    job_template_flags: list[Word] = []
    job_template_requirements: list[JobTemplateRequirement] = []
    priority: int | None = None
    qos: str | None = None
    queue: str | None = None
    #: Seconds.
    duration_requested: Amount | None = None
    #: Who submits a job may name it.
    select: bool = False
    trigger: dict[str, Any] | None = None
    version: int = 0
    vm_usage_policy: Word | None = None
