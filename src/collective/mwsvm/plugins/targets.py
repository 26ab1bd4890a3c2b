"""What an entry point of plug-in types names: a module, or a class in it."""

from collections.abc import Callable
from collections.abc import Sequence
from collective.mwsvm.plugins.discovery import find
from collective.mwsvm.plugins.discovery import Findings
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from collective.mwsvm.plugins.importing import import_named
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from types import ModuleType


@dataclass(frozen=True)
class Target:
    """A module, or one plug-in type of it."""

    module: str
    attribute: str = ""

    @classmethod
    def of(cls, point: EntryPoint) -> "Target":
        """Raises InvalidPluginTypeException for a value that names neither."""
        module, _, attribute = point.value.partition(":")
        names = [*module.strip().split("."), *(attribute.strip() or "x").split(".")]
        if not all(name.isidentifier() for name in names):
            raise InvalidPluginTypeException(
                f"The entry point {point.name} must name a module or a class, such as "
                f"package.module or package.module:NativePlugin, not {point.value!r}"
            )
        return cls(module.strip(), attribute.strip())


def _everywhere(_: ModuleType) -> None:
    """All modules are admitted."""


def collect(
    target: Target,
    submodules: Sequence[str],
    belongs: Callable[[str], bool],
    admit: Callable[[ModuleType], None] = _everywhere,
) -> Findings:
    """The classes of a target; its modules are imported.

    ``submodules`` are those of a package, ``belongs`` is that of `find`, and ``admit``
    raises InvalidPluginTypeException for a module that must not be used.
    """
    names = [target.module] if target.attribute else [target.module, *submodules]
    modules = [import_named(name, f"The module {name}") for name in names]
    for module in modules:
        admit(module)
    findings = find(modules, belongs)
    if target.attribute:
        findings.plugins = [_named(modules[0], target.attribute)]
    return findings


def _named(module: ModuleType, attribute: str) -> type:
    found = module
    for name in attribute.split("."):
        found = getattr(found, name, None)  # type: ignore[assignment]
    if not isinstance(found, type):
        raise InvalidPluginTypeException(
            f"The module {module.__name__} has no class {attribute}"
        )
    return found
