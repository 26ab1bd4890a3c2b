"""What the documents of nodes and of virtual machines have in common.

A document is made anew of what the plug-ins report, over the one that was there before:
fields that they do not report belong to others and stay.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.models import dates
from functools import lru_cache
from typing import Any


Json = dict[str, Any]

#: Most objects are reported at the same few moments.
date = lru_cache(maxsize=1024)(dates.mws)


def label(name: str | None) -> str | None:
    """The word on the wire for a state or power: ``Idle`` for ``IDLE``."""
    return None if name is None else name.capitalize()


def states(
    report: Json, old: Mapping[str, Any], moment: str, keeps_power: bool
) -> Json:
    """The member ``states``; its dates tell when the values were last other ones.

    ``keeps_power`` is for virtual machines: there power has a date too.
    """
    state, power = label(report.get("state")), label(report.get("power"))
    sub_state = report.get("subState")
    new = {**old, "powerState": power, "state": state, "subState": sub_state}
    if state != old.get("state"):
        new["stateLastUpdatedDate"] = moment
    if sub_state != old.get("subState"):
        new["subStateLast"] = old.get("subState")
        new["subStateLastUpdatedDate"] = moment
    if keeps_power and power != old.get("powerState"):
        new["powerStateLastUpdatedDate"] = moment
    return new


def operating_system(report: Json, old: Mapping[str, Any], moment: str) -> Json:
    """The member ``operatingSystem``."""
    image = report.get("image")
    available = report.get("imagesAvailable", [])
    new = {**old, "image": image, "imagesAvailable": available}
    if image != old.get("image"):
        new["imageLastUpdatedDate"] = moment
    return new


def resource_managers(plugins: Sequence[str]) -> list[Json]:
    """The plug-ins that report an object, the one that counts most as the master."""
    return [
        {"name": plugin, "isMaster": not n, "stateReported": "Active"}
        for n, plugin in enumerate(plugins)
    ]
