"""Nodes in version 1 of the API: flat, and called by their ids."""

from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.nodes import Message
from typing import Any


Json = dict[str, Any]

#: The amounts that have fields of their own, by the ends of the fields' names.
AMOUNTS = {
    "Processors": "processors",
    "Memory": "memory",
    "Disk": "disk",
    "Swap": "swap",
}


class Named(Model):
    """Names another object."""

    id: str


class Version1(Model):
    """What nodes and virtual machines both have in version 1."""

    #: What version 2 calls the name.
    id: str
    #: States are names here: ``IDLE``.
    state: str | None = None
    power_state: str | None = None
    last_update_date: Date | None = None
    generic_metrics: dict[str, float] = {}
    total_processors: int | None = None
    available_processors: int | None = None
    #: MB, as disk and swap are.
    total_memory: int | None = None
    available_memory: int | None = None
    total_disk: int | None = None
    available_disk: int | None = None
    total_swap: int | None = None
    available_swap: int | None = None
    operating_system: str | None = None
    variables: dict[str, str | None] = {}
    attributes: dict[str, Any] = {}


class NodeVersion1(Version1):
    """A node in version 1; what version 2 has beside it is not there."""

    partition: str | None = None
    messages: list[Message] = []
    jobs: list[Named] = []
    reservations: list[Named] = []
    virtual_machines: list[Named] = []


def node_version_1(node: Json) -> Json:
    """A node's document as version 1 shows it."""
    return {
        **common(node, "real"),
        "partition": node["partition"],
        "messages": node["messages"],
        "jobs": by_id(node["jobs"]),
        "reservations": by_id(node["reservations"]),
        "virtualMachines": by_id(node["virtualMachines"]),
    }


def common(document: Json, total: str) -> Json:
    """What nodes and virtual machines both have; ``total`` is the amount in all."""
    states, resources = document["states"], document["resources"]
    found = {
        "id": document["name"],
        "state": _enum_name(states["state"]),
        "powerState": _enum_name(states["powerState"]),
        "lastUpdateDate": document["lastUpdatedDate"],
        "genericMetrics": document["metrics"],
        "operatingSystem": document["operatingSystem"]["image"],
        "variables": document["variables"],
        "attributes": document["attributes"],
    }
    for end, name in AMOUNTS.items():
        amounts = resources.get(name, {})
        found[f"total{end}"] = amounts.get(total)
        found[f"available{end}"] = amounts.get("available")
    return found


def by_id(references: list[Json]) -> list[Json]:
    """References to objects as version 1 has them."""
    return [{"id": reference["name"]} for reference in references]


def version_2(given: Json) -> Json:
    """A body of either version, in the words of version 2.

    What has the shape of neither stays as it is, for the model to complain of.
    """
    found = dict(given)
    if "genericMetrics" in given:
        found.setdefault("metrics", given["genericMetrics"])
    flat = {key: given[key] for key in ("state", "powerState") if key in given}
    if flat and isinstance(found.setdefault("states", {}), dict):
        found["states"] = {**flat, **found["states"]}
    if isinstance(given.get("operatingSystem"), str):
        found["operatingSystem"] = {"image": given["operatingSystem"]}
    elif given.get("operatingSystem") is None:
        found.pop("operatingSystem", None)
    if isinstance(given.get("messages"), list):
        found["messages"] = [
            {"message": item} if isinstance(item, str) else item
            for item in given["messages"]
        ]
    return found


def _enum_name(label: str | None) -> str | None:
    return None if label is None else label.upper()
