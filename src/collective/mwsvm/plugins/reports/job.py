"""Reports on jobs (guide 6.2.9)."""

from collective.mwsvm.plugins.reports import fields
from collective.mwsvm.plugins.reports.enums import JobReportFlag
from collective.mwsvm.plugins.reports.enums import JobReportState
from collective.mwsvm.plugins.reports.report import Report
from collective.mwsvm.plugins.reports.requirements import JobReportRequirementsList


class JobReport(Report):
    """What is known of a job."""

    __slots__ = ()

    #: The name that the user gave.
    customName = fields.text("customName")
    state = fields.choice("state", JobReportState)
    account = fields.text("account")
    group = fields.text("group")
    user = fields.text("user")
    qos = fields.text("qos")
    commandLineArguments = fields.text("commandLineArguments")
    #: The file that is executed.
    commandFile = fields.text("commandFile")
    #: The resource manager's extension string.
    extension = fields.text("extension")
    completedDate = fields.moment("completedDate")
    deadlineDate = fields.moment("deadlineDate")
    submitDate = fields.moment("submitDate")
    earliestStartDate = fields.moment("earliestStartDate")
    startDate = fields.moment("startDate")
    environmentVariables = fields.text_map("environmentVariables")
    standardErrorFilePath = fields.text("standardErrorFilePath")
    standardInputFilePath = fields.text("standardInputFilePath")
    standardOutputFilePath = fields.text("standardOutputFilePath")
    completionCode = fields.whole("completionCode")
    flags = fields.choices("flags", JobReportFlag)
    nodesRequested = fields.texts("nodesRequested")
    initialWorkingDirectory = fields.text("initialWorkingDirectory")
    requirements = fields.kept(
        "requirements",
        JobReportRequirementsList.of,
        lambda _name, found: found.to_json(),
    )
    partitionAccessList = fields.texts("partitionAccessList")
    systemPriority = fields.whole("systemPriority")
    reservationRequested = fields.text("reservationRequested")
    #: The name of the image that the job needs.
    image = fields.text("image")
    #: Seconds.
    durationSuspended = fields.whole("durationSuspended")
    #: Seconds that were asked for.
    duration = fields.whole("duration")
