"""System jobs: migrations and destructions of virtual machines, to their ends.

Migrations that the policy asks for begin here, too.
"""

from collections.abc import Callable
from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.control import PluginControl
from collective.mwsvm.sites import with_site
from collective.mwsvm.worker.turn import Turn
from collective.mwsvm.workload import machines
from collective.mwsvm.workload import vm_migration
from collective.mwsvm.workload import vm_operations
from collective.mwsvm.workload import vm_world
from collective.mwsvm.workload.interface import Initiator
from collective.mwsvm.workload.interface import SystemJob
from collective.mwsvm.workload.interface import SystemJobs
from collective.mwsvm.workload.vm_operations import Ended
from sqlalchemy import Connection
import logging


logger = logging.getLogger(__name__)

#: Who begins what nobody has asked for.
ACTOR = "scheduler"


def carry_vms(turn: Turn) -> None:
    """The task: virtual machines are migrated and destroyed, a step at a time."""
    control = with_site(turn.path, site.plugins)
    carry_system_jobs(control, site.system_jobs, turn.still_ours)


def carry_system_jobs(
    control: PluginControl,
    system_jobs: Callable[[Connection], SystemJobs],
    still_ours: Callable[[], bool] = lambda: True,
) -> None:
    """Take a step with each system job that has not ended.

    Nobody has a transaction open: plug-ins may take their time. Ends when ``still_ours``
    says no.
    """
    context = control.context
    with context.database.reading() as connection:
        waiting = system_jobs(connection).under_way()
    for job in waiting:
        if not still_ours():
            return
        with context.database.reading() as connection:
            vms = Collection(connection, collections.vms, context.new_id)
            try:
                vm = vms.get(job.vm)
            except NotFound:
                vm = None
            machine = machines.find(connection, job.arguments.get("machine", ""))
        ended = vm_operations.step(job, vm, machine, control.rm_events.send)
        if ended is not None:
            _end(control, system_jobs, job, ended)


def migrate_vms(turn: Turn) -> None:
    """The task: virtual machines leave hypervisors that the policy wants relieved."""
    begin_migrations(with_site(turn.path, site.plugins), site.system_jobs)


def begin_migrations(
    control: PluginControl, system_jobs: Callable[[Connection], SystemJobs]
) -> None:
    """Start a job for each migration that the policy asks for now."""
    context = control.context
    with context.database.reading() as connection:
        # Most turns find nothing, and then nobody is kept from writing.
        jobs = system_jobs(connection)
        if not vm_migration.decide(connection, context.clock(), jobs):
            return
    with context.changing(Actor(ACTOR)) as changing:
        begun = vm_migration.start(
            changing.connection,
            context.clock(),
            system_jobs(changing.connection),
            Initiator(ACTOR),
        )
    for name, move in begun.items():
        logger.info(
            "%s moves %s from %s to %s: %s",
            name,
            move.machine,
            move.source,
            move.target,
            move.reason,
        )


def _end(
    control: PluginControl,
    system_jobs: Callable[[Connection], SystemJobs],
    job: SystemJob,
    ended: Ended,
) -> None:
    actor = Actor(job.actor.user, job.actor.proxy_user)
    with control.context.changing(actor) as changing:
        if job.kind == vm_operations.MIGRATE:
            vm_world.note(changing.connection, job, control.context.clock())
        system_jobs(changing.connection).ended(job.name, ended.ok, ended.message)
        what = job.kind.removeprefix("vm")
        message = None if ended.ok else ended.message
        changing.tell(what, job.vm, message, kind="vm")
