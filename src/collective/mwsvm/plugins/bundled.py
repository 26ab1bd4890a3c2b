"""The services that every plug-in is injected with (guide 6.2.15.1)."""

from collections.abc import Callable
from collections.abc import Mapping
from collective.mwsvm.plugins.event_service import EventService
from collective.mwsvm.plugins.proxies import Call
from collective.mwsvm.plugins.proxies import ControlService
from collective.mwsvm.plugins.proxies import DatastoreService
from collective.mwsvm.plugins.proxies import ReportService
from collective.mwsvm.plugins.reports import JobReport
from collective.mwsvm.plugins.reports import NodeReport
from collective.mwsvm.plugins.reports import VirtualMachineReport
from collective.mwsvm.plugins.rest_service import RestService
from collective.mwsvm.plugins.ssl_service import SslService
from pathlib import Path
from typing import Any


def bundled_services(
    call: Call, plugin: Callable[[], Mapping[str, Any]], certificates: str | Path
) -> dict[str, object]:
    """The services by the guide's names.

    ``call`` carries to the site what it is to do; ``plugin`` tells the plug-in that is at
    work, ``certificates`` is the directory of relative names.
    """
    nodes, machines = "nodeRMService", "virtualMachineRMService"
    return {
        nodes: ReportService(call, nodes, NodeReport),
        machines: ReportService(call, machines, VirtualMachineReport),
        "jobRMService": ReportService(call, "jobRMService", JobReport),
        "moabRestService": RestService(call),
        "pluginControlService": ControlService(call),
        "pluginDatastoreService": DatastoreService(call),
        "pluginEventService": EventService(call, plugin),
        "sslService": SslService(certificates),
    }
