"""What one plug-in says of one object, from reports of different moments.

A plug-in that updates its reports may say one thing now and another later, and what it
says may come in any order. So for each moment a layer is kept, with just those fields
that no later moment has: the newest first. Most often there is one.

State and sub-state are one statement: a layer with a state brings its own sub-state or
none.
"""

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any


Json = dict[str, Any]


def fill(target: Json, lower: Json) -> None:
    """Add to ``target`` what it does not say and ``lower`` does, in maps by key.

    ``lower`` stays as it is and shares no map with the target.
    """
    if "state" in lower and "state" not in target:
        target.pop("subState", None)
    elif "state" in target and "subState" in lower and "subState" not in target:
        lower = {key: value for key, value in lower.items() if key != "subState"}
    _fill(target, lower)


def _fill(target: Json, lower: Json) -> None:
    for key, value in lower.items():
        if type(value) is not dict:
            target.setdefault(key, value)
        elif key not in target:
            target[key] = copied(value)
        elif type(target[key]) is dict:
            _fill(target[key], value)


def copied(value: Any) -> Any:
    """The value, with maps of its own."""
    if type(value) is dict:
        return {key: copied(inner) for key, inner in value.items()}
    return value


def added(layers: Sequence[Json], reports: Iterable[Json]) -> list[Json]:
    """The layers after these reports; of one moment the last report counts most."""
    moments = {layer["timestamp"]: layer for layer in layers}
    for report in reports:
        newer = copied(report)
        older = moments.get(report["timestamp"])
        if older is not None:
            fill(newer, older)
        moments[report["timestamp"]] = newer
    kept: list[Json] = []
    said: Json = {}
    for moment in sorted(moments, reverse=True):
        layer = _unsaid(moments[moment], said)
        # One that has nothing but its name and moment left is of no more use.
        if not kept or len(layer) > 2:
            kept.append(layer)
            fill(said, layer)
    return kept


def united(layers: Sequence[Json]) -> Json:
    """All that the layers say, as one report."""
    if len(layers) == 1:
        return layers[0]
    whole: Json = {}
    for layer in layers:
        fill(whole, layer)
    return whole


def _unsaid(layer: Json, said: Json) -> Json:
    left = {key: value for key, value in layer.items() if key in ("name", "timestamp")}
    for key, value in layer.items():
        if key == "subState" and "state" in said:
            continue
        if key not in said or (key == "subState" and "state" in layer):
            left[key] = value
        elif type(value) is dict:
            rest = _rest(value, said[key])
            if rest:
                left[key] = rest
    return left


def _rest(value: Json, said: Any) -> Json:
    rest: Json = {}
    for key, inner in value.items():
        if type(said) is not dict or key not in said:
            rest[key] = inner
        elif type(inner) is dict and (deeper := _rest(inner, said[key])):
            rest[key] = deeper
    return rest
