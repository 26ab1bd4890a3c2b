"""What is done again and again on each site.

Each task can be cut off anywhere and done again: it looks at the records for what is to
be done, and leaves them so that the next turn goes on.
"""

from collections.abc import Callable
from collective.mwsvm import site
from collective.mwsvm.cloud.ec2 import Account
from collective.mwsvm.cloud.ec2 import CloudError
from collective.mwsvm.cloud.ec2 import Ec2
from collective.mwsvm.content import fleet
from collective.mwsvm.content import follow
from collective.mwsvm.content import orphans
from collective.mwsvm.models.machines import ALIVE
from collective.mwsvm.models.machines import MachineRecord
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.sites import with_site
from collective.mwsvm.worker import documents
from collective.mwsvm.worker import job_mails
from collective.mwsvm.worker import plugins
from collective.mwsvm.worker import scheduling
from collective.mwsvm.worker import system_jobs
from collective.mwsvm.worker import utilization
from collective.mwsvm.worker.turn import Turn
from collective.mwsvm.workload import leases
from collective.mwsvm.workload import losses
from collective.mwsvm.workload import machines
from collective.mwsvm.workload.machine_documents import MachineDocuments
from functools import lru_cache
from plone import api
import logging


logger = logging.getLogger(__name__)

ACTOR = "worker"


# -- machines


def carry_machines(turn: Turn) -> None:
    """Machines that start, stop or have fallen silent are carried one step on."""

    def gather():
        settings = site.settings()
        patient = not turn.patience.is_over(settings.lease)
        return _due_orders(), orphans.all_orphans(), settings, patient

    orders, orphaned, settings, patient = with_site(turn.path, gather)
    cloud = lru_cache(maxsize=None)(fleet.ec2)
    for order in orders:
        if not turn.still_ours():
            return
        outcome = _carry(order, cloud, settings, patient)
        with_site(turn.path, lambda o=order, r=outcome: _note(o.record, r))
    for instance, account in orphaned.items():
        if not turn.still_ours():
            return
        if _is_gone(instance, account, cloud):
            with_site(turn.path, lambda i=instance: orphans.remove(i))


def _carry(order, cloud, settings, patient) -> fleet.Outcome:
    try:
        ec2 = cloud(order.account)
    except CloudError as error:
        # No client, so nothing was asked; the same as a refusal.
        ec2 = _Refusing(error)
    return fleet.carry(order, ec2, site.clock(), settings, patient)


class _Refusing:
    """An EC2 that can't even be asked: every call raises the reason."""

    def __init__(self, error: CloudError):
        self._error = error

    def __getattr__(self, name):
        def refuse(*args):
            raise self._error

        return refuse


def _due_orders() -> list[fleet.Order]:
    now = site.clock()
    settings = site.settings()
    with site.database().reading() as connection:
        due = [
            record
            for record in machines.all_records(connection, ALIVE)
            if _is_due(connection, record, now, settings)
        ]
    found = []
    for record in due:
        vm = find_machine(record.uid)
        if vm is None:
            logger.warning("machine %s (%s) has no content", record.uid, record.title)
        else:
            found.append(fleet.order_for(vm, record))
    return found


def _is_due(connection, record: MachineRecord, now: float, settings) -> bool:
    if record.checked is None:
        return True
    settled = not record.unwanted and (record.reservation_id or not record.instance_id)
    if record.status == MachineState.RUNNING and settled:
        contact = machines.heartbeat(connection, record.uid).last_contact
        silent = contact is None or contact <= now - settings.silence_limit
        return silent and record.checked <= now - settings.silence_limit
    return record.checked <= now - settings.check_interval


def _note(record: MachineRecord, outcome: fleet.Outcome) -> None:
    with site.database().writing() as connection:
        fleet.apply(
            site.queue(connection, ACTOR),
            site.machines(connection, ACTOR),
            record,
            outcome,
        )


def _is_gone(instance: str, account: Account, cloud: Callable[[Account], Ec2]) -> bool:
    try:
        ec2 = cloud(account)
        found = ec2.describe([instance]).get(instance)
        if found is None or found.state == "terminated":
            logger.info("instance %s of a deleted machine has ended", instance)
            return True
        if found.state != "shutting-down":
            logger.info("terminating %s: its machine was deleted", instance)
            ec2.terminate(instance)
    except CloudError as error:
        logger.warning("can't terminate %s of a deleted machine: %s", instance, error)
    return False


def find_machine(uid: str):
    """The VirtualMachine with this UID, or None."""
    catalog = api.portal.get_tool("portal_catalog")
    found = catalog.unrestrictedSearchResults(UID=uid, portal_type="VirtualMachine")
    return found[0]._unrestrictedGetObject() if found else None


# -- jobs


def expire_leases(turn: Turn) -> None:
    """Jobs whose machines have fallen silent are queued again or failed."""

    def expire():
        if not turn.patience.is_over(site.settings().lease):
            return []
        with site.database().reading() as connection:
            # Most turns find nothing, and then nobody is kept from writing.
            if not losses.are_due(connection, site.clock()):
                return []
        with site.database().writing() as connection:
            return losses.expire(site.queue(connection, ACTOR))

    while with_site(turn.path, expire):
        if not turn.still_ours():
            return


def reconcile_content(turn: Turn) -> None:
    """What a crash has parted from its record is brought in line: jobs and machines."""
    with_site(turn.path, follow.reconcile)
    with_site(turn.path, _follow_machines)


def _follow_machines() -> None:
    with site.database().writing() as connection:
        documents = MachineDocuments(connection, site.clock)
        documents.follow_all(machines.all_records(connection))


def drop_old_logs(turn: Turn) -> None:
    """Logs older than the settings say are dropped."""

    def purge():
        before = site.clock() - site.settings().log_retention_days * 86400
        with site.database().writing() as connection:
            return site.queue(connection, ACTOR).logs.purge(before)

    while with_site(turn.path, purge):
        if not turn.still_ours():
            return


# -- the reaper


def reap_strays(turn: Turn) -> None:
    """Instances with our tag that belong to no machine of ours are terminated.

    Only those older than the grace, and only those that carry this site's id.
    """

    def gather():
        catalog = api.portal.get_tool("portal_catalog")
        brains = catalog.unrestrictedSearchResults(portal_type="VirtualMachine")
        vms = [brain._unrestrictedGetObject() for brain in brains]
        accounts = {fleet.account_of(vm) for vm in vms}
        accounts.update(orphans.all_orphans().values())
        return accounts, site.site_id(), site.settings().reaper_grace

    accounts, owner, grace = with_site(turn.path, gather)
    for account in accounts:
        if not turn.still_ours():
            return
        try:
            ec2 = fleet.ec2(account)
            found = ec2.owned(owner)
        except CloudError as error:
            logger.warning("the reaper can't look at %s: %s", account.region, error)
            continue
        # The records after the instances: what was launched meanwhile has its record.
        known = with_site(turn.path, _known)
        for instance in found:
            old = instance.launched < site.clock() - grace
            if old and is_stray(known.get(instance.machine), instance.id):
                logger.warning(
                    "terminating the stray instance %s: it carries this site's tag, but "
                    "is not the instance of machine %s",
                    instance.id,
                    instance.machine or "(none)",
                )
                try:
                    ec2.terminate(instance.id)
                except CloudError as error:
                    logger.warning("can't terminate %s: %s", instance.id, error)


def _known() -> dict[str, MachineRecord]:
    with site.database().reading() as connection:
        return {record.uid: record for record in machines.all_records(connection)}


def is_stray(record: MachineRecord | None, instance: str) -> bool:
    """Whether an instance that names this machine is not, or no longer, its own."""
    if record is None:
        return True
    if record.status == MachineState.STARTING and not record.instance_id:
        # Its launch may be under way.
        return False
    if record.instance_id != instance:
        return True
    return record.status not in ALIVE and not record.kept


#: Every task: its name, its interval in seconds, and what it does.
TASKS: dict[str, tuple[float, Callable[[Turn], None]]] = {
    "machines": (2, carry_machines),
    "leases": (5, expire_leases),
    "scheduler": (1, scheduling.schedule_jobs),
    "reservations": (10, scheduling.keep_reservations),
    "mails": (5, job_mails.mail),
    "plugins": (0.5, plugins.poll_plugins),
    "vms": (2, system_jobs.carry_vms),
    "migrations": (30, system_jobs.migrate_vms),
    "reconcile": (60, reconcile_content),
    "reaper": (300, reap_strays),
    "logs": (3600, drop_old_logs),
    "reports": (5, documents.consolidate_reports),
    "utilization": (15, utilization.sample_utilization),
    "events": (3600, documents.drop_old_events),
    "repeats": (3600, documents.forget_repeats),
}

#: A worker that has not renewed a task for so many seconds has lost it. Longer than
#: the longest call to EC2 can take.
LEASE = 90


def take_lease(path: str, task: str, holder: str, now: float) -> bool:
    """Whether the worker ``holder`` does the task on this site now."""

    def take():
        with site.database().transaction() as connection:
            return leases.take(connection, task, holder, now, LEASE)

    return with_site(path, take)


def give_back_leases(path: str, holder: str) -> None:
    """The worker ends; others may go on at once."""

    def give_back():
        with site.database().transaction() as connection:
            leases.give_back(connection, holder)

    with_site(path, give_back)
