"""Objects for the tests of the workload manager's resources."""

from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.vms import VirtualMachine
from sqlalchemy import insert


def node(name, processors=8, memory=16384, **fields):
    """The document of a node that is idle and has power."""
    amounts = {"processors": processors, "memory": memory, **fields.pop("more", {})}
    return Node.check(
        {
            "name": name,
            "states": {"state": "Idle", "powerState": "On"},
            "resources": {key: {"configured": n} for key, n in amounts.items()},
            **fields,
        }
    ).wire()


def add_nodes(*nodes):
    """Nodes of the site, by documents or names."""
    found = [each if isinstance(each, dict) else node(each) for each in nodes]
    _add(collections.nodes, found)


def add_vms(*names):
    _add(collections.vms, [VirtualMachine(name=name).wire() for name in names])


def add_jobs(*names):
    """Jobs of the site, of which nothing but the name matters."""
    with site.database().transaction() as connection:
        connection.execute(
            insert(jobs),
            [
                {
                    "name": name,
                    "start_string": "true",
                    "state": "queued",
                    "since": 0,
                    "submitted": 0,
                    "modified": 0,
                }
                for name in names
            ],
        )


def _add(documents, found):
    with site.database().transaction() as connection:
        Collection(connection, documents, site.new_id).insert(found)
