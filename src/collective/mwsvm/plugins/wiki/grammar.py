"""Lines of Wiki text taken apart into objects and attributes, by the exact rules.

The rules are those of the Native plug-in type: a line has one object or several that
``#`` separates; an object is an id and attributes ``NAME=value``, separated by blanks,
tabs and ``;`` in any mix; a value with such a character is quoted; ``\\#`` and ``\\;``
stand for the character itself.
"""

from collections.abc import Iterator
from collective.mwsvm.plugins.wiki.faults import Fault
from collective.mwsvm.plugins.wiki.faults import shown
from dataclasses import dataclass
import re


_END_OF_OBJECT = re.compile(r"(?<!\\)#")
_ESCAPED = re.compile(r"\\([#;])")
# A quote counts as one only where a value, or the part after a colon, begins.
_PIECE = re.compile(
    r"""(?: \\[;#] | (?<=[=:])"[^"]*" | (?<==)'[^']*' | [^ \t;] )+""", re.VERBOSE
)


@dataclass(frozen=True, slots=True)
class WikiObject:
    """An object of a text: its id as it is written, and its attributes in order.

    Attributes are pairs of name and value, both without escapes, and the value without
    the double quotes around it. A sub-state that followed is part of STATE's value.
    """

    line: int
    id: str
    attributes: list[tuple[str, str]]


def lines_of(text: str) -> list[str]:
    """The lines, however they end. NUL, which no database takes, becomes a blank."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\0", " ").split("\n")


def objects(line: str, number: int, faults: list[Fault]) -> Iterator[WikiObject]:
    """The objects of one line; what is broken is added to ``faults``."""
    line = line.strip(" \t")
    if not line or line.startswith("#"):
        return
    if line.startswith("SC="):
        _check_status(line, number, faults)
        return
    for part in _END_OF_OBJECT.split(line):
        if pieces := _PIECE.findall(part):
            found = _object(pieces, number, faults)
            if found is not None:
                yield found


def _check_status(line: str, number: int, faults: list[Fault]) -> None:
    code, _, answer = line.removeprefix("SC=").partition(" ")
    if code.strip("0") or not code:
        message = f'The answer\'s status is "{shown(code)}", 0 is success: '
        faults.append(Fault(number, None, message + (shown(answer) or "no response")))


def _object(pieces: list[str], number: int, faults: list[Fault]) -> WikiObject | None:
    id = _unescaped(pieces[0])
    if "=" in id:
        message = f'The object has no id before its attribute "{shown(id)}".'
        faults.append(Fault(number, None, message))
        return None
    if not any("=" in piece for piece in pieces):
        message = "There is no attribute NAME=value: this is no object."
        faults.append(Fault(number, id, message))
        return None
    attributes: list[tuple[str, str]] = []
    after_state = False
    for piece in pieces[1:]:
        name, equals, value = piece.partition("=")
        if equals and name:
            problem = _unbalanced(value)
            if problem:
                faults.append(Fault(number, id, f"{shown(name)}: {problem}"))
            else:
                attributes.append((_unescaped(name), _unescaped(_unquoted(value))))
            after_state = not problem and name.upper() == "STATE"
        elif after_state and not equals:
            state = attributes[-1][1]
            attributes[-1] = ("STATE", f"{state}:{_unescaped(piece)}")
            after_state = False
        else:
            message = f'"{shown(piece)}" is no attribute, which is NAME=value.'
            faults.append(Fault(number, id, message))
            after_state = False
    return WikiObject(number, id, attributes)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _unbalanced(value: str) -> str | None:
    quote = value[:1]
    if quote and quote in "\"'" and quote not in value[1:]:
        return f"the quote {quote} is not closed."
    return None


def _unquoted(value: str) -> str:
    """Without the double quotes around it; single quotes belong to the value."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1]
    return value
