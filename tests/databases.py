"""Databases with their tables, made once and then copied: to migrate takes a while."""

from collective.mwsvm.database import migrate
from collective.mwsvm.database.engine import Database
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory


def sqlite(path: Path) -> str:
    """The URL of a new database in a file there. No site owns it yet."""
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


def bring_up_to_date(url: str) -> None:
    """Give a database its tables, and no owner."""
    with closing(Database(url, "nobody")) as database:
        migrate.upgrade(database.engine)


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "mwsvm.sqlite"
        bring_up_to_date(f"sqlite:///{path}")
        return path.read_bytes()
