"""The site that plug-ins under test believe to be in."""

from collections.abc import Callable
from collections.abc import Mapping
from collective.mwsvm.plugins.exceptions import InvalidPluginException
from collective.mwsvm.plugins.exceptions import PluginStartException
from collective.mwsvm.plugins.exceptions import PluginStopException
from collective.mwsvm.plugins.failures import sentences
from collective.mwsvm.plugins.testing.rest import Answers
from collective.mwsvm.plugins.testing.under_test import PluginUnderTest
from collective.mwsvm.plugins.testing.under_test import RM_SERVICES
from typing import Any
import copy
import orjson


Json = dict[str, Any]

#: Makes a plug-in: its id, its type and its properties.
Create = Callable[[str, str, Mapping[str, Any]], PluginUnderTest]


class MemorySite:
    """Performs the calls of plug-ins in memory: `proxies.Call`."""

    def __init__(self, create: Create) -> None:
        self.plugins: dict[str, PluginUnderTest] = {}
        self.answers = Answers()
        #: What was reported with pluginEventService.
        self.events: list[Json] = []
        #: The plug-ins at work; one may lead to requests for another.
        self.at_work: list[Json] = []
        self._create = create

    def __call__(self, service: str, method: str, *arguments: Any) -> Any:
        """What the site answers to the plug-in at work.

        Raises PluginException, and RuntimeError when no plug-in is at work.
        """
        if not self.at_work:
            raise RuntimeError(
                f"{service}.{method} can only be called while MWS calls the plug-in; a "
                "test does so within PluginUnderTest.at_work()"
            )
        # Only what is JSON gets from one process to another.
        given = orjson.loads(orjson.dumps(arguments))
        if service in RM_SERVICES:
            return self._reports(service, method, *given)
        if service == "pluginDatastoreService":
            return getattr(self._plugin().datastore, method)(*given)
        if service == "moabRestService":
            if method == "isAPIVersionSupported":
                return given[0] in self.answers.versions
            return self.answers.answer(*given)
        if service == "pluginEventService":
            return self.events.append(given[0])
        if service == "plugin":
            return self._plugin().info.update(config=given[0])
        return _CONTROL[method](self, *given)

    def _plugin(self) -> PluginUnderTest:
        return self._get(str(self.at_work[-1].get("id")))

    def _get(self, id: str) -> PluginUnderTest:
        try:
            return self.plugins[id]
        except KeyError:
            raise InvalidPluginException(
                f"The resource with id '{id}' was not found"
            ) from None

    def _reports(
        self, service: str, method: str, reports: list[Json] | None = None
    ) -> list[Json] | None:
        kept = self._plugin().reports[service]
        if method == "list":
            return [report for _, report in sorted(kept.items())]
        if method == "save":
            kept.clear()
        for report in reports or []:
            old = kept.get(report["name"], report)
            kept[report["name"]] = _united(old, report)
        return None

    def _info(self, id: str) -> Json | None:
        found = self.plugins.get(id)
        return None if found is None else copy.deepcopy(found.info)

    def _infos(self, plugin_type: str, config: Json) -> list[Json]:
        return [
            copy.deepcopy(plugin.info)
            for plugin in self.plugins.values()
            if plugin.info["pluginType"] == plugin_type
            and config.items() <= plugin.config.items()
        ]

    def _first(self, plugin_type: str, config: Json) -> Json | None:
        return next(iter(self._infos(plugin_type, config)), None)

    def _configure(self, id: str) -> None:
        plugin = self._get(id)
        plugin.configure(plugin.config)

    def _start(self, id: str) -> None:
        plugin = self._get(id)
        try:
            plugin.start()
        except Exception as error:
            said = [f"Plugin '{id}' could not be started", *sentences(error)]
            raise PluginStartException(said) from error

    def _stop(self, id: str) -> None:
        plugin = self._get(id)
        try:
            plugin.stop()
        except PluginStopException as error:
            said = [f"Plugin '{id}' could not be stopped", *sentences(error)]
            raise PluginStopException(said) from error

    def _make(self, id: str, plugin_type: str, properties: Json) -> bool:
        self._create(id, plugin_type, properties)
        if self.plugins[id].info["autoStart"]:
            self._start(id)
        return True


_CONTROL: dict[str, Callable[..., Any]] = {
    "getPluginById": MemorySite._info,
    "getPlugins": MemorySite._infos,
    "getPlugin": MemorySite._first,
    "configure": MemorySite._configure,
    "start": MemorySite._start,
    "stop": MemorySite._stop,
    "createPlugin": MemorySite._make,
}


def _united(old: Json, new: Json) -> Json:
    """Two reports of one thing: the later one counts, entry by entry in maps."""
    later, earlier = (new, old) if new["timestamp"] >= old["timestamp"] else (old, new)
    both = _filled(later, earlier)
    if "state" in later and "subState" not in later:
        # The state and the sub-state are one statement.
        both.pop("subState", None)
    return both


def _filled(target: Json, lower: Json) -> Json:
    filled = {**lower, **target}
    for key in target.keys() & lower.keys():
        if isinstance(target[key], dict) and isinstance(lower[key], dict):
            filled[key] = _filled(target[key], lower[key])
    return filled
