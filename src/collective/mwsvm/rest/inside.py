"""Calls of the API without a network: for the site's own plug-ins (guide 6.2.11)."""

from collective.mwsvm import site
from collective.mwsvm.interfaces import IMoabRest
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.resources.call import Streamed
from collective.mwsvm.resources.registry import RESOURCES
from collective.mwsvm.rest import answers
from collective.mwsvm.rest.answers import Answer
from collective.mwsvm.rest.exchange import Exchange
from collective.mwsvm.rest.hook_call import HookCall
from collective.mwsvm.rest.hook_call import HookRequest
from collective.mwsvm.rest.requests import ARCHIVE
from collective.mwsvm.rest.requests import MODULE
from collective.mwsvm.rest.site_hooks import site_hooks
from collective.mwsvm.sites import with_site
from plone import api
from typing import Any
from urllib.parse import parse_qsl
from urllib.parse import unquote
from urllib.parse import urlsplit
from zope.interface import implementer
import logging
import orjson


logger = logging.getLogger(__name__)

#: What URLs begin with; the second is the one that clients of the network use.
_BEFORE = ("/rest/", "/mws/rest/")


@implementer(IMoabRest)
class MoabRest:
    """`IMoabRest`: every resource, without asking who calls; hooks if they are wanted."""

    def __call__(self, path, plugin, method, url, options) -> dict[str, Any]:
        call = InsideCall(plugin, method, url, options)
        answer = with_site(path, call.answered)
        return {
            "status": answer.status,
            "headers": {"Content-Type": "application/json", **answer.headers},
            "contentType": answer.headers.get("Content-Type", "application/json"),
            "data": _data(answer.body),
        }


class InsideCall(Exchange):
    """An exchange that begins and ends inside of the site."""

    def __init__(self, plugin, method, url, options):
        parts = urlsplit(url)
        before = next((b for b in _BEFORE if parts.path.startswith(b)), None)
        super().__init__(
            {"REQUEST_METHOD": method}, unquote(parts.path[len(before or "") :])
        )
        self.known = before is not None
        self.name = f"plugin {plugin}"
        self.options = options
        self.given = dict(parse_qsl(parts.query, keep_blank_values=True))
        for name, value in (options.get("params") or {}).items():
            self.given[name] = value if isinstance(value, str) else _text(value)

    def answered(self) -> Answer:
        """The answer, whatever it is."""
        try:
            return self.answer()
        except MwsvmError as error:
            return answers.refusal(error)
        except Exception as error:
            logger.error("%s %s failed", self.method, self.path, exc_info=error)
            return answers.failure()

    def answer(self) -> Answer:
        """The answer. Raises what keeps the call from being done."""
        place, self.ids = (RESOURCES.find(self.path) if self.known else None) or (
            None,
            {},
        )
        if place is None:
            raise NotFound(f"The resource with id '{self.path}' was not found")
        self.operation = place.operations.get(self.method)
        if self.operation is None:
            raise answers.NotAllowed(place.methods)
        self.configuration = site.configuration()
        self.parameters = self._parsed(self.given)
        self.body = self._body()
        if self.options.get("hooks"):
            return self._with_hooks(self.given, site_hooks(self.configuration))
        try:
            return self._done()
        except MwsvmError as error:
            return self._refused(error)

    @property
    def content_type(self) -> str:
        given = self.options.get("contentType") or "application/json"
        return given.split(";")[0].strip().lower()

    def _body(self):
        data = self.options.get("data")
        if self.operation.method not in ("POST", "PUT") or data is None:
            return None
        if self.content_type in (*MODULE, *ARCHIVE) and isinstance(data, str):
            return data.encode()
        if not isinstance(data, str):
            return data
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise Invalid(f"The body is not valid JSON: {error}") from None

    def _hook_call(self, given) -> HookCall:
        request = HookRequest(
            self.method,
            f"/mws/rest/{self.path}",
            remote_user=self.name,
            proxy_user=given.get("proxy-user"),
            base=api.portal.get().absolute_url(),
        )
        return HookCall(request, url_parameters=dict(given), body=self.body)

    def _repeat_key(self) -> None:
        return None

    def _more(self):
        return {"content_type": self.content_type}


def _data(body: Any) -> Any:
    if isinstance(body, Streamed):
        return "".join(body.chunks())
    return body.decode() if isinstance(body, bytes) else body


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()
