"""The states of all plug-ins, as they are now (guide 6.5.6)."""

from collective.mwsvm import site
from collective.mwsvm.browser.plugins.actions import buttons
from collective.mwsvm.browser.plugins.page import Json
from collective.mwsvm.browser.plugins.page import moment
from collective.mwsvm.browser.plugins.page import Page
from collective.mwsvm.models import dates
from collective.mwsvm.models.plugin_states import PluginState
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile


def is_polling(plugin: Json) -> bool:
    """Whether a poll of the plug-in runs just now."""
    return (plugin["pollingUntil"] or 0) > site.clock()


class Monitoring(Page):
    """The page; as ``mws-plugin-monitoring-live`` only the table."""

    section = "@@mws-plugin-monitoring"

    live = ViewPageTemplateFile("templates/monitoring_live.pt")

    def now(self) -> str:
        """The time of the server, that polls are counted down by."""
        return dates.iso(site.clock())

    def rows(self) -> list[Json]:
        """All plug-ins, in the order of their ids."""
        plugins = self.control.instances.all()
        return [self._row(p) for p in sorted(plugins, key=lambda p: p["id"].lower())]

    def _row(self, plugin: Json) -> Json:
        plugin_type = self.type_of(plugin)
        polls = plugin_type is not None and plugin_type.polls
        return {
            "id": plugin["id"],
            "url": self.plugin_url(plugin["id"]),
            "type": plugin["pluginType"],
            "type_url": plugin_type and self.type_url(plugin["pluginType"]),
            "state": plugin["state"].lower(),
            "label": PluginState(plugin["state"]).label,
            "reason": plugin["substate"],
            "polls": polls,
            "is_polling": is_polling(plugin),
            "last": moment(plugin["lastPollDate"]),
            "next": moment(plugin["nextPollDate"]),
            "buttons": buttons(plugin, polls),
        }
