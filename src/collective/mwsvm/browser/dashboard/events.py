"""The last events, with links to the objects that they are about."""

from collections.abc import Iterable
from collections.abc import Iterator
from collective.mwsvm import _
from collective.mwsvm.browser.listings.job_rows import manages_records
from collective.mwsvm.browser.machine import may
from collective.mwsvm.database import collections
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models import dates
from dataclasses import dataclass
from plone import api
from sqlalchemy import Connection
from sqlalchemy import select
from typing import Any
from urllib.parse import quote


Json = dict[str, Any]

#: The type and the id of an object.
Key = tuple[str, str]

CALL_API = "collective.mwsvm: Use MWS REST"
MANAGE_PLUGINS = "collective.mwsvm: Manage Plugins"

#: How many are shown.
LAST = 20

#: Of how many at a time it is found out whether one may see them, and how many times.
_AT_ONCE = 250
_TIMES = 4

#: What has happened in words, by the type of the event; others are shown as they are.
WORDS = {
    "jobsubmit": _("Job submitted"),
    "jobmodify": _("Job changed"),
    "jobhold": _("Job held"),
    "jobrelease": _("Job released"),
    "jobstart": _("Job started"),
    "jobsuspend": _("Job suspended"),
    "jobresume": _("Job resumed"),
    "jobrequeue": _("Job queued again"),
    "jobcancel": _("Job cancelled"),
    "jobend": _("Job ended"),
    "rsvcreate": _("Reservation made"),
    "rsvmodify": _("Reservation changed"),
    "rsvcancel": _("Reservation released"),
    "virtualmachinemodify": _("Virtual machine changed"),
    "vmmigrate": _("Virtual machine migrated"),
    "policymodify": _("Policy changed"),
    "plugincreate": _("Plugin added"),
    "pluginmodify": _("Plugin changed"),
    "plugindelete": _("Plugin deleted"),
    "pluginstart": _("Plugin started"),
    "pluginstop": _("Plugin stopped"),
    "pluginpause": _("Plugin paused"),
    "pluginresume": _("Plugin resumed"),
    "pluginerror": _("Plugin errored"),
}

#: Where the API has the objects of each type.
RESOURCES = {
    "image": "images",
    "job": "jobs",
    "node": "nodes",
    "plugin": "plugins",
    "policy": "policies",
    "principal": "principals",
    "report": "reports",
    "reservation": "reservations",
    "role": "roles",
    "rsv": "reservations",
    "servicetemplate": "service-templates",
    "vc": "vcs",
    "virtualmachine": "vms",
    "vm": "vms",
}

#: What types of events call a virtual machine.
MACHINES = ("vm", "virtualmachine")

_events = collections.events.table
_vms = collections.vms.table


@dataclass(frozen=True)
class Shown:
    """An event as the page shows it.

    ``name`` is what MWS calls the object, where that is not ``object``; ``url`` is None
    for one without a page.
    """

    time: str
    type: str
    label: str
    failed: bool
    message: str
    object: str
    name: str
    url: str | None
    who: str


@dataclass(frozen=True)
class Target:
    """What the page says of the object of an event, and where it is."""

    title: str
    url: str | None


def last_events(connection: Connection) -> list[Shown]:
    """The newest events that the present user may see, the newest first.

    Who does not see all sees those of jobs and machines whose content they may view,
    among the last thousand.
    """
    everything = manages_records()
    if not everything and not _sees_any():
        return []
    targets = Targets(connection, everything)
    shown: list[Shown] = []
    for some in _newest(connection, LAST if everything else _AT_ONCE):
        found = targets.of(map(_key, some))
        shown += [
            _shown(event, found[_key(event)]) for event in some if _key(event) in found
        ]
        if everything or len(shown) >= LAST:
            break
    return shown[:LAST]


class Targets:
    """The objects of events, as far as the present user may see them."""

    def __init__(self, connection: Connection, everything: bool) -> None:
        self._connection = connection
        self._everything = everything
        portal = api.portal.get()
        self._site = portal.absolute_url()
        self._may_call = may(CALL_API, portal)
        self._may_manage_plugins = may(MANAGE_PLUGINS, portal)

    def of(self, keys: Iterable[Key]) -> dict[Key, Target]:
        """The objects with these types and ids; those that one may not see are missing."""
        wanted = set(keys)
        known = {
            **dict(self._jobs({id for kind, id in wanted if kind == "job"})),
            **dict(self._machines({key for key in wanted if key[0] in MACHINES})),
        }
        uids = [uid for _title, uid in known.values() if uid]
        pages = {b.UID: b.getURL() for b in api.content.find(UID=uids)} if uids else {}
        found = {
            key: Target(title, pages[uid])
            for key, (title, uid) in known.items()
            if uid in pages
        }
        if self._everything:
            for key in wanted - found.keys():
                title = known[key][0] if key in known else ""
                found[key] = Target(title, self._url(key, key in known))
        return found

    def _jobs(self, names: set[str]) -> Iterator[tuple[Key, tuple[str, str | None]]]:
        query = select(jobs.c.name, jobs.c.title, jobs.c.content)
        rows = self._connection.execute(query.where(jobs.c.name.in_(names)))
        return ((("job", name), (title, uid)) for name, title, uid in rows.tuples())

    def _machines(self, keys: set[Key]) -> Iterator[tuple[Key, tuple[str, str | None]]]:
        query = select(_vms.c.name, _vms.c.doc)
        rows = self._connection.execute(
            query.where(_vms.c.name.in_({name for _kind, name in keys}))
        )
        uids = {name: document.get("machine") for name, document in rows.tuples()}
        return ((key, ("", uids[key[1]])) for key in keys if key[1] in uids)

    def _url(self, key: Key, is_record: bool) -> str | None:
        kind, id = key
        if kind == "job" and is_record:
            return f"{self._site}/@@mwsvm-job?name={quote(id)}"
        if kind == "plugin" and self._may_manage_plugins:
            return f"{self._site}/@@mws-plugin?id={quote(id)}"
        if kind not in RESOURCES or not id or not self._may_call:
            return None
        return f"{self._site}/mws/rest/{RESOURCES[kind]}/{quote(id, safe='')}"


def _sees_any() -> bool:
    """Whether there is any job or machine that the present user may see."""
    catalog = api.portal.get_tool("portal_catalog")
    return bool(catalog(portal_type=["Job", "VirtualMachine"], sort_limit=1))


def _newest(connection: Connection, number: int) -> Iterator[list[Json]]:
    before = None
    for _time in range(_TIMES):
        query = select(_events.c.doc).order_by(_events.c.id.desc()).limit(number)
        if before is not None:
            query = query.where(_events.c.id < before)
        some = list(connection.scalars(query))
        yield some
        if len(some) < number:
            return
        before = some[-1]["id"]


def _key(event: Json) -> Key:
    found = event.get("primaryObject") or {}
    return found.get("type") or "", found.get("id") or ""


def _shown(event: Json, target: Target) -> Shown:
    kind, id = _key(event)
    known_as = id if kind in ("job", "") else f"{kind} {id}".strip()
    return Shown(
        time=dates.iso(dates.seconds(event["eventTime"])),
        type=event["eventType"],
        label=WORDS.get(event["eventType"], event["eventType"]),
        failed=event.get("status") == "failure",
        message=(event.get("errorMessage") or {}).get("message") or "",
        object=target.title or known_as,
        name=known_as if target.title else "",
        url=target.url,
        who=_who(event.get("initiatedBy") or {}),
    )


def _who(initiator: Json) -> str:
    if api.user.is_anonymous():
        return ""
    user, other = initiator.get("user") or "", initiator.get("proxyUser") or ""
    return f"{user} ({other})" if other and other != user else user
