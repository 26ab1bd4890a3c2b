"""Machines: their states, the moves between them, and the record of one machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields
from enum import StrEnum
from typing import Any


class MachineState(StrEnum):
    """Where a machine is in its life.

    ::

        unevaluated --start--> starting --contact--> running
             stopped <--stopped-- stopping <--stop-- starting, running
              failed <--fail-- starting, running, stopping

    A machine that ``failed`` or ``stopped`` can be started again; ``contact`` also takes
    in a machine that somebody else started, with the agent in its image.
    """

    UNEVALUATED = "unevaluated"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


_S = MachineState

#: Each move: from which states, and to which one.
MOVES: Mapping[str, tuple[frozenset[MachineState], MachineState]] = {
    "start": (frozenset({_S.UNEVALUATED, _S.STOPPED, _S.FAILED}), _S.STARTING),
    "contact": (
        frozenset({_S.UNEVALUATED, _S.STARTING, _S.STOPPED, _S.FAILED}),
        _S.RUNNING,
    ),
    "stop": (frozenset({_S.STARTING, _S.RUNNING}), _S.STOPPING),
    "stopped": (frozenset({_S.STOPPING, _S.RUNNING}), _S.STOPPED),
    "fail": (frozenset({_S.STARTING, _S.RUNNING, _S.STOPPING}), _S.FAILED),
}

#: Something of the machine's may be alive in the cloud.
ALIVE = frozenset({_S.STARTING, _S.RUNNING, _S.STOPPING})


@dataclass(frozen=True, slots=True)
class MachineRecord:
    """The record of one machine as the database holds it.

    ``uid`` is that of the VirtualMachine in Plone; moments are seconds since the epoch.
    ``launch`` counts the starts and makes each start's ClientToken; ``url`` is where the
    agent reaches the machine's services; ``unwanted`` names an instance that must be
    terminated whatever the state is; ``kept`` says that the stopped instance still
    exists and can be started again.
    """

    uid: str
    title: str
    status: MachineState
    reason: str
    since: float
    url: str
    launch: int
    deadline: float | None
    instance_id: str
    reservation_id: str
    instance_state: str
    checked: float | None
    unwanted: str
    kept: bool

    @classmethod
    def from_row(cls, row: Mapping[Any, Any]) -> "MachineRecord":
        """The record in a row that holds at least its columns."""
        values = {name: row[name] for name in _MACHINE_COLUMNS}
        values["status"] = MachineState(values["status"])
        return cls(**values)


_MACHINE_COLUMNS = tuple(field.name for field in fields(MachineRecord))


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a machine's agent last called, and how its last test went.

    ``test_hash`` is out until the agent brings it back; ``response_time`` is how many
    seconds that took the last time.
    """

    last_contact: float | None
    agent: str
    test_hash: str
    test_sent: float | None
    response_time: float | None
