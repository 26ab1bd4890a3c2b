from collective.mwsvm.database.engine import Database
from collective.mwsvm.models.settings import Settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pathlib import Path
from tests import databases
from tests.services import PostgreSQL
import os
import pytest
import tempfile


# How long something takes depends on what else the machine does: no test is about that.
hypothesis_settings.register_profile(
    "mwsvm", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("mwsvm")


class Clock:
    """The time in the tests: it goes on when it is told to."""

    def __init__(self, now=1_800_000_000.0):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def settings():
    return Settings()


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server; skipped only where Debian's package is not installed."""
    if PostgreSQL.programs() is None:
        pytest.skip("PostgreSQL is not installed; make services installs it")
    # Not below pytest's own directory, which only its owner may enter. In memory where
    # that can be: a new database is some thousand files.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="mwsvm-pg-", dir=memory) as directory:
        server = PostgreSQL(Path(directory))
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The URL of a database that no site owns, once on each of the two we support."""
    if request.param == "sqlite":
        return databases.sqlite(tmp_path / "mwsvm.sqlite")
    return request.getfixturevalue("postgresql").migrated_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request, tmp_path):
    """The same, before it has any tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/mwsvm.sqlite"
    return request.getfixturevalue("postgresql").new_database()


@pytest.fixture
def database(database_url):
    database = Database(database_url, "site-1", busy_timeout=5)
    yield database
    database.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Long ones first, then those that share a Plone site, so that it is made once."""
    items.sort(key=_turn)


def _turn(item):
    layer = getattr(item.cls, "layer", None)
    if item.get_closest_marker("service") or item.get_closest_marker("long"):
        return (0, str(layer))
    if layer is not None:
        return (1, str(layer))
    return (2, "")
