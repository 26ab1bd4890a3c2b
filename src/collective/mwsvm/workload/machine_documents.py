"""Machines of the site among the virtual machines that clients see.

Every machine has a document in the collection ``vms``, made of its record whenever that
changes. Its member ``machine``, which clients do not see, is the machine's UID.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import is_id
from collective.mwsvm.inventory.kept import with_kept
from collective.mwsvm.models import dates
from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.machines import MachineRecord
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.models.vms import VirtualMachine
from collective.mwsvm.workload import node_lists
from hashlib import blake2b
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from typing import Any


Json = dict[str, Any]

#: What the documents call the one who reports these machines.
MANAGER = "ec2"

#: State, power, and the power that is expected, by the state of the record.
STATES: dict[MachineState, tuple[str, str | None, str | None]] = {
    MachineState.UNEVALUATED: ("Unknown", None, None),
    MachineState.STARTING: ("Down", None, "On"),
    MachineState.RUNNING: ("Up", "On", None),
    MachineState.STOPPING: ("Down", "On", "Off"),
    MachineState.STOPPED: ("Down", "Off", None),
    MachineState.FAILED: ("Down", None, None),
}

_table = collections.vms.table
_BLANK = VirtualMachine(name="").wire()


def document_id(uid: str) -> str:
    """The id of the document of the machine with this UID."""
    return blake2b(uid.encode(), digest_size=12).hexdigest()


class MachineDocuments:
    """Keeps the documents in step, in the caller's transaction."""

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock

    def follow(self, uid: str, record: MachineRecord | None) -> None:
        """The record has changed; None: it is gone."""
        id = document_id(uid)
        if record is None:
            self._connection.execute(delete(_table).where(_table.c.id == id))
            return
        if not self._differs(id, record):
            return
        node_lists.lock(self._connection)
        old = self._old(id)
        new = _document(record, old or {**_BLANK, "id": id})
        new["lastUpdatedDate"] = dates.mws(self._clock())
        for name in dict.fromkeys((_name(record), record.uid)):
            if self._write({**new, "name": name}, old):
                return

    def follow_all(self, records: Iterable[MachineRecord]) -> None:
        """Bring all documents in line with the records, whatever has parted them."""
        known = {document_id(record.uid): record for record in records}
        for record in known.values():
            self.follow(record.uid, record)
        for id, document in self._connection.execute(
            select(_table.c.id, _table.c.doc)
        ).tuples():
            if "machine" in document and id not in known:
                self._connection.execute(delete(_table).where(_table.c.id == id))

    def _differs(self, id: str, record: MachineRecord) -> bool:
        # Most often nothing has changed that is shown, and nobody is kept waiting.
        old = self._old(id)
        return (
            old is None or old["name"] != _name(record) or old != _document(record, old)
        )

    def _old(self, id: str) -> Json | None:
        return self._connection.scalar(select(_table.c.doc).where(_table.c.id == id))

    def _write(self, document: Json, old: Json | None) -> bool:
        # Another machine, or one that a plug-in reports, may have the name.
        values = {"id": document["id"], "doc": document}
        try:
            with self._connection.begin_nested():
                if old is None:
                    self._connection.execute(insert(_table).values(values))
                else:
                    self._connection.execute(
                        update(_table)
                        .where(_table.c.id == document["id"])
                        .values(doc=document)
                    )
        except IntegrityError:
            return False
        return True


def _document(record: MachineRecord, old: Json) -> Json:
    state, power, expected = STATES[record.status]
    since = dates.mws(record.since)
    states = {
        **old["states"],
        "state": state,
        "stateLastUpdatedDate": since,
        "powerState": power,
        "powerStateExpected": expected,
        "subState": str(record.status),
    }
    if power != old["states"]["powerState"]:
        states["powerStateLastUpdatedDate"] = since
    if states["subState"] != old["states"]["subState"]:
        states["subStateLast"] = old["states"]["subState"]
        states["subStateLastUpdatedDate"] = since
    running = record.status == MachineState.RUNNING
    return with_kept(
        {
            **old,
            "machine": record.uid,
            "description": record.reason or None,
            "startDate": since if running else old["startDate"],
            "states": states,
            "resourceManagers": [
                {"name": MANAGER, "isMaster": True, "stateReported": "Active"}
            ],
        }
    )


def _name(record: MachineRecord) -> str:
    title = record.title.strip()
    fits = 0 < len(title) <= LENGTH and not is_id(title)
    return title if fits else record.uid
