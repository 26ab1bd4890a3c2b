"""What the Moab REST service answers (guide 6.2.11)."""

from collections.abc import Mapping
from typing import Any


class RestHeaders:
    """The head of a response: ``status``, ``contentType`` and ``headers``."""

    def __init__(
        self, status: int, contentType: str | None, headers: Mapping[str, str]
    ) -> None:
        self.status = status
        self.contentType = self.content_type = contentType
        self.headers = dict(headers)

    def getHeader(self, name: str) -> str | None:
        """The header of this name in any case; None if the response has none."""
        wanted = name.lower()
        return next((v for n, v in self.headers.items() if n.lower() == wanted), None)

    get_header = getHeader


class MoabRestResponse:
    """What a resource answered.

    ``status`` is the HTTP status, ``response`` the head, ``data`` the parsed body: a
    dictionary, a list or, for what is not JSON, a text; None for an empty one.
    """

    def __init__(
        self,
        status: int,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        contentType: str | None = None,
    ) -> None:
        self.status = status
        self.data = data
        self.response = RestHeaders(status, contentType, headers or {})

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> "MoabRestResponse":
        """From ``{"status": .., "headers": {..}, "contentType": .., "data": ..}``."""
        return cls(
            answer["status"],
            answer.get("data"),
            answer.get("headers"),
            answer.get("contentType"),
        )

    @property
    def convertedData(self) -> Any:
        """The body as plain dictionaries and lists, which here ``data`` is already."""
        return self.data

    converted_data = convertedData

    @property
    def success(self) -> bool:
        """Whether the status is one of 200 to 399."""
        return 200 <= self.status < 400

    def isSuccess(self) -> bool:
        return self.success

    def hasError(self) -> bool:
        """Whether the status is 400 or more."""
        return self.status >= 400

    is_success = isSuccess
    has_error = hasError

    def __repr__(self) -> str:
        return f"MoabRestResponse({self.status}, {self.data!r})"
