"""From ``<site>/mws/rest/…`` to the service that answers.

The rest of the path is taken in one go and never traversed, so an id may be anything.
"""

from collective.mwsvm.interfaces import API_REACHED
from collective.mwsvm.rest import marking
from collective.mwsvm.rest.home import Home
from zExceptions import NotFound
from zope.component import getMultiAdapter
from zope.component import queryMultiAdapter
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse
from zope.publisher.interfaces.browser import IBrowserPublisher


class ServiceName(str):
    """The last step to the service; no part of a URL can be one."""

    __slots__ = ()


@implementer(IBrowserPublisher)
class Path:
    """A path below ``mws/rest``. It has no security and acquires nothing."""

    def __init__(self, site, request, path):
        self.__parent__ = site
        self.__name__ = "rest"
        self.request = request
        self.path = path

    def browserDefault(self, request):
        return self, (ServiceName(request._rest_service_id),)

    def publishTraverse(self, request, name):
        if not isinstance(name, ServiceName):
            raise NotFound(name)
        service = queryMultiAdapter((self, request), name=str(name))
        if service is None:
            service = queryMultiAdapter((self, request), name=marking.NOT_ALLOWED)
        return service


@implementer(IPublishTraverse)
class Mws(Home):
    """``<site>/mws``: the home page; below it the API, and a page that describes it."""

    def publishTraverse(self, request, name):
        if name == "docs":
            return getMultiAdapter((self.context, request), name="mws-docs")
        if name != "rest" or marking.QUERY_STRING not in request.environ:
            raise NotFound(name)
        request["TraversalRequestNameStack"].clear()
        request.environ[API_REACHED] = True
        return Path(self.context, request, _path(request.environ))


def _path(environ):
    # Zope has decoded it. Clients join it to a base that ends with a slash, too.
    path = environ["PATH_INFO"]
    return path[marking.PATH.match(path).end() :].strip("/")
