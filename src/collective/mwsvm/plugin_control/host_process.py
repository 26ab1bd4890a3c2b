"""One process for plug-ins, as the site holds it (see `plugins.host`)."""

from collections.abc import Callable
from collective.mwsvm.plugin_control.conversation import Conversation
from collective.mwsvm.plugin_control.conversation import Services
from collective.mwsvm.plugin_control.errors import PluginDied
from collective.mwsvm.plugin_control.errors import PluginFailed
from collective.mwsvm.plugin_control.families import end_family
from collective.mwsvm.plugins.channel import BadFrame
from collective.mwsvm.plugins.channel import Channel
from typing import Any
import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time


Json = dict[str, Any]
Process = subprocess.Popen[bytes]

#: What of this process's environment goes into that of plug-ins; nothing else does.
ENVIRONMENT = re.compile(
    r"PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|SSL_CERT_(FILE|DIR)|(?i:\w+_proxy)"
)

# How long a process that has closed its connection may take to end by itself.
_FAREWELL = 0.5


class HostProcess:
    """A process from before its start to after its end; one thread at a time asks it."""

    def __init__(self, setup: Json) -> None:
        """``setup`` is the first request that it gets."""
        self._setup = setup
        self._process: Process | None = None
        self._channel: Channel | None = None
        self._ending = threading.Lock()
        self._ended = False
        #: Whether it may be asked again.
        self.usable = False

    @property
    def pid(self) -> int | None:
        """The id of the process, once it is started."""
        return None if self._process is None else self._process.pid

    def ask(
        self,
        request: Json,
        services: Services,
        deadline: float,
        spawn: Callable[[Callable[[], Process]], Process],
    ) -> Any:
        """The answer to a request before a moment of time.monotonic.

        Starts the process if that is yet to be done; ``spawn`` runs a function in the
        thread that the process must not outlive. Raises `PluginFailed`, `PluginDied`,
        and TimeoutError and ChannelClosed, after which the process must be ended.
        """
        channel = self._channel or self._start(spawn)
        channel.until(deadline)
        conversation = Conversation(channel, services)
        try:
            if not self.usable:
                conversation.ask(self._setup)
                self.usable = True
            return conversation.ask(request)
        except BadFrame as error:
            raise PluginFailed("PluginException", [str(error)]) from error
        except BaseException:
            self.usable = self.usable and conversation.ended is None
            raise
        finally:
            # Out of memory once, it would soon be so again.
            self.usable = self.usable and not conversation.exhausted

    def death(self) -> PluginDied:
        """Why a process that has closed its connection did so, as far as can be told."""
        process = self._process
        if process is None or not _has_ended(process):
            return PluginDied.of(None)
        self.end()
        return PluginDied.of(process.returncode)

    def end(self) -> None:
        """Kill the process, with all that it has started. May be called repeatedly."""
        with self._ending:
            if self._ended:
                return
            self._ended = True
            self.usable = False
            if self._channel is not None:
                self._channel.close()
            process = self._process
            if process is not None:
                end_family(process.pid)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)

    def abandon(self) -> None:
        """Forget the process, which is another process's child now."""
        self._ended = True
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            # Nobody here can wait for it.
            self._process.returncode = 0

    def _start(self, spawn: Callable[[Callable[[], Process]], Process]) -> Channel:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = spawn(lambda: _spawned(theirs.fileno()))
            except OSError as error:
                ours.close()
                raise PluginDied(f"could not be started: {error}") from error
        with self._ending:
            self._process, self._channel = process, Channel(ours)
            closed, self._ended = self._ended, False
        if closed:
            # The pool was closed in between.
            self.end()
        return self._channel


def environment() -> dict[str, str]:
    """The whole environment of a process for plug-ins."""
    kept = {
        name: value for name, value in os.environ.items() if ENVIRONMENT.fullmatch(name)
    }
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if os.path.isabs(path)),
        # Each arena of malloc counts against the limit of memory, used or not.
        "MALLOC_ARENA_MAX": "2",
    }


def _spawned(descriptor: int) -> Process:
    # -P: the working directory is no place for modules.
    command = [sys.executable, "-P", "-m", "collective.mwsvm.plugins.host"]
    return subprocess.Popen(
        [*command, str(descriptor)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        close_fds=True,
        pass_fds=[descriptor],
        env=environment(),
        start_new_session=True,
    )


def _has_ended(process: Process) -> bool:
    """Whether it has, or does so soon; it is not waited for, so its id stays its own."""
    until = time.monotonic() + _FAREWELL
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while process.returncode is None:
        try:
            if os.waitid(os.P_PID, process.pid, options) is not None:
                return True
        except ChildProcessError:
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True
