"""Nodes, machines, reservations and policies as the scheduler sees them."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.models import dates
from collective.mwsvm.models.machines import MachineRecord
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.workload import allocation
from collective.mwsvm.workload.scheduling import world
from dataclasses import replace
from typing import Any


Json = dict[str, Any]


def nodes(documents: Iterable[Json]) -> tuple[world.Node, ...]:
    """The nodes, in their order where they have no ``index``."""
    return tuple(_node(document, place) for place, document in enumerate(documents))


def _node(document: Json, place: int) -> world.Node:
    resources, states = document["resources"], document["states"]
    memory = _amounts(resources).get("memory")
    used = next(
        (
            each["utilized"]
            for name, each in resources.items()
            if name.lower() == "memory"
        ),
        -1,
    )
    index = document["index"]
    return world.Node(
        name=document["name"],
        index=place if index is None else index,
        state=states["state"] or "Unknown",
        # Few plug-ins report the power of nodes.
        power=states["powerState"] or "On",
        partition=document["partition"] or "",
        resources=_amounts(resources),
        features=frozenset(
            (*document["featuresReported"], *document["featuresCustom"])
        ),
        classes=frozenset(document["classes"]),
        architecture=document["architecture"] or "",
        attributes={
            name: _text(value) for name, value in document["attributes"].items()
        },
        variables={name: value or "" for name, value in document["variables"].items()},
        metrics=document["metrics"],
        image=document["operatingSystem"]["image"] or "",
        speed=float(document["processorSpeed"] or 0),
        load=document["metrics"].get("cpuLoad"),
        used_memory=float(used) if memory is not None and used >= 0 else None,
        rack=document["rack"] or 0,
        slot=document["slot"] or 0,
        hypervisor=document["isHypervisor"],
        migration_disabled=document["migrationDisabled"],
        vm_images=frozenset(document["operatingSystem"]["virtualMachineImages"]),
    )


def machines(
    documents: Iterable[Json],
    records: Iterable[MachineRecord],
    contacts: Mapping[str, float],
    running: Mapping[str, str],
    since: float,
) -> tuple[world.Machine, ...]:
    """The virtual machines; those with a record take jobs by their agents.

    ``contacts`` are their last calls, ``running`` the names of the jobs they have, both
    by UID. A machine can take a job if its agent has called ``since`` then.
    """
    known = {record.uid: record for record in records}
    found = []
    for document in documents:
        record = known.pop(document.get("machine", ""), None)
        found.append(_machine(document, record, contacts, running, since))
    for record in known.values():
        found.append(_machine(None, record, contacts, running, since))
    return tuple(found)


def _machine(
    document: Json | None,
    record: MachineRecord | None,
    contacts: Mapping[str, float],
    running: Mapping[str, str],
    since: float,
) -> world.Machine:
    uid = record.uid if record else ""
    given = document or {}
    amounts = _amounts(given.get("resources", {}))
    system = given.get("operatingSystem") or {}
    metrics = given.get("metrics") or {}
    return world.Machine(
        name=given.get("name") or (record.title if record else "") or uid,
        uid=uid,
        host=(given.get("host") or {}).get("name", ""),
        processors=amounts.get("processors", 0),
        memory=amounts.get("memory", 0),
        image=system.get("image") or "",
        load=metrics.get("cpuLoad"),
        used_memory=_used(given.get("resources", {}).get("memory", {})),
        metrics=metrics,
        migration_disabled=bool(given.get("migrationDisabled")),
        agent=record is not None,
        ready=record is not None
        and record.status == MachineState.RUNNING
        and contacts.get(uid, 0) >= since,
        job=running.get(uid, ""),
    )


def reservations(documents: Iterable[Json]) -> tuple[world.Reservation, ...]:
    """The reservations but those whose only use is over."""
    return tuple(
        _reservation(document) for document in documents if not document["expireDate"]
    )


def _reservation(document: Json) -> world.Reservation:
    each = allocation.per_task(document["resources"])
    if "DEDICATEDNODE" in document["flags"]:
        each = None
    return world.Reservation(
        name=document["id"],
        start=dates.seconds(document["startDate"]),
        end=dates.seconds(document["endDate"]),
        nodes=tuple(
            world.ReservedNode(
                node, each and {name: n * tasks for name, n in each.items()}
            )
            for node, tasks in allocation.tasks_on(document).items()
        ),
        acl=tuple(
            world.AclRule(
                rule["type"], rule["value"], rule["comparator"], rule["affinity"]
            )
            for rule in document["aclRules"]
        ),
        flags=frozenset(document["flags"]),
        excluded_jobs=frozenset(document["excludeJobs"]),
    )


def policies(documents: Sequence[Json]) -> world.Policies:
    """The policies that are enabled; the others are as if they were not there."""
    by_id = {each["id"]: each for each in documents if each["state"] == "ENABLED"}
    placing = by_id.get("node-allocation")
    limits = by_id.get("hv-allocation-overcommit")
    moving = by_id.get("auto-vm-migration")
    listed = by_id.get("migration-exclusion-list", {})
    migration = world.MigrationPolicy(
        excluded_machines=_lower(listed.get("vmExclusionList", ())),
        excluded_hosts=_lower(listed.get("hvExclusionList", ())),
    )
    given: dict[str, Any] = {}
    if placing:
        given["allocation"] = placing["nodeAllocationAlgorithm"].upper()
        given["function"] = placing["customPriorityFunction"] or ""
    if limits:
        given["processor_limit"] = limits["processorAllocationLimit"]
        given["memory_limit"] = limits["memoryAllocationLimit"]
    if moving:
        migration = replace(
            migration,
            algorithm=moving["migrationAlgorithmType"],
            processors=moving["processorUtilizationThreshold"],
            memory=moving["memoryUtilizationThreshold"],
            metrics=moving["genericMetricThresholds"],
        )
    return world.Policies(**given, migration=migration)


def _amounts(resources: Json) -> dict[str, int]:
    return {
        name.lower(): each["configured"]
        for name, each in resources.items()
        if each["configured"] is not None
    }


def _used(amounts: Json) -> float | None:
    total, available = amounts.get("configured"), amounts.get("available")
    if total is None or available is None:
        return None
    return float(max(0, total - available))


def _lower(names: Iterable[str]) -> frozenset[str]:
    # As the inventory has them.
    return frozenset(name.lower() for name in names)


def _text(value: Any) -> str:
    # Attributes of nodes may have a value to be shown beside their own.
    return str(value.get("value", "")) if isinstance(value, dict) else str(value)
