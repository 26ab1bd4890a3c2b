"""The page ``<site>/mws/docs``: the whole API for people to read, from the declarations."""

from collective.mwsvm.access.accounts import METHODS
from collective.mwsvm.resources.declare import VERSIONS
from collective.mwsvm.resources.reference import anchor
from collective.mwsvm.resources.reference import Reference
from collective.mwsvm.resources.reference import reference
from collective.mwsvm.resources.reference import SHARED
from collective.mwsvm.resources.reference import slug
from collective.mwsvm.resources.registry import RESOURCES
from functools import cache
from Products.Five.browser import BrowserView


class Documentation(BrowserView):
    """The page; all it shows is the same for everybody."""

    methods = METHODS
    shared = SHARED
    slug = staticmethod(slug)

    @property
    def reference(self) -> Reference:
        return _reference()

    def versions(self) -> str:
        """The versions of the API that there are."""
        return _listed(VERSIONS)

    def mws_url(self) -> str:
        """The address of the home page; the API is below it."""
        return f"{self.context.absolute_url()}/mws"

    def rows(self) -> list[dict]:
        """The table of resources, methods and versions: a row for each path."""
        return [
            {
                "path": place.path,
                "cells": [_cell(method, place) for method in self.methods],
            }
            for place in self.reference.places
        ]


@cache
def _reference() -> Reference:
    return reference(RESOURCES)


def _cell(method, place) -> dict:
    made = place.operations.get(method)
    if made is None:
        return {"made": None}
    return {
        "made": made,
        "anchor": anchor(made),
        "label": f"{method} {place.path}",
        "versions": _listed(made.versions),
    }


def _listed(versions) -> str:
    return ", ".join(map(str, versions))
