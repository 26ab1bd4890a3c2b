"""Uploaded code of plug-in types: kept in the database, unpacked where it is needed.

Every process of the site has the same code, whichever of them took the upload. A plug-in
that was not reloaded goes on with the version that it was made from.
"""

from collective.mwsvm.database.tables import plugin_packages
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.plugin_control.hosts import Source
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from pathlib import PurePosixPath
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite
from typing import Literal
import lzma
import os
import shutil
import tempfile
import zipfile
import zlib


#: The most that a package may have in it when it is unpacked, in bytes, and in files.
UNPACKED_LIMIT = 256 * 1024 * 1024
FILES_LIMIT = 10_000

#: What file systems take as one step of a path, in bytes.
_LONGEST = 255

_TWICE = (FileExistsError, IsADirectoryError, NotADirectoryError)
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    EOFError,
)

Kind = Literal["module", "package"]

_FIELDS = (
    plugin_packages.c.digest,
    plugin_packages.c.name,
    plugin_packages.c.kind,
    plugin_packages.c.current,
    plugin_packages.c.uploaded,
    plugin_packages.c.uploaded_by,
)


@dataclass(frozen=True)
class Package:
    """One version of uploaded code, without the code itself."""

    digest: str
    name: str
    kind: Kind
    current: bool = True
    uploaded: float = 0.0
    uploaded_by: str = ""


def digest_of(kind: Kind, data: bytes) -> str:
    """What tells versions of code from each other."""
    return sha256(f"{kind}:".encode() + data).hexdigest()


def unpack(folder: Path, package: Package, data: bytes) -> Source:
    """The code as a host loads it, below ``folder``, where it stays.

    Raises `Invalid` for what is no archive, or one that is too large or leads outside.
    """
    target = place(folder, package)
    source = Source(
        package.kind,
        str(target / "plugin.py" if package.kind == "module" else target),
        package.name,
    )
    if target.exists():
        return source
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    try:
        if package.kind == "module":
            (made / "plugin.py").write_bytes(data)
        else:
            _extract(package.name, data, made)
        made.chmod(0o755)
        # In one step: others see all of it or nothing.
        os.rename(made, target)
    except OSError:
        if not target.exists():
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return source


def place(folder: Path, package: Package) -> Path:
    """Where the code of the package is unpacked."""
    return folder / package.digest[:32]


def _extract(name: str, data: bytes, target: Path) -> None:
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except zipfile.BadZipFile:
        raise Invalid(f"{name} is not a zip archive, wheel or JAR file") from None
    with archive:
        items = archive.infolist()
        if len(items) > FILES_LIMIT:
            raise Invalid(f"{name} has over {FILES_LIMIT} files")
        left = UNPACKED_LIMIT
        for item in items:
            path = PurePosixPath(item.filename)
            if path.is_absolute() or ".." in path.parts or "\\" in item.filename:
                raise Invalid(f"{name}: {item.filename!r} leads out of the archive")
            if any(len(os.fsencode(part)) > _LONGEST for part in path.parts):
                raise Invalid(f"{name}: {item.filename[:80]!r}... is too long a name")
            if item.is_dir():
                continue
            left = _write(name, archive, item, target.joinpath(*path.parts), left)


def _write(
    name: str, archive: zipfile.ZipFile, item: zipfile.ZipInfo, path: Path, left: int
) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # What the archive says of sizes may be wrong: it is counted.
        with archive.open(item) as packed, path.open("wb") as unpacked:
            while piece := packed.read(64 * 1024):
                left -= len(piece)
                if left < 0:
                    raise Invalid(
                        f"{name} has over {UNPACKED_LIMIT // 1024 // 1024} MB in it"
                    )
                unpacked.write(piece)
    except _TWICE:
        raise Invalid(f"{name}: {item.filename!r} is a file and a folder") from None
    except _DAMAGED as error:
        raise Invalid(f"{name}: {item.filename!r} can't be unpacked: {error}") from None
    return left


class PackageStore:
    """The uploaded packages, on a connection whose transaction is the caller's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def current(self) -> list[Package]:
        """The newest version of each package, by name."""
        rows = self._connection.execute(
            select(*_FIELDS)
            .where(plugin_packages.c.current)
            .order_by(plugin_packages.c.name)
        )
        return [Package(*row) for row in rows]

    def get(self, digest: str) -> Package | None:
        """The version of a package, also an old one."""
        row = self._connection.execute(
            select(*_FIELDS).where(plugin_packages.c.digest == digest)
        ).first()
        return None if row is None else Package(*row)

    def data(self, digest: str) -> bytes:
        """The uploaded bytes."""
        data = select(plugin_packages.c.data)
        found = self._connection.scalar(data.where(plugin_packages.c.digest == digest))
        return bytes(found or b"")

    def save(self, package: Package, data: bytes) -> None:
        """Make this the current version of the package."""
        self._connection.execute(
            update(plugin_packages)
            .where(plugin_packages.c.name == package.name)
            .values(current=False)
        )
        values = {
            "digest": package.digest,
            "name": package.name,
            "kind": package.kind,
            "data": data,
            "current": True,
            "uploaded": package.uploaded,
            "uploaded_by": package.uploaded_by,
        }
        dialect = sqlite if self._connection.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(plugin_packages).values(values)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["digest"],
                set_={
                    name: statement.excluded[name]
                    for name in ("current", "uploaded", "uploaded_by")
                },
            )
        )

    def drop_unused(self, used: set[str]) -> None:
        """Forget old versions that no plug-in goes on with."""
        self._connection.execute(
            delete(plugin_packages).where(
                ~plugin_packages.c.current, plugin_packages.c.digest.not_in(used)
            )
        )
