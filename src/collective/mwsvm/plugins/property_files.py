"""Property files: what files named ``*messages.properties`` are written in (guide 6.2.4).

The rules are those of Java: ``#`` and ``!`` start a comment; a name ends at ``=``, ``:`` or
a blank; a line that ends in an odd number of backslashes goes on in the next one; ``\\t``,
``\\n``, ``\\f``, ``\\r`` and ``\\uXXXX`` stand for one character, and before any other one
the backslash goes.
"""

from collections.abc import Iterator
import re


_BLANKS = " \t\f"
_ESCAPES = {"t": "\t", "n": "\n", "f": "\f", "r": "\r"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LINE_END = re.compile(r"\r\n|\r|\n")
# A name is what comes before the first separator that no backslash precedes.
_ENTRY = re.compile(
    r"(?P<name>(?:\\.|[^\\=: \t\f])*)[ \t\f]*(?:[=:][ \t\f]*)?(?P<value>.*)", re.DOTALL
)
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SINGLE = re.compile("[\ud800-\udfff]")


def parse_properties(text: str) -> dict[str, str]:
    """The entries in the order of the text; of entries of one name the last one counts.

    Raises ValueError with the line number for a ``\\u`` without four hexadecimal digits.
    """
    entries = {}
    for number, line in _logical_lines(text):
        match = _ENTRY.fullmatch(line)
        assert match is not None
        try:
            entries[_plain(match["name"])] = _plain(match["value"])
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    return entries


def decode_properties(content: bytes) -> str:
    """The text of a file: UTF-8, or ISO 8859-1 (Java's older rule) where it is none."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("iso-8859-1")


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Number and text of each line that is neither blank nor a comment, joined."""
    started, parts = 0, list[str]()
    for number, natural in enumerate(_LINE_END.split(text), 1):
        line = natural.lstrip(_BLANKS)
        if not parts:
            if not line or line[0] in "#!":
                continue
            started = number
        backslashes = len(line) - len(line.rstrip("\\"))
        if backslashes % 2:
            parts.append(line[:-1])
            continue
        yield started, "".join([*parts, line])
        parts.clear()
    if parts:
        yield started, "".join(parts)


def _plain(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_character, text)
    # Characters beyond the basic plane are written as two escapes.
    return _SINGLE.sub("\N{REPLACEMENT CHARACTER}", _PAIR.sub(_joined, plain))


def _character(match: re.Match[str]) -> str:
    escape = match[1]
    if escape[0] != "u":
        return _ESCAPES.get(escape, escape)
    if len(escape) != 5:
        raise ValueError(r"\u must be followed by four hexadecimal digits")
    return chr(int(escape[1:], 16))


def _joined(match: re.Match[str]) -> str:
    return match[0].encode("utf-16", "surrogatepass").decode("utf-16")
