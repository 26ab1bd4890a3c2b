"""One plug-in under test."""

from collections.abc import Callable
from collections.abc import Mapping
from collective.mwsvm.models.plugin_states import ACTIVE
from collective.mwsvm.models.plugin_states import PluginState
from collective.mwsvm.plugins.exceptions import InvalidPluginConfigurationException
from collective.mwsvm.plugins.exceptions import PluginException
from collective.mwsvm.plugins.exceptions import PluginStopException
from collective.mwsvm.plugins.exceptions import UnsupportedOperationException
from collective.mwsvm.plugins.failures import sentences
from collective.mwsvm.plugins.plain import plain
from collective.mwsvm.plugins.reports import JobReport
from collective.mwsvm.plugins.reports import NodeReport
from collective.mwsvm.plugins.reports import VirtualMachineReport
from collective.mwsvm.plugins.testing.datastore import MemoryDatastore
from contextlib import AbstractContextManager
from typing import Any


Json = dict[str, Any]

#: Answers a request of the host protocol.
Ask = Callable[[Json], Any]

#: Gives the object of a plug-in, which is at work until the context is left.
Work = Callable[[Json], AbstractContextManager[Any]]

RM_SERVICES = ("nodeRMService", "virtualMachineRMService", "jobRMService")


class PluginUnderTest:
    """A plug-in, what is done with it, and what it has kept and reported.

    What it raises reaches the test; its state is then the one that it has on a server.
    """

    def __init__(self, info: Json, ask: Ask, work: Work) -> None:
        """``info`` is a plug-in as hosts are told of it."""
        self.info = info
        #: What it has kept with pluginDatastoreService.
        self.datastore = MemoryDatastore()
        #: What it has reported as JSON, by the name of the service.
        self.reports: dict[str, dict[str, Json]] = {name: {} for name in RM_SERVICES}
        self._ask = ask
        self._work = work

    @property
    def instance(self) -> Any:
        """The object of the plug-in's class. Each start makes a new one."""
        with self.at_work() as instance:
            return instance

    def at_work(self) -> AbstractContextManager[Any]:
        """Its object as it is while the site calls it: services do as it asks.

        ``with plugin.at_work() as instance: instance.helper()`` tries its own methods.
        """
        return self._work(self.info)

    @property
    def id(self) -> str:
        return str(self.info["id"])

    @property
    def state(self) -> PluginState:
        return PluginState(self.info["state"])

    @property
    def substate(self) -> str | None:
        """Why it is errored."""
        reason: str | None = self.info["substate"]
        return reason

    @property
    def config(self) -> Json:
        """Its configuration, as the site keeps it."""
        return dict(self.info["config"])

    @property
    def nodes(self) -> list[NodeReport]:
        """What it reports of nodes, by name."""
        return [NodeReport.from_json(r) for r in self._reported("nodeRMService")]

    @property
    def machines(self) -> list[VirtualMachineReport]:
        """What it reports of virtual machines, by name."""
        found = self._reported("virtualMachineRMService")
        return [VirtualMachineReport.from_json(report) for report in found]

    @property
    def jobs(self) -> list[JobReport]:
        """What it reports of jobs, by name."""
        return [
            JobReport.from_json(report) for report in self._reported("jobRMService")
        ]

    def start(self) -> None:
        """Check and start it, with its events. One that fails is errored."""
        if self.state not in ACTIVE:
            # As on a server: it begins as a new object, which is configured.
            self.info["revision"] += 1
            self._guarded(self._started)
        self._become(PluginState.STARTED)

    def stop(self) -> None:
        """Stop it, with its events; an errored one is only cleared.

        Raises PluginStopException if it refuses to.
        """
        if self.state not in ACTIVE:
            self._become(PluginState.STOPPED)
            return
        try:
            self._event("beforeStop")
        except PluginStopException:
            raise
        except BaseException:
            self._stopped()
            raise
        self._stopped()

    def configure(self, config: Mapping[str, Any]) -> None:
        """Give it another configuration, after a check.

        Raises InvalidPluginConfigurationException, and what its ``configure`` raises.
        """
        new = {**self.info, "config": plain(config, "The configuration")}
        self.info["config"] = self._checked(new, configure=True)
        self.info["revision"] += 1

    def check(self) -> list[str]:
        """What is wrong with its configuration as it is now."""
        request = {"op": "check", "plugin": self.info, "configure": True}
        return list(self._ask(request)["messages"])

    def poll(self) -> None:
        """Poll it. One that fails is errored. Raises PluginException if it is stopped."""
        self.event("poll")

    def event(self, name: str, *arguments: Any) -> Any:
        """What it answers to an event, by the guide's name: ``event("jobCancel", ["1"])``.

        It must be started; a paused one can be polled. One that fails is errored. Raises
        UnsupportedOperationException if it does not handle the event.
        """
        if self.state not in (ACTIVE if name == "poll" else (PluginState.STARTED,)):
            raise PluginException(
                f"The plug-in {self.id} is {self.state} and gets no event {name}: start it"
            )
        return self._guarded(lambda: self._event(name, *arguments))

    def service(
        self,
        name: str,
        params: Mapping[str, Any] | None = None,
        method: str = "GET",
        body: Any = None,
    ) -> Any:
        """What a web service answers, as a client gets it in JSON.

        ``params`` are those of the URL or a form: the service gets them as texts. ``body``
        is JSON. Raises what the service raises.
        """
        sent = {key: _text(value) for key, value in (params or {}).items()}
        if body is not None:
            sent["body"] = plain(body, "The body")
        request = {"op": "service", "plugin": self.info, "name": name}
        return self._ask({**request, "params": sent, "method": method})

    def _started(self) -> None:
        self._checked(self.info, configure=False)
        self._event("beforeStart")
        self._become(PluginState.STARTED)
        self._event("afterStart")

    def _event(self, name: str, *arguments: Any) -> Any:
        given = [plain(argument, "An argument") for argument in arguments]
        request = {"op": "invoke", "plugin": self.info, "method": name}
        return self._ask({**request, "arguments": given})

    def _stopped(self) -> None:
        self._become(PluginState.STOPPED)
        self._event("afterStop")

    def _guarded(self, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except UnsupportedOperationException:
            raise
        except BaseException as error:
            self._become(PluginState.ERRORED, " ".join(sentences(error)))
            raise

    def _become(self, state: PluginState, substate: str | None = None) -> None:
        self.info |= {"state": state.value, "substate": substate}

    def _checked(self, info: Json, configure: bool) -> Json:
        found = self._ask({"op": "check", "plugin": info, "configure": configure})
        if found["messages"]:
            raise InvalidPluginConfigurationException(found["messages"])
        config: Json = found["config"]
        return config

    def _reported(self, service: str) -> list[Json]:
        return [report for _, report in sorted(self.reports[service].items())]


def _text(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_text(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
