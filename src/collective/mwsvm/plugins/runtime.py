"""What a plug-in in a host process reaches the site by: `abstract.Runtime`."""

from collections.abc import Mapping
from collective.mwsvm.plugins.config_object import ConfigObject
from collective.mwsvm.plugins.interfaces import Log
from collective.mwsvm.plugins.messages import Messages
from collective.mwsvm.plugins.plain import plain
from collective.mwsvm.plugins.proxies import Call
from collective.mwsvm.plugins.proxies import ControlService
from typing import Any


class HostRuntime:
    """The dynamic methods of the plug-ins of one type (guide 6.2.2)."""

    def __init__(
        self, call: Call, log: Log, app_config: ConfigObject, messages: Messages
    ) -> None:
        self._call = call
        self._control = ControlService(call)
        self._messages = messages
        self.log = log
        self.app_config = app_config

    def start(self, id: str) -> None:
        """Start a plug-in. Raises PluginStartException, and what its check raises."""
        self._control.start(id)

    def stop(self, id: str) -> None:
        """Stop a plug-in. Raises PluginStopException."""
        self._control.stop(id)

    def message(self, parameters: Mapping[str, Any]) -> str:
        """A text of the project's messages, or one of the default ones."""
        return self._messages(parameters)

    def set_config(self, config: Mapping[str, Any]) -> None:
        """Let the site keep another configuration of the plug-in that is at work."""
        self._call("plugin", "setConfig", plain(config, "The configuration"))
