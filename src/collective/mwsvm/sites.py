"""Work on Plone sites from outside of a request, with a connection of its own."""

from collections.abc import Callable
from collections.abc import Iterator
from collective.mwsvm.interfaces import PREFIX
from contextlib import contextmanager
from plone.registry.interfaces import IRegistry
from Products.CMFPlone.interfaces import IPloneSiteRoot
from Testing.makerequest import makerequest
from transaction.interfaces import TransientError
from typing import TypeVar
from zope.component import queryUtility
from zope.component.hooks import getSite
from zope.component.hooks import setSite
from zope.globalrequest import getRequest
from zope.globalrequest import setRequest
import logging
import time
import transaction
import Zope2


logger = logging.getLogger(__name__)

T = TypeVar("T")

TRIES = 5


def site_paths() -> list[str]:
    """The paths of the Plone sites here that have the add-on, ``/Plone``."""
    with _application() as app:
        return [
            "/".join(portal.getPhysicalPath())
            for portal in app.objectValues()
            if IPloneSiteRoot.providedBy(portal) and _has_addon(portal)
        ]


def _has_addon(portal) -> bool:
    setSite(portal)
    registry = queryUtility(IRegistry)
    return registry is not None and f"{PREFIX}.lease" in registry


def with_site(path: str, work: Callable[[], T]) -> T:
    """What ``work`` returns, done in the site at ``path`` and committed.

    Done again when it met another change. Raises what it raises, after an abort.
    """
    for turn in range(TRIES):
        try:
            with _application() as app:
                setSite(app.unrestrictedTraverse(path))
                result = work()
                transaction.commit()
                return result
        except TransientError:
            if turn == TRIES - 1:
                raise
            logger.info("worker: met another change, trying again")
            time.sleep(0.05 * 2**turn)
    raise AssertionError("unreachable")


@contextmanager
def _application() -> Iterator:
    before = getSite(), getRequest()
    transaction.abort()
    app = makerequest(Zope2.app())
    setRequest(app.REQUEST)
    try:
        yield app
    finally:
        transaction.abort()
        setSite(before[0])
        setRequest(before[1])
        app._p_jar.close()
