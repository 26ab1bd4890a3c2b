"""The processes for plug-ins of one process of the site.

Plug-in code runs in them only, so that what it does wrong is done to nobody else.
"""

from collections.abc import Callable
from collective.mwsvm.plugin_control.conversation import Services
from collective.mwsvm.plugin_control.errors import PluginTimeout
from collective.mwsvm.plugin_control.host_process import HostProcess
from collective.mwsvm.plugin_control.host_process import Process
from collective.mwsvm.plugins.channel import ChannelClosed
from collective.mwsvm.plugins.constants import PluginConstants
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from dataclasses import dataclass
from typing import Any
import logging
import orjson
import os
import threading
import time
import weakref


__all__ = ["HostSettings", "Hosts", "Services", "Source"]

Json = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """The code that a process loads; equal sources share processes."""

    #: ``installed``, ``module`` (a file) or ``package`` (a folder).
    kind: str
    path: str = ""
    name: str = ""


@dataclass(frozen=True)
class HostSettings:
    """What a process is told of the site."""

    #: The configuration for plug-ins, as JSON text.
    app_config: str = "{}"
    suite: str = "CLOUD"
    #: The directory of certificates with relative names.
    certificates: str = ""
    #: The most memory (address space) in bytes; 0: no limit.
    memory: int = 0
    #: Of ``mws`` and of the plug-in framework (``commons``).
    versions: tuple[tuple[str, str], ...] = ()


Key = tuple[Source, HostSettings]


@dataclass(eq=False)
class _Host:
    key: Key
    process: HostProcess
    #: Since when it has nothing to do, in seconds of the pool's clock.
    idle_since: float = 0.0


class Hosts:
    """A pool of processes; threads may share it."""

    def __init__(
        self,
        limit: int = 16,
        idle: float = 300,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """At most ``limit`` processes; each ends when it was ``idle`` so many seconds."""
        self._limit = limit
        self._idle = idle
        self._monotonic = monotonic
        self._reset()
        _pools.add(self)

    def ask(
        self,
        source: Source,
        settings: HostSettings,
        request: Json,
        services: Services,
        seconds: float,
    ) -> Any:
        """What a process with this code answers to a request of the host protocol.

        Its calls are answered by ``services`` in this thread, within the same time.
        Raises `PluginFailed` if the plug-in raises, `PluginTimeout` if it does not answer
        in time or no process is free, `PluginDied` if its process ends.
        """
        self.tidy()
        deadline = time.monotonic() + seconds
        plugin = str((request.get("plugin") or {}).get("id") or "")
        host = self._take((source, settings), plugin, deadline, seconds)
        try:
            return host.process.ask(request, services, deadline, self._spawn)
        except TimeoutError:
            raise PluginTimeout(seconds) from None
        except ChannelClosed:
            raise host.process.death() from None
        finally:
            self._give_back(host, plugin)

    def tidy(self) -> None:
        """End the processes that were idle for too long."""
        with self._changed:
            latest = self._monotonic() - self._idle
            old = [host for host in self._free if host.idle_since <= latest]
            for host in old:
                self._forget(host)
        _end(old)

    def close(self) -> None:
        """End all processes, also those at work. Nothing can be asked after it."""
        with self._changed:
            self._closed = True
            hosts = list(self._live)
            for host in hosts:
                self._forget(host)
            self._changed.notify_all()
        _end(hosts)
        self._spawner.shutdown(wait=False)

    def _reset(self) -> None:
        """Begin anew; also in a forked process, whose parent the processes belong to."""
        self._changed = threading.Condition()
        self._closed = False
        self._live: set[_Host] = set()
        self._free: list[_Host] = []
        self._homes: dict[tuple[Key, str], _Host] = {}
        # The kernel ends a process with the thread that has started it: with a request's
        # thread it would end too soon.
        self._spawner = ThreadPoolExecutor(1, "plugin-hosts")
        self._finalizer = weakref.finalize(self, _finish, os.getpid(), self._live)

    def _abandon(self) -> None:
        self._finalizer.detach()
        for host in self._live:
            host.process.abandon()
        self._reset()

    def _spawn(self, start: Callable[[], Process]) -> Process:
        return self._spawner.submit(start).result()

    # -- taking and giving back

    def _take(self, key: Key, plugin: str, deadline: float, seconds: float) -> _Host:
        ended: list[_Host] = []
        try:
            with self._changed:
                while True:
                    if self._closed:
                        raise RuntimeError(
                            "the pool of processes for plug-ins is closed"
                        )
                    host = self._free_host(key, plugin)
                    if host is not None:
                        self._free.remove(host)
                        return host
                    if len(self._live) >= self._limit and self._free:
                        # Of other code, for of this one there is none.
                        ended.append(self._free[0])
                        self._forget(self._free[0])
                    if len(self._live) < self._limit:
                        host = _Host(key, HostProcess(_setup(*key)))
                        self._live.add(host)
                        return host
                    left = deadline - time.monotonic()
                    if left <= 0:
                        raise PluginTimeout(seconds, waiting=True)
                    self._changed.wait(left)
        finally:
            _end(ended)

    def _free_host(self, key: Key, plugin: str) -> _Host | None:
        home = self._homes.get((key, plugin))
        if home is not None and home in self._free:
            return home
        return next((host for host in reversed(self._free) if host.key == key), None)

    def _give_back(self, host: _Host, plugin: str) -> None:
        with self._changed:
            usable = host.process.usable and host in self._live
            if usable:
                host.idle_since = self._monotonic()
                self._free.append(host)
                # There it has its object, with what that remembers.
                self._homes[host.key, plugin] = host
            else:
                self._forget(host)
            self._changed.notify_all()
        if not usable:
            host.process.end()

    def _forget(self, host: _Host) -> None:
        self._live.discard(host)
        if host in self._free:
            self._free.remove(host)
        for home in [home for home, at in self._homes.items() if at is host]:
            del self._homes[home]


def _setup(source: Source, settings: HostSettings) -> Json:
    return {
        "op": "setup",
        "source": asdict(source),
        "appConfig": orjson.loads(settings.app_config),
        "suite": settings.suite,
        "certificates": settings.certificates,
        "memory": settings.memory,
        "versions": dict(settings.versions),
        "logLevel": _log_level(),
    }


def _log_level() -> int:
    """The lowest level that any logger of plug-ins has here: less need not be sent."""
    name = PluginConstants.LOGGER_PREFIX.rstrip(".")
    known = list(logging.root.manager.loggerDict)
    below = [
        other for other in known if other.startswith(PluginConstants.LOGGER_PREFIX)
    ]
    return min(logging.getLogger(n).getEffectiveLevel() for n in [name, *below])


def _end(hosts: list[_Host]) -> None:
    for host in hosts:
        host.process.end()


def _finish(owner: int, live: set[_Host]) -> None:
    # A forked process inherits this, but not the processes.
    if os.getpid() == owner:
        _end(list(live))


def _abandon_all() -> None:
    for pool in list(_pools):
        pool._abandon()


_pools: "weakref.WeakSet[Hosts]" = weakref.WeakSet()

os.register_at_fork(after_in_child=_abandon_all)
