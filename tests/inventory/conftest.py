from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.inventory.store import Inventory
from contextlib import contextmanager
from tests import databases
import pytest


class Opened:
    """An inventory and the collections beside it, in one transaction."""

    def __init__(self, connection, clock, new_id, options):
        self.connection = connection
        self.inventory = Inventory(connection, clock, new_id, **options)
        self.nodes, self.vms, self.images = (
            Collection(connection, documents, new_id)
            for documents in (collections.nodes, collections.vms, collections.images)
        )

    def names(self, kind):
        return [report["name"] for report in self.inventory.consolidated(kind)]


@pytest.fixture
def opened(database, clock):
    """Opens the inventory in a transaction of its own."""
    new_id = ObjectIds(clock)

    @contextmanager
    def opened(precedence=None, policy=None, hypervisor_type=None):
        options = {
            "precedence": lambda: precedence or {"a": 1, "b": 2},
            "policy": policy,
            "default_hypervisor_type": hypervisor_type,
        }
        with database.transaction() as connection:
            yield Opened(connection, clock, new_id, options)

    return opened


@pytest.fixture
def sqlite_database(tmp_path):
    from collective.mwsvm.database.engine import Database

    database = Database(databases.sqlite(tmp_path / "mwsvm.sqlite"), "site-1")
    yield database
    database.close()
