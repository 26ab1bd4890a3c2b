"""Answers of the site's resources to plug-ins under test (guide 6.2.11)."""

from dataclasses import dataclass
from typing import Any
import copy


Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What a plug-in asked for, with all that moabRestService was given."""

    method: str
    url: str
    data: Any
    params: Json
    hooks: bool
    contentType: str


class Answers:
    """What moabRestService answers: what a test has set, else 404."""

    def __init__(self) -> None:
        #: What was asked for, in order.
        self.requests: list[Request] = []
        #: What ``isAPIVersionSupported`` says yes to.
        self.versions: tuple[int, ...] = (1, 2)
        self._answers: dict[tuple[str, str], Json] = {}

    def set(
        self,
        method: str,
        url: str,
        data: Any = None,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Answer so from now on: ``set("GET", "/rest/nodes", {"results": []})``."""
        self._answers[method, url] = {
            "status": status,
            "headers": {"Content-Type": "application/json", **(headers or {})},
            "contentType": "application/json",
            "data": data,
        }

    def answer(self, method: str, url: str, options: Json) -> Json:
        """Keep a request, and give what is set for it."""
        self.requests.append(Request(method, url, **options))
        found = self._answers.get((method, url))
        if found is not None:
            return copy.deepcopy(found)
        sentence = f"The resource with id '{url.removeprefix('/rest/')}' was not found"
        return {"status": 404, "headers": {}, "data": {"messages": [sentence]}}
