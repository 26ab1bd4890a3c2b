"""Sessions with a vCenter server through pyVmomi, which is only imported when used."""

from collections.abc import Iterator
from collective.mwsvm.plugins import InvalidPluginConfigurationException
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit
import socket


#: Seconds that the server may be silent.
SECONDS = 20

MISSING = "The Python library pyVmomi is missing: install collective.mwsvm[vcenter]"

# What pyVmomi itself speaks when it does not ask the server.
_ANY_VERSION = "vim.version.version9"


class VCenterFailure(Exception):
    """The server could not be read; the text is a sentence that says why."""


@dataclass(frozen=True)
class Server:
    """Where the server is and who asks it."""

    url: str
    username: str
    password: str
    ignore_certificate_errors: bool = False
    ignore_api_version: bool = False


def check_library() -> None:
    """Raises InvalidPluginConfigurationException where pyVmomi is not installed."""
    try:
        library("pyVmomi")
    except ImportError as error:
        raise InvalidPluginConfigurationException([MISSING]) from error


def library(name: str) -> Any:
    """A module of pyVmomi. Raises ImportError where it is not installed."""
    return import_module(name)


@contextmanager
def session(server: Server) -> Iterator[Any]:
    """The ``ServiceContent`` of a new session, which is closed at the end.

    Raises `VCenterFailure` for whatever goes wrong before and within the ``with``.
    """
    connect = library("pyVim.connect")
    before = socket.getdefaulttimeout()
    # pyVmomi asks for the server's versions without a timeout of its own.
    socket.setdefaulttimeout(SECONDS)
    try:
        instance = _connect(connect, server)
        try:
            content = instance.RetrieveContent()
            if content.about.apiType != "VirtualCenter":
                raise VCenterFailure(
                    f"{server.url} is no vCenter server but {content.about.apiType}; "
                    "it must be the server that manages the hypervisors"
                )
            yield content
        finally:
            connect.Disconnect(instance)
    except VCenterFailure:
        raise
    except Exception as error:
        # pyVmomi raises whatever its layers do: sockets, TLS, XML, faults of the server.
        raise VCenterFailure(_reason(error)) from error
    finally:
        socket.setdefaulttimeout(before)


def _connect(connect: Any, server: Server) -> Any:
    parts = urlsplit(server.url)
    plain = parts.scheme == "http"
    port = parts.port or (80 if plain else 443)
    options = {
        "host": parts.hostname,
        "user": server.username,
        "pwd": server.password,
        "path": parts.path.rstrip("/") or "/sdk",
        "disableSslCertValidation": server.ignore_certificate_errors,
        "httpConnectionTimeout": SECONDS,
    }
    if not server.ignore_api_version:
        return connect.SmartConnect(protocol=parts.scheme, port=port, **options)
    # A negative port is pyVmomi's sign for http.
    return connect.Connect(
        port=-port if plain else port, version=_ANY_VERSION, **options
    )


def _reason(error: Exception) -> str:
    # Faults of the server have their text in "msg", and print all their fields.
    text = getattr(error, "msg", None) or str(error)
    return f"{type(error).__name__.rpartition('.')[2]}: {text}"
