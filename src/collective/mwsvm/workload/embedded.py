"""The embedded workload manager: it works with nothing else installed."""

from collections.abc import Callable
from collective.mwsvm.workload import interface
from collective.mwsvm.workload.embedded_facts import EmbeddedFacts
from collective.mwsvm.workload.embedded_jobs import EmbeddedJobs
from collective.mwsvm.workload.embedded_machines import EmbeddedMachines
from collective.mwsvm.workload.embedded_nodes import EmbeddedNodes
from collective.mwsvm.workload.embedded_reservations import EmbeddedReservations
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar


@dataclass(frozen=True)
class EmbeddedManager(interface.IWorkloadManager):
    """`interface.IWorkloadManager`, over the queue and the documents of this site.

    A part is made when it is first asked for: most calls need one of them.
    """

    make_jobs: Callable[[], EmbeddedJobs]
    make_nodes: Callable[[], EmbeddedNodes]
    make_machines: Callable[[], EmbeddedMachines]
    make_reservations: Callable[[], EmbeddedReservations]
    make_facts: Callable[[], EmbeddedFacts]

    waits: ClassVar[bool] = False

    @cached_property
    def jobs(self) -> interface.Jobs:
        """Jobs are records that machines take, or that plug-ins start on nodes."""
        return self.make_jobs()

    @cached_property
    def nodes(self) -> interface.Nodes:
        """Nodes are what plug-ins report."""
        return self.make_nodes()

    @cached_property
    def machines(self) -> interface.Machines:
        """Machines are what plug-ins report, and those of the site in the cloud."""
        return self.make_machines()

    @cached_property
    def reservations(self) -> interface.Reservations:
        """Reservations are documents that the scheduler heeds."""
        return self.make_reservations()

    @cached_property
    def facts(self) -> interface.Facts:
        """What the administrator, Plone and the documents name."""
        return self.make_facts()
