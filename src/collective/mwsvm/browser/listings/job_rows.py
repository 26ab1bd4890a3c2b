"""Jobs as rows of the list: those with a record, and drafts, which have none."""

from collections.abc import Collection as Group
from collections.abc import Iterable
from collective.mwsvm import site
from collective.mwsvm.browser import state
from collective.mwsvm.browser.job import CONTROL
from collective.mwsvm.browser.job import MANAGE_RECORDS
from collective.mwsvm.browser.listings.page import Json
from collective.mwsvm.browser.machine import JobRows
from collective.mwsvm.browser.machine import may
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload import job_lists
from collective.mwsvm.workload.job_lists import JobFilter
from collective.mwsvm.workload.job_lists import nodes_of
from collective.mwsvm.workload.job_lists import waits_for
from plone import api


#: What sorts drafts as records are sorted by a column; others by the last change.
_SORTS = {"title": "sortable_title", "user": "Creator"}


def manages_records() -> bool:
    """Whether the present user sees and moves every job, also those without content."""
    return may(MANAGE_RECORDS, api.portal.get())


def visible() -> list[str]:
    """The UIDs of the Jobs that the present user may see."""
    return [brain.UID for brain in api.content.find(portal_type="Job")]


def controllable(uids: Iterable[str | None]) -> set[str]:
    """Those of the Jobs with these UIDs that the present user may control."""
    found = api.content.find(portal_type="Job", UID=[uid for uid in uids if uid])
    return {b.UID for b in found if may(CONTROL, b._unrestrictedGetObject())}


def record_rows(request, found: list[JobRecord]) -> list[Json]:
    """Rows of jobs, with what the guide's objects of them say."""
    with site.database().reading() as connection:
        documents = job_lists.documents_of(connection, [each.name for each in found])
        ran_on = job_lists.last_machines(connection, found)
    machines = state.machine_links(ran_on.values())
    everything = manages_records()
    mine = set() if everything else controllable(each.content for each in found)
    by_name = {record.name: record for record in found}
    rows = []
    for row in JobRows(request).rows(found):
        record = by_name[row["name"]]
        document = documents.get(record.name)
        why = waits_for(document) if document and record.state in WAITING else ""
        rows.append(
            {
                **row,
                "field": "job",
                "key": record.name,
                "selectable": everything or record.content in mine,
                "user": record.owner,
                "reason": row["reason"] or why,
                "machine": row["machine"] or machines.get(ran_on.get(record.name)),
                "nodes": nodes_of(document) if document else [],
                "priority": record.priority,
                "submitted": state.moment(record.submitted),
                "started": state.moment(record.started),
            }
        )
    return rows


class Drafts:
    """The Jobs that were never queued and match a filter, as the catalog knows them."""

    def __init__(self, wanted: JobFilter, sort: str, descending: bool) -> None:
        query = {"Creator": wanted.user, "mwsvm_machine": wanted.machine}
        self._catalog = api.portal.get_tool("portal_catalog")
        self._found = self._catalog(
            portal_type="Job",
            review_state=str(JobState.DRAFT),
            sort_on=_SORTS.get(sort, "modified"),
            sort_order="descending" if descending else "ascending",
            **{index: value for index, value in query.items() if value},
        )
        if wanted.text:
            text = wanted.text.casefold()
            self._found = [b for b in self._found if text in _words_of(b).casefold()]
        self.total = len(self._found)

    def rows(self, limit: int, offset: int) -> list[Json]:
        some = self._found[offset : offset + limit]
        mine = controllable(brain.UID for brain in some)
        machines = self._machines(some)
        return [
            {
                "field": "draft",
                "key": brain.UID,
                "selectable": brain.UID in mine,
                "name": "",
                "title": brain.Title or brain.getId,
                "url": brain.getURL(),
                "user": brain.Creator,
                "state": str(JobState.DRAFT),
                "label": JobState.DRAFT.label,
                "reason": "",
                "machine": machines.get(brain.UID),
                "nodes": [],
                "priority": None,
                "submitted": None,
                "started": None,
            }
            for brain in some
        ]

    def _machines(self, brains: Group) -> Json:
        index = self._catalog.Indexes["mwsvm_machine"]
        meant = {b.UID: index.getEntryForObject(b.getRID(), "") for b in brains}
        links = state.machine_links(filter(None, meant.values()))
        return {
            uid: links[machine] for uid, machine in meant.items() if machine in links
        }


def _words_of(brain) -> str:
    return f"{brain.Title}\n{brain.Creator}"
