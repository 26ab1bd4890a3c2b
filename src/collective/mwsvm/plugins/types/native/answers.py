"""What a URL answered, and when an answer is a failure."""

from dataclasses import dataclass


#: Bytes that one answer may have.
LIMIT = 64 * 1024 * 1024

#: Seconds that one URL may take at a poll, ...
POLL_SECONDS = 30.0

#: ... and at an event, which the site gives up after 30 seconds: a script must be killed
#: before its host process is.
EVENT_SECONDS = 25.0

_ERRORS_SHOWN = 5
_LENGTH_SHOWN = 500


class UrlFailure(Exception):
    """A URL gave no answer that can be used; the text is a sentence that says why."""


@dataclass(frozen=True)
class Answer:
    """Text with an exit code; files and web servers have the code 0."""

    text: str
    code: int = 0
    #: What a script wrote to standard error.
    errors: str = ""

    def checked(self, *, may_be_empty: bool) -> str:
        """The text.

        Raises `UrlFailure` if the exit code is not 0, if the first line contains
        ``ERROR``, and if there is only white space where something is expected.
        """
        if self.code:
            raise UrlFailure(f"{_ending(self.code)}{self._complaint()}")
        first = self.text.partition("\n")[0].strip()
        if "ERROR" in first:
            raise UrlFailure(f"the answer begins with an error: {_short(first)}")
        if not may_be_empty and not self.text.strip():
            raise UrlFailure(f"the answer is empty{self._complaint()}")
        return self.text

    def _complaint(self) -> str:
        lines = [line.strip() for line in self.errors.splitlines() if line.strip()]
        if not lines:
            return ""
        return f": {_short('; '.join(lines[:_ERRORS_SHOWN]))}"


def too_long(limit: int) -> UrlFailure:
    """The failure of an answer with more than ``limit`` bytes."""
    return UrlFailure(f"the answer is longer than the {limit:,} bytes allowed")


def too_slow(seconds: float) -> UrlFailure:
    """The failure of an answer that did not come in time."""
    return UrlFailure(f"there was no complete answer within {seconds:g} seconds")


def _ending(code: int) -> str:
    return f"signal {-code} ended it" if code < 0 else f"its exit code is {code}"


def _short(text: str) -> str:
    return text if len(text) <= _LENGTH_SHOWN else f"{text[:_LENGTH_SHOWN]}..."
