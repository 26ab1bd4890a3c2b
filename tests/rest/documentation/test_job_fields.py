"""The page about jobs says of every field whether it acts, and the code agrees."""

from collective.mwsvm.models.document import writable
from collective.mwsvm.models.job_objects import job
from collective.mwsvm.models.job_objects import parts
from collective.mwsvm.models.job_objects.requirements import JobRequirement
from pathlib import Path
import pytest
import re


ROOT = Path(__file__).parent.parent.parent.parent

PAGE = ROOT / "docs" / "rest" / "jobs.md"

#: Objects within a job whose fields have rows of their own.
WITHIN = {
    "credentials": parts.JobCredentials,
    "dates": parts.JobDates,
    "priorities": parts.JobPriority,
    "requirements": JobRequirement,
}

#: How the documents call what clients call otherwise.
STORED = {"commandLineArguments": "commandLineArgs"}

#: What acts on jobs. Job templates have fields of the same names as jobs.
ROOMS = [
    path
    for room in ("workload", "worker")
    for path in (ROOT / "src" / "collective" / "mwsvm" / room).rglob("*.py")
    if path.name != "templates.py"
]
CODE = "\n".join(path.read_text() for path in ROOMS)


def rows():
    """Each field with its cells: whether by PUT, and what it does."""
    table = PAGE.read_text().partition("## What the fields do")[2]
    for line in table.partition("\n### ")[0].splitlines():
        if not line.startswith("| `"):
            continue
        fields, put, text = (cell.strip() for cell in line.strip("|").split("|"))
        outer = ""
        for name in re.findall("`([^`]+)`", fields):
            if not name.startswith("."):
                outer = name.rpartition(".")[0]
            yield f"{outer}{name}" if name.startswith(".") else name, put, text


ROWS = {name: (put, text) for name, put, text in rows()}


def declared(creation):
    found = set()
    for name in writable(job.NewJob if creation else job.JobChange, creation):
        inner = WITHIN.get(name)
        if inner is None:
            found.add(name)
        else:
            found.update(f"{name}.{field}" for field in writable(inner, creation))
    return {name.replace("commandLineArgs", "commandLineArguments") for name in found}


def test_every_field_has_a_row():
    assert declared(creation=True) | declared(creation=False) == set(ROWS)


def test_what_a_put_changes():
    changed = {name for name, (put, _) in ROWS.items() if put.startswith("yes")}
    partly = {
        name
        for name, (put, _) in ROWS.items()
        if put.startswith("`") and name.rpartition(".")[2] in put
    }
    assert changed | partly == declared(creation=False)


# Virtual containers have a description, too.
@pytest.mark.parametrize("name", sorted(ROWS.keys() - {"description"}))
def test_what_is_kept_only_is_not_looked_at(name):
    _, text = ROWS[name]
    field = name.rpartition(".")[2]
    acts = f'"{STORED.get(field, field)}"' in CODE
    assert acts is not text.startswith("kept"), text
