"""The plug-ins that a project wants to be created (guide 6.2.16)."""

from collections.abc import Mapping
from collective.mwsvm.plugins.config_object import ConfigObject
from collective.mwsvm.plugins.constraint_values import argument_count
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from collective.mwsvm.plugins.importing import guarded
from collective.mwsvm.plugins.message_format import argument
from collective.mwsvm.plugins.naming import class_name
from collective.mwsvm.plugins.spelling import snake
from collective.mwsvm.plugins.states import Suite
from datetime import date
from enum import Enum
from typing import Any


#: The properties and their types; all but the first one may be left out.
_PROPERTIES: dict[str, type] = {
    "pluginType": str,
    "pollInterval": int,
    "autoStart": bool,
    "precedence": int,
    "config": Mapping,
}
_SPELLINGS = {s: name for name in _PROPERTIES for s in (name, snake(name))}
_WORDS = {str: "text", int: "a whole number", bool: "True or False"}


def initial_plugins(
    project: type, app_config: ConfigObject, suite: Suite
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The plug-ins by their ids, and what is wrong with others, in sentences.

    ``initialPlugins`` is a dictionary, or a method of (appConfig, suite) or of nothing
    that gives one; the object has ``appConfig`` and ``suite`` as attributes, too.
    """
    label = f"initialPlugins of {class_name(project)}"
    try:
        declared = guarded(label, lambda: _declared(project, app_config, suite))
    except InvalidPluginTypeException as error:
        return {}, error.messages
    if declared is None:
        return {}, []
    if not isinstance(declared, Mapping):
        return {}, [f"{label} must be a dictionary of plug-ins, not {declared!r:.100}"]
    plugins, problems = {}, []
    for id, properties in declared.items():
        try:
            plugins[_text(id, "the id")] = _properties(properties)
        except _Wrong as error:
            problems.append(f"{label} is wrong at the plug-in {id!r:.100}: {error}")
    return plugins, problems


class _Wrong(Exception):
    """What is wrong with the properties of a plug-in."""


def _declared(project: type, app_config: ConfigObject, suite: Suite) -> Any:
    made = project()
    for name, value in {
        "appConfig": app_config,
        "app_config": app_config,
        "suite": suite,
    }.items():
        setattr(made, name, value)
    found = getattr(made, "initialPlugins", None) or getattr(
        made, "initial_plugins", None
    )
    if not callable(found):
        return found
    return found(*(app_config, suite)[: argument_count(found)])


def _properties(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise _Wrong(f"it must be a dictionary of properties, not {given!r:.100}")
    properties = {}
    for key, value in given.items():
        name = _SPELLINGS.get(key)
        if name is None:
            raise _Wrong(f"there is no {key!r}; there are {', '.join(_PROPERTIES)}")
        properties[name] = _property(name, value)
    if "pluginType" not in properties:
        raise _Wrong("it must have a pluginType")
    return properties


def _property(name: str, value: Any) -> Any:
    if name == "config":
        if not isinstance(value, Mapping):
            raise _Wrong(f"config must be a dictionary, not {value!r:.100}")
        return _json(value)
    wanted = _PROPERTIES[name]
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise _Wrong(f"{name} must be {_WORDS[wanted]}, not {value!r:.100}")
    return value


def _json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {_text(key, "a name"): _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, Enum | date):
        return argument(value)
    raise _Wrong(f"config can't hold {value!r:.100}")


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise _Wrong(f"{what} must be text, not {value!r:.100}")
    return value
