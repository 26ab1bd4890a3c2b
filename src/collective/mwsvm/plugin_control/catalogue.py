"""All plug-in types that there are: of installed distributions, and uploaded ones.

Their code is never loaded here: a host process describes it. Descriptions are kept for as
long as the process lives, for code with the same digest stays the same.
"""

from collections.abc import Callable
from collections.abc import Iterator
from collective.mwsvm.database.engine import Database
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.plugin_control.errors import HostError
from collective.mwsvm.plugin_control.hosts import Source
from collective.mwsvm.plugin_control.packages import Package
from collective.mwsvm.plugin_control.packages import PackageStore
from collective.mwsvm.plugin_control.packages import place
from collective.mwsvm.plugin_control.packages import unpack
from collective.mwsvm.plugin_control.settings import PluginSettings
from dataclasses import dataclass
from typing import Any
import logging


Json = dict[str, Any]

logger = logging.getLogger(__name__)

#: What is installed with the site.
INSTALLED = Source("installed")


@dataclass(frozen=True)
class PluginType:
    """One type, and where its code comes from."""

    description: Json
    source: Source
    package: Package | None = None

    @property
    def id(self) -> str:
        """The name of its class without ``Plugin``."""
        return str(self.description["id"])

    @property
    def digest(self) -> str:
        """The version of its uploaded code; empty for what is installed."""
        return "" if self.package is None else self.package.digest

    @property
    def polls(self) -> bool:
        """Whether it has the event ``poll``."""
        return bool(self.description["pollMethod"])

    def has_event(self, name: str) -> bool:
        """Whether it handles an event, by the guide's name."""
        return name in self.description["events"]

    def service(self, name: str) -> Json | None:
        """Its web service with this name, in either spelling (guide 4.15.5)."""
        wanted = _plain(name)
        for service in self.description["webServices"]:
            if _plain(service["name"]) == wanted:
                return dict(service)
        return None


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


class Catalogue:
    """The types of a site."""

    def __init__(
        self,
        database: Database,
        settings: PluginSettings,
        describe: Callable[[Source], Json],
        known: dict[Source, Json],
    ) -> None:
        """``describe`` asks a host for a description; ``known`` are those made before."""
        self._database = database
        self._settings = settings
        self._describe = describe
        self._known = known

    def all(self) -> list[PluginType]:
        """Every type, in the order of their ids."""
        found: dict[str, PluginType] = {}
        for package, source in self._sources():
            for description in self.description(source)["types"]:
                plugin_type = PluginType(description, source, package)
                found.setdefault(plugin_type.id, plugin_type)
        return [found[id] for id in sorted(found)]

    def get(self, id: str, digest: str | None = None) -> PluginType:
        """The type with this id, or the version of it with this digest.

        Raises `NotFound`.
        """
        if digest:
            old = self._version(id, digest)
            if old is not None:
                return old
        for plugin_type in self.all():
            if plugin_type.id == id:
                return plugin_type
        raise NotFound(f"The resource with id '{id}' was not found")

    def initial_plugins(self) -> Json:
        """The plug-ins that projects want to be there from the beginning, by id."""
        found: Json = {}
        for plugin_type in self.all():
            found.update(plugin_type.description["initialPlugins"])
        return found

    def description(self, source: Source) -> Json:
        """What a host says of a source; of one that can't be loaded, why."""
        found = self._known.get(source)
        if found is None:
            try:
                found = self._describe(source)
            except HostError as error:
                logger.error("plug-in types of %s: %s", source.name, error.sentence)
                return {"project": None, "types": [], "problems": [error.sentence]}
            for problem in found["problems"]:
                logger.error("plug-in types of %s: %s", source.name, problem)
            self._known[source] = found
        return found

    def source(self, package: Package) -> Source:
        """The code of a package, unpacked on this machine."""
        folder = self._settings.folder
        data = b""
        if not place(folder, package).exists():
            with self._database.reading() as connection:
                data = PackageStore(connection).data(package.digest)
        return unpack(folder, package, data)

    def _sources(self) -> Iterator[tuple[Package | None, Source]]:
        yield None, INSTALLED
        with self._database.reading() as connection:
            packages = PackageStore(connection).current()
        for package in packages:
            yield package, self.source(package)

    def _version(self, id: str, digest: str) -> PluginType | None:
        with self._database.reading() as connection:
            package = PackageStore(connection).get(digest)
        if package is None:
            return None
        source = self.source(package)
        for description in self.description(source)["types"]:
            if description["id"] == id:
                return PluginType(description, source, package)
        return None
