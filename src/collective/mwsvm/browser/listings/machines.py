"""The list of virtual machines: what plug-ins report, and the site's own in the cloud."""

from collective.mwsvm import _
from collective.mwsvm import site
from collective.mwsvm.browser.listings.job_rows import manages_records
from collective.mwsvm.browser.listings.machine_rows import machine_rows
from collective.mwsvm.browser.listings.machine_rows import visible
from collective.mwsvm.browser.listings.page import Json
from collective.mwsvm.browser.listings.page import Listing
from collective.mwsvm.browser.listings.page import PAGE
from collective.mwsvm.workload import machine_lists
from collective.mwsvm.workload.machine_lists import MachineFilter
from functools import cached_property
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile


#: What can be done to many machines at a time, in the order of the buttons.
ACTIONS = {
    "start": _("Start"),
    "stop": _("Stop"),
    "migrate": _("Migrate"),
    "destroy": _("Destroy"),
}


class MachineList(Listing):
    """The page; as ``mwsvm-machines-live`` only the part that changes."""

    section = "@@mwsvm-machines"

    COLUMNS = (
        ("name", _("Machine")),
        ("state", _("State")),
        ("host", _("Host or instance")),
        ("", _("Image")),
        ("", _("Size")),
        ("", _("Running job")),
        ("", _("Last contact")),
    )
    ORDER = ("name", False)

    live = ViewPageTemplateFile("templates/machines_live.pt")

    @cached_property
    def uids(self) -> list[str] | None:
        """The machines of the site that may be seen; None: whatever there is."""
        return None if manages_records() else visible()

    def filters(self) -> Json:
        return {
            "state": [text for text in self.texts("state") if text],
            **{name: self.text(name) for name in ("q", "host")},
        }

    @cached_property
    def found(self) -> tuple[list[Json], int]:
        """The rows of this page, and how many there are in all."""
        filters = self.filters()
        wanted = MachineFilter(
            filters["state"], filters["q"], filters["host"], self.uids
        )
        with site.database().reading() as connection:
            documents, total = machine_lists.page(
                connection, wanted, *self.sorting, PAGE, self.offset
            )
        return machine_rows(self.request, documents), total

    @cached_property
    def rows(self) -> list[Json]:
        return self.found[0]

    @cached_property
    def total(self) -> int:
        return self.found[1]

    def is_filtered(self) -> bool:
        return any(self.filters().values())

    def state_choices(self) -> list[Json]:
        """The states that there are, as check boxes of the filter."""
        asked = {text.lower() for text in self.filters()["state"]}
        with site.database().reading() as connection:
            known = machine_lists.states(connection, self.uids)
        return [
            {
                "value": each.lower(),
                "label": each.capitalize() if each.islower() else each,
                "checked": each.lower() in asked,
            }
            for each in known
        ]

    def host_choices(self) -> list[str]:
        """The hosts that can be filtered by."""
        if not manages_records():
            return []
        with site.database().reading() as connection:
            return machine_lists.hosts(connection)

    def migrates(self) -> bool:
        """Whether there is a button that migrates: only plug-ins' machines have hosts."""
        return manages_records()

    def targets(self) -> list[str]:
        """The hosts that machines can be migrated to."""
        with site.database().reading() as connection:
            return machine_lists.hypervisors(connection)

    def actions(self) -> list[Json]:
        """The other buttons; none where nothing can be selected."""
        if not any(row["selectable"] for row in self.rows) and not manages_records():
            return []
        return [
            {"value": name, "label": label, "is_danger": name == "destroy"}
            for name, label in ACTIONS.items()
            if name != "migrate"
        ]
