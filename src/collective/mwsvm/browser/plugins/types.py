"""The pages of plug-in types: all of them, one of them, and uploads (guide 6.4)."""

from collections.abc import Callable
from collective.mwsvm import _
from collective.mwsvm.browser.plugins.page import actor
from collective.mwsvm.browser.plugins.page import Json
from collective.mwsvm.browser.plugins.page import moment
from collective.mwsvm.browser.plugins.page import Page
from collective.mwsvm.browser.plugins.parameters import as_text
from collective.mwsvm.browser.plugins.parameters import rules_of
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.plugin_control.catalogue import INSTALLED
from collective.mwsvm.plugin_control.catalogue import PluginType
from collective.mwsvm.plugin_control.packages import Package


#: What a file with a single class ends in.
MODULE = ".py"

#: What the form takes.
ENDINGS = (MODULE, ".zip", ".whl", ".jar")

_FACTS = (
    ("description", _("Description")),
    ("version", _("Version")),
    ("author", _("Author")),
    ("email", _("Email")),
    ("website", _("Website")),
    ("license", _("License")),
    ("documentationLink", _("Documentation")),
    ("issueManagementLink", _("Issues")),
    ("scmLink", _("Source code")),
    ("mwsVersion", _("For MWS")),
    ("commonsVersion", _("For the plugin framework")),
    ("className", _("Class")),
)


def uploaded(package: Package | None) -> Json | None:
    """Who uploaded the code, and when; None of what is installed."""
    if package is None:
        return None
    return {
        "name": package.name,
        "by": package.uploaded_by,
        "when": moment(dates.mws(package.uploaded)),
    }


class TypeList(Page):
    """All plug-in types, in the order of their ids."""

    section = "@@mws-plugin-types"

    def rows(self) -> list[Json]:
        used = [plugin["pluginType"] for plugin in self.control.instances.all()]
        return [
            {
                **found.description,
                "url": self.type_url(found.id),
                "plugins": used.count(found.id),
                "uploaded": uploaded(found.package),
            }
            for found in self.control.types.all()
        ]

    def problems(self) -> list[str]:
        """Why there are installed types that can't be used."""
        return list(self.control.types.description(INSTALLED)["problems"])


class TypeView(Page):
    """One plug-in type, with all that it says of itself."""

    section = "@@mws-plugin-types"

    type: PluginType

    def __call__(self) -> str:
        self.type = self.asked_type()
        return self.index()

    def title(self) -> str:
        return self.type.description["title"] or self.type.id

    def facts(self) -> list[Json]:
        """What is known of it; ``url`` where it is an address to go to."""
        description = self.type.description
        return [
            {
                "label": label,
                "text": description[name],
                "url": _address(name, description[name]),
            }
            for name, label in _FACTS
            if description[name]
        ]

    def uploaded(self) -> Json | None:
        return uploaded(self.type.package)

    def parameters(self) -> list[Json]:
        """The parameters; the default of a password is not told."""
        return [
            {
                **parameter,
                "rules": rules_of(parameter) or "\N{EN DASH}",
                "default": ""
                if parameter["password"]
                else as_text(parameter["default"]),
            }
            for parameter in self.type.description["parameters"]
        ]

    def services(self) -> list[Json]:
        """Its web services, with the addresses that they have for each plug-in."""
        ids = [plugin["id"] for plugin in self.plugins()]
        return [
            {**service, "urls": [self.service_url(id, service["name"]) for id in ids]}
            for service in self.type.description["webServices"]
        ]

    def plugins(self) -> list[Json]:
        """The plug-ins that are made from it."""
        return self.control.instances.all(self.type.id)

    def initial(self) -> list[Json]:
        """The plug-ins that its project wants to be there from the beginning."""
        there = {plugin["id"] for plugin in self.plugins()}
        found = self.type.description["initialPlugins"]
        return [{"id": id, "is_there": id in there} for id in sorted(found)]


class UploadForm(Page):
    """Adds or updates plug-in types: from a file, or from code that was pasted."""

    section = "@@mws-plugin-types"

    endings = ENDINGS

    def __call__(self) -> str:
        self.errors: list[str] = []
        self.code = ""
        self.reloads = True
        if not self.is_posted():
            return self.index()
        self.code = self.text("code").replace("\r\n", "\n")
        self.reloads = bool(self.text("reload"))
        try:
            return self._save()
        except MwsvmError as error:
            self.errors = error.messages
        return self.index()

    def is_allowed(self) -> bool:
        """Whether the configuration of the server allows uploads."""
        return self.control.uploads.allowed

    def _save(self) -> str:
        file = self.request.form.get("file")
        name = getattr(file, "filename", "")
        if bool(name) == bool(self.code.strip()):
            raise Invalid(
                "Please choose a file or paste code"
                if not name
                else "Please choose a file or paste code, not both"
            )
        if not name:
            (id,) = self._loaded(self.control.uploads.module, self.code.encode())
            return self.go_to(
                self.type_url(id),
                _("Plugin type ${id} was loaded.", mapping={"id": id}),
            )
        data = file.read()
        ids = self._file(str(name), data)
        message = _(
            "${file} (${size} bytes) was loaded, with the plugin types: ${ids}",
            mapping={"file": name, "size": len(data), "ids": ", ".join(ids)},
        )
        return self.go_to(self.url("@@mws-plugin-types"), message)

    def _file(self, name: str, data: bytes) -> list[str]:
        if not name.lower().endswith(ENDINGS):
            raise Invalid(
                f"The file '{name[:80]}' has no plugin types: the name must end in "
                f"{', '.join(ENDINGS)}"
            )
        uploads = self.control.uploads
        if name.lower().endswith(MODULE):
            return self._loaded(uploads.module, data)
        return self._loaded(uploads.archive, name, data)

    def _loaded(self, take: Callable[..., list[str]], *what: object) -> list[str]:
        return take(*what, actor(), self.reloads)


def _address(name: str, text: str) -> str | None:
    # What an author wrote is no reason to run a script in somebody's browser.
    if name == "email":
        return f"mailto:{text}" if "@" in text else None
    return text if text.startswith(("https://", "http://")) else None
