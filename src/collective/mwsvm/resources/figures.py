"""The MWS database in numbers, for Prometheus; however large it is, they are cheap."""

from collections.abc import Iterator
from collective.mwsvm.database import collections
from collective.mwsvm.database.counts import about
from collective.mwsvm.database.counts import EXACT
from collective.mwsvm.database.counts import up_to
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.database.tables import leases
from collective.mwsvm.database.tables import machines
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.models.plugin_states import PluginState
from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import select


_plugins = collections.plugins.table.c

#: A job that was never queued has no record.
_RECORDED = [state for state in JobState if state != JobState.DRAFT]


def exposition(connection: Connection, now: float) -> bytes:
    """All figures, in the text format of Prometheus."""
    return generate_latest(_Figures(connection, now))


class _Figures:
    # What prometheus_client asks of a registry.

    def __init__(self, connection: Connection, now: float) -> None:
        self._connection = connection
        self._now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield self._jobs()
        yield self._oldest()
        yield self._machines()
        yield self._plugins()
        yield self._lateness()
        yield from self._documents()
        yield self._leases()

    def _jobs(self) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(
            "mwsvm_jobs",
            f"Jobs by state; {EXACT} stands for more, too.",
            labels=["state"],
        )
        for state in _RECORDED:
            number = up_to(self._connection, jobs, jobs.c.state == state.value)
            gauge.add_metric([state.value], number)
        return gauge

    def _oldest(self) -> GaugeMetricFamily:
        # By the index of states: the longest queue is not looked through to its end.
        first = (
            select(jobs.c.since)
            .where(jobs.c.state == JobState.QUEUED.value)
            .order_by(jobs.c.id)
            .limit(EXACT)
            .subquery()
        )
        since = self._connection.scalar(select(func.min(first.c.since)))
        return GaugeMetricFamily(
            "mwsvm_oldest_queued_job_age_seconds",
            "For how long the job that waits the longest has been queued; 0: none is.",
            value=0 if since is None else max(0, self._now - since),
        )

    def _machines(self) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(
            "mwsvm_machines", "Machines by status.", labels=["status"]
        )
        rows = self._connection.execute(
            select(machines.c.status, func.count().label("number")).group_by(
                machines.c.status
            )
        )
        found = {row.status: row.number for row in rows}
        for status in MachineState:
            gauge.add_metric([status.value], found.get(status.value, 0))
        return gauge

    def _plugins(self) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(
            "mwsvm_plugins", "Plug-ins by state.", labels=["state"]
        )
        rows = self._connection.execute(
            select(_plugins.state, func.count().label("number")).group_by(
                _plugins.state
            )
        )
        found = {row.state: row.number for row in rows}
        for state in PluginState:
            gauge.add_metric([state.value], found.get(state.value, 0))
        return gauge

    def _lateness(self) -> GaugeMetricFamily:
        due = self._connection.scalar(select(func.min(_plugins.next_poll)))
        return GaugeMetricFamily(
            "mwsvm_plugin_poll_lateness_seconds",
            "For how long the plug-in that waits the longest has been due; 0: none is.",
            value=0 if due is None else max(0, self._now - float(due)),
        )

    def _documents(self) -> Iterator[GaugeMetricFamily]:
        counted = {
            documents.name: about(self._connection, documents.table)
            for documents in vars(collections).values()
            if isinstance(documents, DocumentTable)
        }
        yield GaugeMetricFamily(
            "mwsvm_events",
            f"Events that are kept; from {EXACT} on an estimate.",
            value=counted.pop(collections.events.name),
        )
        gauge = GaugeMetricFamily(
            "mwsvm_documents",
            f"Objects of each collection but events; from {EXACT} on an estimate.",
            labels=["collection"],
        )
        for name, number in sorted(counted.items()):
            gauge.add_metric([name], number)
        yield gauge

    def _leases(self) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(
            "mwsvm_worker_up",
            "Whether a worker holds the lease of the task: 1 or 0.",
            labels=["task"],
        )
        rows = self._connection.execute(
            select(leases.c.name, leases.c.until).order_by(leases.c.name)
        )
        for name, until in rows:
            gauge.add_metric([name], int(until > self._now))
        return gauge
