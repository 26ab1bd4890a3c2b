"""Jobs of the embedded workload manager: the guide's are records that machines take."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.models import dates
from collective.mwsvm.models import job_arrays
from collective.mwsvm.models import job_documents
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.errors import NotSupported
from collective.mwsvm.models.job_objects.job import JobHolds
from collective.mwsvm.models.job_objects.job import NO_LIMIT
from collective.mwsvm.models.job_objects.states import kinds
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import NewJob
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload import containers
from collective.mwsvm.workload import dependency_circles
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import records
from collective.mwsvm.workload import scripts
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.submission import Submission
from dataclasses import replace
from typing import Any
import re


Json = dict[str, Any]

ACTIONS = (
    "cancel",
    "checkpoint",
    "execute",
    "hold",
    "requeue",
    "resume",
    "suspend",
    "unhold",
)

#: Flags that the scheduler heeds in jobs that machines take.
_HEEDED = frozenset(("ADVRES", "NOQUEUE"))

#: What requirements say of the places that they may get.
_LIMITING = ("featuresExcluded", "nodeAccessPolicy", "tasksPerNode")

_PLAIN_REQUIREMENTS = ("nodesRequested", "nodesExcluded", "virtualContainers")


class EmbeddedJobs:
    """Submits, changes and ends jobs. The transaction is the queue's connection's."""

    def __init__(
        self,
        queue: Queue,
        documents: JobDocuments,
        prefix: str,
        read: Callable[[str, str], str] = scripts.read_script,
        templates: Callable[[], Iterable[Json]] = tuple,
    ) -> None:
        """``prefix`` is what names of jobs begin with; ``read`` reads scripts.

        ``templates`` gives the job templates.
        """
        self._queue = queue
        self._documents = documents
        self.prefix = prefix
        self._read = read
        self._templates = templates

    def submit(self, given: Mapping[str, Any], version: int, user: str) -> Json:
        """A new job, from the body of a POST; ``user`` is for whom where it names nobody.

        Raises `Invalid`, with nothing done.
        """
        document = job_documents.submitted(given, version, self._known_templates())
        self._accept(document, user)
        self._queue.submit_all([self._submission(document)], self.prefix)
        self._join(document, [document["name"]])
        return document

    def submit_array(self, given: Mapping[str, Any], version: int, user: str) -> Json:
        """The master of a new array, from the body of a POST. Raises `Invalid`."""
        known = self._known_templates()
        array, prototype = job_arrays.submitted(given, version, known)
        indexes = array.indexes()
        prototype["slotLimit"] = array.slot_limit
        self._accept(prototype, user)
        master = job_arrays.master(array, prototype)
        (made,) = self._queue.submit_all(
            [replace(self._submission(master, runs=False), ready=False)], self.prefix
        )
        # They differ in their names only, so one is looked at for all.
        first = self._submission(prototype)
        members = self._queue.submit_all(
            [
                replace(
                    first,
                    name=job_arrays.member_name(made.name, index),
                    document=job_arrays.member(array, prototype, made.name, index),
                )
                for index in indexes
            ]
        )
        self._join(master, [made.name, *(member.name for member in members)])
        return master

    def modify(
        self, name: str, given: Mapping[str, Any], version: int
    ) -> tuple[Json, list[str]]:
        """The job after a PUT, and what was done, in sentences.

        Raises `NotFound`, `Invalid`, and `Conflict` when it has ended.
        """
        record = self._record(name)
        document = self._documents.get(record.name, lock=True)
        change = job_documents.changes(given, version)
        if not change:
            raise Invalid(
                "There is nothing to modify: no field is named that can be changed"
            )
        if record.state not in WAITING and set(change) - _AFTERWARDS:
            fields = ", ".join(sorted(set(change) - _AFTERWARDS))
            raise Conflict(
                f"Job {record.name} is {document['states']['state']}; only a waiting job "
                f"can get other values of {fields}"
            )
        holds = change.pop("holds", None)
        new = job_documents.changed(document, change)
        self._documents.collection.replace(new)
        if record.state in WAITING:
            self._revise(record, new)
        said = [f"{_titled(field)} modified successfully" for field in change]
        if holds is not None:
            self._hold(self._record(name), new, holds, exactly=True)
            said.append("Holds modified successfully")
        return self._documents.get(record.name), said

    def act(
        self, name: str, action: str, given: Mapping[str, Any] | None = None
    ) -> Json:
        """The job after an action of guide 4.8.3.2.

        Raises `NotFound`, `Invalid`, `Conflict` when its state does not allow it, and
        `NotSupported`.
        """
        if action not in ACTIONS:
            raise NotFound(
                f"There is no action '{action}'; there are {', '.join(ACTIONS)}"
            )
        record = self._record(name)
        getattr(self, f"_act_{action}")(record, given or {})
        return self._documents.get(record.name)

    # -- actions

    def _act_cancel(self, record: JobRecord, given: Mapping[str, Any]) -> None:
        document = self._documents.get(record.name)
        self._queue.act(record, "cancel")
        if "ARRAYMASTER" in document["flags"]:
            for member in self._members(record.name):
                if member.state not in (
                    JobState.FINISHED,
                    JobState.FAILED,
                    JobState.CANCELLED,
                ):
                    self._queue.act(member, "cancel", f"{record.name} was cancelled.")

    def _act_checkpoint(self, record: JobRecord, given: Mapping[str, Any]) -> None:
        raise NotSupported("The embedded workload manager can't checkpoint jobs")

    def _act_execute(self, record: JobRecord, given: Mapping[str, Any]) -> None:
        if record.state != JobState.QUEUED:
            raise Conflict(
                f"Job {record.name} is {record.state.label}; only a queued one can be "
                "executed"
            )
        self._queue.make_ready(record)

    def _act_hold(self, record: JobRecord, given: Mapping[str, Any]) -> None:
        holds = JobHolds.check(given).holds
        if not holds:
            raise Invalid("The field 'holds' is required: which holds to add")
        document = self._documents.get(record.name, lock=True)
        self._hold(record, document, [*document["holds"], *holds])

    def _act_unhold(self, record: JobRecord, given: Mapping[str, Any]) -> None:
        removed = kinds(JobHolds.check(given).holds or ["All"])
        document = self._documents.get(record.name, lock=True)
        if record.state != JobState.HELD:
            raise Conflict(f"Job {record.name} has no holds")
        left = [hold for hold in document["holds"] if hold not in removed]
        self._hold(record, document, left)

    def _act_requeue(self, record: JobRecord, given: Mapping[str, Any]) -> None:
        self._queue.requeue(record, "It was requeued.")

    def _act_resume(self, record: JobRecord, given: Mapping[str, Any]) -> None:
        self._queue.act(record, "resume")

    def _act_suspend(self, record: JobRecord, given: Mapping[str, Any]) -> None:
        self._queue.act(record, "suspend")

    # -- how it is done

    def _record(self, name: str) -> JobRecord:
        # Also by its number alone, as Moab takes it.
        if re.fullmatch(r"\d+(\[\d+\])?", name):
            name = f"{self.prefix}.{name}"
        try:
            return records.get(self._queue.connection, name)
        except NotFound:
            raise NotFound(f"The resource with id '{name}' was not found") from None

    def _known_templates(self) -> dict[str, Json]:
        return {template["id"]: template for template in self._templates()}

    def _accept(self, document: Json, user: str) -> None:
        if document["credentials"]["user"] is None:
            document["credentials"]["user"] = user
        if document["dependencies"]:
            dependency_circles.refuse(self._documents.collection, document)
        if document["virtualContainers"]:
            # Before anything else is locked.
            node_lists.lock(self._queue.connection)

    def _join(self, document: Json, names: list[str]) -> None:
        for each in document["virtualContainers"]:
            containers.join(self._queue.connection, each["name"], "jobs", names)

    def _submission(self, document: Json, runs: bool = True) -> Submission:
        script = scripts.start_string(document, self._read) if runs else ":"
        return Submission(
            NewJob(
                **_described(document),
                start_string=script,
                owner=document["credentials"]["user"],
            ),
            document=document,
            ready=runs and not needs_a_round(document, self._queue.clock()),
            held=bool(document["holds"]),
        )

    def _revise(self, record: JobRecord, document: Json) -> None:
        described = _described(document)
        if any(getattr(record, key) != value for key, value in described.items()):
            work = NewJob(
                **{
                    **described,
                    "start_string": record.start_string,
                    "machine": record.machine,
                    "retries": record.retries,
                    "content": record.content,
                    "owner": record.owner,
                }
            )
            self._queue.revise(record, work)
        if needs_a_round(document, self._queue.clock()):
            self._queue.take_back(record)

    def _hold(
        self, record: JobRecord, document: Json, holds: list[str], exactly: bool = False
    ) -> None:
        if record.state not in WAITING:
            raise Conflict(
                f"Job {record.name} is {document['states']['state']}; only a waiting job "
                "can be held"
            )
        document["holds"] = kinds(holds)
        self._documents.collection.replace(document)
        if document["holds"] and record.state == JobState.QUEUED:
            self._queue.act(record, "hold")
        elif not document["holds"] and record.state == JobState.HELD:
            self._queue.act(record, "release")
        else:
            self._documents.refresh(record)

    def _members(self, master: str) -> list[JobRecord]:
        return records.named_like(self._queue.connection, f"{master}[")


#: What can be changed of a job that does not wait any more.
_AFTERWARDS = {"customName", "messages", "variables"}


def needs_a_round(document: Json, now: float) -> bool:
    """Whether the scheduler has to look at a job before machines may take it."""
    earliest = document["dates"]["earliestRequestedStartDate"]
    return bool(
        (earliest is not None and dates.seconds(earliest) > now)
        or document["credentials"]["jobClass"]
        or (document["vmUsagePolicy"] or "ANY") != "ANY"
        or any(flag.partition(":")[0] in _HEEDED for flag in document["flags"])
        or document["dependencies"]
        or document["reservationRequested"]
        or document.get("slotLimit")
        or document["partitionAccessListRequested"]
        or any(document[name] for name in _PLAIN_REQUIREMENTS)
        or any(map(is_particular, document["requirements"]))
        or any(each[name] for each in document["requirements"] for name in _LIMITING)
    )


def is_particular(requirement: Json) -> bool:
    """Whether a requirement asks for more than any machine has."""
    resources = requirement["resourcesPerTask"]
    return bool(
        requirement["taskCount"] > 1
        or requirement["nodeCount"] > 1
        or requirement["featuresRequested"]
        or requirement["architecture"]
        or requirement["attributes"]
        or requirement["image"]
        or any(
            amount.get("dedicated") > (1 if name == "processors" else 0)
            for name, amount in resources.items()
        )
    )


def _described(document: Json) -> Json:
    # What the record says of a job.
    limit = document["duration"]
    return {
        "title": document["customName"] or "",
        "priority": document["priorities"]["user"],
        "time_limit": None if limit >= NO_LIMIT else limit,
    }


def _titled(field: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", field).lower()
    return words[:1].upper() + words[1:]
