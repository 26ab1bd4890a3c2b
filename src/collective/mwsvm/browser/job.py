"""The page of a job, made by an editor or known by its record only."""

from Acquisition import aq_parent
from codecs import getincrementaldecoder
from collective.mwsvm import _
from collective.mwsvm import site
from collective.mwsvm.browser import state
from collective.mwsvm.browser.forms import ActionForm
from collective.mwsvm.browser.machine import may
from collective.mwsvm.content import follow
from collective.mwsvm.content.job import IJob
from collective.mwsvm.content.virtualmachine import IVirtualMachine
from collective.mwsvm.content.vocabularies import machine_exists
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.workload import records
from plone import api
from plone.app.content.browser.content_status_modify import ContentStatusModifyView
from plone.uuid.interfaces import IUUID
from Products.CMFCore.WorkflowCore import WorkflowException
from Products.Five import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from z3c.form.widget import ComputedWidgetAttribute
from zope.publisher.interfaces import NotFound as NotPublished
import re
import transaction


CONTROL = "collective.mwsvm: Control Job"
MANAGE_RECORDS = "collective.mwsvm: Manage Records"

#: Bytes of the log that the page shows at once; the rest is a download.
PAGE_LOG = 256 * 1024

#: What the buttons say, in the order of the page.
LABELS = {
    "queue": _("Queue"),
    "hold": _("Hold"),
    "release": _("Release"),
    "suspend": _("Suspend"),
    "resume": _("Resume"),
    "retry": _("Retry"),
    "cancel": _("Cancel"),
}

#: What has been done then. Not the state: the job may have gone on by the time it is read.
DONE = {
    "queue": _("queued"),
    "hold": _("held"),
    "release": _("released"),
    "suspend": _("suspended"),
    "resume": _("resumed"),
    "retry": _("queued again"),
    "requeue": _("queued again"),
    "cancel": _("cancelled"),
}

#: Those that bring the job forward, so that they stand out.
MAIN = ("queue", "release", "resume", "retry")


def _empty_machine(value):
    context = value.context
    # The form is on the job, or on what will contain it.
    place = aq_parent(context) if IJob.providedBy(context) else context
    return _("This machine") if IVirtualMachine.providedBy(place) else _("Any machine")


#: What the forms call it when no machine is chosen.
EmptyMachine = ComputedWidgetAttribute(_empty_machine, field=IJob["virtual_machine"])


def move_content(job, action: str) -> None:
    """Have the workflow move a Job, as far as the present user may. Raises `Conflict`."""
    workflow = api.portal.get_tool("portal_workflow")
    possible = [item["id"] for item in workflow.getTransitionsFor(job)]
    if action not in possible:
        label = JobState(api.content.get_state(job)).label
        raise Conflict(
            f"The job is {label}; what you can do now: "
            f"{', '.join(possible) or 'nothing'}."
        )
    try:
        workflow.doActionFor(job, action)
    except WorkflowException as error:
        raise Conflict(str(error)) from error


def move_record(record: JobRecord, action: str) -> None:
    """Move a job by its record; its content follows, where there is some.

    Raises `Conflict`, and WorkflowException when its machine is gone.
    """
    if action in ("release", "retry"):
        follow.target_of(record.machine)
    with site.database().writing() as connection:
        if action in ("cancel", "requeue"):
            # The manager takes the members of an array along.
            site.manager(connection).jobs.act(record.name, action)
        else:
            site.queue(connection).act(record, action)


class OfContent:
    """The job is the context, a Job in Plone."""

    def record(self) -> JobRecord | None:
        with site.database().reading() as connection:
            return records.of_content(connection, IUUID(self.context))

    def may_control(self) -> bool:
        return may(CONTROL, self.context)

    def url(self) -> str:
        return self.context.absolute_url()

    suffix = ""


class OfRecord:
    """The job is a record, named in the query, on the site."""

    def record(self) -> JobRecord | None:
        try:
            with site.database().reading() as connection:
                return records.get(connection, str(self.request.form.get("name", "")))
        except NotFound:
            raise NotPublished(self.context, "mwsvm-job", self.request) from None

    def may_control(self) -> bool:
        return may(MANAGE_RECORDS, self.context)

    def url(self) -> str:
        return f"{self.context.absolute_url()}/@@mwsvm-job{self.suffix}"

    @property
    def suffix(self):
        return f"?name={self.record().name}"


class JobView(OfContent, BrowserView):
    """The page of a job; as ``job-live`` only the part that changes."""

    live = ViewPageTemplateFile("templates/job_live.pt")

    prefix = "job"

    def state(self):
        """The job's state, completed for the page; never None."""
        record = self.record()
        if record is None:
            return {
                "status": "Draft",
                "moving": False,
                "attempts": [],
                "actions": ["queue"],
            }
        with site.database().reading() as connection:
            runs = records.attempts_of(connection, record.id)
        found = state.job_state(record, runs)
        links = state.machine_links(run.machine for run in runs)
        for run in found["attempts"]:
            run["machine"] = links.get(run["machine"])
        return found

    def title(self):
        return self.context.title

    def start_string(self):
        return self.context.start_string

    def machine(self):
        """The UID of the machine that the job is meant for, "" for any."""
        return self.context.machine()

    def meant_for(self):
        """That machine, None if there is none or it is not to be seen."""
        uid = self.machine()
        return state.machine_links([uid]).get(uid) if uid else None

    def machine_was_deleted(self):
        uid = self.machine()
        return bool(uid) and not machine_exists(uid)

    def buttons(self, found):
        if not self.may_control():
            return []
        return [
            {"action": name, "label": label, "main": name in MAIN}
            for name, label in LABELS.items()
            if name in found["actions"]
        ]

    def action_url(self):
        return f"{self.context.absolute_url()}/@@{self.prefix}-action{self.suffix}"

    def live_url(self):
        return f"{self.context.absolute_url()}/@@{self.prefix}-live{self.suffix}"

    def log_url(self):
        return f"{self.context.absolute_url()}/@@{self.prefix}-log{self.suffix}"

    def log(self):
        """The beginning of the last attempt's log as text, and where it goes on."""
        record = self.record()
        if record is None or not record.attempt:
            return {"text": "", "offset": 0, "attempt": 0}
        with site.database().reading() as connection:
            data = records.read_log(
                connection, record.id, record.attempt, limit=PAGE_LOG
            )
        # A character may be cut in two; the rest of it comes with the next bytes.
        decoder = getincrementaldecoder("utf-8")("replace")
        text = decoder.decode(data)
        return {
            "text": text,
            "offset": len(data) - len(decoder.getstate()[0]),
            "attempt": record.attempt,
        }


class RecordView(OfRecord, JobView):
    """The page of a job that no editor has made."""

    prefix = "mwsvm-job"

    def title(self):
        record = self.record()
        return record.title or record.name

    def start_string(self):
        return self.record().start_string

    def machine(self):
        return self.record().machine


class JobAction(OfContent, ActionForm):
    """The target of the buttons on a job's page."""

    def act(self, action):
        if action not in LABELS:
            raise Invalid(
                f"There is no action {action!r}; there are {', '.join(LABELS)}."
            )
        self.move(action)
        return _("The job has been ${done}.", mapping={"done": DONE[action]})

    def move(self, action):
        move_content(self.context, action)

    def target(self):
        return self.url()


class StateMenu(ContentStatusModifyView):
    """What Plone's own state menu leads to; a refusal of the queue becomes a message."""

    def __call__(self, workflow_action=None, comment="", **kwargs):
        # The publisher looks for the form's fields in this signature.
        try:
            return super().__call__(workflow_action, comment, **kwargs)
        except (MwsvmError, WorkflowException) as error:
            transaction.abort()
            api.portal.show_message(str(error), self.request, "error")
            return self.request.response.redirect(self.context.absolute_url())


class RecordAction(OfRecord, JobAction):
    """The same for a job that no editor has made."""

    def move(self, action):
        move_record(self.record(), action)


class JobLog(OfContent, BrowserView):
    """An attempt's log as it came: bytes, from ``offset`` on, as plain text.

    ``attempt`` names another than the last one. The headers X-MWSVM-Attempt and
    X-MWSVM-Offset say what it is and where to go on.
    """

    def __call__(self):
        record = self.record()
        response = self.request.response
        response.setHeader("Content-Type", "text/plain; charset=utf-8")
        response.setHeader("X-Content-Type-Options", "nosniff")
        response.setHeader("Cache-Control", "no-store")
        attempt = self._number("attempt", record.attempt if record else 0)
        offset = self._number("offset", 0)
        data = b""
        if record is not None:
            with site.database().reading() as connection:
                # Whole, for a download; it is no longer than the settings allow.
                data = records.read_log(
                    connection, record.id, attempt, offset, limit=1 << 40
                )
                runs = records.attempts_of(connection, record.id)
            run = next((run for run in runs if run.attempt == attempt), None)
            if run and run.ended and run.log_size > run.log_kept and offset == 0:
                data += (
                    f"\n[The site keeps {run.log_kept} of the {run.log_size} bytes of "
                    "this log.]\n"
                ).encode()
            response.setHeader("X-MWSVM-Kept", str(run.log_kept if run else 0))
        response.setHeader("X-MWSVM-Attempt", str(attempt))
        response.setHeader("X-MWSVM-Offset", str(offset + len(data)))
        return data

    def _number(self, name, default):
        text = str(self.request.form.get(name, default))
        return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else default


class RecordLog(OfRecord, JobLog):
    """The same for a job that no editor has made."""
