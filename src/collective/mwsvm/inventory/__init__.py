"""What plug-ins report of nodes, virtual machines and jobs, and what it comes to."""

from collective.mwsvm.inventory.queries import cluster_query
from collective.mwsvm.inventory.queries import workload_query
from collective.mwsvm.inventory.shapes import Kind
from collective.mwsvm.inventory.store import Inventory


__all__ = ["Inventory", "Kind", "cluster_query", "workload_query"]
