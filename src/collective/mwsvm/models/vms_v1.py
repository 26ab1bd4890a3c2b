"""Virtual machines in version 1 of the API: flat, and called by their ids."""

from collective.mwsvm.models import nodes_v1
from collective.mwsvm.models.nodes_v1 import Named
from collective.mwsvm.models.nodes_v1 import Version1
from typing import Any


Json = dict[str, Any]


class VirtualMachineVersion1(Version1):
    """A virtual machine in version 1; what version 2 has beside it is not there."""

    #: The host.
    node: Named | None = None
    tracking_job: Named | None = None


def vm_version_1(vm: Json) -> Json:
    """A virtual machine's document as version 1 shows it."""
    return {
        **nodes_v1.common(vm, "configured"),
        "node": _by_id(vm["host"]),
        "trackingJob": _by_id(vm["trackingJob"]),
    }


def version_2(given: Json) -> Json:
    """A body of either version, in the words of version 2."""
    found = nodes_v1.version_2(given)
    host = found.get("host", given.get("node"))
    if isinstance(host, dict) and "id" in host:
        host = {"name": host["id"], **host}
    if host is not None:
        found["host"] = host
    return found


def _by_id(reference: Json | None) -> Json | None:
    return None if reference is None else {"id": reference["name"]}
