"""Events of the resource manager's, brought to plug-ins (guide 6.1.7, 6.2.12).

Every started plug-in that handles an event gets it, the most authoritative first.
"""

from collections.abc import Callable
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.plugin_states import PluginState
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.context import Context
from collective.mwsvm.plugin_control.errors import HostError
from collective.mwsvm.plugin_control.errors import PluginTimeout
from collective.mwsvm.plugin_control.lifecycle import LifeCycle
from collective.mwsvm.plugin_control.plugins import told
from collective.mwsvm.plugin_control.services import SiteServices
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Literal


Json = dict[str, Any]

Shape = Literal["text", "texts", "map"]


@dataclass(frozen=True)
class Argument:
    """An argument of an event: its name in the body, its shape, what it is."""

    name: str
    shape: Shape
    description: str
    required: bool = True


_JOBS = Argument("jobs", "texts", "the ids of jobs")
_NODES = Argument("nodes", "texts", "the ids of nodes")
_PROPERTIES = Argument("properties", "map", "what is to be set, by name")
_POWERS = ("ON", "OFF", "RESET", "HIBERNATE", "STANDBY", "NONE")

#: The arguments of each event, by the guide's name.
EVENTS: dict[str, tuple[Argument, ...]] = {
    "jobCancel": (_JOBS,),
    "jobModify": (_JOBS, _PROPERTIES),
    "jobRequeue": (_JOBS,),
    "jobResume": (_JOBS,),
    "jobStart": (
        Argument("jobName", "text", "the id of the job"),
        Argument("taskList", "text", "nodes with commas, each once for a task"),
        Argument("username", "text", "the user that the job runs as"),
        Argument("properties", "map", "more about the job", required=False),
    ),
    "jobSubmit": (_PROPERTIES,),
    "jobSuspend": (_JOBS,),
    "nodeModify": (_NODES, _PROPERTIES),
    "nodePower": (_NODES, Argument("state", "text", f"one of {', '.join(_POWERS)}")),
    "resourceCreate": (
        Argument("type", "text", "what is to be created, such as vm"),
        Argument("name", "text", "its name, such as hv1:vm1"),
        Argument("attributes", "map", "what is known of it"),
    ),
    "systemModify": (_PROPERTIES,),
    "systemQuery": (Argument("attributes", "texts", "what is asked for"),),
    "virtualMachineMigrate": (
        Argument("vmName", "text", "the id of the virtual machine"),
        Argument("hypervisorName", "text", "the id of the node that it is to go to"),
        Argument("operationName", "text", "the id of the operation"),
    ),
}


def hyphenated(event: str) -> str:
    """An event's name as URLs have it: ``job-start``."""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in event)


#: The events by the last step of their paths; Moab's script is called ``vm.migrate``.
PATHS = {hyphenated(event): event for event in EVENTS}
PATHS["vm-migrate"] = PATHS.pop("virtual-machine-migrate")


def arguments_of(event: str, given: Json) -> list[Any]:
    """The arguments that a body gives. Raises `Invalid` with all that is wrong."""
    faults: list[str] = []
    found = [_argument(argument, given, faults) for argument in EVENTS[event]]
    if event == "nodePower" and isinstance(found[1], str):
        found[1] = found[1].strip().upper()
        if found[1] not in _POWERS:
            faults.append(
                f"The field 'state' can't be '{given['state']}': it is one of "
                f"{', '.join(_POWERS)}"
            )
    if faults:
        raise Invalid(*faults)
    while found and found[-1] is None:
        found.pop()
    return found


def _argument(argument: Argument, given: Json, faults: list[str]) -> Any:
    value = given.get(argument.name)
    if value is None:
        if argument.required:
            faults.append(
                f"The field '{argument.name}' is required: {argument.description}"
            )
        return None
    found = _READERS[argument.shape](value)
    if found is not None:
        return found
    names = {"text": "a text", "texts": "a list of texts", "map": "a map of texts"}
    faults.append(
        f"The field '{argument.name}' can't be {value!r:.80}: it is {names[argument.shape]}"
    )
    return None


def _text(value: Any) -> str | None:
    # Numbers are texts that somebody forgot to quote.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def _texts(value: Any) -> list[str] | None:
    texts = [_text(item) for item in (value if isinstance(value, list) else [value])]
    found = [text for text in texts if text is not None]
    return found if found and len(found) == len(texts) else None


def _map(value: Any) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    found = {}
    for name, item in value.items():
        if isinstance(item, bool):
            found[name] = "true" if item else "false"
        elif isinstance(item, str | int | float):
            found[name] = str(item)
        else:
            return None
    return found


_READERS: dict[Shape, Callable[[Any], Any]] = {
    "text": _text,
    "texts": _texts,
    "map": _map,
}


@dataclass
class Outcome:
    """What has become of an event."""

    #: The plug-ins that have done it.
    done: list[str] = field(default_factory=list)
    #: Why the others that handle it have not.
    failures: list[str] = field(default_factory=list)
    #: What they answered to ``systemQuery``.
    values: list[str] = field(default_factory=list)

    @property
    def success(self) -> bool:
        """Whether one has done it at least."""
        return bool(self.done)


class RmEvents:
    """Brings events to the plug-ins."""

    def __init__(
        self, context: Context, services: SiteServices, life: LifeCycle
    ) -> None:
        self._context = context
        self._services = services
        self._life = life

    def send(
        self, event: str, arguments: list[Any], only: str | None = None
    ) -> Outcome:
        """Bring an event to all plug-ins, or to one. Raises `NotFound`.

        One that raises is errored, as by any other event.
        """
        outcome = Outcome()
        with self._context.database.reading() as connection:
            plugins = self._context.plugins(connection)
            found = plugins.all() if only is None else [plugins.get(only)]
        for plugin in found:
            if plugin["state"] == PluginState.STARTED:
                self._send(plugin, event, arguments, outcome)
            elif only is not None:
                outcome.failures.append(f"{only} is {plugin['state']}")
        return outcome

    def _send(
        self, plugin: Json, event: str, arguments: list[Any], outcome: Outcome
    ) -> None:
        request = {
            "op": "invoke",
            "plugin": told(plugin),
            "method": event,
            "arguments": arguments,
        }
        id = plugin["id"]
        try:
            plugin_type = self._life.type_of(plugin)
            if not plugin_type.has_event(event):
                return
            result = self._context.ask(
                plugin_type,
                request,
                self._services,
                self._context.settings.call_deadline,
            )
        except HostError as error:
            if getattr(error, "type", "") != "UnsupportedOperationException":
                outcome.failures.append(f"{id}: {error.sentence}")
                if not (isinstance(error, PluginTimeout) and error.waiting):
                    self._life.fail(plugin, error.sentence, Actor("resource manager"))
        except Invalid as error:
            outcome.failures.append(f"{id}: {error}")
        else:
            if event == "systemQuery" and isinstance(result, list):
                outcome.values.extend(map(str, result))
                outcome.done.append(id)
            elif event != "systemQuery" and result:
                outcome.done.append(id)
            else:
                outcome.failures.append(f"{id} could not do it")
