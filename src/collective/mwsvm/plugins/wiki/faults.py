"""What is wrong in a Wiki text, told so that the script's author can mend it."""

from dataclasses import dataclass
import re


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken thing; ``str(fault)`` is the sentence with the place before it.

    ``line`` counts from 1, ``id`` is the object's name if there is one. A ``note`` tells
    of something that is only ignored, such as an attribute nobody knows.
    """

    line: int
    id: str | None
    message: str
    note: bool = False

    def __str__(self) -> str:
        place = f"Line {self.line}" + (f" ({shown(self.id)})" if self.id else "")
        return f"{place}: {self.message}"


class Unreadable(ValueError):
    """A value that can't be read; ``str(error)`` quotes it and says what is allowed."""

    def __init__(self, value: str, reason: str) -> None:
        super().__init__(f'"{shown(value)}" {reason}')


def shown(text: str) -> str:
    """The text as messages show it: on one line, and cut when it is long."""
    text = _CONTROL.sub(" ", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
