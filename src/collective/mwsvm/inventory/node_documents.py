"""Nodes as ``/rest/nodes`` shows them, made of reports (guide 4.12)."""

from collections.abc import Sequence
from collective.mwsvm.inventory.consolidation import Consolidated
from collective.mwsvm.inventory.documents import date
from collective.mwsvm.inventory.documents import operating_system
from collective.mwsvm.inventory.documents import resource_managers
from collective.mwsvm.inventory.documents import states
from collective.mwsvm.inventory.hypervisors import Hypervisor
from collective.mwsvm.inventory.kept import with_kept
from collective.mwsvm.inventory.shapes import NEVER
from collective.mwsvm.models.nodes import Node
from typing import Any


Json = dict[str, Any]

#: What nobody has said anything of.
_BLANK = Node(name="").wire()


def node_document(
    found: Consolidated,
    hypervisor: Hypervisor | None,
    old: Json | None,
    machines: Sequence[str] = (),
) -> Json:
    """The document of a node, over its ``old`` one.

    ``hypervisor`` is what the node's image says of it. ``machines`` are the names of the
    virtual machines on a node that has no document yet; else they are in the old one.
    """
    report, base = found.report, old or _BLANK
    moment = date(report["timestamp"])
    system = operating_system(report, base["operatingSystem"], moment)
    system["hypervisorType"] = hypervisor.type if hypervisor else None
    system["virtualMachineImages"] = hypervisor.machine_images if hypervisor else []
    document = {
        **base,
        "name": report["name"],
        "architecture": report.get("architecture"),
        "featuresReported": report.get("features", []),
        "ipAddress": report.get("ipAddress"),
        "isHypervisor": hypervisor is not None,
        "lastUpdatedDate": moment,
        "partition": report.get("partition"),
        "messages": _messages(report, base["messages"], moment),
        "metrics": report.get("metrics", {}),
        "variables": report.get("variables", {}),
        "states": states(report, base["states"], moment, keeps_power=False),
        "operatingSystem": system,
        "resources": _resources(report, base["resources"]),
        "resourceManagers": resource_managers(found.plugins),
    }
    if old is None:
        document["virtualMachines"] = [{"name": name} for name in machines]
    return with_kept(document)


def _messages(report: Json, old: Sequence[Json], moment: str) -> list[Json]:
    texts = report.get("messages")
    if not texts:
        return []
    known = {message["message"]: message for message in old}
    new = {"count": 1, "createdDate": moment, "expireDate": date(NEVER)}
    return [known.get(text) or {**new, "message": text} for text in texts]


def _resources(report: Json, old: Json) -> Json:
    """All of an amount is both configured and real; the scheduler dedicates of it.

    What is not available is utilised. Where the one or the other was not reported that
    is unknown, which is -1.
    """
    resources: Json = {}
    for name, amounts in report.get("resources", {}).items():
        total, available = amounts.get("total"), amounts.get("available")
        unknown = total is None or available is None
        resources[name] = {
            "configured": total,
            "real": total,
            "dedicated": old[name].get("dedicated", 0) if name in old else 0,
            "available": available,
            "utilized": -1
            if unknown
            else total - available
            if total > available
            else 0,
        }
    return resources
