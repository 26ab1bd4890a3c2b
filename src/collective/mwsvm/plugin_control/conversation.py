"""The site's end of a conversation with a host process (see `plugins.link`)."""

from collections.abc import Callable
from collective.mwsvm.plugin_control.errors import HostError
from collective.mwsvm.plugin_control.errors import PluginDied
from collective.mwsvm.plugin_control.errors import PluginFailed
from collective.mwsvm.plugins.channel import BadFrame
from collective.mwsvm.plugins.channel import Channel
from collective.mwsvm.plugins.channel import ChannelClosed
from collective.mwsvm.plugins.exceptions import PluginException
from collective.mwsvm.plugins.failures import described
from typing import Any
from typing import NoReturn
from typing import Protocol
import logging


Json = dict[str, Any]

logger = logging.getLogger(__name__)

#: What a plug-in learns of a service that failed otherwise than it should.
FAILED = "The service failed; the log of the site says why"


class Services(Protocol):
    """What the site does for plug-ins."""

    def call(
        self,
        plugin: str,
        service: str,
        method: str,
        arguments: list[Any],
        ask: Callable[[Json], Any],
    ) -> Any:
        """The answer to a plug-in's call of a service's method, a JSON value.

        ``plugin`` is the id of the plug-in that was asked; empty if there is none. ``ask``
        sends a request to the process that waits for this answer. Raises
        `PluginException` for what the plug-in is to know; all else is logged.
        """

    def log(self, record: Json) -> None:
        """Write what a plug-in has logged."""


class Conversation:
    """One request to a process, and all that the process asks before it answers."""

    def __init__(self, channel: Channel, services: Services) -> None:
        self._channel = channel
        self._services = services
        #: Why the process can't be talked with any more.
        self.ended: Exception | None = None
        #: Whether it has told that it is out of memory.
        self.exhausted = False

    def ask(self, request: Json) -> Any:
        """The result of the request.

        Raises `PluginFailed` after which the process can be asked again, `BadFrame` if
        the request itself can't be sent, and `ChannelClosed`, TimeoutError and
        `PluginDied` after which it can't.
        """
        self._send(request)
        plugin = str((request.get("plugin") or {}).get("id") or "")
        while True:
            frame = self._receive()
            if "log" in frame:
                self._log(frame["log"])
            elif "call" in frame:
                self._serve(plugin, frame)
            elif "error" in frame:
                failure = _failed(frame["error"])
                self.exhausted |= failure.type == MemoryError.__name__
                raise failure
            elif "result" in frame:
                return frame["result"]
            else:
                self._strange(f"there are only {', '.join(frame) or 'no fields'}")

    def _serve(self, plugin: str, frame: Json) -> None:
        service, _, method = str(frame["call"]).partition(".")
        arguments = frame.get("arguments")
        try:
            reply = self._services.call(
                plugin,
                service,
                method,
                arguments if isinstance(arguments, list) else [],
                self.ask,
            )
            answer: Json = {"reply": reply}
        except PluginException as error:
            answer = _raise(error)
        except Exception as error:
            if self.ended is None:
                logger.exception("%s.%s for plugin %s", service, method, plugin)
            answer = _raise(self._outer(error))
        if self.ended is not None:
            # Whatever the service made of it: nobody waits for the answer any more.
            raise self.ended
        try:
            self._send(answer)
        except BadFrame as error:
            logger.error("%s.%s for plugin %s: %s", service, method, plugin, error)
            self._send(_raise(PluginException(FAILED)))

    def _outer(self, error: Exception) -> PluginException:
        # Of a nested request the plug-in may know what it did itself.
        if isinstance(error, HostError):
            return PluginException(error.sentence)
        return PluginException(FAILED)

    def _log(self, record: Any) -> None:
        try:
            self._services.log(record)
        except Exception:
            logger.exception("What a plug-in logs can't be logged")

    def _send(self, frame: Json) -> None:
        try:
            self._channel.send(frame)
        except (ChannelClosed, TimeoutError) as error:
            self.ended = error
            raise

    def _receive(self) -> Json:
        try:
            frame = self._channel.receive()
        except (ChannelClosed, TimeoutError) as error:
            self.ended = error
            raise
        except BadFrame as error:
            self._strange(str(error))
        if not isinstance(frame, dict):
            self._strange(f"it is a {type(frame).__name__}")
        return frame

    def _strange(self, problem: str) -> NoReturn:
        self.ended = PluginDied(f"sent what is no message: {problem}")
        raise self.ended


def _raise(error: PluginException) -> Json:
    told = described(error)
    return {"raise": {name: told[name] for name in ("type", "messages", "code")}}


def _failed(error: Any) -> PluginFailed:
    told = error if isinstance(error, dict) else {}
    code = told.get("code")
    return PluginFailed(
        str(told.get("type") or "PluginException"),
        [str(message) for message in told.get("messages") or []],
        code if isinstance(code, int) else None,
        told.get("errors") if isinstance(told.get("errors"), list) else None,
        str(told.get("traceback") or ""),
    )
