"""The methods of each resource, for the grids of the application accounts."""

from collective.mwsvm.interfaces import IResourceGrid
from collective.mwsvm.resources.registry import RESOURCES
from zope.interface import implementer


@implementer(IResourceGrid)
class ResourceGrid:
    """`IResourceGrid`, from the declarations."""

    def __call__(self) -> dict[str, list[str]]:
        return RESOURCES.grid()
