"""How the value of an attribute is read into a report's JSON, and written from it."""

from collections.abc import Callable
from collective.mwsvm.plugins.reports.enums import JobReportFlag
from collective.mwsvm.plugins.reports.enums import JobReportState
from collective.mwsvm.plugins.reports.enums import NodeReportPower
from collective.mwsvm.plugins.reports.enums import NodeReportState
from collective.mwsvm.plugins.wiki import values
from collective.mwsvm.plugins.wiki.faults import Unreadable
from dataclasses import dataclass
from typing import Any
import math
import re


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of value.

    ``read`` makes JSON of a text that is not empty, None if it counts as unset, and
    raises `Unreadable`. ``write`` makes a text, empty to leave the attribute out.
    ``read_all`` does the same as ``read`` for many texts at once, or gives None when it
    can't. What is ``mutable`` must not be shared by reports.
    """

    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    read_all: Callable[[list[str]], list[Any] | None] | None = None
    mutable: bool = False


def _text(text: str) -> str:
    return text


def _listed(separator: str) -> Format:
    splitter = re.compile(f"[{separator}]")

    def read(text: str) -> list[str] | None:
        return [element for element in splitter.split(text) if element] or None

    def write(elements: list[str]) -> str:
        cleaned = [values.without(element, separator[1:]) for element in elements]
        return values.joined(cleaned, separator[0])

    return Format(read, write, mutable=True)


def _choice(known: dict[str, str], labels: dict[str, str], what: str) -> Format:
    """By names and labels in any case; written as label."""
    spellings = {spelling.lower(): name for spelling, name in known.items()}

    def read(text: str) -> str:
        try:
            return spellings[text.strip().lower()]
        except KeyError:
            allowed = ", ".join(labels.values())
            raise Unreadable(text, f"is no {what}: allowed are {allowed}.") from None

    def write(name: str) -> str:
        return labels.get(name, "")

    return Format(read, write)


def _environment(text: str) -> dict[str, str] | None:
    pairs = (pair.partition(":") for pair in text.split(","))
    return {name: value for name, _, value in pairs if name} or None


def _environment_text(variables: dict[str, str | None]) -> str:
    return ",".join(
        values.without(name, ",:") + (f":{values.without(value, ',')}" if value else "")
        for name, value in variables.items()
        if name
    )


def _flags(text: str) -> list[str] | None:
    flags = (flag.strip() for flag in text.split(","))
    return [JobReportFlag.parse(flag).name for flag in flags if flag] or None


def _per_task(text: str) -> dict[str, int]:
    number = values.integer(text)
    return {"total": number, "available": number}


def _per_task_text(resource: dict[str, int]) -> str:
    return str(resource.get("total", resource.get("available", "")))


def _double_text(number: float) -> str:
    return str(number) if math.isfinite(number) else ""


TEXT = Format(_text, read_all=values.texts)
INTEGER = Format(values.integer, read_all=values.integers)
LONG = Format(values.long)
DOUBLE = Format(values.double, _double_text, values.doubles)
MOMENT = Format(values.moment, read_all=values.moments)
COMMAS = _listed(",")
COLONS = _listed(":")
#: Separated by commas or semicolons.
HOSTS = _listed(",;")
ENVIRONMENT = Format(_environment, _environment_text, mutable=True)
FLAGS = Format(_flags, ",".join, mutable=True)
PER_TASK = Format(_per_task, _per_task_text, mutable=True)

_NODE_STATES = {state.name: state.label for state in NodeReportState}
_POWERS = {power.name: power.label for power in NodeReportPower}
_JOB_STATES = {state.name: state.label for state in JobReportState}

NODE_STATE = _choice({n: n for n in _NODE_STATES}, _NODE_STATES, "state")
POWER = _choice({label: n for n, label in _POWERS.items()}, _POWERS, "power state")
JOB_STATE = _choice(
    {n: n for n in _JOB_STATES} | {label: n for n, label in _JOB_STATES.items()},
    _JOB_STATES,
    "state of a job",
)
