"""A WSGI filter: the API at the root of the host, where clients of MWS look for it.

``http://host:port/mws/rest/…`` is ``http://host:port/Plone/mws/rest/…``, and the answers
name the short addresses.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collective.mwsvm.rest import answers
from typing import Any
import re


_HOST = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d+)?")

_PORTS = {"http": 80, "https": 443}

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class MwsAtTheRoot:
    """Zope's application, with one site's ``mws`` at the root."""

    def __init__(self, application: Application, site: str) -> None:
        self._application = application
        self._site = site

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if "/mws/rest" in path and not _is_utf8(path):
            # Zope fails on these before any of our code.
            return _refused(start_response)
        if "/mws/rest" in path:
            # They mean nothing there, and Zope fails on too many.
            environ.pop("HTTP_COOKIE", None)
        if path == "/mws/rest" or path.startswith("/mws/rest/"):
            environ["PATH_INFO"] = (
                f"/VirtualHostBase/{_scheme(environ)}/{_host(environ)}/{self._site}"
                f"/VirtualHostRoot{path}"
            )
        elif path == "/mws" or path.startswith("/mws/"):
            # Pages for people. Their styles and what they link to are not at the root.
            environ["PATH_INFO"] = f"/{self._site}{path}"
        return self._application(environ, start_response)


def filter_app_factory(global_conf: dict[str, str], site: str = "Plone") -> Any:
    """The filter for a ``zope.ini``: ``use = egg:collective.mwsvm#mws``."""
    return lambda application: MwsAtTheRoot(application, site)


def _is_utf8(path: str) -> bool:
    try:
        path.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True


def _scheme(environ: dict[str, Any]) -> str:
    return str(environ.get("wsgi.url_scheme", "http"))


def _host(environ: dict[str, Any]) -> str:
    match = _HOST.fullmatch(environ.get("HTTP_HOST", ""))
    if match is None:
        return f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    host, port = match.groups()
    return f"{host}{port or f':{_PORTS.get(_scheme(environ), 80)}'}"


def _refused(start_response: Callable[..., Any]) -> list[bytes]:
    body = answers.encode({"messages": ["The path of the URL must be UTF-8"]})
    headers = [
        ("Content-Type", "application/json;charset=utf-8"),
        ("Content-Length", str(len(body))),
    ]
    start_response("400 Bad Request", headers)
    return [body]
