"""How samples become a datapoint, and when."""

from collections.abc import Iterator
from collections.abc import Sequence
from itertools import pairwise
from statistics import mean
from typing import Any
import math


_WHOLE_LIMIT = 2**63


def average(samples: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The data of the datapoint for the data of these samples; None if there are none.

    Each field, at any depth, is made of the values of those samples that have it:

    - null is ignored, and a field that is null in all of them is null;
    - if there is a number the numbers are averaged, and all else is ignored;
    - objects only: field by field, in the same way;
    - all else becomes one flat list in the order of the samples: strings, true and
      false, the elements of lists at any depth, and objects, as they are, if some
      samples have another type than object there.

    Lists keep duplicates and nulls. A number that no double can hold (NaN, Infinity or
    beyond 1.8e308) counts as null, so that the result is always valid JSON. The mean is
    that of the exact numbers, rounded once: it does not depend on their order, and
    equal numbers have that number as their mean. Whole numbers with a whole mean stay
    whole.

    The samples are left as they are, and the result shares nothing with them.
    """
    if not samples:
        return None
    result: dict[str, Any] = {}
    # A list of work and no recursion: a client chooses how deep its data goes.
    work = [(samples, result)]
    while work:
        objects, target = work.pop()
        for name, values in _by_name(objects).items():
            if values and all(isinstance(value, dict) for value in values):
                target[name] = {}
                work.append((values, target[name]))
            else:
                target[name] = _consolidated(values)
    return result


def next_consolidation(
    created: float, last_end: float | None, duration: int, now: float
) -> float:
    """When the next datapoint of a report is due, ``now`` at the earliest.

    It is a whole number of ``duration`` seconds, one at least, after the end of the
    latest datapoint, or after the report was ``created`` if it has none.
    """
    start = created if last_end is None else last_end
    ended = _ended(start, duration, now)
    if ended and start + ended * duration == now:
        return now
    return start + (ended + 1) * duration


def windows(
    last_end: float, duration: int, now: float, limit: int
) -> list[tuple[float, float]]:
    """Start and end of each datapoint that is due, the oldest first.

    They abut, the first starts at ``last_end`` (when the report was created, if it has
    no datapoint) and none ends after ``now``. Of more than ``limit`` only the newest
    are given: a report that keeps no more would drop the others at once.
    """
    ended = _ended(last_end, duration, now)
    # Each edge is worked out once and from last_end, so that rounding leaves no gaps.
    edges = [
        last_end + step * duration
        for step in range(max(0, ended - max(0, limit)), ended + 1)
    ]
    return list(pairwise(edges))


def _by_name(objects: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """The values that count of each field; none, if it is null wherever it is."""
    found: dict[str, list[Any]] = {}
    for fields in objects:
        for name, value in fields.items():
            values = found.setdefault(name, [])
            if not _is_null(value):
                values.append(value)
    return found


def _consolidated(values: list[Any]) -> Any:
    if not values:
        return None
    numbers = [value for value in values if _is_number(value)]
    if numbers:
        return _mean(numbers)
    return [_copy(element) for element in _flat(values)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_null(value: Any) -> bool:
    if value is None:
        return True
    if not _is_number(value):
        return False
    try:
        return not math.isfinite(value)
    except OverflowError:
        return True


def _mean(numbers: list[int | float]) -> int | float:
    result = mean(numbers)
    # The JSON that is written has whole numbers of 64 bits.
    return float(result) if abs(result) >= _WHOLE_LIMIT else result


def _flat(values: list[Any]) -> Iterator[Any]:
    """The values, with the elements of lists in place of the lists."""
    work = [iter(values)]
    while work:
        for value in work[-1]:
            if isinstance(value, list):
                work.append(iter(value))
                break
            yield value
        else:
            work.pop()


def _copy(value: Any) -> Any:
    """The value with null for each number that counts as null, at any depth."""
    holder: list[Any] = [value]
    work: list[Any] = [holder]
    while work:
        container = work.pop()
        for key, element in _items(container):
            if isinstance(element, dict | list):
                container[key] = element.copy()
                work.append(container[key])
            elif _is_null(element):
                container[key] = None
    return holder[0]


def _items(container: Any) -> list[tuple[Any, Any]]:
    return list(
        container.items() if isinstance(container, dict) else enumerate(container)
    )


def _ended(start: float, duration: int, now: float) -> int:
    """How many stretches of ``duration`` from ``start`` on have ended by ``now``."""
    if duration <= 0:
        raise ValueError(f"a datapoint can't last {duration} seconds")
    if now < start:
        return 0
    count = int((now - start) // duration)
    # The quotient is rounded and may be one off: the edges themselves decide.
    if start + count * duration > now:
        return count - 1
    if start + (count + 1) * duration <= now:
        return count + 1
    return count
