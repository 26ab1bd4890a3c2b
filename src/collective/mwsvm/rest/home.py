"""The home page ``<site>/mws`` (guide 1.7, 2.1.2): what is here, and where to go."""

from AccessControl import getSecurityManager
from collections.abc import Mapping
from collective.mwsvm import _
from collective.mwsvm.rest.facts import build
from dataclasses import dataclass
from dataclasses import field
from plone import api
from Products.Five.browser import BrowserView
from urllib.parse import quote
from urllib.parse import urlencode


@dataclass(frozen=True)
class Sample:
    """A query that shows something of the API."""

    path: str
    description: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What a person would type."""
        query = "&".join(f"{name}={text}" for name, text in self.parameters.items())
        return f"{self.path}?{query}" if query else self.path

    @property
    def address(self) -> str:
        """The same, as URLs have it."""
        query = urlencode(self.parameters, quote_via=quote, safe=",")
        return f"{self.path}?{query}" if query else self.path


_PRETTY = {"pretty": "true"}

SAMPLES = (
    Sample("diag/health/summary", _("Is it connected? Open to everybody."), _PRETTY),
    Sample("diag/about", _("Version and build."), _PRETTY),
    Sample("events", _("Ten events, for people to read."), {"max": "10", **_PRETTY}),
    Sample(
        "events",
        _("The newest events that were no success."),
        {
            "query": '{"status":{"$ne":"success"}}',
            "sort": '{"eventTime":-1}',
            **_PRETTY,
        },
    ),
    Sample("images", _("Some fields of all images."), {"fields": "id,name", **_PRETTY}),
    Sample("reports", _("All reports, as programs get them.")),
    Sample(
        "service-templates",
        _("Service templates by name."),
        {"sort": '{"name":1}', **_PRETTY},
    ),
)


@dataclass(frozen=True)
class AdminPage:
    """A page for those who have a permission."""

    name: str
    permission: str
    title: str
    description: str


#: In the order of the guide: Admin, then Application Accounts; Plugins.
ADMIN_PAGES = (
    AdminPage(
        "@@mws-accounts",
        "collective.mwsvm: Manage Application Accounts",
        _("Application accounts"),
        _("The programs that may use the API, and what each may do."),
    ),
    AdminPage(
        "@@mws-plugins",
        "collective.mwsvm: Manage Plugins",
        _("Plugins"),
        _("What reports nodes, virtual machines and jobs, and acts on them."),
    ),
    AdminPage(
        "@@mws-plugin-types",
        "collective.mwsvm: Manage Plugins",
        _("Plugin types"),
        _("The code that plugins are made from."),
    ),
    AdminPage(
        "@@mws-plugin-monitoring",
        "collective.mwsvm: Manage Plugins",
        _("Plugin monitoring"),
        _(
            "The states of plugins and their polls, with buttons to start and stop them."
        ),
    ),
    AdminPage(
        "@@mwsvm-controlpanel",
        "collective.mwsvm: Configure",
        _("Settings"),
        _("Limits, intervals and the cloud."),
    ),
    AdminPage(
        "@@mwsvm",
        "View",
        _("Machines and jobs"),
        _("What runs where, and what waits."),
    ),
    AdminPage(
        "@@mwsvm-jobs",
        "View",
        _("Jobs"),
        _("Find jobs, and act on many at a time."),
    ),
    AdminPage(
        "@@mwsvm-machines",
        "View",
        _("Virtual machines"),
        _("Find machines; start, stop, migrate and destroy them."),
    ),
)


class Home(BrowserView):
    """The home page. Everybody may see it; the links are those that lead somewhere."""

    samples = SAMPLES

    def rest_url(self) -> str:
        """The address of the API."""
        return f"{self.context.absolute_url()}/mws/rest"

    def docs_url(self) -> str:
        """The address of the page that describes the API."""
        return f"{self.context.absolute_url()}/mws/docs"

    def admin_pages(self) -> list[AdminPage]:
        """Those that the present user may open."""
        if api.user.is_anonymous():
            return []
        may = getSecurityManager().checkPermission
        return [page for page in ADMIN_PAGES if may(page.permission, self.context)]

    def build(self) -> dict[str, str]:
        """Version and build of the server (guide 1.7)."""
        return build()
