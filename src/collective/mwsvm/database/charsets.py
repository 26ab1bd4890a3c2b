"""Sets of characters for `regexes`: sorted ranges of code points, written for engines."""

from collections.abc import Callable
from functools import lru_cache
import bisect


Ranges = list[tuple[int, int]]

#: Everything a text can hold: not NUL, no surrogates.
_ALL: Ranges = [(1, 0xD7FF), (0xE000, 0x10FFFF)]
_LOWER, _UPPER, _DIGIT = (0x61, 0x7A), (0x41, 0x5A), (0x30, 0x39)
_WORD: Ranges = [_DIGIT, _UPPER, (0x5F, 0x5F), _LOWER]
_SPACE: Ranges = [(0x09, 0x0D), (0x20, 0x20)]

#: ``\d`` and its like; ASCII only, as in MongoDB.
ESCAPED: dict[str, Ranges] = {"d": [_DIGIT], "w": _WORD, "s": _SPACE}
#: ``[:digit:]`` and its like.
NAMED: dict[str, Ranges] = {
    "alnum": [_DIGIT, _UPPER, _LOWER],
    "alpha": [_UPPER, _LOWER],
    "ascii": [(1, 0x7F)],
    "blank": [(0x09, 0x09), (0x20, 0x20)],
    "cntrl": [(1, 0x1F), (0x7F, 0x7F)],
    "digit": [_DIGIT],
    "graph": [(0x21, 0x7E)],
    "lower": [_LOWER],
    "print": [(0x20, 0x7E)],
    "punct": [(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)],
    "space": _SPACE,
    "upper": [_UPPER],
    "word": _WORD,
    "xdigit": [_DIGIT, (0x41, 0x46), (0x61, 0x66)],
}


def single(code: int) -> Ranges:
    """One character; `ValueError` for what no text holds."""
    if not any(low <= code <= high for low, high in _ALL):
        raise ValueError(f"no text holds the character \\x{{{code:x}}}")
    return [(code, code)]


def is_single(ranges: Ranges) -> bool:
    """Whether it is one character."""
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def complement(ranges: Ranges) -> Ranges:
    """What a text can hold besides; in order, whatever the order was."""
    result: Ranges = []
    for low, high in _ALL:
        for start, end in sorted(ranges):
            if low < start <= high:
                result.append((low, start - 1))
            if start <= high:
                low = max(low, end + 1)
        if low <= high:
            result.append((low, high))
    return result


def any_case(ranges: Ranges) -> Ranges:
    """With all cases of every letter, where they are one character each."""
    codes, cases = _cased()
    result = set(ranges)
    for low, high in ranges:
        inside = slice(bisect.bisect_left(codes, low), bisect.bisect_right(codes, high))
        for code in codes[inside]:
            result.update((other, other) for other in cases[code])
    return sorted(result)


@lru_cache(maxsize=1)
def _cased() -> tuple[list[int], dict[int, set[int]]]:
    # The engines disagree on these, and PostgreSQL's answer depends on its locale.
    cases: dict[str, set[int]] = {}
    for code in range(0x1F000):
        folded = chr(code).casefold()
        if len(folded) == 1:
            cases.setdefault(folded, set()).add(code)
    several = [codes for codes in cases.values() if len(codes) > 1]
    by_code = {code: codes for codes in several for code in codes}
    return sorted(by_code), by_code


def in_re2(ranges: Ranges) -> str:
    """A bracket expression of RE2."""
    if not ranges:
        # Brackets must not be empty: nothing is in the complement of everything.
        return r"[^\x{0}-\x{10FFFF}]"
    # RE2 takes [Kk] for "k in any case" and finds the Kelvin sign, and a long s in [Ss].
    # With a character that no text holds it is not that.
    nothing = r"\x{0}" if len(ranges) == 2 else ""
    return f"[{nothing}{_listed(ranges, re2_char)}]"


def in_postgresql(ranges: Ranges) -> str:
    """A bracket expression of PostgreSQL."""
    if not ranges:
        return r"[^\u0001-\U0010FFFF]"
    return f"[{_listed(ranges, postgresql_char)}]"


def re2_char(code: int) -> str:
    """The character itself, never an operator."""
    return chr(code) if _is_plain(code) else f"\\x{{{code:x}}}"


def postgresql_char(code: int) -> str:
    """The character itself, never an operator."""
    if _is_plain(code):
        return chr(code)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _listed(ranges: Ranges, char: Callable[[int], str]) -> str:
    return "".join(f"{char(low)}-{char(high)}" for low, high in ranges)


def _is_plain(code: int) -> bool:
    return code < 0x80 and chr(code).isalnum()
