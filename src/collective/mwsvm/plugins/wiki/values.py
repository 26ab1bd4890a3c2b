"""Single values: numbers and dates as they are read, texts as they are written."""

from collections.abc import Iterable
from collective.mwsvm.plugins.wiki.faults import Unreadable
import math
import re


#: What stands for "infinite", as seconds since the epoch and as a number.
INFINITE = 2_140_000_000

_INTEGER = 2**31 - 1
_LONG = 2**63 - 1
_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_DIGITS = re.compile(r"[^0-9]+")
_BLANKED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SEPARATORS = re.compile(r"[ ;']")
# Nothing has to be done about any other character.
_SPECIAL = re.compile(rf"[ ;'\"#\\]|{_BLANKED.pattern}")
_NOT_IN_NAMES = re.compile(r"[\s\"';#=\[\]\\]")


def integer(text: str) -> int:
    """A whole number of 32 bits; see `long`. There is no infinite one."""
    return _whole(text, _INTEGER)


def long(text: str) -> int:
    """A whole number of 64 bits, clamped to what they hold.

    A fraction is cut off (``1.5`` is 1), and of any other text the digits count
    (``512MB`` is 512). `INFINITE` if "infinity" is anywhere in the text.
    """
    if "infinity" in text.lower():
        return INFINITE
    return _whole(text, _LONG)


def double(text: str) -> float:
    """A finite number."""
    number = _decimal(text.strip())
    if number is None or not math.isfinite(number):
        raise Unreadable(text, "is no number.")
    return number


def moment(text: str) -> int | None:
    """Seconds since the epoch, at most `INFINITE`; None for 0 and less, which is unset."""
    if "infinity" in text.lower():
        return INFINITE
    number = _decimal(text.strip())
    if number is None:
        raise Unreadable(text, "is no date, which is in seconds since 1970.")
    return int(min(number, INFINITE)) if number >= 1 else None


def integers(texts: list[str]) -> list[int] | None:
    """What `integer` makes of each, at once; None unless all are plain."""
    numbers = _plain_numbers(texts)
    return numbers if numbers is not None and max(numbers) <= _INTEGER else None


def moments(texts: list[str]) -> list[int] | None:
    """What `moment` makes of each, at once; None unless all are plain."""
    numbers = _plain_numbers(texts)
    if numbers is None or min(numbers) < 1 or max(numbers) > INFINITE:
        return None
    return numbers


def doubles(texts: list[str]) -> list[float] | None:
    """What `double` makes of each, at once; None unless all are plain."""
    digits = "".join(texts).replace(".", "")
    if not (digits.isascii() and digits.isdigit()):
        return None
    try:
        numbers = list(map(float, texts))
    except ValueError:
        return None
    return numbers if sum(numbers) < math.inf else None


def texts(found: list[str]) -> list[str] | None:
    """The texts themselves; None unless all are there."""
    return None if "" in found else found


def quote(value: str) -> str:
    """The value as an argument of a URL's query: in double quotes if it has a blank."""
    return f'"{value}"' if " " in value else value


def attribute(name: str, value: str) -> str:
    """``NAME=value`` that reading gives back, whatever is in the value.

    Line breaks and other control characters are blanks, double quotes single ones.
    """
    if not _SPECIAL.search(value):
        return f"{name}={value}"
    value = plain(value)
    # A backslash at the end would escape the separator that follows.
    if _SEPARATORS.search(value) or value.endswith("\\"):
        value = f'"{value}"'
    return f"{name}={value.replace('#', chr(92) + '#').replace(';', chr(92) + ';')}"


def plain(text: str) -> str:
    """Without line breaks, control characters and double quotes."""
    return _BLANKED.sub(" ", text).replace('"', "'")


def name(text: str, reserved: str = "") -> str:
    """An id, or a name within an attribute, with _ for what would end it.

    ``reserved`` has further characters that have a meaning there.
    """
    text = _NOT_IN_NAMES.sub("_", _BLANKED.sub("_", text))
    return without(text, reserved)


def without(text: str, reserved: str) -> str:
    """The text with _ for each of the characters that are ``reserved``."""
    for character in reserved:
        text = text.replace(character, "_")
    return text


def joined(elements: Iterable[str], separator: str) -> str:
    """A list as one value; an element has _ where it has the separator."""
    return separator.join(without(element, separator) for element in elements)


def _decimal(text: str) -> float | None:
    return float(text) if _DECIMAL.fullmatch(text) else None


def _whole(text: str, largest: int) -> int:
    stripped = text.strip()
    number: float
    if _WHOLE.fullmatch(stripped):
        number = _number(stripped.lstrip("+-"))
        number = -number if stripped[0] == "-" else number
    elif (decimal := _decimal(stripped)) is not None:
        number = decimal
    else:
        digits = _NOT_DIGITS.sub("", stripped.partition(".")[0])
        if not digits:
            raise Unreadable(text, "is no whole number.")
        number = _number(digits)
    return int(max(-largest - 1, min(largest, number)))


def _number(digits: str) -> int:
    """The number, or one too large for any field: Python refuses to read long ones."""
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) < 20 else 10**20


def _plain_numbers(texts: list[str]) -> list[int] | None:
    digits = "".join(texts)
    if not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return list(map(int, texts))
    except ValueError:
        return None
