"""Reports as they come from plug-ins: checked, and rid of what they leave open."""

from collections.abc import Mapping
from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.errors import Invalid
from typing import Any
from typing import Literal


Json = dict[str, Any]

#: What a report is about.
Kind = Literal["node", "vm", "job"]

#: Moments beyond this one mean "never": 2037-10-24 12:26:40 UTC.
NEVER = 2_140_000_000

#: The types of the fields that consolidation and the collections rely on.
_FIELDS: Mapping[str, type] = {
    "timestamp": int,
    "state": str,
    "power": str,
    "subState": str,
    "image": str,
    "host": str,
    "partition": str,
    "architecture": str,
    "ipAddress": str,
    "features": list,
    "imagesAvailable": list,
    "messages": list,
    "metrics": dict,
    "variables": dict,
    "resources": dict,
}

_CALLED = {int: "a whole number", str: "a text", list: "a list", dict: "a map"}


def cleaned(report: Json, now: int) -> Json:
    """A report as it is kept: a lower-case name, a moment, no nulls and nothing empty.

    One that is so already is given back as it is. Raises `Invalid` when a field has a
    value that can't be.
    """
    name = report.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= LENGTH:
        raise Invalid(
            f"The field 'name' of a report can't be {name!r:.80}: it must be a text of 1 "
            f"to {LENGTH} characters"
        )
    clean = name == name.lower() and "timestamp" in report
    for field, value in report.items():
        if not value and (value is None or value == [] or value == {}):
            clean = False
            continue
        expected = _FIELDS.get(field)
        if expected is None:
            continue
        given = type(value)
        if given is not expected:
            raise _wrong(name, field, value, _CALLED[expected])
        if expected is str:
            clean = clean and (field != "host" or value == value.lower())
        elif field == "resources":
            clean = _are_amounts(name, value) and clean
        elif field == "timestamp" and not 0 <= value <= NEVER:
            raise _wrong(name, field, value, f"from 0 to {NEVER}")
    return report if clean else _rid(report, now)


def _are_amounts(name: str, resources: Json) -> bool:
    # Whether nothing in it is null or empty.
    clean = True
    for key, resource in resources.items():
        if type(resource) is not dict:
            raise _wrong(name, f"resources.{key}", resource, "a map")
        clean = clean and bool(resource)
        for which, amount in resource.items():
            if amount is None:
                clean = False
            elif type(amount) is not int:
                place = f"resources.{key}.{which}"
                raise _wrong(name, place, amount, "a whole number")
    return clean


def _rid(report: Json, now: int) -> Json:
    kept = {field: value for field, value in report.items() if value is not None}
    kept.setdefault("timestamp", now)
    for field in ("name", "host"):
        if field in kept:
            kept[field] = kept[field].lower()
    if "resources" in kept:
        given = kept["resources"].items()
        resources = {key: _without_nulls(amounts) for key, amounts in given}
        kept["resources"] = {key: some for key, some in resources.items() if some}
    return {
        field: value for field, value in kept.items() if value != [] and value != {}
    }


def _without_nulls(amounts: Json) -> Json:
    return {which: amount for which, amount in amounts.items() if amount is not None}


def _wrong(name: str, field: str, value: Any, expected: str) -> Invalid:
    return Invalid(
        f"The field '{field}' of the report of '{name}' can't be {value!r:.80}: it must "
        f"be {expected}"
    )
