"""What the catalog knows of a job, so that one query finds the next one."""

from collective.mwsvm.content.job import IJob
from plone.indexer import indexer


@indexer(IJob)
def mwsvm_machine(job):
    """The UID of the machine the job is meant for; "" for any."""
    return job.machine()


@indexer(IJob)
def mwsvm_queue_order(job):
    """Sorts as the queue does: by priority, then by least recent modification."""
    return (-(job.priority or 0), job.queue_time)
