"""Reports of nodes, virtual machines and jobs, which plug-ins make (guide 6.2.9)."""

from collective.mwsvm.plugins.reports.enums import ACTIVE_STATES
from collective.mwsvm.plugins.reports.enums import COMPLETED_STATES
from collective.mwsvm.plugins.reports.enums import JobReportFlag
from collective.mwsvm.plugins.reports.enums import JobReportState
from collective.mwsvm.plugins.reports.enums import NodeReportPower
from collective.mwsvm.plugins.reports.enums import NodeReportState
from collective.mwsvm.plugins.reports.job import JobReport
from collective.mwsvm.plugins.reports.node import NodeReport
from collective.mwsvm.plugins.reports.requirements import JobReportRequirement
from collective.mwsvm.plugins.reports.requirements import JobReportRequirementsList
from collective.mwsvm.plugins.reports.resources import ReportResource
from collective.mwsvm.plugins.reports.resources import ReportResourceMap
from collective.mwsvm.plugins.reports.vm import VirtualMachineReport


__all__ = [
    "ACTIVE_STATES",
    "COMPLETED_STATES",
    "JobReport",
    "JobReportFlag",
    "JobReportRequirement",
    "JobReportRequirementsList",
    "JobReportState",
    "NodeReport",
    "NodeReportPower",
    "NodeReportState",
    "ReportResource",
    "ReportResourceMap",
    "VirtualMachineReport",
]
