"""Making plug-ins, with everything that is injected into them (guide 6.2.2, 6.2.15)."""

from collections.abc import Callable
from collections.abc import Mapping
from collective.mwsvm.plugins.abstract import AbstractPluginInfo
from collective.mwsvm.plugins.abstract import Runtime
from collective.mwsvm.plugins.config_object import ConfigObject
from collective.mwsvm.plugins.constants import PluginConstants
from collective.mwsvm.plugins.custom_validation import ValidatorContext
from collective.mwsvm.plugins.dynamic import managed_class
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from collective.mwsvm.plugins.helpers import dependencies
from collective.mwsvm.plugins.helpers import Helper
from collective.mwsvm.plugins.importing import guarded
from collective.mwsvm.plugins.interfaces import Log
from collective.mwsvm.plugins.loading import Library
from collective.mwsvm.plugins.loading import PluginType
from collective.mwsvm.plugins.naming import class_name
from collective.mwsvm.plugins.spelling import snake
from collective.mwsvm.plugins.states import Suite
from contextlib import suppress
from typing import Any
from typing import cast


class Container:
    """Makes plug-ins, translators and components of a library.

    ``services`` are the bundled ones by the guide's names (``nodeRMService``);
    ``logger_factory`` gives the logger of a name such as ``plugins.example.MyTranslator``.
    """

    def __init__(
        self,
        library: Library,
        services: Mapping[str, object],
        app_config: ConfigObject,
        suite: Suite,
        logger_factory: Callable[[str], Log],
    ) -> None:
        self.library = library
        self.app_config = app_config
        self.suite = suite
        self._services = dict(services)
        self._logger_factory = logger_factory
        self._singletons: dict[type, object] = {}

    def type_of(self, type_id: str) -> PluginType:
        """A type by its id. Raises InvalidPluginTypeException if there is none."""
        try:
            return self.library.types[type_id]
        except KeyError:
            raise InvalidPluginTypeException(
                f"There is no plug-in type {type_id!r}; there are "
                f"{', '.join(sorted(self.library.types)) or 'none'}"
            ) from None

    def create(self, type_id: str, info: Mapping[str, Any], runtime: Runtime) -> Any:
        """A new plug-in of a type, with its services, translators and components.

        ``info`` is what is known of it (``id``, ``pluginType``, ``state``, ``config``,
        ...); its configuration gets the default values and types of the constraints.
        Log, configuration and services are there when its ``__init__`` runs, and what is
        declared (None) is injected again after it. Raises InvalidPluginTypeException if
        the type is unknown or its code fails.
        """
        found = self.type_of(type_id)
        config = found.constraints.prepare(info.get("config") or {})
        known = {"pluginType": type_id, **info, "config": config}

        def inform(plugin: Any) -> None:
            plugin._runtime = runtime
            plugin._inform(known)
            _set_id(plugin, info.get("id"))

        return self._made(managed_class(found.cls), found, inform)

    def validator_context(self) -> ValidatorContext:
        """What custom validators get as their third argument."""
        return ValidatorContext(self._services, self.app_config)

    def _made(self, cls: type, found: PluginType, equip: Callable[[Any], None]) -> Any:
        injected = {
            name: self._helper(helper, found)
            for name, helper in dependencies(cls, found.helpers).items()
        }

        def make() -> Any:
            made = cast(Any, cls).__new__(cls)
            equip(made)
            self._inject(made, injected)
            made.__init__()
            # What __init__ sets to None it declares, and an id may be reset by it.
            equip(made)
            self._inject(made, {n: h for n, h in injected.items() if _is_none(made, n)})
            return made

        return guarded(class_name(cls), make)

    def _helper(self, helper: Helper, found: PluginType) -> object:
        if helper.cls in self._singletons:
            return self._singletons[helper.cls]

        def equip(made: Any) -> None:
            # A class may have slots, or such a name of its own.
            with suppress(AttributeError):
                made.message = found.messages
            if helper.translator:
                log = self._logger_factory(
                    f"{PluginConstants.LOGGER_PREFIX}{class_name(helper.cls)}"
                )
                with suppress(AttributeError):
                    made.getLog = made.get_log = lambda: log
                    made.log = log

        made = self._made(helper.cls, found, equip)
        if not helper.prototype:
            self._singletons[helper.cls] = made
        return made

    def _inject(self, made: Any, injected: Mapping[str, object]) -> None:
        for name, service in self._services.items():
            for spelling in (name, snake(name)):
                with suppress(AttributeError):
                    setattr(made, spelling, service)
        for name, helper in injected.items():
            setattr(made, name, helper)


def _set_id(plugin: Any, id: Any) -> None:
    if isinstance(plugin, AbstractPluginInfo):
        plugin.id = id
        return
    for setter in ("setId", "set_id"):
        if hasattr(plugin, setter):
            getattr(plugin, setter)(id)
            return
    plugin.id = id


def _is_none(made: Any, name: str) -> bool:
    return getattr(made, name, None) is None
