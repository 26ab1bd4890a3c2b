"""The two spellings of a name: the guide's camelCase and Python's snake_case."""

from collections.abc import Iterable
import re


_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """``imagesAvailable`` as ``images_available``, ``nodeRM`` as ``node_rm``."""
    return _WORD.sub("_", name).lower()


def camel(name: str) -> str:
    """``before_start`` as ``beforeStart``; a name without an underscore as it is.

    What was an abbreviation is a word like others: ``node_rm_service`` gives
    ``nodeRmService``. Where the guide's names are known, compare their `snake`.
    """
    first, *others = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def public_names(cls: type) -> tuple[str, ...]:
    """The camelCase names with two spellings that a class and its bases define."""
    names = (name for name in dir(cls) if not name.startswith("_"))
    return tuple(name for name in names if snake(name) != name and not name.isupper())


def respell(cls: type, names: Iterable[str] = ()) -> None:
    """Let a class have both spellings of what it defines itself.

    ``names`` are the camelCase names that count; without them all public ones do. A class
    that defines both spellings keeps them.
    """
    own = vars(cls)
    for name in tuple(names) or public_names(cls):
        spellings = name, snake(name)
        defined = [spelling for spelling in spellings if spelling in own]
        if len(defined) == 1:
            (missing,) = set(spellings) - set(defined)
            setattr(cls, missing, own[defined[0]])
