"""Plain lines taken apart many at a time.

Lines of the same shape, that is with the same attributes in the same order, are split in
one go, and what stands at the same place in all of them is a column. Only lines without
quotes, escapes and several objects are plain: for these it is exactly what the rules of
`grammar` give, and far faster.
"""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from collective.mwsvm.plugins.wiki.faults import Unreadable
from collective.mwsvm.plugins.wiki.formats import Format
from dataclasses import dataclass
from itertools import repeat
from typing import Any


#: So few lines of a shape are not worth it.
FEWEST = 16

_SPECIAL = "\"'\\#"
# So many characters show how a text is written.
_HEAD = 4096
# So many lines are split at a time, that the pieces stay in the processor's cache.
_BLOCK = 1024
# Whether a column has few values is judged by so many of them.
_SAMPLE = 64


class Few:
    """A column in which the same pieces return: each is looked at once."""

    def __init__(self, name: str, pieces: list[str], distinct: set[str]) -> None:
        self.name = name
        self._pieces = pieces
        self._distinct = distinct

    def values(self) -> list[str]:
        start = len(self.name) + 1
        texts = {piece: piece[start:] for piece in self._distinct}
        return list(map(texts.__getitem__, self._pieces))

    def read(self, format: Format) -> tuple[list[Any], bool]:
        """JSON of each, and whether all have one.

        None is for what is empty, unset or can't be read.
        """
        start = len(self.name) + 1
        read = {piece: _read(format, piece[start:]) for piece in self._distinct}
        values = list(map(read.__getitem__, self._pieces))
        if format.mutable:
            values = [value and value.copy() for value in values]
        return values, None not in read.values()


class Many:
    """A column in which most values are different."""

    def __init__(self, name: str, texts: list[str]) -> None:
        self.name = name
        self._texts = texts

    def values(self) -> list[str]:
        return self._texts

    def read(self, format: Format) -> tuple[list[Any], bool]:
        """As of the other columns."""
        if format.read_all and (values := format.read_all(self._texts)):
            return values, True
        values = [_read(format, text) for text in self._texts]
        return values, None not in values


Column = Few | Many


@dataclass(frozen=True, slots=True)
class Shape:
    """Lines of one shape: their numbers from 0, the objects' ids, and the columns."""

    lines: Sequence[int]
    ids: list[str]
    columns: list[Column]


def shapes(text: str) -> Iterator[Shape]:
    """The plain lines of a text by shape; lines that are in none are not plain.

    Lines end with a line feed.
    """
    special = [character for character in _SPECIAL if character in text]
    lines = _spaced(text).split("\n")
    for start in range(0, len(lines), _BLOCK):
        block = lines[start : start + _BLOCK]
        numbers: Sequence[int] = range(start, start + len(block))
        for character in special:
            if any(character in line for line in block):
                numbers = [n for n in numbers if character not in lines[n]]
                block = [lines[n] for n in numbers]
        yield from _of_block(numbers, block)


def _spaced(text: str) -> str:
    """With blanks between pieces, and only one if the text begins so untidily."""
    text = text.replace("\t", " ").replace(";", " ")
    if "  " in text[:_HEAD]:
        while "  " in text:
            text = text.replace("  ", " ")
    return text.replace(" \n", "\n") if " \n" in text[:_HEAD] else text


def _of_block(numbers: Sequence[int], lines: list[str]) -> Iterator[Shape]:
    if len(lines) < FEWEST:
        return
    blanks = lines[0].count(" ")
    if all(line.count(" ") == blanks for line in lines[1:FEWEST]):
        width = blanks + 1
        pieces = " \n ".join(lines).split(" ")
        ends = pieces[width :: width + 1]
        if len(ends) == ends.count("\n") == len(lines) - 1:
            del pieces[width :: width + 1]
            yield from _of_width(width, numbers, pieces)
            return
    by_width: dict[int, list[int]] = defaultdict(list)
    for place, blanks in enumerate(map(str.count, lines, repeat(" "))):
        by_width[blanks + 1].append(place)
    for width, places in by_width.items():
        if len(places) >= FEWEST:
            pieces = " ".join([lines[place] for place in places]).split(" ")
            yield from _of_width(width, [numbers[place] for place in places], pieces)


def _of_width(width: int, numbers: Sequence[int], pieces: list[str]) -> Iterator[Shape]:
    """The shapes among lines that all have so many pieces."""
    shape = _shape(width, numbers, pieces)
    if shape:
        yield shape
        return
    by_names: dict[tuple[str, ...], list[int]] = defaultdict(list)
    names = [piece.partition("=")[0] for piece in pieces]
    for row in range(len(numbers)):
        by_names[tuple(names[row * width + 1 : (row + 1) * width])].append(row)
    for rows in by_names.values():
        if len(rows) >= FEWEST:
            chosen = [p for r in rows for p in pieces[r * width : (r + 1) * width]]
            shape = _shape(width, [numbers[r] for r in rows], chosen)
            if shape:
                yield shape


def _shape(width: int, numbers: Sequence[int], pieces: list[str]) -> Shape | None:
    """The rows as a shape, if they are of one."""
    columns = _columns(width, pieces)
    ids = pieces[::width]
    # Two blanks together, which are rare after all, have an empty piece between them.
    if not columns or "" in ids:
        return None
    return Shape(numbers, ids, columns)


def _columns(width: int, pieces: list[str]) -> list[Column] | None:
    """The columns of rows of that width; None if they are not of one shape."""
    columns = []
    for place in range(1, width):
        column = _column(pieces[place::width])
        if column is None:
            return None
        columns.append(column)
    return columns


def _column(pieces: list[str]) -> Column | None:
    name, equals, _ = pieces[0].partition("=")
    prefix = name + equals
    if not name or not equals:
        return None
    if len(set(pieces[:_SAMPLE])) <= min(_SAMPLE, len(pieces)) // 4:
        distinct = set(pieces)
        if not all(piece.startswith(prefix) for piece in distinct):
            return None
        return Few(name, pieces, distinct)
    # No piece has a line feed: one before each shows which of them begin like this.
    texts = f"\n{chr(10).join(pieces)}".split(f"\n{prefix}")
    if len(texts) != len(pieces) + 1:
        return None
    del texts[0]
    return Many(name, texts)


def _read(format: Format, text: str) -> Any:
    if not text:
        return None
    try:
        return format.read(text)
    except Unreadable:
        return None


def assembled(columns: Iterable[tuple[tuple[str, ...], list[Any]]]) -> list[Any]:
    """Objects of columns, each with the path of keys where its values belong.

    No two paths are the same, and none is the beginning of another.
    """
    nested: dict[str, list[tuple[tuple[str, ...], list[Any]]]] = {}
    for (first, *rest), column in columns:
        nested.setdefault(first, []).append((tuple(rest), column))
    found = {
        key: inner[0][1] if inner[0][0] == () else assembled(inner)
        for key, inner in nested.items()
    }
    if len(found) == 1:
        ((one, ones),) = found.items()
        return [{one: value} for value in ones]
    if len(found) == 2:
        (one, ones), (two, twos) = found.items()
        return [{one: a, two: b} for a, b in zip(ones, twos, strict=True)]
    # Copies of a complete object, whose keys are then set, never have to grow.
    template = dict.fromkeys(found)
    objects = [template.copy() for _ in next(iter(found.values()))]
    for key, column in found.items():
        for target, value in zip(objects, column, strict=True):
            target[key] = value
    return objects
