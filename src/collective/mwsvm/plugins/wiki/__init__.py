"""The Wiki language, in which Moab and its native scripts tell of nodes, VMs and jobs.

Reports are JSON here, as ``of`` of their classes takes it.
"""

from collective.mwsvm.plugins.wiki.faults import Fault
from collective.mwsvm.plugins.wiki.reading import Read
from collective.mwsvm.plugins.wiki.reading import read_cluster
from collective.mwsvm.plugins.wiki.reading import read_jobs
from collective.mwsvm.plugins.wiki.reading import read_machines
from collective.mwsvm.plugins.wiki.reading import read_nodes
from collective.mwsvm.plugins.wiki.writing import job_line
from collective.mwsvm.plugins.wiki.writing import machine_line
from collective.mwsvm.plugins.wiki.writing import node_line


__all__ = [
    "Fault",
    "Read",
    "job_line",
    "machine_line",
    "node_line",
    "read_cluster",
    "read_jobs",
    "read_machines",
    "read_nodes",
]
