"""Which classes of modules are plug-in types, translators, components and projects."""

from collections.abc import Callable
from collections.abc import Iterable
from collective.mwsvm.plugins.abstract import AbstractPluginInfo
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from collective.mwsvm.plugins.naming import class_name
from dataclasses import dataclass
from dataclasses import field
from types import ModuleType
import inspect


@dataclass
class Findings:
    """The classes, in the order in which they are defined; each one once."""

    plugins: list[type] = field(default_factory=list)
    helpers: list[type] = field(default_factory=list)
    projects: list[type] = field(default_factory=list)

    def add(self, others: "Findings") -> None:
        """Take over the classes of others that are not known."""
        for known, found in (
            (self.plugins, others.plugins),
            (self.helpers, others.helpers),
            (self.projects, others.projects),
        ):
            known += [cls for cls in found if cls not in known]

    @property
    def project(self) -> type | None:
        """The project file. Raises InvalidPluginTypeException if there are two."""
        if len(self.projects) > 1:
            names = " and ".join(class_name(cls) for cls in self.projects)
            raise InvalidPluginTypeException(f"There must be one project, not {names}")
        return self.projects[0] if self.projects else None


def find(modules: Iterable[ModuleType], belongs: Callable[[str], bool]) -> Findings:
    """What modules define, and what they import from modules that belong to them.

    ``belongs`` says so of a module's name. A plug-in type counts where it is defined
    only. Classes that start with an underscore and abstract ones are left out.
    """
    findings = Findings()
    for module in modules:
        for value in list(vars(module).values()):
            if not isinstance(value, type) or value.__name__.startswith("_"):
                continue
            if value.__module__ != module.__name__ and not belongs(value.__module__):
                continue
            kind = _kind(value, findings)
            defined = value.__module__ == module.__name__
            if (
                kind is None
                or value in kind
                or (kind is findings.plugins and not defined)
            ):
                continue
            kind.append(value)
    return findings


def type_id(plugin_class: type) -> str:
    """The id of a plug-in type: the name of its class without ``Plugin``.

    Raises InvalidPluginTypeException if the class does not meet the requirements of the
    guide (6.2.1): that name, and an ``id`` that can be set.
    """
    name = plugin_class.__name__
    if not _is_named(name, "Plugin"):
        raise InvalidPluginTypeException(
            f"The name of the class {class_name(plugin_class)} must end in Plugin, with "
            "something before it"
        )
    if not _has_id(plugin_class):
        raise InvalidPluginTypeException(
            f"The class {class_name(plugin_class)} must extend AbstractPlugin or have an "
            "id that can be set: a field id, or the methods getId and setId"
        )
    return name.removesuffix("Plugin")


def _kind(cls: type, findings: Findings) -> list[type] | None:
    if "__mws_component__" in vars(cls):
        return findings.helpers
    if inspect.isabstract(cls):
        return None
    if _is_named(cls.__name__, "Plugin"):
        return findings.plugins
    if _is_named(cls.__name__, "Translator"):
        return findings.helpers
    return findings.projects if cls.__name__.endswith("Project") else None


def _is_named(name: str, suffix: str) -> bool:
    return name.endswith(suffix) and name != suffix


def _has_id(cls: type) -> bool:
    if issubclass(cls, AbstractPluginInfo):
        return True
    if any(
        callable(getattr(cls, get, None)) and callable(getattr(cls, put, None))
        for get, put in (("getId", "setId"), ("get_id", "set_id"))
    ):
        return True
    if any("id" in inspect.get_annotations(base) for base in cls.__mro__):
        return True
    member = inspect.getattr_static(cls, "id", _MISSING)
    if isinstance(member, property):
        return member.fset is not None
    return member is not _MISSING and not callable(member)


_MISSING = object()
