"""The tables of docs/reference/plugin-tables.md, from the code of the plug-in API."""

from collections.abc import Iterator
from collective.mwsvm.plugins import interfaces
from collective.mwsvm.plugins import PluginConstants
from collective.mwsvm.plugins.abstract import AbstractPlugin
from collective.mwsvm.plugins.declarations import APPLIES
from collective.mwsvm.plugins.declarations import NAMES
from collective.mwsvm.plugins.default_messages import DEFAULT_MESSAGES
from collective.mwsvm.plugins.default_messages import VIOLATIONS
from collective.mwsvm.plugins.metadata import FIELDS
from collective.mwsvm.plugins.metadata import VERSIONS
from collective.mwsvm.plugins.reports import enums
from collective.mwsvm.plugins.reports import job
from collective.mwsvm.plugins.reports import node
from collective.mwsvm.plugins.reports import requirements
from collective.mwsvm.plugins.reports import vm
from collective.mwsvm.plugins.web_services import EVENTS
from pathlib import Path
from types import ModuleType
import ast
import inspect


#: What each constraint takes, and what it asks for.
CONSTRAINTS = {
    "blank": ("`False`", "the value is no blank text"),
    "creditCard": ("`True`", "a valid credit card number"),
    "defaultValue": ("`60`", "the value of a parameter that is not there"),
    "email": ("`True`", "a valid e-mail address"),
    "inList": ('`["first", "second"]`', "one of these values"),
    "matches": ('`"[a-z][A-Z]+"`', "the whole value matches the regular expression"),
    "max": ("`10`", "not greater"),
    "maxSize": ("`10`", "the size is not greater"),
    "min": ("`1`", "not less"),
    "minSize": ("`1`", "the size is not less"),
    "notEqual": ('`"Invalid Value"`', "not this value"),
    "nullable": ("`False`", "if the parameter is there, it is not null"),
    "password": ("`True`", "pages and messages do not show the value; REST does"),
    "range": ("`range(10, 21)` or `(10, 20)`", "within the range"),
    "required": ("`False`", "the parameter need not be there; else it must"),
    "scale": ("`2`", "a number is rounded to so many digits"),
    "size": ("`range(1, 11)` or `(1, 10)`", "the size is within the range"),
    "type": (
        "`str`, `datetime`, `float`, `int`, `bool`",
        "the value is of the type, or can be converted to it",
    ),
    "url": ("`True`", "a valid URL"),
    "scriptableUrl": ("`True`", "a valid URL; the schemes exec and file count, too"),
    "validator": ("a function", "the function has nothing against it"),
}

_REPORTS = (node, vm, job, requirements)

_KINDS = {
    "text": "text",
    "whole": "whole number",
    "moment": "datetime",
    "texts": "list of texts",
    "quoted_texts": "list of texts",
    "text_map": "texts by name",
    "real_map": "numbers by name",
    "resources": "resources by name",
    "kept": "list of JobReportRequirement",
}


def page(note: str) -> str:
    """The whole page."""
    return "\n".join(_lines(note)) + "\n"


def _lines(note: str) -> Iterator[str]:
    yield note
    yield "# Tables of the plug-in API"
    yield ""
    yield "What [the plug-in API](plugin-api.md) describes, in full. Every name has a"
    yield "second spelling with underscores: `beforeStart` is `before_start`, too."
    yield from _events()
    yield from _services()
    yield from _fields()
    yield from _enumerations()
    yield from _constraints()
    yield from _messages()
    yield from _metadata()
    yield from _constants()


def _events() -> Iterator[str]:
    yield from _head("Events", "event", "")
    yield "| `poll()` | The plug-in's interval is over, or somebody has asked for a poll. |"
    for name in EVENTS[1:]:
        method = getattr(AbstractPlugin, name)
        yield f"| `{name}{_signature(method)}` | {_sentence(method.__doc__)} |"


def _services() -> Iterator[str]:
    for name, found in vars(interfaces).items():
        if not name.startswith("I") or not getattr(found, "_is_protocol", False):
            continue
        yield from _head(f"{name[1].lower()}{name[2:]}", "method", "")
        for method, member in vars(found).items():
            if inspect.isfunction(member) and not method.startswith("_"):
                shown = f"{method}{_signature(member)}"
                yield f"| `{shown}` | {_sentence(member.__doc__)} |"


def _fields() -> Iterator[str]:
    for module in _REPORTS:
        for cls in _classes(module):
            if cls.name.endswith("List"):
                continue
            yield from _head(cls.name, "field", "type", "")
            if cls.name != "JobReportRequirement":
                yield "| `name` | text | In small letters; the argument of the class. |"
                yield "| `timestamp` | datetime | When it was so; now if it is not set. |"
            yield from _declared(module, cls.name)


def _declared(module: ModuleType, name: str) -> Iterator[str]:
    for found, value, comment in _assigned(module, name):
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            kind = value.func.attr
            if kind in ("choice", "choices"):
                shown = f"{value.args[1].id}"
                shown = shown if kind == "choice" else f"list of {shown}"
            else:
                shown = _KINDS[kind]
            yield f"| `{found}` | {shown} | {comment} |"


def _enumerations() -> Iterator[str]:
    for cls in _classes(enums):
        members = list(_assigned(enums, cls.name))
        if cls.name == "Labelled" or not members:
            continue
        if cls.name == "JobReportFlag":
            yield from ("", f"## {cls.name}", "")
            yield ", ".join(f"`{name}`" for name, _, _ in members)
            continue
        yield from _head(cls.name, "name", "for Moab", "")
        for name, value, comment in members:
            if isinstance(value, ast.Constant):
                yield f"| `{name}` | `{value.value}` | {comment} |"


def _constraints() -> Iterator[str]:
    head = (
        "constraint",
        "value",
        "of types",
        "what is asked",
        "suffix",
        "message code",
    )
    yield from _head("Constraints", *head)
    for name in NAMES:
        value, asked = CONSTRAINTS[name]
        found = [v for key, v in VIOLATIONS.items() if key.partition(".")[0] == name]
        suffixes = ", ".join(f"`{violation.suffix}`" for violation in found)
        codes = ", ".join(f"`{code}`" for code in found[0].codes) if found else ""
        types = ", ".join(APPLIES.get(name, ()))
        yield f"| `{name}` | {value} | {types} | {asked} | {suffixes} | {codes} |"


def _messages() -> Iterator[str]:
    yield from _head("Default messages", "code", "text")
    for code, text in DEFAULT_MESSAGES.items():
        yield f"| `{code}` | {text} |"


def _metadata() -> Iterator[str]:
    yield from _head("Metadata", "name", "of a project", "of a type")
    for name in FIELDS:
        yield f"| `{name}` | yes | {'' if name in VERSIONS else 'yes'} |"
    yield "| `initialPlugins` | yes | |"


def _constants() -> Iterator[str]:
    yield from _head("PluginConstants", "name", "value")
    for name, value in vars(PluginConstants).items():
        if name.isupper():
            shown = value if isinstance(value, str) else ", ".join(value)
            yield f"| `{name}` | `{shown}` |"


def _head(title: str, *columns: str) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"


def _signature(method: object) -> str:
    signature = inspect.signature(method)  # type: ignore[arg-type]
    own = list(signature.parameters.values())[1:]
    text = str(signature.replace(parameters=own))
    for before, after in (("collections.abc.", ""), ("typing.", ""), ("'", "")):
        text = text.replace(before, after)
    for name in ("NodeReportPower", "MoabRestResponse"):
        module = text.partition(name)[0].rpartition("collective.mwsvm")[2]
        text = text.replace(f"collective.mwsvm{module}{name}", name)
    return text.replace("|", "\\|").replace(" -> NoReturn", "")


def _sentence(text: str | None) -> str:
    if not text:
        return ""
    words = " ".join(inspect.cleandoc(text).split())
    return words.replace("``", "`").replace("|", "\\|")


def _classes(module: ModuleType) -> list[ast.ClassDef]:
    tree = ast.parse(_source(module))
    return [item for item in tree.body if isinstance(item, ast.ClassDef)]


def _assigned(module: ModuleType, name: str) -> Iterator[tuple[str, ast.expr, str]]:
    """The attributes of a class, with their values and the comments before them."""
    lines = _source(module).splitlines()
    cls = next(found for found in _classes(module) if found.name == name)
    for item in cls.body:
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
            comment = []
            place = item.lineno - 2
            while lines[place].strip().startswith("#:"):
                comment.insert(0, lines[place].strip()[2:].strip())
                place -= 1
            yield item.targets[0].id, item.value, _sentence(" ".join(comment))


def _source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text()
