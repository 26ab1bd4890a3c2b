"""What is in virtual containers, and what follows when it goes (guide 4.28).

The kinds of members are called like the fields of a container: jobs, nodes,
reservations, virtualContainers, virtualMachines. Whoever changes members holds
`node_lists.lock`.
"""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Sequence
from collective.mwsvm.database import collections
from collective.mwsvm.database import tables
from collective.mwsvm.database.collection import Collection as Documents
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.database.query import from_document
from collective.mwsvm.inventory import bulk
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload.changes import Happened
from dataclasses import dataclass
from sqlalchemy import Column
from sqlalchemy import Connection
from sqlalchemy import select
from typing import Any


Json = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of members."""

    #: What messages call one of them.
    label: str
    #: The column that has their ids.
    ids: Column[str]
    #: The documents that list the containers that they are in.
    listing: DocumentTable | None = None
    #: Their ids are lower case.
    lower: bool = False


KINDS: dict[str, Kind] = {
    "jobs": Kind("job", tables.jobs.c.name, collections.job_documents),
    "nodes": Kind(
        "node", collections.nodes.table.c.name, collections.nodes, lower=True
    ),
    "reservations": Kind("reservation", collections.reservations.table.c.id),
    "virtualContainers": Kind("VC", collections.vcs.table.c.id),
    "virtualMachines": Kind(
        "VM", collections.vms.table.c.name, collections.vms, lower=True
    ),
}


def add(connection: Connection, container: Json, given: Json) -> list[str]:
    """Add the members in ``given``, lists of ids by their kinds; a sentence for each.

    What is in it already stays. Raises `Invalid` for what does not exist, `Conflict` for
    a container that would contain itself; the container must not be used then.
    """
    said = []
    for name, ids in given.items():
        kind = KINDS[name]
        wanted = _normal(kind, ids)
        known = set(_ids(container, name))
        new = [id for id in wanted if id not in known]
        _check(connection, name, new)
        if name == "virtualContainers":
            _refuse_circles(connection, container["id"], new)
        container[name] = [*container[name], *({"id": id} for id in new)]
        _list(connection, kind, new, container["id"])
        for id in wanted:
            how = "is already in" if id in known else "added to"
            said.append(f"{kind.label} '{id}' {how} VC '{container['id']}'")
    _documents(connection).replace(container)
    return said


def join(connection: Connection, vc: str, kind: str, ids: Sequence[str]) -> None:
    """New objects, which name the container, are in it. Raises `Invalid` if it is not."""
    try:
        container = _documents(connection).get(vc, lock=True)
    except NotFound:
        raise Invalid(
            f"The field 'virtualContainers' names the virtual container '{vc}', which "
            "does not exist"
        ) from None
    add(connection, container, {kind: ids})


def remove(connection: Connection, container: Json, given: Json) -> list[str]:
    """Take members out, which must be in it; a sentence for each. Raises `Invalid`.

    The container stays, also an empty one: see `destroy_if_empty`.
    """
    said = []
    for name, ids in given.items():
        kind = KINDS[name]
        wanted = _normal(kind, ids)
        known = set(_ids(container, name))
        missing = [id for id in wanted if id not in known]
        if missing:
            raise Invalid(
                f"The field '{name}' names what is not in the virtual container "
                f"'{container['id']}': {_named(missing)}"
            )
        gone = set(wanted)
        container[name] = [each for each in container[name] if each["id"] not in gone]
        _unlist(connection, kind, wanted, container["id"])
        said += [
            f"{kind.label} '{id}' removed from VC '{container['id']}'" for id in ids
        ]
    _documents(connection).replace(container)
    return said


def left(connection: Connection, vc: str, kind: str, id: str) -> list[Happened]:
    """A member leaves a container, which may be no longer there; what came of it.

    With the flag DESTROYWHENEMPTY the container goes with its last member, and leaves
    those that it is in by the same rule.
    """
    node_lists.lock(connection)
    try:
        container = _documents(connection).get(vc, lock=True)
    except NotFound:
        return []
    wanted = _normal(KINDS[kind], [id])
    if wanted[0] not in _ids(container, kind):
        return []
    remove(connection, container, {kind: wanted})
    return destroy_if_empty(connection, container)


def gone(connection: Connection, kind: str, id: str) -> list[Happened]:
    """An object is no longer there: it leaves all containers that it is in."""
    wanted = _normal(KINDS[kind], [id])[0]
    happened = []
    for container in (
        _documents(connection).find(from_document({f"{kind}.id": wanted})).documents
    ):
        happened += left(connection, container["id"], kind, wanted)
    return happened


def prune(connection: Connection) -> list[Happened]:
    """What is no longer there leaves the containers that it is in; what came of it."""
    missing = _missing(connection)
    if not missing:
        return []
    node_lists.lock(connection)
    happened: list[Happened] = []
    for vc, found in missing.items():
        try:
            container = _documents(connection).get(vc, lock=True)
        except NotFound:
            # It went with the last of those in it.
            continue
        present = {name: set(_ids(container, name)) for name in found}
        left = {
            name: [id for id in ids if id in present[name]]
            for name, ids in found.items()
        }
        remove(connection, container, left)
        happened += destroy_if_empty(connection, container)
    return happened


def destroy_if_empty(connection: Connection, container: Json) -> list[Happened]:
    """After a member left: what came of it."""
    if "DESTROYWHENEMPTY" not in container["flags"] or not is_empty(container):
        return []
    happened = [Happened("vcdestroy", "vc", container["id"])]
    return happened + destroy(connection, container)


def destroy(connection: Connection, container: Json) -> list[Happened]:
    """Take the container away; its members stay. What came of it for other ones."""
    node_lists.lock(connection)
    _documents(connection).remove(container["id"])
    for name, kind in KINDS.items():
        _unlist(connection, kind, _ids(container, name), container["id"])
    return gone(connection, "virtualContainers", container["id"])


def is_empty(container: Json) -> bool:
    """Whether nothing is in it."""
    return not any(container[name] for name in KINDS)


def holding(connection: Connection) -> set[str]:
    """The names of the jobs that containers with the flag HOLDJOBS keep from starting.

    Those in containers within them are held, too.
    """
    documents = _documents(connection)
    waiting = documents.find(from_document({"flags": "HOLDJOBS"})).documents
    seen = {container["id"] for container in waiting}
    jobs: set[str] = set()
    while waiting:
        container = waiting.pop()
        jobs.update(_ids(container, "jobs"))
        inner = set(_ids(container, "virtualContainers")) - seen
        seen |= inner
        waiting += _containers(connection, inner)
    return jobs


def of(connection: Connection, kind: str, id: str) -> list[str]:
    """The ids of the containers that an object is in."""
    query = from_document({f"{kind}.id": _normal(KINDS[kind], [id])[0]})
    return [each["id"] for each in _documents(connection).find(query).documents]


def _missing(connection: Connection) -> dict[str, dict[str, list[str]]]:
    """By container and kind, the members that do not exist."""
    table = collections.vcs.table
    documents = list(connection.scalars(select(table.c.doc).order_by(table.c.id)))
    missing: dict[str, dict[str, list[str]]] = {}
    for name in KINDS:
        members = {id for container in documents for id in _ids(container, name)}
        gone = members - _existing(connection, name, members)
        for container in documents if gone else ():
            if ids := [id for id in _ids(container, name) if id in gone]:
                missing.setdefault(container["id"], {})[name] = ids
    return missing


def _existing(connection: Connection, name: str, ids: Collection[str]) -> set[str]:
    if not ids:
        return set()
    column = KINDS[name].ids
    statement = select(column).where(bulk.among(connection, column, ids))
    return set(connection.scalars(statement))


def _check(connection: Connection, name: str, ids: Sequence[str]) -> None:
    found = _existing(connection, name, ids)
    missing = [id for id in ids if id not in found]
    if missing:
        raise Invalid(
            f"The field '{name}' names what does not exist: {_named(missing)}"
        )


def _refuse_circles(connection: Connection, outer: str, new: Iterable[str]) -> None:
    # The way by which each container is reached from the outer one.
    ways = {id: [outer, id] for id in new}
    waiting = list(ways)
    if outer in ways:
        waiting = []
        ways = {outer: [outer, outer]}
    while waiting:
        found = _containers(connection, waiting)
        waiting = []
        for container in found:
            for inner in _ids(container, "virtualContainers"):
                if inner not in ways:
                    ways[inner] = [*ways[container["id"]], inner]
                    waiting.append(inner)
        if outer in ways:
            break
    if outer in ways:
        raise Conflict(
            f"The virtual container '{outer}' would contain itself: "
            f"{' > '.join(ways[outer])}"
        )


def _containers(connection: Connection, ids: Collection[str]) -> list[Json]:
    table = collections.vcs.table
    statement = select(table.c.doc).where(bulk.among(connection, table.c.id, ids))
    return list(connection.scalars(statement.order_by(table.c.id)))


def _list(connection: Connection, kind: Kind, ids: Sequence[str], vc: str) -> None:
    if kind.listing is not None and ids:
        node_lists.add(connection, kind.listing, "virtualContainers", ids, {"name": vc})


def _unlist(connection: Connection, kind: Kind, ids: Sequence[str], vc: str) -> None:
    if kind.listing is not None and ids:
        node_lists.drop(connection, kind.listing, "virtualContainers", ids, vc)


def _normal(kind: Kind, ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(id.lower() if kind.lower else id for id in ids))


def _ids(container: Json, name: str) -> list[str]:
    return [member["id"] for member in container[name]]


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - 10} more" if len(ids) > 10 else ""
    return ", ".join(f"'{id:.80}'" for id in ids[:10]) + more


def _documents(connection: Connection) -> Documents:
    return Documents(connection, collections.vcs, _no_id)


def _no_id() -> str:
    raise AssertionError("virtual containers bring their ids")
