"""``/rest/plugins`` (guide 4.15): the plug-ins, and what can be done with them."""

from collections.abc import Mapping
from collective.mwsvm.database import collections
from collective.mwsvm.database.matcher import matches
from collective.mwsvm.models.document import Made
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.plugins import Plugin
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.plugins import HIDDEN
from collective.mwsvm.plugin_control.web_services import ServiceFailure
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.documents import DocumentResource
from functools import partial
from typing import Any


class Plugins(DocumentResource):
    """Instances of plug-in types."""

    name = "plugins"
    one = "plugin"
    many = "plugins"
    model = Plugin
    documents = collections.plugins
    kinds = ("List", "Show")
    hidden = HIDDEN


class PluginChanges:
    """Changes of plug-ins; they and the plug-ins have transactions of their own."""

    name = "plugins"
    one = "plugin"
    many = "plugins"
    model = Plugin

    def __init__(self, call: Call) -> None:
        self.call = call
        self.control = call.plugins
        self.actor = Actor(call.caller.name, call.caller.proxy_user)

    @operation("Save", alone=True, gives=Made)
    def create(self) -> Reply:
        """Create a plugin"""
        given = self.call.object()
        if self.call.only is not None and not matches(given, self.call.only):
            raise Forbidden("You are not authorized to access this area")
        made = self.control.instances.create(given, self.actor)
        return Reply(
            {"id": made["id"]}, status=201, location=f"{self.name}/{made['id']}"
        )

    @operation("Update", "{key}", alone=True, gives=Told)
    def modify(self, key: str) -> Json:
        """Modify a plugin: its settings, and its state"""
        self.check(key)
        given = self.call.object()
        return {"messages": self.control.instances.modify(key, given, self.actor)}

    @operation("Delete", "{key}", alone=True)
    def delete(self, key: str) -> Reply:
        """Delete a plugin, after it was stopped"""
        self.check(key)
        self.control.instances.delete(key, self.actor)
        return Reply({}, headers={"X-MWS-Message": f"Plugin {key} deleted"})

    @operation(
        "Save", "{key}/poll", alone=True, shapeless=True, gives=Told, success=200
    )
    def poll(self, key: str) -> Json:
        """Poll a plugin now"""
        self.check(key)
        self.control.polls.poll(key, self.actor)
        return {"messages": [f"Polled Plugin with ID '{key}'"]}

    def check(self, key: str) -> None:
        """Raises `NotFound` unless there is such a plug-in that the caller may touch."""
        plugin = self.control.instances.get(key)
        if self.call.only is not None and not matches(plugin, self.call.only):
            raise NotFound(f"The resource with id '{key}' was not found")


#: What web services take beside JSON.
_CONSUMES = ("application/json", "application/x-www-form-urlencoded")

_service = partial(
    operation,
    path="{key}/services/{service}",
    service=True,
    alone=True,
    shapeless=True,
    consumes=_CONSUMES,
    answer=Any,
    success=200,
)


class PluginWebServices:
    """The web services that types of plug-ins offer (guide 4.15.5)."""

    name = "plugins"
    one = "web service"
    many = "web services"

    def __init__(self, call: Call) -> None:
        self.call = call

    @_service("Show")
    def get(self, key: str, service: str) -> Any:
        """Access a web service of a plugin"""
        return self._called(key, service)

    @_service("Save")
    def post(self, key: str, service: str) -> Any:
        """Access a web service of a plugin, with a JSON body or a form"""
        return self._called(key, service)

    @_service("Update")
    def put(self, key: str, service: str) -> Any:
        """Access a web service of a plugin with PUT"""
        return self._called(key, service)

    @_service("Delete")
    def delete(self, key: str, service: str) -> Any:
        """Access a web service of a plugin with DELETE"""
        return self._called(key, service)

    def _called(self, key: str, service: str) -> Any:
        services = self.call.plugins.web_services
        try:
            return services.call(
                services.find(key, service), self._params(), self.call.method
            )
        except ServiceFailure as failure:
            return Reply({"messages": failure.messages}, status=failure.code)

    def _params(self) -> Mapping[str, Any]:
        body = self.call.body
        if isinstance(body, bytes):
            raise Invalid("The body must be JSON or a form")
        found: dict[str, Any] = {**self.call.parameters.given, **self.call.repeated}
        if self.call.content_type in _CONSUMES[1:] and isinstance(body, dict):
            return {**found, **body}
        return found if body is None else {**found, "body": body}
