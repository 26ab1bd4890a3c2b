"""Host list expressions: which nodes somebody means (guide 4.21, ``mrsvctl -h``).

An expression is ``ALL``, ``r:`` with a regular expression, ``class:`` with names of
classes, or names of nodes between commas or blanks, also with ranges in brackets:
``n[1-3,5],login``. A name that begins with ``^`` is a regular expression, too. Regular
expressions find nodes by a part of the name, in any case.
"""

from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.database import regexes
from collective.mwsvm.models.errors import Invalid
from itertools import islice
from itertools import product
from typing import Any
import re


Json = dict[str, Any]

#: So many names can one expression stand for.
MOST = 10_000

_ITEM = re.compile(r"(?:[^\s,\[\]]|\[[^\[\]]*\])+")
_SEPARATORS = re.compile(r"[\s,]*")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", re.ASCII)


def select(expression: str, nodes: Mapping[str, Json], field: str) -> list[str]:
    """The names of the nodes that are meant, each once, in the order of ``nodes``.

    ``nodes`` has the documents of all nodes by their names. Raises `Invalid`, which
    names the ``field``: for what is no expression, and for nodes that there are none of.
    """
    found: set[str] = set()
    total = 0
    for item in items(expression, field):
        meant = _meant(item, nodes, field)
        total += len(meant)
        if total > MOST + len(nodes):
            raise _too_many(expression, field)
        found.update(meant)
    return [name for name in nodes if name in found]


def named(expression: str, field: str) -> list[str] | None:
    """The names in an expression; None when one must know all nodes to understand it.

    Raises `Invalid` for what is no expression.
    """
    found: list[str] = []
    for item in items(expression, field):
        if item.upper() == "ALL" or item.startswith("^") or _is_pattern(item):
            return None
        found += (name.lower() for name in expanded(item, field))
        if len(found) > MOST:
            raise _too_many(expression, field)
    return found or None


def items(expression: str, field: str = "hostListExpression") -> list[str]:
    """The parts of an expression. Raises `Invalid` if brackets do not fit."""
    text = expression.strip()
    if _is_pattern(text):
        return [text]
    found = []
    place = _SEPARATORS.match(text).end()  # type: ignore[union-attr]
    while place < len(text):
        item = _ITEM.match(text, place)
        if item is None:
            raise Invalid(
                f"The field '{field}' can't be {_short(expression)}: its brackets do not "
                "fit"
            )
        found.append(item.group())
        place = _SEPARATORS.match(text, item.end()).end()  # type: ignore[union-attr]
    return found


def expanded(item: str, field: str = "hostListExpression") -> Iterator[str]:
    """The names that a name with ranges stands for: ``n[08-10]`` is n08, n09, n10.

    Raises `Invalid` if something in brackets is no range, or there are too many.
    """
    pieces: list[list[str]] = []
    end, size = 0, 1
    for brackets in _BRACKETS.finditer(item):
        pieces.append([item[end : brackets.start()]])
        pieces.append(list(islice(_numbers(brackets[1], item, field), MOST + 1)))
        end, size = brackets.end(), size * len(pieces[-1])
        if size > MOST:
            raise _too_many(item, field)
    pieces.append([item[end:]])
    for choice in product(*pieces):
        yield "".join(choice)


def _numbers(text: str, item: str, field: str) -> Iterator[str]:
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            raise Invalid(
                f"The field '{field}' can't have {_short(item)}: in brackets are numbers "
                "and ranges, such as n[1-3,5]"
            )
        first, last = match[1], match[2] or match[1]
        if int(last) < int(first):
            raise Invalid(
                f"The field '{field}' can't have {_short(item)}: the range {part.strip()} "
                "goes backwards"
            )
        for number in range(int(first), int(last) + 1):
            yield str(number).zfill(len(first))


def _meant(item: str, nodes: Mapping[str, Json], field: str) -> Collection[str]:
    kind, colon, rest = item.partition(":")
    if item.upper() == "ALL":
        return nodes
    if colon and kind.lower() == "class":
        return _of_classes(rest, nodes, field)
    if colon and kind.lower() == "r":
        return _matching(rest, nodes, field)
    if item.startswith("^"):
        return _matching(item, nodes, field)
    names = [name.lower() for name in expanded(item, field)]
    missing = [name for name in names if name not in nodes]
    if missing:
        shown = ", ".join(f"'{name:.80}'" for name in missing[:10])
        more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
        raise Invalid(
            f"The field '{field}' names nodes that do not exist: {shown}{more}"
        )
    return names


def _of_classes(text: str, nodes: Mapping[str, Json], field: str) -> Collection[str]:
    wanted = {name.strip().lower() for name in text.split(",") if name.strip()}
    found = [
        name
        for name, node in nodes.items()
        if wanted & {each.lower() for each in node.get("classes", ())}
    ]
    if not found:
        raise Invalid(f"The field '{field}': no node has a class of {_short(text)}")
    return found


def _matching(pattern: str, nodes: Mapping[str, Json], field: str) -> Collection[str]:
    try:
        compiled = regexes.translate(pattern, "i")
    except ValueError as error:
        raise Invalid(
            f"The field '{field}' can't have the regular expression {_short(pattern)}: "
            f"{error}"
        ) from None
    found = [name for name in nodes if compiled.found_in(name)]
    if not found:
        raise Invalid(f"The field '{field}': no node's name matches {_short(pattern)}")
    return found


def _is_pattern(item: str) -> bool:
    return item.lower().startswith(("r:", "class:"))


def _too_many(text: str, field: str) -> Invalid:
    return Invalid(
        f"The field '{field}' can't have {_short(text)}: it stands for more than "
        f"{MOST} nodes"
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
