"""What the lists have in common: filter, order and page, all in the URL."""

from collections.abc import Mapping
from collective.mwsvm import _
from collective.mwsvm.browser.forms import OwnForm
from functools import cached_property
from plone import api
from Products.Five import BrowserView
from typing import Any
from urllib.parse import urlencode
import re


Json = dict[str, Any]

#: Rows of a page.
PAGE = 50

#: Characters of a filter that are looked at.
LONGEST = 200

#: The pages that each of these pages leads to.
SECTIONS = (
    ("@@mwsvm", _("Dashboard")),
    ("@@mwsvm-jobs", _("Jobs")),
    ("@@mwsvm-machines", _("Virtual machines")),
)


class Page(OwnForm, BrowserView):
    """A page about jobs or machines, with the links to the others."""

    #: The page in `SECTIONS` that it belongs to.
    section = ""

    def sections(self) -> list[Json]:
        """The links at the top."""
        return [
            {"url": self.url(name), "label": label, "current": name == self.section}
            for name, label in SECTIONS
        ]

    def url(self, page: str, query: Mapping[str, Any] | None = None) -> str:
        """The address of a page of the site; a list in ``query`` is several parameters."""
        address = f"{self.context.absolute_url()}/{page}"
        return f"{address}?{urlencode(query, doseq=True)}" if query else address

    def text(self, name: str) -> str:
        """A parameter, the last where there are several; "" if it is not there."""
        return self.texts(name)[-1][:LONGEST]

    def texts(self, name: str) -> list[str]:
        """All that was given for a parameter; one empty text if it is not there."""
        found = self.request.form.get(name, "")
        every = found if isinstance(found, list) else [found]
        # No database has a text with a null byte.
        return [str(each).replace("\0", "").strip() for each in every] or [""]


class Listing(Page):
    """A list: which rows, in which order, from which on."""

    #: The headings of columns, by what they are sorted by ("" for those that are not).
    COLUMNS: tuple[tuple[str, str], ...] = ()
    #: The order where none is asked for, and whether downwards.
    ORDER = ("", False)
    #: The columns that are first looked at from their upper ends.
    DOWNWARDS: tuple[str, ...] = ()

    def __call__(self) -> str:
        if "_authenticator" in self.request.form:
            # Plone adds it to all forms; in an address that people keep it is no good.
            self.request.response.redirect(self.self_url())
            return ""
        return self.index()

    def filters(self) -> Json:
        """What is asked for, without what is empty; lists are several parameters."""
        raise NotImplementedError

    @cached_property
    def sorting(self) -> tuple[str, bool]:
        """The column that is sorted by, and whether downwards."""
        asked = self.text("sort")
        if not asked or asked not in dict(self.COLUMNS):
            return self.ORDER
        return asked, self.text("order") == "desc"

    @cached_property
    def number(self) -> int:
        """The number of the page, from 1 on."""
        text = self.text("page")
        return max(1, int(text)) if re.fullmatch("[0-9]{1,9}", text) else 1

    @property
    def offset(self) -> int:
        return (self.number - 1) * PAGE

    def query(self, **changes: Any) -> Json:
        """The parameters of this list, with changes; None takes one away."""
        column, is_down = self.sorting
        found = self.filters()
        if self.sorting != self.ORDER:
            found |= {"sort": column, "order": "desc"} if is_down else {"sort": column}
        if self.number > 1:
            found["page"] = self.number
        return {key: value for key, value in (found | changes).items() if value}

    def self_url(self, **changes: Any) -> str:
        """The address of this list, with changes of its parameters."""
        return self.url(self.section, self.query(**changes))

    def live_url(self) -> str:
        """Where the part that changes is, for just this list."""
        return self.url(f"{self.section}-live", self.query())

    def action_url(self) -> str:
        """The target of the form around the rows; it leads back to just this list."""
        return self.url(f"{self.section}-action", self.query())

    def page_url(self, number: int) -> str:
        return self.self_url(page=number if number > 1 else None)

    def columns(self) -> list[Json]:
        """Each heading, with the address that sorts by it or turns the order round."""
        current, is_down = self.sorting
        found = []
        for name, label in self.COLUMNS:
            turned = not is_down if name == current else name in self.DOWNWARDS
            order = "desc" if turned else None
            is_usual = (name, turned) == self.ORDER
            query = {"sort": None if is_usual else name, "page": None}
            query["order"] = None if is_usual else order
            direction = "descending" if is_down else "ascending"
            found.append(
                {
                    "label": label,
                    "url": self.self_url(**query) if name else None,
                    "order": direction if name and name == current else None,
                }
            )
        return found

    def pages(self, total: int) -> Json:
        """The page's place among all of them; URLs are None where there is no page."""
        last = max(1, -(-total // PAGE))
        before = min(self.number - 1, last)
        return {
            "number": self.number,
            "last": last,
            "previous": self.page_url(before) if self.number > 1 else None,
            "next": self.page_url(self.number + 1) if self.number < last else None,
        }

    def is_anonymous(self) -> bool:
        return api.user.is_anonymous()
