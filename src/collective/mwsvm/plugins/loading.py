"""Loading plug-in types: installed ones, a file, or a package (guide 6.2.16)."""

from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.plugins.constraints import Constraints
from collective.mwsvm.plugins.discovery import find
from collective.mwsvm.plugins.discovery import Findings
from collective.mwsvm.plugins.discovery import type_id
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from collective.mwsvm.plugins.folders import distribution_of
from collective.mwsvm.plugins.folders import put_on_path
from collective.mwsvm.plugins.folders import refuse_strangers
from collective.mwsvm.plugins.helpers import checked
from collective.mwsvm.plugins.helpers import Helper
from collective.mwsvm.plugins.importing import guarded
from collective.mwsvm.plugins.importing import import_named
from collective.mwsvm.plugins.importing import module_names
from collective.mwsvm.plugins.messages import Messages
from collective.mwsvm.plugins.metadata import type_metadata
from collective.mwsvm.plugins.naming import class_name
from collective.mwsvm.plugins.targets import collect
from collective.mwsvm.plugins.targets import Target
from collective.mwsvm.plugins.versions import check_versions
from collective.mwsvm.plugins.web_services import web_services
from dataclasses import dataclass
from dataclasses import field
from importlib.metadata import Distribution
from importlib.metadata import entry_points
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
import importlib.util
import os
import sys


#: The group of entry points that name plug-in types.
GROUP = "collective.mwsvm.plugins"


@dataclass(frozen=True)
class PluginType:
    """A plug-in type that can be used, and what was loaded with it."""

    id: str
    cls: type
    project: type | None
    #: The translators and components that it may declare.
    helpers: tuple[Helper, ...]
    messages: Messages
    constraints: Constraints
    #: The value of each of `metadata.FIELDS`.
    metadata: Mapping[str, str]

    @property
    def class_name(self) -> str:
        """The full name of the class: ``pkg.module.NativePlugin``."""
        return class_name(self.cls)


@dataclass
class Library:
    """Plug-in types by their ids, and sentences on those that could not be loaded.

    ``versions`` of the methods are those of MWS and of the framework (``mws`` and
    ``commons``) that projects are checked against; without them they are not.
    """

    types: dict[str, PluginType] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @classmethod
    def installed(cls, versions: Mapping[str, str] | None = None) -> "Library":
        """The types that entry points of installed distributions name.

        What is wrong with one of them is one of the ``problems``; nothing is raised.
        """
        library = cls()
        found = {
            (point.name, point.value): point for point in entry_points(group=GROUP)
        }
        for _, point in sorted(found.items()):
            try:
                library._add(_installed(point, versions))
            except InvalidPluginTypeException as error:
                library.problems += [
                    f"The entry point {point.name} = {point.value} cannot be used: {text}"
                    for text in error.messages
                ]
        return library

    @classmethod
    def of(
        cls, plugin_class: type, versions: Mapping[str, str] | None = None
    ) -> "Library":
        """One type, by its class, with what comes with it where it is installed.

        That is what its entry point names; without one, what its module defines or
        imports. Raises InvalidPluginTypeException.
        """
        point = _point_of(plugin_class)
        target = Target.of(point) if point else Target(plugin_class.__module__)
        findings, messages = _surroundings(target)
        findings.plugins = [plugin_class]
        library = cls()
        distribution = None if point is None else point.dist
        name = class_name(plugin_class)
        library._add(_types(name, findings, messages, distribution, versions))
        return library

    @classmethod
    def module(
        cls, path: str | os.PathLike[str], versions: Mapping[str, str] | None = None
    ) -> "Library":
        """The one type that a file of Python defines.

        Raises InvalidPluginTypeException if it can't be loaded or has not exactly one.
        """
        file = Path(path)
        try:
            source = file.read_bytes()
        except OSError as error:
            raise InvalidPluginTypeException(
                f"{file.name} cannot be read: {error.strerror}"
            ) from error
        module = guarded(file.name, lambda: _executed(source, file))
        findings = find([module], lambda name: name == module.__name__)
        if len(findings.plugins) > 1:
            names = ", ".join(found.__name__ for found in findings.plugins)
            raise InvalidPluginTypeException(
                f"{file.name} must define one class whose name ends in Plugin, not "
                f"{names}; several types go into a package"
            )
        library = cls()
        library._add(_types(file.name, findings, Messages(), None, versions))
        return library

    @classmethod
    def package(
        cls, folder: str | os.PathLike[str], versions: Mapping[str, str] | None = None
    ) -> "Library":
        """The types of an unpacked archive or wheel; its folder goes on ``sys.path``.

        All modules are searched, or those that the entry points of a wheel name. Raises
        InvalidPluginTypeException if any of it can't be loaded, or if there is no type.
        """
        root = Path(folder)
        put_on_path(root)
        distribution = distribution_of(root)
        own = list(module_names(root))
        tops = {name.partition(".")[0] for name in own}
        findings = Findings()
        for target in _targets(distribution) or [Target(name) for name in own]:
            findings.add(
                collect(
                    target,
                    [name for name in own if name.startswith(f"{target.module}.")],
                    lambda name: name.partition(".")[0] in tops,
                    lambda module: refuse_strangers(module, root),
                )
            )
        library = cls()
        library._add(
            _types("The package", findings, _messages(root), distribution, versions)
        )
        return library

    def _add(self, types: Iterable[PluginType]) -> None:
        for loaded in types:
            known = self.types.setdefault(loaded.id, loaded)
            if known.cls is not loaded.cls:
                raise InvalidPluginTypeException(
                    f"The plug-in type {loaded.id} is defined twice: by "
                    f"{known.class_name} and by {loaded.class_name}"
                )


def _installed(
    point: EntryPoint, versions: Mapping[str, str] | None
) -> Iterable[PluginType]:
    target = Target.of(point)
    findings, messages = _surroundings(target)
    return _types(
        f"The module {target.module}", findings, messages, point.dist, versions
    )


def _surroundings(target: Target) -> tuple[Findings, Messages]:
    """The classes and the messages that an installed module or class comes with."""
    module = import_named(target.module, f"The module {target.module}")
    folders = [Path(place) for place in getattr(module, "__path__", ())]
    home = module.__name__ if folders else module.__package__ or module.__name__
    submodules = [
        name for folder in folders for name in module_names(folder, f"{home}.")
    ]
    findings = collect(
        target, submodules, lambda name: f"{name}.".startswith(f"{home}.")
    )
    return findings, _messages(*_message_folders(module))


def _point_of(plugin_class: type) -> EntryPoint | None:
    """The entry point of an installed distribution by which a class is found."""
    module = f"{plugin_class.__module__}."
    for point in entry_points(group=GROUP):
        if module.startswith(f"{Target.of(point).module}."):
            return point
    return None


def _targets(distribution: Distribution | None) -> list[Target]:
    """The modules and classes that the entry points of a wheel name."""
    points = distribution.entry_points if distribution is not None else ()
    return [Target.of(point) for point in points if point.group == GROUP]


def _types(
    label: str,
    findings: Findings,
    messages: Messages,
    distribution: Distribution | None,
    versions: Mapping[str, str] | None,
) -> list[PluginType]:
    if not findings.plugins:
        raise InvalidPluginTypeException(
            f"{label} defines no class whose name ends in Plugin"
        )
    project = findings.project
    helpers = checked(findings.helpers)
    types = []
    for cls in findings.plugins:
        metadata = type_metadata(cls, project, distribution)
        check_versions(metadata, versions or {})
        web_services(cls)  # what is wrong with them is told now
        types.append(
            PluginType(
                id=type_id(cls),
                cls=cls,
                project=project,
                helpers=helpers,
                messages=messages,
                constraints=Constraints.of(cls),
                metadata=metadata,
            )
        )
    return types


def _messages(*folders: Path) -> Messages:
    try:
        return Messages.read(*folders)
    except ValueError as error:
        raise InvalidPluginTypeException(str(error)) from error


def _message_folders(module: ModuleType) -> list[Path]:
    """Where the messages of an installed module lie: beside it, and in its top package."""
    names = module.__name__.split(".")
    packages = [".".join(names[:length]) for length in range(1, len(names) + 1)]
    files = [getattr(sys.modules[name], "__file__", None) for name in packages]
    # Namespace packages have no file, and no messages.
    folders = [Path(file).parent for file in files if file]
    return list(dict.fromkeys([*folders[-1:], *folders[:1]]))


def _executed(source: bytes, file: Path) -> ModuleType:
    try:
        code = compile(source, str(file), "exec", dont_inherit=True)
    except ValueError as error:
        # What Python 3.11.3 and older say of null bytes.
        raise SyntaxError(str(error)) from error
    name = _module_name(file)
    module = ModuleType(name)
    module.__file__ = str(file)
    # Dataclasses and others look for the module of a class there.
    sys.modules[name] = module
    exec(code, module.__dict__)  # noqa: S102
    return module


def _module_name(file: Path) -> str:
    """The name of the file, unless another module has it."""
    name = file.stem
    known = sys.modules.get(name)
    taken = (
        importlib.util.find_spec(name) is not None
        if name.isidentifier() and known is None
        else getattr(known, "__file__", None) != str(file)
    )
    return f"uploaded_{name}" if taken else name
