"""What can be granted to application accounts: resources, and plug-ins' web services."""

from collective.mwsvm import site
from collective.mwsvm.interfaces import IPluginServiceGrid
from collective.mwsvm.interfaces import IResourceGrid
from collective.mwsvm.resources.registry import RESOURCES
from zope.interface import implementer


@implementer(IResourceGrid)
class ResourceGrid:
    """`IResourceGrid`, from the declarations."""

    def __call__(self) -> dict[str, list[str]]:
        return RESOURCES.grid()


@implementer(IPluginServiceGrid)
class PluginServiceGrid:
    """`IPluginServiceGrid`, from the plug-in types of the site."""

    def __call__(self) -> dict[str, dict[str, bool]]:
        return site.plugins().web_services.grid()
