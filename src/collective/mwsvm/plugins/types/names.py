"""Names of nodes and machines, as other systems have them and as reports do."""

import re


_BLANKS = re.compile(r"\s+")


def report_name(name: str) -> str:
    """The name as one word in lower case: reports are written as lines of words."""
    return _BLANKS.sub("_", name.strip()).lower()


def comma_list(text: str | None) -> list[str]:
    """The elements of ``a, b``, without blanks around them and without empty ones."""
    return [piece.strip() for piece in (text or "").split(",") if piece.strip()]
