"""Custom validators: functions of a plug-in type that check a value (guide 6.2.6)."""

from collections.abc import Mapping
from collective.mwsvm.plugins.complaints import Complaints
from collective.mwsvm.plugins.config_object import ConfigObject
from collective.mwsvm.plugins.constraint_values import argument_count
from collective.mwsvm.plugins.declarations import Parameter
from collective.mwsvm.plugins.exceptions import PluginException
from typing import Any


#: The bundled services that do not serve validators: there is no plug-in yet whose they
#: could be.
_OF_PLUGINS = (
    "nodeRMService",
    "virtualMachineRMService",
    "jobRMService",
    "pluginDatastoreService",
)

_ANSWERS = (
    "None or True for a valid value, False, the suffix of a message code, or a list of "
    "a suffix and arguments"
)


class ValidatorContext:
    """What a validator gets as its third argument."""

    def __init__(
        self,
        services: Mapping[str, object] | None = None,
        app_config: ConfigObject | None = None,
    ) -> None:
        self._services = services or {}
        self.appConfig = self.app_config = app_config or ConfigObject()

    def getService(self, name: str) -> Any:
        """A bundled service by its name, such as ``sslService``.

        The services of reports and the datastore do not serve validators, nor do
        translators and components: PluginException.
        """
        allowed = [key for key in self._services if key not in _OF_PLUGINS]
        if name not in allowed:
            raise PluginException(
                f"getService does not give {name!r} to validators; it gives "
                f"{', '.join(allowed) or 'no service here'}"
            )
        return self._services[name]

    get_service = getService


def validate(
    parameter: Parameter,
    value: Any,
    complaints: Complaints,
    plugin: object,
    context: ValidatorContext | None,
) -> None:
    """Let the parameter's validator check a value, and complain of what it answers.

    A validator that raises, or answers what it must not, is a complaint, too.
    """
    validator = parameter.constraints["validator"]
    everything: tuple[Any, ...] = (value, plugin, context or ValidatorContext())
    try:
        answer = validator(*everything[: argument_count(validator)])
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:
        text = (
            f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        )
        complaints.say(parameter, value, f"could not be validated: {text}")
        return
    if answer is None or answer is True:
        return
    if answer is False:
        complaints.add(parameter, "validator", value)
    elif isinstance(answer, str) and answer:
        complaints.add(parameter, "validator", value, suffix=answer)
    elif isinstance(answer, list | tuple) and answer and isinstance(answer[0], str):
        complaints.add(parameter, "validator", value, answer[1:], suffix=answer[0])
    else:
        complaints.say(
            parameter,
            value,
            f"could not be validated: its validator must answer {_ANSWERS}, "
            f"not {answer!r}",
        )
