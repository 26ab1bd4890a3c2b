"""The job templates of a server: the guide's fourteen, as its administrator changed them.

``job-templates.toml`` in MWS's home has a table for each template. The fields of a table
replace those of the template with that id; an id that is new adds a template; ``id =
false`` takes one away.
"""

from collective.mwsvm.models.errors import Misconfigured
from collective.mwsvm.models.job_templates import JobTemplate
from collective.mwsvm.workload import settings_files
from functools import lru_cache
from pathlib import Path
from typing import Any


Json = dict[str, Any]

NAME = "job-templates.toml"

#: The template that every job has.
DEFAULT = "DEFAULT"


def _workload(description: str, setup: str, **more: Any) -> Json:
    # What users ask for; its setup has to succeed first.
    return {
        "description": description,
        "select": True,
        "jobTemplateFlags": ["SELECT"],
        "jobDependencies": [{"name": setup, "type": "JOBSUCCESSFULCOMPLETE"}],
        **more,
    }


def _step(description: str) -> Json:
    return {
        "description": description,
        "genericSystemJob": True,
        "inheritResources": True,
        "durationRequested": 3600,
    }


#: What there is unless the file says otherwise, in the order of the guide (4.10.1.1).
DEFAULTS: dict[str, Json] = {
    DEFAULT: {"description": "What every job gets"},
    "genericVM": _workload(
        "A virtual machine",
        "genericVM-setup",
        jobFlags=["VMTRACKING"],
        vmUsagePolicy="CREATEVM",
    ),
    "genericVM-setup": _step("Creates a virtual machine"),
    "genericVM-destroy": _step("Destroys a virtual machine"),
    "genericVM-migrate": _step("Moves a virtual machine to another hypervisor"),
    "genericPM": _workload(
        "A physical machine", "genericPM-setup", vmUsagePolicy="REQUIREPM"
    ),
    "genericPM-setup": _step("Provisions a physical machine"),
    "genericPM-destroy": _step("Gives a physical machine back"),
    "OSStorage": _workload(
        "Storage for the operating system of a virtual machine", "OSStorage-setup"
    ),
    "OSStorage-setup": _step("Creates the storage of an operating system"),
    "OSStorage-destroy": _step("Destroys the storage of an operating system"),
    "extraStorage": _workload("Additional storage", "extraStorage-setup"),
    "extraStorage-setup": _step("Creates additional storage"),
    "extraStorage-destroy": _step("Destroys additional storage"),
}


def read(home: Path) -> list[Json]:
    """The templates, as the REST API has them: the guide's first, then the others.

    Raises `Misconfigured`, naming the file, the template and the field.
    """
    path = home / NAME
    return list(_checked(path, settings_files.changed(path)))


# Jobs are submitted often: the file is looked at anew only when it has changed.
@lru_cache(maxsize=16)
def _checked(path: Path, changed: int) -> tuple[Json, ...]:
    given = settings_files.tables(path)
    if given.get(DEFAULT) is False:
        raise Misconfigured(f"{path}: every job has {DEFAULT}: it can't be taken away")
    wanted = [id for id in {**DEFAULTS, **given} if given.get(id) is not False]
    return tuple(
        settings_files.checked(
            path, id, JobTemplate, given.get(id, {}), DEFAULTS.get(id, {})
        )
        for id in wanted
    )
