"""What jobs get from the templates that they name, where they say nothing (guide 4.10)."""

from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.models import jobs_v1
from collective.mwsvm.models.job_objects.job import DEFAULT
from typing import Any


Json = dict[str, Any]

#: Words of templates, and of jobs in version 1.
_WORDS = {
    "account": "account",
    "args": "commandLineArguments",
    "commandFile": "commandFile",
    "durationRequested": "durationRequested",
    "priority": "userPriority",
    "qos": "qosRequested",
    "vmUsagePolicy": "vmUsagePolicy",
}


def named(given: Json, templates: Mapping[str, Json]) -> list[Json]:
    """The templates that count for a job, by the description of it in version 2.

    Those that it names and users may name, in that order, and DEFAULT, which all have.
    """
    names = given.get("templates")
    asked = [
        each["name"]
        for each in (names if isinstance(names, list) else ())
        if isinstance(each, dict) and isinstance(each.get("name"), str)
    ]
    found = [
        templates[name]
        for name in dict.fromkeys(asked)
        if name in templates and templates[name]["select"] and name != DEFAULT
    ]
    return [*found, *([templates[DEFAULT]] if DEFAULT in templates else [])]


def filled(given: Json, templates: Iterable[Json]) -> Json:
    """The description of a job, with what these templates have and it has not.

    Of several the first that has a value counts.
    """
    for template in templates:
        given = _under(given, _values(template))
    return given


def flags(templates: Iterable[Json]) -> list[str]:
    """The flags that jobs of the templates have, beside their own."""
    return [flag for template in templates for flag in template["jobFlags"]]


def _values(template: Json) -> Json:
    words = {word: template[name] for name, word in _WORDS.items()}
    requirements = [_present(each) for each in template["jobTemplateRequirements"]]
    found, _ = jobs_v1.to_version_2(
        _present({**words, "requirements": requirements}), 1
    )
    if template["queue"] is not None:
        found.setdefault("credentials", {})["jobClass"] = template["queue"]
    return found


def _under(given: Json, values: Json) -> Json:
    found = dict(given)
    for name, value in values.items():
        own = found.get(name)
        if isinstance(own, dict) and isinstance(value, dict):
            found[name] = _under(own, value)
        elif own is None or own == []:
            found[name] = value
    return found


def _present(values: Json) -> Json:
    return {name: each for name, each in values.items() if each not in (None, [], {})}
