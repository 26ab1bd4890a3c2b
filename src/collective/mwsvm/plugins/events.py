"""Calling the events of plug-ins (guide 6.2.12)."""

from collections.abc import Callable
from collections.abc import Sequence
from collective.mwsvm.plugins.exceptions import UnsupportedOperationException
from collective.mwsvm.plugins.reports import NodeReportPower
from collective.mwsvm.plugins.spelling import snake
from collective.mwsvm.plugins.web_services import EVENTS
from typing import Any
import inspect


#: A plug-in without them just does nothing then.
LIFE_CYCLE = ("configure", "beforeStart", "afterStart", "beforeStop", "afterStop")


def event_method(plugin: object, event: str) -> Callable[..., Any] | None:
    """The method of a plug-in that handles an event, in either spelling."""
    for name in (event, snake(event)):
        method = getattr(plugin, name, None)
        if callable(method):
            found: Callable[..., Any] = method
            return found
    return None


def call_event(
    plugin: object, plugin_type: str, event: str, arguments: Sequence[Any]
) -> Any:
    """What a plug-in answers to an event, whose arguments are JSON values.

    Raises UnsupportedOperationException if it does not handle the event and is no event
    of its life cycle, and whatever the plug-in raises.
    """
    method = event_method(plugin, event) if event in EVENTS else None
    if method is None:
        if event in LIFE_CYCLE:
            return None
        raise UnsupportedOperationException(
            f"Plug-ins of the type {plugin_type} have no event {event}"
        )
    return method(*_fitting(event, method, list(arguments)))


def _fitting(event: str, method: Callable[..., Any], arguments: list[Any]) -> list[Any]:
    if event == "nodePower" and len(arguments) == 2:
        return [arguments[0], _power(arguments[1])]
    if event == "jobStart" and len(arguments) in (3, 4):
        # There are two forms of it: with properties and without.
        job, properties = arguments[:3], arguments[3:] or [{}]
        return job + properties if _takes(method, 4) else job
    return arguments


def _power(name: Any) -> NodeReportPower:
    power = NodeReportPower.parse(name) if isinstance(name, str) else None
    if power is None:
        allowed = ", ".join(member.name for member in NodeReportPower)
        raise ValueError(f"The power state can't be {name!r}: it is one of {allowed}")
    return power


def _takes(method: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(method).bind(*[None] * count)
    except TypeError:
        return False
    return True
