from collective.mwsvm.plugin_control.hosts import Hosts
from tests.plugin_control.site import Site
import pytest


@pytest.fixture(scope="session")
def hosts():
    pool = Hosts(8)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def uploaded(tmp_path_factory):
    """Where uploaded code is unpacked; processes that have it serve several tests."""
    return tmp_path_factory.mktemp("uploaded")


@pytest.fixture
def site(tmp_path, hosts, uploaded):
    found = Site(tmp_path, hosts, folder=uploaded)
    yield found
    found.database.close()


@pytest.fixture
def either_site(tmp_path, hosts, uploaded, database_url):
    """A site on SQLite, and one on PostgreSQL."""
    found = Site(tmp_path, hosts, database_url, folder=uploaded)
    yield found
    found.database.close()
