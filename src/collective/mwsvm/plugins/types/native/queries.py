"""The arguments that RM events put in the place of a URL's query string.

They are those of Moab's native RM URLs. Each element is one piece of the query string, or
one argument of a script.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.plugins.wiki.values import quote
from typing import Any


Properties = Mapping[str, Any]


def job(job_id: str) -> list[str]:
    """For jobCancel, jobRequeue, jobResume and jobSuspend."""
    return [job_id]


def job_modify(job_id: str, properties: Properties | None) -> list[str]:
    return [job_id, *_pairs(properties)]


def job_start(job_id: str, task_list: str, user: str) -> list[str]:
    return [job_id, task_list, user]


def job_submit(properties: Properties | None) -> list[str]:
    return _pairs(properties)


def node_modify(nodes: Sequence[str], properties: Properties | None) -> list[str]:
    return [",".join(nodes), "--set", *_pairs(properties)]


def node_power(nodes: Sequence[str], state: str) -> list[str]:
    """``state`` is the name of a NodeReportPower, such as ``ON``."""
    return [",".join(nodes), state]


def resource_create(kind: str, name: str, attributes: Properties | None) -> list[str]:
    return [kind, name, *_pairs(attributes)]


def system_modify(properties: Properties | None) -> list[str]:
    """The property ``operation`` comes first, without its name."""
    rest = dict(properties or {})
    operation = rest.pop("operation", None)
    return [*([] if operation is None else [str(operation)]), *_pairs(rest)]


def system_query(attribute: str) -> list[str]:
    return [attribute]


def virtual_machine_migrate(machine: str, hypervisor: str, operation: str) -> list[str]:
    return ["--vmigrate", f"{machine}.pn={hypervisor}", f"operationid={operation}"]


def _pairs(properties: Properties | None) -> list[str]:
    return [
        f"{name}={quote('' if value is None else str(value))}"
        for name, value in (properties or {}).items()
    ]
