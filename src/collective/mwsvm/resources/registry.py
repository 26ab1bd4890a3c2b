"""All resources of the API."""

from collective.mwsvm.resources.acl_rules import ContainerRules
from collective.mwsvm.resources.acl_rules import ReservationRules
from collective.mwsvm.resources.credentials import Credentials
from collective.mwsvm.resources.declare import Resources
from collective.mwsvm.resources.diag import Diagnostics
from collective.mwsvm.resources.events import Events
from collective.mwsvm.resources.images import Images
from collective.mwsvm.resources.job_logs import JobLogs
from collective.mwsvm.resources.job_templates import JobTemplates
from collective.mwsvm.resources.jobs import JobArrays
from collective.mwsvm.resources.jobs import Jobs
from collective.mwsvm.resources.metric_types import MetricTypes
from collective.mwsvm.resources.metrics import Metrics
from collective.mwsvm.resources.nodes import Nodes
from collective.mwsvm.resources.openapi import OpenApi
from collective.mwsvm.resources.pending_actions import PendingActions
from collective.mwsvm.resources.permissions import Permissions
from collective.mwsvm.resources.plugin_types import PluginTypes
from collective.mwsvm.resources.plugins import PluginChanges
from collective.mwsvm.resources.plugins import Plugins
from collective.mwsvm.resources.plugins import PluginWebServices
from collective.mwsvm.resources.policies import Policies
from collective.mwsvm.resources.principals import Principals
from collective.mwsvm.resources.reports import Reports
from collective.mwsvm.resources.reservations import Reservations
from collective.mwsvm.resources.resource_types import ResourceTypes
from collective.mwsvm.resources.rm import ResourceManager
from collective.mwsvm.resources.roles import Roles
from collective.mwsvm.resources.service_templates import ServiceTemplates
from collective.mwsvm.resources.standing_reservations import StandingReservations
from collective.mwsvm.resources.vcs import VirtualContainers
from collective.mwsvm.resources.vms import VirtualMachines


RESOURCES = Resources.of(
    (
        ContainerRules,
        Credentials,
        Diagnostics,
        Events,
        Images,
        Jobs,
        JobArrays,
        JobLogs,
        JobTemplates,
        Metrics,
        MetricTypes,
        Nodes,
        OpenApi,
        PendingActions,
        Permissions,
        PluginChanges,
        Plugins,
        PluginTypes,
        PluginWebServices,
        Policies,
        Principals,
        Reports,
        ReservationRules,
        Reservations,
        ResourceManager,
        ResourceTypes,
        Roles,
        ServiceTemplates,
        StandingReservations,
        VirtualContainers,
        VirtualMachines,
    )
)
