"""What authors of plug-ins import (guide 6.2).

Every name has the guide's spelling and Python's: ``imagesAvailable`` and
``images_available`` are one field, ``beforeStart`` and ``before_start`` one event.
"""

from collective.mwsvm.plugins.abstract import AbstractPlugin
from collective.mwsvm.plugins.abstract import AbstractPluginInfo
from collective.mwsvm.plugins.config_object import ConfigObject
from collective.mwsvm.plugins.constants import PluginConstants
from collective.mwsvm.plugins.decorators import component
from collective.mwsvm.plugins.decorators import scope
from collective.mwsvm.plugins.decorators import Unsecured
from collective.mwsvm.plugins.decorators import web_service
from collective.mwsvm.plugins.exceptions import InvalidPluginConfigurationException
from collective.mwsvm.plugins.exceptions import InvalidPluginException
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from collective.mwsvm.plugins.exceptions import PluginException
from collective.mwsvm.plugins.exceptions import PluginStartException
from collective.mwsvm.plugins.exceptions import PluginStopException
from collective.mwsvm.plugins.exceptions import UnsupportedOperationException
from collective.mwsvm.plugins.exceptions import WebServiceException
from collective.mwsvm.plugins.interfaces import IJobRMService
from collective.mwsvm.plugins.interfaces import IMoabRestService
from collective.mwsvm.plugins.interfaces import INodeRMService
from collective.mwsvm.plugins.interfaces import IPluginControlService
from collective.mwsvm.plugins.interfaces import IPluginDatastoreService
from collective.mwsvm.plugins.interfaces import IPluginEventService
from collective.mwsvm.plugins.interfaces import ISslService
from collective.mwsvm.plugins.interfaces import IVirtualMachineRMService
from collective.mwsvm.plugins.params import Params
from collective.mwsvm.plugins.reports import JobReport
from collective.mwsvm.plugins.reports import JobReportFlag
from collective.mwsvm.plugins.reports import JobReportRequirement
from collective.mwsvm.plugins.reports import JobReportState
from collective.mwsvm.plugins.reports import NodeReport
from collective.mwsvm.plugins.reports import NodeReportPower
from collective.mwsvm.plugins.reports import NodeReportState
from collective.mwsvm.plugins.reports import ReportResource
from collective.mwsvm.plugins.reports import ReportResourceMap
from collective.mwsvm.plugins.reports import VirtualMachineReport
from collective.mwsvm.plugins.responses import MoabRestResponse
from collective.mwsvm.plugins.states import PluginState
from collective.mwsvm.plugins.states import Suite


__all__ = [
    "AbstractPlugin",
    "AbstractPluginInfo",
    "ConfigObject",
    "IJobRMService",
    "IMoabRestService",
    "INodeRMService",
    "IPluginControlService",
    "IPluginDatastoreService",
    "IPluginEventService",
    "ISslService",
    "IVirtualMachineRMService",
    "InvalidPluginConfigurationException",
    "InvalidPluginException",
    "InvalidPluginTypeException",
    "JobReport",
    "JobReportFlag",
    "JobReportRequirement",
    "JobReportState",
    "MoabRestResponse",
    "NodeReport",
    "NodeReportPower",
    "NodeReportState",
    "Params",
    "PluginConstants",
    "PluginException",
    "PluginStartException",
    "PluginState",
    "PluginStopException",
    "ReportResource",
    "ReportResourceMap",
    "Suite",
    "Unsecured",
    "UnsupportedOperationException",
    "VirtualMachineReport",
    "WebServiceException",
    "component",
    "scope",
    "web_service",
]
