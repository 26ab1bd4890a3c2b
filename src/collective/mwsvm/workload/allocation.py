"""Which nodes a reservation gets, and with how many tasks on each. Knows no database.

Reservations may share nodes unless one of them is exclusive. DEDICATEDRESOURCE keeps
what it takes of a node from others, DEDICATEDNODE the node itself; both with all
reservations at any time within theirs, and with the jobs that run when they are made
(guide 4.21.2), but for those that the reservation excludes. With IGNJOBRSV no job counts,
with IGNRSV nothing does.
"""

from collections.abc import Container
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.reservations import EXCLUSIVE
from collective.mwsvm.workload import hosts
from dataclasses import dataclass
from typing import Any


Json = dict[str, Any]

#: What nodes call the resources that have names of their own here.
_NAMES = {"procs": "processors", "mem": "memory"}

#: States in which nodes can't take up anything.
_UNUSABLE = frozenset(("Down", "Drained", "Draining", "Flush"))
_WITHOUT_POWER = frozenset(("Off", "Hibernate", "Standby"))


@dataclass(frozen=True, slots=True)
class Claim:
    """What a reservation, or a job that runs, takes of a node.

    ``amounts`` None is all of it.
    """

    holder: str
    start: str
    end: str
    flags: frozenset[str]
    amounts: Mapping[str, int] | None
    is_job: bool = False


def per_task(resources: Mapping[str, int]) -> dict[str, int] | None:
    """What a task takes, by the names that nodes use; None is a whole node.

    That is so when no amount is given, and with -1 processors.
    """
    amounts: dict[str, int] = {}
    for name, amount in resources.items():
        lower = name.lower()
        if lower == "procs" and amount == -1:
            return None
        if amount > 0:
            amounts[_NAMES.get(lower, lower)] = amount
    return amounts or None


def claims(
    reservations: Iterable[Json], nodes: Container[str]
) -> dict[str, list[Claim]]:
    """What reservations take of each of the nodes, by their names."""
    found: dict[str, list[Claim]] = {}
    for reservation in reservations:
        each = per_task(reservation["resources"])
        flags = frozenset(reservation["flags"])
        for name, tasks in tasks_on(reservation).items():
            if name not in nodes:
                continue
            amounts = each and {key: tasks * value for key, value in each.items()}
            claim = Claim(
                reservation["id"],
                reservation["startDate"],
                reservation["endDate"],
                flags,
                amounts,
            )
            found.setdefault(name, []).append(claim)
    return found


def tasks_on(reservation: Json) -> dict[str, int]:
    """How many tasks a reservation has on each of its nodes."""
    pairs = (each.rpartition(":") for each in reservation["requirements"]["nodeIds"])
    return {name: int(tasks) for name, _, tasks in pairs}


def allocate(
    wanted: Json, nodes: Mapping[str, Json], taken: Mapping[str, Sequence[Claim]]
) -> dict[str, int]:
    """The nodes for a reservation, with the number of tasks on each.

    ``nodes`` has all nodes by name, ``taken`` what other reservations take of them
    within its time. Raises `Invalid` if no nodes could do, `Conflict` if those that
    could are taken; both with sentences that name the nodes and reservations.
    """
    tasks = wanted["requirements"]["taskCount"]
    expression = wanted["hostListExpression"].strip()
    if not expression and not tasks:
        raise Invalid(
            "A reservation needs nodes: please send the field 'hostListExpression' or "
            "'requirements.taskCount'"
        )
    names = _suitable(wanted, nodes)
    if not tasks:
        return _on_each(wanted, names, nodes, taken)
    return _spread(wanted, tasks, names, nodes, taken)


def _suitable(wanted: Json, nodes: Mapping[str, Json]) -> list[str]:
    expression = wanted["hostListExpression"].strip()
    by_name = bool(expression)
    names: Iterable[str] = nodes
    if by_name:
        names = hosts.select(expression, nodes, "hostListExpression")
    reasons: dict[str, str] = {}
    found = []
    for name in names:
        # Who names nodes means them in any state.
        reason = _misses(wanted, nodes[name], any_state=by_name)
        if reason is None:
            found.append(name)
        else:
            reasons.setdefault(reason, name)
    if found:
        return found
    if not reasons:
        raise Invalid("There are no nodes that could be reserved")
    said = "; ".join(f"{name} {reason}" for reason, name in list(reasons.items())[:5])
    raise Invalid(f"No node meets the requirements: {said}")


def _misses(wanted: Json, node: Json, any_state: bool) -> str | None:
    needs = wanted["requirements"]
    partition = wanted["partitionId"].lower()
    if partition not in ("", "all", (node["partition"] or "").lower()):
        return f"is not in the partition '{wanted['partitionId']}'"
    features = {*node["featuresReported"], *node["featuresCustom"]}
    known = {feature.lower() for feature in features}
    for feature in needs["featureList"]:
        if feature.lower() not in known:
            return f"does not have the feature '{feature}'"
    architecture = needs["architecture"].lower()
    if architecture not in ("", (node["architecture"] or "").lower()):
        return f"does not have the architecture '{needs['architecture']}'"
    image = node["operatingSystem"]["image"] or ""
    if needs["os"].lower() not in ("", image.lower()):
        return f"does not have the operating system '{needs['os']}'"
    if needs["memory"] > _configured(node, "memory"):
        return f"has less than {needs['memory']} MB of memory"
    for name, amount in (per_task(wanted["resources"]) or {}).items():
        if amount > _configured(node, name):
            return f"has less than {amount} {name}"
    if any_state or "IGNSTATE" in wanted["flags"]:
        return None
    states = node["states"]
    if states["state"] in _UNUSABLE:
        return f"is {states['state']}"
    if states["powerState"] in _WITHOUT_POWER:
        return f"has no power: {states['powerState']}"
    return None


def _on_each(
    wanted: Json,
    names: Iterable[str],
    nodes: Mapping[str, Json],
    taken: Mapping[str, Sequence[Claim]],
) -> dict[str, int]:
    blocked = [
        _kept_off(name, against)
        for name in names
        for against in [_against(wanted, taken.get(name, ()))]
        if not _room(wanted, nodes[name], against)
    ]
    if blocked:
        raise Conflict(*blocked[:10])
    return dict.fromkeys(names, 1)


def _spread(
    wanted: Json,
    tasks: int,
    names: Sequence[str],
    nodes: Mapping[str, Json],
    taken: Mapping[str, Sequence[Claim]],
) -> dict[str, int]:
    left = tasks
    found: dict[str, int] = {}
    others: list[str] = []
    # Those first that have the least to do with other reservations.
    for name in sorted(names, key=lambda name: len(taken.get(name, ()))):
        against = _against(wanted, taken.get(name, ()))
        count = min(left, _room(wanted, nodes[name], against))
        if count:
            found[name] = count
            left -= count
        elif against:
            others.append(_kept_off(name, against))
        if not left:
            return {name: found[name] for name in nodes if name in found}
    said = f"Only {tasks - left} of {tasks} tasks find room on the nodes that could do"
    if others:
        raise Conflict(said, *others[:10])
    raise Invalid(said)


def _against(wanted: Json, taken: Iterable[Claim]) -> list[Claim]:
    # What the reservation must keep off.
    flags = frozenset(wanted["flags"])
    if "IGNRSV" in flags:
        return []
    if not flags & EXCLUSIVE:
        return [claim for claim in taken if claim.flags & EXCLUSIVE]
    ignored = set(wanted["excludeJobs"])
    return [
        claim
        for claim in taken
        if not claim.is_job or not ("IGNJOBRSV" in flags or claim.holder in ignored)
    ]


def _room(wanted: Json, node: Json, against: Sequence[Claim]) -> int:
    # How many tasks the node can take, which has the resources for at least one.
    each = per_task(wanted["resources"])
    if against and "DEDICATEDNODE" in wanted["flags"]:
        return 0
    if each is None:
        return 0 if against else 1
    if any("DEDICATEDNODE" in c.flags or c.amounts is None for c in against):
        return 0
    return min(
        max(0, _configured(node, name) - _claimed(name, against)) // amount
        for name, amount in each.items()
    )


def _claimed(name: str, claims: Iterable[Claim]) -> int:
    return sum((claim.amounts or {}).get(name, 0) for claim in claims)


def _kept_off(name: str, against: Sequence[Claim]) -> str:
    other = against[0]
    exclusive = "exclusive " if other.flags & EXCLUSIVE else ""
    kind = "job" if other.is_job else f"{exclusive}reservation"
    return (
        f"The node '{name}' is taken by the {kind} '{other.holder}' from {other.start} "
        f"to {other.end}"
    )


def _configured(node: Json, name: str) -> int:
    for key, resource in node["resources"].items():
        if key.lower() == name:
            return int(resource.get("configured") or 0)
    return 0


def processors(
    wanted: Json, nodes: Mapping[str, Json], tasks: Mapping[str, int]
) -> int:
    """How many processors a reservation has with these tasks on its nodes."""
    each = per_task(wanted["resources"])
    if each is None:
        return sum(_configured(nodes[name], "processors") for name in tasks)
    return each.get("processors", 0) * sum(tasks.values())
