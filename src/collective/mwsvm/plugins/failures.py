"""Exceptions as JSON and back: how they cross from one process to another."""

from collections.abc import Iterator
from collective.mwsvm.plugins import exceptions
from collective.mwsvm.plugins.exceptions import PluginException
from collective.mwsvm.plugins.exceptions import WebServiceException
from typing import Any
import traceback


Json = dict[str, Any]

#: The most of a traceback, and of one message, in characters.
TRACEBACK = 20_000
MESSAGE = 4_000

_KNOWN: dict[str, type[PluginException]] = {
    name: member
    for name, member in vars(exceptions).items()
    if isinstance(member, type) and issubclass(member, PluginException)
}


def type_name(error: BaseException) -> str:
    """The name of the author API's class that the exception is of, else that of its own."""
    for cls in type(error).__mro__:
        if _KNOWN.get(cls.__name__) is cls:
            return cls.__name__
    return type(error).__name__


def sentences(error: BaseException) -> list[str]:
    """What the exception says; never empty."""
    if isinstance(error, PluginException):
        found = list(_texts(error.messages))
    else:
        found = list(_texts([error]))
    name = type(error).__name__
    if isinstance(error, LookupError | SystemExit):
        # Their own text is only a key or a number.
        found = [f"{name}: {text}" for text in found]
    if isinstance(error, MemoryError):
        return ["The plug-in needs more memory than its process may have"]
    return found or [name]


def described(error: BaseException) -> Json:
    """The exception as an ``error`` of the host protocol."""
    return {
        "type": type_name(error),
        "messages": sentences(error),
        "code": error.responseCode if isinstance(error, WebServiceException) else None,
        "errors": list(getattr(error, "errors", None) or []) or None
        if isinstance(error, PluginException)
        else None,
        "traceback": _traceback(error),
    }


def raised(raise_: Json) -> PluginException:
    """The exception of a ``raise`` of the host protocol; unknown types are the base's."""
    messages = [str(message) for message in raise_.get("messages") or []]
    cls = _KNOWN.get(str(raise_.get("type")), PluginException)
    if issubclass(cls, WebServiceException):
        return cls(messages, raise_.get("code"))
    return cls(messages)


def _texts(messages: list[Any]) -> Iterator[str]:
    for message in messages:
        try:
            text = str(message)
        except Exception:
            # A __str__ of the plug-in's own: it must not hide what happened.
            text = type(message).__name__
        # What can't be written as UTF-8 can't be told either.
        text = text.encode("utf-8", "replace").decode()
        if text.strip():
            yield text[:MESSAGE]


def _traceback(error: BaseException) -> str:
    try:
        text = "".join(traceback.format_exception(error))
    except Exception:
        return type(error).__name__
    return text[-TRACEBACK:].encode("utf-8", "replace").decode()
