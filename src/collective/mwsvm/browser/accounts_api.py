"""Application accounts for programs: ``@mws-accounts`` of plone.restapi."""

from collective.mwsvm.access.accounts import Account
from collective.mwsvm.access.accounts import as_json
from collective.mwsvm.access.accounts import changed
from collective.mwsvm.access.accounts import grants_of
from collective.mwsvm.content.accounts import Accounts
from collective.mwsvm.content.accounts import grid
from collective.mwsvm.content.accounts import service_grid
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.errors import Unavailable
from plone.protect.interfaces import IDisableCSRFProtection
from plone.restapi.deserializer import json_body
from plone.restapi.exceptions import DeserializationError
from plone.restapi.services import Service
from urllib.parse import quote
from zope.interface import alsoProvides
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse
import transaction


STATUS = {Invalid: 400, NotFound: 404, Conflict: 409, Unavailable: 503}


@implementer(IPublishTraverse)
class AccountService(Service):
    """The path below ``@mws-accounts``, and errors as plone.restapi answers them."""

    def __init__(self, context, request):
        super().__init__(context, request)
        self.steps: list[str] = []

    def publishTraverse(self, request, name):
        self.steps.append(name)
        return self

    def reply(self):
        try:
            return self.answer(Accounts(self.context), *self.steps)
        except MwsvmError as error:
            transaction.abort()
            self.request.response.setStatus(STATUS.get(type(error), 500))
            return {"error": {"type": type(error).__name__, "message": str(error)}}

    def answer(self, accounts: Accounts, *steps: str):
        """What is answered at these steps of the path; raises `MwsvmError`."""
        raise NotImplementedError

    def nothing_there(self) -> NotFound:
        path = "/".join(["@mws-accounts", *self.steps])
        return NotFound(f"There is no {self.request.method} of {path[:200]}.")

    def body(self) -> dict:
        try:
            return json_body(self.request)
        except (DeserializationError, RecursionError) as error:
            raise Invalid("The body is not a JSON object.") from error

    def shown(self, account: Account, **more) -> dict:
        """The account in an answer; never with a password of its own."""
        return {"@id": self.address(account), **as_json(account), **more}

    def with_password(self, account: Account, password: str) -> dict:
        """The one answer that has the password; nobody on the way may keep it."""
        self.request.response.setHeader("Cache-Control", "no-store")
        return self.shown(account, password=password)

    def address(self, account: Account) -> str:
        return f"{self.context.absolute_url()}/@mws-accounts/{quote(account.username)}"


class AccountsGet(AccountService):
    """GET: all accounts, or one."""

    def answer(self, accounts, *steps):
        if not steps:
            found = accounts.list()
            return {
                "@id": f"{self.context.absolute_url()}/@mws-accounts",
                "items": [self.shown(account) for account in found],
                "items_total": len(found),
            }
        if len(steps) == 1:
            return self.shown(accounts.get(steps[0]))
        raise self.nothing_there()


class AccountsPost(AccountService):
    """POST: a new account, or below an account ``reset`` for a new password."""

    def answer(self, accounts, *steps):
        alsoProvides(self.request, IDisableCSRFProtection)
        if not steps:
            return self.create(accounts)
        if len(steps) == 2 and steps[1] == "reset":
            password = accounts.reset(steps[0])
            return self.with_password(accounts.get(steps[0]), password)
        raise self.nothing_there()

    def create(self, accounts):
        """What is not said is as on a new form: enabled, and granted everything."""
        default = Account(
            "", "", permissions=grants_of(grid()), services=grants_of(service_grid())
        )
        account = changed(default, self.body())
        password = accounts.create(account)
        self.request.response.setStatus(201)
        self.request.response.setHeader("Location", self.address(account))
        return self.with_password(account, password)


class AccountsPatch(AccountService):
    """PATCH: other values for the fields that are named; the account as it is then."""

    def answer(self, accounts, *steps):
        alsoProvides(self.request, IDisableCSRFProtection)
        if len(steps) != 1:
            raise self.nothing_there()
        account = changed(accounts.get(steps[0]), self.body())
        accounts.change(steps[0], account)
        return self.shown(account)


class AccountsDelete(AccountService):
    """DELETE of one account."""

    def answer(self, accounts, *steps):
        alsoProvides(self.request, IDisableCSRFProtection)
        if len(steps) != 1:
            raise self.nothing_there()
        accounts.delete(steps[0])
        return self.reply_no_content()
