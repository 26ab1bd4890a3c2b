"""The plug-ins that live in a host process."""

from collections.abc import Mapping
from collective.mwsvm.plugins.constants import PluginConstants
from collective.mwsvm.plugins.events import event_method
from collective.mwsvm.plugins.injection import Container
from collective.mwsvm.plugins.loading import PluginType
from collective.mwsvm.plugins.logs import plugin_logger
from collective.mwsvm.plugins.proxies import Call
from collective.mwsvm.plugins.runtime import HostRuntime
from dataclasses import dataclass
from typing import Any


Info = Mapping[str, Any]


@dataclass
class _Kept:
    plugin: Any
    version: tuple[Any, ...]
    config: Any


class Objects:
    """Makes plug-ins, and keeps each for as long as its revision stays the same."""

    def __init__(self, container: Container, call: Call) -> None:
        self._container = container
        self._call = call
        self._runtimes: dict[str, HostRuntime] = {}
        self._kept: dict[str, _Kept] = {}

    def make(self, info: Info) -> Any:
        """A new plug-in, which is not kept, from what the site tells of it."""
        found = self._container.type_of(str(info.get("pluginType")))
        return self._container.create(found.id, info, self._runtime(found))

    def get(self, info: Info) -> tuple[Any, bool]:
        """The plug-in that the site means, and whether it was made for this call.

        A new one has been configured: raises InvalidPluginConfigurationException, and
        whatever else its ``configure`` raises.
        """
        id = str(info.get("id"))
        version = info.get("pluginType"), info.get("revision")
        kept = self._kept.get(id)
        if kept is not None and kept.version == version:
            self._inform(kept, info)
            return kept.plugin, False
        # Kept before it is configured: that may lead to requests for it.
        kept = _Kept(self.make(info), version, info.get("config"))
        self._kept[id] = kept
        configure = event_method(kept.plugin, "configure")
        if configure is not None:
            try:
                configure()
            except BaseException:
                if self._kept.get(id) is kept:
                    del self._kept[id]
                raise
        return kept.plugin, True

    def _inform(self, kept: _Kept, info: Info) -> None:
        """Tell a plug-in how it stands with it; its state changes without a revision."""
        config = kept.plugin._info["config"]
        if info.get("config") != kept.config:
            found = self._container.type_of(str(info.get("pluginType")))
            config = found.constraints.prepare(info.get("config") or {})
            kept.config = info.get("config")
        kept.plugin._inform({**info, "config": config})

    def _runtime(self, found: PluginType) -> HostRuntime:
        if found.id not in self._runtimes:
            name = PluginConstants.LOGGER_PREFIX + found.class_name
            self._runtimes[found.id] = HostRuntime(
                self._call,
                plugin_logger(name),
                self._container.app_config,
                found.messages,
            )
        return self._runtimes[found.id]
