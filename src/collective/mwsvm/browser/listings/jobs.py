"""The list of all jobs, whoever made them."""

from collective.mwsvm import _
from collective.mwsvm import site
from collective.mwsvm.browser.job import LABELS
from collective.mwsvm.browser.listings.job_rows import Drafts
from collective.mwsvm.browser.listings.job_rows import manages_records
from collective.mwsvm.browser.listings.job_rows import record_rows
from collective.mwsvm.browser.listings.job_rows import visible
from collective.mwsvm.browser.listings.page import Json
from collective.mwsvm.browser.listings.page import Listing
from collective.mwsvm.browser.listings.page import PAGE
from collective.mwsvm.content.vocabularies import distinct_titles
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.workload import job_lists
from collective.mwsvm.workload.job_lists import JobFilter
from functools import cached_property
from plone import api
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile


#: What can be done to many jobs at a time, in the order of the buttons.
ACTIONS = {
    **{name: label for name, label in LABELS.items() if name != "cancel"},
    "requeue": _("Requeue"),
    "cancel": LABELS["cancel"],
}


class JobList(Listing):
    """The page; as ``mwsvm-jobs-live`` only the part that changes."""

    section = "@@mwsvm-jobs"

    COLUMNS = (
        ("title", _("Job")),
        ("user", _("User")),
        ("state", _("State")),
        ("", _("Machine or nodes")),
        ("priority", _("Priority")),
        ("submitted", _("Submitted")),
        ("started", _("Started")),
    )
    ORDER = ("submitted", True)
    DOWNWARDS = ("priority", "submitted", "started")

    live = ViewPageTemplateFile("templates/jobs_live.pt")

    @cached_property
    def states(self) -> list[JobState]:
        """The states that are asked for, in the order of a job's life."""
        asked = {text.lower() for text in self.texts("state")}
        return [each for each in JobState if each in asked]

    def filters(self) -> Json:
        return {
            "state": [str(each) for each in self.states],
            **{name: self.text(name) for name in ("q", "user", "machine")},
        }

    @cached_property
    def wanted(self) -> JobFilter:
        return JobFilter(
            states=[each for each in self.states if each != JobState.DRAFT],
            text=self.text("q"),
            user=self.text("user"),
            machine=self.text("machine"),
            content=None if manages_records() else visible(),
        )

    @cached_property
    def found(self) -> tuple[list[Json], int]:
        """The rows of this page, and how many there are in all.

        Drafts, where they are asked for, come before all jobs that have a record.
        """
        rows: list[Json] = []
        drafts = 0
        if JobState.DRAFT in self.states:
            some = Drafts(self.wanted, *self.sorting)
            rows, drafts = some.rows(PAGE, self.offset), some.total
            if not self.wanted.states:
                return rows, drafts
        column, is_down = self.sorting
        with site.database().reading() as connection:
            found, total = job_lists.page(
                connection,
                self.wanted,
                column,
                is_down,
                PAGE - len(rows),
                max(0, self.offset - drafts),
            )
        return rows + record_rows(self.request, found), drafts + total

    @cached_property
    def rows(self) -> list[Json]:
        return self.found[0]

    @cached_property
    def total(self) -> int:
        return self.found[1]

    def is_filtered(self) -> bool:
        return any(self.filters().values())

    def state_choices(self) -> list[Json]:
        """The states, as check boxes of the filter."""
        return [
            {"value": str(each), "label": each.label, "checked": each in self.states}
            for each in JobState
        ]

    def machine_choices(self) -> list[Json]:
        """The machines that the present user may see."""
        brains = api.content.find(
            portal_type="VirtualMachine", sort_on="sortable_title"
        )
        chosen = self.text("machine")
        return [
            {"value": uid, "label": title, "selected": uid == chosen}
            for uid, title in distinct_titles(brains).items()
        ]

    def actions(self) -> list[Json]:
        """The buttons; none where nothing can be selected."""
        if not any(row["selectable"] for row in self.rows) and not manages_records():
            return []
        return [
            {"value": name, "label": label, "is_danger": name == "cancel"}
            for name, label in ACTIONS.items()
            if name != "requeue" or manages_records()
        ]
