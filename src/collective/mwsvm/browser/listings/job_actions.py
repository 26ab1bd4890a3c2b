"""What is done to the jobs that were selected in the list."""

from collective.mwsvm import _
from collective.mwsvm import site
from collective.mwsvm.browser.job import CONTROL
from collective.mwsvm.browser.job import DONE
from collective.mwsvm.browser.job import move_content
from collective.mwsvm.browser.job import move_record
from collective.mwsvm.browser.listings.bulk import BulkAction
from collective.mwsvm.browser.listings.bulk import Item
from collective.mwsvm.browser.listings.job_rows import manages_records
from collective.mwsvm.browser.listings.jobs import ACTIONS
from collective.mwsvm.browser.listings.jobs import JobList
from collective.mwsvm.browser.machine import may
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.workload import job_lists
from collective.mwsvm.workload import records
from plone import api
from zExceptions import Unauthorized


class JobsAction(BulkAction):
    """The target of the form around the list of jobs."""

    LISTING = JobList
    ACTIONS = ACTIONS
    QUESTIONS = {
        "cancel": _(
            "Cancel these jobs? What runs is ended. A cancelled job can be retried."
        ),
        "requeue": _(
            "Put these jobs back into the queue? What they have done so far is lost, and "
            "they begin anew."
        ),
    }
    NOTHING = _("Nothing was done: select at least one job first.")

    def selected(self):
        names = [name for name in self.texts("job") if name]
        with site.database().reading() as connection:
            found = job_lists.named(connection, names)
        contents = _contents([each.content for each in found if each.content])
        everything = manages_records()
        known = {
            record.name: Item(
                "job", record.name, record.title or record.name, _url(record, contents)
            )
            for record in found
            if everything or record.content in contents
        }
        drafts = _contents([uid for uid in self.texts("draft") if uid])
        return [
            *(
                Item("draft", uid, brain.Title or brain.getId, brain.getURL())
                for uid, brain in drafts.items()
            ),
            *(known.get(name, Item("job", name, name)) for name in names),
        ]

    def act(self, item):
        if item.field == "draft":
            draft = _contents([item.key]).get(item.key)
            if draft is None:
                raise NotFound(f"There is no job {item.title!r} any more.")
            self._move_content(draft)
            return
        record = self._record(item.key)
        content = _contents([record.content]).get(record.content)
        if content is not None and self.action != "requeue":
            self._move_content(content)
        elif not manages_records():
            raise Unauthorized(
                f"You are not allowed to {self.action} the job {item.key}."
            )
        elif self.action == "queue":
            raise Conflict(f"Job {item.key} is {record.state.label}; it is no draft.")
        else:
            move_record(record, self.action)

    def said(self, number):
        done = DONE[self.action]
        if number == 1:
            return _("The job has been ${done}.", mapping={"done": done})
        return _("${n} jobs have been ${done}.", mapping={"n": number, "done": done})

    def _record(self, name: str) -> JobRecord:
        # What one may not see is not there.
        with site.database().reading() as connection:
            record = records.get(connection, name)
        if record.content not in _contents([record.content]) and not manages_records():
            raise NotFound(f"There is no job {name!r}.")
        return record

    def _move_content(self, brain):
        job = brain.getObject()
        if not may(CONTROL, job):
            raise Unauthorized(f"You are not allowed to control the job {brain.Title}.")
        move_content(job, self.action)


def _contents(uids):
    """The Jobs with these UIDs that the present user may see, by UID."""
    wanted = [uid for uid in uids if uid]
    found = api.content.find(portal_type="Job", UID=wanted) if wanted else []
    return {brain.UID: brain for brain in found}


def _url(record, contents):
    if record.content in contents:
        return contents[record.content].getURL()
    return f"{api.portal.get().absolute_url()}/@@mwsvm-job?name={record.name}"
