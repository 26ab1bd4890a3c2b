"""How the reports of one object become one report (guide 6.1.6)."""

from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.inventory.layers import fill
from collective.mwsvm.inventory.layers import united
from collective.mwsvm.models.errors import Misconfigured
from typing import Any
from typing import NamedTuple


Json = dict[str, Any]

#: The states that count as "Up" for the optimistic policy: those in which it answers and
#: works or would work. A node that is DRAINED, in FLUSH or RESERVED answers but takes no
#: work; NONE and UNKNOWN say nothing.
UP = frozenset({"UP", "IDLE", "BUSY", "RUNNING", "DRAINING"})

#: Those that count as "Down" for the pessimistic policy.
DOWN = frozenset({"DOWN"})

#: The states that win by policy, whoever reports them.
_FAVOURED: Mapping[str | None, frozenset[str]] = {
    None: frozenset(),
    "optimistic": UP,
    "pessimistic": DOWN,
}

#: The precedence of a plug-in that has none: the highest.
HIGHEST = 1


class Said(NamedTuple):
    """What one plug-in says of an object: its layers, the newest first."""

    plugin: str
    layers: Sequence[Json]


class Consolidated(NamedTuple):
    """What all plug-ins together say of an object; those that count most come first."""

    report: Json
    plugins: Sequence[str]


class Consolidation:
    """The rules: who counts more than whom, and which states win in any case."""

    def __init__(self, precedence: Mapping[str, int], policy: str | None) -> None:
        """``policy`` is optimistic, pessimistic or None; else raises `Misconfigured`."""
        if policy not in _FAVOURED:
            raise Misconfigured(
                f"plugins.stateConsolidationPolicy can't be {policy!r}: it must be "
                "optimistic, pessimistic or null"
            )
        self._precedence = precedence
        self._favoured = _FAVOURED[policy]

    def of(self, said: Sequence[Said], states: bool = True) -> Consolidated:
        """One report, field by field from whoever counts most and has the field.

        A lower precedence number counts more, then a later report, then the plug-in's
        id. Maps are made key by key; lists are taken as a whole. ``states`` says
        whether the policy applies, as it does to nodes and virtual machines. The
        sub-state is that of the report whose state won.
        """
        if len(said) == 1:
            return Consolidated(united(said[0].layers), [said[0].plugin])
        ranked = sorted(
            (
                (self.rank(each.plugin), -layer["timestamp"], each.plugin, layer)
                for each in said
                for layer in each.layers
            ),
            key=lambda entry: entry[:3],
        )
        report: Json = {}
        for *_, layer in ranked:
            fill(report, layer)
        if states and self._favoured:
            self._favour(report, [layer for *_, layer in ranked])
        return Consolidated(report, list(dict.fromkeys(entry[2] for entry in ranked)))

    def rank(self, plugin: str) -> int:
        """The precedence number of a plug-in."""
        return self._precedence.get(plugin, HIGHEST)

    def _favour(self, report: Json, layers: Sequence[Json]) -> None:
        for layer in layers:
            if layer.get("state") in self._favoured:
                report["state"] = layer["state"]
                report.pop("subState", None)
                if "subState" in layer:
                    report["subState"] = layer["subState"]
                return
