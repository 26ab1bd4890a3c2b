"""Calls of the site's resources without the network: IMoabRestService (guide 6.2.11)."""

from collections.abc import Mapping
from collective.mwsvm.models import dates
from collective.mwsvm.plugins.plain import plain
from collective.mwsvm.plugins.proxies import Call
from collective.mwsvm.plugins.responses import MoabRestResponse
from collective.mwsvm.plugins.spelling import camel
from collective.mwsvm.plugins.spelling import respell
from datetime import datetime
from typing import Any
import orjson


Json = dict[str, Any]

JSON = "application/json"

OPTIONS = ("data", "hooks", "contentType", "params")


class RestService:
    """Performs requests as the site itself, without its permissions being asked."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def isAPIVersionSupported(self, version: int) -> bool:
        """Whether calls of this API version can be answered now."""
        return bool(self._call("moabRestService", "isAPIVersionSupported", version))

    def get(self, *given: Any, **options: Any) -> MoabRestResponse:
        """``get(url, **options)`` or ``get(options, url)``."""
        return self._request("GET", given, options)

    def put(self, *given: Any, **options: Any) -> MoabRestResponse:
        """``put(url, **options)``, ``put(url, data)`` or ``put(options, url, data)``."""
        return self._request("PUT", given, options)

    def post(self, *given: Any, **options: Any) -> MoabRestResponse:
        """``post(url, **options)``, ``post(url, data)`` or ``post(options, url, data)``."""
        return self._request("POST", given, options)

    def delete(self, *given: Any, **options: Any) -> MoabRestResponse:
        """``delete(url, **options)`` or ``delete(options, url)``."""
        return self._request("DELETE", given, options)

    def convertDateString(self, text: str) -> datetime:
        """The date of an answer. Raises ValueError if it is none."""
        return dates.parse(text)

    def _request(
        self, verb: str, given: tuple[Any, ...], named: Mapping[str, Any]
    ) -> MoabRestResponse:
        name = f"moabRestService.{verb.lower()}"
        url, options = _arguments(name, given, named)
        sent = {
            "data": _data(name, options),
            "hooks": _hooks(name, options.get("hooks")),
            "contentType": options.get("contentType") or JSON,
            "params": _params(name, options.get("params")),
        }
        answer = self._call("moabRestService", "request", verb, url, sent)
        return MoabRestResponse.of(answer)


def _arguments(
    name: str, given: tuple[Any, ...], named: Mapping[str, Any]
) -> tuple[str, Json]:
    options: Json = {}
    if given and isinstance(given[0], Mapping):
        options, given = dict(given[0]), given[1:]
    options = {camel(str(key)): value for key, value in {**options, **named}.items()}
    if "url" in options and not given:
        given = (options.pop("url"),)
    for option in options:
        if option not in OPTIONS:
            raise TypeError(f"{name} has no option {option!r}: {', '.join(OPTIONS)}")
    if not given or len(given) > 2:
        raise TypeError(
            f"{name} takes a URL, and data after it; not {len(given)} values"
        )
    if len(given) == 2:
        options["data"] = given[1]
    url = given[0]
    if not isinstance(url, str) or not url.startswith("/rest/"):
        raise ValueError(f"{name}: the URL must begin with /rest/, unlike {url!r:.200}")
    return url, options


def _data(name: str, options: Json) -> Any:
    data = options.get("data")
    if callable(data):
        data = data()
    if isinstance(data, bytes | bytearray):
        data = bytes(data).decode()
    is_json = "json" in (options.get("contentType") or JSON)
    if not isinstance(data, str) or not is_json:
        return plain(data, f"The data of {name}")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{name}: the data is no JSON: {error}") from error


def _hooks(name: str, hooks: Any) -> bool:
    if hooks is not None and not isinstance(hooks, bool):
        raise TypeError(f"{name}: the option hooks is True or False, not {hooks!r}")
    return bool(hooks)


def _params(name: str, params: Any) -> Json:
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise TypeError(
            f"{name}: the option params is a map, not {type(params).__name__}"
        )
    return {
        str(key): _param(name, value)
        for key, value in params.items()
        if value is not None
    }


def _param(name: str, value: Any) -> Any:
    value = plain(value, f"A parameter of {name}")
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    if isinstance(value, list):
        return [_param(name, item) for item in value]
    return value if isinstance(value, str) else orjson.dumps(value).decode()


respell(RestService)
