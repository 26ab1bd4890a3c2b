"""Plug-ins are started, paused, resumed and stopped; and fail (guide 6.1.2, 6.5.6)."""

from collections.abc import Callable
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.plugin_states import ACTIVE
from collective.mwsvm.models.plugin_states import move
from collective.mwsvm.models.plugin_states import MOVES
from collective.mwsvm.models.plugin_states import PluginState
from collective.mwsvm.plugin_control.catalogue import PluginType
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.context import Context
from collective.mwsvm.plugin_control.errors import HostError
from collective.mwsvm.plugin_control.errors import PluginFailed
from collective.mwsvm.plugin_control.plugins import plan_poll
from collective.mwsvm.plugin_control.plugins import told
from collective.mwsvm.plugin_control.services import SiteServices
from typing import Any
import logging


Json = dict[str, Any]

#: Sends a request to the host that is just being talked with.
Ask = Callable[[Json], Any]

logger = logging.getLogger(__name__)

_SAID = {
    "start": "Started",
    "pause": "Paused",
    "resume": "Resumed",
    "stop": "Stopped",
    "clear": "Cleared the error of",
}


class LifeCycle:
    """Moves plug-ins from state to state, with the events that belong to it.

    ``ask`` is for plug-ins that move themselves: their events reach the very object.
    """

    def __init__(self, context: Context, services: SiteServices) -> None:
        self._context = context
        self._services = services

    def type_of(self, plugin: Json) -> PluginType:
        """The type that the plug-in is made from. Raises `Invalid` when it is gone."""
        try:
            return self._context.catalogue.get(plugin["pluginType"], plugin["package"])
        except NotFound:
            raise Invalid(
                f"The plugin type '{plugin['pluginType']}' of the plugin "
                f"'{plugin['id']}' is not installed any more"
            ) from None

    def check_move(self, plugin: Json, wanted: str) -> None:
        """Raises `Conflict` when the plug-in can't get to the state from where it is."""
        try:
            move(plugin["state"], wanted)
        except LookupError:
            raise _refusal(plugin, f"become {wanted}") from None

    def to_state(self, id: str, wanted: str, actor: Actor) -> list[str]:
        """Bring the plug-in into a state; what was done, in sentences."""
        plugin = self._get(id)
        self.check_move(plugin, wanted)
        name = move(plugin["state"], wanted)
        if name is None:
            return []
        self.act(name, id, actor)
        return [f"{_SAID[name]} Plugin '{id}'"]

    def act(self, name: str, id: str, actor: Actor) -> None:
        """Make a move by its name: start, stop, pause, resume or clear."""
        {
            "start": self.start,
            "stop": self.stop,
            "clear": self.stop,
            "pause": self.pause,
            "resume": self.resume,
        }[name](id, actor)

    def start(self, id: str, actor: Actor, ask: Ask | None = None) -> None:
        """Configure and start the plug-in; nothing when it is started.

        Raises `Invalid` when it can't be started: it is errored then.
        """
        plugin = self._get(id)
        if plugin["state"] == PluginState.STARTED:
            return
        if plugin["state"] == PluginState.PAUSED:
            self.resume(id, actor)
            return
        try:
            plugin_type = self.type_of(plugin)
            # A new revision: the plug-in begins as a new object, which is configured.
            plugin = self._renew(plugin)
            self._check(plugin, plugin_type)
            self._event(plugin, "beforeStart", ask)
            plugin = self._moved(plugin, "start", actor)
            self._event(plugin, "afterStart", ask)
        except (HostError, Invalid) as error:
            sentence = error.sentence if isinstance(error, HostError) else str(error)
            self.fail(plugin, sentence, actor)
            said = error.messages if isinstance(error, Invalid) else [sentence]
            raise Invalid(f"Plugin '{id}' could not be started", *said) from error

    def try_start(self, id: str, actor: Actor) -> bool:
        """Start the plug-in; whether it could. One that can't is errored.

        One that was changed or deleted meanwhile is left to whoever did that.
        """
        try:
            self.start(id, actor)
        except MwsvmError as error:
            logger.warning("plug-in %s: %s", id, error)
            return False
        return True

    def stop(self, id: str, actor: Actor, ask: Ask | None = None) -> None:
        """Stop the plug-in, or clear its error; nothing when it is stopped.

        Raises `Conflict` when its ``beforeStop`` raises a PluginStopException; any other
        error of its is logged, and does not keep it.
        """
        plugin = self._get(id)
        if plugin["state"] == PluginState.STOPPED:
            return
        if plugin["state"] == PluginState.ERRORED:
            # Nobody is told of errors that are cleared (guide 6.2.12).
            self._moved(plugin, "clear", actor)
            return
        try:
            self._event(plugin, "beforeStop", ask)
        except PluginFailed as error:
            if error.type == "PluginStopException":
                raise Conflict(
                    f"Plugin '{id}' could not be stopped", error.sentence
                ) from error
            logger.warning("plug-in %s: beforeStop: %s", id, error.sentence)
        except (HostError, Invalid) as error:
            logger.warning("plug-in %s: beforeStop: %s", id, error)
        plugin = self._moved(plugin, "stop", actor)
        try:
            self._event(plugin, "afterStop", ask)
        except (HostError, Invalid) as error:
            logger.warning("plug-in %s: afterStop: %s", id, error)

    def pause(self, id: str, actor: Actor) -> None:
        """It receives no events until it is resumed, and is not told of that."""
        self._moved(self._get(id), "pause", actor)

    def resume(self, id: str, actor: Actor) -> None:
        """It receives events again."""
        self._moved(self._get(id), "resume", actor)

    def fail(self, plugin: Json, sentence: str, actor: Actor) -> None:
        """Something of the plug-in's own has failed: it is errored and left alone.

        Nothing happens when it was changed, stopped or deleted meanwhile.
        """
        with self._context.changing(actor) as change:
            plugins = self._context.plugins(change.connection)
            try:
                present = plugins.get(plugin["id"], lock=True)
            except NotFound:
                return
            logger.error("plug-in %s: %s", plugin["id"], sentence)
            stopped = present["state"] == PluginState.STOPPED
            if present["revision"] != plugin["revision"] or (
                stopped and plugin["state"] in ACTIVE
            ):
                return
            present["state"] = PluginState.ERRORED.value
            present["substate"] = sentence
            plan_poll(present, None)
            plugins.replace(present)
            change.tell("error", plugin["id"], sentence)

    def _get(self, id: str) -> Json:
        with self._context.database.reading() as connection:
            return self._context.plugins(connection).get(id)

    def _renew(self, plugin: Json) -> Json:
        with self._context.database.transaction() as connection:
            plugins = self._context.plugins(connection)
            present = plugins.get(plugin["id"], lock=True)
            self.check_move(present, PluginState.STARTED)
            present["revision"] += 1
            plugins.replace(present)
        return present

    def _check(self, plugin: Json, plugin_type: PluginType) -> None:
        request = {"op": "check", "plugin": told(plugin), "configure": False}
        found = self._context.ask(
            plugin_type,
            request,
            self._services,
            self._context.settings.call_deadline,
        )
        if found["messages"]:
            raise Invalid(*found["messages"])

    def _event(self, plugin: Json, name: str, ask: Ask | None) -> None:
        request = {
            "op": "invoke",
            "plugin": told(plugin),
            "method": name,
            "arguments": [],
        }
        if ask is not None:
            ask(request)
            return
        seconds = self._context.settings.call_deadline
        self._context.ask(self.type_of(plugin), request, self._services, seconds)

    def _moved(self, plugin: Json, name: str, actor: Actor) -> Json:
        states, target = MOVES[name]
        polls = self.type_of(plugin).polls if target in ACTIVE else False
        with self._context.changing(actor) as change:
            plugins = self._context.plugins(change.connection)
            present = plugins.get(plugin["id"], lock=True)
            if present["state"] == target:
                return present
            if present["state"] not in states:
                raise _refusal(present, f"be {_SAID[name].split()[0].lower()}")
            if name == "start" and present["revision"] != plugin["revision"]:
                raise Conflict(
                    f"The plugin '{plugin['id']}' was changed in between",
                    "Please try it again",
                )
            present["state"] = target.value
            present["substate"] = None
            running = polls and target == PluginState.STARTED
            plan_poll(present, self._context.clock() if running else None)
            plugins.replace(present)
            change.tell(name, plugin["id"])
        return present


def _refusal(plugin: Json, what: str) -> Conflict:
    known = [
        name
        for name, (states, _) in MOVES.items()
        if plugin["state"] in states and name != "fail"
    ]
    return Conflict(
        f"The plugin '{plugin['id']}' is {plugin['state']} and can't {what}; what can "
        f"be done is {', '.join(known)}"
    )
