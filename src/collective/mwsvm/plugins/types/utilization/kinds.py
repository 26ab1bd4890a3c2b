"""What tells the two types apart, and what they have in common as metadata."""

from collections.abc import Mapping
from collective.mwsvm.plugins.types.utilization.objects import Fields
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """The names that one of the types uses."""

    #: The class, as events name it.
    component: str
    #: What codes of messages begin with.
    prefix: str
    report: str
    description: str
    agent: str
    #: Where the objects are.
    url: str
    fields: Mapping[int, Fields]
    #: The collection of the datastore with the date of each object's last update.
    collection: str
    object_type: str
    category: str
    #: The types of events.
    creation_failure: str
    query_failure: str
    invalid: str
    sample_failure: str


def _not_below(other: str) -> Any:
    def validator(value: float, plugin: Any) -> str | None:
        low = plugin.config.get(other)
        if isinstance(low, int | float) and value < low:
            return f"invalid.less.than.{other}"
        return None

    return validator


def _percent(default: float, other: str | None = None) -> dict[str, Any]:
    declared = {"type": float, "defaultValue": default, "min": 0.0, "max": 100.0}
    return declared if other is None else {**declared, "validator": _not_below(other)}


CONSTRAINTS: Mapping[str, Mapping[str, Any]] = {
    "cpuHighThreshold": _percent(75.0, "cpuLowThreshold"),
    "cpuLowThreshold": _percent(25.0),
    "memoryHighThreshold": _percent(75.0, "memoryLowThreshold"),
    "memoryLowThreshold": _percent(25.0),
    "reportConsolidationDuration": {"type": int, "defaultValue": 900, "min": 1},
    "reportDocumentSize": {"type": int, "defaultValue": 20480, "min": 1},
    "reportSize": {"type": int, "min": 1},
    "pollInterval": {"defaultValue": 60},
}


class Metadata:
    """What the projects of both types have in common."""

    title = "Utilization Reports"
    description = "Samples of how much the CPU and memory of nodes and VMs are used."
    version = "1.2"
    mwsVersion = "7.1.4 > *"
    commonsVersion = "0.9.4 > *"
    license = "GPLv2"
