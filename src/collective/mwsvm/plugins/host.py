"""A host process: the one place where plug-in code runs.

``python -m collective.mwsvm.plugins.host <descriptor>`` serves the site at the other end of
a socket until that hangs up. It knows neither Zope nor the database: what the site is to do
for a plug-in goes through the socket, too.
"""

from collections.abc import Mapping
from collective.mwsvm.plugins.bundled import bundled_services
from collective.mwsvm.plugins.channel import Channel
from collective.mwsvm.plugins.config_object import ConfigObject
from collective.mwsvm.plugins.describing import describe
from collective.mwsvm.plugins.exceptions import PluginException
from collective.mwsvm.plugins.injection import Container
from collective.mwsvm.plugins.link import Link
from collective.mwsvm.plugins.loading import Library
from collective.mwsvm.plugins.logs import install
from collective.mwsvm.plugins.logs import LinkHandler
from collective.mwsvm.plugins.logs import plugin_logger
from collective.mwsvm.plugins.objects import Objects
from collective.mwsvm.plugins.plugin_requests import Requests
from collective.mwsvm.plugins.states import Suite
from typing import Any
import contextlib
import ctypes
import gc
import logging
import os
import resource
import signal
import socket
import sys


Json = dict[str, Any]

_PR_SET_PDEATHSIG = 1

#: New objects before the garbage collector looks for cycles. Reports come in tens of
#: thousands and have none: with Python's 700 it would go through them again and again.
_NEW_OBJECTS = 200_000


class Host:
    """Answers the requests of the host protocol."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._container: Container | None = None
        self._requests: Requests | None = None

    def handle(self, request: Json) -> Any:
        """The result of a request, a JSON value; raises what the site is to know."""
        operation = request.get("op")
        if operation == "setup":
            return self._setup(request)
        if self._container is None or self._requests is None:
            raise PluginException("The first request must be setup")
        if operation == "describe":
            return describe(
                self._container.library,
                self._container.app_config,
                self._container.suite,
            )
        return self._requests.answer(request)

    def _setup(self, request: Json) -> None:
        _limit_memory(int(request.get("memory") or 0))
        level = int(request.get("logLevel") or logging.INFO)
        install(LinkHandler(self._link.log, lambda: self._link.plugin.get("id")), level)
        self._container = Container(
            _library(request["source"], request.get("versions") or {}),
            bundled_services(
                self._link.call,
                lambda: self._link.plugin,
                str(request.get("certificates") or ""),
            ),
            ConfigObject(request.get("appConfig")),
            Suite.parse(request.get("suite")),
            plugin_logger,
        )
        objects = Objects(self._container, self._link.call)
        self._requests = Requests(self._container, objects)
        # All that is loaded stays.
        gc.freeze()


def _library(source: Mapping[str, str], versions: Mapping[str, str]) -> Library:
    if source["kind"] == "installed":
        return Library.installed(versions)
    if source["kind"] == "module":
        return Library.module(source["path"], versions)
    return Library.package(source["path"], versions)


def _limit_memory(most: int) -> None:
    # What a plug-in has in memory is not for files.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if most:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _tie_to_parent() -> None:
    """Let this process end when the one that has started it does, where Linux can."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def main(descriptor: int) -> None:
    """Serve the site at the other end of a socket until it hangs up."""
    _tie_to_parent()
    # Ctrl-C in the server's terminal is the server's own matter.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # For what plug-ins start: the conversation is not theirs.
    os.set_inheritable(descriptor, False)
    with contextlib.suppress(OSError):
        os.dup2(2, 1)
    gc.set_threshold(_NEW_OBJECTS)
    link = Link(Channel(socket.socket(fileno=descriptor)))
    link.serve(Host(link).handle)


if __name__ == "__main__":
    main(int(sys.argv[1]))
