"""Makes plug-ins for tests."""

from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.plugins.bundled import bundled_services
from collective.mwsvm.plugins.config_object import ConfigObject
from collective.mwsvm.plugins.describing import describe
from collective.mwsvm.plugins.exceptions import InvalidPluginConfigurationException
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from collective.mwsvm.plugins.injection import Container
from collective.mwsvm.plugins.loading import Library
from collective.mwsvm.plugins.logs import plugin_logger
from collective.mwsvm.plugins.objects import Objects
from collective.mwsvm.plugins.plain import plain
from collective.mwsvm.plugins.plugin_requests import Requests
from collective.mwsvm.plugins.states import PluginState
from collective.mwsvm.plugins.states import Suite
from collective.mwsvm.plugins.testing.logs import Logged
from collective.mwsvm.plugins.testing.logs import LogKeeper
from collective.mwsvm.plugins.testing.rest import Answers
from collective.mwsvm.plugins.testing.site import MemorySite
from collective.mwsvm.plugins.testing.under_test import PluginUnderTest
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any


Json = dict[str, Any]

#: Seconds between two polls where neither the plug-in nor its type says so.
_INTERVAL = 30


@dataclass(frozen=True)
class _Room:
    """What a host process has for the types of one library."""

    container: Container
    objects: Objects
    requests: Requests


class PluginTester:
    """Makes plug-ins whose site is in memory.

    ``app_config`` is what they see of the configuration of MWS, ``suite`` is CLOUD or HPC,
    ``certificates`` the directory of relative names of certificates. A tester listens to
    the loggers of plug-ins until it is closed; it is a context manager.
    """

    def __init__(
        self,
        app_config: Mapping[str, Any] | None = None,
        suite: Suite | str = Suite.CLOUD,
        certificates: str | Path = ".",
    ) -> None:
        self.app_config = ConfigObject(app_config)
        self.suite = Suite.parse(str(suite))
        self._site = MemorySite(self._made)
        self._services = bundled_services(
            self._site, lambda: self._site.at_work[-1], certificates
        )
        self._rooms: dict[str, _Room] = {}
        self._log = LogKeeper()
        self._log.open()

    def __enter__(self) -> "PluginTester":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Listen to loggers no longer."""
        self._log.close()

    @property
    def plugins(self) -> Mapping[str, PluginUnderTest]:
        """All plug-ins by their ids, also those that plug-ins have created."""
        return self._site.plugins

    @property
    def rest(self) -> Answers:
        """What moabRestService answers, and what it was asked."""
        return self._site.answers

    @property
    def events(self) -> list[Json]:
        """What was reported with pluginEventService, as events of the site."""
        return self._site.events

    @property
    def log(self) -> list[Logged]:
        """What plug-ins, translators and components have logged."""
        return self._log.records

    def load(self, library: Library) -> list[str]:
        """Take all types of a library, such as ``Library.module(path)``; their ids."""
        container = Container(
            library, self._services, self.app_config, self.suite, plugin_logger
        )
        objects = Objects(container, self._site)
        room = _Room(container, objects, Requests(container, objects))
        self._rooms |= dict.fromkeys(library.types, room)
        return sorted(library.types)

    def describe(self, plugin_type: type | str) -> Json:
        """What pages and the REST API tell of a type: events, parameters, metadata, ...

        Raises InvalidPluginTypeException for a class that can't be one.
        """
        id = self._type(plugin_type)
        container = self._rooms[id].container
        described = describe(container.library, self.app_config, self.suite)
        return next(found for found in described["types"] if found["id"] == id)

    def check(
        self,
        plugin_type: type | str,
        config: Mapping[str, Any] | None = None,
        pollInterval: int | None = None,
    ) -> list[str]:
        """What is wrong with a configuration: constraints, and then ``configure``."""
        info = self._info("plugin", self._type(plugin_type), config or {})
        info["pollInterval"] = pollInterval
        return list(self._checked(info)["messages"])

    def create(
        self,
        plugin_type: type | str,
        id: str = "plugin1",
        config: Mapping[str, Any] | None = None,
        pollInterval: int | None = None,
        autoStart: bool = True,
        precedence: int | None = None,
    ) -> PluginUnderTest:
        """A plug-in of a class, or of a type that is loaded; started if ``autoStart``.

        Raises InvalidPluginConfigurationException with all that is wrong,
        InvalidPluginTypeException for a class that can't be a type, and what the plug-in
        raises when it is started.
        """
        properties = {
            "config": config or {},
            "pollInterval": pollInterval,
            "autoStart": autoStart,
            "precedence": precedence,
        }
        plugin = self._made(id, self._type(plugin_type), properties)
        if autoStart:
            plugin.start()
        return plugin

    def _type(self, plugin_type: type | str) -> str:
        if isinstance(plugin_type, type):
            (id,) = Library.of(plugin_type).types
            room = self._rooms.get(id)
            if room is None or room.container.type_of(id).cls is not plugin_type:
                self.load(Library.of(plugin_type))
            return id
        if plugin_type not in self._rooms:
            raise InvalidPluginTypeException(
                f"There is no plug-in type {plugin_type!r}; there are "
                f"{', '.join(sorted(self._rooms)) or 'none'}"
            )
        return plugin_type

    def _made(
        self, id: str, plugin_type: str, properties: Mapping[str, Any]
    ) -> PluginUnderTest:
        if id in self.plugins:
            raise InvalidPluginConfigurationException(
                f"There is a plugin '{id}' already"
            )
        info = self._info(id, self._type(plugin_type), properties.get("config") or {})
        info["pollInterval"] = properties.get("pollInterval")
        info["autoStart"] = properties.get("autoStart", True)
        info["precedence"] = properties.get("precedence") or len(self.plugins) + 1
        found = self._checked(info)
        if found["messages"]:
            raise InvalidPluginConfigurationException(found["messages"])
        info["config"] = found["config"]
        info["pollInterval"] = found["pollInterval"] or _INTERVAL
        plugin = PluginUnderTest(info, self._ask, self._work)
        self._site.plugins[id] = plugin
        return plugin

    def _info(self, id: str, plugin_type: str, config: Mapping[str, Any]) -> Json:
        return {
            "id": id,
            "pluginType": plugin_type,
            "state": PluginState.STOPPED.value,
            "substate": None,
            "pollInterval": None,
            "autoStart": True,
            "precedence": None,
            "config": plain(config, "The configuration"),
            "revision": 1,
        }

    def _checked(self, info: Json) -> Json:
        found: Json = self._ask({"op": "check", "plugin": info, "configure": True})
        return found

    def _ask(self, request: Json) -> Any:
        plugin = request["plugin"]
        with self._named(plugin):
            return self._rooms[plugin["pluginType"]].requests.answer(request)

    @contextmanager
    def _work(self, info: Json) -> Iterator[Any]:
        with self._named(info):
            yield self._rooms[info["pluginType"]].objects.get(info)[0]

    @contextmanager
    def _named(self, info: Json) -> Iterator[None]:
        """Services are called in this plug-in's name."""
        self._site.at_work.append(info)
        try:
            yield
        finally:
            self._site.at_work.pop()
