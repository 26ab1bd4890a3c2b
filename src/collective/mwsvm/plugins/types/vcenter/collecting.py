"""Properties of all objects of some types, in few requests."""

from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.plugins.types.vcenter.sessions import library
from dataclasses import dataclass
from typing import Any


#: Objects that one answer has at most; there are as many answers as it takes.
PAGE = 500


@dataclass(frozen=True)
class Found:
    """A managed object, and the values of its properties by their paths."""

    reference: Any
    values: Mapping[str, Any]


def retrieve(
    content: Any, wanted: Mapping[str, Sequence[str]]
) -> dict[str, list[Found]]:
    """All objects of the types of ``vim`` that are wanted, with the paths wanted.

    A property that is unset, or that the user may not see, is not among the values.
    """
    vim = library("pyVmomi").vim
    types = {name: getattr(vim, name) for name in wanted}
    view = content.viewManager.CreateContainerView(
        content.rootFolder, list(types.values()), True
    )
    try:
        found: dict[str, list[Found]] = {name: [] for name in wanted}
        for each in _pages(content.propertyCollector, _filter(view, types, wanted)):
            for name, kind in types.items():
                if isinstance(each.obj, kind):
                    values = {item.name: item.val for item in each.propSet}
                    found[name].append(Found(each.obj, values))
        return found
    finally:
        view.Destroy()


def _filter(
    view: Any, types: Mapping[str, Any], wanted: Mapping[str, Sequence[str]]
) -> Any:
    collector = library("pyVmomi").vmodl.query.PropertyCollector
    step = collector.TraversalSpec(
        name="view", type=type(view), path="view", skip=False
    )
    return collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=view, skip=True, selectSet=[step])],
        propSet=[
            collector.PropertySpec(type=types[name], pathSet=list(paths), all=False)
            for name, paths in wanted.items()
        ],
        reportMissingObjectsInResults=True,
    )


def _pages(collector: Any, wanted: Any) -> Any:
    options = library("pyVmomi").vmodl.query.PropertyCollector.RetrieveOptions(
        maxObjects=PAGE
    )
    page = collector.RetrievePropertiesEx([wanted], options)
    while page is not None:
        yield from page.objects
        token = page.token
        page = collector.ContinueRetrievePropertiesEx(token) if token else None
