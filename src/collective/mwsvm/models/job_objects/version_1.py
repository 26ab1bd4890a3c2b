"""The object of a job, version 1: flat, and called by its id (guide 3.4)."""

from collective.mwsvm.models import jobs_v1
from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.job_objects.job import Job
from collective.mwsvm.models.job_objects.parts import JobBlock
from collective.mwsvm.models.job_objects.parts import JobDates
from collective.mwsvm.models.job_objects.parts import JobPriority
from pydantic import create_model
from pydantic.alias_generators import to_snake
from pydantic.fields import FieldInfo
from typing import Any


class Identified(Model):
    """Names another object of the workload manager, by its id."""

    id: str


class RequirementVersion1(Model):
    """What the tasks of a job need: processors, and memory, disk and swap in MB."""

    architecture: str | None = None
    generic_resources: dict[str, int] = {}
    node_access_policy: str | None = None
    operating_system: str | None = None
    required_class: str | None = None
    required_disk_per_task: int = 0
    required_features: list[str] = []
    required_memory_per_task: int = 0
    required_node_count_minimum: int = 0
    required_processor_count_minimum: int = 1
    required_processors_per_task: int = 1
    required_swap_per_task: int = 0
    task_count: int = 1
    tasks_per_node: int = 0


class _OtherWords(Model):
    #: What version 2 calls the name.
    id: str
    #: What version 2 calls the customName.
    name: str | None = None
    account: str | None = None
    block_reason: JobBlock | None = None
    command_line_arguments: str | None = None
    duration_requested: int | None = None
    #: States are constants here: ``USER_HOLD``.
    expected_state: str | None = None
    group: str | None = None
    nodes_excluded: list[Identified] = []
    nodes_requested: list[Identified] = []
    qos: str | None = None
    qos_requested: str | None = None
    requirements: list[RequirementVersion1] = []
    reservation_requested: Identified | None = None
    rm_name: str | None = None
    state: str | None = None
    template_list: list[str] = []
    user: str | None = None
    virtual_containers: list[Identified] = []


def _fields() -> dict[str, Any]:
    # Called as in version 2; dates and priorities are in objects there.
    found: dict[str, Any] = {}
    for name in map(to_snake, jobs_v1.SAME):
        found[name] = _field(Job.model_fields[name])
    for name in JobDates.model_fields:
        found[name] = (Date | None, None)
    for name in JobPriority.model_fields:
        found[f"{name}_priority"] = (int | None, None)
    return found


def _field(field: FieldInfo) -> tuple[Any, Any]:
    # Lists of version 1 have fewer of them.
    return field.annotation, field.get_default(call_default_factory=True)


JobVersion1 = create_model(
    "JobVersion1",
    __base__=_OtherWords,
    __doc__="""A job in version 1; lists have the most important fields only.""",
    **_fields(),
)
