"""Nodes of the embedded workload manager: plug-ins report and change them."""

from collective.mwsvm.workload.interface import Modified
from collective.mwsvm.workload.node_changes import NodeChange
from collective.mwsvm.workload.reported_changes import ReportedChanges
from typing import Any


Json = dict[str, Any]


class EmbeddedNodes:
    """`interface.Nodes`, through the plug-ins that report them."""

    def __init__(self, changes: ReportedChanges) -> None:
        self._changes = changes

    def modify(self, name: str, given: Json) -> Modified:
        """Change the node as a body of either version wants; the events tell of it.

        Raises `NotFound`, `Invalid`.
        """
        node = self._changes.read(name)
        change = NodeChange.of(given)
        done = self._changes.asked_for(change, node, name)
        return self._changes.noted(name, change, done)
