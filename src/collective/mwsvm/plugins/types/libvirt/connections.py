"""Connections to hypervisors through libvirt, which is only imported when used."""

from collections.abc import Iterator
from collective.mwsvm.plugins import InvalidPluginConfigurationException
from contextlib import contextmanager
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any
import threading


#: A connection that is silent for so many seconds is asked for a sign of life ...
KEEPALIVE_SECONDS = 5

#: ... and is given up after so many questions without an answer.
KEEPALIVE_COUNT = 3

MISSING = "The Python library libvirt is missing: install collective.mwsvm[libvirt]"


class HypervisorFailure(Exception):
    """libvirt could not do what was asked; the text is a sentence that says why."""


def library() -> Any:
    """The module ``libvirt``. Raises InvalidPluginConfigurationException without it."""
    try:
        return _library()
    except ImportError as error:
        raise InvalidPluginConfigurationException([MISSING]) from error


@contextmanager
def connection(uri: str) -> Iterator[Any]:
    """A connection to a hypervisor, closed at the end.

    A hypervisor that no longer answers is noticed within 15 seconds, if its transport
    can tell. Raises `HypervisorFailure`, and turns libvirt's own errors into it.
    """
    libvirt = library()
    with failures():
        opened = libvirt.open(uri)
        try:
            # Local drivers have nothing to keep alive, and say so by an error.
            with suppress(libvirt.libvirtError):
                opened.setKeepAlive(KEEPALIVE_SECONDS, KEEPALIVE_COUNT)
            yield opened
        finally:
            with suppress(libvirt.libvirtError):
                opened.close()


@contextmanager
def failures() -> Iterator[None]:
    """Turns errors of libvirt into `HypervisorFailure`."""
    try:
        yield
    except library().libvirtError as error:
        raise HypervisorFailure(error.get_error_message() or str(error)) from error


@cache
def _library() -> Any:
    libvirt = import_module("libvirt")
    # libvirt writes each error to standard error, too, unless told otherwise.
    libvirt.registerErrorHandler(_ignore, None)
    # Signs of life are sent by a loop that must be there before the first connection.
    libvirt.virEventRegisterDefaultImpl()
    threading.Thread(
        target=_run_events, args=(libvirt,), name="libvirt-events", daemon=True
    ).start()
    return libvirt


def _ignore(context: object, error: object) -> None:
    pass


def _run_events(libvirt: Any) -> None:
    while True:
        with suppress(libvirt.libvirtError):
            libvirt.virEventRunDefaultImpl()
