"""The pages of application accounts in Site Setup (guide 2.1)."""

from collections.abc import Mapping
from collective.mwsvm import _
from collective.mwsvm.access.accounts import Account
from collective.mwsvm.access.accounts import DESCRIPTION_LENGTH
from collective.mwsvm.access.accounts import Grants
from collective.mwsvm.access.accounts import grants_of
from collective.mwsvm.access.accounts import Grid
from collective.mwsvm.access.accounts import merged
from collective.mwsvm.access.accounts import METHODS
from collective.mwsvm.access.accounts import NAME_LENGTH
from collective.mwsvm.access.accounts import NAME_RULE
from collective.mwsvm.access.accounts import problems
from collective.mwsvm.access.accounts import USERNAME_RULE
from collective.mwsvm.browser.forms import OwnForm
from collective.mwsvm.content.accounts import Accounts
from collective.mwsvm.content.accounts import grid
from collective.mwsvm.content.accounts import service_grid
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import NotFound
from dataclasses import replace
from plone import api
from Products.Five import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from urllib.parse import urlencode
from zExceptions import NotFound as PageNotFound


class Page(OwnForm, BrowserView):
    """What the pages of accounts have in common."""

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.context)

    def asked_for(self) -> Account:
        """The account that the URL names; otherwise there is no such page."""
        try:
            return self.accounts.get(str(self.request.form.get("username", "")))
        except NotFound as error:
            raise PageNotFound(str(error)) from error

    def go_to(self, url: str, message: str) -> str:
        api.portal.show_message(message, self.request)
        self.request.response.redirect(url)
        return ""

    def url(self, page: str, **query: str) -> str:
        """The address of one of these pages: ``s`` is the list, '' one account."""
        address = f"{self.context.absolute_url()}/@@mws-account{page}"
        return f"{address}?{urlencode(query)}" if query else address


class AccountList(Page):
    """All accounts, in the order of any column."""

    COLUMNS = (
        ("name", _("Application name")),
        ("username", _("Username")),
        ("description", _("Description")),
        ("enabled", _("Enabled")),
    )

    def sorting(self) -> tuple[str, bool]:
        """The column that is sorted by, and whether downwards."""
        asked = str(self.request.form.get("sort", ""))
        column = asked if asked in dict(self.COLUMNS) else "name"
        return column, self.request.form.get("order") == "desc"

    def columns(self) -> list[dict]:
        """Each column's heading, with the address that sorts by it, or turns it round."""
        current, is_down = self.sorting()
        direction = "descending" if is_down else "ascending"
        found = []
        for name, label in self.COLUMNS:
            query = {"sort": name}
            if name == current and not is_down:
                query["order"] = "desc"
            found.append(
                {
                    "label": label,
                    "url": self.url("s", **query),
                    "order": direction if name == current else "",
                }
            )
        return found

    def rows(self) -> list[dict]:
        column, is_down = self.sorting()

        def place(account):
            value = getattr(account, column)
            # Those that are enabled come first.
            return not value if column == "enabled" else value.casefold()

        return [
            {
                "account": account,
                "url": self.url("", username=account.username),
                "reset_url": self.url("-reset", username=account.username),
            }
            for account in sorted(self.accounts.list(), key=place, reverse=is_down)
        ]


class AccountView(Page):
    """One account, with all that it was granted."""

    account: Account

    def __call__(self):
        self.account = self.asked_for()
        return self.index()

    def links(self) -> dict[str, str]:
        pages = ("edit", "reset", "delete")
        username = self.account.username
        return {page: self.url(f"-{page}", username=username) for page in pages}

    def permissions(self) -> list[dict]:
        return permission_rows(grid(), self.account.permissions)

    def services(self) -> list[dict]:
        return service_rows(service_grid(), self.account.services)


class AccountForm(Page):
    """The fields and the grids of an account; what is wrong is said beside its field."""

    index: ViewPageTemplateFile
    account: Account
    #: Whether the account may be switched off here.
    can_disable = False

    name_rule = NAME_RULE
    username_rule = USERNAME_RULE
    name_length = NAME_LENGTH
    description_length = DESCRIPTION_LENGTH

    def __init__(self, context, request):
        super().__init__(context, request)
        self.errors: dict[str, str] = {}

    def __call__(self):
        self.account = self.before()
        if not self.is_posted():
            return self.index()
        old, self.account = self.account, self.submitted(self.account)
        self.errors = problems(self.account, *self.grids(old))
        if not self.errors:
            try:
                return self.save(old)
            except Conflict as error:
                self.errors["username"] = str(error)
        return self.index()

    def before(self) -> Account:
        """What the form shows first."""
        raise NotImplementedError

    def save(self, old: Account) -> str:
        """Store the account; the page that follows."""
        raise NotImplementedError

    def grids(self, account: Account) -> tuple[Grid, Grid]:
        """What can be granted to this account."""
        return (
            merged(grid(), account.permissions),
            merged(service_grid(), account.services),
        )

    def submitted(self, account: Account) -> Account:
        """The account as the form has it."""
        values = {
            "name": self.text("name").strip(),
            "username": self.text("username").strip(),
            "description": "\n".join(self.text("description").splitlines()).strip(),
            "permissions": self.grants("permissions"),
            "services": self.grants("services"),
        }
        if self.can_disable:
            values["enabled"] = bool(self.text("enabled"))
        return replace(account, **values)

    def text(self, name: str) -> str:
        return str(self.request.form.get(f"form.{name}", ""))

    def grants(self, name: str) -> dict[str, list[str]]:
        """What is checked in a grid; the name of a check box is "item of what"."""
        checked = self.request.form.get(f"form.{name}", [])
        granted: dict[str, list[str]] = {}
        for box in checked if isinstance(checked, list) else [checked]:
            item, _space, owner = str(box).partition(" ")
            granted.setdefault(owner, []).append(item)
        return granted

    def permissions(self) -> list[dict]:
        return permission_rows(grid(), self.account.permissions)

    def services(self) -> list[dict]:
        return service_rows(service_grid(), self.account.services)


class AddForm(AccountForm):
    """A new account; then its password, once."""

    title = _("Add an application account")
    button = _("Add the account")
    password_page = ViewPageTemplateFile("templates/account_password.pt")
    password = ""
    is_new = True

    def before(self):
        return Account(
            "",
            "",
            permissions=grants_of(grid()),
            services=grants_of(service_grid()),
        )

    def save(self, old):
        self.password = self.accounts.create(self.account)
        return _shown_once(self)


class EditForm(AccountForm):
    """An account that there is; its password stays."""

    title = _("Edit an application account")
    button = _("Save")
    can_disable = True
    is_new = False

    def before(self):
        return self.asked_for()

    def save(self, old):
        self.accounts.change(old.username, self.account)
        return self.go_to(
            self.url("", username=self.account.username), _("The changes were saved.")
        )


class ResetForm(Page):
    """A new password, when it was asked for twice; it is shown once."""

    password_page = ViewPageTemplateFile("templates/account_password.pt")
    account: Account
    password = ""
    is_new = False

    def __call__(self):
        self.account = self.asked_for()
        if not self.is_posted():
            return self.index()
        self.password = self.accounts.reset(self.account.username)
        return _shown_once(self)


class DeleteForm(Page):
    """Deletes an account, when it was asked for twice."""

    account: Account

    def __call__(self):
        self.account = self.asked_for()
        if not self.is_posted():
            return self.index()
        self.accounts.delete(self.account.username)
        return self.go_to(self.url("s"), _("The application account was deleted."))


def permission_rows(offered: Grid, granted: Grants) -> list[dict]:
    """The rows of the grid of resources; a cell is None where there is no such method."""
    return [
        {
            "name": resource,
            "is_gone": resource not in offered,
            "cells": [
                _box(resource, method, granted) if method in methods else None
                for method in METHODS
            ],
        }
        for resource, methods in merged(offered, granted).items()
    ]


def service_rows(
    offered: Mapping[str, Mapping[str, bool]], granted: Grants
) -> list[dict]:
    """The plug-in types, each with its web services."""
    return [
        {
            "name": plugin_type,
            "is_gone": plugin_type not in offered,
            "cells": [
                {
                    **_box(plugin_type, service, granted),
                    "is_open": not offered.get(plugin_type, {}).get(service, True),
                }
                for service in services
            ],
        }
        for plugin_type, services in merged(offered, granted).items()
    ]


def _box(owner: str, item: str, granted: Grants) -> dict:
    return {
        "item": item,
        "label": f"{item} {owner}",
        "is_granted": item in granted.get(owner, ()),
    }


def _shown_once(page: AddForm | ResetForm) -> str:
    # Neither the browser nor a proxy keeps this page.
    page.request.response.setHeader("Cache-Control", "no-store")
    return page.password_page()
