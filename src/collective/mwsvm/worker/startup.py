"""The worker inside the server's process, where the configuration asks for it."""

from App.config import getConfiguration
from collective.mwsvm import site
from collective.mwsvm.worker.runner import Worker
import atexit
import os


_running: list[Worker] = []


def start_worker(event) -> None:
    """The server is up: start a worker if zope.conf or the environment says so.

    ``MWSVM_WORKER=on``, or ``worker on`` in ``<product-config collective.mwsvm>``. Off
    by default, for scripts are processes too.
    """
    if (_wish() or "off").lower() in ("on", "true", "1", "yes"):
        _start()


def start_worker_unless_configured() -> None:
    """The same for ``mwsvm serve``: on where nobody has said anything."""
    if _wish() is None:
        _start()


def _wish() -> str | None:
    products = getattr(getConfiguration(), "product_config", None) or {}
    return os.environ.get("MWSVM_WORKER") or products.get("collective.mwsvm", {}).get(
        "worker"
    )


def _start() -> None:
    worker = Worker()
    worker.start()
    _running.append(worker)
    atexit.register(stop_workers)


def stop_workers() -> None:
    """End the workers of this process, after the steps that are under way.

    Polls of plug-ins are cut off: they are made again.
    """
    site.close_plugin_hosts()
    while _running:
        _running.pop().stop()
