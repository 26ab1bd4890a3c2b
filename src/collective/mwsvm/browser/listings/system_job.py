"""The page of a job that migrates or destroys a virtual machine."""

from collective.mwsvm import _
from collective.mwsvm import site
from collective.mwsvm.browser.listings.job_rows import manages_records
from collective.mwsvm.browser.listings.page import Json
from collective.mwsvm.browser.listings.page import Page
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import NotFound
from functools import cached_property
from plone import api
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from zExceptions import NotFound as PageNotFound


_TITLES = {
    "VMMIGRATE": _("Migration of a virtual machine"),
    "VMDESTROY": _("Destruction of a virtual machine"),
}


class SystemJobView(Page):
    """The page; as ``mwsvm-system-job-live`` only the part that changes.

    It is for those who manage records, and for who has begun the job.
    """

    section = "@@mwsvm-machines"

    live = ViewPageTemplateFile("templates/system_job_live.pt")

    @cached_property
    def document(self) -> Json:
        """The guide's object of the job that the URL names; else there is no page."""
        name = self.text("name")
        try:
            with site.database().reading() as connection:
                document = site.job_documents(connection).get(name)
        except NotFound as error:
            raise PageNotFound(str(error)) from error
        user = api.user.get_current().getId()
        is_theirs = bool(user) and document["credentials"]["user"] == user
        if not document["systemJobType"] or not (manages_records() or is_theirs):
            raise PageNotFound(f"The resource with id '{name}' was not found")
        return document

    def title(self) -> str:
        kind = self.document["systemJobType"]
        return _TITLES.get(kind, kind)

    def state(self) -> str:
        """The word for the colour and for people."""
        if self.document["isActive"]:
            return "running"
        return "failed" if self.document["completionCode"] else "finished"

    def message(self) -> str:
        """How it went, in a sentence."""
        return "; ".join(each["message"] for each in self.document["messages"])

    def machines(self) -> list[Json]:
        """The machines that it is about, with the lists that show them."""
        return [
            {
                "name": each["name"],
                "url": self.url("@@mwsvm-machines", {"q": each["name"]}),
            }
            for each in self.document["virtualMachines"]
        ]

    def places(self) -> Json:
        """Where a migration comes from and goes to, and why if nobody asked for it."""
        variables = self.document["variables"]
        return {
            "source": variables.get("migrationSource"),
            "destination": variables.get("migrationDestination"),
            "reason": variables.get("motivation"),
        }

    def moments(self) -> Json:
        """When it began and ended, in ISO 8601; None where it has not yet."""
        found = self.document["dates"]
        return {
            name: dates.iso(dates.seconds(found[date])) if found[date] else None
            for name, date in (("started", "startDate"), ("ended", "completedDate"))
        }

    def live_url(self) -> str:
        return self.url("@@mwsvm-system-job-live", {"name": self.document["name"]})
