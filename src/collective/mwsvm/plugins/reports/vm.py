"""Reports on virtual machines (guide 6.2.9)."""

from collective.mwsvm.plugins.reports import fields
from collective.mwsvm.plugins.reports.enums import NodeReportPower
from collective.mwsvm.plugins.reports.enums import NodeReportState
from collective.mwsvm.plugins.reports.report import Report


class VirtualMachineReport(Report):
    """What is known of a virtual machine."""

    __slots__ = ()

    state = fields.choice("state", NodeReportState)
    power = fields.choice("power", NodeReportPower)
    #: The name of the image in the catalogue, which tells the operating system.
    image = fields.text("image")
    #: The node that the VM is on. Moab is not told of VMs without one.
    host = fields.text("host")
    #: An IPv4 address.
    ipAddress = fields.text("ipAddress")
    #: See `PluginConstants.KNOWN_RESOURCES`; memory, disk and swap are in MB.
    resources = fields.resources("resources")
    #: See `PluginConstants.KNOWN_METRICS`.
    metrics = fields.real_map("metrics")
    variables = fields.text_map("variables")
