"""The site's utilisation over time, from the report that the worker fills."""

from collections.abc import Iterable
from collective.mwsvm import _
from collective.mwsvm.browser.dashboard.chart import draw
from collective.mwsvm.browser.dashboard.chart import Drawn
from collective.mwsvm.browser.dashboard.chart import has_values
from collective.mwsvm.browser.dashboard.chart import Line
from collective.mwsvm.browser.dashboard.chart import raster
from collective.mwsvm.browser.dashboard.chart import round_top
from collective.mwsvm.models import dates
from collective.mwsvm.reporting.consolidation import average
from collective.mwsvm.reporting.store import ReportStore
from collective.mwsvm.workload.utilization import REPORT
from collective.mwsvm.workload.utilization import SHARES
from dataclasses import dataclass
from functools import cached_property
from typing import Any
import math


Json = dict[str, Any]


@dataclass(frozen=True)
class Range:
    """How far the charts go back; all in seconds.

    They have a value for each ``slot``. Their ends are whole numbers of ``edge``, so that
    the ``ticks`` below the axis are at round times.
    """

    id: str
    label: str
    seconds: int
    slot: int
    edge: int
    ticks: int
    form: str


#: Of the ticks the form says what they show: the time of the day, or the day.
RANGES = (
    Range("1h", _("1 hour"), 3600, 300, 300, 4, "time"),
    Range("24h", _("24 hours"), 86400, 900, 3600, 4, "time"),
    Range("7d", _("7 days"), 7 * 86400, 3600, 6 * 3600, 7, "day"),
)

LABELS = {
    "processors": _("Processors"),
    "machines": _("Machines"),
    "running": _("Running jobs"),
    "waiting": _("Waiting jobs"),
}


@dataclass(frozen=True)
class Tick:
    """A moment below the axis: for programs, and in UTC for people without scripts."""

    iso: str
    text: str


@dataclass(frozen=True)
class Chart:
    """One chart: its lines, and what its axis shows at the top, middle and bottom.

    ``latest`` are the labels of the lines with their newest values.
    """

    id: str
    title: str
    latest: list[tuple[str, str]]
    lines: list[Drawn]
    scale: list[str]


@dataclass(frozen=True)
class Row:
    """A stretch of time in the table: when it began, and what each line has there."""

    iso: str
    cells: list[str]


class Utilization:
    """The charts and the table of a range of time that ends ``now``."""

    def __init__(self, datapoints: Iterable[Json], wanted: Range, now: float) -> None:
        self.range = wanted
        end = math.ceil(now / wanted.edge) * wanted.edge
        self._begin = end - wanted.seconds
        self._slots = _slots(datapoints, self._begin, wanted)

    @classmethod
    def read(cls, store: ReportStore, wanted: Range, now: float) -> "Utilization":
        """That of the report; nothing, if there is no report yet."""
        report = store.find(REPORT["name"])
        # The first slot begins at most an edge later than that.
        begin = now - wanted.seconds
        found = [] if report is None else store.datapoints(report, begin)
        return cls(found, wanted, now)

    @cached_property
    def shares(self) -> list[Line]:
        """Of processors and machines, how much is at work: percent."""
        return [
            Line(name, LABELS[name], [_share(slot, name) for slot in self._slots])
            for name in SHARES
        ]

    @cached_property
    def jobs(self) -> list[Line]:
        """How many jobs run and wait."""
        return [
            Line(name, LABELS[name], [_at(slot, "jobs", name) for slot in self._slots])
            for name in ("running", "waiting")
        ]

    def __bool__(self) -> bool:
        return has_values([*self.shares, *self.jobs])

    def charts(self) -> list[Chart]:
        """The charts, one above the other; one without a value is left out."""
        top = round_top(self.jobs)
        charts = [
            Chart(
                "shares",
                _("Processors and machines at work"),
                _latest(self.shares, "{:.0f} %"),
                draw(self.shares, 100),
                ["100 %", "50 %", "0 %"],
            ),
            Chart(
                "jobs",
                _("Jobs"),
                _latest(self.jobs, "{:.1f}"),
                draw(self.jobs, top),
                [f"{top}", f"{top // 2}", "0"],
            ),
        ]
        return [c for c in charts if any(line.line for line in c.lines)]

    def ticks(self) -> list[Tick]:
        """The moments below the axes, at the same distances, the first one at its begin."""
        step = self.range.seconds // self.range.ticks
        return [
            self._tick(self._begin + place * step)
            for place in range(self.range.ticks + 1)
        ]

    def raster(self) -> str:
        """The lines behind the charts: those that go down are at the ticks."""
        return raster(self.range.ticks)

    def heads(self) -> list[str]:
        """What the columns of the table are called, after that of the time."""
        return [
            *(_("${what}, %", mapping={"what": line.label}) for line in self.shares),
            *(line.label for line in self.jobs),
        ]

    def rows(self) -> list[Row]:
        """The table: the stretches of time of which anything is known, newest first."""
        lines = [(line, "{:.0f}") for line in self.shares]
        lines += [(line, "{:.1f}") for line in self.jobs]
        rows = [
            Row(
                dates.iso(self._begin + place * self.range.slot),
                [_text(line.values[place], form) for line, form in lines],
            )
            for place, slot in enumerate(self._slots)
            if slot is not None
        ]
        return rows[::-1]

    def _tick(self, moment: float) -> Tick:
        text = dates.mws(moment)
        return Tick(
            dates.iso(moment), text[5:10] if self.range.form == "day" else text[11:16]
        )


def range_of(name: str) -> Range:
    """The range that is asked for; 24 hours, if that is none."""
    return next((each for each in RANGES if each.id == name), RANGES[1])


def _slots(
    datapoints: Iterable[Json], begin: float, wanted: Range
) -> list[Json | None]:
    """For each slot the average of the data that belong to it."""
    found: list[list[Json]] = [[] for _slot in range(wanted.seconds // wanted.slot)]
    for point in datapoints:
        if not isinstance(point["data"], dict):
            continue
        start = dates.seconds(point["startDate"]) - begin
        end = dates.seconds(point["endDate"]) - begin
        # All slots whose middle it covers; a short one is in the slot of its own middle.
        first = math.ceil(start / wanted.slot - 0.5)
        last = math.ceil(end / wanted.slot - 0.5)
        middle = math.floor((start + end) / 2 / wanted.slot)
        for place in range(first, last) or (middle,):
            if 0 <= place < len(found):
                found[place].append(point["data"])
    return [average(some) for some in found]


def _share(slot: Json | None, name: str) -> float | None:
    total, used = _at(slot, name, "total"), _at(slot, name, SHARES[name])
    return None if not total or used is None else 100 * used / total


def _at(slot: Json | None, *path: str) -> float | None:
    # Programs may put anything into the report.
    value: Any = slot
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None


def _latest(lines: Iterable[Line], form: str) -> list[tuple[str, str]]:
    newest = (
        (line.label, next((v for v in reversed(line.values) if v is not None), None))
        for line in lines
    )
    return [(label, _text(value, form)) for label, value in newest if value is not None]


def _text(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)
