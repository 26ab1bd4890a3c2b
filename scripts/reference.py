"""Write the pages of docs/reference that the code already knows; --check compares."""

from collective.mwsvm.access.accounts import METHODS
from collective.mwsvm.cli import main as mwsvm
from collective.mwsvm.interfaces import IMwsvmSettings
from collective.mwsvm.resources import reference
from collective.mwsvm.resources.registry import RESOURCES
from contextlib import redirect_stdout
from contextlib import suppress
from io import StringIO
from pathlib import Path
from plone.supermodel.interfaces import FIELDSETS_KEY
from plugin_tables import page as plugin_tables
from unittest import mock
from zope.schema import getFieldsInOrder
import os
import sys


DOCS = Path(__file__).parent.parent / "docs" / "reference"

NOTE = "<!-- Written by scripts/reference.py from the code: change it there. -->\n"


def settings() -> str:
    """The settings of the control panel, by tab."""
    fields = dict(getFieldsInOrder(IMwsvmSettings))
    tabs = IMwsvmSettings.queryTaggedValue(FIELDSETS_KEY, [])
    placed = {name for tab in tabs for name in tab.fields}
    groups = [("Default", [name for name in fields if name not in placed])]
    groups += [(str(tab.label), tab.fields) for tab in tabs]
    lines = [
        NOTE,
        "# Settings",
        "",
        "Site Setup, Add-on Configuration, *Virtual machines and jobs*; over REST",
        "`@controlpanels/mwsvm`; in the registry with the prefix `collective.mwsvm.`.",
        "Times are seconds, sizes bytes.",
    ]
    for label, names in groups:
        lines += [
            "",
            f"## {label}",
            "",
            "| label | name | default | meaning |",
            "|---|---|---|---|",
        ]
        for name in names:
            field = fields[name]
            default = field.default
            if isinstance(default, list):
                default = ", ".join(default)
            shown = f"`{default}`" if default not in ("", None) else "(empty)"
            least = getattr(field, "min", None)
            bound = f" At least {least}." if least is not None else ""
            lines.append(
                f"| {field.title} | `{name}` | {shown} | {field.description}{bound} |"
            )
    return "\n".join(lines) + "\n"


def command_line() -> str:
    """What --help says, for the command and each of its parts."""
    lines = [NOTE, "# The command line", ""]
    parts = ["", "serve", "worker", "agent", "cloud", "demo"]
    with mock.patch.dict(os.environ, {"COLUMNS": "88", "TMPDIR": "/tmp"}):
        for part in parts:
            text = StringIO()
            with redirect_stdout(text), suppress(SystemExit):
                mwsvm([*part.split(), "--help"])
            lines += [f"## mwsvm {part}".rstrip(), "", "```text"]
            lines += [text.getvalue().rstrip(), "```", ""]
    return "\n".join(lines)


def rest_resources() -> str:
    """Every resource of the REST API with its methods and their versions."""
    lines = [
        NOTE,
        "# Resources of the REST API",
        "",
        "What can be done at each path below `mws/rest`, and in which versions of the API",
        "(`api-version`): by the name that hooks know it by, such as `beforeList`. HEAD is",
        "answered wherever GET is, OPTIONS everywhere. A success is answered 200, of POST",
        "201, where no other status stands there. A site has the same at `mws/docs`,",
        "with parameters, fields and replies, and at `mws/rest/openapi.json` for programs.",
        "",
        "*Permission* is the resource as the grids of application accounts and the",
        "permissions of roles name it; *hooks* is the file with the hooks; *guide* is the",
        "section of the MWS 7.2 guide.",
        "",
        f"| path | {' | '.join(METHODS)} | permission | hooks | guide |",
        f"|---|{'---|' * (len(METHODS) + 3)}",
        *map(_resource, sorted(RESOURCES.places, key=lambda place: place.path)),
    ]
    return "\n".join(lines) + "\n"


def _resource(place) -> str:
    found = list(place.operations.values())
    guarded = [reference.permission(made) for made in found if not made.public]
    section = next(filter(None, map(reference.section, found)), "")
    cells = [
        f"`{place.path}`",
        *(_method(place.operations.get(method)) for method in METHODS),
        f"`{guarded[0]}`" if guarded else "open to everybody",
        f"`{reference.hook_file(found[0].resource)}`",
        section,
    ]
    return f"| {' | '.join(cells)} |"


def _method(made) -> str:
    if made is None:
        return ""
    usual = 201 if made.kind == "Save" else 200
    statuses = "" if made.statuses == (usual,) else f": {_either(made.statuses)}"
    return f"{made.kind} {', '.join(map(str, made.versions))}{statuses}"


def _either(numbers) -> str:
    return " or ".join(map(str, numbers))


def main() -> int:
    stale = []
    for name, text in (
        ("settings.md", settings()),
        ("command-line.md", command_line()),
        ("rest-resources.md", rest_resources()),
        ("plugin-tables.md", plugin_tables(NOTE)),
    ):
        path = DOCS / name
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text)
    if stale:
        print("stale:" if "--check" in sys.argv else "written:", ", ".join(stale))
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
