"""The records of machines: their states, and the signs of life of their agents."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from collective.mwsvm.database.tables import heartbeats
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.database.tables import machines
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.machines import ALIVE
from collective.mwsvm.models.machines import Heartbeat
from collective.mwsvm.models.machines import MachineRecord
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.models.machines import MOVES
from collective.mwsvm.models.settings import Settings
from collective.mwsvm.workload.claims import MACHINE
from collective.mwsvm.workload.claims import placed_on
from collective.mwsvm.workload.claims import waiting_for
from dataclasses import dataclass
from sqlalchemy import bindparam
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update
from typing import Any
import logging
import secrets


logger = logging.getLogger(__name__)

#: Called after a record has changed: the machine's UID, the record; None if it is gone.
Changed = Callable[[str, MachineRecord | None], None]


@dataclass(frozen=True, slots=True)
class Peek:
    """What one question of an agent's meets, seen without changing anything."""

    status: MachineState
    unwanted: bool
    busy: bool
    claim: str | None
    waiting: bool
    heartbeat: Heartbeat


_BEAT = [
    heartbeats.c.last_contact,
    heartbeats.c.agent,
    heartbeats.c.test_hash,
    heartbeats.c.test_sent,
    heartbeats.c.response_time,
]
_running = jobs.alias()
_waiting = [
    select(waiting.subquery().c.id).scalar_subquery()
    for waiting in (waiting_for(MACHINE), waiting_for(""), placed_on(MACHINE))
]
_PEEK = (
    select(
        machines.c.status,
        machines.c.unwanted,
        _running.c.id,
        _running.c.claim,
        _waiting[0].label("own"),
        _waiting[1].label("any"),
        _waiting[2].label("placed"),
        *_BEAT,
    )
    .select_from(
        machines.outerjoin(
            heartbeats, machines.c.uid == heartbeats.c.machine
        ).outerjoin(_running, machines.c.uid == _running.c.running_on)
    )
    .where(machines.c.uid == MACHINE)
)


def peek(connection: Connection, uid: str) -> Peek | None:
    """All that a poll needs to know, in one question; None for an unknown machine."""
    row = connection.execute(_PEEK, {"b_machine": uid}).first()
    if row is None:
        return None
    status, unwanted, busy, claim, own, anyone, placed, *beat = row
    return Peek(
        MachineState(status),
        bool(unwanted),
        busy is not None,
        claim,
        not own is anyone is placed is None,
        _heartbeat(beat),
    )


def _heartbeat(values: Sequence[Any]) -> Heartbeat:
    contact, agent, test_hash, test_sent, response_time = values
    return Heartbeat(contact, agent or "", test_hash or "", test_sent, response_time)


#: Made once: this statement runs with every call of every agent.
_CONTACT = (
    update(heartbeats)
    .where(heartbeats.c.machine == MACHINE)
    .values(
        last_contact=bindparam("b_now"),
        agent=func.coalesce(bindparam("b_agent"), heartbeats.c.agent),
    )
)


def find(connection: Connection, uid: str) -> MachineRecord | None:
    """The machine's record, if it has one."""
    row = connection.execute(select(machines).where(machines.c.uid == uid)).mappings()
    found = row.first()
    return None if found is None else MachineRecord.from_row(found)


def get(connection: Connection, uid: str) -> MachineRecord:
    """The machine's record; `NotFound` where there is none."""
    record = find(connection, uid)
    if record is None:
        raise NotFound(f"There is no machine {uid!r}.")
    return record


def all_records(
    connection: Connection, states: Iterable[MachineState] = ()
) -> list[MachineRecord]:
    """Every machine, by title; with ``states``, those in one of them or to be rid of."""
    query = select(machines).order_by(machines.c.title, machines.c.uid)
    if states := list(states):
        query = query.where(machines.c.status.in_(states) | (machines.c.unwanted != ""))
    rows = connection.execute(query).mappings()
    return [MachineRecord.from_row(row) for row in rows]


def heartbeat(connection: Connection, uid: str) -> Heartbeat:
    """When the machine's agent last called; all empty for one that never did."""
    row = connection.execute(select(*_BEAT).where(heartbeats.c.machine == uid)).first()
    return _heartbeat(row or (None,) * len(_BEAT))


def heartbeats_of(connection: Connection) -> dict[str, float]:
    """When each machine's agent last called, by the machine's UID."""
    rows = connection.execute(
        select(heartbeats.c.machine, heartbeats.c.last_contact).where(
            heartbeats.c.last_contact.is_not(None)
        )
    )
    return {row.machine: row.last_contact for row in rows}


class Machines:
    """The machines of one site, changed on one connection by one caller.

    ``changed`` is told of every change of a record, within the same transaction; signs
    of life are none.
    """

    def __init__(
        self,
        connection: Connection,
        clock: Callable[[], float],
        settings: Settings,
        actor: str = "",
        changed: Changed | None = None,
    ):
        self.connection = connection
        self.clock = clock
        self.settings = settings
        self.actor = actor
        self.changed = changed

    def register(self, uid: str, title: str) -> MachineRecord:
        """The record of a machine, made as ``unevaluated`` if it has none."""
        record = find(self.connection, uid)
        if record is None:
            self.connection.execute(
                insert(machines).values(
                    uid=uid,
                    title=title,
                    status=MachineState.UNEVALUATED,
                    since=self.clock(),
                )
            )
            record = get(self.connection, uid)
            self._tell(uid, record)
        return record

    def rename(self, uid: str, title: str) -> None:
        """The machine has a new title."""
        self._set(uid, title=title)
        self._tell(uid, find(self.connection, uid))

    def forget(self, uid: str) -> None:
        """The machine is gone, and its record and signs of life with it."""
        self.connection.execute(delete(machines).where(machines.c.uid == uid))
        self.connection.execute(delete(heartbeats).where(heartbeats.c.machine == uid))
        self._tell(uid, None)

    def start(self, uid: str, url: str) -> MachineRecord:
        """The machine shall be started: the next launch, with its deadline.

        ``url`` is where its agent will find it. `Conflict` when it lives already.
        """
        record = get(self.connection, uid)
        if record.unwanted:
            raise Conflict(
                f"{record.title} still has to get rid of its instance {record.unwanted}; "
                "start it again when that is done."
            )
        values: dict[str, Any] = {}
        if not record.kept:
            values = {"instance_id": "", "reservation_id": "", "instance_state": ""}
        return self.move(
            record,
            "start",
            url=url,
            launch=record.launch + 1,
            deadline=self.clock() + self.settings.start_deadline,
            checked=None,
            **values,
        )

    def stop(self, uid: str, reason: str = "") -> MachineRecord:
        """The machine shall be stopped; `Conflict` when it does not live."""
        return self.move(
            get(self.connection, uid),
            "stop",
            reason,
            deadline=self.clock() + self.settings.start_deadline,
            checked=None,
        )

    def destroy(self, uid: str) -> MachineRecord:
        """The machine's instance shall be terminated, also where its disk is kept.

        Raises `Conflict` when it has none, or was not started from here.
        """
        record = get(self.connection, uid)
        if record.status == MachineState.RUNNING and not record.instance_id:
            raise Conflict(
                f"{record.title} was not started from here; stop the agent on it."
            )
        if record.status in ALIVE:
            gone: dict[str, Any] = {"unwanted": record.instance_id, "checked": None}
            if record.status != MachineState.STOPPING:
                gone["deadline"] = self.clock() + self.settings.start_deadline
                return self.move(record, "stop", "It is being destroyed.", **gone)
            self.note(record, **gone)
        elif record.kept:
            self.note(record, unwanted=record.instance_id, kept=False, checked=None)
        else:
            raise Conflict(f"{record.title} is {record.status} and has no instance.")
        return get(self.connection, uid)

    def refresh(self, uid: str) -> None:
        """Ask EC2 at the next turn, and test the way to the agent and back."""
        self._set(uid, checked=None)
        self._beat(uid, test_hash=secrets.token_hex(8), test_sent=self.clock())

    def contact(self, uid: str, agent: str = "", test: str = "") -> None:
        """The machine's agent has called: it lives."""
        now = self.clock()
        values = {"b_machine": uid, "b_now": now, "b_agent": agent or None}
        if not self.connection.execute(_CONTACT, values).rowcount:
            self._beat(uid, last_contact=now, agent=agent)
        if test:
            beat = heartbeat(self.connection, uid)
            if beat.test_hash == test and beat.test_sent is not None:
                seconds = max(0.0, now - beat.test_sent)
                self._beat(uid, response_time=seconds, test_hash="")

    def arrive(self, record: MachineRecord) -> MachineRecord:
        """The first call of an agent: the machine is running."""
        return self.move(record, "contact", "Its agent has called.", deadline=None)

    def note(self, record: MachineRecord, **values: Any) -> None:
        """What EC2 says of the machine, unless it has been started anew since."""
        self.connection.execute(
            update(machines)
            .where(machines.c.uid == record.uid, machines.c.launch == record.launch)
            .values(**values)
        )
        self._tell(record.uid, find(self.connection, record.uid))

    def move(
        self, record: MachineRecord, move: str, reason: str = "", **values: Any
    ) -> MachineRecord:
        """The machine's next state, by the table of moves, if nobody was faster.

        Raises `Conflict` when its present state has no such move.
        """
        sources, target = MOVES[move]
        row = self.connection.execute(
            update(machines)
            .where(
                machines.c.uid == record.uid,
                machines.c.launch == record.launch,
                machines.c.status.in_(sorted(sources)),
            )
            .values(status=target, reason=reason, since=self.clock(), **values)
            .returning(machines)
        ).mappings()
        found = row.first()
        if found is None:
            now = get(self.connection, record.uid)
            raise Conflict(f"{now.title} is {now.status} already; {_hint(now.status)}")
        changed = MachineRecord.from_row(found)
        logger.info(
            "machine %s (%s): %s by %s, now %s%s",
            changed.uid,
            changed.title,
            move,
            self.actor or "the site",
            changed.status,
            f": {reason}" if reason else "",
        )
        self._tell(changed.uid, changed)
        return changed

    def _tell(self, uid: str, record: MachineRecord | None) -> None:
        if self.changed is not None:
            self.changed(uid, record)

    def _set(self, uid: str, **values: Any) -> None:
        self.connection.execute(
            update(machines).where(machines.c.uid == uid).values(**values)
        )

    def _beat(self, uid: str, **values: Any) -> None:
        changed = self.connection.execute(
            update(heartbeats).where(heartbeats.c.machine == uid).values(**values)
        )
        if not changed.rowcount:
            self.connection.execute(insert(heartbeats).values(machine=uid, **values))


def _hint(status: MachineState) -> str:
    return {
        MachineState.UNEVALUATED: "it was never started.",
        MachineState.STARTING: "wait until it is running, or stop it.",
        MachineState.RUNNING: "stop it first.",
        MachineState.STOPPING: "wait until it is stopped.",
        MachineState.STOPPED: "start it again.",
        MachineState.FAILED: "start it again.",
    }[status]
