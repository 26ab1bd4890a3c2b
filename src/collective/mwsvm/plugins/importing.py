"""Importing the code of others, whatever it does."""

from collections.abc import Callable
from collections.abc import Iterator
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from pathlib import Path
from types import ModuleType
from typing import TypeVar
import importlib
import os
import re
import sysconfig
import traceback


_Result = TypeVar("_Result")

# Modules that are there for the authors and not for MWS.
_FOREIGN = re.compile(r"tests?|conftest|setup|__main__|__init__|test_.*|.*_test")

# The text of an exception beyond this tells nobody more.
_LONGEST = 500


def import_named(name: str, label: str) -> ModuleType:
    """The module of this name. Raises InvalidPluginTypeException like `guarded`."""
    return guarded(label, lambda: importlib.import_module(name))


def guarded(label: str, action: Callable[[], _Result]) -> _Result:
    """What an action of foreign code gives.

    Whatever it raises, SystemExit too, is an InvalidPluginTypeException in the end, with
    a sentence that names ``label`` and, as far as it is known, file and line.
    """
    try:
        return action()
    except InvalidPluginTypeException:
        raise
    except SyntaxError as error:
        raise InvalidPluginTypeException(
            f"{label} does not compile: {_syntax(error)}", error
        ) from error
    except BaseException as error:
        raise InvalidPluginTypeException(
            f"{label} cannot be loaded: {_place(error)}{_text(error)}", error
        ) from error


def module_names(folder: Path, prefix: str = "") -> Iterator[str]:
    """The names of all modules in a folder and its subfolders; tests are left out.

    ``prefix`` is that of the folder's own package, such as ``example.``.
    """
    for path in sorted(folder.iterdir()):
        name = path.name.removesuffix(".py")
        if not name.isidentifier() or _FOREIGN.fullmatch(name):
            continue
        if path.suffix == ".py" and path.is_file():
            yield f"{prefix}{name}"
        elif path.is_dir():
            if (path / "__init__.py").is_file():
                yield f"{prefix}{name}"
            yield from module_names(path, f"{prefix}{name}.")


def _syntax(error: SyntaxError) -> str:
    place = f"line {error.lineno}: " if error.lineno else ""
    if error.filename:
        place = f"{os.path.basename(error.filename)}, {place or 'it: '}"
    line = f" in {error.text.strip()!r}" if error.text and error.text.strip() else ""
    return f"{place}{error.msg}{line}"


def _place(error: BaseException) -> str:
    """File and line of the foreign code, rather than of a library that it calls."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and not _is_ours(frame.filename)
    ]
    foreign = [f for f in frames if not f.filename.startswith(_LIBRARIES)] or frames
    if not foreign:
        return ""
    return f"{os.path.basename(foreign[-1].filename)}, line {foreign[-1].lineno}: "


_OURS = (os.path.dirname(__file__), os.path.dirname(importlib.__file__))
_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib"))


def _is_ours(filename: str) -> bool:
    return os.path.dirname(filename) in _OURS


def _text(error: BaseException) -> str:
    name = type(error).__name__
    try:
        # Where on the server a module lies is nobody's business.
        text = re.sub(r" \(/[^)]*\)$", "", str(error))[:_LONGEST]
    except BaseException:
        return name
    return f"{name}: {text}" if text else name
