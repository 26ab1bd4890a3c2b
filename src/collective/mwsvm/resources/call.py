"""A call of an operation, parsed; and the reply to it. Neither knows HTTP."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.access.directory import Directory
from collective.mwsvm.database import projection
from collective.mwsvm.database import query as queries
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.database.projection import Tree
from collective.mwsvm.database.query import Query
from collective.mwsvm.models import dates
from collective.mwsvm.models import document
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.settings import Settings
from collective.mwsvm.plugin_control.control import PluginControl
from collective.mwsvm.resources.declare import Resources
from collective.mwsvm.resources.declare import VERSIONS
from collective.mwsvm.workload.interface import IWorkloadManager
from contextlib import AbstractContextManager
from dataclasses import dataclass
from dataclasses import field
from functools import cached_property
from functools import partial
from sqlalchemy import Connection
from typing import Any
import re


Json = dict[str, Any]

CHANGE_MODES = ("add", "remove", "set")

_TRUE, _FALSE = ("true", "1", "yes", "on", ""), ("false", "0", "no", "off")


@dataclass(frozen=True)
class Parameters:
    """The global URL parameters (guide 3.3), checked; ``given`` has all of them as text."""

    given: Mapping[str, str] = field(default_factory=dict)
    version: int = 1
    pretty: bool = False
    fields: Tree = field(default_factory=dict)
    exclude: Tree = field(default_factory=dict)
    max: int | None = None
    offset: int = 0
    change_mode: str = "set"
    proxy_user: str | None = None
    dry_run: bool = False

    @classmethod
    def parse(
        cls, given: Mapping[str, str], newer_versions: bool = False
    ) -> "Parameters":
        """Raises `Invalid`, which names the parameter and the value.

        With ``newer_versions`` those that there are not yet are taken as the latest.
        """
        return cls(
            given=given,
            version=_version(given.get("api-version"), newer_versions),
            pretty=flag(given, "pretty"),
            fields=projection.parse("fields", given.get("fields", "")),
            exclude=projection.parse("exclude-fields", given.get("exclude-fields", "")),
            max=number(given, "max"),
            offset=number(given, "offset") or 0,
            change_mode=_choice(given, "change-mode", CHANGE_MODES, "set"),
            proxy_user=_user(given),
            dry_run=flag(given, "dry-run"),
        )

    def query(self, documents: DocumentTable) -> Query | None:
        """What ``query`` asks for. Raises `Invalid`."""
        text = self.given.get("query", "")
        if not text.strip():
            return None
        return queries.parse_query(text, partial(document.is_date, documents.model))

    def sort(self) -> tuple[tuple[str, int], ...]:
        """The order that ``sort`` asks for. Raises `Invalid`."""
        text = self.given.get("sort", "")
        return queries.parse_sort(text) if text.strip() else ()


@dataclass(frozen=True)
class Caller:
    """Who calls: a user of the site or an application account; and for whom."""

    name: str
    proxy_user: str | None = None


@dataclass
class Call:
    """One call of an operation."""

    parameters: Parameters
    caller: Caller
    #: Of an operation that works alone it is closed already.
    connection: Connection
    #: What is committed now and, within the operation's transaction, its own changes.
    reading: Callable[[], AbstractContextManager[Connection]]
    clock: Callable[[], float]
    new_id: Callable[[], str]
    #: The site's, asked for when needed: most calls do without.
    get_settings: Callable[[], Settings]
    get_directory: Callable[[], Directory]
    #: All resources of the API.
    api: Resources
    #: What diagnostics ask of the site: `diag.Site`.
    site: Any
    #: Keeps events, and writes them to events.log when the transaction has ended.
    events: Callable[[list[Json]], list[str]]
    #: The plug-ins of the site, for operations that work alone.
    get_plugins: Callable[[], PluginControl]
    #: The workload manager, for the caller; in this transaction, if it does not wait.
    get_manager: Callable[[], IWorkloadManager]
    body: Any = None
    content_type: str = "application/json"
    method: str = "GET"
    #: The URL parameters that were given several times.
    repeated: Mapping[str, list[str]] = field(default_factory=dict)
    #: Of what the caller may see, or change; beyond the right to the operation itself.
    only: Query | None = None

    @cached_property
    def settings(self) -> Settings:
        """The site's settings."""
        return self.get_settings()

    @cached_property
    def plugins(self) -> PluginControl:
        """The plug-in types and plug-ins of the site."""
        return self.get_plugins()

    @cached_property
    def manager(self) -> IWorkloadManager:
        """The workload manager of the site."""
        return self.get_manager()

    @cached_property
    def directory(self) -> Directory:
        """The users and groups that principals name."""
        return self.get_directory()

    def changed(self, event_type: str, kind: str, key: str) -> None:
        """Tell of a change: what was done to which object; by whom is known.

        ``event_type`` is the kind with create, modify or delete after it.
        """
        self.events(
            [
                {
                    "eventTime": dates.mws(self.clock()),
                    "eventType": event_type,
                    "eventCategory": event_type.removeprefix(kind),
                    "sourceComponent": "MWS",
                    "status": "success",
                    "facility": kind,
                    "initiatedBy": {
                        "user": self.caller.name,
                        "proxyUser": self.caller.proxy_user,
                    },
                    "primaryObject": {"type": kind, "id": key, "serialization": None},
                    "details": {},
                }
            ]
        )

    def object(self) -> Json:
        """The body, if it is an object. Raises `Invalid`."""
        if self.body is None:
            raise Invalid(
                "The request has no body", "Please send a JSON object with the request"
            )
        if not isinstance(self.body, dict):
            raise Invalid(
                f"The body must be a JSON object, not {_kind(self.body)}",
                "Please correct the request and try again",
            )
        return self.body

    def objects(self) -> list[Json]:
        """The body, if it is an object or a list of them. Raises `Invalid`."""
        if not isinstance(self.body, list):
            return [self.object()]
        for place, item in enumerate(self.body):
            if not isinstance(item, dict):
                raise Invalid(
                    f"Item {place} of the body must be a JSON object, not {_kind(item)}",
                    "Please correct the request and try again",
                )
        return self.body


@dataclass(frozen=True)
class Listed:
    """What a list operation gives: a part of all."""

    total: int
    results: list[Any]

    def wire(self) -> Json:
        return {
            "totalCount": self.total,
            "resultCount": len(self.results),
            "results": self.results,
        }


@dataclass(frozen=True)
class Streamed:
    """A body of text that is made while it is sent.

    ``chunks`` is called when the first of it is wanted, after the operation has ended.
    """

    chunks: Callable[[], Iterator[str]]


@dataclass(frozen=True)
class Reply:
    """What an operation gives where the object alone does not say all."""

    body: Any
    #: 201 or 202 for what was or will be made.
    status: int = 200
    #: The path of what was made, below ``rest/``.
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def flag(given: Mapping[str, str], name: str) -> bool:
    """A parameter that is true or false; false when it is not there."""
    if name not in given:
        return False
    text = given[name].strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise Invalid(f"{name}: {_short(given[name])} is neither true nor false")


def number(given: Mapping[str, str], name: str, highest: int = 2**31 - 1) -> int | None:
    """A parameter that is a whole number from 0 on; None when it is not there."""
    text = given.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > highest:
        raise Invalid(
            f"{name}: {_short(text)} is not a whole number from 0 to {highest}"
        )
    return int(text)


def _choice(
    given: Mapping[str, str], name: str, choices: tuple[str, ...], default: str
) -> str:
    text = given.get(name, "").strip().lower() or default
    if text not in choices:
        raise Invalid(
            f"{name}: {_short(given[name])} is not one of {', '.join(choices)}"
        )
    return text


def _user(given: Mapping[str, str]) -> str | None:
    name = given.get("proxy-user") or None
    if name is not None and len(name) > document.LENGTH:
        raise Invalid(
            f"proxy-user: {_short(name)} has more than {document.LENGTH} characters"
        )
    return name


def _version(text: str | None, newer: bool) -> int:
    if text is None:
        return VERSIONS[0]
    if text == "latest":
        return VERSIONS[-1]
    if text in map(str, VERSIONS):
        return int(text)
    if newer and re.fullmatch("[1-9][0-9]{0,3}", text):
        return VERSIONS[-1]
    raise Invalid(
        f"api-version: {_short(text)} is not supported",
        f"Valid versions are {', '.join(map(str, VERSIONS))} and latest",
    )


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
