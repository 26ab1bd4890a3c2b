"""Translators and components: what MWS makes and injects (guide 6.2.15)."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.plugins.abstract import AbstractPlugin
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from collective.mwsvm.plugins.naming import class_name
from collective.mwsvm.plugins.naming import field_names
from dataclasses import dataclass
from typing import Any
import ast
import inspect
import sys
import typing


@dataclass(frozen=True)
class Helper:
    """A class that is injected into the fields that have one of its names."""

    cls: type
    fields: tuple[str, ...]
    #: Translators have a logger; other components make their own.
    translator: bool
    #: Each injection gets an object of its own.
    prototype: bool

    @classmethod
    def of(cls, found: type) -> "Helper":
        name = vars(found).get("__mws_component__")
        return cls(
            found,
            (name,) if name else field_names(found.__name__),
            found.__name__.endswith("Translator"),
            vars(found).get("__mws_scope__") == "prototype",
        )


def checked(classes: Iterable[type]) -> tuple[Helper, ...]:
    """The helpers that classes are.

    Raises InvalidPluginTypeException if two go into the same field, or if some need each
    other in a circle.
    """
    helpers = tuple(map(Helper.of, classes))
    taken: dict[str, Helper] = {}
    for helper in helpers:
        for name in helper.fields:
            other = taken.setdefault(name, helper)
            if other is not helper:
                raise InvalidPluginTypeException(
                    f"{class_name(other.cls)} and {class_name(helper.cls)} are both "
                    f"injected as {name!r}; give one of them another name"
                )
    _refuse_cycles(helpers)
    return helpers


def dependencies(cls: type, helpers: Sequence[Helper]) -> dict[str, Helper]:
    """The fields of a class into which helpers go, and which.

    A field is declared by an annotation or by the value None, in the class or a base. It
    gets the helper of its name, or else the one whose class the annotation names.
    """
    named = {name: helper for helper in helpers for name in helper.fields}
    found = {}
    for name, (annotation, module) in _declared(cls).items():
        if inspect.getattr_static(cls, name, None) is not None:
            continue
        helper = named.get(name) or _by_type(annotation, module, helpers)
        if helper is not None:
            found[name] = helper
    return found


def _declared(cls: type) -> dict[str, tuple[Any, str]]:
    """The annotation, or None, and the module of each field."""
    fields: dict[str, tuple[Any, str]] = {}
    for base in reversed(cls.__mro__):
        if issubclass(AbstractPlugin, base):
            continue
        for name, value in vars(base).items():
            if value is None and not name.startswith("__"):
                fields.setdefault(name, (None, base.__module__))
        for name, annotation in inspect.get_annotations(base).items():
            fields[name] = annotation, base.__module__
    return fields


def _by_type(annotation: Any, module: str, helpers: Sequence[Helper]) -> Helper | None:
    for named in _named_types(annotation):
        found = _resolved(named, module) if isinstance(named, str) else named
        for helper in helpers:
            if found is helper.cls:
                return helper
            # Imported for type checkers only, the name is all there is.
            if found is None and named.rpartition(".")[2] == helper.cls.__name__:
                return helper
    return None


def _named_types(annotation: Any) -> Iterator[Any]:
    """The classes, or their names, in ``A``, ``A | None``, ``Optional[A]`` and ``"A"``."""
    if isinstance(annotation, str):
        try:
            yield from _names(ast.parse(annotation.strip(), mode="eval").body)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
    elif isinstance(annotation, typing.ForwardRef):
        yield from _named_types(annotation.__forward_arg__)
    elif isinstance(annotation, type) and not typing.get_args(annotation):
        yield annotation
    else:
        for argument in typing.get_args(annotation):
            yield from _named_types(argument)


def _names(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Name | ast.Attribute):
        yield ast.unparse(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _named_types(node.value)
    elif isinstance(node, ast.BinOp):
        yield from _names(node.left)
        yield from _names(node.right)
    elif isinstance(node, ast.Subscript):
        yield from _names(node.slice)


def _resolved(name: str, module: str) -> type | None:
    """The class that a dotted name means in a module, looked up and not evaluated."""
    value: Any = sys.modules.get(module)
    for part in name.split("."):
        value = getattr(value, "__dict__", {}).get(part)
    return value if isinstance(value, type) else None


def _refuse_cycles(helpers: Sequence[Helper]) -> None:
    needs: Mapping[type, list[type]] = {
        helper.cls: [other.cls for other in dependencies(helper.cls, helpers).values()]
        for helper in helpers
    }
    done: set[type] = set()
    for start in needs:
        _follow(start, needs, [], done)


def _follow(
    cls: type, needs: Mapping[type, list[type]], path: list[type], done: set[type]
) -> None:
    if cls in path:
        names = [class_name(step) for step in [*path[path.index(cls) :], cls]]
        raise InvalidPluginTypeException(
            f"Translators and components need each other: {' needs '.join(names)}"
        )
    if cls not in done:
        for other in needs[cls]:
            _follow(other, needs, [*path, cls], done)
        done.add(cls)
