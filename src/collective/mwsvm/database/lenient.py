"""JSON as people and old clients write it into URLs."""

from typing import Any
import orjson
import re


#: What is said of texts that no database takes.
NUL = "The character NUL (\\u0000) is not allowed in names and texts"

# Written as an escape: an odd number of backslashes before it.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
# A string to its end, so that commas in it do not count; or a comma too many.
_TRAILING = re.compile(rb'"(?:[^"\\]|\\.)*+"?|,(?=\s*[}\]])', re.DOTALL)
_BLANK = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(
    r"""(?P<punctuation>[{}\[\]:,])
    | (?P<double>"(?:[^"\\]|\\.)*")
    | (?P<single>'(?:[^'\\]|\\.)*')
    | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.$-]))
    | (?P<word>[^\W\d]\w*(?:[.$-]\w+)*|\$\w+)
    """,
    re.VERBOSE | re.DOTALL,
)
_PIECE = re.compile(r"""\\.|"|[^\\"]+""", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}


def parse(text: str, depth: int) -> Any:
    """The value of a JSON text, which may also have bare keys and single quotes.

    Bare keys start with a letter, ``_`` or ``$`` and may hold dots and hyphens:
    ``{extensions.native: {$ne: null}, 'name': 'a'}``. Anything else is JSON, at most
    ``depth`` objects and arrays deep. Raises `ValueError` that says what is wrong where.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        # Also when it is only too deep: this one says so.
        return _Parser(text, depth).whole()
    check_depth(value, depth)
    return value


def without_trailing_commas(json: bytes) -> bytes:
    """The same without the commas before closing brackets, as in bodies of the guide."""
    return _TRAILING.sub(lambda found: b"" if found[0] == b"," else found[0], json)


def check_depth(value: Any, depth: int) -> None:
    """Raises `ValueError` when objects and arrays are nested deeper than that."""
    level = [value]
    while level := [entry for entry in level if type(entry) in (dict, list)]:
        if depth == 0:
            raise ValueError("it is nested too deeply")
        depth -= 1
        level = [
            inner
            for entry in level
            for inner in (entry.values() if isinstance(entry, dict) else entry)
        ]


def has_nul(json: bytes) -> bool:
    """Whether a key or text in it has the character NUL."""
    return b"\\u0000" in json and _NUL.search(json) is not None


class _Parser:
    """Reads one token ahead; ``depth`` also bounds its own recursion."""

    def __init__(self, text: str, depth: int):
        self.text, self.depth = text, depth
        self.kind, self.piece, self.start, self.end = "", "", 0, 0
        self._next()

    def whole(self) -> Any:
        value = self._value(self.depth)
        if self.kind != "end":
            raise self._expected("the end")
        return value

    def _next(self) -> str:
        """Go on to the next token; gives the one that was read."""
        read = self.piece
        blank = _BLANK.match(self.text, self.end)
        self.start = blank.end() if blank else self.end
        found = _TOKEN.match(self.text, self.start)
        if found and found.lastgroup:
            self.kind, self.piece, self.end = found.lastgroup, found[0], found.end()
        else:
            # What is no token is nowhere expected, which gives the message.
            self.kind = "end" if self.start == len(self.text) else "rest"
            self.piece = self.text[self.start :]
        return read

    def _value(self, depth: int) -> Any:
        if self.piece in ("{", "["):
            if depth == 0:
                raise ValueError("it is nested too deeply")
            return (
                self._object(depth - 1) if self.piece == "{" else self._array(depth - 1)
            )
        if self.kind in ("double", "single"):
            return self._string()
        if self.kind == "word" and self.piece in _WORDS:
            return _WORDS[self._next()]
        if self.kind == "number":
            return self._decoded(self.piece)
        raise self._expected("a value (texts need quotes)")

    def _object(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        self._next()
        while self.piece != "}":
            if members:
                self._skip(",", "',' or '}'")
            if self.kind == "word":
                key = self._next()
            elif self.kind in ("double", "single"):
                key = self._string()
            else:
                raise self._expected("a key")
            self._skip(":", f"':' after the key {key!r}")
            members[key] = self._value(depth)
        self._next()
        return members

    def _array(self, depth: int) -> list[Any]:
        elements: list[Any] = []
        self._next()
        while self.piece != "]":
            if elements:
                self._skip(",", "',' or ']'")
            elements.append(self._value(depth))
        self._next()
        return elements

    def _skip(self, token: str, what: str) -> None:
        if self.piece != token:
            raise self._expected(what)
        self._next()

    def _string(self) -> str:
        quoted = self.piece
        if self.kind == "single":
            inner = _PIECE.sub(_requoted, quoted[1:-1])
            quoted = f'"{inner}"'
        text: str = self._decoded(quoted)
        return text

    def _decoded(self, json: str) -> Any:
        try:
            value = orjson.loads(json)
        except orjson.JSONDecodeError as error:
            reason = str(error).split(":")[0]
            raise ValueError(f"{reason} at character {self.start + 1}") from error
        self._next()
        return value

    def _expected(self, what: str) -> ValueError:
        if self.kind == "end":
            return ValueError(f"{what} expected, but the text ends")
        found = self.piece if self.kind != "rest" else self.piece[:20]
        return ValueError(
            f"{what} expected at character {self.start + 1}: {found[:60]}"
        )


def _requoted(piece: re.Match[str]) -> str:
    return {"\\'": "'", '"': '\\"'}.get(piece[0], piece[0])
