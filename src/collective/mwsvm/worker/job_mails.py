"""Mail about jobs that begin and end, to whom their submitters have named.

What to write about is read from the events that are kept. The last one that was seen is
in the database, so that none is forgotten when the worker ends.
"""

from collections.abc import Iterator
from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.tables import meta
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.sites import with_site
from collective.mwsvm.worker.turn import Turn
from collective.mwsvm.workload import node_lists
from dataclasses import dataclass
from functools import partial
from plone import api
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select
from typing import Any
import logging


Json = dict[str, Any]

logger = logging.getLogger(__name__)

_events = collections.events.table

_SEEN = "last event mailed"

#: How many events are looked at in one turn.
_AT_ONCE = 500

#: What a mail says has happened, by the type of the event.
_WORDS = {"jobstart": "has begun", "jobend": "has ended", "jobcancel": "was cancelled"}


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to some people."""

    to: tuple[str, ...]
    subject: str
    body: str


def mail(turn: Turn) -> None:
    """Send the mails that are due; one that can't be sent is logged."""
    mails, seen = with_site(turn.path, _due)
    for each in mails:
        if not turn.still_ours():
            return
        try:
            with_site(turn.path, partial(_send, each))
        except Exception as error:
            logger.warning("no mail to %s: %s", ", ".join(each.to), error)
    if seen is not None:
        with_site(turn.path, lambda: _note(seen))


def mails_for(event: Json, document: Json) -> Iterator[Mail]:
    """The mail that an event of a job asks for, if any."""
    kind, failed = event["eventType"], event["status"] == "failure"
    wanted = set(document["emailNotifyTypes"])
    about = {"All", "JobStart" if kind == "jobstart" else "JobEnd"}
    if failed:
        about.add("JobFail")
    to = tuple(document["emailNotifyAddresses"])
    if not to or wanted.isdisjoint(about):
        return
    name, called = document["name"], document["customName"]
    what = "has failed" if failed else _WORDS[kind]
    lines = [f"Job {name} {what} at {event['eventTime']}."]
    if called:
        lines.append(f"Name: {called}")
    if document["completionCode"] is not None and kind != "jobstart":
        lines.append(f"Completion code: {document['completionCode']}")
    error = (event.get("errorMessage") or {}).get("message")
    if error:
        lines.append(error)
    yield Mail(to, f"Job {name} {what}", "\n".join(lines) + "\n")


def _due() -> tuple[list[Mail], str | None]:
    """The mails, and the last event that was looked at; None if there is no new one."""
    with site.database().reading() as connection:
        seen = connection.scalar(select(meta.c.value).where(meta.c.key == _SEEN))
        if seen is None:
            # What was before nobody is written about.
            return [], EventStore(connection, site.clock).last()
        rows = connection.execute(
            select(_events.c.id, _events.c.doc)
            .where(_events.c.id > seen)
            .order_by(_events.c.id)
            .limit(_AT_ONCE)
        ).all()
        if not rows:
            return [], None
        events = [row.doc for row in rows if row.doc.get("eventType") in _WORDS]
        jobs = _jobs(connection, events)
    mails = [
        each
        for event in events
        if event["primaryObject"]["id"] in jobs
        for each in mails_for(event, jobs[event["primaryObject"]["id"]])
    ]
    return mails, rows[-1].id


def _jobs(connection: Connection, events: list[Json]) -> dict[str, Json]:
    names = {event["primaryObject"]["id"] for event in events}
    if not names:
        return {}
    return node_lists.documents(connection, collections.job_documents, names)


def _send(given: Mail) -> None:
    for address in given.to:
        api.portal.send_email(
            recipient=address, subject=given.subject, body=given.body, immediate=True
        )


def _note(seen: str) -> None:
    with site.database().writing() as connection:
        connection.execute(delete(meta).where(meta.c.key == _SEEN))
        connection.execute(insert(meta).values(key=_SEEN, value=seen))
