"""The service behind every URL of the API: from the request to the answer."""

from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import Unavailable
from collective.mwsvm.resources.call import Streamed
from collective.mwsvm.rest import answers
from collective.mwsvm.rest import marking
from collective.mwsvm.rest import meters
from collective.mwsvm.rest.exchange import Exchange
from collective.mwsvm.rest.streams import Stream
from hashlib import blake2b
from plone.rest import Service
from time import perf_counter
import logging
import transaction


logger = logging.getLogger(__name__)


class Dispatch(Service):
    """Finds the operation, does it, and answers in JSON, whatever happens."""

    def render(self):
        started = perf_counter()
        exchange = Exchange(self.request, self.context.path)
        try:
            answer = exchange.answer()
        except Exception as error:
            answer = refusal(error, exchange)
        if not answer.is_success:
            transaction.abort()
        data = self._send(answer, exchange.pretty)
        status = self.request.response.getStatus()
        meters.count(exchange.operation, exchange.method, status, started)
        return data

    def _send(self, answer, pretty):
        response = self.request.response
        streamed = isinstance(answer.body, Streamed)
        status, data = answer.status, b"" if streamed else _data(answer.body, pretty)
        headers = {
            "Content-Type": "application/json;charset=utf-8",
            "Cache-Control": "no-store",
            **answer.headers,
        }
        if status == 200 and not streamed and self.request.method in ("GET", "HEAD"):
            tag = f'"{blake2b(data, digest_size=12).hexdigest()}"'
            headers.update({"ETag": tag, "Cache-Control": "private, no-cache"})
            if tag in (self.request.getHeader("If-None-Match") or "").split(", "):
                status, data = 304, b""
        response.setStatus(status, lock=1)
        response.headers.pop(marking.NO_THEME.lower(), None)
        if status == 401:
            # Keeps Plone from sending the client to the log-in form.
            response._has_challenged = True
        for name, value in headers.items():
            response.setHeader(name, value)
        if streamed and self.request.method != "HEAD":
            return Stream(answer.body)
        return data


class NotAllowed(Dispatch):
    """Answers methods that no resource of the API has."""


def refusal(error, exchange):
    """The answer when a call could not be done; the log gets what clients do not."""
    if isinstance(error, Unavailable):
        logger.warning("a client was sent away: %s", error.__cause__ or error)
    if isinstance(error, MwsvmError):
        return answers.refusal(error)
    logger.error("%s %s failed", exchange.method, exchange.path, exc_info=error)
    return answers.failure()


def _data(body, pretty):
    if body is None:
        return b""
    return body if isinstance(body, bytes) else answers.encode(body, pretty)
