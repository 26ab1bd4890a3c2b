"""The fields of the guide's reports, by kind."""

from collective.mwsvm.plugins import JobReport
from collective.mwsvm.plugins import JobReportFlag
from collective.mwsvm.plugins import JobReportRequirement
from collective.mwsvm.plugins import JobReportState
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import NodeReportState
from collective.mwsvm.plugins import VirtualMachineReport


MACHINE_ENUMS = {"state": NodeReportState, "power": NodeReportPower}

TEXTS = {
    NodeReport: ["image", "partition", "ipAddress", "subState", "architecture"],
    VirtualMachineReport: ["image", "host", "ipAddress"],
    JobReport: [
        "customName",
        "account",
        "group",
        "user",
        "qos",
        "commandLineArguments",
        "commandFile",
        "extension",
        "standardErrorFilePath",
        "standardInputFilePath",
        "standardOutputFilePath",
        "initialWorkingDirectory",
        "reservationRequested",
        "image",
    ],
    JobReportRequirement: ["architecture"],
}
NUMBERS = {
    JobReport: ["completionCode", "systemPriority", "durationSuspended", "duration"],
    JobReportRequirement: ["nodeCount", "taskCount", "tasksPerNode"],
}
DATES = {
    NodeReport: ["timestamp"],
    VirtualMachineReport: ["timestamp"],
    JobReport: [
        "timestamp",
        "completedDate",
        "deadlineDate",
        "submitDate",
        "earliestStartDate",
        "startDate",
    ],
}
LISTS = {
    NodeReport: ["features", "imagesAvailable", "messages"],
    JobReport: ["nodesRequested", "partitionAccessList"],
    JobReportRequirement: ["features", "nodes"],
}
TEXT_MAPS = {
    NodeReport: ["variables"],
    VirtualMachineReport: ["variables"],
    JobReport: ["environmentVariables"],
}
NUMBER_MAPS = {NodeReport: ["metrics"], VirtualMachineReport: ["metrics"]}
RESOURCES = {
    NodeReport: ["resources"],
    VirtualMachineReport: ["resources"],
    JobReportRequirement: ["resourcesPerTask"],
}
ENUMS = {
    NodeReport: MACHINE_ENUMS,
    VirtualMachineReport: MACHINE_ENUMS,
    JobReport: {"state": JobReportState},
}
ENUM_LISTS = {JobReport: {"flags": JobReportFlag}}
REPORTS = (NodeReport, VirtualMachineReport, JobReport)

#: name, timestamp, pluginId, precedence
COMMON = {"name", "timestamp", "pluginId", "precedence"}


def fields(table):
    """(class, field) of each row."""
    return [(cls, name) for cls, names in table.items() for name in names]


def make(cls):
    return cls() if cls is JobReportRequirement else cls("object1")


def others(record):
    """A record's JSON without what it has from the beginning."""
    known = ("name", "timestamp")
    return {k: v for k, v in record.to_json().items() if k not in known}
