"""The requests of the host protocol that are about one plug-in."""

from collective.mwsvm.plugins.constants import PluginConstants
from collective.mwsvm.plugins.events import call_event
from collective.mwsvm.plugins.events import event_method
from collective.mwsvm.plugins.exceptions import InvalidPluginConfigurationException
from collective.mwsvm.plugins.exceptions import InvalidPluginException
from collective.mwsvm.plugins.exceptions import PluginException
from collective.mwsvm.plugins.exceptions import WebServiceException
from collective.mwsvm.plugins.injection import Container
from collective.mwsvm.plugins.objects import Objects
from collective.mwsvm.plugins.params import Params
from collective.mwsvm.plugins.plain import plain
from collective.mwsvm.plugins.web_services import web_service_method
from typing import Any


Json = dict[str, Any]


class Requests:
    """Checks, events and web services of the plug-ins that a container makes."""

    def __init__(self, container: Container, objects: Objects) -> None:
        self._container = container
        self._objects = objects

    def answer(self, request: Json) -> Any:
        """The result of a request, a JSON value; raises what the site is to know."""
        operation = request.get("op")
        plugin = request.get("plugin")
        if not isinstance(plugin, dict):
            raise InvalidPluginException(f"The request {operation!r} needs a plug-in")
        if operation == "check":
            return self._check(plugin, bool(request.get("configure")))
        if operation == "invoke":
            return self._invoke(plugin, request)
        if operation == "service":
            return self._service(plugin, request)
        raise PluginException(f"There is no request {operation!r}")

    def _check(self, info: Json, configure: bool) -> Json:
        found = self._container.type_of(str(info.get("pluginType")))
        plugin = self._objects.make(info)
        about = (
            plugin,
            found.messages,
            found.class_name,
            self._container.validator_context(),
        )
        config, messages = found.constraints.check(info.get("config") or {}, *about)
        interval, wrong = found.constraints.check_poll_interval(
            info.get("pollInterval"), *about
        )
        messages = [*messages, *wrong]
        event = event_method(plugin, "configure") if configure else None
        if event is not None and not messages:
            try:
                event()
            except InvalidPluginConfigurationException as error:
                messages = error.messages or ["The configuration is invalid"]
        return {
            "messages": messages,
            "config": plain(config, "The configuration"),
            "pollInterval": interval,
        }

    def _invoke(self, info: Json, request: Json) -> Any:
        event = str(request.get("method"))
        plugin, new = self._objects.get(info)
        if new and event == "configure":
            return None
        result = call_event(
            plugin, str(info.get("pluginType")), event, request.get("arguments") or []
        )
        return plain(result, f"The result of {event}")

    def _service(self, info: Json, request: Json) -> Any:
        found = self._container.type_of(str(info.get("pluginType")))
        name = str(request.get("name"))
        method = web_service_method(found.cls, name)
        if method is None:
            raise WebServiceException(
                f"Plug-ins of the type {found.id} have no web service {name!r}", 404
            )
        params = Params(request.get("params") or {})
        params[PluginConstants.WEB_SERVICES_METHOD] = request.get("method")
        plugin, _ = self._objects.get(info)
        result = getattr(plugin, method)(params)
        sent = plain(result, f"The result of the web service {name}")
        if not isinstance(sent, list | dict):
            raise WebServiceException(
                f"The web service {name} must return a list or a map, "
                f"not {type(result).__name__}"
            )
        return sent
