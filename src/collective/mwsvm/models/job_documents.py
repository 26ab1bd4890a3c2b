"""What clients send of jobs, and what they are shown (guide 4.8), in both versions.

The document of a job is that of version 2 (`Job`). The workload manager adds to what is
submitted: name, dates, user, states and whatever else only it can know.
"""

from collections.abc import Mapping
from collective.mwsvm.models import jobs_v1
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.job_objects import flags
from collective.mwsvm.models.job_objects import templates
from collective.mwsvm.models.job_objects.durations import durations
from collective.mwsvm.models.job_objects.job import DEFAULT
from collective.mwsvm.models.job_objects.job import JobChange
from collective.mwsvm.models.job_objects.job import NewJob
from collective.mwsvm.models.job_objects.marks import written
from collective.mwsvm.models.job_objects.parts import NewJobDates
from typing import Any
import re


Json = dict[str, Any]

#: Objects within a job of which a change names a part.
_PARTS = ("credentials", "dates", "priorities")

NO_TEMPLATES: Mapping[str, Json] = {}


def submitted(
    given: Mapping[str, Any], version: int, known: Mapping[str, Json] = NO_TEMPLATES
) -> Json:
    """The document of a job that a POST describes, the server's fields at their defaults.

    What a client can't write is ignored, as is what is not known. ``known`` are the job
    templates by their ids. Raises `Invalid`.
    """
    found, called = jobs_v1.to_version_2(dict(given), version)
    used = templates.named(found, known)
    found = templates.filled(found, used)
    try:
        document = NewJob.check(written(NewJob, found, creation=True)).wire()
    except Invalid as error:
        raise _as_called(error, called) from None
    own = flags.merged([flags.GLOBAL_QUEUE], document["flags"])
    document["flags"] = list(dict.fromkeys([*own, *templates.flags(used)]))
    if {"name": DEFAULT} not in document["templates"]:
        document["templates"].insert(0, {"name": DEFAULT})
    return document


def changes(given: Mapping[str, Any], version: int) -> Json:
    """What a PUT changes, in the shape of the document; only what is named.

    A null takes a value away. Empty, if nothing is named that can be changed. Raises
    `Invalid`.
    """
    found, called = jobs_v1.to_version_2(dict(given), version)
    try:
        change = JobChange.check(written(JobChange, found, creation=False))
    except Invalid as error:
        raise _as_called(error, called) from None
    return change.model_dump(mode="json", by_alias=True, exclude_unset=True)


def changed(document: Json, change: Json) -> Json:
    """The document after a change that `changes` has made of a PUT.

    Messages are added, variables added or replaced, or taken away where they have no
    value; the server's flags stay. Holds are left to who can place them: they are not
    changed here. Raises `Invalid` for dates that exclude each other.
    """
    new = document | {name: change[name] for name in change if name != "holds"}
    for name in _PARTS:
        if name in change:
            new[name] = document[name] | change[name]
    if "dates" in change:
        new["dates"] = NewJobDates.check(new["dates"]).wire()
    if "flags" in change:
        new["flags"] = flags.merged(document["flags"], change["flags"])
    if "messages" in change:
        new["messages"] = [*document["messages"], *change["messages"]]
    if "variables" in change:
        variables = document["variables"] | change["variables"]
        new["variables"] = {k: v for k, v in variables.items() if v is not None}
    return new


def shown(document: Json, version: int, now: float, brief: bool = False) -> Json:
    """A job as a client of a version sees it, with its durations as they are ``now``.

    ``brief`` is for the entries of lists, which have fewer fields in version 1.
    """
    if version == 1:
        return jobs_v1.shown(document, brief)
    found = document | durations(document, now)
    # Jobs are known by their names.
    found.pop("id", None)
    return found


def _as_called(error: Invalid, called: Mapping[str, str]) -> Invalid:
    # Faults name fields as the client has called them.
    messages = error.messages
    for path, word in called.items():
        messages = [
            re.sub(f"^The field '{re.escape(path)}(?=['.])", f"The field '{word}", said)
            for said in messages
        ]
    return Invalid(*messages)
