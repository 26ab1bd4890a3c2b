"""What goes wrong at a poll, told by events and in the log."""

from collective.mwsvm.models import dates
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import IMoabRestService
from collective.mwsvm.plugins import MoabRestResponse
from collective.mwsvm.plugins.types.utilization.kinds import Kind
from collective.mwsvm.plugins.types.utilization.objects import messages
from typing import Any
import time


#: Events about single objects that one poll sends; the log has all of them.
EVENTS = 100


class Problems:
    """Those of one poll of a plug-in."""

    def __init__(
        self, plugin: AbstractPlugin, kind: Kind, rest: IMoabRestService
    ) -> None:
        self._plugin = plugin
        self._kind = kind
        self._rest = rest
        self._left = EVENTS

    def failed(self, event: str, code: str, response: MoabRestResponse) -> None:
        """A request failed; ``code`` is that of the message."""
        report = self._kind.report
        reasons = " ".join(messages(response)) or f"status {response.status}"
        text = self._text(code, report, reasons)
        self._plugin.log.error(text)
        self._event(event, "ERROR", text, report, "reports")

    def error(self, code: str, name: str, *arguments: Any) -> None:
        """An object is left out because of one of its properties."""
        text = self._text(code, name, *arguments)
        self._plugin.log.error(text)
        self._invalid("ERROR", text, name)

    def warning(self, code: str, name: str, *arguments: Any) -> None:
        """A property of an object is not as it should be."""
        text = self._text(code, name, *arguments)
        self._plugin.log.warn(text)
        self._invalid("WARN", text, name)

    def _invalid(self, severity: str, text: str, name: str) -> None:
        if self._left > 0:
            self._left -= 1
            kind = self._kind
            self._event(kind.invalid, severity, text, name or None, kind.object_type)

    def _event(
        self, event: str, severity: str, text: str, name: str | None, object_type: str
    ) -> None:
        response = self._rest.post(
            "/rest/events",
            data={
                "details": {"pluginId": self._plugin.id},
                "errorMessage": {"message": text},
                "eventCategory": self._kind.category,
                "eventTime": dates.mws(time.time()),
                "eventType": event,
                "facility": "reporting",
                "primaryObject": {"id": name, "type": object_type},
                "sourceComponent": self._kind.component,
                "severity": severity,
            },
        )
        if not response.isSuccess():
            self._plugin.log.debug(f"The event {event} could not be stored: {text}")

    def _text(self, code: str, *arguments: Any) -> str:
        full = f"{self._kind.prefix}.{code}.message"
        return self._plugin.message({"code": full, "args": list(arguments)})
