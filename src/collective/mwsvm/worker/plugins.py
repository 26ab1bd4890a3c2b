"""Plug-ins are polled when they are due, each in a thread that waits for its process."""

from collective.mwsvm import site
from collective.mwsvm.plugin_control.control import PluginControl
from collective.mwsvm.sites import with_site
from collective.mwsvm.worker.turn import Turn
from concurrent.futures import ThreadPoolExecutor
import logging
import threading


logger = logging.getLogger(__name__)

#: The most polls that this process waits for at once.
THREADS = 32


class PluginPolls:
    """The task; it returns at once, the polls go on."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self._under_way: set[tuple[str, str]] = set()
        self._started: set[str] = set()
        self._changed = threading.Condition()

    def __call__(self, turn: Turn) -> None:
        control, due = with_site(turn.path, _due)
        if turn.path not in self._started:
            self._started.add(turn.path)
            # Only with the server, not when another worker has gone.
            if not turn.patience.is_over(_START):
                self._begin(turn.path, "", control.start_with_server)
        for id in due:
            self._begin(turn.path, id, lambda id=id: control.polls.poll_due(id))

    def wait(self) -> None:
        """Return when all polls that are under way have ended."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way)

    def _begin(self, path: str, id: str, work) -> None:
        with self._changed:
            if (path, id) in self._under_way:
                return
            self._under_way.add((path, id))
            if self._threads is None:
                self._threads = ThreadPoolExecutor(THREADS, "plugin-polls")
        self._threads.submit(self._work, path, id, work)

    def _work(self, path: str, id: str, work) -> None:
        try:
            work()
        except Exception:
            logger.exception("worker: the plug-in %s on %s", id, path)
        finally:
            with self._changed:
                self._under_way.discard((path, id))
                self._changed.notify_all()


#: A worker that is older, in seconds, has not started with the server.
_START = 300


def _due() -> tuple[PluginControl, list[str]]:
    control = site.plugins()
    return control, control.polls.due()


poll_plugins = PluginPolls()
