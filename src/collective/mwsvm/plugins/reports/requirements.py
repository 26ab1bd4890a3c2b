"""What a job needs (guide 6.2.9)."""

from collections.abc import Mapping
from collective.mwsvm.plugins.reports import fields
from collective.mwsvm.plugins.reports import values
from collective.mwsvm.plugins.reports.base import Fields
from collective.mwsvm.plugins.reports.lists import ReportList
from typing import Any


class JobReportRequirement(Fields):
    """A set of nodes that a job needs; made with the fields by name.

    Raises TypeError or ValueError for values that a field can't have.
    """

    __slots__ = ()

    #: The least number of nodes.
    nodeCount = fields.whole("nodeCount")
    #: The least number of tasks.
    taskCount = fields.whole("taskCount")
    tasksPerNode = fields.whole("tasksPerNode")
    #: What each node must have.
    features = fields.texts("features")
    architecture = fields.text("architecture")
    #: The names of the nodes that the job got.
    nodes = fields.texts("nodes")
    #: disk, swap and memory (MB) and generic resources; processors are ignored. Of each,
    #: ``total`` counts, or ``available`` where there is no total.
    resourcesPerTask = fields.resources("resourcesPerTask")

    def __init__(self, **given: Any) -> None:
        super().__init__()
        for name, value in given.items():
            setattr(self, name, value)


class JobReportRequirementsList(ReportList[JobReportRequirement]):
    """Requirements, of which only the first is told to Moab.

    The list has the fields of its first requirement, which is made if there is none:
    ``job.requirements.nodeCount = 4``.
    """

    __slots__ = ()

    @classmethod
    def of(cls, given: Any) -> "JobReportRequirementsList":
        """Of a list, of one requirement or of None; each may be a map, too.

        Raises TypeError or ValueError for others.
        """
        if isinstance(given, cls):
            return given
        if isinstance(given, JobReportRequirement | Mapping):
            given = [given]
        return cls(_requirement(item) for item in values.items("requirements", given))

    @property
    def first(self) -> JobReportRequirement:
        """The first requirement, made if there is none."""
        if not self:
            self.append(JobReportRequirement())
        return _requirement(self[0])

    def __getattr__(self, name: str) -> Any:
        # Not for Python's own questions: an answer would make a requirement.
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.first, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.first, name, value)

    def to_json(self) -> list[dict[str, Any]]:
        """The requirements as JSON; none if all are empty."""
        found = [_requirement(item).to_json() for item in self]
        return found if any(found) else []


def _requirement(given: Any) -> JobReportRequirement:
    if isinstance(given, JobReportRequirement):
        return given
    if isinstance(given, Mapping):
        return JobReportRequirement.from_json(given)
    raise values.wrong("requirements", given, "a list of JobReportRequirement")
