"""One request on its way through the API."""

from collective.mwsvm import site
from collective.mwsvm.database import repeats
from collective.mwsvm.database.projection import excluded
from collective.mwsvm.database.projection import included
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.resources import moab
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.call import number
from collective.mwsvm.resources.call import Parameters
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.registry import RESOURCES
from collective.mwsvm.rest import access
from collective.mwsvm.rest import answers
from collective.mwsvm.rest import calls
from collective.mwsvm.rest import requests
from collective.mwsvm.rest import waiting
from collective.mwsvm.rest.answers import Answer
from collective.mwsvm.rest.hook_files import HookError
from collective.mwsvm.rest.site_hooks import hook_call
from collective.mwsvm.rest.site_hooks import site_hooks
from collective.mwsvm.transactions import committed
from contextlib import nullcontext
from functools import partial
from urllib.parse import quote
import orjson
import transaction


class Exchange:
    """From the request to the answer: who calls, what for, may they, hooks, operation."""

    def __init__(self, request, path):
        self.request = request
        self.path = path
        self.method = request.get("REQUEST_METHOD", "GET").upper()
        self.pretty = False
        self.name = ""
        self.operation = None
        self.ids = {}
        self.parameters = None
        self.configuration = None
        self.hooks = None
        self.hook_call = None
        self.body = None

    def answer(self) -> Answer:
        """The answer. Raises what keeps the call from being done."""
        place, self.ids = RESOURCES.find(self.path) or (None, {})
        if place is not None:
            method = "GET" if self.method == "HEAD" else self.method
            self.operation = place.operations.get(method)
        # Who may not come in does not learn what there is.
        if self.operation is None or not access.is_public(self.operation, self.ids):
            self.name = requests.user_name(self.request)
        if place is None:
            raise NotFound(f"The resource with id '{self.path}' was not found")
        if self.method == "OPTIONS":
            return Answer(200, {}, {"Allow": ", ".join(place.methods)})
        if self.operation is None:
            raise answers.NotAllowed(place.methods)
        return self._allowed()

    def _allowed(self) -> Answer:
        given = requests.parameters(self.request)
        self.configuration = site.configuration()
        # Before all else that may be wrong: errors can be pretty, too.
        self.parameters = self._parsed(given)
        self.pretty = self.parameters.pretty
        if self.name:
            access.check(self.operation, self.ids)
        if self.operation.method != "GET":
            requests.check_site(self.request)
        if self.operation.method in ("POST", "PUT"):
            self.body = requests.body(self.request, self.operation.consumes)
        return self._with_hooks(given, site_hooks(self.configuration))

    def _parsed(self, given) -> Parameters:
        return Parameters.parse(given, self.configuration.newer_versions)

    def _with_hooks(self, given, hooks) -> Answer:
        self.hooks = hooks
        early = None
        if self.hooks.concern(self.operation.resource):
            early = self._before(given)
        if early is not None:
            return early
        try:
            if self.hook_call is not None:
                self.parameters = self._parsed(self.hook_call.url_parameters)
            return self._done()
        except HookError:
            raise
        except MwsvmError as error:
            return self._after(self._refused(error))

    def _refused(self, error: MwsvmError) -> Answer:
        # By the operation: what came before it raises.
        transaction.abort()
        answer = answers.refusal(error)
        if self.operation.managed:
            answer.headers.update(moab.failure(error))
        return answer

    def _before(self, given) -> Answer | None:
        self.hook_call = self._hook_call(given)
        early = self.hooks.before(
            self.operation.resource, self.operation.kind, self.hook_call
        )
        self.body = self.hook_call.body
        return early

    def _hook_call(self, given):
        return hook_call(self.request, self.path, self.name, given, self.body)

    def _done(self) -> Answer:
        if self.operation.alone or (self.operation.asks and site.manager_waits()):
            return self._alone()
        if self.operation.method == "GET":
            longest = self.operation.waits
            seconds = longest and number(self.parameters.given, "wait", longest)
            return waiting.awaited(self._once, seconds or 0)
        if not self.parameters.dry_run:
            return committed(self._once)
        answer = self._once()
        transaction.abort()
        answer.headers["X-MWS-Dry-Run"] = "true"
        return answer

    def _alone(self) -> Answer:
        if self.parameters.dry_run:
            raise Invalid(
                "dry-run: this can't be tried, because plug-ins act beyond the site"
            )
        with site.database().reading() as connection:
            call = self._call(connection)
        return self._act(call)

    def _once(self) -> Answer:
        database = site.database()
        reads = self.operation.method == "GET"
        if self.operation.public:
            connected = nullcontext
        else:
            connected = database.reading if reads else database.writing
        with connected() as connection:
            act = partial(self._act, self._call(connection))
            key = self._repeat_key()
            if key is None or self.operation.method != "POST":
                return act()
            return answers.load(
                repeats.once(
                    connection,
                    key,
                    self.name,
                    self._fingerprint(),
                    site.clock(),
                    lambda: answers.dump(act()),
                )
            )

    def _repeat_key(self) -> str | None:
        return self.request.getHeader(repeats.HEADER)

    def _call(self, connection):
        return calls.call(
            self.configuration,
            connection,
            self.operation,
            self.name,
            self.parameters,
            self.body,
            **self._more(),
        )

    def _more(self):
        more = {"content_type": requests.content_type(self.request)}
        if self.operation.service:
            more["repeated"] = requests.repeated(self.request)
        return more

    def _act(self, call) -> Answer:
        resource = self.operation.factory(call)
        result = getattr(resource, self.operation.handler)(**self.ids)
        # Within the transaction: a hook that fails undoes the change.
        return self._after(self._answered(result))

    def _after(self, answer) -> Answer:
        if self.hook_call is None:
            return answer
        return self.hooks.after(
            self.operation.resource, self.operation.kind, self.hook_call, answer
        )

    def _fingerprint(self) -> bytes:
        given = [self.path, dict(self.parameters.given), repr(self.body)]
        return orjson.dumps(given)

    def _answered(self, result) -> Answer:
        reply = result if isinstance(result, Reply) else Reply(result)
        body = reply.body
        if isinstance(body, Listed):
            body = Listed(body.total, self._selected(body.results)).wire()
        else:
            body = self._selected(body)
        headers = dict(reply.headers)
        if self.operation.managed:
            headers = {**moab.SUCCESS, **headers}
        if reply.location is not None:
            base = f"{site.portal().absolute_url()}/mws/rest"
            headers["Location"] = f"{base}/{quote(reply.location)}"
        return Answer(reply.status, body, headers)

    def _selected(self, value):
        if not isinstance(value, dict | list):
            return value
        if self.parameters.fields:
            value = included(value, self.parameters.fields)
        if self.parameters.exclude:
            value = excluded(value, self.parameters.exclude)
        return value
