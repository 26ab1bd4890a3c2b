"""Which jobs are pending actions, and what they do (guide 4.13).

A pending action is an active job of the system's own: one with a ``systemJobType``, one
of a template for generic system jobs, or one whose name ends as a mapping says. What such
a job is about stands in its variables: ``migrationSource``, ``migrationDestination``,
``targetOS``, ``motivation``, ``serviceId`` and ``topLevelServiceId``.
"""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collective.mwsvm.database.query import from_document
from collective.mwsvm.database.query import Query
from collective.mwsvm.models.pending_actions import PendingAction
from collective.mwsvm.models.pending_actions import TYPES
from collective.mwsvm.workload.settings import WorkloadSettings
from typing import Any
import re


Json = dict[str, Any]

GENERIC = "GENERIC"

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def candidates(generic: Collection[str], settings: WorkloadSettings) -> Query:
    """What to look for among the documents of jobs.

    ``generic`` are the names of the templates for generic system jobs.
    """
    ends = "|".join(map(re.escape, settings.mappings))
    ways: list[Json] = [
        {"systemJobType": {"$ne": None}},
        {"templates.name": {"$in": sorted(generic)}},
    ]
    if ends:
        ways.append({"name": {"$regex": f"({ends})$"}})
    return from_document({"isActive": True, "$or": ways})


def actions(
    jobs: Iterable[Json], generic: Collection[str], settings: WorkloadSettings
) -> Iterator[Json]:
    """The pending actions that jobs of version 2 are, in their order.

    Those of the type GENERIC are left out where the settings say so.
    """
    for job in jobs:
        id = _id(job, generic, settings)
        kind = id and _type(job, id, settings)
        if id and kind and (kind != GENERIC or settings.display_generic):
            yield _action(job, id, kind)


def _id(job: Json, generic: Collection[str], settings: WorkloadSettings) -> str | None:
    name = str(job["name"])
    if job.get("systemJobType") or _mapped(name, settings):
        return name
    for template in job.get("templates") or []:
        if template["name"] in generic:
            own = name.endswith(template["name"])
            return name if own else f"{name}.{template['name']}"
    return None


def _type(job: Json, id: str, settings: WorkloadSettings) -> str:
    said = re.sub("[^A-Z]", "", str(job.get("systemJobType") or "").upper())
    if said in TYPES and said != GENERIC:
        return said
    return _mapped(id, settings) or GENERIC


def _mapped(id: str, settings: WorkloadSettings) -> str | None:
    for end, kind in settings.mappings.items():
        if id.endswith(end):
            return kind
    return None


def _action(job: Json, id: str, kind: str) -> Json:
    variables = job.get("variables") or {}
    requester = _at(job, "credentials", "user") or ""
    asked = f"requested by {requester}" if requester else ""
    requirements = job.get("requirements") or [{}]
    return PendingAction.check(
        {
            "failureDetails": job.get("holdReason") or "",
            "hosts": [
                *dict.fromkeys(
                    node["name"]
                    for requirement in requirements
                    for node in requirement.get("nodes") or []
                )
            ],
            "id": id,
            "maxDurationInSeconds": job.get("duration"),
            "migrationDestination": variables.get("migrationDestination") or "",
            "migrationSource": variables.get("migrationSource") or "",
            "motivation": variables.get("motivation") or asked,
            "pendingActionState": _state(_at(job, "states", "state") or "Unknown"),
            "pendingActionType": kind,
            "requester": requester,
            "serviceId": variables.get("serviceId") or "",
            "startTime": _at(job, "dates", "startDate"),
            "substate": _at(job, "states", "subState") or "",
            "targetOS": variables.get("targetOS") or requirements[0].get("image") or "",
            "topLevelServiceId": variables.get("topLevelServiceId") or "",
            "vmId": next((vm["name"] for vm in job.get("virtualMachines") or []), ""),
        }
    ).wire()


def _at(job: Json, part: str, name: str) -> str | None:
    return (job.get(part) or {}).get(name)


def _state(label: str) -> str:
    # As version 1 spells states: UserHold is USER_HOLD.
    return _WORD.sub("_", label).upper()
