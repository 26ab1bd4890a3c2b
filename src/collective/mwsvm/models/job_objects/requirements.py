"""What the tasks of a job need (guide 4.8, ``requirements``)."""

from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import ONCE
from collective.mwsvm.models.document import READ_ONLY
from collective.mwsvm.models.job_objects.texts import Amount
from collective.mwsvm.models.job_objects.texts import Count
from collective.mwsvm.models.job_objects.texts import Line
from collective.mwsvm.models.job_objects.texts import MANY
from collective.mwsvm.models.job_objects.texts import MOST
from collective.mwsvm.models.job_objects.texts import Word
from collective.mwsvm.models.job_objects.texts import Words
from collective.mwsvm.models.job_objects.words import Comparator
from collective.mwsvm.models.job_objects.words import FeatureMode
from collective.mwsvm.models.job_objects.words import NodeAccessPolicy
from collective.mwsvm.models.job_objects.words import NodeAllocationPolicy
from collective.mwsvm.models.nodes import DomainProxy
from pydantic import Field
from pydantic import field_validator
from pydantic import model_validator
from typing import Annotated
from typing import Any
from typing import Self


class JobAttribute(Model):
    """What an attribute of a node must be: ``matlab <= 7.1``."""

    name: Annotated[Word, ONCE]
    comparator: Annotated[Comparator, ONCE] = "="
    value: Annotated[Line, ONCE]


class JobResource(Model):
    """How much of something each task has for itself, and how much it uses."""

    dedicated: Annotated[Count, ONCE] = 0
    utilized: Annotated[Amount | None, READ_ONLY] = None


#: What every requirement has; memory, disk and swap in MB.
_PRESENT: dict[str, dict[str, int | None]] = {
    "processors": {"dedicated": 1, "utilized": 0},
    "memory": {"dedicated": 0, "utilized": 0},
    "disk": {"dedicated": 0, "utilized": None},
    "swap": {"dedicated": 0, "utilized": None},
}


class JobRequirement(Model):
    """What each of some tasks needs, and on which nodes they may be.

    Without a number of tasks there are as many as ``nodeCount`` and ``tasksPerNode`` give,
    at least one. ``resourcesPerTask`` has processors, memory, disk and swap (MB), and
    generic resources by name.
    """

    index: Annotated[int, READ_ONLY] = 0
    architecture: Annotated[Line | None, ONCE] = None
    attributes: Annotated[list[JobAttribute], Field(max_length=MANY), ONCE] = []
    features: Annotated[list[str], READ_ONLY] = []
    features_requested: Annotated[Words, ONCE] = []
    features_requested_mode: Annotated[FeatureMode, ONCE] = "AND"
    features_excluded: Annotated[Words, ONCE] = []
    features_excluded_mode: Annotated[FeatureMode, ONCE] = "AND"
    metrics: Annotated[dict[str, float], READ_ONLY] = {}
    node_access_policy: Annotated[NodeAccessPolicy | None, ONCE] = None
    node_allocation_policy: Annotated[NodeAllocationPolicy | None, ONCE] = None
    #: 0: any number.
    node_count: Annotated[Count, ONCE] = 0
    nodes: Annotated[list[DomainProxy], READ_ONLY] = []
    node_set: Annotated[str | None, READ_ONLY] = None
    image: Annotated[Line | None, ONCE] = None
    reservation: Annotated[DomainProxy | None, READ_ONLY] = None
    resources_per_task: Annotated[
        dict[Word, JobResource], Field(max_length=MANY, validate_default=True), ONCE
    ] = {}
    task_count: Annotated[Count, ONCE] = 0
    #: 0: any number.
    tasks_per_node: Annotated[Count, ONCE] = 0

    @field_validator("resources_per_task", mode="before")
    @classmethod
    def _always_present(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        found: dict[Any, Any] = {name: dict(each) for name, each in _PRESENT.items()}
        for name, each in given.items():
            # What is not said of a resource is as if it were not named.
            known = isinstance(each, dict) and name in _PRESENT
            found[name] = {**_PRESENT[name], **each} if known else each
        return found

    @model_validator(mode="after")
    def _tasks(self) -> Self:
        if self.task_count == 0:
            self.task_count = max(self.node_count, 1) * max(self.tasks_per_node, 1)
        if self.task_count > MOST:
            raise ValueError(
                f"{self.tasks_per_node} tasks on each of {self.node_count} nodes are "
                f"more than {MOST}"
            )
        return self
