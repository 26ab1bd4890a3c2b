"""The guide's objects of jobs, kept in step with their records.

The record (table ``jobs``) is the truth about a job's state. Its document has everything
that MWS says of a job, and is written in the transaction that moves the record.
"""

from collections.abc import Callable
from collections.abc import Sequence
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.models import dates
from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.job_objects.job import Job
from collective.mwsvm.models.job_objects.job import NO_LIMIT
from collective.mwsvm.models.job_objects.parts import NEVER
from collective.mwsvm.models.job_objects.states import status
from collective.mwsvm.models.jobs import ENDED
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from sqlalchemy import Connection
from typing import Any


Json = dict[str, Any]

#: Keeps events.
Tell = Callable[[list[Json]], Any]

#: The type of the event that a transition makes (guide 4.5); of others, none.
EVENTS = {
    "queue": "jobsubmit",
    "retry": "jobsubmit",
    "hold": "jobhold",
    "release": "jobrelease",
    "suspend": "jobsuspend",
    "resume": "jobresume",
    "cancel": "jobcancel",
    "start": "jobstart",
    "finish": "jobend",
    "fail": "jobend",
    "requeue": "jobrequeue",
}


class JobDocuments:
    """The documents of jobs, on a connection whose transaction is the caller's."""

    def __init__(
        self,
        connection: Connection,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        tell: Tell,
    ) -> None:
        self._clock = clock
        self._tell = tell
        self.collection = Collection(connection, collections.job_documents, new_id)

    def get(self, name: str, lock: bool = False) -> Json:
        """The document of a job. Raises `NotFound`."""
        return self.collection.get(name, lock=lock)

    def submitted(
        self,
        records: Sequence[JobRecord],
        documents: Sequence[Json | None],
        actor: str,
    ) -> list[Json]:
        """Fill in and keep the documents of new jobs, and tell of them.

        Of a job that came without one it is what its record says.
        """
        pairs = list(zip(records, documents, strict=True))
        made = self.collection.insert(self._made(*pair) for pair in pairs)
        for step, state in (("queue", None), ("hold", JobState.HELD)):
            self._tell(
                [
                    _event(record, document, EVENTS[step], actor)
                    for record, document in zip(records, made, strict=True)
                    if state in (None, record.state)
                ]
            )
        return made

    def follow(self, record: JobRecord, transition: str, actor: str) -> None:
        """Bring the document to what the record is now, and tell of it."""
        try:
            document = self.collection.get(record.name, lock=True)
            new = False
        except NotFound:
            # A job from before there were documents.
            document = self._made(record, None)
            new = True
        if transition == "hold" and not document["holds"]:
            document["holds"] = ["User"]
        elif transition == "release":
            document["holds"] = []
        elif transition == "cancel":
            document["cancelCount"] += 1
            document["dates"]["lastCanceledDate"] = dates.mws(record.since)
        _bring(document, record, self._clock())
        if new:
            self.collection.insert([document])
        else:
            self.collection.replace(document)
        self._tell([_event(record, document, EVENTS[transition], actor)])

    def refresh(self, record: JobRecord) -> None:
        """Bring the document in line after its holds have changed."""
        document = self.collection.get(record.name, lock=True)
        _bring(document, record, self._clock())
        self.collection.replace(document)

    def note(self, record: JobRecord, message: str) -> None:
        """Add a message to the job, unless it has it."""
        document = self.collection.get(record.name, lock=True)
        entry = {"message": message}
        if entry not in document["messages"]:
            document["messages"].append(entry)
            self.collection.replace(document)

    def explain(self, document: Json, kind: str | None, message: str | None) -> None:
        """Note why the job waits."""
        block = {"category": "jobBlock", "message": message, "type": kind}
        if document["blocks"] != [block]:
            document["blocks"] = [block]
            self.collection.replace(document)

    def _made(self, record: JobRecord, given: Json | None) -> Json:
        document = given or _of_record(record)
        now = dates.mws(record.submitted)
        document["dates"] = {**document["dates"], "submitDate": now, "createdDate": now}
        # Members of an array come with parts that they share.
        for part in ("priorities", "states"):
            document[part] = dict(document[part])
        document["name"] = record.name
        document["mwmName"] = record.name.partition(".")[0]
        document["resourceManagers"] = [
            {
                "isDestination": False,
                "isSource": True,
                "jobName": record.name,
                "name": "internal",
            }
        ]
        _bring(document, record, self._clock())
        return document


def _of_record(record: JobRecord) -> Json:
    given = {
        "customName": record.title[:LENGTH].replace("\n", " ") or None,
        "duration": record.time_limit or NO_LIMIT,
        "credentials": {"user": record.owner or None},
        "priorities": {"user": record.priority},
    }
    return Job.check(given).wire()


def _bring(document: Json, record: JobRecord, now: float) -> None:
    # What the record says of a job, in the words of the document.
    found = status(
        record.state,
        started=record.attempt > 0,
        holds=document["holds"],
        eligible=not document["blocks"][0]["type"],
        cut_off=record.state == JobState.FAILED and record.exit_code is None,
    )
    moment = dates.mws(record.since)
    if document["states"]["state"] != found.state:
        document["states"]["stateLastUpdatedDate"] = moment
    document["states"]["state"] = found.state
    document["states"]["stateExpected"] = found.state
    document["queueStatus"] = found.queue_status
    document["isActive"] = found.is_active
    document["completionCode"] = record.exit_code
    document["startCount"] = record.attempt
    document["priorities"]["user"] = record.priority
    if record.attempt and not document["masterNode"]:
        # It ran on a machine of the site, which brings what it writes.
        log = f"jobs/{record.name}/log"
        for stream in ("Output", "Error"):
            path = document[f"standard{stream}FilePath"]
            document[f"rmStandard{stream}FilePath"] = path or log
    if record.state not in WAITING:
        message = record.reason or None
        document["blocks"] = [
            {"category": "jobBlock", "message": message, "type": None}
        ]
    _date(document["dates"], record, now)


def _date(found: Json, record: JobRecord, now: float) -> None:
    started = record.started if record.state not in WAITING else None
    found["lastUpdatedDate"] = dates.mws(now)
    found["startDate"] = None if started is None else dates.mws(started)
    found["dispatchedDate"] = found["startDate"]
    ended = record.ended if record.state in ENDED else None
    found["completedDate"] = None if ended is None else dates.mws(ended)
    limited = started is not None and record.time_limit and ended is None
    found["terminationDate"] = (
        dates.mws((started or 0) + (record.time_limit or 0)) if limited else NEVER
    )


def _event(record: JobRecord, document: Json, event_type: str, actor: str) -> Json:
    related = [{"type": "vm", "id": record.running_on}] if record.running_on else []
    failed = record.state == JobState.FAILED
    event = {
        "eventTime": dates.mws(record.since),
        "eventType": event_type,
        "eventCategory": event_type.removeprefix("job"),
        "sourceComponent": "MWS",
        "status": "failure" if failed else "success",
        "facility": "job",
        "initiatedBy": {
            "user": actor or "mwsvm",
            "proxyUser": document["credentials"]["user"],
        },
        "primaryObject": {"type": "job", "id": record.name, "serialization": None},
        "relatedObjects": related,
        "details": {},
    }
    if failed and record.reason:
        event["errorMessage"] = {"message": record.reason}
    return event
