"""A host process's end of the conversation with the site: requests in, calls out."""

from collections.abc import Callable
from collections.abc import Mapping
from collective.mwsvm.plugins.channel import BadFrame
from collective.mwsvm.plugins.channel import Channel
from collective.mwsvm.plugins.channel import ChannelClosed
from collective.mwsvm.plugins.exceptions import PluginException
from collective.mwsvm.plugins.failures import described
from collective.mwsvm.plugins.failures import raised
from typing import Any
import os
import threading


Json = dict[str, Any]
Handle = Callable[[Json], Any]

_NOBODY: Mapping[str, Any] = {}


class Link:
    """Answers the site's requests one after the other; carries calls to the site.

    Calls may come from any thread while a request is being answered, one at a time. While
    a call waits the site may send requests, which the waiting thread answers.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        # Held by who talks: a call with its reply is one turn, with what is nested in it.
        self._turn = threading.RLock()
        self._sending = threading.Lock()
        self._plugins: list[Mapping[str, Any]] = []
        # A process that a plug-in forks off must not talk with its voice.
        os.register_at_fork(after_in_child=channel.close)

    @property
    def plugin(self) -> Mapping[str, Any]:
        """The plug-in that the present request is for, as the site sent it; or nothing."""
        return self._plugins[-1] if self._plugins else _NOBODY

    def serve(self, handle: Handle) -> None:
        """Answer requests with what ``handle`` gives, until the site hangs up."""
        while True:
            try:
                request = self._channel.receive()
                self._answer(request, handle)
            except ChannelClosed:
                return

    def call(self, service: str, method: str, *arguments: Any) -> Any:
        """What the site answers to a call of a service; arguments are JSON values.

        Raises the `PluginException` that the site raises, and RuntimeError when no
        request is being answered.
        """
        frame = {
            "call": f"{service}.{method}",
            "plugin": self.plugin.get("id"),
            "arguments": arguments,
        }
        with self._turn:
            if not self._plugins:
                raise RuntimeError(
                    f"{service}.{method} can only be called while MWS calls the plug-in"
                )
            try:
                self._send(frame)
            except BadFrame as error:
                raise ValueError(f"{service}.{method}: {error}") from error
            return self._reply()

    def log(self, record: Json) -> None:
        """Tell the site's log; what the site can't hear is lost."""
        try:
            self._send({"log": record})
        except (BadFrame, ChannelClosed):
            return

    def _reply(self) -> Any:
        while True:
            frame = self._channel.receive()
            if "op" in frame:
                self._answer(frame, self._handle)
            elif "raise" in frame:
                raise raised(frame["raise"])
            else:
                return frame["reply"]

    def _answer(self, request: Json, handle: Handle) -> None:
        self._handle = handle
        self._plugins.append(request.get("plugin") or {})
        try:
            frame = {"result": handle(request)}
        except ChannelClosed:
            raise
        except BaseException as error:
            # All of them: what ends a process elsewhere is only told here.
            frame = {"error": described(error)}
        with self._turn:
            self._plugins.pop()
            try:
                self._send(frame)
            except (BadFrame, MemoryError) as error:
                self._send({"error": described(_unsendable(error))})

    def _send(self, frame: Json) -> None:
        with self._sending:
            self._channel.send(frame)


def _unsendable(error: BaseException) -> BaseException:
    if isinstance(error, MemoryError):
        return error
    return PluginException(f"The result can't be sent: {error}")
