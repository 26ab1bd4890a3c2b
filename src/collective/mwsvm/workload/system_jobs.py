"""System jobs: what the manager does to virtual machines, as jobs that can be followed.

They are documents of jobs without a record: no machine takes them. A mark in the
database names each that has not ended, so that nobody looks through all other jobs.
"""

from collections.abc import Callable
from collective.mwsvm.database import collections
from collective.mwsvm.database.tables import meta
from collective.mwsvm.models import dates
from collective.mwsvm.models.job_objects.job import Job
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import sequences
from collective.mwsvm.workload.interface import Initiator
from collective.mwsvm.workload.interface import SystemJob
from collective.mwsvm.workload.job_documents import JobDocuments
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select
from typing import Any


Json = dict[str, Any]

#: Kept of them and not shown: what `SystemJob` has beside the document.
HIDDEN = "system"

#: With the name of the job, the key of its mark; the value is the machine's name.
_MARK = "system job "


class DocumentedSystemJobs:
    """`interface.SystemJobs`, over the documents of jobs."""

    def __init__(
        self,
        connection: Connection,
        clock: Callable[[], float],
        documents: JobDocuments,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._collection = documents.collection

    def start(self, kind: str, vm: str, arguments: Json, actor: Initiator) -> str:
        """A new job; its name is the kind with the next number: ``vmmigrate-7``."""
        name = f"{kind}-{sequences.following(self._connection, kind)}"
        now = dates.mws(self._clock())
        given = {
            "customName": name,
            "credentials": {"user": actor.proxy_user or actor.user},
            "flags": ["SYSTEMJOB"],
            "variables": _variables(arguments),
        }
        document = {
            **Job.check(given).wire(),
            "name": name,
            "systemJobType": kind.upper(),
            "virtualMachines": [{"name": vm}],
            "queueStatus": "active",
            "startCount": 1,
            HIDDEN: {
                "kind": kind,
                "vm": vm,
                "arguments": arguments,
                "user": actor.user,
                "proxyUser": actor.proxy_user,
            },
        }
        document["states"].update(
            state="Running", stateExpected="Running", stateLastUpdatedDate=now
        )
        for date in ("createdDate", "submitDate", "startDate", "lastUpdatedDate"):
            document["dates"][date] = now
        self._collection.insert([document])
        self._connection.execute(insert(meta).values(key=_MARK + name, value=vm))
        return name

    def ended(self, name: str, ok: bool, message: str) -> None:
        """The job is completed; ``message`` says in a sentence how it went.

        One that has ended already stays as it is.
        """
        document = self._collection.get(name, lock=True)
        if not document["isActive"]:
            return
        now = dates.mws(self._clock())
        document["isActive"] = False
        document["queueStatus"] = "completed"
        document["completionCode"] = 0 if ok else 1
        document["messages"] = [{"message": message}]
        document["states"].update(
            state="Completed", stateExpected="Completed", stateLastUpdatedDate=now
        )
        document["dates"].update(completedDate=now, lastUpdatedDate=now)
        self._collection.replace(document)
        self._connection.execute(delete(meta).where(meta.c.key == _MARK + name))

    def under_way(self, vm: str | None = None) -> list[SystemJob]:
        """Those that have not ended, the oldest first; all, or those of one machine."""
        marks = select(meta.c.key).where(meta.c.key.startswith(_MARK))
        if vm is not None:
            marks = marks.where(meta.c.value == vm)
        names = [key.removeprefix(_MARK) for key in self._connection.scalars(marks)]
        found = node_lists.documents(
            self._connection, collections.job_documents, names
        ).values()
        return [
            SystemJob(
                document["name"],
                about["kind"],
                about["vm"],
                about["arguments"],
                Initiator(about["user"], about["proxyUser"]),
            )
            for document in sorted(found, key=lambda each: each["id"])
            for about in [document[HIDDEN]]
        ]


def _variables(arguments: Json) -> dict[str, str]:
    # Pending actions tell of them.
    named = {
        "source": "migrationSource",
        "host": "migrationDestination",
        "reason": "motivation",
    }
    return {
        named[key]: value
        for key, value in arguments.items()
        if key in named and isinstance(value, str)
    }
