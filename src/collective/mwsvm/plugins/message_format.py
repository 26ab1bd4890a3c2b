"""How arguments get into a message (guide 6.2.4)."""

from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.models import dates
from datetime import datetime
from enum import Enum
from typing import Any
import re


# Two quotes; a quoted part, which holds a brace at least; an argument, whose format
# (``{0,number}``) is of no consequence.
_PIECE = re.compile(
    r"''|'(?P<literal>[{}](?:[^']|'')*)'|\{(?P<index>\d+)(?:,[^{}]*)?\}"
)


def format_message(pattern: str, arguments: Sequence[Any] = ()) -> str:
    """The message with ``{0}``, ``{1}``, ... replaced by the arguments.

    ``''`` is one quote and ``'{'`` a brace as it is; a single quote elsewhere is an
    apostrophe. An index that has no argument stays as it is written.
    """

    def piece(match: re.Match[str]) -> str:
        if match[0] == "''":
            return "'"
        if match["literal"] is not None:
            return match["literal"].replace("''", "'")
        # More digits than this are no index of anybody's list.
        index = int(match["index"][:9])
        return argument(arguments[index]) if index < len(arguments) else match[0]

    return _PIECE.sub(piece, pattern)


def argument(value: Any) -> str:
    """A value as messages show it: ``true``, ``null``, ``a, b``, dates in MWS's form."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, datetime):
        return dates.mws(value.timestamp())
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {argument(item)}" for key, item in value.items())
    if isinstance(value, Sequence | set | frozenset):
        return ", ".join(argument(item) for item in value)
    return str(value)
