"""Plug-ins are created, modified and deleted (guide 4.15, 6.5)."""

from collective.mwsvm.models import dates
from collective.mwsvm.models.document import writable
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.plugin_states import ACTIVE
from collective.mwsvm.models.plugin_states import PluginState
from collective.mwsvm.models.plugins import Plugin
from collective.mwsvm.models.plugins import POLL_INTERVAL
from collective.mwsvm.plugin_control.catalogue import PluginType
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.context import Context
from collective.mwsvm.plugin_control.datastore import Datastore
from collective.mwsvm.plugin_control.errors import HostError
from collective.mwsvm.plugin_control.lifecycle import LifeCycle
from collective.mwsvm.plugin_control.plugins import plan_poll
from collective.mwsvm.plugin_control.plugins import told
from collective.mwsvm.plugin_control.services import SiteServices
from typing import Any
import secrets


Json = dict[str, Any]


class Instances:
    """Creates, modifies and deletes plug-ins. Each step is a transaction of its own."""

    def __init__(
        self, context: Context, services: SiteServices, life: LifeCycle
    ) -> None:
        self._context = context
        self._services = services
        self._life = life

    def get(self, id: str) -> Json:
        """The plug-in. Raises `NotFound`."""
        with self._context.database.reading() as connection:
            return self._context.plugins(connection).get(id)

    def all(self, plugin_type: str | None = None) -> list[Json]:
        """All plug-ins, or those of a type, the most authoritative first."""
        with self._context.database.reading() as connection:
            return self._context.plugins(connection).all(plugin_type)

    def create(self, given: Json, actor: Actor) -> Json:
        """A new plug-in, started if it starts by itself.

        Raises `Invalid` with all that is wrong with it, and `Conflict`; nothing is
        created then. One that can't be started is created, and errored.
        """
        names = writable(Plugin, creation=True)
        given = {name: value for name, value in given.items() if name in names}
        plugin_type = self._type(given)
        plugin = self._prepared(given, plugin_type)
        with self._context.database.reading() as connection:
            self._check_free(connection, plugin)
        self._check(plugin, plugin_type)
        with self._context.changing(actor) as change:
            plugins = self._context.plugins(change.connection)
            plugin["precedence"] = plugin["precedence"] or plugins.next_precedence()
            plugins.check_precedence(plugin)
            plugins.insert(plugin)
            change.tell("create", plugin["id"])
        if plugin["autoStart"]:
            self._life.try_start(plugin["id"], actor)
        return self.get(plugin["id"])

    def modify(self, id: str, given: Json, actor: Actor) -> list[str]:
        """Change fields of the plug-in, also its state; what was done, in sentences.

        Raises `NotFound`, and `Invalid` and `Conflict` as `create` does.
        """
        old = self.get(id)
        names = writable(Plugin, creation=False)
        changes = {name: value for name, value in given.items() if name in names}
        if not changes:
            raise Invalid(
                f"There is nothing to modify: the fields that can be are {_list(names)}"
            )
        new = {**old, **Plugin.check({**old, **changes}).wire()}
        wanted = new["state"]
        new["state"] = old["state"]
        self._life.check_move(old, wanted)
        changed = [name for name in changes if new[name] != old[name]]
        if changed:
            self._check(new, self._life.type_of(new), configure="config" in changed)
            self._keep(old, new, actor)
        said = [f"Plugin {id} updated"]
        if "state" in changes:
            said += self._life.to_state(id, wanted, actor)
        return said

    def set_config(self, id: str, config: Json, actor: Actor) -> None:
        """Give the plug-in another configuration, unverified (guide 6.2.10).

        Raises `NotFound`, and `Invalid` for what is no map.
        """
        if not isinstance(config, dict):
            raise Invalid(f"The configuration must be a map, not {config!r:.80}")
        with self._context.changing(actor) as change:
            plugins = self._context.plugins(change.connection)
            plugin = plugins.get(id, lock=True)
            plugin["config"] = config
            plugin["lastUpdated"] = dates.mws(self._context.clock())
            plugins.replace(plugin)
            change.tell("modify", id)

    def delete(self, id: str, actor: Actor) -> None:
        """Stop the plug-in and remove it, with all that it has kept and reported.

        Raises `NotFound`, and `Conflict` when it refuses to be stopped.
        """
        if self.get(id)["state"] in ACTIVE:
            try:
                self._life.stop(id, actor)
            except Conflict as error:
                raise Conflict(
                    f"Plugin {id} could not be deleted", *error.messages
                ) from error
        with self._context.changing(actor) as change:
            plugins = self._context.plugins(change.connection)
            plugins.get(id, lock=True)
            # First of all: the inventory does not count it any more.
            plugins.remove(id)
            self._context.inventory(change.connection).forget(id)
            Datastore(change.connection, id).forget()
            change.tell("delete", id)

    def configure(self, id: str) -> None:
        """Check the configuration as it is now. Raises `Invalid`, `NotFound`."""
        plugin = self.get(id)
        self._check(plugin, self._life.type_of(plugin))

    def check(self, plugin: Json, plugin_type: PluginType, configure: bool) -> Json:
        """What a host says of the configuration; ``messages`` are what is wrong."""
        try:
            found: Json = self._context.ask(
                plugin_type,
                {"op": "check", "plugin": told(plugin), "configure": configure},
                self._services,
                self._context.settings.call_deadline,
            )
        except HostError as error:
            return {"messages": [error.sentence]}
        return found

    def _type(self, given: Json) -> PluginType:
        name = given.get("pluginType")
        if not isinstance(name, str) or not name:
            # With the other faults, if there are any.
            Plugin.check({**given, "pluginType": name})
            raise Invalid("The field 'pluginType' is required")
        try:
            return self._context.catalogue.get(name)
        except NotFound:
            known = [plugin_type.id for plugin_type in self._context.catalogue.all()]
            raise Invalid(
                f"The field 'pluginType' can't be '{name[:80]}': there is no such plugin "
                f"type; there are {_list(known)}"
            ) from None

    def _prepared(self, given: Json, plugin_type: PluginType) -> Json:
        settings, name = self._context.settings, plugin_type.id
        usual = plugin_type.description["pollInterval"].get("default") or POLL_INTERVAL
        defaults = {
            "pollInterval": settings.default(name, "pollInterval", usual),
            "autoStart": settings.default(name, "autoStart", True),
        }
        present = {field: value for field, value in given.items() if value is not None}
        plugin = Plugin.check({**defaults, **present}).wire()
        started = plugin["state"] == PluginState.STARTED
        if plugin["state"] not in (PluginState.STOPPED, PluginState.STARTED):
            raise Invalid(
                f"The field 'state' can't be '{plugin['state']}': a new plugin is "
                "STOPPED or STARTED"
            )
        now = dates.mws(self._context.clock())
        return {
            **plugin,
            "autoStart": plugin["autoStart"] or started,
            "config": {**settings.default_config(name), **plugin["config"]},
            "state": PluginState.STOPPED.value,
            "dateCreated": now,
            "lastUpdated": now,
            "nextPoll": None,
            "pollingUntil": None,
            # Not one of an earlier plug-in of this id, whose object hosts may have.
            "revision": secrets.randbits(48),
            "package": plugin_type.digest,
        }

    def _check_free(self, connection: Any, plugin: Json) -> None:
        plugins = self._context.plugins(connection)
        try:
            plugins.get(plugin["id"])
        except NotFound:
            if plugin["precedence"] is not None:
                plugins.check_precedence(plugin)
            return
        raise Conflict(
            f"There is a plugin '{plugin['id']}' already", "Please choose another id"
        )

    def _check(
        self, plugin: Json, plugin_type: PluginType, configure: bool = True
    ) -> None:
        # The configuration gets its defaults, and values of the right types.
        found = self.check(plugin, plugin_type, configure)
        if found["messages"]:
            raise Invalid(*found["messages"])
        plugin["config"] = found["config"]
        plugin["pollInterval"] = found["pollInterval"] or plugin["pollInterval"]

    def _keep(self, old: Json, new: Json, actor: Actor) -> None:
        with self._context.changing(actor) as change:
            plugins = self._context.plugins(change.connection)
            present = plugins.get(old["id"], lock=True)
            if present["revision"] != old["revision"]:
                raise Conflict(
                    f"The plugin '{old['id']}' was changed in between",
                    "Please try it again",
                )
            if new["precedence"] != old["precedence"]:
                new["precedence"] = new["precedence"] or plugins.next_precedence()
                plugins.check_precedence(new)
            for name in ("pollInterval", "autoStart", "config", "precedence"):
                present[name] = new[name]
            present["revision"] += 1
            present["lastUpdated"] = dates.mws(self._context.clock())
            if present["nextPoll"] is not None:
                due = self._context.clock() + new["pollInterval"]
                plan_poll(present, min(due, present["nextPoll"]))
            plugins.replace(present)
            if new["precedence"] != old["precedence"]:
                self._context.inventory(change.connection).reconsolidate()
            change.tell("modify", old["id"])


def _list(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"
