"""What hooks see of a call, and may change."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import MutableMapping
from collective.mwsvm.rest.hook_files import HookFile
from dataclasses import dataclass
from dataclasses import field
from typing import Any
import re


_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Headers(Mapping[str, str]):
    """HTTP headers to read; upper and lower case are the same."""

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        # By the name in lower case: the name as it was given, and the value.
        self._items = {
            name.lower(): (name, text) for name, text in (given or {}).items()
        }

    def __getitem__(self, name: str) -> str:
        return self._items[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._items.values()])

    def __len__(self) -> int:
        return len(self._items)


class ResponseHeaders(Headers, MutableMapping[str, str]):
    """HTTP headers to change. `ValueError` for what would break the answer."""

    def __setitem__(self, name: str, text: str) -> None:
        check_header(name, text)
        self._items[name.lower()] = name, text

    def __delitem__(self, name: str) -> None:
        del self._items[name.lower()]


def check_header(name: str, text: str) -> None:
    # A line break would let a part of the value become another header.
    if _TOKEN.fullmatch(name) is None:
        raise ValueError(f"{name!r} is no name of a header")
    if _CONTROL.search(text) or not text.isascii():
        raise ValueError(f"the header {name} can't have the value {text!r}")


@dataclass(frozen=True)
class HookRequest:
    """The HTTP request, to read."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    remote_user: str | None = None
    remote_address: str | None = None
    proxy_user: str | None = None
    #: The URL that the uri of a redirect is added to.
    base: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", Headers(self.headers))


class HookResponse:
    """The HTTP response so far: its status and headers may be changed."""

    __slots__ = ("_status", "headers")

    def __init__(self) -> None:
        self._status: int | None = None
        self.headers = ResponseHeaders()

    @property
    def status(self) -> int:
        return self._status or 200

    @status.setter
    def status(self, code: int) -> None:
        self._status = checked_status(code)

    def status_or(self, default: int) -> int:
        """The status that was set, otherwise the default."""
        return self._status or default

    def setHeader(self, name: str, text: str) -> None:
        """As Groovy hooks call it."""
        self.headers[name] = text


class Params(MutableMapping[str, Any]):
    """The URL parameters and the members of the JSON body in one mapping.

    A member of the body hides the URL parameter of the same name. To assign changes the
    member if the body has it, otherwise the URL parameter, which must be a string:
    `TypeError`. ``body`` is the whole body; new members are added to it.
    """

    def __init__(self, call: "HookCall") -> None:
        self._call = call

    @property
    def _members(self) -> dict[str, Any]:
        body = self._call.body
        return body if isinstance(body, dict) else {}

    def __getitem__(self, name: str) -> Any:
        if name == "body" and self._call.body is not None:
            return self._call.body
        if name in self._members:
            return self._members[name]
        return self._call.url_parameters[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if name == "body":
            self._call.body = value
        elif name in self._members:
            self._members[name] = value
        elif isinstance(name, str) and isinstance(value, str):
            self._call.url_parameters[name] = value
        else:
            raise TypeError(
                f"params[{name!r}]: the body has no such member, and a URL parameter is "
                f"a string; params['body'][{name!r}] adds a member to the body"
            )

    def __delitem__(self, name: str) -> None:
        self[name]  # KeyError if there is none
        if name == "body":
            self._call.body = None
        self._members.pop(name, None)
        self._call.url_parameters.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        names = {**self._call.url_parameters, **self._members}
        if self._call.body is not None:
            names["body"] = None
        return iter(names)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))


@dataclass
class HookCall:
    """A call on its way through its hooks.

    After `Hooks.before`, ``url_parameters`` and ``body`` are what the operation gets.
    """

    request: HookRequest
    url_parameters: dict[str, str] = field(default_factory=dict)
    #: The parsed JSON; bytes for what is not JSON, None for no body.
    body: Any = None
    response: HookResponse = field(default_factory=HookResponse)
    #: For what hooks of this call tell each other.
    session: dict[str, Any] = field(default_factory=dict)
    flash: dict[str, Any] = field(default_factory=dict)
    #: The hook files, so that all hooks of a call are of one state of the folder.
    files: tuple[HookFile, ...] | None = field(default=None, init=False, repr=False)

    @property
    def params(self) -> Params:
        return Params(self)

    @property
    def user(self) -> str | None:
        return self.request.remote_user

    @property
    def proxy_user(self) -> str | None:
        return self.request.proxy_user


def checked_status(code: Any) -> int:
    """The status of an answer. Raises ValueError for what is none."""
    if type(code) is bool or not isinstance(code, int) or not 200 <= code <= 599:
        raise ValueError(f"{code!r} is no status; a status is a number from 200 to 599")
    return int(code)
