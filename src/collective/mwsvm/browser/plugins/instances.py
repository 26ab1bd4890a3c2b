"""The pages of plug-ins: all of them, one of them, and its end (guide 6.5)."""

from collective.mwsvm import _
from collective.mwsvm.browser.plugins.actions import buttons
from collective.mwsvm.browser.plugins.monitoring import is_polling
from collective.mwsvm.browser.plugins.page import actor
from collective.mwsvm.browser.plugins.page import Json
from collective.mwsvm.browser.plugins.page import moment
from collective.mwsvm.browser.plugins.page import Page
from collective.mwsvm.browser.plugins.parameters import as_text
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.plugin_states import PluginState
from collective.mwsvm.plugin_control.catalogue import PluginType
from zExceptions import NotFound as PageNotFound


#: What is shown of a password.
BULLETS = "\N{BULLET}" * 8


class PluginList(Page):
    """All plug-ins, the most authoritative first."""

    section = "@@mws-plugins"

    def rows(self) -> list[Json]:
        found = []
        for plugin in self.control.instances.all():
            plugin_type = self.type_of(plugin)
            found.append(
                {
                    **plugin,
                    "url": self.plugin_url(plugin["id"]),
                    "type_url": plugin_type and self.type_url(plugin["pluginType"]),
                    "polls": plugin_type is not None and plugin_type.polls,
                    "label": PluginState(plugin["state"]).label,
                }
            )
        return found


class PluginView(Page):
    """One plug-in, with all that is known of it."""

    section = "@@mws-plugins"

    plugin: Json
    #: None when its type is not there any more.
    type: PluginType | None

    def __call__(self) -> str:
        self.plugin = self.asked_plugin()
        self.type = self.type_of(self.plugin)
        return self.index()

    def label(self) -> str:
        return PluginState(self.plugin["state"]).label

    def polls(self) -> bool:
        return self.type is not None and self.type.polls

    def is_polling(self) -> bool:
        return is_polling(self.plugin)

    def moment(self, name: str) -> Json | None:
        return moment(self.plugin[name])

    def buttons(self) -> list[Json]:
        return buttons(self.plugin, self.polls())

    def configuration(self) -> list[Json]:
        """The parameters that are set, those of the type first; no secrets."""
        config = self.plugin["config"]
        parameters = [] if self.type is None else self.type.description["parameters"]
        declared = {parameter["name"]: parameter for parameter in parameters}
        names = [name for name in declared if name in config]
        return [
            {
                "name": name,
                "label": declared[name]["label"] if name in declared else name,
                "text": self._shown(declared.get(name), config[name]),
            }
            for name in [*names, *(name for name in config if name not in declared)]
        ]

    def _shown(self, parameter: Json | None, value: object) -> str:
        # Without its type nobody knows which of the values are passwords.
        if self.type is None or (parameter is not None and parameter["password"]):
            return BULLETS
        return as_text(value)

    def services(self) -> list[Json]:
        """Its web services with their addresses."""
        if self.type is None:
            return []
        return [
            {**service, "url": self.service_url(self.plugin["id"], service["name"])}
            for service in self.type.description["webServices"]
        ]


class DeleteForm(Page):
    """Deletes a plug-in, when it was asked for twice."""

    section = "@@mws-plugins"

    plugin: Json
    errors: list[str]

    def __call__(self) -> str:
        self.plugin = self.asked_plugin()
        self.errors = []
        if not self.is_posted():
            return self.index()
        id = self.plugin["id"]
        try:
            self.control.instances.delete(id, actor())
        except NotFound as error:
            raise PageNotFound(str(error)) from error
        except MwsvmError as error:
            self.errors = error.messages
            return self.index()
        return self.go_to(
            self.url("@@mws-plugins"),
            _("Plugin ${id} was deleted.", mapping={"id": id}),
        )
