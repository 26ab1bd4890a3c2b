"""The forms that create and modify plug-ins; a type's constraints make their fields."""

from collections.abc import Mapping
from collective.mwsvm import _
from collective.mwsvm.browser.plugins.page import actor
from collective.mwsvm.browser.plugins.page import Json
from collective.mwsvm.browser.plugins.page import Page
from collective.mwsvm.browser.plugins.parameters import Configuration
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.plugin_states import PluginState
from collective.mwsvm.models.plugins import POLL_INTERVAL
from collective.mwsvm.plugin_control.catalogue import PluginType
from itertools import count
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from typing import Any
from zExceptions import NotFound as PageNotFound


class PluginForm(Page):
    """The fields of a plug-in; what is wrong is said, and what was typed stays."""

    index: ViewPageTemplateFile

    section = "@@mws-plugins"
    is_new = False

    type: PluginType
    #: The fields beside the configuration as texts; ``autoStart`` is empty for no.
    values: Json
    configuration: Configuration
    errors: list[str]

    def before(self) -> Json:
        """The fields as the form has them first, ``config`` among them."""
        raise NotImplementedError

    def save(self, given: Json) -> str:
        """Do it; the page that follows."""
        raise NotImplementedError

    def form(self) -> str:
        """The form, or the page that follows it."""
        self.errors = []
        values = self.before()
        parameters = self.type.description["parameters"]
        is_posted = self.is_posted()
        form = self.request.form if is_posted else None
        self.configuration = Configuration(parameters, values.pop("config"), form)
        self.values = self.typed() if is_posted else values
        if is_posted:
            try:
                return self.save(self.given())
            except NotFound as error:
                raise PageNotFound(str(error)) from error
            except MwsvmError as error:
                self.errors = error.messages
        return self.index()

    def typed(self) -> Json:
        names = ("id", "pollInterval", "autoStart", "precedence")
        return {name: self.text(name).strip() for name in names}

    def given(self) -> Json:
        """What is to be saved. Raises `Invalid`."""
        given: Json = {
            "autoStart": bool(self.values["autoStart"]),
            "precedence": self.values["precedence"] or None,
            "config": self.configuration.config(),
        }
        if self.type.polls and self.values["pollInterval"]:
            given["pollInterval"] = self.values["pollInterval"]
        return given

    def fields(self) -> dict[str, list[Any]]:
        """The parameters: those that are shown at once, and those that can be added."""
        found = self.configuration.fields(self.errors)
        return {
            "shown": [field for field in found if field.is_shown],
            "optional": [field for field in found if not field.is_shown],
        }

    def errors_of(self, name: str) -> list[str]:
        """What is wrong with a field beside the configuration."""
        marks = [f"field '{name}'"]
        if name == "pollInterval":
            # The type's constraints call it so.
            marks.append("'pollInterval' configuration")
        return [e for e in self.errors if any(mark in e for mark in marks)]

    def bounds(self) -> str:
        """What the poll interval may be, beside 1 and more; in seconds."""
        interval = self.type.description["pollInterval"]
        least, most = interval.get("min"), interval.get("max")
        if least is not None and most is not None:
            return f"{least}\N{EN DASH}{most}"
        if least is not None:
            return f"\N{GREATER-THAN OR EQUAL TO} {least}"
        return f"\N{LESS-THAN OR EQUAL TO} {most}" if most is not None else ""


class AddForm(PluginForm):
    """First the type is chosen; then the fields are those of that type."""

    title = _("Add a plugin")
    button = _("Add the plugin")
    is_new = True

    choose = ViewPageTemplateFile("templates/choose.pt")

    def __call__(self) -> str:
        if not self.text("type"):
            return self.choose()
        self.type = self.asked_type("type")
        return self.form()

    def types(self) -> list[PluginType]:
        return self.control.types.all()

    def target(self) -> str:
        return self.url("@@mws-plugin-add", type=self.type.id)

    def cancel_url(self) -> str:
        return self.url("@@mws-plugins")

    def before(self) -> Json:
        """The defaults: of the server's configuration, and of the type (guide 6.5.7)."""
        settings = self.control.context.settings
        name, description = self.type.id, self.type.description
        interval = description["pollInterval"].get("default") or POLL_INTERVAL
        defaults = {
            parameter["name"]: parameter["default"]
            for parameter in description["parameters"]
            if parameter["default"] is not None
        }
        return {
            "id": self._free_id(),
            "pollInterval": str(settings.default(name, "pollInterval", interval)),
            "autoStart": "1" if settings.default(name, "autoStart", True) else "",
            "precedence": "",
            "config": {**defaults, **settings.default_config(name)},
        }

    def _free_id(self) -> str:
        taken = {plugin["id"].lower() for plugin in self.control.instances.all()}
        stem = self.type.id.lower()
        return next(id for n in count(1) if (id := f"{stem}{n}") not in taken)

    def save(self, given: Json) -> str:
        plugin = self.control.instances.create(
            {**given, "id": self.values["id"], "pluginType": self.type.id}, actor()
        )
        kind, message = _created(plugin)
        return self.go_to(self.plugin_url(plugin["id"]), message, kind)


class EditForm(PluginForm):
    """A plug-in that there is."""

    title = _("Edit a plugin")
    button = _("Save")

    missing = ViewPageTemplateFile("templates/type_missing.pt")

    plugin: Json

    def __call__(self) -> str:
        self.plugin = self.asked_plugin()
        found = self.type_of(self.plugin)
        if found is None:
            return self.missing()
        self.type = found
        return self.form()

    def target(self) -> str:
        return self.url("@@mws-plugin-edit", id=self.plugin["id"])

    def cancel_url(self) -> str:
        return self.plugin_url(self.plugin["id"])

    def before(self) -> Json:
        plugin = self.plugin
        return {
            "id": plugin["id"],
            "pollInterval": str(plugin["pollInterval"]),
            "autoStart": "1" if plugin["autoStart"] else "",
            "precedence": str(plugin["precedence"] or ""),
            "config": plugin["config"],
        }

    def typed(self) -> Json:
        return {**super().typed(), "id": self.plugin["id"]}

    def save(self, given: Json) -> str:
        id = self.plugin["id"]
        self.control.instances.modify(id, given, actor())
        return self.go_to(self.plugin_url(id), _("The changes were saved."))


def _created(plugin: Mapping[str, Any]) -> tuple[str, str]:
    id, reason = plugin["id"], plugin["substate"] or ""
    if plugin["state"] == PluginState.ERRORED:
        message = _(
            "Plugin ${id} was added, but could not be started: ${reason}",
            mapping={"id": id, "reason": reason},
        )
        return "error", message
    return "info", _("Plugin ${id} was added.", mapping={"id": id})
