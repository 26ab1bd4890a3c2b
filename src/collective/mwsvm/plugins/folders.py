"""Unpacked packages of plug-in types (guide 6.2.16)."""

from collections.abc import Iterator
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from importlib.metadata import Distribution
from pathlib import Path
from types import ModuleType
import importlib
import sys


_MANIFEST = Path("META-INF", "MANIFEST.MF")


def put_on_path(folder: Path) -> None:
    """Let the package's modules be imported, and what it bundles, in this order.

    Bundled are the wheels in its root and what the Class-Path of its manifest names:
    folders and archives of the package. Raises InvalidPluginTypeException for a name
    there that is not in the package.
    """
    bundled = [*sorted(folder.glob("*.whl")), *_class_path(folder)]
    paths = [str(path) for path in dict.fromkeys([folder, *bundled])]
    sys.path[:] = [*paths, *(path for path in sys.path if path not in paths)]
    importlib.invalidate_caches()


def distribution_of(folder: Path) -> Distribution | None:
    """The metadata of a wheel; None if the package has none."""
    found = next(iter(sorted(folder.glob("*.dist-info"))), None)
    return None if found is None else Distribution.at(found)


def refuse_strangers(module: ModuleType, folder: Path) -> None:
    """Make sure that a module is the package's own.

    Raises InvalidPluginTypeException if another one of its name was there before.
    """
    root = folder.resolve()
    places = [module.__file__] if module.__file__ else list(module.__path__)
    if not any(Path(place).resolve().is_relative_to(root) for place in places if place):
        raise InvalidPluginTypeException(
            f"The module {module.__name__} has the name of another module of Python or "
            "of Moab Web Services; give it another one"
        )


def _class_path(folder: Path) -> Iterator[Path]:
    manifest = folder / _MANIFEST
    if not manifest.is_file():
        return
    root = folder.resolve()
    for name in _manifest(manifest).get("class-path", "").split():
        path = folder / name
        if not path.exists() or not path.resolve().is_relative_to(root):
            raise InvalidPluginTypeException(
                f"The Class-Path of {_MANIFEST} names {name!r}, which is not in the package"
            )
        yield path


def _manifest(path: Path) -> dict[str, str]:
    """The main attributes, by their names in small letters."""
    text = path.read_text("utf-8", errors="replace")
    # A line goes on in the next one if that starts with a blank.
    lines = text.replace("\r\n", "\n").replace("\n ", "").split("\n\n")[0].split("\n")
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
