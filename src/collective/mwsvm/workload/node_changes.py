"""What a client wants changed of a node (guide 4.12.2)."""

from collective.mwsvm.inventory.shapes import NEVER
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.nodes_v1 import version_2
from collective.mwsvm.workload import rm_changes
from collective.mwsvm.workload import rm_notes
from collective.mwsvm.workload.rm_changes import Done
from collective.mwsvm.workload.rm_changes import Wish
from dataclasses import dataclass
from typing import Any


Json = dict[str, Any]

#: So many messages of clients does a node keep, the newest.
MESSAGES = 100

_FIELDS = (
    "messages, metrics, operatingSystem.image, partition, states.powerState, "
    "states.state or variables"
)


@dataclass(frozen=True)
class NodeChange:
    """What plug-ins are asked for, and what only this server knows of."""

    wishes: tuple[Wish, ...]
    messages: tuple[str, ...] = ()
    features: list[str] | None = None

    @classmethod
    def of(cls, given: Json) -> "NodeChange":
        """What a body of either version wants. Raises `Invalid` with all that is wrong."""
        asked = rm_changes.asked(Node, version_2(given))
        faults: list[str] = []
        wishes = tuple(rm_changes.wishes(asked, faults))
        messages = tuple(each["message"].strip() for each in asked.get("messages", ()))
        if not all(messages):
            faults.append("The field 'messages' can't have an empty message")
        if faults:
            raise Invalid(*faults)
        features = asked.get("featuresCustom")
        wanted = [*wishes, *messages, *([] if features is None else ["features"])]
        rm_changes.refuse_nothing(given, wanted, _FIELDS)
        return cls(wishes, messages, features)

    def noted(self, node: Json, done: list[Done], now: float) -> Json:
        """The node's document after the change."""
        if self.features is not None:
            node = {**node, "featuresCustom": list(dict.fromkeys(self.features))}
        if self.messages:
            kept = dict(node.get("kept", {}))
            kept["messages"] = self._messages(node, kept.get("messages", []), now)
            node = {**node, "kept": kept}
        return rm_notes.noted(node, done, now)

    def sentences(self, done: list[Done]) -> list[str]:
        """What has been done."""
        found = list(rm_changes.sentences(done, "node"))
        found += [f"Message '{text}' added" for text in self.messages]
        if self.features is not None:
            found.append("Successfully modified features")
        return found

    def _messages(self, node: Json, kept: list[Json], now: float) -> list[Json]:
        known = {each["message"]: each for each in [*node["messages"], *kept]}
        own = {each["message"]: each for each in kept}
        new = {"createdDate": dates.mws(now), "expireDate": dates.mws(NEVER)}
        for text in self.messages:
            old = known.get(text, {**new, "count": 0})
            own.pop(text, None)
            known[text] = own[text] = {
                **old,
                "count": old["count"] + 1,
                "message": text,
            }
        return list(own.values())[-MESSAGES:]
