"""Nodes and machines as the REST API shows them, in versions 1 and 2."""

from collections.abc import Mapping
from collective.mwsvm.plugins import MoabRestResponse
from dataclasses import dataclass
from dataclasses import field
from typing import Any


Json = Mapping[str, Any]

DATACENTER = "MOAB_DATACENTER"


@dataclass(frozen=True)
class Fields:
    """Where one version of the API has what is needed: paths with dots."""

    version: int
    name: str
    state: str
    updated: str
    cpu: str
    total_memory: str
    available_memory: str
    #: The name of the node that a machine is on; nodes have none.
    host: str | None = None
    #: The field that is asked for, where it is another than those.
    asked: tuple[str, ...] = field(default=())

    def query(self) -> dict[str, Any]:
        """The parameters of the request that brings these fields."""
        center = (f"attributes.{DATACENTER}",) if self.host is None else (self.host,)
        fields = (self.cpu, *center, self.updated, self.state, self.name, *self.asked)
        return {"api-version": self.version, "fields": ",".join(fields)}


def _version_1(host: str | None) -> Fields:
    return Fields(
        version=1,
        name="id",
        state="state",
        updated="lastUpdateDate",
        cpu="genericMetrics.cpuUtilization",
        total_memory="totalMemory",
        available_memory="availableMemory",
        host=host,
        asked=("availableMemory", "totalMemory"),
    )


def _version_2(total: str, host: str | None) -> Fields:
    return Fields(
        version=2,
        name="name",
        state="states.state",
        updated="lastUpdatedDate",
        cpu="metrics.cpuUtilization",
        total_memory=f"resources.memory.{total}",
        available_memory="resources.memory.available",
        host=host,
        asked=("resources.memory",),
    )


NODES = {1: _version_1(None), 2: _version_2("real", None)}
MACHINES = {1: _version_1("node.id"), 2: _version_2("configured", "host.name")}


def value(document: Json, path: str) -> Any:
    """What the document has at a path such as ``states.state``; None if nothing."""
    found: Any = document
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def number(document: Json, path: str) -> float | None:
    """The number at a path; None if there is none."""
    found = value(document, path)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return found


def datacenter(node: Json) -> str | None:
    """The data center of a node: plain text, or the form of later versions."""
    found = value(node, f"attributes.{DATACENTER}")
    if isinstance(found, Mapping):
        found = found.get("displayValue") or found.get("value")
    return str(found) if found else None


def results(response: MoabRestResponse) -> list[Json]:
    """The objects of the answer to a query."""
    data = response.convertedData
    found = data.get("results", []) if isinstance(data, Mapping) else data
    return [document for document in found or [] if isinstance(document, Mapping)]


def messages(response: MoabRestResponse) -> list[str]:
    """What an answer says went wrong."""
    data = response.convertedData
    found = data.get("messages") if isinstance(data, Mapping) else None
    return [str(message) for message in found or []]
