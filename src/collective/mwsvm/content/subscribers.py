"""What happens when a machine comes, changes or goes."""

from AccessControl import getSecurityManager
from collective.mwsvm import site
from collective.mwsvm.content import fleet
from collective.mwsvm.content import orphans
from collective.mwsvm.models.machines import ALIVE
from collective.mwsvm.workload import losses
from collective.mwsvm.workload import machines
from plone.uuid.interfaces import IUUID


def createVM(vm, event):
    """A machine was added: no current job, status unevaluated, a token of its own."""
    vm.regenerate_token()
    with site.database().writing() as connection:
        site.machines(connection).register(IUUID(vm), vm.title)


def vm_copied(vm, event):
    """Whoever could not have changed the keys of a machine gets none with a copy of it."""
    # What was copied may be a folder around it.
    path = vm.getPhysicalPath()[len(event.object.getPhysicalPath()) :]
    original = event.original.unrestrictedTraverse(path)
    if not getSecurityManager().checkPermission("Modify portal content", original):
        vm.accessKey = vm.secretKey = ""


def vm_modified(vm, event):
    """Its record has the same title."""
    with site.database().writing() as connection:
        site.machines(connection).rename(IUUID(vm), vm.title)


def vm_removed(vm, event):
    """Its jobs are told, and an instance that may still live is terminated."""
    uid = IUUID(vm)
    with site.database().writing() as connection:
        record = machines.find(connection, uid)
        if record is None:
            return
        losses.release_machine(
            site.queue(connection), uid, f"the machine {record.title} was deleted"
        )
        site.machines(connection).forget(uid)
    if record.unwanted:
        orphans.add(record.unwanted, fleet.account_of(vm))
    if record.instance_id and (record.status in ALIVE or record.kept):
        orphans.add(record.instance_id, fleet.account_of(vm))
