"""The flags of a job: which a client sets, and which say what the server knows.

Flags that are not known are kept, for those who know them.
"""

from collections.abc import Iterable
from collective.mwsvm.models.document import LENGTH
from pydantic import AfterValidator
from pydantic import BeforeValidator
from pydantic import Field
from typing import Annotated
from typing import Any


#: Every job that came over the network has it.
GLOBAL_QUEUE = "GLOBALQUEUE"

ARRAY_MASTER = "ARRAYMASTER"
ARRAY_JOB = "ARRAYJOB"

#: What the server says of a job; what clients send of it has no effect.
SERVERS = frozenset(
    (
        ARRAY_JOB,
        ARRAY_MASTER,
        GLOBAL_QUEUE,
        "ADMINSETIGNPOLICIES",
        "BACKFILL",
        "BLOCKEDBYGRES",
        "DESTROYTEMPLATESUBMITTED",
        "FSVIOLATION",
        "HASPREEMPTED",
        "SPVIOLATION",
        "SYSTEMJOB",
        "TEMPLATESAPPLIED",
        "VMTRACKING",
    )
)


def _flag(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # What follows the colon is a name: ADVRES:rsv.1.
    flag, colon, name = value.strip().partition(":")
    return f"{flag.upper()}{colon}{name}"


def _word(value: str) -> str:
    if "\0" in value or value.split() != [value]:
        raise ValueError("a flag is one word")
    return value


JobFlag = Annotated[
    str,
    Field(min_length=1, max_length=LENGTH),
    BeforeValidator(_flag),
    AfterValidator(_word),
]


def merged(present: Iterable[str], given: Iterable[str]) -> list[str]:
    """The flags that a client wants, with those that the server has set."""
    own = [flag for flag in present if flag in SERVERS]
    theirs = [flag for flag in given if flag not in SERVERS and flag != "NONE"]
    return list(dict.fromkeys((*own, *theirs)))
