"""The classes that plug-ins extend (guide 6.2.1, 6.2.2 and 6.2.12)."""

from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.plugins.config_object import ConfigObject
from collective.mwsvm.plugins.exceptions import PluginException
from collective.mwsvm.plugins.exceptions import UnsupportedOperationException
from collective.mwsvm.plugins.interfaces import Log
from collective.mwsvm.plugins.property_map import PropertyMap
from collective.mwsvm.plugins.reports.enums import NodeReportPower
from collective.mwsvm.plugins.spelling import public_names
from collective.mwsvm.plugins.spelling import respell
from collective.mwsvm.plugins.states import PluginState
from types import MappingProxyType
from typing import Any
from typing import NoReturn
from typing import Protocol


class Runtime(Protocol):
    """What MWS gives a plug-in as ``_runtime``: the way to it and to its logger."""

    @property
    def log(self) -> Log: ...

    @property
    def app_config(self) -> ConfigObject: ...

    def start(self, id: str) -> None: ...

    def stop(self, id: str) -> None: ...

    def message(self, parameters: Mapping[str, Any]) -> str: ...

    def set_config(self, config: Mapping[str, Any]) -> None: ...


class AbstractPluginInfo:
    """What is known of a plug-in. Only its id can be set; MWS tells the rest."""

    _info: Mapping[str, Any] = MappingProxyType({})

    @classmethod
    def of(cls, info: Mapping[str, Any]) -> "AbstractPluginInfo":
        """A plug-in's info from ``{"id", "pluginType", "state", "config", ...}``."""
        made = AbstractPluginInfo()
        made._inform(info)
        return made

    def _inform(self, info: Mapping[str, Any]) -> None:
        """Take over what MWS knows, in the form that `of` takes."""
        self._info = {**info, "config": PropertyMap(info.get("config") or {})}

    @property
    def id(self) -> str | None:
        """The unique id."""
        return self._info.get("id")

    @id.setter
    def id(self, id: str) -> None:
        self._info = {**self._info, "id": id}

    @property
    def pluginType(self) -> str | None:
        """The name of the type: ``Native`` for the class ``NativePlugin``."""
        return self._info.get("pluginType")

    @property
    def state(self) -> PluginState | None:
        return PluginState.__members__.get(str(self._info.get("state")).upper())

    @property
    def substate(self) -> str | None:
        """More on the state, such as why the plug-in is errored."""
        return self._info.get("substate")

    @property
    def pollInterval(self) -> int | None:
        """Seconds between two polls."""
        return self._info.get("pollInterval")

    @property
    def autoStart(self) -> bool | None:
        """Whether MWS starts the plug-in when it makes it and when it starts itself."""
        return self._info.get("autoStart")

    @property
    def config(self) -> PropertyMap[Any]:
        """The plug-in's own configuration; as ``config.key``, absent ones are None."""
        if "config" not in self._info:
            self._info = {**self._info, "config": PropertyMap()}
        config: PropertyMap[Any] = self._info["config"]
        return config

    def getId(self) -> str | None:
        return self.id

    def setId(self, id: str) -> None:
        self.id = id

    def getPluginType(self) -> str | None:
        return self.pluginType

    def getState(self) -> PluginState | None:
        return self.state

    def getSubstate(self) -> str | None:
        return self.substate

    def getPollInterval(self) -> int | None:
        return self.pollInterval

    def getAutoStart(self) -> bool | None:
        return self.autoStart

    def getConfig(self) -> PropertyMap[Any]:
        return self.config


class DynamicMethods(AbstractPluginInfo):
    """What MWS adds to each plug-in, whether it extends AbstractPlugin or not."""

    _runtime: Runtime | None = None

    @property
    def log(self) -> Log:
        """The logger ``plugins.<name of the class with its module>``."""
        return self._managed().log

    def getLog(self) -> Log:
        return self.log

    @property
    def appConfig(self) -> ConfigObject:
        """The configuration of MWS."""
        return self._managed().app_config

    def getAppConfig(self) -> ConfigObject:
        return self.appConfig

    def setConfig(self, config: Mapping[str, Any]) -> None:
        """Change the plug-in's own configuration; it is not verified here."""
        self._managed().set_config(config)
        self._inform({**self._info, "config": config})

    def start(self) -> None:
        """Start this plug-in. Raises PluginStartException and what its check raises."""
        self._managed().start(self._own_id())

    def stop(self) -> None:
        """Stop this plug-in. Raises PluginStopException."""
        self._managed().stop(self._own_id())

    def message(
        self, parameters: Mapping[str, Any] | None = None, /, **named: Any
    ) -> str:
        """A text of the plug-in's ``*messages.properties`` (guide 6.2.4).

        Takes ``code``, ``args``, ``default`` and ``error``, as one mapping or by name; an
        unknown code is the answer itself.
        """
        return self._managed().message({**(parameters or {}), **named})

    def _managed(self) -> Runtime:
        if self._runtime is None:
            raise PluginException(
                f"{type(self).__name__} was not made by MWS: it has no logger, messages, "
                "configuration of MWS or control"
            )
        return self._runtime

    def _own_id(self) -> str:
        if self.id is None:
            raise PluginException(f"{type(self).__name__} has no id")
        return self.id


class AbstractPlugin(DynamicMethods):
    """The base of plug-ins: override the events that the plug-in handles.

    An event of the resource manager that is not overridden raises
    UnsupportedOperationException. Each answers whether it succeeded, if not said otherwise.
    Both spellings of an event count. ``poll`` is an event where it is defined.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        respell(cls, _NAMES)

    def configure(self) -> None:
        """The configuration is new or changed, and will be used after this.

        Called before `beforeStart`, too. Raises InvalidPluginConfigurationException if the
        configuration is wrong.
        """

    def beforeStart(self) -> None:
        """The plug-in is about to be started."""

    def afterStart(self) -> None:
        """The plug-in has been started."""

    def beforeStop(self) -> None:
        """The plug-in is about to be stopped."""

    def afterStop(self) -> None:
        """The plug-in has been stopped."""

    def jobCancel(self, jobs: Sequence[str]) -> bool:
        self._unsupported("jobCancel")

    def jobModify(self, jobs: Sequence[str], properties: Mapping[str, str]) -> bool:
        self._unsupported("jobModify")

    def jobRequeue(self, jobs: Sequence[str]) -> bool:
        self._unsupported("jobRequeue")

    def jobResume(self, jobs: Sequence[str]) -> bool:
        self._unsupported("jobResume")

    def jobStart(
        self,
        jobName: str,
        taskList: str,
        username: str,
        properties: Mapping[str, str] | None = None,
    ) -> bool:
        """May be overridden with or without ``properties``."""
        self._unsupported("jobStart")

    def jobSubmit(self, properties: Mapping[str, str]) -> bool:
        self._unsupported("jobSubmit")

    def jobSuspend(self, jobs: Sequence[str]) -> bool:
        self._unsupported("jobSuspend")

    def nodeModify(self, nodes: Sequence[str], properties: Mapping[str, str]) -> bool:
        self._unsupported("nodeModify")

    def nodePower(self, nodes: Sequence[str], state: NodeReportPower) -> bool:
        self._unsupported("nodePower")

    def resourceCreate(
        self, type: str, name: str, attributes: Mapping[str, str]
    ) -> bool:
        """``type`` is such as ``vm``; ``name`` such as ``hv1:vm1`` for that."""
        self._unsupported("resourceCreate")

    def systemModify(self, properties: Mapping[str, str]) -> bool:
        self._unsupported("systemModify")

    def systemQuery(self, attributes: Sequence[str]) -> list[str]:
        """The values of the attributes, in their order."""
        self._unsupported("systemQuery")

    def virtualMachineMigrate(
        self, vmName: str, hypervisorName: str, operationName: str
    ) -> bool:
        self._unsupported("virtualMachineMigrate")

    def _unsupported(self, event: str) -> NoReturn:
        raise UnsupportedOperationException(
            f"Plug-ins of the type {self.pluginType or type(self).__name__} have no "
            f"operation {event}"
        )


_NAMES = public_names(AbstractPlugin)

for _class in (AbstractPluginInfo, DynamicMethods, AbstractPlugin):
    respell(_class)
