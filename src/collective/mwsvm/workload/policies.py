"""The policies of a site: read, and changed by the rules of the guide (4.17)."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.models.document import writable
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.policies import KINDS
from collective.mwsvm.workload.scheduling import priority_function
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite
from typing import Any


Json = dict[str, Any]

#: What ``change-mode`` applies to.
LISTS = ("vmExclusionList", "hvExclusionList")

_THRESHOLDS = "genericMetricThresholds"
_FUNCTION = "customPriorityFunction"

_table = collections.policies.table


class Policies:
    """The policies, on a connection whose transaction is the caller's.

    The database holds those that were ever changed; the others are as they are made.
    """

    def __init__(self, connection: Connection, generic_metrics: int = 10) -> None:
        """``generic_metrics`` is for how many metrics there may be thresholds."""
        self._connection = connection
        self._generic_metrics = generic_metrics
        # They come with ids of their own.
        self._collection = Collection(connection, collections.policies, str)

    def all(self) -> list[Json]:
        """All policies, in the order of `KINDS`."""
        stored = {found["id"]: found for found in self._collection.find().documents}
        found = [{**kind().wire(), **stored.get(id, {})} for id, kind in KINDS.items()]
        return with_conflicts(found)

    def get(self, id: str) -> Json:
        """One of them. Raises `NotFound`."""
        for policy in self.all():
            if policy["id"] == id:
                return policy
        raise NotFound(f"The resource with id '{id}' was not found")

    def change(self, id: str, given: Json, mode: str = "set") -> Json:
        """The policy as it is after the change; nobody else changes it meanwhile.

        ``mode`` is add, remove or set, for the exclusion lists. Raises `NotFound`,
        `Invalid`, `Conflict`.
        """
        self._lock(id)
        old = self.get(id)
        new = self._changed(old, given, mode)
        self._collection.replace(new)
        return self.get(id)

    def _lock(self, id: str) -> None:
        # On a row: whoever is the first to change a policy makes it.
        if id not in KINDS:
            raise NotFound(f"The resource with id '{id}' was not found")
        own = sqlite if self._connection.dialect.name == "sqlite" else postgresql
        self._connection.execute(
            own.insert(_table)
            .values(id=id, doc=KINDS[id]().wire())
            .on_conflict_do_nothing()
        )
        self._collection.get(id, lock=True)

    def _changed(self, old: Json, given: Json, mode: str) -> Json:
        _refuse_stale(given, old)
        kind = KINDS[old["id"]]
        names = writable(kind, creation=False)
        changes = {name: value for name, value in given.items() if name in names}
        if not changes:
            raise Invalid(
                f"The request has no field of the policy {old['id']} that can be "
                f"modified; there are {', '.join(sorted(names))}"
            )
        for name in LISTS:
            if name in changes:
                changes[name] = _combined(old[name], changes[name], mode)
        if _THRESHOLDS in changes:
            changes[_THRESHOLDS] = self._thresholds(old, changes[_THRESHOLDS])
        new = kind.check({**old, **changes}).wire()
        if changes.get(_FUNCTION):
            priority_function.parsed(new[_FUNCTION])
        _refuse_disabled(old, new, set(changes) - {"state"})
        if new["state"] == "ENABLED" and new.get("migrationAlgorithmType") == "NONE":
            raise Invalid(
                "The field 'migrationAlgorithmType' can't be NONE while the policy "
                f"{old['id']} is enabled: it must be OVERCOMMIT or CONSOLIDATION"
            )
        return {**new, "version": old["version"] + 1}

    def _thresholds(self, old: Json, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        gone = [name for name, value in given.items() if value is None]
        if gone:
            raise Invalid(
                f"The field '{_THRESHOLDS}' can't lose {', '.join(sorted(gone))}: "
                "metrics can be added, but not removed"
            )
        found = {**old[_THRESHOLDS], **given}
        if len(found) > self._generic_metrics and len(found) > len(old[_THRESHOLDS]):
            raise Invalid(
                f"The field '{_THRESHOLDS}' would have {len(found)} generic metrics, but "
                f"there can be {self._generic_metrics} at most"
            )
        return found


def with_conflicts(policies: list[Json]) -> list[Json]:
    """The same, each with whether one that it may conflict with is active."""
    active = {policy["id"] for policy in policies if policy["state"] == "ENABLED"}
    return [
        {
            **policy,
            "conflicted": not active.isdisjoint(
                set(policy["potentialConflicts"]) - {policy["id"]}
            ),
        }
        for policy in policies
    ]


def _combined(old: list[str], given: Any, mode: str) -> Any:
    if not isinstance(given, list) or not all(isinstance(n, str) for n in given):
        # The model says what is wrong with it.
        return given
    if mode == "remove":
        return [name for name in old if name not in given]
    # Each counts once.
    return [*dict.fromkeys([*(old if mode == "add" else ()), *given])]


def _refuse_stale(given: Json, old: Json) -> None:
    if "version" in given and str(given["version"]) != str(old["version"]):
        raise Conflict(
            f"The field 'version' is {given['version']!r}, but the present version is "
            f"{old['version']}: the policy was changed in between",
            "Please get it again and repeat the change",
        )


def _refuse_disabled(old: Json, new: Json, given: set[str]) -> None:
    if "ENABLED" in (old["state"], new["state"]):
        return
    changed = sorted(name for name in given if new[name] != old[name])
    if changed:
        raise Invalid(
            f"The policy {old['id']} is disabled, so that {_quoted(changed)} can't be "
            "modified",
            "Please enable the policy, with the same request or before",
        )


def _quoted(names: list[str]) -> str:
    fields = "fields" if len(names) > 1 else "field"
    return f"the {fields} " + ", ".join(f"'{name}'" for name in names)
