"""Plug-in classes with the methods that MWS adds to each of them (guide 6.2.2)."""

from collective.mwsvm.plugins.abstract import AbstractPluginInfo
from collective.mwsvm.plugins.abstract import DynamicMethods
from collective.mwsvm.plugins.spelling import snake
from functools import cache
from typing import Any
import inspect


class _Shadowed:
    """An attribute that MWS adds and that an object may have of its own instead."""

    def __init__(self, attribute: property) -> None:
        self._attribute = attribute

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return self._attribute.__get__(instance, owner)


@cache
def managed_class(plugin_class: type) -> type:
    """The class whose objects are the plug-ins of a type.

    It is a subclass of the same name where the type's own one lacks the dynamic methods
    or has others of their names: those are overwritten. Attributes of the class, such as
    ``state`` or ``log``, remain its own if it does not extend AbstractPlugin.
    """
    members = dict(_METHODS)
    if not issubclass(plugin_class, AbstractPluginInfo):
        members |= _added_attributes(plugin_class)
    members = {
        name: member
        for name, member in members.items()
        if inspect.getattr_static(plugin_class, name, None) is not member
    }
    if not members:
        return plugin_class
    for name in ("__module__", "__qualname__", "__doc__"):
        members[name] = getattr(plugin_class, name)
    return type(plugin_class)(plugin_class.__name__, (plugin_class,), members)


def _added_attributes(plugin_class: type) -> dict[str, Any]:
    added: dict[str, Any] = {}
    for name, member in _ATTRIBUTES.items():
        if not hasattr(plugin_class, name):
            added[name] = _Shadowed(member)
        getter = f"get{name[0].upper()}{name[1:]}"
        if getter in _METHODS:
            # It tells what MWS knows, whatever the attribute is.
            added[getter] = added[snake(getter)] = member.fget
    if not hasattr(plugin_class, "id") and hasattr(plugin_class, "getId"):
        added["id"] = property(lambda plugin: plugin.getId())
    return added


# The id is the class's own: guide 6.2.1 asks it for one.
_ID = ("id", "getId", "setId", "get_id", "set_id")
_MEMBERS = {
    name: member
    for base in (AbstractPluginInfo, DynamicMethods)
    for name, member in vars(base).items()
    if not name.startswith("__")
    and name not in {"id", "getId", "setId", "get_id", "set_id"}
}
_ATTRIBUTES = {n: m for n, m in _MEMBERS.items() if isinstance(m, property)}
_METHODS = {
    name: member
    for name, member in _MEMBERS.items()
    if name not in _ATTRIBUTES and not isinstance(member, classmethod)
}
