"""What goes back to a client: status, headers and a JSON body; errors in one table."""

from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.errors import NotSupported
from collective.mwsvm.models.errors import Unavailable
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from typing import Any
import orjson


#: The sentences of guide 3.6.
UNAUTHENTICATED = "You must be authenticated to access this area"
UNAUTHORIZED = "You are not authorized to access this area"
NOT_ALLOWED = "The specified HTTP method is not allowed for the requested resource"
PROBLEM = "A problem occurred while processing the request"


class Unauthenticated(MwsvmError):
    """No credentials, or wrong ones."""


class NotAllowed(MwsvmError):
    """The resource has no such method; ``methods`` are those it has."""

    def __init__(self, methods: list[str]) -> None:
        super().__init__(NOT_ALLOWED)
        self.methods = methods


class TooLarge(MwsvmError):
    """The body is larger than the site takes."""


class TooMany(MwsvmError):
    """Too many wrong passwords; ``seconds`` until the next try counts."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Too many attempts with wrong credentials",
            f"Please try again in {seconds} seconds",
        )
        self.seconds = seconds


STATUS: dict[type[MwsvmError], int] = {
    Invalid: 400,
    Conflict: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    NotAllowed: 405,
    NotSupported: 405,
    TooLarge: 413,
    TooMany: 429,
    Unavailable: 503,
}


@dataclass
class Answer:
    """A reply on its way out; hooks may change it."""

    status: int = 200
    #: A JSON value; None for no body.
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        return self.status < 400


def messages(status: int, *sentences: str) -> Answer:
    """An answer of sentences for people."""
    return Answer(status, {"messages": list(sentences)})


def refusal(error: MwsvmError) -> Answer:
    """The answer to a call that could not be done, for a reason the client can know."""
    answer = messages(_status(error), *error.messages)
    if isinstance(error, Unauthenticated):
        answer.headers["WWW-Authenticate"] = 'Basic realm="MWS", charset="UTF-8"'
    elif isinstance(error, NotAllowed):
        answer.headers["Allow"] = ", ".join(error.methods)
    elif isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.seconds)
    elif isinstance(error, Unavailable):
        answer.headers["Retry-After"] = "5"
    return answer


def failure() -> Answer:
    """The answer when something went wrong that only the log may tell."""
    return messages(500, PROBLEM, "The log of the site has the details")


def encode(value: Any, pretty: bool = False) -> bytes:
    """JSON: compact, with nothing after the colons, or for people to read."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 if pretty else None)


def dump(answer: Answer) -> str:
    """The answer as text, to be kept."""
    return encode(asdict(answer)).decode()


def load(text: str) -> Answer:
    """The answer that was kept as text."""
    return Answer(**orjson.loads(text))


def _status(error: MwsvmError) -> int:
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500
