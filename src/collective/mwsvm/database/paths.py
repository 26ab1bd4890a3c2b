"""Where a dotted path leads in a document; see `matcher` for what that means."""

from collections.abc import Iterator
from collective.mwsvm.database.conditions import is_index
from typing import Any
from typing import Final


class Missing:
    """The type of `MISSING`."""

    def __repr__(self) -> str:
        return "MISSING"


#: There is no value at the end of this way.
MISSING: Final = Missing()


def leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[Any, bool]]:
    """What is at the end of every way that the path can go from an object or array.

    That is a value or `MISSING`, and whether an array found there also stands for its
    elements.
    """
    step, rest = path[0], path[1:]
    if isinstance(value, dict):
        yield from _member(value, step, rest)
    elif isinstance(value, list):
        for element in value:
            if isinstance(element, dict):
                yield from _member(element, step, rest)
        if is_index(step) and int(step) < len(value):
            element = value[int(step)]
            if not rest:
                yield element, False
            elif isinstance(element, dict | list):
                yield from leaves(element, rest)


def _member(
    value: dict[str, Any], step: str, rest: tuple[str, ...]
) -> Iterator[tuple[Any, bool]]:
    member = value.get(step, MISSING)
    if not rest:
        yield member, True
    elif isinstance(member, dict | list):
        yield from leaves(member, rest)
    else:
        yield MISSING, True
