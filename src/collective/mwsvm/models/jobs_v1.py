"""Jobs in the words of version 1 of the API, and back.

Version 1 is flat, calls a job's name ``id``, and counts processors where version 2 counts
tasks. Clients mix the words of both: each is taken in either version, and where both are
there, those of the called version count; within requirements those of version 2.
"""

from collections.abc import Iterator
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.job_objects import states
from collective.mwsvm.models.job_objects.texts import Count
from collective.mwsvm.models.job_objects.texts import Line
from collective.mwsvm.models.job_objects.texts import Word
from collective.mwsvm.models.job_objects.texts import Words
from typing import Any


Json = dict[str, Any]

#: Words of version 1 and where they are in version 2.
FIELDS = {
    "name": "customName",
    "user": "credentials.user",
    "group": "credentials.group",
    "account": "credentials.account",
    "qosRequested": "credentials.qosRequested",
    "durationRequested": "duration",
    "templateList": "templates",
    "commandLineArguments": "commandLineArgs",
    "earliestRequestedStartDate": "dates.earliestRequestedStartDate",
    "deadlineDate": "dates.deadlineDate",
    "userPriority": "priorities.user",
}

#: Fields that name other objects.
PROXIES = (
    "nodesExcluded",
    "nodesRequested",
    "reservationRequested",
    "templates",
    "virtualContainers",
)

#: Amounts of each task: words of version 1, names of resources.
RESOURCES = {
    "requiredProcessorsPerTask": "processors",
    "requiredMemoryPerTask": "memory",
    "requiredDiskPerTask": "disk",
    "requiredSwapPerTask": "swap",
}

#: Words of requirements in version 1 and in version 2.
REQUIREMENT = {
    "requiredNodeCountMinimum": "nodeCount",
    "requiredFeatures": "featuresRequested",
    "operatingSystem": "image",
}

#: What version 1 calls as version 2 does.
SAME = (
    "commandFile",
    "completionCode",
    "dependencies",
    "description",
    "emailNotifyAddresses",
    "emailNotifyTypes",
    "environmentRequested",
    "environmentVariables",
    "epilogScript",
    "flags",
    "holds",
    "initialWorkingDirectory",
    "isActive",
    "jobGroup",
    "messages",
    "nodesRequestedPolicy",
    "partitionAccessList",
    "partitionAccessListRequested",
    "prologScript",
    "queueStatus",
    "resourceFailPolicy",
    "resourceManagerExtension",
    "standardErrorFilePath",
    "standardOutputFilePath",
    "submitHost",
    "variables",
    "vmUsagePolicy",
)

#: What the entries of lists have in version 1.
_BRIEF = (
    "id",
    "name",
    "user",
    "group",
    "account",
    "state",
    "expectedState",
    "blockReason",
    "submitDate",
    "durationRequested",
    "flags",
    "variables",
)


class JobRequirementVersion1(Model):
    """Words of version 1 for what the tasks of a job need; memory, disk and swap in MB.

    The rest of a requirement is called as in version 2.
    """

    generic_resources: dict[Word, Count] | None = None
    operating_system: Line | None = None
    required_class: Word | None = None
    required_disk_per_task: Count | None = None
    required_features: Words | None = None
    required_memory_per_task: Count | None = None
    required_node_count_minimum: Count | None = None
    required_processor_count_minimum: Count | None = None
    required_processors_per_task: Count | None = None
    required_swap_per_task: Count | None = None
    task_count: Count | None = None


class _Requirements(Model):
    requirements: list[JobRequirementVersion1] = []


def to_version_2(given: Json, version: int) -> tuple[Json, dict[str, str]]:
    """What a client of a version sends, in the words of version 2.

    Also which of these it called otherwise, by their paths in version 2. Raises `Invalid`
    for requirements that are none.
    """
    found = {name: value for name, value in given.items() if name not in FIELDS}
    called: dict[str, str] = {}
    for word, path in FIELDS.items():
        # In version 2 a name is not the client's to give.
        taken = word in given and (version == 1 or word != "name")
        if taken and _place(found, path, given[word], over=version == 1):
            called[path] = word
    for name in PROXIES:
        if name in found:
            found[name] = _proxies(found[name])
    if found.get("requirements") is not None:
        job_class = _requirements(found)
        if job_class is not None:
            _place(found, "credentials.jobClass", job_class, over=version == 1)
    return found, called


def shown(document: Json, brief: bool = False) -> Json:
    """A job as version 1 shows it, from its document; ``brief`` as in a list."""
    found = dict(_flat(document))
    return {name: found[name] for name in _BRIEF} if brief else found


def _flat(document: Json) -> Iterator[tuple[str, Any]]:
    credentials, moments = document["credentials"], document["dates"]
    yield "id", document["name"]
    yield "name", document["customName"]
    for name in ("account", "group", "qos", "qosRequested", "user"):
        yield name, credentials[name]
    yield "state", states.constant(document["states"]["state"])
    yield "expectedState", states.constant(document["states"]["stateExpected"])
    yield "blockReason", next(iter(document["blocks"]), None)
    yield "durationRequested", document["duration"]
    yield "commandLineArguments", document["commandLineArgs"]
    yield from moments.items()
    for name, value in document["priorities"].items():
        yield f"{name}Priority", value
    for name in SAME:
        yield name, document[name]
    for name in ("nodesExcluded", "nodesRequested", "virtualContainers"):
        yield name, [{"id": each["name"]} for each in document[name]]
    reservation = document["reservationRequested"]
    yield "reservationRequested", reservation and {"id": reservation["name"]}
    yield "templateList", [each["name"] for each in document["templates"]]
    managers = document["resourceManagers"]
    yield "rmName", managers[0]["name"] if managers else None
    yield (
        "requirements",
        [
            requirement(each, credentials["jobClass"])
            for each in document["requirements"]
        ],
    )


def requirement(given: Json, job_class: str | None) -> Json:
    """A requirement in the words of version 1, from one of version 2."""
    resources = given["resourcesPerTask"]
    generic = {
        name: each["dedicated"]
        for name, each in resources.items()
        if name not in RESOURCES.values()
    }
    return {
        "architecture": given["architecture"],
        "genericResources": generic,
        "nodeAccessPolicy": given["nodeAccessPolicy"],
        **{word: given[name] for word, name in REQUIREMENT.items()},
        **{word: resources[name]["dedicated"] for word, name in RESOURCES.items()},
        "requiredClass": job_class,
        "requiredProcessorCountMinimum": given["taskCount"]
        * resources["processors"]["dedicated"],
        "taskCount": given["taskCount"],
        "tasksPerNode": given["tasksPerNode"],
    }


def _place(found: Json, path: str, value: Any, over: bool) -> bool:
    # At a path of version 2; whether it has come there.
    outer, _, name = path.rpartition(".")
    if outer:
        inner = found.get(outer)
        if inner is not None and not isinstance(inner, dict):
            return False
        # What the client has sent stays as it is.
        found[outer] = dict(inner or {})
        found = found[outer]
    if found.get(name) is not None and (value is None or not over):
        return False
    found[name] = value
    return True


def _proxies(value: Any) -> Any:
    return (
        [_proxy(each) for each in value] if isinstance(value, list) else _proxy(value)
    )


def _proxy(value: Any) -> Any:
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, dict) and value.get("name") is None and "id" in value:
        return {"name": value["id"]}
    return value


def _requirements(found: Json) -> str | None:
    # Says the class, which was the requirements' own in version 1.
    checked = _Requirements.check({"requirements": found["requirements"]}).requirements
    found["requirements"] = [
        _requirement(given, words)
        for given, words in zip(found["requirements"], checked, strict=True)
    ]
    classes = (words.required_class for words in checked)
    return next((each for each in classes if each is not None), None)


def _requirement(given: Json, words: JobRequirementVersion1) -> Json:
    said = words.model_dump(by_alias=True, exclude_none=True)
    made = dict(given)
    for word, name in REQUIREMENT.items():
        if word in said and made.get(name) is None:
            made[name] = said[word]
    amounts = {RESOURCES[word]: said[word] for word in RESOURCES if word in said}
    amounts = {**said.get("genericResources", {}), **amounts}
    resources = made.get("resourcesPerTask")
    if amounts and (resources is None or isinstance(resources, dict)):
        dedicated = {name: {"dedicated": amount} for name, amount in amounts.items()}
        made["resourcesPerTask"] = {**dedicated, **(resources or {})}
    least = words.required_processor_count_minimum
    if least is not None and not words.task_count:
        processors = amounts.get("processors") or 1
        made["taskCount"] = -(-least // processors)
    return made
