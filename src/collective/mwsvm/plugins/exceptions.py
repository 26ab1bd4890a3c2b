"""What plug-ins raise and what MWS raises to them (guide 6.2.13)."""

from collections.abc import Iterable
from typing import overload


#: What a caller learns who gave no message.
PROBLEM = "A problem occurred while processing the request"


class PluginException(Exception):
    """The base of all exceptions of plug-ins.

    ``messages`` are the sentences for people; ``cause`` is the exception behind this one.
    """

    def __init__(
        self,
        messages: str | Iterable[str] = (),
        cause: BaseException | None = None,
    ) -> None:
        super().__init__(messages)
        self.messages = _texts(messages)
        self.__cause__ = cause

    @property
    def message(self) -> str:
        """All messages as one text."""
        return " ".join(self.messages)

    def getMessage(self) -> str:
        return self.message

    get_message = getMessage

    def __str__(self) -> str:
        return self.message


class InvalidPluginException(PluginException):
    """There is no such plug-in, or what was given is none."""


class InvalidPluginTypeException(PluginException):
    """There is no such plug-in type, or its class is wrong."""


class InvalidPluginConfigurationException(PluginException):
    """The configuration is wrong; each error is one of ``errors``."""

    @property
    def errors(self) -> list[str]:
        return self.messages

    def getErrors(self) -> list[str]:
        return self.messages

    get_errors = getErrors


class PluginStartException(PluginException):
    """The plug-in could not be started."""


class PluginStopException(PluginException):
    """The plug-in could not be stopped.

    ``pluginRunning`` says whether it runs on; None if that is not known.
    """

    def __init__(
        self,
        messages: str | Iterable[str] = (),
        cause: BaseException | bool | None = None,
        pluginRunning: bool | None = None,
    ) -> None:
        super().__init__(messages, None if isinstance(cause, bool) else cause)
        self.pluginRunning = cause if isinstance(cause, bool) else pluginRunning

    @property
    def plugin_running(self) -> bool | None:
        return self.pluginRunning

    def getPluginRunning(self) -> bool | None:
        return self.pluginRunning

    get_plugin_running = getPluginRunning


class UnsupportedOperationException(PluginException):
    """The plug-in has no such operation."""


class WebServiceException(PluginException):
    """What a web service answers instead of a result (guide 6.2.8).

    ``messages`` is the list in the answer's body, ``responseCode`` its HTTP status: 500 if
    none is given. Made from a message, from a list of messages, from a code alone, or from
    messages and a code.
    """

    @overload
    def __init__(self, messages: int) -> None: ...

    @overload
    def __init__(
        self, messages: str | Iterable[str] = (), responseCode: int | None = None
    ) -> None: ...

    def __init__(
        self,
        messages: str | Iterable[str] | int = (),
        responseCode: int | None = None,
    ) -> None:
        if isinstance(messages, int):
            super().__init__()
            self.responseCode = messages
        else:
            super().__init__(messages)
            self.responseCode = responseCode

    @property
    def messages(self) -> list[str]:
        return self._messages

    @messages.setter
    def messages(self, messages: str | Iterable[str]) -> None:
        self._messages = _texts(messages) or [PROBLEM]

    @property
    def responseCode(self) -> int:
        return self._response_code

    @responseCode.setter
    def responseCode(self, code: int | None) -> None:
        self._response_code = 500 if code is None else code

    response_code = responseCode


def _texts(messages: str | Iterable[str]) -> list[str]:
    if isinstance(messages, str):
        return [messages] if messages else []
    return [str(message) for message in messages]
