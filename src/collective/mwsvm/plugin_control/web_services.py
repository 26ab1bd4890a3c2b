"""The web services that plug-in types offer (guide 4.15.5, 6.2.8)."""

from collections.abc import Mapping
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.plugin_control.context import Context
from collective.mwsvm.plugin_control.errors import HostError
from collective.mwsvm.plugin_control.errors import PluginFailed
from collective.mwsvm.plugin_control.lifecycle import LifeCycle
from collective.mwsvm.plugin_control.plugins import told
from collective.mwsvm.plugin_control.services import SiteServices
from dataclasses import dataclass
from typing import Any
import logging


Json = dict[str, Any]

logger = logging.getLogger(__name__)

#: What a client is told when a web service fails by itself (guide 6.2.8).
PROBLEM = "A problem occurred while processing the request"


class ServiceFailure(Exception):
    """A web service has refused or failed: what its client is told."""

    def __init__(self, messages: list[str], code: int) -> None:
        super().__init__(*messages)
        self.messages = messages
        self.code = code


@dataclass(frozen=True)
class WebService:
    """A web service of a plug-in."""

    plugin: Json
    name: str
    #: Only who may call it is let in; others are open to anybody.
    secured: bool


class WebServices:
    """Finds and calls web services. No transaction is open while one is at work."""

    def __init__(
        self, context: Context, services: SiteServices, life: LifeCycle
    ) -> None:
        self._context = context
        self._services = services
        self._life = life

    def grid(self) -> dict[str, dict[str, bool]]:
        """The services of each type, and whether each is secured."""
        return {
            plugin_type.id: {
                service["name"]: service["secured"]
                for service in plugin_type.description["webServices"]
            }
            for plugin_type in self._context.catalogue.all()
            if plugin_type.description["webServices"]
        }

    def find(self, id: str, name: str) -> WebService:
        """The web service of a plug-in, by either spelling of its name.

        Raises `NotFound`.
        """
        with self._context.database.reading() as connection:
            plugin = self._context.plugins(connection).get(id)
        service = self._life.type_of(plugin).service(name)
        if service is None:
            raise NotFound(
                f"The plugin '{id}' of the type {plugin['pluginType']} has no web service "
                f"'{name}'"
            )
        return WebService(plugin, service["name"], service["secured"])

    def call(self, service: WebService, params: Mapping[str, Any], method: str) -> Any:
        """What the web service answers. Raises `ServiceFailure`."""
        request = {
            "op": "service",
            "plugin": told(service.plugin),
            "name": service.name,
            "params": dict(params),
            "method": method,
        }
        try:
            return self._context.ask(
                self._life.type_of(service.plugin),
                request,
                self._services,
                self._context.settings.call_deadline,
            )
        except PluginFailed as error:
            if error.type == "WebServiceException":
                raise ServiceFailure(error.messages, error.code or 500) from error
            logger.error(
                "web service %s of plug-in %s: %s\n%s",
                service.name,
                service.plugin["id"],
                error.sentence,
                error.traceback,
            )
            said = [PROBLEM, *error.messages]
            raise ServiceFailure(said, 500) from error
        except HostError as error:
            raise ServiceFailure([PROBLEM, error.sentence], 500) from error
