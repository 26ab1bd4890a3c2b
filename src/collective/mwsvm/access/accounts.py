"""Application accounts: their fields, their grants, and what they may do (guide 2.1)."""

from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.models.errors import Invalid
from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from dataclasses import replace
from typing import Any
import re


#: What can be granted for a resource, in the order of the grid's columns.
METHODS = ("GET", "POST", "PUT", "DELETE")

#: What is granted by name: methods of resources, or web services of plug-in types.
Grants = Mapping[str, frozenset[str]]

#: What there is to be granted, in the order it is shown.
Grid = Mapping[str, Iterable[str]]

NAME_LENGTH = 32
DESCRIPTION_LENGTH = 1000

_NAME = re.compile(r"[^\W\d_][\w.' -]{0,31}")
# In a header of Basic authentication only ASCII is safe.
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,31}")

NAME_RULE = (
    f"1 to {NAME_LENGTH} characters, the first a letter, then letters, digits, "
    "underscores, periods, hyphens, apostrophes and spaces"
)
USERNAME_RULE = (
    f"1 to {NAME_LENGTH} characters, the first an English letter, then English letters, "
    "digits, underscores, periods and hyphens"
)

_ALSO_GRANTED_BY = {"HEAD": "GET"}


@dataclass(frozen=True)
class Account:
    """What an application is known by, and what it was granted; not its password.

    Grants of nothing are left out: ``{"events": []}`` becomes ``{}``.
    """

    name: str
    username: str
    description: str = ""
    enabled: bool = True
    #: The methods of each resource.
    permissions: Grants = field(default_factory=dict)
    #: The web services of each plug-in type.
    services: Grants = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("permissions", "services"):
            object.__setattr__(self, name, grants_of(getattr(self, name)))


FIELDS = tuple(item.name for item in fields(Account))


def grants_of(grid: Grid) -> Grants:
    """Everything in the grid, as grants."""
    return {name: frozenset(items) for name, items in grid.items() if any(items)}


def merged(grid: Grid, granted: Grants) -> dict[str, list[str]]:
    """The grid, and below it what the account was granted and is there no longer."""
    found = {name: list(items) for name, items in grid.items()}
    for name in sorted(granted):
        items = found.setdefault(name, [])
        items.extend(sorted(granted[name].difference(items)))
    return found


def may(account: Account, resource: str, method: str) -> bool:
    """Whether the account may call the method for the resource, as the grid names both.

    HEAD is granted with GET; a disabled account may nothing.
    """
    wanted = _ALSO_GRANTED_BY.get(method, method)
    return account.enabled and wanted in account.permissions.get(resource, ())


def may_call(account: Account, plugin_type: str, service: str) -> bool:
    """Whether the account may call a secured web service of a type of plug-ins."""
    return account.enabled and service in account.services.get(plugin_type, ())


def problems(account: Account, grid: Grid, services: Grid) -> dict[str, str]:
    """What is wrong with the account: a sentence for each field that is."""
    found = {
        "name": _name_problem(account.name),
        "username": _username_problem(account.username),
        "description": _description_problem(account.description),
        "permissions": _permissions_problem(account.permissions, grid),
        "services": _unknown(account.services, services, "plug-in type", "web service"),
    }
    return {name: sentence for name, sentence in found.items() if sentence}


def checked(account: Account, grid: Grid, services: Grid) -> Account:
    """The account; raises `Invalid` with a sentence for each of its `problems`."""
    found = problems(account, grid, services)
    if found:
        raise Invalid(*found.values())
    return account


def changed(account: Account, values: Mapping[str, Any]) -> Account:
    """The account with new values of some fields, as they come in JSON.

    Raises `Invalid` for what is no field, and for a value of the wrong type; the values
    themselves are for `checked` to judge.
    """
    wrong = [
        f"An account has no field {_shown(name)}: its fields are {', '.join(FIELDS)}."
        for name in values
        if name not in FIELDS
    ]
    for name, value in values.items():
        if name in _TYPES and not _TYPES[name][0](value):
            wrong.append(
                f"The field '{name}' can't be {_shown(value)}: it is {_TYPES[name][1]}."
            )
    if wrong:
        raise Invalid(*wrong)
    return replace(account, **values)


def as_json(account: Account) -> dict[str, Any]:
    """The account as JSON has it, which is what `changed` takes."""
    return {
        "name": account.name,
        "username": account.username,
        "description": account.description,
        "enabled": account.enabled,
        "permissions": {
            resource: sorted(methods, key=_place)
            for resource, methods in sorted(account.permissions.items())
        },
        "services": {
            plugin_type: sorted(names)
            for plugin_type, names in sorted(account.services.items())
        },
    }


def _place(method: str) -> tuple[int, str]:
    place = METHODS.index(method) if method in METHODS else len(METHODS)
    return place, method


def _name_problem(name: str) -> str:
    if not name:
        return f"The application name is missing: {NAME_RULE}."
    if _NAME.fullmatch(name):
        return ""
    return f"The application name {_shown(name)} is not allowed: {NAME_RULE}."


def _username_problem(username: str) -> str:
    if not username:
        return f"The username is missing: {USERNAME_RULE}."
    if _USERNAME.fullmatch(username):
        return ""
    return f"The username {_shown(username)} is not allowed: {USERNAME_RULE}."


def _description_problem(description: str) -> str:
    if len(description) <= DESCRIPTION_LENGTH:
        return ""
    return (
        f"The description has {len(description)} characters: {DESCRIPTION_LENGTH} are "
        "allowed."
    )


def _permissions_problem(permissions: Grants, grid: Grid) -> str:
    if not permissions:
        return (
            "There are no permissions: an account is granted at least one method of one "
            "resource."
        )
    return _unknown(permissions, grid, "resource", "method")


def _unknown(granted: Grants, grid: Grid, kind: str, kind_of_item: str) -> str:
    for name in sorted(granted):
        if name not in grid:
            return (
                f"There is no {kind} {_shown(name)}: allowed is "
                f"{', '.join(grid) or 'none'}."
            )
        for item in sorted(granted[name].difference(grid[name])):
            return (
                f"The {kind} {name!r} has no {kind_of_item} {_shown(item)}: allowed is "
                f"{', '.join(grid[name])}."
            )
    return ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


def _are_grants(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(items, list) and all(isinstance(item, str) for item in items)
        for items in value.values()
    )


_TYPES = {
    "name": (_is_text, "a string"),
    "username": (_is_text, "a string"),
    "description": (_is_text, "a string"),
    "enabled": (_is_truth, "true or false"),
    "permissions": (_are_grants, "an object with a list of methods for each resource"),
    "services": (
        _are_grants,
        "an object with a list of web services for each plug-in type",
    ),
}


def _shown(value: Any) -> str:
    """The value in a sentence, whatever its length."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:76]} ..."
