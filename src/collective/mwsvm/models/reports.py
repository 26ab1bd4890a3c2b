"""Reports, their samples and their datapoints (guide 4.20 and 5)."""

from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import Document
from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.document import READ_ONLY
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.document import Versioned
from pydantic import BeforeValidator
from pydantic import Field
from pydantic import model_validator
from typing import Annotated
from typing import Any
from typing import Literal
from typing import Self


def _path_step(value: Any) -> Any:
    if isinstance(value, str) and "/" in value:
        # The addresses of its samples and datapoints begin with it.
        raise ValueError("a slash (/) can't be used here")
    return value


class Datapoint(Document):
    """The consolidated data of a span of time; no data where samples were too few."""

    first_sample_date: Date | None = None
    last_sample_date: Date | None = None
    data: dict[str, Any] | None = None
    start_date: Date
    end_date: Date

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.end_date < self.start_date:
            raise ValueError(
                f"the field 'endDate' ({self.end_date}) is before 'startDate' "
                f"({self.start_date})"
            )
        return self


class Sample(Document):
    """What was measured at a moment; ``data`` may be any object."""

    timestamp: Date | None = None
    agent: str | None = None
    data: dict[str, Any]


class Report(Versioned):
    """A view of numbers over time: the newest ``report_size`` datapoints."""

    consolidation_function: Literal["average"] = "average"
    #: Seconds.
    datapoint_duration: Annotated[int, Field(gt=0, le=10 * 366 * 86400)]
    description: str | None = None
    keep_samples: bool = False
    minimum_sample_size: Annotated[int, Field(ge=1, le=2**31 - 1)] = 1
    name: Annotated[
        str, Field(min_length=1, max_length=LENGTH), BeforeValidator(_path_step)
    ]
    report_size: Annotated[int, Field(gt=0, le=1_000_000)]


class MadeReport(Told):
    """What the creation of a report gives."""

    id: str
    name: str


class NewReport(Report):
    """A report as POST takes it, with datapoints that were made elsewhere."""

    datapoints: list[Datapoint] = []


class ShownReport(Report):
    """A single report as GET shows it."""

    datapoints: Annotated[list[Datapoint], READ_ONLY] = []
