"""The instances of standing reservations among the reservations of a site."""

from collections.abc import Iterable
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.reservations import Reservation
from collective.mwsvm.models.reservations import STATE_FLAGS
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload.changes import Happened
from collective.mwsvm.workload.reservations import Reservations
from dataclasses import dataclass
from dataclasses import field
from sqlalchemy import Connection
from typing import Any


Json = dict[str, Any]

#: What makes another reservation of it; its time may move.
_DEFINING = (
    "accountingAccount",
    "accountingUser",
    "aclRules",
    "comments",
    "hostListExpression",
    "label",
    "reservationGroup",
    "resources",
)


@dataclass
class Upkeep:
    """What was done, and what could not be: messages by ``uniqueIndex``."""

    happened: list[Happened] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)


def keep(connection: Connection, now: float, wanted: Iterable[Json]) -> Upkeep:
    """Have just those instances that ``wanted`` names, as `standing.expand` gives them.

    An instance is known by its ``uniqueIndex``. One that is defined in another way now is
    released and made anew; one that somebody released comes again. What can't be made,
    since its nodes are not there or taken, is tried again at the next turn.
    """
    node_lists.lock(connection)
    reservations = Reservations(connection, lambda: now)
    known = {found["uniqueIndex"]: found for found in reservations.of_standing()}
    upkeep = Upkeep()
    for given in wanted:
        index = given["uniqueIndex"]
        old = known.pop(index, None)
        try:
            new = Reservation.check(given).wire()
            if old is not None and _defined_alike(old, new):
                reservations.keep(old, new)
                continue
            if old is not None:
                _release(reservations, old, upkeep)
            made = reservations.make(new)
        except MwsvmError as error:
            upkeep.problems[index] = error.messages
        else:
            upkeep.happened.append(Happened("rsvcreate", "rsv", made["id"]))
    for gone in known.values():
        _release(reservations, gone, upkeep)
    return upkeep


def _release(reservations: Reservations, gone: Json, upkeep: Upkeep) -> None:
    upkeep.happened.append(Happened("rsvcancel", "rsv", gone["id"]))
    upkeep.happened += reservations.release(gone["id"])


def _defined_alike(old: Json, new: Json) -> bool:
    needs, other_needs = old["requirements"], new["requirements"]
    return (
        all(old[name] == new[name] for name in _DEFINING)
        and _chosen(old) == _chosen(new)
        and new["owner"] == old["owner"]
        and new["partitionId"] in ("", old["partitionId"])
        and all(
            needs[name] == other_needs[name]
            for name in ("featureList", "os", "taskCount")
        )
    )


def _chosen(reservation: Json) -> set[str]:
    return set(reservation["flags"]) - set(STATE_FLAGS)
