"""Lists of ACL rules: which rule is which, and putting them together (guide 4.1)."""

from collections.abc import Sequence
from collective.mwsvm.models.acl_rules import type_name
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from typing import Any


Json = dict[str, Any]


def merged(old: Sequence[Json], new: Sequence[Json]) -> list[Json]:
    """The rules after these are written: one with the same type and value is replaced."""
    found = {identity(rule): rule for rule in [*old, *new]}
    return list(found.values())


def one(rules: Sequence[Json], key: str, holder: str) -> Json:
    """The rule whose id is ``key``.

    Raises `Invalid` if that is no id, and `NotFound` if ``holder`` has no such rule.
    """
    wanted = parsed(key)
    for rule in rules:
        if identity(rule) == wanted:
            return rule
    raise NotFound(f"The {holder} has no ACL rule '{key:.200}'")


def parsed(key: str) -> tuple[str, str]:
    """The type and the value in an id. Raises `Invalid`."""
    kind, colon, value = key.partition(":")
    if not (colon and kind.strip() and value):
        raise Invalid(
            f"'{key:.200}' is no ACL rule's id, which has the form type:value, such as "
            "USER:ted"
        )
    return type_name(kind), value


def identity(rule: Json) -> tuple[str, str]:
    """What a rule is known by."""
    return rule["type"], rule["value"]
