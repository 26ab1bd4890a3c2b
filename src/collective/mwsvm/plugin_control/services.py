"""The services that plug-ins are injected with, as far as the site performs them.

Plug-ins run in processes of their own; what they ask of the site arrives here, by the names
of the guide. Each call is a transaction of its own: what was asked for is done when the
answer leaves, whatever becomes of the plug-in after it.
"""

from collections.abc import Callable
from collective.mwsvm.inventory import Kind
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.context import Context
from collective.mwsvm.plugin_control.datastore import Datastore
from collective.mwsvm.plugin_control.plugins import told
from collective.mwsvm.plugins import exceptions
from collective.mwsvm.plugins.spelling import camel
from typing import Any
from typing import Protocol
import logging


Json = dict[str, Any]
Ask = Callable[[Json], Any]

#: The API versions that `isAPIVersionSupported` knows.
VERSIONS = (1, 2)

#: Which reports each of the RM services takes.
KINDS: dict[str, Kind] = {
    "nodeRMService": "node",
    "virtualMachineRMService": "vm",
    "jobRMService": "job",
}

_DATASTORE: dict[str, Callable[..., Any]] = {
    "exists": Datastore.exists,
    "getCollection": Datastore.get_collection,
    "getData": Datastore.get_data,
    "addData": Datastore.add_data,
    "updateData": Datastore.update_data,
    "removeData": Datastore.remove_data,
    "clearCollection": Datastore.clear_collection,
}

_LEVELS = {
    "TRACE": logging.DEBUG,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
    "CRITICAL": logging.CRITICAL,
}


class Operations(Protocol):
    """What plug-ins may do to plug-ins: the Plugin Control Service (guide 6.2.10)."""

    def get(self, id: str) -> Json: ...
    def all(self, plugin_type: str | None = None) -> list[Json]: ...
    def configure(self, id: str) -> None: ...
    def create(self, given: Json, actor: Actor) -> Json: ...
    def set_config(self, id: str, config: Json, actor: Actor) -> None: ...
    def start(self, id: str, actor: Actor, ask: Ask | None) -> None: ...
    def stop(self, id: str, actor: Actor, ask: Ask | None) -> None: ...


class SiteServices:
    """Performs the calls of plug-ins; `hosts.Services`."""

    operations: Operations

    def __init__(self, context: Context) -> None:
        self._context = context

    def call(
        self, plugin: str, service: str, method: str, arguments: list[Any], ask: Ask
    ) -> Any:
        """What the site answers to a plug-in.

        Raises `exceptions.PluginException` for what the plug-in is to know.
        """
        try:
            if service in KINDS:
                return self._reports(plugin, KINDS[service], method, arguments)
            return _SERVICES[service](self, plugin, method, arguments, ask)
        except exceptions.PluginException:
            raise
        except NotFound as error:
            raise exceptions.InvalidPluginException(str(error)) from error
        except MwsvmError as error:
            raise exceptions.PluginException(str(error)) from error

    def log(self, record: Json) -> None:
        """Write what a plug-in logs to the site's log."""
        logger = logging.getLogger(record["name"])
        level = _LEVELS.get(record["level"], logging.INFO)
        said = [record["message"], *filter(None, [record.get("traceback")])]
        logger.log(level, "[%s] %s", record.get("plugin") or "-", "\n".join(said))

    def _reports(
        self, plugin: str, kind: Kind, method: str, arguments: list[Any]
    ) -> list[Json] | None:
        if method == "list":
            with self._context.database.reading() as connection:
                return self._context.inventory(connection).list(plugin, kind)
        with self._context.database.transaction() as connection:
            # Deleted meanwhile: what it reports now would stay for ever.
            self._context.plugins(connection).get(plugin, lock=True)
            inventory = self._context.inventory(connection)
            if method == "save":
                inventory.save(plugin, kind, arguments[0])
            else:
                inventory.update(plugin, kind, arguments[0])
        return None

    def _datastore(
        self, plugin: str, method: str, arguments: list[Any], ask: Ask
    ) -> Any:
        with self._context.database.transaction() as connection:
            # As with reports.
            self._context.plugins(connection).get(plugin, lock=True)
            return _DATASTORE[method](Datastore(connection, plugin), *arguments)

    def _rest(self, plugin: str, method: str, arguments: list[Any], ask: Ask) -> Any:
        if method == "isAPIVersionSupported":
            return arguments[0] in VERSIONS
        verb, url, options = arguments
        return self._context.rest(plugin, verb, url, options)

    def _control(self, plugin: str, method: str, arguments: list[Any], ask: Ask) -> Any:
        return _CONTROL[method](self, plugin, ask, *arguments)

    def _event(self, plugin: str, method: str, arguments: list[Any], ask: Ask) -> None:
        (given,) = arguments
        data = {
            "sourceComponent": "MWS",
            "eventTime": dates.mws(self._context.clock()),
            **given,
        }
        answer = self._context.rest(plugin, "POST", "/rest/events", {"data": data})
        if answer["status"] >= 400:
            raise exceptions.PluginException(answer["data"]["messages"])

    def _own_config(
        self, plugin: str, method: str, arguments: list[Any], ask: Ask
    ) -> None:
        self.operations.set_config(plugin, arguments[0], _actor(plugin))

    # -- the Plugin Control Service

    def _get_by_id(self, plugin: str, ask: Ask, id: str) -> Json | None:
        try:
            return told(self.operations.get(id))
        except NotFound:
            return None

    def _get_all(
        self, plugin: str, ask: Ask, plugin_type: str, config: Json | None = None
    ) -> list[Json]:
        wanted = (config or {}).items()
        return [
            told(found)
            for found in self.operations.all(plugin_type)
            if all(found["config"].get(key, _NOWHERE) == value for key, value in wanted)
        ]

    def _get_first(
        self, plugin: str, ask: Ask, plugin_type: str, config: Json | None = None
    ) -> Json | None:
        return next(iter(self._get_all(plugin, ask, plugin_type, config)), None)

    def _configure(self, plugin: str, ask: Ask, id: str) -> None:
        try:
            self.operations.configure(id)
        except Invalid as error:
            raise exceptions.InvalidPluginConfigurationException(
                error.messages
            ) from error

    def _start(self, plugin: str, ask: Ask, id: str) -> None:
        start = self.operations.start
        self._moved(exceptions.PluginStartException, start, plugin, ask, id)

    def _stop(self, plugin: str, ask: Ask, id: str) -> None:
        stop = self.operations.stop
        self._moved(exceptions.PluginStopException, stop, plugin, ask, id)

    def _moved(
        self,
        refusal: type[exceptions.PluginException],
        change: Callable[[str, Actor, Ask | None], None],
        plugin: str,
        ask: Ask,
        id: str,
    ) -> None:
        try:
            change(id, _actor(plugin), ask if id == plugin else None)
        except (Invalid, Conflict) as error:
            raise refusal(error.messages) from error

    def _create(
        self,
        plugin: str,
        ask: Ask,
        id: str,
        plugin_type: str,
        properties: Json | None = None,
    ) -> bool:
        given = {camel(name): value for name, value in (properties or {}).items()}
        given |= {"id": id, "pluginType": plugin_type}
        try:
            self._context.catalogue.get(plugin_type)
        except NotFound:
            raise exceptions.InvalidPluginTypeException(
                f"There is no plugin type '{plugin_type}'"
            ) from None
        try:
            made = self.operations.create(given, _actor(plugin))
        except (Invalid, Conflict) as error:
            raise exceptions.InvalidPluginConfigurationException(
                error.messages
            ) from error
        if made["substate"]:
            raise exceptions.PluginStartException(made["substate"])
        return True


_NOWHERE = object()

_SERVICES = {
    "pluginDatastoreService": SiteServices._datastore,
    "moabRestService": SiteServices._rest,
    "pluginControlService": SiteServices._control,
    "pluginEventService": SiteServices._event,
    "plugin": SiteServices._own_config,
}

_CONTROL: dict[str, Callable[..., Any]] = {
    "getPluginById": SiteServices._get_by_id,
    "getPlugins": SiteServices._get_all,
    "getPlugin": SiteServices._get_first,
    "configure": SiteServices._configure,
    "start": SiteServices._start,
    "stop": SiteServices._stop,
    "createPlugin": SiteServices._create,
}


def _actor(plugin: str) -> Actor:
    return Actor(f"plugin {plugin}")
