"""The list of all machines and jobs."""

from collective.mwsvm import site
from collective.mwsvm.browser import state
from collective.mwsvm.browser.job import MANAGE_RECORDS
from collective.mwsvm.browser.machine import JobRows
from collective.mwsvm.browser.machine import may
from collective.mwsvm.content.vocabularies import distinct_titles
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.workload import machines
from collective.mwsvm.workload import records
from plone import api
from Products.Five import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
import re


PAGE = 50


class Overview(BrowserView):
    """Machines and jobs; as ``mwsvm-live`` only the part that changes."""

    live = ViewPageTemplateFile("templates/overview_live.pt")

    def machines(self):
        """The machines that the present user may see."""
        brains = api.content.find(
            portal_type="VirtualMachine", sort_on="sortable_title"
        )
        with site.database().reading() as connection:
            known = {record.uid: record for record in machines.all_records(connection)}
            beats = machines.heartbeats_of(connection)
        titles = distinct_titles(brains)
        rows = []
        for brain in brains:
            record = known.get(brain.UID)
            beat = beats.get(brain.UID)
            rows.append(
                {
                    "title": titles[brain.UID],
                    "url": brain.getURL(),
                    "status": str(
                        record.status if record else MachineState.UNEVALUATED
                    ),
                    "reason": record.reason if record else "",
                    "instance_id": record.instance_id if record else "",
                    "last_contact": state.moment(beat) if beat else None,
                }
            )
        return rows

    def wanted(self):
        """The state that is asked for, None for all."""
        asked = str(self.request.form.get("state", ""))
        return JobState(asked) if asked in {str(s) for s in JobState} else None

    def page(self):
        text = str(self.request.form.get("page", "1"))
        return max(1, int(text)) if re.fullmatch("[0-9]{1,9}", text) else 1

    def jobs(self):
        """One page of the jobs that the present user may see, and how many there are."""
        offset = (self.page() - 1) * PAGE
        if self.wanted() == JobState.DRAFT:
            rows, total = JobRows(self.request).drafts(PAGE, offset)
        else:
            rows, total = self.recorded(offset)
        return {
            "rows": rows,
            "total": total,
            "page": self.page(),
            "last": max(1, -(-total // PAGE)),
        }

    def recorded(self, offset):
        """The same of those that were queued at some time."""
        wanted = self.wanted()
        content = None
        if not may(MANAGE_RECORDS, self.context):
            content = [brain.UID for brain in api.content.find(portal_type="Job")]
        with site.database().reading() as connection:
            found, total = records.page(
                connection,
                states=[wanted] if wanted else (),
                content=content,
                limit=PAGE,
                offset=offset,
            )
        return JobRows(self.request).rows(found), total

    def filters(self):
        """The states, each with its link; the first is all of them."""
        base = f"{self.context.absolute_url()}/@@mwsvm"
        wanted = self.wanted()
        links = [{"label": "All", "url": base, "current": wanted is None}]
        for job_state in JobState:
            links.append(
                {
                    "label": job_state.label,
                    "url": f"{base}?state={job_state}",
                    "current": job_state == wanted,
                }
            )
        return links

    def page_url(self, number):
        wanted = self.wanted()
        query = f"state={wanted}&" if wanted else ""
        return f"{self.context.absolute_url()}/@@mwsvm?{query}page={number}"

    def live_url(self):
        wanted = self.wanted()
        query = f"state={wanted}&" if wanted else ""
        return f"{self.context.absolute_url()}/@@mwsvm-live?{query}page={self.page()}"
