"""The buttons that move plug-ins from state to state (guide 6.5.6)."""

from collective.mwsvm import _
from collective.mwsvm import site
from collective.mwsvm.browser.forms import ActionForm
from collective.mwsvm.browser.plugins.page import actor
from collective.mwsvm.browser.plugins.page import Json
from collective.mwsvm.browser.plugins.page import sentences
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.plugin_states import PluginState
from urllib.parse import urlencode


#: In the order of the guide.
_POSSIBLE = {
    PluginState.STARTED: ("stop", "pause", "poll"),
    PluginState.PAUSED: ("stop", "resume", "poll"),
    PluginState.STOPPED: ("start",),
    PluginState.ERRORED: ("clear", "start"),
}

#: What the button says, its colour, and what was done.
_BUTTONS = {
    "start": (_("Start"), "primary", _("Plugin ${id} was started.")),
    "stop": (_("Stop"), "secondary", _("Plugin ${id} was stopped.")),
    "pause": (_("Pause"), "secondary", _("Plugin ${id} was paused.")),
    "resume": (_("Resume"), "primary", _("Plugin ${id} was resumed.")),
    "poll": (_("Poll now"), "secondary", _("Plugin ${id} was polled.")),
    "clear": (
        _("Clear error"),
        "secondary",
        _("The error of plugin ${id} is cleared."),
    ),
}


def buttons(plugin: Json, polls: bool) -> list[Json]:
    """What can be done to the plug-in in its state; ``value`` is the button's."""
    found = []
    for name in _POSSIBLE[PluginState(plugin["state"])]:
        label, kind, _done = _BUTTONS[name]
        if polls or name != "poll":
            found.append(
                {"label": label, "kind": kind, "value": f"{name} {plugin['id']}"}
            )
    return found


class PluginAction(ActionForm):
    """The target of the buttons: ``action`` is what to do, and to which plug-in."""

    is_gone = False

    def act(self, action: str) -> str:
        name, _space, id = action.partition(" ")
        if name not in _BUTTONS:
            raise Invalid(
                f"There is no action {name[:80]!r}; there are {', '.join(_BUTTONS)}."
            )
        control = site.plugins()
        try:
            if name == "poll":
                control.polls.poll(id, actor())
            else:
                control.life.act(name, id, actor())
        except NotFound as error:
            self.is_gone = True
            raise NotFound(f"There is no plugin '{id[:80]}' any more.") from error
        except MwsvmError as error:
            raise type(error)(sentences(error.messages)) from error
        return _(_BUTTONS[name][2], mapping={"id": id})

    def target(self) -> str:
        """The plug-in's page if it was pressed there; otherwise the monitoring."""
        address = self.context.absolute_url()
        id = str(self.request.form.get("plugin", ""))
        if id and not self.is_gone:
            return f"{address}/@@mws-plugin?{urlencode({'id': id})}"
        return f"{address}/@@mws-plugin-monitoring"
