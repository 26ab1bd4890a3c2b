"""Changes of nodes and virtual machines that plug-ins are asked to make.

Each wish becomes an RM event with Moab's names of attributes (guide 6.2.12). What
becomes of the documents then, `rm_notes` says.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from collective.mwsvm.database import lenient
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import writable
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from dataclasses import dataclass
from typing import Any
from typing import Protocol
import math
import orjson


Json = dict[str, Any]

_POWERED = {
    "On": "Successfully powered {noun} on",
    "Off": "Successfully powered {noun} off",
    "Reset": "Successfully reset {noun}",
}


class Outcome(Protocol):
    """What has become of an event."""

    done: list[str]
    failures: list[str]


#: Brings an event with its arguments to one plug-in. Raises `NotFound`.
Send = Callable[[str, list[Any], str], Outcome]


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that is to be changed.

    ``what`` is power, os, state, partition, metrics or variables.
    """

    what: str
    value: Any

    @property
    def event(self) -> str:
        return "nodePower" if self.what == "power" else "nodeModify"

    def arguments(self, target: str) -> list[Any]:
        """The arguments of the event for the node or machine called ``target``."""
        if self.what == "power":
            return [[target], self.value.upper()]
        return [[target], self.properties()]

    def properties(self) -> dict[str, str]:
        """The change in Moab's words: ``OS``, ``GMETRIC[temp]``, ``VARIABLE:a``."""
        if self.what == "metrics":
            return {f"GMETRIC[{name}]": str(n) for name, n in self.value.items()}
        if self.what == "variables":
            return {f"VARIABLE:{name}": v or "" for name, v in self.value.items()}
        return {self.what.upper(): self.value}

    def described(self, noun: str) -> str:
        """The change in words, for the end of a sentence."""
        if self.what == "power":
            return f"power of the {noun} to '{self.value}'"
        if self.what in ("metrics", "variables"):
            one = self.what.removesuffix("s")
            names = ", ".join(f"'{name}'" for name in self.value)
            return f"{one if len(self.value) == 1 else self.what} {names}"
        return f"{self.what} to '{self.value}'"


@dataclass(frozen=True, slots=True)
class Done:
    """A wish, the plug-ins that took it over, and why others did not."""

    wish: Wish
    by: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


def asked(model: type[Model], given: Json) -> Json:
    """What a body in the words of version 2 gives of the fields that can be changed.

    Raises `Invalid` for values that can't be.
    """
    names = writable(model, creation=False)
    can_be = {name: value for name, value in given.items() if name in names}
    found = _only_given(model.check({**can_be, "name": ""}).wire(), can_be)
    if lenient.has_nul(orjson.dumps(found)):
        raise Invalid(lenient.NUL)
    return found


def _only_given(checked: Json, given: Json) -> Json:
    found = {}
    for name, value in checked.items():
        if name in given:
            inner = given[name]
            nested = name in ("states", "operatingSystem") and isinstance(inner, dict)
            found[name] = _only_given(value, inner) if nested else value
    return found


def wishes(asked: Json, faults: list[str]) -> Iterator[Wish]:
    """What the client wants of plug-ins.

    Members that are not there or null want nothing; what is wrong with the others is
    added to ``faults``.
    """
    states, system = asked.get("states", {}), asked.get("operatingSystem", {})
    found = {
        "power": ("states.powerState", states.get("powerState")),
        "os": ("operatingSystem.image", system.get("image")),
        "state": ("states.state", states.get("state")),
        "partition": ("partition", asked.get("partition")),
    }
    for what, (field, value) in found.items():
        if value is not None and not value.strip():
            faults.append(f"The field '{field}' can't be empty")
        elif value is not None:
            yield Wish(what, value)
    for what in ("metrics", "variables"):
        values = asked.get(what) or {}
        if any(not name.strip() for name in values):
            faults.append(f"The field '{what}' can't have a member without a name")
        elif what == "metrics":
            faults.extend(
                f"The field 'metrics.{name}' can't be {number}: it is a finite number"
                for name, number in values.items()
                if not math.isfinite(number)
            )
            values = {name: _plain(number) for name, number in values.items()}
        if values:
            yield Wish(what, values)


def refuse_nothing(given: Json, found: Sequence[Any], fields: str) -> None:
    """Raises `Invalid` when a body wants nothing that can be changed."""
    if not found:
        sent = ", ".join(given) or "nothing"
        raise Invalid(
            f"There is nothing to modify in the request, which has {sent:.200}",
            f"Please send {fields}",
        )


def reporters(document: Json) -> list[str]:
    """The plug-ins that report an object, the most authoritative first."""
    return [manager["name"] for manager in document["resourceManagers"]]


def asked_for(
    wishes: Iterable[Wish], target: str, plugins: Sequence[str], send: Send
) -> list[Done]:
    """Ask the plug-ins for each wish; no transaction is open meanwhile."""
    return [_asked_for(wish, target, plugins, send) for wish in wishes]


def _asked_for(wish: Wish, target: str, plugins: Sequence[str], send: Send) -> Done:
    by: list[str] = []
    failures: list[str] = []
    for plugin in plugins:
        try:
            outcome = send(wish.event, wish.arguments(target), plugin)
        except NotFound:
            continue
        by.extend(outcome.done)
        failures.extend(outcome.failures)
    return Done(wish, tuple(by), tuple(failures))


def sentences(done: Iterable[Done], noun: str) -> Iterator[str]:
    """What has been done, one sentence for each wish."""
    for each in done:
        wish = each.wish
        if each.by:
            said = _POWERED.get(wish.value) if wish.what == "power" else None
            said = said or "Successfully modified {what}"
            yield said.format(noun=noun, what=wish.described(noun))
            continue
        why = "; ".join(each.failures)
        reason = f" ({why})" if why else ""
        is_expected = wish.what in ("power", "os")
        yield (
            f"No plugin has modified {wish.described(noun)}{reason}: it is "
            f"{'only expected' if is_expected else 'kept here'}"
        )


def _plain(number: float) -> float:
    # As it was sent, most likely.
    return int(number) if math.isfinite(number) and number == int(number) else number
