"""Texts that a job's fields hold, and what they can't hold (guide 4.8.2)."""

from collective.mwsvm.models.document import LENGTH
from pydantic import AfterValidator
from pydantic import Field
from typing import Annotated
from typing import TypeVar
import re


#: The largest amount of anything.
MOST = 2**31 - 1

#: So many things come with one job.
MANY = 10_000

#: The longest path, as operating systems have it.
LONGEST_PATH = 4096

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_VARIABLE_NAME = re.compile(r"[^=;:+?^\\\s]+")
_VARIABLE_VALUE = re.compile(r"[^;:+^]*")
_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")

T = TypeVar("T")


def _printable(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("it can't have line breaks or other control characters")
    return value


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("it can't have the character NUL")
    return value


def _absolute(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError("it must be an absolute path, which begins with a slash (/)")
    return value


def _variable_name(value: str) -> str:
    if "\0" in value or _VARIABLE_NAME.fullmatch(value) is None:
        raise ValueError(
            "the name of a variable can't be empty and can't have an equals sign (=), "
            "semicolon (;), colon (:), plus (+), question mark (?), caret (^), "
            "backslash (\\) or white space"
        )
    return value


def _variable_value(value: str) -> str:
    if "\0" in value or _VARIABLE_VALUE.fullmatch(value) is None:
        raise ValueError(
            "the value of a variable can't have a semicolon (;), colon (:), plus (+) or "
            "caret (^)"
        )
    return value


def _environment_name(value: str) -> str:
    if not value or "=" in value or "\0" in value:
        raise ValueError(
            "the name of an environment variable can't be empty and can't have an "
            "equals sign (=)"
        )
    return value


def _email(value: str) -> str:
    if "\0" in value or _EMAIL.fullmatch(value) is None:
        raise ValueError("it must be an email address, such as amy@example.com")
    return value


def distinct(values: list[T]) -> list[T]:
    """Each value once, in the order of the first ones."""
    found: dict[str, T] = {}
    for value in values:
        found.setdefault(repr(value), value)
    return list(found.values())


#: The name of an object, a person, a feature, ...
Word = Annotated[
    str, Field(min_length=1, max_length=LENGTH), AfterValidator(_printable)
]

#: One line.
Line = Annotated[str, Field(max_length=LENGTH), AfterValidator(_printable)]

#: Any text that a process can be given.
Free = Annotated[str, Field(max_length=65_536), AfterValidator(_no_nul)]

#: Something that was said.
Said = Annotated[str, Field(min_length=1, max_length=65_536), AfterValidator(_no_nul)]

Path = Annotated[
    str, Field(min_length=1, max_length=LONGEST_PATH), AfterValidator(_printable)
]

AbsolutePath = Annotated[Path, AfterValidator(_absolute)]

#: Job variables: what Moab's own syntax needs is kept out of them.
VariableName = Annotated[str, Field(max_length=LENGTH), AfterValidator(_variable_name)]
VariableValue = Annotated[
    str, Field(max_length=65_536), AfterValidator(_variable_value)
]

EnvironmentName = Annotated[
    str, Field(max_length=LENGTH), AfterValidator(_environment_name)
]

Email = Annotated[str, Field(max_length=LENGTH), AfterValidator(_email)]

Words = Annotated[list[Word], Field(max_length=MANY), AfterValidator(distinct)]

Count = Annotated[int, Field(ge=0, le=MOST)]

#: Seconds.
Duration = Annotated[int, Field(gt=0, le=10**9)]

Priority = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]

#: Seconds or parts of them, counted by the server.
Amount = int | float
