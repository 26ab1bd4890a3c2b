"""Reports on nodes (guide 6.2.9)."""

from collective.mwsvm.plugins.reports import fields
from collective.mwsvm.plugins.reports.enums import NodeReportPower
from collective.mwsvm.plugins.reports.enums import NodeReportState
from collective.mwsvm.plugins.reports.report import Report


class NodeReport(Report):
    """What is known of a node."""

    __slots__ = ()

    #: See `PluginConstants.KNOWN_RESOURCES`; memory, disk and swap are in MB.
    resources = fields.resources("resources")
    #: See `PluginConstants.KNOWN_METRICS`.
    metrics = fields.real_map("metrics")
    features = fields.texts("features")
    #: The names of the images that the node can be provisioned with.
    imagesAvailable = fields.texts("imagesAvailable")
    #: For people; double quotes become single ones.
    messages = fields.quoted_texts("messages")
    #: The name of the image that the node is provisioned with.
    image = fields.text("image")
    partition = fields.text("partition")
    variables = fields.text_map("variables")
    #: An IPv4 address.
    ipAddress = fields.text("ipAddress")
    power = fields.choice("power", NodeReportPower)
    state = fields.choice("state", NodeReportState)
    subState = fields.text("subState")
    architecture = fields.text("architecture")
