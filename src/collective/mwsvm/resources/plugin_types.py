"""``/rest/plugin-types`` (guide 4.16)."""

from collections.abc import Iterable
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.plugin_types import PluginType
from collective.mwsvm.plugin_control import catalogue
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import flag
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.declare import Parameter
from collective.mwsvm.resources.listing import listed


#: The media types of a module and of an archive.
MODULE = ("text/plain", "text/x-python", "application/x-groovy")
ARCHIVE = ("application/x-jar", "application/java-archive", "application/zip")

#: What people need to upload code, besides the right to the API.
UPLOAD = "collective.mwsvm: Upload Plugin Types"


class PluginTypes:
    """What plug-ins are made from."""

    name = "plugin-types"
    one = "plugin type"
    many = "plugin types"
    model = PluginType

    def __init__(self, call: Call) -> None:
        self.call = call
        self.control = call.plugins

    @operation("List", alone=True)
    def find(self) -> Listed:
        """Get all plugin types"""
        return listed(self.call, self._shown(self.control.types.all()), PluginType)

    @operation("Show", "{key}", alone=True)
    def show(self, key: str) -> Json:
        """Get one of the plugin types"""
        return self._shown([self.control.types.get(key)])[0]

    @operation(
        "Update",
        alone=True,
        permission=UPLOAD,
        shapeless=True,
        consumes=(*MODULE, *ARCHIVE),
        parameters=(
            Parameter(
                "jar-filename",
                "The filename of the archive that is uploaded; required for one.",
            ),
            Parameter(
                "reload-plugins",
                "Whether all plugins of the types go on with the new version; true "
                "unless it is given.",
                ("true", "false"),
            ),
        ),
    )
    def upload(self) -> Listed:
        """Create or update plugin types: a module as text, or an archive"""
        uploads = self.control.uploads
        uploads.check_allowed()
        given = self.call.parameters.given
        reload = flag(given, "reload-plugins") if "reload-plugins" in given else True
        actor = Actor(self.call.caller.name, self.call.caller.proxy_user)
        code = self.call.body
        if not isinstance(code, bytes):
            raise Invalid(
                "The body must be the code of plugin types, with the content type "
                f"text/plain for a module or application/x-jar for an archive, not "
                f"{self.call.content_type}"
            )
        if self.call.content_type in MODULE:
            ids = uploads.module(code, actor, reload)
        else:
            name = given.get("jar-filename", "")
            if not name:
                raise Invalid("The parameter jar-filename is required for an archive")
            ids = uploads.archive(name, code, actor, reload)
        types = [self.control.types.get(id) for id in ids]
        return listed(self.call, self._shown(types), PluginType)

    def _shown(self, types: Iterable[catalogue.PluginType]) -> list[Json]:
        instances: dict[str, list[Json]] = {}
        for plugin in self.control.instances.all():
            found = instances.setdefault(plugin["pluginType"], [])
            found.append({"id": plugin["id"]})
        return [
            PluginType.check(
                {
                    **plugin_type.description,
                    "instances": instances.get(plugin_type.id, []),
                    "webServices": [
                        service["name"]
                        for service in plugin_type.description["webServices"]
                    ],
                }
            ).wire()
            for plugin_type in types
        ]
