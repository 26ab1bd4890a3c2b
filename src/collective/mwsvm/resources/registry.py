"""All resources of the API."""

from collective.mwsvm.resources.declare import Resources
from collective.mwsvm.resources.diag import Diagnostics
from collective.mwsvm.resources.events import Events
from collective.mwsvm.resources.images import Images
from collective.mwsvm.resources.metrics import Metrics
from collective.mwsvm.resources.openapi import OpenApi
from collective.mwsvm.resources.permissions import Permissions
from collective.mwsvm.resources.plugin_types import PluginTypes
from collective.mwsvm.resources.plugins import PluginChanges
from collective.mwsvm.resources.plugins import Plugins
from collective.mwsvm.resources.plugins import PluginWebServices
from collective.mwsvm.resources.principals import Principals
from collective.mwsvm.resources.reports import Reports
from collective.mwsvm.resources.rm import ResourceManager
from collective.mwsvm.resources.roles import Roles
from collective.mwsvm.resources.service_templates import ServiceTemplates


RESOURCES = Resources.of(
    (
        Diagnostics,
        Events,
        Images,
        Metrics,
        OpenApi,
        Permissions,
        Plugins,
        PluginChanges,
        PluginTypes,
        PluginWebServices,
        Principals,
        Reports,
        ResourceManager,
        Roles,
        ServiceTemplates,
    )
)
