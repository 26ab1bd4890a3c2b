"""Queries and orders of jobs in the words of version 1 of the API."""

from collective.mwsvm.models import jobs_v1
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.job_objects import states
from collective.mwsvm.models.job_objects.parts import JobDates
from collective.mwsvm.models.job_objects.parts import JobPriority
from typing import Any


def _names(model: type[Model]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


_STATES = {"state": "states.state", "expectedState": "states.stateExpected"}

#: Paths of version 1, or what they begin with, and those of version 2.
_PATHS = {
    "id": "name",
    "blockReason": "blocks",
    "qos": "credentials.qos",
    "rmName": "resourceManagers.name",
    **jobs_v1.FIELDS,
    **_STATES,
    "templateList": "templates.name",
    **{name: f"dates.{name}" for name in _names(JobDates)},
    **{f"{name}Priority": f"priorities.{name}" for name in _names(JobPriority)},
    **{f"{name}.id": f"{name}.name" for name in jobs_v1.PROXIES},
    **{
        f"requirements.{a}": f"requirements.{b}" for a, b in jobs_v1.REQUIREMENT.items()
    },
    **{
        f"requirements.{word}": f"requirements.resourcesPerTask.{name}.dedicated"
        for word, name in jobs_v1.RESOURCES.items()
    },
}

#: They hold queries.
_LOGICAL = ("$and", "$or", "$nor")


def in_version_2(given: Any) -> Any:
    """A query or an order of version 1, as JSON, in the words of version 2.

    What is no word of version 1 stays as it is. Raises `Invalid` if a field is there by
    both of its words.
    """
    if not isinstance(given, dict):
        return given
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key in _LOGICAL and isinstance(value, list):
            found[key] = [in_version_2(each) for each in value]
            continue
        path = _path(key)
        if path in found:
            raise Invalid(f"The field '{key}' is there twice, also as '{path}'")
        found[path] = _labels(value) if key in _STATES else value
    return found


def _path(path: str) -> str:
    steps = path.split(".")
    for end in range(len(steps), 0, -1):
        known = _PATHS.get(".".join(steps[:end]))
        if known is not None:
            return ".".join([known, *steps[end:]])
    return path


def _labels(value: Any) -> Any:
    # Within operators, too: {"$in": ["RUNNING", "IDLE"]}.
    if isinstance(value, dict):
        return {name: _labels(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_labels(each) for each in value]
    return states.label(value) if isinstance(value, str) else value
