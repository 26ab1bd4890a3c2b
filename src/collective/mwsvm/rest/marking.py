"""A request to the API is marked before Zope looks at it.

Zope would parse the query string and forms in its own way, answer by the Accept header,
and take cookies. The API does none of that: its parameters are plain text, its bodies are
JSON or XML, and only the Authorization header tells who calls, so no other site can make
a browser call it.
"""

from base64 import b64decode
from collective.mwsvm.interfaces import IMwsRequest
from collective.mwsvm.rest import throttle
from io import BytesIO
from plone.protect.interfaces import IDisableCSRFProtection
from plone.rest.negotiation import lookup_service_id
from plone.transformchain.interfaces import DISABLE_TRANSFORM_REQUEST_KEY
from zope.interface import alsoProvides
import binascii
import re


#: Not below views and namespaces, whose names have these characters.
PATH = re.compile(r"[^@+]*?/mws/rest(/|$)")

#: Where the originals are kept.
QUERY_STRING = "collective.mwsvm.QUERY_STRING"
CONTENT_TYPE = "collective.mwsvm.CONTENT_TYPE"
BODY = "collective.mwsvm.BODY"

#: The response's header that tells Plone so. It does not leave the server.
NO_THEME = "X-Theme-Disabled"

#: The service for methods that the API does not have.
NOT_ALLOWED = "mws-method-not-allowed"


def mark(event):
    """Subscriber: takes over the requests below ``mws/rest``."""
    request = event.request
    environ = request.environ
    path = PATH.match(environ.get("PATH_INFO", ""))
    if path is None:
        return
    # Zope looks at no more than this: the rest may have "..", "_vh_" and other words that
    # would lead it elsewhere.
    request.set("PATH_INFO", path[0].rstrip("/"))
    method = request.get("REQUEST_METHOD", "GET").upper()
    # What plone.rest's mark_as_api_request does; its marker is the base of ours.
    request._rest_cors_preflight = False
    request._rest_service_id = (
        lookup_service_id("GET" if method == "HEAD" else method, "application/json")
        or NOT_ALLOWED
    )
    request.maybe_webdav_client = 0
    alsoProvides(request, IMwsRequest, IDisableCSRFProtection)
    _leave_out_what_pages_need(request)
    request.cookies.clear()
    for name, kept, shown in (
        ("QUERY_STRING", QUERY_STRING, ""),
        ("CONTENT_TYPE", CONTENT_TYPE, "application/octet-stream"),
    ):
        environ[kept] = environ.get(name, "")
        environ[name] = shown
    # What is kept here, Zope does not read into memory by itself.
    environ[BODY] = environ.get("wsgi.input")
    environ["wsgi.input"] = request.stdin = BytesIO()
    _check_credentials(request)


def _leave_out_what_pages_need(request):
    # No theme, no blocks, no caching rules: what the service says is the answer. Plone
    # would spend a fifth of the call on them.
    request.environ[DISABLE_TRANSFORM_REQUEST_KEY] = True
    request.response.setHeader(NO_THEME, "True")
    request._plonetheme_ = True


def _check_credentials(request):
    # Zope has moved the header from the environment to the request.
    header = request._auth or ""
    if header[:6].lower() != "basic ":
        return
    try:
        user, colon, _ = b64decode(header[6:], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user = colon = ""
    # PAS fails on what it can't decode, and must not work for those who guess.
    if not colon or throttle.wait(user, request.getClientAddr()):
        request._auth = None
    request.environ[throttle.USER] = user
