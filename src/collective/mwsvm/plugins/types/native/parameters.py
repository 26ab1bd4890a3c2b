"""The configuration of plug-ins of the type Native."""

from collections.abc import Mapping
from collective.mwsvm.plugins.rm_events import RM_EVENTS
from collective.mwsvm.plugins.types.native.urls import parse_environment
from typing import Any


#: The parameters that are URLs.
URLS = (
    "getCluster",
    "getNodes",
    "getVirtualMachines",
    "getJobs",
    *RM_EVENTS,
    "startUrl",
    "stopUrl",
)


def _check_environment(value: str) -> list[str] | None:
    try:
        parse_environment(value)
    except ValueError as error:
        return ["invalid", str(error)]
    return None


CONSTRAINTS: Mapping[str, Mapping[str, Any]] = {
    "environment": {"required": False, "validator": _check_environment},
    **{key: {"required": False, "scriptableUrl": True} for key in URLS},
}
