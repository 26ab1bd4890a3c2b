"""The services that plug-ins are injected with, as far as the site performs them.

Each of them turns its arguments into JSON, calls the site and turns the answer back.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.plugins.abstract import AbstractPluginInfo
from collective.mwsvm.plugins.plain import plain
from collective.mwsvm.plugins.reports import JobReport
from collective.mwsvm.plugins.reports import NodeReport
from collective.mwsvm.plugins.reports import VirtualMachineReport
from collective.mwsvm.plugins.spelling import respell
from typing import Any
from typing import Generic
from typing import Protocol
from typing import TypeVar
import builtins


Json = dict[str, Any]


class Call(Protocol):
    """Calls a method of a service of the site: `link.Link.call`."""

    def __call__(self, service: str, method: str, *arguments: Any) -> Any: ...


R = TypeVar("R", NodeReport, VirtualMachineReport, JobReport)


class ReportService(Generic[R]):
    """The plug-in's reports of one kind: INodeRMService, and so on."""

    def __init__(self, call: Call, name: str, kind: type[R]) -> None:
        self._call = call
        self._name = name
        self._kind: type[R] = kind

    def list(self) -> list[R]:
        """The reports that this plug-in has made."""
        found = self._call(self._name, "list")
        return [self._kind.from_json(report) for report in found]

    def save(self, reports: Iterable[R]) -> None:
        """Replace all reports of this plug-in. Raises TypeError for what is no report."""
        self._call(self._name, "save", self._json("save", reports))

    def update(self, reports: Iterable[R]) -> None:
        """Add reports to those of this plug-in. Raises TypeError as `save` does."""
        self._call(self._name, "update", self._json("update", reports))

    def _json(self, method: str, reports: Iterable[R]) -> builtins.list[Json]:
        kind, expected = self._kind, f"{self._name}.{method} takes a list of "
        if isinstance(reports, str | bytes | Mapping | kind) or not isinstance(
            reports, Iterable
        ):
            raise TypeError(f"{expected}{kind.__name__}, not {_named(reports)}")
        given = builtins.list(reports)
        for number, report in enumerate(given, 1):
            if not isinstance(report, kind):
                raise TypeError(
                    f"{expected}{kind.__name__}; item {number} of {len(given)} is "
                    f"{_named(report)}"
                )
        return [report.to_json() for report in given]


class DatastoreService:
    """The plug-in's own data: IPluginDatastoreService."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def exists(self, collection: str) -> bool:
        return bool(self._ask("exists", collection))

    def getCollection(self, collection: str) -> list[Json] | None:
        found: list[Json] | None = self._ask("getCollection", collection)
        return found

    def getData(self, collection: str, key: str, value: Any) -> Json | None:
        found: Json | None = self._ask("getData", collection, key, value)
        return found

    def addData(self, collection: str, data: Any) -> bool:
        return bool(self._ask("addData", collection, data))

    def updateData(
        self, collection: str, key: str, value: Any, data: Mapping[str, Any]
    ) -> bool:
        return bool(self._ask("updateData", collection, key, value, data))

    def removeData(self, collection: str, key: str, value: Any) -> bool:
        return bool(self._ask("removeData", collection, key, value))

    def clearCollection(self, collection: str) -> list[Json] | None:
        found: list[Json] | None = self._ask("clearCollection", collection)
        return found

    def _ask(self, method: str, *arguments: Any) -> Any:
        what = f"What is given to {method}"
        return self._call("pluginDatastoreService", method, *plain(arguments, what))


class ControlService:
    """Makes, finds, checks, starts and stops plug-ins: IPluginControlService."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def getPluginById(self, id: str) -> AbstractPluginInfo | None:
        return _info(self._ask("getPluginById", id))

    def getPlugins(
        self, pluginType: str | type, config: Mapping[str, Any] | None = None
    ) -> list[AbstractPluginInfo]:
        found = self._ask("getPlugins", type_id(pluginType), config or {})
        return [AbstractPluginInfo.of(info) for info in found]

    def getPlugin(
        self, pluginType: str | type, config: Mapping[str, Any] | None = None
    ) -> AbstractPluginInfo | None:
        return _info(self._ask("getPlugin", type_id(pluginType), config or {}))

    def configure(self, id: str) -> None:
        self._ask("configure", id)

    def start(self, id: str) -> None:
        self._ask("start", id)

    def stop(self, id: str) -> None:
        self._ask("stop", id)

    def createPlugin(
        self,
        id: str,
        pluginType: str | type,
        properties: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> bool:
        given = {**(properties or {}), **named}
        return bool(self._ask("createPlugin", id, type_id(pluginType), given))

    def _ask(self, method: str, *arguments: Any) -> Any:
        what = f"What is given to {method}"
        return self._call("pluginControlService", method, *plain(arguments, what))


def type_id(plugin_type: str | type) -> str:
    """The id of a type, given that or its class: ``Native`` for NativePlugin."""
    if isinstance(plugin_type, type):
        return plugin_type.__name__.removesuffix("Plugin")
    return plugin_type


def _info(info: Json | None) -> AbstractPluginInfo | None:
    return None if info is None else AbstractPluginInfo.of(info)


def _named(value: object) -> str:
    return "None" if value is None else f"an object of the class {type(value).__name__}"


for _class in (ReportService, DatastoreService, ControlService):
    respell(_class)
