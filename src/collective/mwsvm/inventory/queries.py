"""What the workload manager asks for: the inventory in the Wiki language (guide 6.3.2)."""

from collections.abc import Iterator
from collective.mwsvm.inventory.store import Inventory
from collective.mwsvm.plugins.wiki import job_line
from collective.mwsvm.plugins.wiki import machine_line
from collective.mwsvm.plugins.wiki import node_line


#: The first line of an answer: the query was understood.
SUCCESS = "SC=0 RESPONSE=Success"


def cluster_query(inventory: Inventory, plugin: str | None = None) -> Iterator[str]:
    """The lines, without their ends, of all nodes and then all virtual machines.

    Of all plug-ins together or of one, by name. A virtual machine that nobody knows the
    host of is left out. Lines are made while they are taken.
    """
    yield SUCCESS
    hypervisors = inventory.hypervisors()
    for report in inventory.consolidated("node", plugin):
        hypervisor = hypervisors.of(report)
        if hypervisor is None:
            yield node_line(report)
        else:
            yield node_line(report, hypervisor.type, hypervisor.machine_images)
    for report in inventory.consolidated("vm", plugin):
        if "host" in report:
            yield machine_line(report)


def workload_query(inventory: Inventory, plugin: str | None = None) -> Iterator[str]:
    """The same for jobs."""
    yield SUCCESS
    for report in inventory.consolidated("job", plugin):
        yield job_line(report)
