"""Job arrays: many jobs of one description (guide 4.9)."""

from collections.abc import Mapping
from collective.mwsvm.models import job_documents
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.job_objects import flags
from collective.mwsvm.models.job_objects.texts import Count
from collective.mwsvm.models.job_objects.texts import Line
from collective.mwsvm.models.job_objects.texts import MOST
from collective.mwsvm.models.job_objects.words import in_any_case
from pydantic import Field
from pydantic import model_validator
from typing import Annotated
from typing import Any
from typing import Literal
from typing import Self


Json = dict[str, Any]

#: How many jobs an array may have where nothing else is set.
LIMIT = 10_000


_Result = Literal["SUCCESS", "FAILURE"]
CancellationResult = Annotated[_Result, in_any_case(_Result)]


class CancellationPolicy(Model):
    """The end of which job cancels the array: that of its first job, or of any."""

    any_job: CancellationResult | None = None
    first_job: CancellationResult | None = None

    @property
    def flags(self) -> list[str]:
        """How jobs show it: ``CANCELONFIRSTFAILURE``."""
        ends = (("FIRST", self.first_job), ("ANY", self.any_job))
        return [f"CANCELON{which}{result}" for which, result in ends if result]


class JobArrayIndexRange(Model):
    """Each ``increment``-th number, from the start to the end at most."""

    start_index: Count
    end_index: Count
    increment: Annotated[int, Field(ge=1, le=MOST)] = 1

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end_index < self.start_index:
            raise ValueError(
                f"the endIndex {self.end_index} is before the startIndex "
                f"{self.start_index}"
            )
        return self

    @property
    def numbers(self) -> range:
        return range(self.start_index, self.end_index + 1, self.increment)


class JobArray(Model):
    """A job for each of some indexes; ``jobPrototype`` is as a job that is submitted."""

    name: Line | None = None
    index_ranges: Annotated[list[JobArrayIndexRange] | None, Field(max_length=1000)] = (
        None
    )
    index_values: list[Count] | None = None
    #: How many of the jobs may run at once; None: all.
    slot_limit: Annotated[int, Field(ge=1, le=MOST)] | None = None
    cancellation_policy: CancellationPolicy | None = None
    job_prototype: dict[str, Any]

    def indexes(self, limit: int = LIMIT) -> list[int]:
        """Each index once, in rising order.

        Raises `Invalid` if there are none or more than ``limit``.
        """
        found = set(self.index_values or ())
        for each in self.index_ranges or ():
            # A range that is too long is not written out.
            if len(found) > limit or len(each.numbers) > limit:
                found.update(each.numbers[: limit + 1])
                break
            found.update(each.numbers)
        if not found:
            raise Invalid(
                "A job array needs at least one index, in the field 'indexRanges' or "
                "'indexValues'"
            )
        if len(found) > limit:
            raise Invalid(f"A job array can't have more than {limit} jobs")
        return sorted(found)

    def flags(self, master: bool) -> list[str]:
        """What the flags of its master, or of each of its jobs, begin with."""
        policy = self.cancellation_policy or CancellationPolicy()
        which = flags.ARRAY_MASTER if master else flags.ARRAY_JOB
        return [which, flags.GLOBAL_QUEUE, *policy.flags]


def submitted(
    given: Mapping[str, Any],
    version: int,
    known: Mapping[str, Json] = job_documents.NO_TEMPLATES,
) -> tuple[JobArray, Json]:
    """The array that a POST describes, and the document that its jobs have in common.

    The prototype is in the words of the same version; the array's name is that of its
    jobs. ``known`` are the job templates by their ids. Raises `Invalid`.
    """
    array = JobArray.check(given)
    try:
        prototype = job_documents.submitted(array.job_prototype, version, known)
    except Invalid as error:
        place = "The field 'jobPrototype."
        raise Invalid(
            *(said.replace("The field '", place, 1) for said in error.messages)
        ) from None
    if array.name is not None:
        prototype["customName"] = array.name
    return array, prototype


def master(array: JobArray, prototype: Json) -> Json:
    """The document of the array itself, which does not run."""
    return prototype | {"flags": _flags(array.flags(master=True), prototype)}


def member(array: JobArray, prototype: Json, name: str, index: int) -> Json:
    """The document of one of its jobs; ``name`` is the array's (`member_name`)."""
    return prototype | {
        "arrayIndex": index,
        "arrayMasterName": name,
        "flags": _flags(array.flags(master=False), prototype),
    }


def member_name(name: str, index: int) -> str:
    """How a job of the array with a name is called: ``Moab.5[21]``."""
    return f"{name}[{index}]"


def _flags(own: list[str], prototype: Json) -> list[str]:
    return list(dict.fromkeys((*own, *prototype["flags"])))
