"""Plug-ins are polled: when they are due, or when somebody asks for it (guide 6.2.12)."""

from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.plugin_states import ACTIVE
from collective.mwsvm.models.plugin_states import PluginState
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.context import Context
from collective.mwsvm.plugin_control.errors import HostError
from collective.mwsvm.plugin_control.errors import PluginTimeout
from collective.mwsvm.plugin_control.lifecycle import LifeCycle
from collective.mwsvm.plugin_control.plugins import plan_poll
from collective.mwsvm.plugin_control.plugins import told
from collective.mwsvm.plugin_control.services import SiteServices
from typing import Any
import logging
import math


Json = dict[str, Any]

logger = logging.getLogger(__name__)

WORKER = Actor("worker")

#: For how many seconds after its deadline a poll may still be tidied up after.
_GRACE = 10


class Polls:
    """Polls plug-ins, each by one process at a time.

    A poll is claimed in a transaction, and noted as over in another. A process that is
    killed in between leaves a claim, which runs out with the deadline of the poll.
    """

    def __init__(
        self, context: Context, services: SiteServices, life: LifeCycle
    ) -> None:
        self._context = context
        self._services = services
        self._life = life

    def due(self) -> list[str]:
        """The ids of the plug-ins that are to be polled now."""
        with self._context.database.reading() as connection:
            return self._context.plugins(connection).due(self._context.clock())

    def poll_due(self, id: str) -> bool:
        """Poll the plug-in if it is still due; whether it was polled.

        One that fails is errored; one for which no process was free is polled when it is
        due again.
        """
        plugin = self._claim(id, asked=False)
        if plugin is None:
            return False
        self._poll(plugin, WORKER)
        return True

    def poll(self, id: str, actor: Actor) -> None:
        """Poll the plug-in now, also a paused one.

        Raises `NotFound`, `Conflict` when it is not active or is being polled just now,
        and `Invalid` when it has no poll, or the poll fails: it is errored then.
        """
        with self._context.database.reading() as connection:
            plugin = self._context.plugins(connection).get(id)
        if not self._life.type_of(plugin).polls:
            raise Invalid(
                f"The plugin '{id}' can't be polled: its type {plugin['pluginType']} has "
                "no event poll"
            )
        claimed = self._claim(id, asked=True)
        assert claimed is not None  # or it was refused
        failure = self._poll(claimed, actor)
        if failure is not None:
            raise Invalid(f"The poll of Plugin '{id}' has failed", failure)

    def _claim(self, id: str, asked: bool) -> Json | None:
        now = self._context.clock()
        with self._context.database.transaction() as connection:
            plugins = self._context.plugins(connection)
            try:
                plugin = plugins.get(id, lock=True)
            except NotFound:
                if asked:
                    raise
                return None
            due, busy = plugin["nextPoll"], plugin["pollingUntil"] or 0
            if asked:
                _check_pollable(plugin, busy > now)
            elif busy > now or due is None or due > now:
                return None
            seconds = self._context.settings.poll_deadline + _GRACE
            plugin["pollingUntil"] = now + seconds
            plugin["lastPollDate"] = dates.mws(now)
            if plugin["state"] == PluginState.STARTED:
                plan_poll(plugin, _next(due, now, plugin["pollInterval"], asked))
            plugins.replace(plugin)
        return plugin

    def _poll(self, plugin: Json, actor: Actor) -> str | None:
        failure, blameless = None, False
        try:
            self._context.ask(
                self._life.type_of(plugin),
                {
                    "op": "invoke",
                    "plugin": told(plugin),
                    "method": "poll",
                    "arguments": [],
                },
                self._services,
                self._context.settings.poll_deadline,
            )
        except HostError as error:
            failure = error.sentence
            blameless = isinstance(error, PluginTimeout) and error.waiting
        except Invalid as error:
            failure = str(error)
        self._over(plugin)
        if failure is not None and blameless:
            logger.warning("plug-in %s: not polled: %s", plugin["id"], failure)
        elif failure is not None:
            self._life.fail(plugin, failure, actor)
        return failure

    def _over(self, plugin: Json) -> None:
        with self._context.database.transaction() as connection:
            plugins = self._context.plugins(connection)
            try:
                present = plugins.get(plugin["id"], lock=True)
            except NotFound:
                return
            if present["pollingUntil"] == plugin["pollingUntil"]:
                present["pollingUntil"] = None
                plugins.replace(present)


def _check_pollable(plugin: Json, busy: bool) -> None:
    if plugin["state"] not in ACTIVE:
        raise Conflict(
            f"The plugin '{plugin['id']}' is {plugin['state']} and can't be polled",
            "Please start it first",
        )
    if busy:
        raise Conflict(
            f"The plugin '{plugin['id']}' is being polled just now",
            "Please try it again",
        )


def _next(due: float | None, now: float, interval: int, asked: bool) -> float:
    if asked or due is None:
        return now + interval
    # In step with the plan, so that being late does not add up; without what was missed.
    return due + interval * max(1, math.ceil((now - due + 0.001) / interval))
