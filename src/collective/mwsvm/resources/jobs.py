"""``/rest/jobs`` and ``/rest/job-arrays`` (guide 4.8, 4.9)."""

from collective.mwsvm.database import collections
from collective.mwsvm.database import query as queries
from collective.mwsvm.database.matcher import matches
from collective.mwsvm.models import job_documents
from collective.mwsvm.models import jobs_v1_queries
from collective.mwsvm.models.document import Made
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.job_arrays import JobArray
from collective.mwsvm.models.job_objects.job import Job
from collective.mwsvm.models.job_objects.version_1 import JobVersion1
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.call import Parameters
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.documents import DocumentResource
from collective.mwsvm.workload import system_jobs
from dataclasses import replace
from typing import Any
import json


#: Kept of a job and not shown.
HIDDEN = ("slotLimit", "allocation", system_jobs.HIDDEN)


class Submitted(Model):
    """The name of a new job; in version 1 it is the ``id``."""

    name: str


def _action(name: str, summary: str) -> Any:
    # PUT jobs/<name>/<action> (guide 4.8.3.2).
    def act(self: "Jobs", key: str) -> Json:
        return self.act(key, name)

    act.__name__ = f"act_{name}"
    act.__doc__ = summary
    path = f"{{key}}/{name}"
    return operation("Update", path, gives=Told, shapeless=True, asks=True)(act)


def _in_version_2(parameters: Parameters) -> Parameters:
    # Documents have the words of version 2, and so must queries and orders.
    given = dict(parameters.given)
    for name in ("query", "sort"):
        if given.get(name, "").strip():
            asked = jobs_v1_queries.in_version_2(queries.parsed(name, given[name]))
            given[name] = json.dumps(asked, ensure_ascii=False)
    return replace(parameters, given=given)


class Jobs(DocumentResource):
    """Batch jobs, whoever made them."""

    name = "jobs"
    one = "job"
    many = "jobs"
    model = Job
    documents = collections.job_documents
    hidden = HIDDEN
    managed = True
    #: Its actions, too.
    known_as = name

    @operation("List")
    def find(self) -> Listed:
        """Get all {many}"""
        if self.call.parameters.version == 1:
            self.call.parameters = _in_version_2(self.call.parameters)
        return self.page(self.collection)

    @operation("Show", "{key}", answer=Job | JobVersion1)
    def show(self, key: str) -> Json:
        """Get one of the {many}"""
        document = self.get(self.named(key))
        found = self._shown(document, brief=False)
        return self._without_hidden([found])[0]

    @operation("Save", answer=Submitted | Made, asks=True)
    def save(self) -> Reply:
        """Submit a job"""
        made = self.call.manager.jobs.submit(
            self.call.object(), self.call.parameters.version, self.user
        )
        return self.submitted(made)

    @operation("Update", "{key}", gives=Told, asks=True)
    def update(self, key: str) -> Json:
        """Modify a job"""
        self.look(self.named(key))
        _, said = self.call.manager.jobs.modify(
            key, self.call.object(), self.call.parameters.version
        )
        self.call.changed("jobmodify", "job", self.named(key))
        return {"messages": said}

    @operation("Delete", "{key}", asks=True)
    def delete(self, key: str) -> Reply:
        """Cancel a job"""
        document = self.look(self.named(key))
        self.call.manager.jobs.act(key, "cancel")
        said = f"Job {document['name']} cancelled"
        return Reply({}, headers={"X-MWS-Message": said})

    act_cancel = _action("cancel", "Cancel a job")
    act_checkpoint = _action("checkpoint", "Checkpoint a job")
    act_execute = _action("execute", "Let a job run at once, if a machine is free")
    act_hold = _action("hold", "Hold a job, with the holds in the body")
    act_requeue = _action("requeue", "Put a job that runs back into the queue")
    act_resume = _action("resume", "Let a suspended job go on")
    act_suspend = _action("suspend", "Suspend a job")
    act_unhold = _action("unhold", "Release the holds in the body, or all of them")

    def act(self, key: str, name: str) -> Json:
        """The answer to an action."""
        self.look(self.named(key))
        given = self.call.object() if self.call.body is not None else None
        self.call.manager.jobs.act(key, name, given)
        return {"messages": ["Job modified successfully"]}

    def shown(self, documents: list[Json]) -> list[Json]:
        """As the entries of lists."""
        return [self._shown(document, brief=True) for document in documents]

    def named(self, key: str) -> str:
        """A job's name, also from its number alone."""
        return f"{self.call.manager.jobs.prefix}.{key}" if key[:1].isdigit() else key

    def _shown(self, document: Json, brief: bool) -> Json:
        version = self.call.parameters.version
        return job_documents.shown(document, version, self.call.clock(), brief)

    @property
    def user(self) -> str:
        """For whom a job is that names nobody."""
        return self.call.caller.proxy_user or self.call.caller.name

    def submitted(self, document: Json) -> Reply:
        """The answer to a submission. Raises `Forbidden`."""
        if self.call.only is not None and not matches(document, self.call.only):
            raise Forbidden("You are not authorized to access this area")
        name = document["name"]
        key = "id" if self.call.parameters.version == 1 else "name"
        return Reply({key: name}, status=201, location=f"jobs/{name}")


class JobArrays:
    """Many jobs of one description (guide 4.9)."""

    name = "job-arrays"
    one = "job array"
    many = "job arrays"
    model = JobArray
    managed = True

    def __init__(self, call: Call) -> None:
        self.call = call

    @operation("Save", answer=Submitted | Made, asks=True)
    def save(self) -> Reply:
        """Submit a job array"""
        jobs = Jobs(self.call)
        made = self.call.manager.jobs.submit_array(
            self.call.object(), self.call.parameters.version, jobs.user
        )
        return jobs.submitted(made)
