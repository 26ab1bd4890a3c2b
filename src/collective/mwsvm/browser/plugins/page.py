"""What the pages of plug-ins have in common."""

from AccessControl import getSecurityManager
from collections.abc import Iterable
from collective.mwsvm import _
from collective.mwsvm import site
from collective.mwsvm.browser.forms import OwnForm
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.plugin_control.catalogue import PluginType
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.control import PluginControl
from functools import cached_property
from plone import api
from Products.Five import BrowserView
from typing import Any
from urllib.parse import quote
from urllib.parse import urlencode
from zExceptions import NotFound as PageNotFound


Json = dict[str, Any]

UPLOAD = "collective.mwsvm: Upload Plugin Types"

#: The pages that each of these pages leads to.
SECTIONS = (
    ("@@mws-plugins", _("Plugins")),
    ("@@mws-plugin-types", _("Plugin types")),
    ("@@mws-plugin-monitoring", _("Plugin monitoring")),
)


def actor() -> Actor:
    """The present user, as those who do something to plug-ins are known."""
    return Actor(api.user.get_current().getId() or "anonymous")


def sentences(messages: Iterable[str]) -> str:
    """Messages in one line, each with its full stop."""
    return " ".join(
        text if text.endswith((".", "!", "?")) else f"{text}." for text in messages
    )


def moment(text: str | None) -> Json | None:
    """A date of MWS for people (``text``) and for programs (``iso``)."""
    if not text:
        return None
    return {"text": text, "iso": dates.iso(dates.seconds(text))}


class Page(OwnForm, BrowserView):
    """A page about plug-ins. None has a transaction of the MWS database open."""

    #: The page in `SECTIONS` that it belongs to.
    section = ""

    @cached_property
    def control(self) -> PluginControl:
        return site.plugins()

    def sections(self) -> list[Json]:
        """The links at the top."""
        return [
            {"url": self.url(name), "label": label, "current": name == self.section}
            for name, label in SECTIONS
        ]

    def may_upload(self) -> bool:
        """Whether the present user may add code."""
        return bool(getSecurityManager().checkPermission(UPLOAD, self.context))

    def text(self, name: str) -> str:
        """A field of the form, or of the query."""
        return str(self.request.form.get(name, ""))

    def go_to(self, url: str, message: str, kind: str = "info") -> str:
        api.portal.show_message(message, self.request, kind)
        self.request.response.redirect(url)
        return ""

    def url(self, page: str, **query: str) -> str:
        """The address of a page of the site, by its name."""
        address = f"{self.context.absolute_url()}/{page}"
        return f"{address}?{urlencode(query)}" if query else address

    def type_url(self, id: str) -> str:
        return self.url("@@mws-plugin-type", id=id)

    def plugin_url(self, id: str) -> str:
        return self.url("@@mws-plugin", id=id)

    def service_url(self, id: str, name: str) -> str:
        """Where a web service of a plug-in is called."""
        return self.url(f"mws/rest/plugins/{quote(id)}/services/{quote(name)}")

    def asked_plugin(self) -> Json:
        """The plug-in that the URL names; otherwise there is no such page."""
        try:
            return self.control.instances.get(self.text("id"))
        except NotFound as error:
            raise PageNotFound(str(error)) from error

    def asked_type(self, name: str = "id") -> PluginType:
        """The type that the URL names; otherwise there is no such page."""
        try:
            return self.control.types.get(self.text(name))
        except NotFound as error:
            raise PageNotFound(str(error)) from error

    def type_of(self, plugin: Json) -> PluginType | None:
        """The type that the plug-in is made from; None when it is gone."""
        found = self._types.get(plugin["pluginType"])
        if found is not None and plugin["package"] in ("", found.digest):
            return found
        try:
            return self.control.life.type_of(plugin)
        except Invalid:
            return None

    @cached_property
    def _types(self) -> dict[str, PluginType]:
        return {found.id: found for found in self.control.types.all()}
