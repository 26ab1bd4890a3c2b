"""Metadata of plug-in projects and types (guide 6.2.16)."""

from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.plugins.abstract import AbstractPlugin
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from collective.mwsvm.plugins.naming import class_name
from collective.mwsvm.plugins.spelling import snake
from email.utils import parseaddr
from importlib.metadata import Distribution
from typing import Any


#: What each project and type tells of itself; "" where nobody does.
FIELDS = (
    "title",
    "description",
    "author",
    "email",
    "website",
    "version",
    "mwsVersion",
    "commonsVersion",
    "license",
    "issueManagementLink",
    "documentationLink",
    "scmLink",
)

#: These are the project's alone.
VERSIONS = ("mwsVersion", "commonsVersion")

_ANY = "* > *"

# The labels of projects' URLs, as the Python packaging guide normalises them.
_LINKS = {
    "homepage": "website",
    "documentation": "documentationLink",
    "docs": "documentationLink",
    "source": "scmLink",
    "sourcecode": "scmLink",
    "repository": "scmLink",
    "github": "scmLink",
    "issues": "issueManagementLink",
    "bugs": "issueManagementLink",
    "bugtracker": "issueManagementLink",
    "issuetracker": "issueManagementLink",
    "tracker": "issueManagementLink",
}


def type_metadata(
    plugin_class: type, project: type | None, distribution: Distribution | None
) -> dict[str, str]:
    """The value of each of `FIELDS`: the type's own, the project's, the distribution's.

    A type can't override the versions that the project is for. Raises
    InvalidPluginTypeException for a value that is neither text nor a number.
    """
    own = _declared(plugin_class, AbstractPlugin)
    metadata = {
        **dict.fromkeys(FIELDS, ""),
        **dict.fromkeys(VERSIONS, _ANY),
        **(_distributed(distribution) if distribution is not None else {}),
        **(_declared(project, object) if project is not None else {}),
    }
    return metadata | {key: own[key] for key in own.keys() - set(VERSIONS)}


def _declared(cls: type, base: type) -> dict[str, str]:
    found = {}
    members = _members(cls, base)
    for field in FIELDS:
        value = members.get(field, members.get(snake(field)))
        # A method or property of this name is the class's own affair.
        if value is None or callable(value) or hasattr(value, "__get__"):
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise InvalidPluginTypeException(
                f"The {field} of {class_name(cls)} must be text, not {value!r}"
            )
        found[field] = str(value)
    return found


def _members(cls: type, base: type) -> Mapping[str, Any]:
    members: dict[str, Any] = {}
    for ancestor in reversed(cls.__mro__):
        if not issubclass(base, ancestor):
            members.update(vars(ancestor))
    return members


def _distributed(distribution: Distribution) -> dict[str, str]:
    entries = distribution.metadata
    metadata = {key: entries[key] for key in entries}
    name, address = parseaddr((metadata.get("Author-email") or "").split(",")[0])
    found = {
        "description": metadata.get("Summary"),
        "author": metadata.get("Author") or name,
        "email": address,
        "version": metadata.get("Version"),
        "license": metadata.get("License-Expression") or metadata.get("License"),
        **dict(_links(entries.get_all("Project-URL") or [])),
    }
    if metadata.get("Home-page"):
        found["website"] = metadata["Home-page"]
    # Some put the whole text of the licence there; its first line names it.
    return {
        key: text.strip().splitlines()[0]
        for key, text in found.items()
        if text and text.strip() and text.strip() != "UNKNOWN"
    }


def _links(entries: list[str]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        label, _, url = entry.partition(",")
        normal = "".join(letter for letter in label.lower() if letter.isalnum())
        if normal in _LINKS:
            yield _LINKS[normal], url.strip()
