"""Hook files: found in their folder, loaded when first used, loaded anew when changed."""

from collections.abc import Callable
from collections.abc import Mapping
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.rest.answers import PROBLEM
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from threading import Lock
from typing import Any
import logging
import os
import stat
import tempfile
import time


#: The file whose hooks run for every resource.
COMMON = "all.py"

README = "README.txt"

logger = logging.getLogger(__name__)

# A file system may give two changes within this time (ns) the same time stamp.
_TICK = 2_000_000_000


class HookError(MwsvmError):
    """A hook or its file is wrong. The client learns its name, the log has the rest."""

    def __init__(self, sentence: str) -> None:
        super().__init__(PROBLEM, sentence)


@dataclass(frozen=True)
class Hook:
    """A function of a hook file; as text ``hook beforeSave of jobs.py``."""

    name: str
    file_name: str
    function: Callable[..., Any]

    def __str__(self) -> str:
        return f"hook {self.name} of {self.file_name}"


@dataclass(frozen=True)
class _Version:
    """Tells one state of a file or a folder from the next."""

    key: tuple[int, ...] = ()
    #: The next change is sure to get another time stamp.
    settled: bool = False

    @classmethod
    def of(cls, status: os.stat_result) -> "_Version":
        changed = max(status.st_mtime_ns, status.st_ctime_ns)
        return cls(_key(status), time.time_ns() - changed > _TICK)

    def is_still(self, status: os.stat_result) -> bool:
        return self.settled and self.key == _key(status)


def _key(status: os.stat_result) -> tuple[int, ...]:
    # st_ctime: a change of the rights alone counts too.
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


@dataclass(frozen=True)
class HookFile:
    """A hook file as it was last loaded."""

    name: str
    version: _Version
    source: bytes = b""
    #: What the file defines; None if it can't be loaded.
    members: Mapping[str, Any] | None = field(default_factory=dict)

    def hook(self, when: str, kind: str) -> Hook | None:
        """The hook ``before`` or ``after`` a kind of operation, if the file has one.

        ``beforeSave`` goes before ``before_save``. Raises `HookError` if the file can't
        be loaded.
        """
        if self.members is None:
            raise HookError(f"The hook file {self.name} can't be loaded")
        for name in (f"{when}{kind}", f"{when}_{kind.lower()}"):
            if name in self.members:
                return Hook(name, self.name, self.members[name])
        return None


@dataclass(frozen=True)
class _Listing:
    version: _Version = field(default_factory=_Version)
    names: frozenset[str] = frozenset()


class HookFolder:
    """The folder of the hook files; it need not be there. Threads may share it."""

    def __init__(self, path: str | Path) -> None:
        self._path = os.fspath(path)
        self._lock = Lock()
        self._listing = _Listing()
        self._files: dict[str, HookFile] = {}
        self._complaint = ""

    def ensure(self) -> None:
        """Make the folder, with a README.txt that tells how to write hooks.

        An empty folder gets the README, too. When they can't be made the log says so,
        with the path of a README in a temporary directory.
        """
        try:
            os.makedirs(self._path, mode=0o750, exist_ok=True)
            if not os.listdir(self._path):
                _write_readme(self._path)
        except OSError as error:
            logger.warning(
                "The hooks folder %s can't be made (%s); %s tells how to write hooks",
                self._path,
                error.strerror,
                _write_readme_elsewhere(),
            )

    def files(self, resource: str, names: Mapping[str, Any]) -> tuple[HookFile, ...]:
        """The files with the hooks of a resource: the common one first.

        ``reports/datapoints`` has its hooks in ``reports.datapoints.py``. ``names`` is
        what a file that must be loaded finds as globals. Files that everybody may write
        are ignored, with a line in the log.
        """
        present = self._present()
        if not present:
            return ()
        found = (
            self._file(name, names)
            for name in (COMMON, f"{resource.replace('/', '.')}.py")
            if name in present
        )
        return tuple(file for file in found if file is not None)

    # -- the folder

    def _present(self) -> frozenset[str]:
        try:
            status = os.stat(self._path)
            listing = self._listing
            if listing.version.is_still(status):
                return listing.names
            with self._lock:
                return self._listed(status)
        except FileNotFoundError:
            self._listing = _Listing()
            self._forget(frozenset())
        except OSError as error:
            self._complain(f"The hooks folder {self._path} can't be read: {error}")
        return frozenset()

    def _listed(self, status: os.stat_result) -> frozenset[str]:
        version = _Version.of(status)
        names: frozenset[str] = frozenset()
        if status.st_mode & stat.S_IWOTH:
            # Whoever can add a file here would run code in this process.
            self._complain(
                f"The hooks folder {self._path} is ignored: everybody may write to it"
            )
        else:
            names = frozenset(
                name for name in os.listdir(self._path) if name.endswith(".py")
            )
            self._complaint = ""
        self._forget(names)
        self._listing = _Listing(version, names)
        return names

    def _forget(self, present: frozenset[str]) -> None:
        for name in self._files.keys() - present:
            self._files.pop(name, None)

    def _complain(self, text: str) -> None:
        # Once, not at every call.
        if self._complaint != text:
            self._complaint = text
            logger.error("%s", text)

    # -- its files

    def _file(self, name: str, names: Mapping[str, Any]) -> HookFile | None:
        path = os.path.join(self._path, name)
        try:
            status = os.stat(path)
            file = self._files.get(name)
            if file is not None and file.version.is_still(status):
                return file
            with self._lock:
                self._files[name] = file = self._current(name, path, status, names)
                return file
        except FileNotFoundError:
            return None
        except OSError as error:
            self._complain(f"The hook file {path} can't be read: {error}")
            return HookFile(name, _Version(), members=None)

    def _current(
        self, name: str, path: str, status: os.stat_result, names: Mapping[str, Any]
    ) -> HookFile:
        known = self._files.get(name)
        version = _Version.of(status)
        same = known is not None and known.version.key == version.key
        refusal = _refusal(status)
        if refusal:
            if not same:
                logger.error("The hook file %s is ignored: %s", path, refusal)
            return HookFile(name, version)
        try:
            source = Path(path).read_bytes()
        except PermissionError as error:
            if not same:
                logger.error("The hook file %s can't be read: %s", path, error)
            return HookFile(name, version, members=None)
        if known is not None and known.source == source and (same or known.members):
            # Touched, but not changed: what the file remembers stays.
            return replace(known, version=version)
        return HookFile(name, version, source, _load(name, path, source, names))


def _refusal(status: os.stat_result) -> str:
    if not stat.S_ISREG(status.st_mode):
        return "it is no regular file"
    if status.st_mode & stat.S_IWOTH:
        return "everybody may write to it"
    return ""


def _load(
    name: str, path: str, source: bytes, names: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    stem = name.removesuffix(".py")
    members = {
        **names,
        "__name__": f"mws-hooks.{stem}",
        "__file__": path,
        "log": logging.getLogger(f"collective.mwsvm.hooks.{stem}"),
    }
    try:
        # The folder is the administrators'; running its files is what it is for.
        exec(compile(source, path, "exec", dont_inherit=True), members)  # noqa: S102
    except BaseException:
        # All of them: beyond here they would end a thread of the server.
        logger.exception("The hook file %s can't be loaded", path)
        return None
    return members


def _write_readme(folder: str) -> str:
    path = os.path.join(folder, README)
    Path(path).write_bytes(_readme().read_bytes())
    return path


def _readme() -> Traversable:
    return files(__package__).joinpath("hooks_README.txt")


def _write_readme_elsewhere() -> str:
    try:
        return _write_readme(tempfile.mkdtemp(prefix="mws-hooks-"))
    except OSError:
        # Nothing can be written at all: the one in the package remains.
        return str(_readme())
