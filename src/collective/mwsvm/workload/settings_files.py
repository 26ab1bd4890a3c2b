"""Files in MWS's home with a table for each object, such as ``job-templates.toml``."""

from collective.mwsvm.models.document import Model
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import Misconfigured
from functools import lru_cache
from pathlib import Path
from typing import Any
import os
import tomllib


Json = dict[str, Any]


def tables(path: Path) -> dict[str, Any]:
    """The file's top level, as it is now; a file that is not there has nothing.

    Raises `Misconfigured`, naming the file.
    """
    moment = changed(path)
    return _read(path, moment) if moment else {}


def changed(path: Path) -> int:
    """The moment of the file's last change; 0 if there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def checked(path: Path, id: str, model: type[Model], given: Any, base: Json) -> Json:
    """The object of a table, on top of ``base``, as the wire has it.

    Raises `Misconfigured`, naming file, table and field. Unlike a client's, a field that
    the model does not know is a mistake.
    """
    if not isinstance(given, dict):
        raise Misconfigured(f"{path}: {id} must be a table, such as [{id}]")
    known = {field.alias or name for name, field in model.model_fields.items()}
    unknown = sorted(set(given) - (known - {"id"}))
    if unknown:
        raise Misconfigured(
            f"{path}: [{id}] has no field {', '.join(unknown)}; there are "
            f"{', '.join(sorted(known - {'id'}))}"
        )
    try:
        return model.check({**base, **given, "id": id}).wire()
    except Invalid as error:
        raise Misconfigured(f"{path}: [{id}]: {error}") from error


# The moment of the last change is a part of the key: a new file is read anew.
@lru_cache(maxsize=16)
def _read(path: Path, changed: int) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"{path} can't be read: {error}") from error
