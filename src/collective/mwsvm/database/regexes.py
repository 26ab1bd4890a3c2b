r"""Regular expressions that mean the same to RE2 (matcher, SQLite) and PostgreSQL.

A pattern is read here and written anew for each engine, in the few words that both
understand alike. Neither ever sees the client's own text, neither backtracks.

Taken, with the meaning of MongoDB's PCRE: literals, ``.``, ``[...]`` with ranges and
``[:alpha:]`` classes, ``^ $ \A \z \b \B``, ``\d \w \s \D \W \S`` (ASCII), ``\t \n \v \f
\r \a \xHH \x{H...}``, escaped punctuation, ``( )`` and ``(?: )``, ``|``, ``* + ? {n,m}`` up
to 255, also lazy, and the flags i, m and s, as options or as ``(?ims)`` at the start.

Where engines differ, the meaning is: ``$`` without m is the very end of the text (PCRE
also takes the place before a last newline); with m ``^`` is after every newline, also a
last one; i is Unicode's case folding where it is one character for one; a quantifier
needs something that it can repeat.

Refused: back references, look-around, named groups, ``\p``, ``\Z``, ``\Q``, possessive
quantifiers, the flag x.
"""

from collective.mwsvm.database import charsets
from collective.mwsvm.database.charsets import Ranges
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
import re
import re2


#: The longest pattern taken, in characters.
MAX_LENGTH = 500
#: How deep groups may be nested, and how many characters the repetitions may add up to.
_MAX_DEPTH, _MAX_SIZE = 30, 2000
_MAX_REPEAT = 255  # PostgreSQL's own bound

_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "a": 7}
_W = r"[0-9A-Z_a-z]"
#: What stands between characters, for RE2 and for PostgreSQL, whose \y knows more letters.
_ANCHORS = {
    "A": (r"\A", r"\A"),
    "z": (r"\z", r"\Z"),
    "b": (r"\b", rf"(?:(?<!{_W})(?={_W})|(?<={_W})(?!{_W}))"),
    "B": (r"\B", rf"(?:(?<!{_W})(?!{_W})|(?<={_W})(?={_W}))"),
}
_REPEAT = re.compile(r"\*|\+|\?|\{([0-9]{1,4})(,?)([0-9]{0,4})\}")
_FLAGS = re.compile(r"\(\?([a-zA-Z]+)\)")
_HEX = re.compile(r"x(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))")
_POSIX = re.compile(r"\[:(\^?)([a-z]+):\]")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern, written for both engines."""

    re2: str
    postgresql: str

    def found_in(self, text: str) -> bool:
        """Whether RE2 finds it somewhere in the text."""
        return _compiled(self.re2).search(text) is not None


@lru_cache(maxsize=256)
def translate(pattern: str, options: str = "") -> Pattern:
    """The pattern for both engines; `ValueError` says why there is none."""
    if len(pattern) > MAX_LENGTH:
        raise ValueError(f"it is longer than {MAX_LENGTH} characters")
    if flags := _FLAGS.match(pattern):
        pattern, options = pattern[flags.end() :], options + flags[1]
    if wrong := sorted(set(options) - set("ims")):
        raise ValueError(
            f"the option {wrong[0]} is not supported; allowed are i, m and s"
        )
    piece = _Reader(pattern, set(options)).whole()
    multiline = ("(?m)", "(?w)") if "m" in options else ("", "")
    # The group keeps PostgreSQL from reading a prefix into the pattern's first characters.
    result = Pattern(multiline[0] + piece.re2, f"{multiline[1]}(?:{piece.postgresql})")
    try:
        _compiled(result.re2)
    except re2.error as error:
        raise ValueError("it is too complex") from error
    return result


@lru_cache(maxsize=16)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    # With less RE2 forgets its states and takes a hundred times as long.
    options.max_mem = 8 << 20
    return re2.compile(pattern, options)


@dataclass(frozen=True, slots=True)
class _Piece:
    re2: str
    postgresql: str
    size: int = 1


class _Reader:
    """Recursive descent over the pattern."""

    def __init__(self, pattern: str, flags: set[str]):
        self.pattern, self.flags, self.at = pattern, flags, 0

    def whole(self) -> _Piece:
        piece = self._alternatives(_MAX_DEPTH)
        if self.at < len(self.pattern):
            raise ValueError("a ')' has no '('")
        return piece

    def _take(self, expected: str) -> bool:
        if not self.pattern.startswith(expected, self.at):
            return False
        self.at += len(expected)
        return True

    def _match(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        if found := expression.match(self.pattern, self.at):
            self.at = found.end()
        return found

    def _char(self, missing: str) -> str:
        if self.at >= len(self.pattern):
            raise ValueError(missing)
        self.at += 1
        return self.pattern[self.at - 1]

    def _alternatives(self, depth: int) -> _Piece:
        branches = [self._branch(depth)]
        while self._take("|"):
            branches.append(self._branch(depth))
        return _joined(branches, "|")

    def _branch(self, depth: int) -> _Piece:
        pieces = [_Piece("(?:)", "(?:)", 0)]
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            pieces.append(self._repeated(depth))
        return _joined(pieces[1:] or pieces, "")

    def _repeated(self, depth: int) -> _Piece:
        piece, repeatable = self._atom(depth)
        repeat = self._match(_REPEAT)
        if repeat is None:
            return piece
        if not repeatable:
            raise ValueError(f"there is nothing that {repeat[0]} can repeat")
        self._take("?")  # Lazy ones find the same texts.
        if again := self._match(_REPEAT):
            raise ValueError(f"there is nothing that {repeat[0] + again[0]} can repeat")
        times = [int(number) for number in repeat.groups("") if number.isdigit()]
        if max(times, default=0) > _MAX_REPEAT:
            raise ValueError(f"it repeats more than {_MAX_REPEAT} times: {repeat[0]}")
        if times != sorted(times):
            raise ValueError(f"the bounds are the wrong way round: {repeat[0]}")
        size = piece.size * (max(times, default=1) or 1)
        if size > _MAX_SIZE:
            raise ValueError("it is too complex")
        return _Piece(piece.re2 + repeat[0], piece.postgresql + repeat[0], size)

    def _atom(self, depth: int) -> tuple[_Piece, bool]:
        """One character, class or group, or what is between them: not repeatable."""
        char = self._char("")
        if char == "(":
            return self._group(depth), True
        if char == "[":
            return self._set(), True
        if char == ".":
            dots = ("(?s:.)", ".") if "s" in self.flags else (r"[^\n]", r"[^\n]")
            return _Piece(*dots), True
        if char in "^$":
            return _Piece(char, char), False
        if char in "*+?":
            raise ValueError(f"there is nothing that {char} can repeat")
        if char != "\\":
            return self._literal(charsets.single(ord(char))[0][0]), True
        if self.pattern[self.at : self.at + 1] in ("A", "z", "b", "B"):
            return _Piece(*_ANCHORS[self._char("")]), False
        ranges = self._escape()
        if charsets.is_single(ranges):
            return self._literal(ranges[0][0]), True
        return _class(ranges), True

    def _group(self, depth: int) -> _Piece:
        if depth == 0:
            raise ValueError("its groups are nested too deeply")
        if self._take("?") and not self._take(":"):
            kind = self.pattern[self.at - 2 : self.at + 1]
            raise ValueError(f"{kind} is not supported; groups are (...) and (?:...)")
        piece = self._alternatives(depth - 1)
        if not self._take(")"):
            raise ValueError("a '(' has no ')'")
        return _Piece(f"(?:{piece.re2})", f"(?:{piece.postgresql})", piece.size)

    def _literal(self, code: int) -> _Piece:
        if "i" in self.flags and len(ranges := charsets.any_case([(code, code)])) > 1:
            return _class(ranges)
        return _Piece(charsets.re2_char(code), charsets.postgresql_char(code))

    def _escape(self) -> Ranges:
        """What comes after a backslash, inside and outside of brackets."""
        if hexadecimal := self._match(_HEX):
            return charsets.single(int(hexadecimal[1] or hexadecimal[2], 16))
        char = self._char("it ends with a backslash")
        if char.lower() in charsets.ESCAPED:
            ranges = charsets.ESCAPED[char.lower()]
            return ranges if char.islower() else charsets.complement(ranges)
        if char in _CONTROLS:
            return charsets.single(_CONTROLS[char])
        if char.isalnum():
            raise ValueError(f"\\{char} is not supported")
        return charsets.single(ord(char))

    def _set(self) -> _Piece:
        negative = self._take("^")
        ranges: Ranges = []
        first = True
        while first or not self._take("]"):
            first = False
            low = self._member()
            if not self._is_range():
                ranges += low
                continue
            self._take("-")
            high = self._member()
            if (
                not charsets.is_single(low)
                or not charsets.is_single(high)
                or low > high
            ):
                raise ValueError("a range in brackets has wrong ends")
            ranges.append((low[0][0], high[0][0]))
        if "i" in self.flags:
            ranges = charsets.any_case(ranges)
        others = charsets.complement(ranges)
        return _class(others if negative else charsets.complement(others))

    def _is_range(self) -> bool:
        following = self.pattern[self.at : self.at + 2]
        return following.startswith("-") and following not in ("-", "-]")

    def _member(self) -> Ranges:
        if named := self._match(_POSIX):
            if named[2] not in charsets.NAMED:
                raise ValueError(f"there is no class {named[0]}")
            ranges = charsets.NAMED[named[2]]
            return charsets.complement(ranges) if named[1] else ranges
        char = self._char("a '[' has no ']'")
        return self._escape() if char == "\\" else charsets.single(ord(char))


def _joined(pieces: list[_Piece], separator: str) -> _Piece:
    size = sum(piece.size for piece in pieces)
    if size > _MAX_SIZE:
        raise ValueError("it is too complex")
    return _Piece(
        separator.join(piece.re2 for piece in pieces),
        separator.join(piece.postgresql for piece in pieces),
        size,
    )


def _class(ranges: Ranges) -> _Piece:
    return _Piece(charsets.in_re2(ranges), charsets.in_postgresql(ranges))
