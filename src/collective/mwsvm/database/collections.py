"""The collections of the MWS resources, with the fields they are looked for by."""

from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.models.events import Event
from collective.mwsvm.models.images import Image
from collective.mwsvm.models.job_objects.job import Job
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.permissions import Permission
from collective.mwsvm.models.plugins import Plugin
from collective.mwsvm.models.policies import Policy
from collective.mwsvm.models.principals import Principal
from collective.mwsvm.models.reports import Datapoint
from collective.mwsvm.models.reports import Report
from collective.mwsvm.models.reports import Sample
from collective.mwsvm.models.reservations import Reservation
from collective.mwsvm.models.roles import Role
from collective.mwsvm.models.service_templates import ServiceTemplate
from collective.mwsvm.models.vcs import VirtualContainer
from collective.mwsvm.models.vms import VirtualMachine


def _named(name: str, model: type) -> DocumentTable:
    return DocumentTable(name, model, {"name": "text"}, unique="name")


#: Every index ends with the id, so that it also serves the order.
events = DocumentTable(
    "events",
    Event,
    {
        "eventTime": "text",
        "eventType": "text",
        "eventCategory": "text",
        "status": "text",
        "facility": "text",
        "initiatedBy.proxyUser": "text",
        "primaryObject.id": "text",
    },
    indexes=[
        ("eventTime", "id"),
        ("eventType", "eventTime", "id"),
        ("eventType", "status", "eventTime", "id"),
        ("status", "eventTime", "id"),
        ("initiatedBy.proxyUser", "eventTime", "id"),
        ("primaryObject.id", "eventTime", "id"),
    ],
)

images = _named("images", Image)
principals = _named("principals", Principal)
roles = _named("roles", Role)
service_templates = _named("service_templates", ServiceTemplate)

permissions = DocumentTable("permissions", Permission, {"type": "text"})

#: ``nextEnd`` is when the next datapoint is due, in seconds since the epoch.
reports = DocumentTable(
    "reports",
    Report,
    {"name": "text", "nextEnd": "number"},
    indexes=[("nextEnd",)],
    unique="name",
)

#: ``report`` is the id of the report that they belong to.
datapoints = DocumentTable(
    "datapoints",
    Datapoint,
    {"report": "text", "endDate": "text"},
    indexes=[("report", "endDate", "id")],
)
samples = DocumentTable(
    "samples",
    Sample,
    {"report": "text", "timestamp": "text"},
    indexes=[("report", "timestamp", "id")],
)

#: ``nextPoll`` is when the plug-in is due, in seconds since the epoch.
plugins = DocumentTable(
    "plugins",
    Plugin,
    {
        "pluginType": "text",
        "state": "text",
        "nextPoll": "number",
        "precedence": "number",
    },
    indexes=[("nextPoll",)],
    own_ids=True,
    distinct=("precedence",),
)

#: What plug-ins report together: see `inventory`.
nodes = DocumentTable(
    "nodes",
    Node,
    {
        "name": "text",
        "states.state": "text",
        "states.powerState": "text",
        "partition": "text",
    },
    indexes=[("states.state", "id"), ("states.powerState", "id"), ("partition", "id")],
    unique="name",
)
vms = DocumentTable(
    "vms",
    VirtualMachine,
    {
        "name": "text",
        "states.state": "text",
        "states.powerState": "text",
        "host.name": "text",
    },
    indexes=[("states.state", "id"), ("states.powerState", "id"), ("host.name", "id")],
    unique="name",
)

#: What is kept for some jobs for some time, and containers of objects: see `workload`.
reservations = DocumentTable(
    "reservations",
    Reservation,
    {"startDate": "text", "endDate": "text", "uniqueIndex": "text"},
    indexes=[("endDate",), ("uniqueIndex",)],
    own_ids=True,
)
vcs = DocumentTable("vcs", VirtualContainer, {}, own_ids=True)

#: Those that were ever changed: see `workload.policies`.
policies = DocumentTable("policies", Policy, {}, own_ids=True)

#: The objects of the guide for jobs, whose records are in the table ``jobs``.
job_documents = DocumentTable(
    "job_documents",
    Job,
    {
        "name": "text",
        "isActive": "boolean",
        "states.state": "text",
        "credentials.user": "text",
        "dates.submitDate": "text",
        "customName": "text",
        "arrayMasterName": "text",
    },
    indexes=[
        ("isActive", "id"),
        ("isActive", "dates.submitDate", "id"),
        ("states.state", "id"),
        ("credentials.user", "dates.submitDate", "id"),
        ("credentials.user", "isActive", "dates.submitDate", "id"),
        ("dates.submitDate", "id"),
        ("customName", "id"),
        ("arrayMasterName", "id"),
    ],
    unique="name",
)
