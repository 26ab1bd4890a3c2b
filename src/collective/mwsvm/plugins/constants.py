"""Names that MWS and Moab give a meaning to (guide 6.2)."""

from typing import Final


class PluginConstants:
    """Keys of reports, of web services' parameters and of loggers."""

    RESOURCE_PROCESSORS: Final = "processors"
    RESOURCE_MEMORY: Final = "memory"
    RESOURCE_DISK: Final = "disk"
    RESOURCE_SWAP: Final = "swap"
    #: Every other key of a report's resources is a generic resource for Moab.
    KNOWN_RESOURCES: Final = (
        RESOURCE_PROCESSORS,
        RESOURCE_MEMORY,
        RESOURCE_DISK,
        RESOURCE_SWAP,
    )

    #: Reported to Moab as a generic metric, like `METRIC_VM_COUNT`.
    METRIC_CPU_UTILIZATION: Final = "cpuUtilization"
    METRIC_CPULOAD: Final = "cpuLoad"
    METRIC_SPEED: Final = "speed"
    METRIC_VM_COUNT: Final = "vmcount"
    #: Every other key of a report's metrics is a generic metric for Moab.
    KNOWN_METRICS: Final = (METRIC_CPULOAD, METRIC_SPEED)

    #: The key of a web service's parameters that holds GET, POST, PUT or DELETE.
    WEB_SERVICES_METHOD: Final = "MWS_PLUGIN_HTTP_METHOD"

    #: How a date is written, such as ``2012-01-01 23:11:24 MDT``.
    STANDARD_DATE_FORMAT: Final = "yyyy-MM-dd HH:mm:ss z"

    #: What the names of all loggers of plug-ins begin with.
    LOGGER_PREFIX: Final = "plugins."
