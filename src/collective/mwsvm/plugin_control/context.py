"""What all parts of the control of plug-ins share: the site's database, hosts, events."""

from collections.abc import Callable
from collections.abc import Iterator
from collective.mwsvm.database.engine import Database
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.inventory import Inventory
from collective.mwsvm.models import dates
from collective.mwsvm.plugin_control.catalogue import Catalogue
from collective.mwsvm.plugin_control.catalogue import PluginType
from collective.mwsvm.plugin_control.hosts import Hosts
from collective.mwsvm.plugin_control.hosts import HostSettings
from collective.mwsvm.plugin_control.hosts import Services
from collective.mwsvm.plugin_control.hosts import Source
from collective.mwsvm.plugin_control.plugins import Plugins
from collective.mwsvm.plugin_control.settings import PluginSettings
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from functools import cached_property
from sqlalchemy import Connection
from typing import Any
from typing import Protocol
import orjson


Json = dict[str, Any]

#: What hosts have said of code, for all sites of this process.
_descriptions: dict[HostSettings, dict[Source, Json]] = {}


@dataclass(frozen=True)
class Actor:
    """Who does something to plug-ins, and for whom."""

    name: str
    proxy_user: str | None = None


class Rest(Protocol):
    """Calls of the site's own REST API without a network (guide 6.2.11)."""

    def __call__(self, plugin: str, method: str, url: str, options: Json) -> Json:
        """``status``, ``headers``, ``contentType`` and ``data`` of the answer.

        ``plugin`` is the id of the plug-in that calls; ``options`` are ``data``,
        ``hooks``, ``contentType`` and ``params``.
        """


@dataclass
class Change:
    """A change under way: its connection, and the events that tell of it."""

    connection: Connection
    clock: Callable[[], float]
    actor: Actor
    events: list[Json] = field(default_factory=list)

    def tell(
        self, what: str, id: str, message: str | None = None, kind: str = "plugin"
    ) -> None:
        """Keep an event: what was done to which plug-in; ``message`` is of an error."""
        event: Json = {
            "eventTime": dates.mws(self.clock()),
            "eventType": f"{kind}{what}",
            "eventCategory": what,
            "sourceComponent": "MWS",
            "status": "success" if message is None else "failure",
            "facility": kind,
            "initiatedBy": {
                "user": self.actor.name,
                "proxyUser": self.actor.proxy_user,
            },
            "primaryObject": {"type": kind, "id": id, "serialization": None},
            "details": {},
        }
        if message is not None:
            event["errorMessage"] = {"message": message}
        self.events.append(event)


@dataclass(frozen=True)
class Context:
    """The site that the plug-ins belong to."""

    database: Database
    clock: Callable[[], float]
    new_id: Callable[[], str]
    settings: PluginSettings
    hosts: Hosts
    rest: Rest
    #: Writes events to events.log, when they are kept.
    log_events: Callable[[list[Json]], None]
    #: The versions of MWS and of its plug-in framework.
    versions: tuple[str, str]

    @cached_property
    def host_settings(self) -> HostSettings:
        """What hosts are told when they start."""
        mws, commons = self.versions
        return HostSettings(
            app_config=orjson.dumps(self.settings.app_config).decode(),
            suite=self.settings.suite,
            certificates=str(self.settings.certificates),
            memory=self.settings.memory * 1024 * 1024,
            versions=(("mws", mws), ("commons", commons)),
        )

    @cached_property
    def catalogue(self) -> Catalogue:
        """All plug-in types."""
        known = _descriptions.setdefault(self.host_settings, {})
        return Catalogue(self.database, self.settings, self._describe, known)

    def plugins(self, connection: Connection) -> Plugins:
        """The plug-ins, in the caller's transaction."""
        return Plugins(connection, self.new_id)

    def inventory(self, connection: Connection) -> Inventory:
        """What plug-ins have reported, in the caller's transaction."""
        return Inventory(
            connection,
            self.clock,
            self.new_id,
            lambda: self.plugins(connection).precedence(),
            self.settings.policy,
            self.settings.hypervisor_type,
        )

    @contextmanager
    def changing(self, actor: Actor) -> Iterator[Change]:
        """A transaction of its own; its events are kept in it, and logged after it."""
        with self.database.transaction() as connection:
            change = Change(connection, self.clock, actor)
            yield change
            EventStore(connection, self.clock).add(change.events)
        self.log_events(change.events)

    def ask(
        self, plugin_type: PluginType, request: Json, services: Services, seconds: float
    ) -> Any:
        """What a host of the type answers to a request. Raises `HostError`."""
        return self.hosts.ask(
            plugin_type.source, self.host_settings, request, services, seconds
        )

    def _describe(self, source: Source) -> Json:
        described: Json = self.hosts.ask(
            source,
            self.host_settings,
            {"op": "describe"},
            NO_SERVICES,
            self.settings.call_deadline,
        )
        return described


class _NoServices:
    """For code that is only looked at."""

    def call(self, *arguments: Any) -> Any:
        raise RuntimeError("there are no services while a plug-in type is looked at")

    def log(self, record: Json) -> None:
        pass


NO_SERVICES = _NoServices()
