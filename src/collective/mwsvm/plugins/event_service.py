"""Events and notifications in a plug-in's name: IPluginEventService."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.plugins.plain import plain
from collective.mwsvm.plugins.proxies import Call
from collective.mwsvm.plugins.spelling import camel
from collective.mwsvm.plugins.spelling import respell
from enum import Enum
from typing import Any
import orjson


Json = dict[str, Any]

SEVERITIES = ("INFO", "WARN", "ERROR", "FATAL")
ESCALATION_LEVELS = ("USER", "POWER_USER", "ADMIN", "INTERNAL")
#: Notifications are for people.
NOTIFICATION_LEVELS = ESCALATION_LEVELS[:3]

_EVENT = (
    "severity",
    "escalationLevel",
    "entryCode",
    "eventType",
    "originSuffix",
    "message",
    "arguments",
    "associatedObjects",
)
_CONDITION = (
    "escalationLevel",
    "message",
    "associatedObject",
    "details",
    "expirationDuration",
)


class EventService:
    """Reports what the plug-in tells as an event of the site (guide 4.5)."""

    def __init__(self, call: Call, plugin: Callable[[], Mapping[str, Any]]) -> None:
        """``plugin`` tells the plug-in that is at work."""
        self._call = call
        self._plugin = plugin

    def createEvent(self, *event: Any, **fields: Any) -> None:
        """Report an event; raises TypeError for fields that there are not."""
        given = _bound("createEvent", _EVENT, event, fields)
        severity = _one_of("severity", given.get("severity", "INFO"), SEVERITIES)
        message = str(given.get("message") or "")
        details = {
            "escalationLevel": _level(given, ESCALATION_LEVELS, "ADMIN"),
            "entryCode": given.get("entryCode"),
            "message": message,
            "arguments": given.get("arguments"),
        }
        self._send(
            "createEvent",
            given.get("eventType") or "pluginEvent",
            severity,
            given.get("originSuffix"),
            given.get("associatedObjects") or [],
            details,
        )

    def updateNotificationCondition(self, *condition: Any, **fields: Any) -> None:
        """Tell of a condition; raises TypeError for fields that there are not."""
        given = _bound("updateNotificationCondition", _CONDITION, condition, fields)
        associated = given.get("associatedObject")
        more = given.get("details") or {}
        details = {
            **{str(name): value for name, value in more.items()},
            "escalationLevel": _level(given, NOTIFICATION_LEVELS, "USER"),
            "message": str(given.get("message") or ""),
            "expirationDuration": given.get("expirationDuration"),
        }
        self._send(
            "updateNotificationCondition",
            "notificationCondition",
            "WARN",
            None,
            [] if associated is None else [associated],
            details,
        )

    def _send(
        self,
        method: str,
        event_type: str,
        severity: str,
        suffix: str | None,
        associated: Sequence[Any],
        details: Json,
    ) -> None:
        plugin = self._plugin()
        id = plugin.get("id")
        steps = ["MWS", "plugins", plugin.get("pluginType"), id, suffix]
        details = {**details, "origin": "/".join(str(step) for step in steps if step)}
        failed = severity in ("ERROR", "FATAL")
        event: Json = {
            "eventType": event_type,
            "eventCategory": "plugin",
            "facility": "plugin",
            "severity": severity,
            "status": "failure" if failed else "success",
            "primaryObject": {"type": "plugin", "id": id},
            "relatedObjects": [
                {"type": _read(given, "type"), "id": _read(given, "id")}
                for given in associated
            ],
            "details": {
                name: text for name, value in details.items() if (text := _text(value))
            },
        }
        if failed:
            event["errorMessage"] = {
                "message": details["message"],
                "originator": details["origin"],
            }
        self._call("pluginEventService", method, plain(event, "The event"))


def _bound(
    method: str, names: Sequence[str], values: Sequence[Any], fields: Mapping[str, Any]
) -> Json:
    if len(values) == 1 and isinstance(values[0], Mapping):
        fields, values = {**values[0], **fields}, ()
    if len(values) > len(names):
        raise TypeError(
            f"{method} takes {len(names)} arguments, not {len(values)}: "
            f"{', '.join(names)}"
        )
    given = dict(zip(names, values, strict=False))
    for spelled, value in fields.items():
        name = camel(str(spelled))
        if name not in names:
            raise TypeError(f"{method} has no field {spelled!r}: {', '.join(names)}")
        given[name] = value
    return {name: value for name, value in given.items() if value is not None}


def _one_of(field: str, value: Any, allowed: Sequence[str]) -> str:
    name = value.name if isinstance(value, Enum) else value
    if isinstance(name, int) and 0 <= name < len(allowed):
        return allowed[name]
    if str(name).upper() in allowed:
        return str(name).upper()
    raise ValueError(
        f"The {field} can't be {name!r}: it is one of {', '.join(allowed)}"
    )


def _level(given: Json, allowed: Sequence[str], default: str) -> str:
    return _one_of("escalationLevel", given.get("escalationLevel", default), allowed)


def _read(associated: Any, name: str) -> Any:
    if isinstance(associated, Mapping):
        return associated.get(name)
    return getattr(associated, name, None)


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return orjson.dumps(plain(value, "A detail of the event")).decode()


respell(EventService)
