"""The collections ``nodes`` and ``vms``, kept in step with what plug-ins report."""

from collections import defaultdict
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.database import collections
from collective.mwsvm.inventory import bulk
from collective.mwsvm.inventory.consolidation import Consolidated
from collective.mwsvm.inventory.hypervisors import Hypervisors
from collective.mwsvm.inventory.node_documents import node_document
from collective.mwsvm.inventory.vm_documents import vm_document
from sqlalchemy import Connection
from sqlalchemy import select
from sqlalchemy import Table
from typing import Any
import orjson


Json = dict[str, Any]

_nodes = collections.nodes.table
_vms = collections.vms.table


class View:
    """Writes the documents of objects that were reported anew or are gone."""

    def __init__(
        self,
        connection: Connection,
        new_id: Callable[[], str],
        hypervisors: Hypervisors,
    ) -> None:
        self._connection = connection
        self._new_id = new_id
        self._hypervisors = hypervisors

    def nodes(
        self, found: Mapping[str, Consolidated], gone: Collection[str] = ()
    ) -> None:
        """Write the nodes that were found, and take those away that are gone."""
        old = self._documents(_nodes, found)
        machines = self._machines_on(found.keys() - old.keys())
        self._write(
            _nodes,
            old,
            found,
            lambda name, before: node_document(
                found[name],
                self._hypervisors.of(found[name].report),
                before,
                machines.get(name, ()),
            ),
        )
        bulk.remove(self._connection, _nodes, _nodes.c.name, gone)

    def vms(
        self, found: Mapping[str, Consolidated], gone: Collection[str] = ()
    ) -> None:
        """The same for virtual machines; the nodes that they come to and leave know."""
        hosts = self._hosts([*found, *gone])
        now = {name: each.report.get("host") for name, each in found.items()}
        self._write(
            _vms,
            self._documents(_vms, found),
            found,
            lambda name, before: vm_document(found[name], before),
        )
        bulk.remove(self._connection, _vms, _vms.c.name, gone)
        moved = [name for name in hosts | now if hosts.get(name) != now.get(name)]
        self._link({side.get(name) for name in moved for side in (hosts, now)})

    def _link(self, hosts: Iterable[str | None]) -> None:
        names = {host for host in hosts if host is not None}
        machines = self._machines_on(names)
        old = self._documents(_nodes, names)
        self._write(
            _nodes,
            old,
            old,
            lambda name, before: {
                **(before or {}),
                "virtualMachines": [{"name": vm} for vm in machines.get(name, ())],
            },
        )

    def _machines_on(self, hosts: Collection[str]) -> Mapping[str, Sequence[str]]:
        machines = defaultdict(list)
        if hosts:
            on = bulk.among(self._connection, _vms.c.host_name, hosts)
            statement = select(_vms.c.host_name, _vms.c.name).where(on)
            rows = self._connection.execute(statement.order_by(_vms.c.name))
            for host, name in rows:
                machines[host].append(name)
        return machines

    def _hosts(self, names: Collection[str]) -> dict[str, str | None]:
        named = bulk.among(self._connection, _vms.c.name, names)
        rows = self._connection.execute(
            select(_vms.c.name, _vms.c.host_name).where(named)
        )
        return dict(rows.tuples().all())

    def _documents(self, table: Table, names: Collection[str]) -> dict[str, str]:
        # As texts, which are taken apart one by one: so many objects at once would
        # keep the garbage collector busy.
        if not names:
            return {}
        named = bulk.among(self._connection, table.c.name, names)
        text = bulk.as_text(self._connection, table.c.doc)
        rows = self._connection.execute(select(table.c.name, text).where(named))
        return dict(rows.tuples().all())

    def _write(
        self,
        table: Table,
        old: Mapping[str, str],
        names: Iterable[str],
        make: Callable[[str, Json | None], Json],
    ) -> None:
        bulk.replace(self._connection, table, _changed(old, names, make))
        fresh = (make(name, None) for name in names if name not in old)
        rows = (
            (id, bulk.json_text({**document, "id": id}))
            for document in fresh
            for id in [self._new_id()]
        )
        bulk.upsert(self._connection, table, ("id", "doc"), rows)


def _changed(
    old: Mapping[str, str],
    names: Iterable[str],
    make: Callable[[str, Json | None], Json],
) -> Iterator[tuple[str, str]]:
    for name in names:
        if name in old:
            before = orjson.loads(old[name])
            document = make(name, before)
            if document != before:
                yield document["id"], bulk.json_text(document)
