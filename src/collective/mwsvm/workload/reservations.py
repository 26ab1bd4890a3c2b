"""The reservations of a site: made, used, ended (guide 4.21)."""

from collections.abc import Callable
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.models import dates
from collective.mwsvm.models.document import NAME
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.workload import acls
from collective.mwsvm.workload import allocation
from collective.mwsvm.workload import containers
from collective.mwsvm.workload import hosts
from collective.mwsvm.workload import job_claims
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import reservation_times
from collective.mwsvm.workload import sequences
from collective.mwsvm.workload.changes import Happened
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import select
from typing import Any


Json = dict[str, Any]

#: What ids begin with when nobody says otherwise.
SYSTEM = "system"


class Reservations:
    """The reservations, in the caller's transaction."""

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock
        self._table = collections.reservations.table
        self._collection = Collection(connection, collections.reservations, _no_id)

    # -- by calls

    def make(self, given: Json, user: str | None = None) -> Json:
        """A new reservation, from a checked one (`Reservation.wire`) without nodes.

        It belongs to ``user`` unless it says otherwise. Raises `Invalid`, or `Conflict`
        when its nodes are taken by reservations that share with nobody, or it shares
        with nobody and they are taken.
        """
        node_lists.lock(self._connection)
        now = self._clock()
        made = {**given, **reservation_times.times(given, now)}
        made["aclRules"] = acls.merged([], given["aclRules"])
        made["flags"] = list(dict.fromkeys(given["flags"]))
        made["creationDate"] = dates.mws(now)
        if made["owner"] is None and user is not None:
            made["owner"] = {"name": user, "type": "USER"}
        self._allocate(made)
        number = sequences.following(self._connection, "reservations")
        made["id"] = f"{_prefix(given, user)}.{number}"
        made = reservation_times.with_state(made, now)
        self._collection.insert([made])
        self._list(made)
        return made

    def release(self, id: str) -> list[Happened]:
        """Take the reservation away; nodes and virtual containers forget it.

        Gives what happened to those. Raises `NotFound`.
        """
        node_lists.lock(self._connection)
        return self._removed(self._collection.get(id, lock=True))

    def replace(self, reservation: Json) -> None:
        """Keep it with other variables or rules."""
        self._collection.replace(
            reservation_times.with_state(reservation, self._clock())
        )

    # -- by jobs

    def job_ended(self, id: str, processor_seconds: float, over: bool = True) -> None:
        """A job that used the reservation has left it, after so much use.

        One that is for a single use expires by that, unless the job is to run again
        (``over`` is False). It may have ended before.
        """
        node_lists.lock(self._connection)
        try:
            found = self._collection.get(id, lock=True)
        except NotFound:
            return
        found["statistics"]["caps"] += processor_seconds
        if over and "SINGLEUSE" in found["flags"] and found["expireDate"] is None:
            found["expireDate"] = dates.mws(self._clock())
        self._collection.replace(found)

    # -- by time

    def turn(self) -> list[Happened]:
        """What the time brings: reservations begin, and those that have ended leave.

        Nodes that were reported anew learn which reservations they are in.
        """
        node_lists.lock(self._connection)
        now = self._clock()
        happened: list[Happened] = []
        listed: dict[str, list[Json]] = {}
        for found in self._all():
            if reservation_times.has_ended(found, now):
                happened += [Happened("rsvend", "rsv", found["id"])]
                happened += self._removed(found)
                continue
            present = reservation_times.with_state(found, now)
            if present != found:
                if present["isActive"] and not found["isActive"]:
                    happened.append(Happened("rsvstart", "rsv", found["id"]))
                self._collection.replace(present)
            for reference in found["allocatedNodes"]:
                listed.setdefault(reference["id"], []).append(_entry(found))
        node_lists.rewrite(
            self._connection,
            collections.nodes,
            "reservations",
            listed.keys(),
            lambda name, old: old if _same(old, listed[name]) else listed[name],
        )
        return happened

    def keep(self, reservation: Json, given: Json) -> Json:
        """The reservation with the start and end in ``given``; its nodes stay."""
        now = self._clock()
        moved = {**reservation, **reservation_times.times(given, now)}
        if moved != reservation:
            self._collection.replace(reservation_times.with_state(moved, now))
        return moved

    def of_standing(self) -> list[Json]:
        """Those that are instances of standing reservations."""
        return self._all(self._table.c.unique_index != "")

    # -- steps

    def _allocate(self, made: Json) -> None:
        names = hosts.named(made["hostListExpression"], "hostListExpression")
        nodes = node_lists.documents(self._connection, collections.nodes, names)
        others = self._all(
            (self._table.c.end_date > made["startDate"])
            & (self._table.c.start_date < made["endDate"])
        )
        taken = allocation.claims(others, nodes)
        by_jobs = job_claims.claims(
            self._connection, nodes, self._clock(), made["startDate"]
        )
        for name, claims in by_jobs.items():
            taken.setdefault(name, []).extend(claims)
        tasks = allocation.allocate(made, nodes, taken)
        made["allocatedNodes"] = [{"id": name} for name in tasks]
        made["allocatedNodeCount"] = len(tasks)
        made["allocatedTaskCount"] = sum(tasks.values())
        made["allocatedProcessorCount"] = allocation.processors(made, nodes, tasks)
        ids = [f"{name}:{count}" for name, count in tasks.items()]
        made["requirements"] = {
            **made["requirements"],
            "featureMode": "",
            "nodeCount": 0,
            "nodeIds": ids,
        }
        if not made["partitionId"]:
            found = {nodes[name]["partition"] for name in tasks}
            made["partitionId"] = (found.pop() or "") if len(found) == 1 else ""

    def _removed(self, reservation: Json) -> list[Happened]:
        self._collection.remove(reservation["id"])
        names = [reference["id"] for reference in reservation["allocatedNodes"]]
        node_lists.drop(
            self._connection,
            collections.nodes,
            "reservations",
            names,
            reservation["id"],
        )
        return containers.gone(self._connection, "reservations", reservation["id"])

    def _list(self, reservation: Json) -> None:
        names = [reference["id"] for reference in reservation["allocatedNodes"]]
        node_lists.add(
            self._connection,
            collections.nodes,
            "reservations",
            names,
            _entry(reservation),
        )

    def _all(self, condition: ColumnElement[bool] | None = None) -> list[Json]:
        statement = select(self._table.c.doc).order_by(self._table.c.id)
        if condition is not None:
            statement = statement.where(condition)
        return list(self._connection.scalars(statement))


def expire(connection: Connection, now: float) -> list[Happened]:
    """What has come by time: see `Reservations.turn`. For the worker."""
    return Reservations(connection, lambda: now).turn()


def _entry(reservation: Json) -> Json:
    return {"name": reservation["id"], "type": "user"}


def _same(one: list[Json], other: list[Json]) -> bool:
    return {entry["name"] for entry in one} == {entry["name"] for entry in other}


def _prefix(given: Json, user: str | None) -> str:
    if given["idPrefix"]:
        return str(given["idPrefix"])
    # Ids are parts of URLs.
    return user if user is not None and NAME.fullmatch(user) else SYSTEM


def _no_id() -> str:
    raise AssertionError("reservations bring their ids")
