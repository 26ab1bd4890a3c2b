"""The events and web services that a plug-in type has (guide 6.2.8 and 6.2.12)."""

from collections.abc import Mapping
from collective.mwsvm.plugins.abstract import AbstractPlugin
from collective.mwsvm.plugins.abstract import DynamicMethods
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from collective.mwsvm.plugins.naming import class_name
from collective.mwsvm.plugins.naming import same_service
from collective.mwsvm.plugins.naming import service_name
from collective.mwsvm.plugins.rm_events import RM_EVENTS
from collective.mwsvm.plugins.spelling import snake
from types import FunctionType
from typing import Any
import inspect
import re
import typing


#: The events, by the guide's names and in its order.
EVENTS = (
    "poll",
    "configure",
    "beforeStart",
    "afterStart",
    "beforeStop",
    "afterStop",
    *RM_EVENTS,
)

# No web service has the name of an event or of what MWS adds to each plug-in.
_RESERVED = {snake(name) for name in (*EVENTS, *dir(DynamicMethods))}

# Annotations that are texts are read and not evaluated: they are foreign code.
_MAP = re.compile(
    r"""["']?(\w+\.)*(dict|Dict|Map|Mapping|MutableMapping|Params)(\[.*\])?["']?"""
)


def events(plugin_class: type) -> list[str]:
    """The events that a type handles, by the guide's names and in its order."""
    methods = {snake(name) for name in _methods(plugin_class)}
    return [event for event in EVENTS if snake(event) in methods]


def web_services(plugin_class: type) -> dict[str, bool]:
    """The web services of a type by their camelCase names; True for secured ones.

    Raises InvalidPluginTypeException for a method that is marked as one and does not
    take exactly one argument, and for two of one name.
    """
    found: dict[str, bool] = {}
    for method, function in _service_methods(plugin_class).items():
        name = service_name(method)
        if name in found:
            raise InvalidPluginTypeException(
                f"{class_name(plugin_class)} has two web services {name}"
            )
        found[name] = not getattr(function, "__mws_unsecured__", False)
    return found


def web_service_method(plugin_class: type, name: str) -> str | None:
    """The method that a web service's name means; None if there is no such service.

    ``notifyEvent``, ``notify-event`` and ``notify_event`` mean the same.
    """
    methods = _service_methods(plugin_class)
    return next((method for method in methods if same_service(name, method)), None)


def _service_methods(plugin_class: type) -> dict[str, FunctionType]:
    return {
        name: function
        for name, function in _methods(plugin_class).items()
        if not name.startswith("_")
        and snake(name) not in _RESERVED
        and _is_service(plugin_class, name, function)
    }


def _methods(plugin_class: type) -> dict[str, FunctionType]:
    """The methods that a type and its bases below AbstractPlugin define themselves."""
    found: dict[str, FunctionType] = {}
    for base in reversed(plugin_class.__mro__):
        if not issubclass(AbstractPlugin, base):
            for name, member in vars(base).items():
                if isinstance(member, FunctionType):
                    found[name] = member
                else:
                    found.pop(name, None)
    return {name: found[name] for name in found if not _is_alias(name, found)}


def _is_alias(name: str, methods: Mapping[str, FunctionType]) -> bool:
    """Whether a name is only the other spelling of a method, which both have."""
    return methods[name].__name__ != name and methods[name].__name__ in methods


def _is_service(plugin_class: type, name: str, function: FunctionType) -> bool:
    marked = any(
        hasattr(function, mark) for mark in ("__mws_web_service__", "__mws_unsecured__")
    )
    arguments = list(inspect.signature(function).parameters.values())[1:]
    if len(arguments) != 1 or arguments[0].kind in (
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.VAR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    ):
        if marked:
            raise InvalidPluginTypeException(
                f"The web service {name} of {class_name(plugin_class)} must take exactly "
                "one argument, its parameters"
            )
        return False
    return marked or arguments[0].name == "params" or _is_map(arguments[0].annotation)


def _is_map(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return _MAP.fullmatch(annotation.strip()) is not None
    kind = typing.get_origin(annotation) or annotation
    return (
        kind is not inspect.Parameter.empty
        and isinstance(kind, type)
        and (issubclass(kind, dict) or kind in _MAPS)
    )


_MAPS = tuple(
    typing.get_origin(kind) for kind in (typing.Mapping, typing.MutableMapping)
)
