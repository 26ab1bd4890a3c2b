"""Jobs that would wait for each other for ever."""

from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models.errors import Invalid
from typing import Any


Json = dict[str, Any]

#: What depends on more jobs than that, one by one, is not looked through.
_MOST = 1000


def refuse(jobs: Collection, document: Json) -> None:
    """Raises `Invalid` if jobs that a new one depends on depend on it.

    It has no name yet that they could know, so they do by the one that its user gave.
    ``jobs`` are the documents of jobs.
    """
    own = document["customName"]
    waiting = [[each["name"]] for each in document["dependencies"]]
    seen: set[str] = set()
    while own and waiting and len(seen) < _MOST:
        way = waiting.pop()
        if way[-1] == own:
            raise Invalid(
                "The field 'dependencies' makes a circle: "
                f"{' depends on '.join([own, *way])}"
            )
        if way[-1] in seen:
            continue
        seen.add(way[-1])
        for job in _called(jobs, way[-1]):
            waiting += [[*way, each["name"]] for each in job["dependencies"]]


def _called(jobs: Collection, name: str) -> list[Json]:
    query = {"isActive": True, "$or": [{"name": name}, {"customName": name}]}
    return jobs.find(from_document(query)).documents
