"""What marks our requests, and the settings of a site."""

from collective.mwsvm import _
from collective.mwsvm.models.settings import Settings
from plone.rest.interfaces import IAPIRequest
from plone.supermodel import model
from urllib.parse import urlsplit
from zope import schema
from zope.interface import Interface
import re


#: The registry's prefix for every setting.
PREFIX = "collective.mwsvm"

#: In the WSGI environment: traversal has reached the API, and application accounts count
#: from here on. A marker interface would cost a tenth of the call.
API_REACHED = "collective.mwsvm.api"

_defaults = Settings()


class IMwsvmLayer(Interface):
    """The request is one to a site where the add-on is installed."""


class IMwsRequest(IAPIRequest):
    """The request is one to the MWS REST API, below ``mws/rest``."""


class IResourceGrid(Interface):
    """Called without arguments: the methods of each resource, by its name."""


class IPluginServiceGrid(Interface):
    """Called without arguments: the web services of each plug-in type, by its name.

    For each service, by name, whether it is secured; others are open to anybody.
    """


class IMoabRest(Interface):
    """Makes calls of the site's REST API without a network, for its plug-ins."""

    def __call__(path, plugin, method, url, options):
        """The answer as `collective.mwsvm.plugin_control.context.Rest` describes it.

        ``path`` is that of the site.
        """


class ISiteClock(Interface):
    """Called without arguments: the time, as seconds since the epoch."""


class NotAWebAddress(schema.ValidationError):
    __doc__ = _(
        "It must be a URL that begins with http:// or https:// and names a host."
    )


def is_web_address(value: str) -> bool:
    """Whether it is the URL of a web server, or empty; raises `NotAWebAddress`."""
    if not value:
        return True
    try:
        url = urlsplit(value)
        known = url.scheme in ("http", "https") and url.hostname and url.port != 0
    except ValueError:
        known = False
    if not known or re.search(r"\s", value):
        raise NotAWebAddress(value)
    return True


def _seconds(title, description, name, minimum=1):
    return schema.Int(
        title=title,
        description=description,
        min=minimum,
        default=getattr(_defaults, name),
    )


class IMwsvmSettings(model.Schema):
    """The settings of a site. Whatever `Settings` names too has its default there."""

    regions = schema.List(
        title=_("Regions"),
        description=_("The AWS regions that a machine can be started in, one a line."),
        value_type=schema.ASCIILine(),
        default=["us-east-1", "us-west-1", "us-west-2"],
    )
    instance_types = schema.List(
        title=_("Instance types"),
        description=_("The EC2 instance types that are offered, one a line."),
        value_type=schema.ASCIILine(),
        default=[
            "t1.micro",
            "t2.micro",
            "t3.micro",
            "t3.small",
            "t3a.small",
            "t4g.micro",
            "t4g.small",
        ],
    )
    endpoint_url = schema.ASCIILine(
        title=_("EC2 endpoint"),
        description=_(
            "The URL of a cloud that speaks the EC2 API. Empty means AWS itself."
        ),
        default="",
        required=False,
        constraint=is_web_address,
    )
    agent_base_url = schema.ASCIILine(
        title=_("Address of this site for machines"),
        description=_(
            "The URL under which machines reach this site, such as "
            "https://cms.example.org/Plone. Empty means the URL that the person who "
            "starts a machine uses."
        ),
        default="",
        required=False,
        constraint=is_web_address,
    )
    job_prefix = schema.ASCIILine(
        title=_("Job name prefix"),
        description=_("What job names begin with: Moab makes Moab.1, Moab.2, ..."),
        default="Moab",
        constraint=lambda value: value.replace("-", "").replace("_", "").isalnum(),
    )

    model.fieldset(
        "jobs",
        label=_("Jobs"),
        fields=["poll_interval", "lease", "log_limit", "log_retention_days"],
    )
    poll_interval = _seconds(
        _("Poll interval"),
        _(
            "How many seconds a machine waits before it asks again: for work, or for what "
            "people want of the job that it runs."
        ),
        "poll_interval",
    )
    lease = _seconds(
        _("Lease"),
        _(
            "A running job whose machine gives no sign of life for so many seconds is "
            "queued again, or failed when it has no retries left."
        ),
        "lease",
        minimum=10,
    )
    log_limit = _seconds(
        _("Log limit"),
        _("How many bytes of the log of each attempt are kept."),
        "log_limit",
        minimum=0,
    )
    log_retention_days = _seconds(
        _("Log retention"),
        _("Logs of attempts that ended so many days ago are dropped."),
        "log_retention_days",
    )

    model.fieldset(
        "machines",
        label=_("Machines"),
        fields=[
            "start_deadline",
            "check_interval",
            "silence_limit",
            "reaper_grace",
            "idle_halt",
            "lost_contact",
        ],
    )
    start_deadline = _seconds(
        _("Start deadline"),
        _(
            "A machine whose agent has not called so many seconds after its start has "
            "failed, and its instance is terminated."
        ),
        "start_deadline",
        minimum=30,
    )
    check_interval = _seconds(
        _("Check interval"),
        _("How many seconds pass between two looks at a machine that starts or stops."),
        "check_interval",
    )
    silence_limit = _seconds(
        _("Silence limit"),
        _(
            "After so many seconds without a call EC2 is asked what became of a machine."
        ),
        "silence_limit",
        minimum=30,
    )
    reaper_grace = _seconds(
        _("Reaper's grace"),
        _(
            "Instances that carry this site's tag but belong to no machine are "
            "terminated when they are older than so many seconds."
        ),
        "reaper_grace",
        minimum=60,
    )
    idle_halt = _seconds(
        _("Halt when idle"),
        _("A machine halts after so many seconds without a job. 0: never."),
        "idle_halt",
        minimum=0,
    )
    lost_contact = _seconds(
        _("Halt when alone"),
        _("A machine halts after so many seconds without reaching the site. 0: never."),
        "lost_contact",
        minimum=0,
    )

    model.fieldset(
        "rest",
        label=_("REST API"),
        fields=["list_limit", "event_retention_days"],
    )
    list_limit = _seconds(
        _("List limit"),
        _("A list of the REST API has at most so many objects; totalCount counts all."),
        "list_limit",
    )
    event_retention_days = _seconds(
        _("Event retention"),
        _("Events older than so many days are dropped. 0: none is ever dropped."),
        "event_retention_days",
        minimum=0,
    )
