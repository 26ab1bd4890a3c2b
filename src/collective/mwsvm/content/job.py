"""The Job: what an editor wants to have run, and what came back."""

from AccessControl import ClassSecurityInfo
from AccessControl.class_init import InitializeClass
from Acquisition import aq_parent
from collective.mwsvm import _
from collective.mwsvm import site
from collective.mwsvm.content import follow
from collective.mwsvm.content.virtualmachine import IVirtualMachine
from collective.mwsvm.models.dates import iso
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import NewJob
from collective.mwsvm.workload import records
from plone.dexterity.content import Item
from plone.supermodel import model
from plone.uuid.interfaces import IUUID
from Products.CMFCore.WorkflowCore import WorkflowException
from zope import schema
from zope.interface import implementer
from zope.interface import Invalid
from zope.interface import invariant


def _limits(field):
    """The bounds that `NewJob` has for a field, declared once there."""
    bounds = {type(m).__name__: m for m in NewJob.model_fields[field].metadata}
    limits = {}
    if "Ge" in bounds:
        limits["min"] = bounds["Ge"].ge
    if "Gt" in bounds:
        limits["min"] = bounds["Gt"].gt + 1
    if "Le" in bounds:
        limits["max"] = bounds["Le"].le
    if "MinLen" in bounds:
        limits["min_length"] = bounds["MinLen"].min_length
    if "MaxLen" in bounds:
        limits["max_length"] = bounds["MaxLen"].max_length
    return limits


class IJob(model.Schema):
    """A job: a command that a machine runs."""

    virtual_machine = schema.Choice(
        title=_("Virtual machine"),
        description=_(
            "The machine that shall run the job. Empty means the machine that contains "
            "the job; a job outside of one runs on any machine."
        ),
        vocabulary="collective.mwsvm.virtual_machines",
        required=False,
    )
    start_string = schema.Text(
        title=_("Start string"),
        description=_("What the machine runs, by /bin/sh: a command or a script."),
        **_limits("start_string"),
    )
    time_limit = schema.Int(
        title=_("Time limit"),
        description=_("Seconds the job may run; empty for no limit."),
        required=False,
        **_limits("time_limit"),
    )
    retries = schema.Int(
        title=_("Retries"),
        description=_("How often the job is run again when it fails or is lost."),
        default=0,
        **_limits("retries"),
    )
    priority = schema.Int(
        title=_("Priority"),
        description=_("The job with the highest number runs first."),
        default=0,
        **_limits("priority"),
    )

    @invariant
    def is_for_a_machine_that_one_may_use(data):
        """Asked of a waiting job only: a draft is asked when it is queued."""
        job = data.__context__
        if not IJob.providedBy(job) or follow.waiting_record(job) is None:
            return
        try:
            follow.check_use(job.machine_if(data.virtual_machine))
        except WorkflowException as error:
            raise Invalid(str(error)) from error


@implementer(IJob)
class Job(Item):
    """A job. Its workflow state follows its record in the MWS database, which is made
    when the job is queued and is the truth about it."""

    security = ClassSecurityInfo()

    #: When the job was queued or last changed, as its record has it.
    queue_time = 0.0

    @property
    def record(self) -> JobRecord | None:
        """The job's record; None for a job that was never queued."""
        with site.database().reading() as connection:
            return records.of_content(connection, IUUID(self))

    @property
    def status(self) -> str:
        """Draft, Queued, Held, Running, Suspended, Finished, Failed or Cancelled."""
        record = self.record
        return (JobState.DRAFT if record is None else record.state).label

    def _from_record(self, name: str):
        record = self.record
        return None if record is None else getattr(record, name)

    @property
    def exit_code(self) -> int | None:
        """What the start string ended with; negative for the signal that ended it."""
        return self._from_record("exit_code")

    @property
    def attempt(self) -> int:
        """How many attempts there have been."""
        return self._from_record("attempt") or 0

    @property
    def started(self) -> str | None:
        """When the last attempt began, in UTC and ISO 8601."""
        moment = self._from_record("started")
        return None if moment is None else iso(moment)

    @property
    def ended(self) -> str | None:
        """When the job ended, in UTC and ISO 8601."""
        moment = self._from_record("ended")
        return None if moment is None else iso(moment)

    @property
    def log(self) -> bytes:
        """The log of the last attempt."""
        record = self.record
        if record is None:
            return b""
        with site.database().reading() as connection:
            return records.read_log(connection, record.id, record.attempt)

    @security.private
    def machine(self) -> str:
        """The UID of the machine the job is meant for; "" for any."""
        return self.machine_if(self.virtual_machine)

    @security.private
    def machine_if(self, virtual_machine: str | None) -> str:
        """The same, if this one were chosen."""
        parent = aq_parent(self)
        if not virtual_machine and IVirtualMachine.providedBy(parent):
            return IUUID(parent)
        return virtual_machine or ""

    @security.private
    def description_of_work(self) -> NewJob:
        """What the queue must know; raises pydantic's ValidationError."""
        return NewJob(
            title=self.title or "",
            # Browsers end lines as no shell does.
            start_string=(self.start_string or "").replace("\r\n", "\n"),
            machine=self.machine(),
            priority=self.priority or 0,
            time_limit=self.time_limit,
            retries=self.retries or 0,
            content=IUUID(self),
            owner=(self.creators or ("",))[0],
        )


InitializeClass(Job)
