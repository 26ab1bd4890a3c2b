"""The enumerations of reports, plug-in states and suites."""

from collective.mwsvm.plugins import JobReportFlag
from collective.mwsvm.plugins import JobReportState
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import NodeReportState
from collective.mwsvm.plugins import PluginConstants
from collective.mwsvm.plugins import PluginState
from collective.mwsvm.plugins import Suite
import pytest


NODE_STATES = [
    "None",
    "Down",
    "Idle",
    "Busy",
    "Running",
    "Drained",
    "Draining",
    "Flush",
    "Reserved",
    "Unknown",
    "Up",
]
POWERS = ["NONE", "On", "Off", "Reset", "Hibernate", "Standby"]
JOB_STATES = {
    "IDLE": "Idle",
    "STARTING": "Starting",
    "RUNNING": "Running",
    "REMOVED": "Removed",
    "COMPLETED": "Completed",
    "HOLD": "Hold",
    "DEFERRED": "Deferred",
    "SUBMIT_ERROR": "SubmitErr",
    "VACATED": "Vacated",
    "NOT_RUN": "NotRun",
    "NOT_QUEUED": "NotQueued",
    "UNKNOWN": "Unknown",
    "BATCH_HOLD": "BatchHold",
    "USER_HOLD": "UserHold",
    "SYSTEM_HOLD": "SystemHold",
    "STAGING": "Staging",
    "STAGED": "Staged",
    "SUSPENDED": "Suspended",
    "LOST": "Lost",
    "ALLOCATING": "Allocating",
    "BLOCKED": "Blocked",
}
FLAGS = [
    "NONE",
    "ARRAYMASTER",
    "HASPREEMPTED",
    "ADMINSETIGNPOLICIES",
    "EXTENDSTARTWALLTIME",
    "SHAREDMEM",
    "BLOCKEDBYGRES",
    "GRESONLY",
    "TEMPLATESAPPLIED",
    "META",
    "WIDERSVSEARCHALGO",
    "VMTRACKING",
    "DESTROYTEMPLATESUBMITTED",
    "ARRAYJOBPARLOCK",
    "ARRAYJOBPARSPAN",
    "BACKFILL",
    "COALLOC",
    "ADVRES",
    "NOQUEUE",
    "ARRAYJOB",
    "BESTEFFORT",
    "RESTARTABLE",
    "SUSPENDABLE",
    "PREEMPTEE",
    "PREEMPTOR",
    "RSVMAP",
    "SPVIOLATION",
    "IGNNODEPOLICIES",
    "IGNPOLICIES",
    "IGNNODESTATE",
    "IGNIDLEJOBRSV",
    "INTERACTIVE",
    "FSVIOLATION",
    "GLOBALQUEUE",
    "NORESOURCES",
    "NORMSTART",
    "CLUSTERLOCKED",
    "FRAGMENT",
    "SYSTEMJOB",
    "PROCSPECIFIED",
    "CANCELONFIRSTFAILURE",
    "CANCELONFIRSTSUCCESS",
    "CANCELONANYFAILURE",
    "CANCELONANYSUCCESS",
    "CANCELONEXITCODE",
]


def labels(kind):
    return {value.name: value.label for value in kind}


def test_names_and_labels():
    assert labels(NodeReportState) == {text.upper(): text for text in NODE_STATES}
    assert labels(NodeReportPower) == {text.upper(): text for text in POWERS}
    assert labels(JobReportState) == JOB_STATES
    assert labels(JobReportFlag) == {name: name for name in FLAGS}
    assert labels(PluginState) == {
        "STOPPED": "Stopped",
        "STARTED": "Started",
        "PAUSED": "Paused",
        "ERRORED": "Errored",
    }
    assert labels(Suite) == {"HPC": "HPC", "CLOUD": "Cloud"}


@pytest.mark.parametrize(
    "kind",
    [
        NodeReportState,
        NodeReportPower,
        JobReportState,
        JobReportFlag,
        PluginState,
        Suite,
    ],
)
def test_as_a_text_a_value_is_its_name(kind):
    assert [str(value) for value in kind] == [value.name for value in kind]


@pytest.mark.parametrize(
    "kind", [NodeReportState, JobReportState, JobReportFlag, Suite]
)
def test_names_are_parsed_in_any_case(kind):
    for value in kind:
        for text in (value.name, value.name.lower(), value.name.capitalize()):
            assert kind.parse(text) is value


@pytest.mark.parametrize("kind", [NodeReportPower, JobReportState, Suite])
def test_labels_are_parsed_in_any_case(kind):
    for value in kind:
        for text in (value.label, value.label.lower(), value.label.upper()):
            assert kind.parse(text) is value


@pytest.mark.parametrize("text", ["", "  ", "nonsense", None, "ADVRESX:r"])
def test_what_is_none_of_them(text):
    assert NodeReportState.parse(text) is None
    assert NodeReportPower.parse(text) is None
    assert JobReportState.parse(text) is None
    assert JobReportFlag.parse(text) is JobReportFlag.NONE
    assert Suite.parse(text) is Suite.CLOUD


def test_power_within_blanks():
    assert NodeReportPower.parse(" on\t") is NodeReportPower.ON
    assert NodeReportState.parse(" up ") is None


def test_flags_with_a_reservation():
    assert JobReportFlag.parse("ADVRES:system.1") is JobReportFlag.ADVRES
    assert JobReportFlag.parse("advres:") is JobReportFlag.ADVRES


def test_completed_and_active_states():
    completed = {"REMOVED", "COMPLETED", "SUBMIT_ERROR", "VACATED"}
    active = {"IDLE", "STARTING", "RUNNING", "HOLD", "DEFERRED"}
    assert {state.name for state in JobReportState if state.isCompleted} == completed
    assert {state.name for state in JobReportState if state.is_active} == active


def test_constants():
    constants = PluginConstants
    resources = ("processors", "memory", "disk", "swap")
    assert resources == constants.KNOWN_RESOURCES
    assert resources == (
        constants.RESOURCE_PROCESSORS,
        constants.RESOURCE_MEMORY,
        constants.RESOURCE_DISK,
        constants.RESOURCE_SWAP,
    )
    assert constants.KNOWN_METRICS == ("cpuLoad", "speed")
    assert constants.METRIC_CPU_UTILIZATION == "cpuUtilization"
    assert constants.METRIC_CPULOAD == "cpuLoad"
    assert constants.METRIC_SPEED == "speed"
    assert constants.METRIC_VM_COUNT == "vmcount"
    assert constants.WEB_SERVICES_METHOD == "MWS_PLUGIN_HTTP_METHOD"
    assert constants.STANDARD_DATE_FORMAT == "yyyy-MM-dd HH:mm:ss z"
    assert constants.LOGGER_PREFIX == "plugins."
