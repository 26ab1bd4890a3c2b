"""The worker: runs every task on every site, each by one worker at a time."""

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from collective.mwsvm import site
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.sites import site_paths
from collective.mwsvm.worker import tasks
from collective.mwsvm.worker.patience import Patience
import logging
import os
import secrets
import socket
import threading


logger = logging.getLogger(__name__)


class Worker:
    """The periodic tasks of this process, in threads of their own.

    Any number may run, in one process or in several: a lease on each task of each site
    sees to it that one of them does it.
    """

    def __init__(self):
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._patience = Patience()
        self._until: dict[tuple[str, str], float] = {}
        self._failing: set[tuple[str, str]] = set()
        self._stopping = threading.Event()
        self._scheduler = BackgroundScheduler(
            daemon=True,
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(len(tasks.TASKS))},
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": None,
            },
        )

    def start(self) -> None:
        """Begin; returns at once."""
        for name, (seconds, _) in tasks.TASKS.items():
            self._scheduler.add_job(
                self.turn, "interval", [name], seconds=seconds, id=name
            )
        self._scheduler.start()
        logger.info("worker %s started", self.holder)

    def stop(self) -> None:
        """End after the steps that are under way; leave the tasks to other workers."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._scheduler.shutdown(wait=True)
        for path in {path for path, _ in self._until}:
            try:
                tasks.give_back_leases(path, self.holder)
            except Exception as error:
                # A database is away. They run out by themselves.
                logger.warning("worker: leases of %s not given back: %s", path, error)
        logger.info("worker %s stopped", self.holder)

    def turn(self, name: str) -> None:
        """Do one task on every site that has the add-on."""
        for path in self._sites(name):
            if self._stopping.is_set():
                return
            try:
                if self._holds(path, name):
                    turn = tasks.Turn(
                        path, self._patience, lambda p=path: self._holds(p, name)
                    )
                    tasks.TASKS[name][1](turn)
                self._failing.discard((path, name))
            except MwsvmError as error:
                # The first time only: an outage would fill the log.
                if (path, name) not in self._failing:
                    logger.warning("worker: %s on %s: %s", name, path, error)
                self._failing.add((path, name))
            except Exception:
                logger.exception("worker: %s on %s failed", name, path)

    def _sites(self, name: str) -> list[str]:
        try:
            paths = site_paths()
        except Exception:
            # ZEO or RelStorage is away. The first time only, as above.
            if ("", name) not in self._failing:
                logger.exception("worker: %s: the sites can't be read", name)
            self._failing.add(("", name))
            return []
        self._failing.discard(("", name))
        return paths

    def _holds(self, path: str, name: str) -> bool:
        if self._stopping.is_set():
            return False
        now = site.clock()
        # Renewed in its last two thirds, so that an idle worker writes little.
        if now < self._until.get((path, name), 0) - tasks.LEASE * 2 / 3:
            return True
        if not tasks.take_lease(path, name, self.holder, now):
            self._until.pop((path, name), None)
            return False
        self._until[path, name] = now + tasks.LEASE
        return True
