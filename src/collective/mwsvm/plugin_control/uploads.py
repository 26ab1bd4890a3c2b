"""Plug-in types are uploaded: a module as text, or an archive (guide 4.16.2, 6.4.3).

Nothing changes unless all of an upload is right.
"""

from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.plugin_states import ACTIVE
from collective.mwsvm.models.plugin_states import PluginState
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.context import Context
from collective.mwsvm.plugin_control.context import NO_SERVICES
from collective.mwsvm.plugin_control.errors import HostError
from collective.mwsvm.plugin_control.errors import PluginFailed
from collective.mwsvm.plugin_control.initial import create_initial
from collective.mwsvm.plugin_control.instances import Instances
from collective.mwsvm.plugin_control.lifecycle import LifeCycle
from collective.mwsvm.plugin_control.packages import digest_of
from collective.mwsvm.plugin_control.packages import Kind
from collective.mwsvm.plugin_control.packages import Package
from collective.mwsvm.plugin_control.packages import PackageStore
from collective.mwsvm.plugin_control.packages import place
from collective.mwsvm.plugin_control.packages import unpack
from collective.mwsvm.plugin_control.plugins import plan_poll
from dataclasses import replace
from typing import Any
import re
import shutil


Json = dict[str, Any]

#: The name of an archive, also the end of a path.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")

_ENDINGS = (".jar", ".zip", ".whl")

#: From its version on, to the ending.
_VERSION = re.compile(r"-v?\d[^/]*(?=\.[A-Za-z]+$)")

OFF = (
    "Plugin types can't be uploaded to this server: that would run foreign code on it",
    "An administrator of the server can allow it with plugins.uploads = true in "
    "mws-config.toml",
)


def unversioned(name: str) -> str:
    """What an archive is called in all versions: ``ex.whl`` for ``ex-1.0-py3.whl``."""
    return _VERSION.sub("", name)


class Uploads:
    """Takes uploads of plug-in types."""

    def __init__(self, context: Context, instances: Instances, life: LifeCycle) -> None:
        self._context = context
        self._instances = instances
        self._life = life

    @property
    def allowed(self) -> bool:
        """Whether the configuration of the server allows uploads."""
        return self._context.settings.uploads

    def check_allowed(self) -> None:
        """Raises `Forbidden`, which says what would allow it."""
        if not self.allowed:
            raise Forbidden(*OFF)

    def module(self, text: bytes, actor: Actor, reload: bool = True) -> list[str]:
        """Take the text of a Python module with one plug-in type; the type's id.

        Raises `Invalid` with what is wrong with it, `Conflict` and `Forbidden`.
        """
        self.check_allowed()
        try:
            text.decode()
        except UnicodeDecodeError as error:
            raise Invalid(f"The module is not UTF-8: {error}") from None
        return self._take(None, "module", text, actor, reload)

    def archive(
        self, filename: str, data: bytes, actor: Actor, reload: bool = True
    ) -> list[str]:
        """Take a zip archive, wheel or JAR; the ids of its types. Raises as `module`."""
        self.check_allowed()
        name = filename.replace("\\", "/").rpartition("/")[2]
        if _NAME.fullmatch(name) is None or not name.lower().endswith(_ENDINGS):
            raise Invalid(
                f"The name '{filename[:80]}' can't be one of an archive: it ends in "
                f"{', '.join(_ENDINGS)} and has letters, digits and ._+- only"
            )
        return self._take(unversioned(name), "package", data, actor, reload)

    def _take(
        self, name: str | None, kind: Kind, data: bytes, actor: Actor, reload: bool
    ) -> list[str]:
        package = Package(digest_of(kind, data), name or "The module", kind)
        try:
            described = self._described(package, data)
            ids = [found["id"] for found in described["types"]]
            # A module has no name of its own but that of its type.
            package = replace(package, name=name or ids[0])
            self._check_ids(package.name, ids)
            polls = {found["id"]: found["pollMethod"] for found in described["types"]}
            reloaded = self._keep(package, data, polls, reload, actor)
        except MwsvmError:
            self._discard(package)
            raise
        for plugin in reloaded:
            self._verify(plugin, actor)
        for found in described["types"]:
            create_initial(self._instances, found["initialPlugins"], actor)
        return ids

    def _keep(
        self,
        package: Package,
        data: bytes,
        polls: dict[str, bool],
        reload: bool,
        actor: Actor,
    ) -> list[Json]:
        # The plug-ins that go on with the new version.
        package = replace(
            package, uploaded=self._context.clock(), uploaded_by=actor.name
        )
        found = []
        with self._context.changing(actor) as change:
            store = PackageStore(change.connection)
            store.save(package, data)
            plugins = self._context.plugins(change.connection)
            for id in polls if reload else ():
                for plugin in plugins.all(id):
                    plugin = plugins.get(plugin["id"], lock=True)
                    plugin["package"] = package.digest
                    plugin["revision"] += 1
                    self._plan(plugin, polls[id])
                    plugins.replace(plugin)
                    found.append(plugin)
            store.drop_unused(plugins.packages())
            for id in polls:
                change.tell("update", id, kind="plugintype")
        return found

    def _plan(self, plugin: Json, polls: bool) -> None:
        # The new version may have a poll where the old one had none, or none any more.
        if not polls:
            plan_poll(plugin, None)
        elif plugin["state"] == PluginState.STARTED and plugin["nextPoll"] is None:
            plan_poll(plugin, self._context.clock())

    def _verify(self, plugin: Json, actor: Actor) -> None:
        # A new version may ask for another configuration.
        if plugin["state"] not in ACTIVE:
            return
        plugin_type = self._life.type_of(plugin)
        found = self._instances.check(plugin, plugin_type, configure=True)
        if found["messages"]:
            self._life.fail(plugin, " ".join(found["messages"]), actor)

    def _discard(self, package: Package) -> None:
        with self._context.database.reading() as connection:
            known = PackageStore(connection).get(package.digest) is not None
        if not known:
            folder = self._context.settings.folder
            shutil.rmtree(place(folder, package), ignore_errors=True)

    def _described(self, package: Package, data: bytes) -> Json:
        source = unpack(self._context.settings.folder, package, data)
        try:
            described: Json = self._context.hosts.ask(
                source,
                self._context.host_settings,
                {"op": "describe"},
                NO_SERVICES,
                self._context.settings.call_deadline,
            )
        except PluginFailed as error:
            raise Invalid(*error.messages) from error
        except HostError as error:
            raise Invalid(error.sentence) from error
        if described["problems"]:
            raise Invalid(*described["problems"])
        if not described["types"]:
            raise Invalid(
                f"{package.name} has no plugin type: a class whose name ends in Plugin"
            )
        return described

    def _check_ids(self, name: str, ids: list[str]) -> None:
        for plugin_type in self._context.catalogue.all():
            owner = plugin_type.package.name if plugin_type.package else None
            if plugin_type.id in ids and owner != name:
                where = (
                    f"the upload '{owner}'" if owner else "an installed distribution"
                )
                raise Conflict(
                    f"There is a plugin type '{plugin_type.id}' already: it belongs to "
                    f"{where}",
                    "Please give the class another name, or update it there",
                )
            if owner == name and plugin_type.id not in ids:
                left = [p["id"] for p in self._instances.all(plugin_type.id)]
                if left:
                    raise Conflict(
                        f"The plugin type '{plugin_type.id}' is missing in the new "
                        f"version of '{name}', but there are plugins of it: "
                        f"{', '.join(left)}",
                        "Please delete them first",
                    )
