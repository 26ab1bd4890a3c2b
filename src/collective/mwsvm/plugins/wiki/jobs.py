"""The attributes of jobs.

While it is read and written a job has only one requirement, which is no list here.
"""

from collective.mwsvm.plugins.wiki.attributes import Field
from collective.mwsvm.plugins.wiki.attributes import GenericResources
from collective.mwsvm.plugins.wiki.attributes import Json
from collective.mwsvm.plugins.wiki.attributes import Table
from collective.mwsvm.plugins.wiki.formats import COLONS
from collective.mwsvm.plugins.wiki.formats import COMMAS
from collective.mwsvm.plugins.wiki.formats import ENVIRONMENT
from collective.mwsvm.plugins.wiki.formats import FLAGS
from collective.mwsvm.plugins.wiki.formats import Format
from collective.mwsvm.plugins.wiki.formats import HOSTS
from collective.mwsvm.plugins.wiki.formats import INTEGER
from collective.mwsvm.plugins.wiki.formats import JOB_STATE
from collective.mwsvm.plugins.wiki.formats import LONG
from collective.mwsvm.plugins.wiki.formats import MOMENT
from collective.mwsvm.plugins.wiki.formats import PER_TASK
from collective.mwsvm.plugins.wiki.formats import TEXT


def _required(field: str, format: Format) -> Field:
    return Field(("requirements", field), format)


def _per_task(resource: str) -> Field:
    return Field(("requirements", "resourcesPerTask", resource), PER_TASK)


JOBS = Table(
    "job",
    {
        "STATE": Field(("state",), JOB_STATE),
        "UPDATETIME": Field(("timestamp",), MOMENT),
        "NAME": Field(("customName",), TEXT),
        "UNAME": Field(("user",), TEXT),
        "GNAME": Field(("group",), TEXT),
        "ACCOUNT": Field(("account",), TEXT),
        "QOS": Field(("qos",), TEXT),
        "WCLIMIT": Field(("duration",), LONG),
        "TASKS": _required("taskCount", INTEGER),
        "NODES": _required("nodeCount", INTEGER),
        "TASKPERNODE": _required("tasksPerNode", INTEGER),
        "TASKLIST": _required("nodes", COMMAS),
        "RMEM": _per_task("memory"),
        "RDISK": _per_task("disk"),
        "RSWAP": _per_task("swap"),
        "DGRES": GenericResources(
            ("requirements", "resourcesPerTask"), ("total", "available")
        ),
        "RFEATURES": _required("features", COLONS),
        "RARCH": _required("architecture", TEXT),
        "ROPSYS": Field(("image",), TEXT),
        "HOSTLIST": Field(("nodesRequested",), HOSTS),
        "PARTITIONMASK": Field(("partitionAccessList",), COLONS),
        "REQRSV": Field(("reservationRequested",), TEXT),
        "FLAGS": Field(("flags",), FLAGS),
        "PRIORITY": Field(("systemPriority",), LONG),
        "QUEUETIME": Field(("submitDate",), MOMENT),
        "STARTDATE": Field(("earliestStartDate",), MOMENT),
        "STARTTIME": Field(("startDate",), MOMENT),
        "ENDDATE": Field(("deadlineDate",), MOMENT),
        "COMPLETETIME": Field(("completedDate",), MOMENT),
        "SUSPENDTIME": Field(("durationSuspended",), LONG),
        "EXITCODE": Field(("completionCode",), INTEGER),
        "IWD": Field(("initialWorkingDirectory",), TEXT),
        "EXEC": Field(("commandFile",), TEXT),
        "ARGS": Field(("commandLineArguments",), TEXT),
        "INPUT": Field(("standardInputFilePath",), TEXT),
        "OUTPUT": Field(("standardOutputFilePath",), TEXT),
        "ERROR": Field(("standardErrorFilePath",), TEXT),
        "ENV": Field(("environmentVariables",), ENVIRONMENT),
        "COMMENT": Field(("extension",), TEXT),
    },
    ("GEVENT", "TYPE", "VARATTR"),
)


def with_list(job: Json) -> Json:
    """The job with its requirement in a list, as reports have it; changes it."""
    if "requirements" in job:
        job["requirements"] = [job["requirements"]]
    return job


def with_one(job: Json) -> Json:
    """The job with the first of its requirements, which is all that Moab is told."""
    requirements = job.get("requirements") or [{}]
    return {**job, "requirements": requirements[0]}
