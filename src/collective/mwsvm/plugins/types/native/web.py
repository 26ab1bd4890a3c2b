"""Answers of web servers: http and https, never anything else."""

from base64 import b64encode
from collective.mwsvm.plugins.types.native.answers import Answer
from collective.mwsvm.plugins.types.native.answers import LIMIT
from collective.mwsvm.plugins.types.native.answers import too_long
from collective.mwsvm.plugins.types.native.answers import too_slow
from collective.mwsvm.plugins.types.native.answers import UrlFailure
from http.client import HTTPException
from typing import Any
from typing import IO
from urllib.error import HTTPError
from urllib.error import URLError
from urllib.parse import SplitResult
from urllib.parse import unquote
from urllib.parse import urlsplit
from urllib.request import build_opener
from urllib.request import HTTPRedirectHandler
from urllib.request import Request
import ssl
import time


_CHUNK = 64 * 1024


def get(url: SplitResult, seconds: float, limit: int = LIMIT) -> Answer:
    """The body that a GET of ``url`` brings, decoded as the server says, else as UTF-8.

    A user name and password in the URL are sent as basic authentication, and not to
    where the server redirects. Certificates of https are verified. Proxies of the
    environment are used.

    Raises `UrlFailure` for a status of 400 and more, a redirect to another scheme, a
    connection that fails, an answer after ``seconds`` or of more than ``limit`` bytes.
    """
    deadline = time.monotonic() + seconds
    opener = build_opener(_Redirects)
    try:
        with opener.open(_request(url), timeout=seconds) as response:
            body = _read(response, deadline, seconds, limit)
            charset = response.headers.get_content_charset("utf-8")
    except HTTPError as error:
        with error:
            raise UrlFailure(f"the server answered {error.code} {error.reason}") from (
                error
            )
    except TimeoutError as error:
        raise too_slow(seconds) from error
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise too_slow(seconds) from error
        raise UrlFailure(_reason(error.reason)) from error
    except (HTTPException, OSError, ValueError) as error:
        raise UrlFailure(f"the server's answer can't be read: {error}") from error
    return Answer(_text(body, charset))


class _Redirects(HTTPRedirectHandler):
    max_redirections = 5

    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> Request | None:
        scheme = urlsplit(newurl).scheme
        if scheme not in ("http", "https"):
            raise URLError(f"the server redirects to {scheme}, which is not allowed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _request(url: SplitResult) -> Request:
    user, _, server = url.netloc.rpartition("@")
    request = Request(  # noqa: S310  # the caller has checked the scheme
        url._replace(netloc=server, fragment="").geturl(),
        headers={"Accept": "text/plain, */*", "User-Agent": "collective.mwsvm"},
    )
    if user:
        token = b64encode(unquote(user).encode()).decode("ascii")
        request.add_unredirected_header("Authorization", f"Basic {token}")
    return request


def _read(response: Any, deadline: float, seconds: float, limit: int) -> bytes:
    body = bytearray()
    # read1 returns what has come, so that a server that trickles is noticed in time.
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > limit:
            raise too_long(limit)
        if time.monotonic() > deadline:
            raise too_slow(seconds)
    if response.length:
        raise UrlFailure(f"the answer ends {response.length} bytes too early")
    return bytes(body)


def _text(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _reason(reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {reason.verify_message}"
    if isinstance(reason, OSError):
        return f"the server can't be reached: {reason.strerror or reason}"
    return str(reason)
