"""One action on many things: each on its own, so that a refusal stops no other."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm import _
from collective.mwsvm.browser.forms import check_authentic
from collective.mwsvm.browser.listings.page import Listing
from collective.mwsvm.browser.listings.page import Page
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import Unavailable
from collective.mwsvm.transactions import committed
from dataclasses import dataclass
from dataclasses import field
from functools import cached_property
from plone import api
from Products.CMFCore.WorkflowCore import WorkflowException
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from zExceptions import BadRequest
from zExceptions import Unauthorized
import transaction


@dataclass(frozen=True)
class Item:
    """What was selected: the form's field and value, and how people know it."""

    field: str
    key: str
    title: str
    url: str | None = None


@dataclass
class Outcome:
    """What became of each; ``done`` has the name of the job to follow, if there is one."""

    done: list[tuple[Item, str | None]] = field(default_factory=list)
    refused: list[tuple[Item, str]] = field(default_factory=list)


def on_each(items: Iterable[Item], act: Callable[[Item], str | None]) -> Outcome:
    """Do it to each, in transactions of their own."""
    outcome = Outcome()
    away: str | None = None
    for item in items:
        if away is not None:
            outcome.refused.append((item, away))
            continue
        try:
            outcome.done.append((item, act(item)))
        except (MwsvmError, WorkflowException, Unauthorized) as error:
            transaction.abort()
            outcome.refused.append((item, str(error)))
            if isinstance(error, Unavailable):
                # It is not the fault of this one, and each takes its time to find out.
                away = str(error)
    return outcome


class BulkAction(Page):
    """The target of the form around a list."""

    #: The page that the form is on.
    LISTING: type[Listing]
    #: What the buttons are called, by their values.
    ACTIONS: Mapping[str, str] = {}
    #: What is asked before these are done.
    QUESTIONS: Mapping[str, str] = {}
    #: Said when nothing is selected.
    NOTHING = ""

    confirm_page = ViewPageTemplateFile("templates/confirm.pt")
    outcome_page = ViewPageTemplateFile("templates/outcome.pt")

    def __call__(self):
        if self.request.method != "POST":
            raise BadRequest("This is a form's target; use POST.")
        check_authentic(self.context, self.request)
        self.action = self.text("action")
        if self.action not in self.ACTIONS:
            return self.back(
                f"There is no action {self.action!r}; there are "
                f"{', '.join(self.ACTIONS)}.",
                "error",
            )
        self.items = self.selected()
        if not self.items:
            return self.back(self.NOTHING, "warning")
        if self.action in self.QUESTIONS and not self.text("confirmed"):
            return self.confirm_page()
        self.outcome = on_each(self.items, self.tried)
        if self.outcome.refused or any(job for _item, job in self.outcome.done):
            return self.outcome_page()
        return self.back(self.said(len(self.outcome.done)))

    # -- what pages of different things differ in

    def selected(self) -> list[Item]:
        """What was selected, as far as the present user may see it."""
        raise NotImplementedError

    def act(self, item: Item) -> str | None:
        """Do it; the name of the job that one can follow, if there is one."""
        raise NotImplementedError

    def said(self, number: int) -> str:
        """The sentence when it was done to so many."""
        raise NotImplementedError

    # --

    def tried(self, item: Item) -> str | None:
        return committed(lambda: self.act(item))

    def back(self, message: str, kind: str = "info") -> str:
        api.portal.show_message(message, self.request, kind)
        self.request.response.redirect(self.listing.self_url())
        return ""

    @cached_property
    def listing(self) -> Listing:
        """The list that the form was on, with its filter, order and page."""
        return self.LISTING(self.context, self.request)

    def label(self) -> str:
        return self.ACTIONS[self.action]

    def question(self) -> str:
        return self.QUESTIONS[self.action]

    def job_url(self, name: str) -> str:
        """The page of a job to follow."""
        return self.url("@@mwsvm-system-job", {"name": name})

    def summary(self) -> str:
        return _(
            "Done: ${done}, refused: ${refused}",
            mapping={
                "done": len(self.outcome.done),
                "refused": len(self.outcome.refused),
            },
        )
