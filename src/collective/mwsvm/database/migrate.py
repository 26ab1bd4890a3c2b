"""Bring a database's tables up to date, with Alembic and without its command line."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from collective.mwsvm.models.errors import Unavailable
from functools import cache
from pathlib import Path
from sqlalchemy import Connection
from sqlalchemy import Engine
from sqlalchemy import text


SCRIPTS = Path(__file__).parent / "migrations"

#: Any number, the same in every process: one upgrades, the others wait.
_ADVISORY_LOCK = 7286


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing; a database at the newest one is left alone.

    Raises `Unavailable` when the database is newer than this release.
    """
    scripts = _scripts()
    with engine.connect().execution_options(mwsvm_reading=True) as connection:
        if _revision(connection) == scripts.get_current_head():
            return
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK}
            )
        current = _revision(connection)
        known = {script.revision for script in scripts.walk_revisions()}
        if current is not None and current not in known:
            raise Unavailable(
                f"The MWS database is at version {current}, which this release does not "
                "know: it was used by a newer one. Install that release again."
            )
        if current != scripts.get_current_head():
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
