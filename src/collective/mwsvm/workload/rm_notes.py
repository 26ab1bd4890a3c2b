"""What changes that plug-ins were asked for leave in documents."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.inventory.kept import with_kept
from collective.mwsvm.models import dates
from collective.mwsvm.workload.rm_changes import Done
from typing import Any


Json = dict[str, Any]

#: States that somebody puts an object in; out of the others it brings itself.
LASTING = ("None", "Down", "Drained", "Draining", "Flush", "Reserved", "Unknown")


def noted(document: Json, done: Iterable[Done], now: float) -> Json:
    """The document after the changes.

    What a plug-in took over is expected until it reports it; the rest is kept.
    """
    document = {**document, "kept": dict(document.get("kept", {}))}
    for each in done:
        _NOTES[each.wish.what](document, each, dates.mws(now))
    if not document["kept"]:
        del document["kept"]
    return with_kept(document)


def _note_power(document: Json, done: Done, moment: str) -> None:
    expected = "On" if done.wish.value == "Reset" else done.wish.value
    document["states"] = {**document["states"], "powerStateExpected": expected}


def _note_image(document: Json, done: Done, moment: str) -> None:
    system = document["operatingSystem"]
    document["operatingSystem"] = {**system, "imageExpected": done.wish.value}


def _note_state(document: Json, done: Done, moment: str) -> None:
    value, kept = done.wish.value, document["kept"]
    kept.pop("state", None)
    kept.pop("stateDate", None)
    if done.by:
        document["states"] = {**document["states"], "stateExpected": value}
        return
    changed = {"state": value, "stateExpected": None, "stateLastUpdatedDate": moment}
    document["states"] = {**document["states"], **changed}
    if value in LASTING:
        kept.update(state=value, stateDate=moment)


def _note_partition(document: Json, done: Done, moment: str) -> None:
    _note_value(document, done, "partition", done.wish.value)


def _note_map(document: Json, done: Done, moment: str) -> None:
    name = done.wish.what
    old = document["kept"].get(name, {})
    if done.by:
        new = {key: value for key, value in old.items() if key not in done.wish.value}
    else:
        new = {**old, **done.wish.value}
    _note_value(document, done, name, new)
    document[name] = {**document[name], **done.wish.value}


def _note_value(document: Json, done: Done, name: str, value: Any) -> None:
    if value and not (done.by and name == "partition"):
        document["kept"][name] = value
    else:
        document["kept"].pop(name, None)


_NOTES: Mapping[str, Callable[[Json, Done, str], None]] = {
    "power": _note_power,
    "os": _note_image,
    "state": _note_state,
    "partition": _note_partition,
    "metrics": _note_map,
    "variables": _note_map,
}
