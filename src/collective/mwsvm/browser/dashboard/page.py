"""The dashboard's page."""

from collective.mwsvm import _
from collective.mwsvm import site
from collective.mwsvm.browser.dashboard import counts
from collective.mwsvm.browser.dashboard.events import CALL_API
from collective.mwsvm.browser.dashboard.events import last_events
from collective.mwsvm.browser.dashboard.events import Shown
from collective.mwsvm.browser.dashboard.utilization import range_of
from collective.mwsvm.browser.dashboard.utilization import RANGES
from collective.mwsvm.browser.dashboard.utilization import Utilization
from collective.mwsvm.browser.dashboard.waiting import reasons
from collective.mwsvm.browser.listings.page import Json
from collective.mwsvm.browser.listings.page import Page
from collective.mwsvm.browser.machine import may
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.reporting.store import ReportStore
from dataclasses import dataclass
from functools import cached_property
from plone import api
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
import json


@dataclass(frozen=True)
class Tile:
    """A number with what it counts; ``state`` gives it its colour."""

    label: str
    count: int
    state: str
    url: str | None


@dataclass(frozen=True)
class Figures:
    """All that the database says, as far as the present user may see it."""

    jobs: dict[JobState, int]
    machines: dict[str, int]
    nodes: dict[str, int]
    reasons: list[Json]
    utilization: Utilization | None
    events: list[Shown]


class Dashboard(Page):
    """The page; as ``mwsvm-live`` only the parts that change."""

    section = "@@mwsvm"

    live = ViewPageTemplateFile("templates/live.pt")

    @cached_property
    def range(self):
        """How far the charts go back."""
        return range_of(self.text("range"))

    @cached_property
    def figures(self) -> Figures:
        with site.database().reading() as connection:
            return Figures(
                counts.jobs_by_state(connection),
                counts.machines_by_state(connection),
                counts.nodes_by_state(connection),
                reasons(connection, self.request),
                self._utilization(connection),
                last_events(connection),
            )

    def _utilization(self, connection) -> Utilization | None:
        # How busy the site is is not for everybody.
        if api.user.is_anonymous():
            return None
        store = ReportStore(connection, site.clock, site.new_id)
        return Utilization.read(store, self.range, site.clock())

    # -- tiles

    def jobs(self) -> list[Tile]:
        return [
            Tile(
                state.label,
                count,
                str(state),
                self.url("@@mwsvm-jobs", {"state": str(state)}),
            )
            for state, count in self.figures.jobs.items()
        ]

    def machines(self) -> list[Tile]:
        return [
            Tile(state, count, state, self._machines_url(state))
            for state, count in self.figures.machines.items()
        ]

    def nodes(self) -> list[Tile]:
        return [
            Tile(state, count, state, self._nodes_url(state))
            for state, count in self.figures.nodes.items()
        ]

    def _machines_url(self, state: str) -> str:
        return self.url("@@mwsvm-machines", {"state": state})

    def _nodes_url(self, state: str) -> str | None:
        # Nodes have no page, but the API lists them.
        if not may(CALL_API, self.context):
            return None
        query = json.dumps({"states.state": state.capitalize()})
        asked = {"api-version": 2, "query": query, "pretty": "true"}
        return self.url("mws/rest/nodes", asked)

    # -- words

    def summary(self) -> str:
        """The jobs in a sentence, which is read out whenever it changes."""
        found = self.figures.jobs
        return _(
            "${running} running, ${waiting} waiting, ${failed} failed",
            mapping={
                "running": sum(found[state] for state in ACTIVE),
                "waiting": sum(found[state] for state in WAITING),
                "failed": found[JobState.FAILED],
            },
        )

    # -- links

    def ranges(self) -> list[Json]:
        """The ranges, each with its link."""
        return [
            {
                "label": each.label,
                "url": self.url("@@mwsvm", {"range": each.id}),
                "current": each is self.range,
            }
            for each in RANGES
        ]

    def live_url(self) -> str:
        return self.url("@@mwsvm-live", {"range": self.range.id})
