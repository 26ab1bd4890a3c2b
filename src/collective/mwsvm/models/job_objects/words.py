"""The words of a job's enumerations, each taken in any case."""

from collections.abc import Mapping
from pydantic import BeforeValidator
from typing import Annotated
from typing import Any
from typing import get_args
from typing import Literal


def in_any_case(kind: Any, others: Mapping[str, str] | None = None) -> BeforeValidator:
    """Takes the words of a Literal in any case; ``others`` are more spellings of them.

    Those are in capitals. What is not known stays as it was given.
    """
    known = {word.upper(): word for word in get_args(kind)} | dict(others or {})

    def spelled(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return known.get(value.strip().upper(), value)

    return BeforeValidator(spelled)


#: Types of dependencies; those that begin with BEFORE hold back the job that is named.
DEPENDENCIES = frozenset(
    (
        *("jobstart", "jobcomplete", "jobsuccessfulcomplete", "jobfailedcomplete"),
        *("after", "afterany", "afterok", "afternotok"),
        *("before", "beforeany", "beforeok", "beforenotok"),
        *("jobbefore", "jobbeforeany", "jobbeforeok", "jobbeforenotok"),
        *("syncwith", "jobsyncwith", "jobsyncslave"),
        *("set", "varset", "variableset", "unset", "varunset", "variableunset"),
    )
)


def _dependency(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    word = value.strip()
    if word.lower().replace("_", "").replace("-", "") not in DEPENDENCIES:
        raise ValueError(
            "a dependency is of one of the types jobstart, jobcomplete, "
            "jobsuccessfulcomplete, jobfailedcomplete, before, beforeany, beforeok, "
            "beforenotok, syncwith, set, unset"
        )
    return word


#: Keeps its spelling.
DependencyType = Annotated[str, BeforeValidator(_dependency)]

_Hold = Literal["User", "System", "Batch", "Defer", "All"]
HoldType = Annotated[_Hold, in_any_case(_Hold)]

_Email = Literal["JobStart", "JobEnd", "JobFail", "All", "None"]
#: What somebody is written to about.
EmailNotifyType = Annotated[_Email, in_any_case(_Email)]

_HostList = Literal["SUPERSET", "SUBSET", "EXACTSET"]
#: Whether a job's nodes include those requested, are some of them, or just them.
HostListMode = Annotated[_HostList, in_any_case(_HostList)]

_Failure = Literal["CANCEL", "FAIL", "HOLD", "IGNORE", "NOTIFY", "REQUEUE", "RETRY"]
ResourceFailPolicy = Annotated[_Failure, in_any_case(_Failure)]

_Usage = Literal[
    "ANY",
    "REQUIREPM",
    "REQUIREVM",
    "PREFPM",
    "PREFVM",
    "CREATEVM",
    "CREATEPERSISTENTVM",
]
VmUsagePolicy = Annotated[_Usage, in_any_case(_Usage)]

_Access = Literal[
    "SHARED",
    "SHAREDONLY",
    "SINGLEACCOUNT",
    "SINGLEGROUP",
    "SINGLEJOB",
    "SINGLETASK",
    "SINGLEUSER",
    "UNIQUEUSER",
]
NodeAccessPolicy = Annotated[_Access, in_any_case(_Access)]

_Allocation = Literal[
    "NONE",
    "CONTIGUOUS",
    "CPULOAD",
    "FASTEST",
    "FIRSTAVAILABLE",
    "FIRSTSET",
    "LASTAVAILABLE",
    "LOCAL",
    "MAXBALANCE",
    "MINGLOBAL",
    "MINLOCAL",
    "MINRESOURCE",
    "PLUGIN",
    "PRIORITY",
]
#: As Moab writes them; the spellings of the policies of guide 4.17 are taken, too.
NodeAllocationPolicy = Annotated[
    _Allocation,
    in_any_case(
        _Allocation,
        {
            "CUSTOMPRIORITY": "PRIORITY",
            "INREPORTEDORDER": "FIRSTAVAILABLE",
            "INREVERSEREPORTEDORDER": "LASTAVAILABLE",
            "MINIMUMCONFIGUREDRESOURCES": "MINRESOURCE",
            "NODESPEED": "FASTEST",
            "PROCESSORLOAD": "CPULOAD",
            "PROCESSORSPEEDBALANCE": "MAXBALANCE",
        },
    ),
]

_Mode = Literal["AND", "OR"]
#: Whether all of some features count, or any.
FeatureMode = Annotated[_Mode, in_any_case(_Mode)]

_Comparator = Literal["<", "<=", "=", "==", "!=", "<>", ">=", ">"]
Comparator = Annotated[_Comparator, in_any_case(_Comparator)]

#: Whether a job runs, could, can't, or has ended.
QueueStatus = Literal["active", "eligible", "blocked", "completed"]
