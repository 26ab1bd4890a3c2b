"""What a client has sent, checked: parameters, body, credentials."""

from AccessControl import getSecurityManager
from collective.mwsvm.database import lenient
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.resources.plugin_types import ARCHIVE
from collective.mwsvm.resources.plugin_types import MODULE
from collective.mwsvm.rest import marking
from collective.mwsvm.rest import throttle
from collective.mwsvm.rest.answers import TooLarge
from collective.mwsvm.rest.answers import TooMany
from collective.mwsvm.rest.answers import UNAUTHENTICATED
from collective.mwsvm.rest.answers import Unauthenticated
from contextlib import suppress
from urllib.parse import parse_qsl
import orjson


#: The most bytes that a request may have.
BODY_LIMIT = 16 * 1024 * 1024

#: How deep the objects and lists of a body may be nested. Answers put a few more round it.
DEPTH = 100

#: The most parameters that a URL may have.
PARAMETERS = 100

XML = ("application/xml", "text/xml")
FORM = "application/x-www-form-urlencoded"

#: Of plug-in types.
CODE = (*MODULE, *ARCHIVE)


def parameters(request) -> dict[str, str]:
    """The URL parameters, the first of each name. Raises `Invalid`."""
    return dict(reversed(_pairs(request.environ.get(marking.QUERY_STRING, ""))))


def repeated(request) -> dict[str, list[str]]:
    """The values of the URL parameters that are there several times."""
    found: dict[str, list[str]] = {}
    for name, value in _pairs(request.environ.get(marking.QUERY_STRING, "")):
        found.setdefault(name, []).append(value)
    return {name: values for name, values in found.items() if len(values) > 1}


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=PARAMETERS
        )
    except UnicodeDecodeError:
        raise Invalid("The parameters in the URL must be UTF-8") from None
    except ValueError:
        raise Invalid(f"A URL can have at most {PARAMETERS} parameters") from None
    for name, value in pairs:
        if "\0" in name + value:
            raise Invalid(f"{name}: {lenient.NUL}")
    return pairs


def content_type(request) -> str:
    """The media type of the body, without its parameters; JSON where none is given."""
    given = request.environ.get(marking.CONTENT_TYPE, "")
    return given.split(";")[0].strip().lower() or "application/json"


def body(request, consumes: tuple[str, ...]):
    """The body as JSON value, or as bytes where it is XML or code; None without a body.

    Raises `Invalid`, `TooLarge`. Clients that name no type or that of a form get JSON,
    where no form is expected.
    """
    data = _read(request)
    if not data.strip():
        return None
    given = content_type(request)
    if given in CODE and given in consumes:
        return data
    if given == FORM and FORM in consumes and data.strip()[:1] not in (b"{", b"["):
        return _form(data)
    if content_type(request) in XML:
        if "application/xml" not in consumes:
            raise Invalid(
                "The body must be in JSON format, not XML",
                "Please set the Content-Type header to application/json",
            )
        return data
    value = _json(data)
    if lenient.has_nul(data):
        raise Invalid(lenient.NUL)
    try:
        lenient.check_depth(value, DEPTH)
    except ValueError:
        raise Invalid(f"The body is nested too deeply, over {DEPTH} levels") from None
    return value


def _form(data: bytes) -> dict[str, str | list[str]]:
    try:
        pairs = _pairs(data.decode())
    except UnicodeDecodeError:
        raise Invalid("The form in the body must be UTF-8") from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: v if len(v) > 1 else v[0] for name, v in found.items()}


def _json(data: bytes):
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(lenient.without_trailing_commas(data))
        raise Invalid(
            f"The body is not valid JSON: {error}",
            "Please correct the request and try again",
        ) from None


def check_site(request) -> None:
    """Raises `Forbidden` where another site makes a browser send the request.

    The browser adds credentials that it has been asked for once, and says so.
    """
    sender = (request.getHeader("Sec-Fetch-Site") or "none").strip().lower()
    if sender not in ("none", "same-origin"):
        raise Forbidden("A browser can't change anything here from another site")


def user_name(request) -> str:
    """Who calls. Raises `Unauthenticated` or `TooMany`."""
    user = getSecurityManager().getUser()
    if user.getUserName() != "Anonymous User":
        return user.getUserName()
    name = request.environ.get(throttle.USER)
    if name is not None:
        address = request.getClientAddr()
        seconds = throttle.wait(name, address)
        if seconds:
            raise TooMany(seconds)
        throttle.failed(name, address)
    raise Unauthenticated(UNAUTHENTICATED)


def _read(request) -> bytes:
    environ = request.environ
    if int(environ.get("CONTENT_LENGTH") or 0) > BODY_LIMIT:
        raise _too_large()
    stream = environ.get(marking.BODY)
    data = stream.read(BODY_LIMIT + 1) if stream is not None else b""
    if len(data) > BODY_LIMIT:
        raise _too_large()
    # The operation may be tried again, hooks may look at it.
    stream.seek(0)
    return data


def _too_large() -> TooLarge:
    return TooLarge(
        f"The body is larger than {BODY_LIMIT // 1024 // 1024} MB",
        "Please send it in several requests",
    )
