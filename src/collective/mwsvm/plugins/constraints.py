"""The constraints of a plug-in type, and configuration that is checked (guide 6.2.6)."""

from collections.abc import Mapping
from collective.mwsvm.models import dates
from collective.mwsvm.plugins.complaints import Complaints
from collective.mwsvm.plugins.conversions import convert
from collective.mwsvm.plugins.conversions import rounded
from collective.mwsvm.plugins.custom_validation import validate
from collective.mwsvm.plugins.custom_validation import ValidatorContext
from collective.mwsvm.plugins.declarations import declared
from collective.mwsvm.plugins.declarations import Parameter
from collective.mwsvm.plugins.declarations import POLL_INTERVAL
from collective.mwsvm.plugins.messages import Messages
from collective.mwsvm.plugins.naming import class_name
from collective.mwsvm.plugins.rules import arguments
from collective.mwsvm.plugins.rules import is_blank
from collective.mwsvm.plugins.rules import sentences
from collective.mwsvm.plugins.rules import violated
from contextlib import suppress
from datetime import datetime
from typing import Any


_ABSENT = object()


class Constraints:
    """What a plug-in type asks of the configuration and the interval of its plug-ins."""

    def __init__(self, parameters: tuple[Parameter, ...] = ()) -> None:
        named = {parameter.name: parameter for parameter in parameters}
        self.poll_interval = named.pop(
            POLL_INTERVAL, Parameter(POLL_INTERVAL, "Integer", {}, False, True)
        )
        self.parameters = tuple(named.values())

    @classmethod
    def of(cls, plugin_class: type) -> "Constraints":
        """Those of the attribute ``constraints`` of a class; none if it has no such one.

        Raises InvalidPluginTypeException if they are declared wrongly.
        """
        declarations = getattr(plugin_class, "constraints", None)
        if declarations is None:
            return cls()
        return cls(declared(class_name(plugin_class), declarations))

    def prepare(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The configuration as plug-ins get it: with default values and converted.

        What can't be converted stays as it is: `check` tells what is wrong with it.
        """
        prepared = dict(values)
        for parameter in self.parameters:
            value = _given(parameter, values)
            if value is _ABSENT:
                prepared.pop(parameter.name, None)
                continue
            with suppress(ValueError):
                value = _converted(parameter, value)
            prepared[parameter.name] = value
        return prepared

    def check(
        self,
        values: Mapping[str, Any],
        plugin: object,
        messages: Messages,
        class_name: str,
        context: ValidatorContext | None = None,
    ) -> tuple[dict[str, Any], list[str]]:
        """The configuration as `prepare` makes it, and all that is wrong with it.

        The messages are in the order in which parameters and their constraints are
        declared. ``plugin`` and ``context`` are handed to custom validators;
        ``class_name`` is the full name of the type's class. Parameters without
        constraints stay as they are.
        """
        complaints = Complaints(messages, class_name)
        for parameter in self.parameters:
            value = _given(parameter, values)
            _check(parameter, value, complaints, plugin, context)
        return self.prepare(values), complaints.sentences

    def check_poll_interval(
        self,
        value: Any,
        plugin: object,
        messages: Messages,
        class_name: str,
        context: ValidatorContext | None = None,
    ) -> tuple[int | None, list[str]]:
        """The interval in seconds, with its default value, and all that is wrong.

        It is None if neither the plug-in nor the type name one, or if it is wrong.
        """
        complaints = Complaints(messages, class_name)
        value = _given(
            self.poll_interval, {} if value is None else {POLL_INTERVAL: value}
        )
        _check(self.poll_interval, value, complaints, plugin, context)
        if complaints.sentences or value is _ABSENT:
            return None, complaints.sentences
        return convert(value, "Integer"), []

    def describe(self, messages: Messages, type_name: str) -> list[dict[str, Any]]:
        """The parameters in JSON, with labels and help for people.

        ``type_name`` is what message codes start with, such as ``examplePlugin``.
        """
        return [
            {
                "name": parameter.name,
                "type": parameter.type,
                "required": parameter.required,
                "nullable": parameter.nullable,
                "default": _json(parameter.default),
                "password": parameter.password,
                "choices": None if parameter.password else _choices(parameter),
                "label": messages.own(f"{type_name}.{parameter.name}.label")
                or parameter.name,
                "help": messages.own(f"{type_name}.{parameter.name}.help") or "",
                "rules": sentences(parameter),
            }
            for parameter in self.parameters
        ]

    def describe_poll_interval(self) -> dict[str, int | None]:
        """The interval's default value and bounds in seconds; None where there is none."""
        constraints = self.poll_interval.constraints
        first, last = constraints.get("range", (None, None))
        least = [n for n in (constraints.get("min"), first) if n is not None]
        most = [n for n in (constraints.get("max"), last) if n is not None]
        return {
            "default": self.poll_interval.default,
            "min": max(least, default=None),
            "max": min(most, default=None),
        }


def _given(parameter: Parameter, values: Mapping[str, Any]) -> Any:
    """What is given for a parameter, or its default value, or `_ABSENT`."""
    value = values.get(parameter.name, _ABSENT)
    # A form sends an empty field as a text. A blank text is a value for Strings only.
    if is_blank(value) and parameter.type != "String":
        value = value if parameter.constraints.get("blank") is False else _ABSENT
    if value is _ABSENT and parameter.default is not None:
        return parameter.default
    return value


def _converted(parameter: Parameter, value: Any) -> Any:
    if value is None:
        return None
    value = convert(value, parameter.type)
    digits = parameter.constraints.get("scale")
    return value if digits is None else rounded(value, digits)


def _check(
    parameter: Parameter,
    value: Any,
    complaints: Complaints,
    plugin: object,
    context: ValidatorContext | None,
) -> None:
    absent = value is _ABSENT
    if absent or value is None:
        if parameter.required:
            complaints.add(parameter, "required", None)
        elif not absent and not parameter.nullable:
            complaints.add(parameter, "nullable", None)
        return
    if is_blank(value) and parameter.constraints.get("blank") is False:
        complaints.add(parameter, "blank", value)
        return
    try:
        value = _converted(parameter, value)
    except ValueError:
        complaints.add(parameter, "type", value, [parameter.type])
        return
    for name, limit in parameter.constraints.items():
        violation = violated(parameter, name, value)
        if violation is not None:
            complaints.add(parameter, violation, value, arguments(name, limit))
        elif name == "validator":
            validate(parameter, value, complaints, plugin, context)


def _choices(parameter: Parameter) -> Any:
    return _json(parameter.constraints.get("inList"))


def _json(value: Any) -> Any:
    if isinstance(value, list):
        return [_json(item) for item in value]
    return dates.mws(value.timestamp()) if isinstance(value, datetime) else value
