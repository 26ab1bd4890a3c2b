"""A job's workflow state and its record's state are one, whichever moved first.

Both directions end where the two agree, so neither needs to know who began.
"""

from AccessControl.SecurityManagement import getSecurityManager
from AccessControl.SecurityManagement import newSecurityManager
from AccessControl.SecurityManagement import setSecurityManager
from AccessControl.users import UnrestrictedUser
from Acquisition import aq_base
from collective.mwsvm import site
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import Unavailable
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload import records
from contextlib import contextmanager
from DateTime import DateTime
from plone import api
from plone.uuid.interfaces import IUUID
from Products.CMFCore.WorkflowCore import WorkflowException
from pydantic import ValidationError
from zExceptions import BadRequest
import logging


logger = logging.getLogger(__name__)

WORKFLOW = "mwsvm_job_workflow"

#: Whoever may use a machine may have jobs run on it.
USE_MACHINE = "collective.mwsvm: Use Virtual Machine"


# -- the content follows its record


def follow_record(record: JobRecord, transition: str, actor: str) -> None:
    """Bring the Job content to its record's state; does nothing where there is none."""
    job = find_job(record.content)
    if job is None:
        return
    workflows = api.portal.get_tool("portal_workflow")
    state = workflows.getInfoFor(job, "review_state", None)
    if state == record.state:
        return
    with _acting_as(actor):
        try:
            workflows.doActionFor(job, transition, comment=record.reason)
        except WorkflowException:
            _force(job, record)


def find_job(uid: str | None):
    """The Job content with this UID, whoever asks; None where there is none."""
    if not uid:
        return None
    catalog = api.portal.get_tool("portal_catalog")
    found = catalog.unrestrictedSearchResults(UID=uid, portal_type="Job")
    return found[0]._unrestrictedGetObject() if found else None


def _force(job, record: JobRecord) -> None:
    """The two have drifted apart, as a crash can make them: the record is right."""
    workflows = api.portal.get_tool("portal_workflow")
    status = {
        "action": None,
        "actor": api.user.get_current().getId(),
        "comments": record.reason or "Brought in line with the job's record.",
        "review_state": str(record.state),
        "time": DateTime(),
    }
    workflows.setStatusOf(WORKFLOW, job, status)
    job.reindexObject(idxs=["review_state"])
    logger.warning("job %s: content brought in line, %s", record.name, record.state)


class _Site(UnrestrictedUser):
    """The site itself, with a name for the history of what it does."""

    def getId(self):
        return self.getUserName()


@contextmanager
def _acting_as(actor: str):
    """The site itself acts, and the history says for whom."""
    before = getSecurityManager()
    newSecurityManager(None, _Site(actor or "mwsvm", "", ("Manager",), []))
    try:
        yield
    finally:
        setSecurityManager(before)


def reconcile() -> int:
    """Bring jobs in line that a crash has parted from their records; how many it was.

    Looks at the content that the catalog calls waiting or running.
    """
    catalog = api.portal.get_tool("portal_catalog")
    brains = catalog.unrestrictedSearchResults(
        portal_type="Job", review_state=[str(state) for state in WAITING | ACTIVE]
    )
    states = {brain.UID: brain.review_state for brain in brains}
    with site.database().reading() as connection:
        parted = [
            record
            for record in records.of_contents(connection, states)
            if states[record.content] != record.state
        ]
    for record in parted:
        with _acting_as("mwsvm"):
            _force(find_job(record.content), record)
    return len(parted)


# -- the record follows its content


def job_transitioned(job, event) -> None:
    """A person moves the job by its workflow: its record moves first, or nothing does.

    Before the content has moved, for callers that catch a refusal commit what is left.
    Raises WorkflowException where the queue refuses, `Unavailable` where it is away.
    """
    if event.transition is None:
        return
    if isinstance(getSecurityManager().getUser(), _Site):
        # The content follows its record.
        return
    with site.database().writing() as connection:
        record = records.of_content(connection, IUUID(job))
        if record is not None and record.state == event.new_state.id:
            return
        queue = site.queue(connection)
        # The content is about to move by itself.
        queue.moved = None
        transition = event.transition.id
        try:
            if transition == "queue" and record is None:
                record = queue.submit(work_of(job), site.setting("job_prefix"))
                _place(job, record)
                return
            if record is None:
                raise WorkflowException("The job was never queued.")
            comment = event.kwargs.get("comment", "") if event.kwargs else ""
            if transition in ("retry", "queue"):
                work = work_of(job)
                record = queue.act(record, "retry", comment)
                _place(job, queue.revise(record, work))
            else:
                if transition == "release":
                    target_of(record.machine)
                queue.act(record, transition, comment)
        except Unavailable:
            raise
        except MwsvmError as error:
            raise WorkflowException(str(error)) from error


def job_modified(job, event) -> None:
    """The description of a waiting job has changed: so has its record.

    Raises BadRequest for a job that can't be run, or not by this person there.
    """
    record = waiting_record(job)
    if record is None:
        return
    with site.database().writing() as connection:
        try:
            _place(job, site.queue(connection).revise(record, work_of(job)))
        except Unavailable:
            raise
        except (MwsvmError, WorkflowException) as error:
            raise BadRequest(str(error)) from error


def waiting_record(job) -> JobRecord | None:
    """The record of a job that waits, so that its description may still change."""
    uid = IUUID(job, None)
    if uid is None:
        # It is only just being made.
        return None
    with site.database().reading() as connection:
        record = records.of_content(connection, uid)
    return record if record is not None and record.state in WAITING else None


def job_moved(job, event) -> None:
    """A waiting job that is put into another machine is for that one."""
    if event.oldParent is None or event.newParent is None:
        return
    itself = aq_base(event.object) is aq_base(job)
    if itself and aq_base(event.oldParent) is not aq_base(event.newParent):
        job_modified(job, event)


def job_removed(job, event) -> None:
    """The job is deleted: it is cancelled, and its record keeps what it did."""
    with site.database().writing() as connection:
        site.queue(connection).withdraw(IUUID(job), "The job was deleted.")


def work_of(job):
    """The job's description for the queue.

    Raises WorkflowException for a job that can't be run, or not by this person there.
    """
    try:
        work = job.description_of_work()
    except ValidationError as error:
        sentences = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
            for item in error.errors()
        )
        raise WorkflowException(f"The job can't be queued: {sentences}.") from error
    check_use(work.machine)
    return work


def check_use(machine: str) -> None:
    """Raises WorkflowException unless the present user may use a machine, "" for any."""
    target = target_of(machine)
    if not getSecurityManager().checkPermission(USE_MACHINE, target):
        where = f"on {target.title}" if machine else "on any machine of this site"
        raise WorkflowException(f"You are not allowed to run jobs {where}.")


def target_of(machine: str):
    """The machine with this UID, the site for "" which means any.

    Raises WorkflowException for one that is gone: a job for it would wait for ever.
    """
    if not machine:
        return api.portal.get()
    catalog = api.portal.get_tool("portal_catalog")
    found = catalog.unrestrictedSearchResults(UID=machine)
    if not found:
        raise WorkflowException(
            "The job can't be queued: the machine it is meant for was deleted; choose "
            "another one under Edit."
        )
    return found[0]._unrestrictedGetObject()


def _place(job, record: JobRecord) -> None:
    """The job's place in the queue, in the catalog as in its record."""
    job.queue_time = record.modified
    job.reindexObject(idxs=["mwsvm_machine", "mwsvm_queue_order"])
