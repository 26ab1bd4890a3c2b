"""Lines over time as paths of SVG; plain Python.

The paths are in a box of `WIDTH` by `HEIGHT` units, which the page stretches to the size
that it has room for.
"""

from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
import math


WIDTH = 1000
HEIGHT = 200

Values = Sequence[float | None]


@dataclass(frozen=True)
class Line:
    """What is drawn: an id for its colour, a label, and a value for each slot of time.

    None means that nothing is known of that time: the line has a gap there.
    """

    id: str
    label: str
    values: Values


@dataclass(frozen=True)
class Drawn:
    """A line, and the area below it, as the attribute ``d`` of SVG paths."""

    id: str
    label: str
    line: str
    area: str


def draw(lines: Sequence[Line], top: float) -> list[Drawn]:
    """The lines in a chart that reaches from 0 to ``top``."""
    return [
        Drawn(line.id, line.label, _line(line.values, top), _area(line.values, top))
        for line in lines
    ]


def round_top(lines: Sequence[Line]) -> int:
    """A round number that no value is above, for the top of the chart: 2, 4, 10, 20, ...

    It is even, so that the middle of the chart is a whole number.
    """
    highest = max(
        (v for line in lines for v in line.values if v is not None), default=0
    )
    if highest <= 2:
        return 2
    power = 10 ** math.floor(math.log10(highest))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= highest)


def raster(columns: int) -> str:
    """Lines at the top, middle and bottom, and at both sides of each of the columns."""
    across = [f"M0,{y:g}H{WIDTH}" for y in (0, HEIGHT / 2, HEIGHT)]
    down = [f"M{WIDTH * n / columns:g},0V{HEIGHT}" for n in range(columns + 1)]
    return "".join(across + down)


def has_values(lines: Sequence[Line]) -> bool:
    """Whether there is anything to draw."""
    return any(value is not None for line in lines for value in line.values)


def _line(values: Values, top: float) -> str:
    # A value without neighbours is a dot: a line of no length with round ends.
    return " ".join(
        f"M{_joined(run)}{'h0' if len(run) == 1 else ''}" for run in _runs(values, top)
    )


def _area(values: Values, top: float) -> str:
    return " ".join(
        f"M{run[0][0]:g},{HEIGHT}L{_joined(run)}L{run[-1][0]:g},{HEIGHT}Z"
        for run in _runs(values, top)
        if len(run) > 1
    )


def _joined(run: Sequence[tuple[float, float]]) -> str:
    return "L".join(f"{x:g},{y:g}" for x, y in run)


def _runs(values: Values, top: float) -> Iterator[list[tuple[float, float]]]:
    """The points of each stretch without a gap."""
    width = WIDTH / len(values) if values else 0
    run: list[tuple[float, float]] = []
    for place, value in enumerate([*values, None]):
        if value is not None:
            height = min(max(value, 0), top) / top * HEIGHT
            run.append((round((place + 0.5) * width, 1), round(HEIGHT - height, 1)))
        elif run:
            yield run
            run = []
