"""What is done to the virtual machines that were selected in the list."""

from collective.mwsvm import _
from collective.mwsvm import site
from collective.mwsvm.browser.listings.bulk import BulkAction
from collective.mwsvm.browser.listings.bulk import Item
from collective.mwsvm.browser.listings.job_rows import manages_records
from collective.mwsvm.browser.listings.machines import ACTIONS
from collective.mwsvm.browser.listings.machines import MachineList
from collective.mwsvm.browser.machine import CONTROL
from collective.mwsvm.browser.machine import may
from collective.mwsvm.browser.machine import perform
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.transactions import committed
from collective.mwsvm.workload import machine_lists
from collective.mwsvm.workload.interface import Machines
from collective.mwsvm.workload.vm_changes import ANY
from plone import api
from zExceptions import Unauthorized
import transaction


#: What the buttons want of the power of machines that plug-ins report.
_POWER = {"start": "On", "stop": "Off"}

_SAID = {
    "start": (
        _("The machine is being started."),
        _("${n} machines are being started."),
    ),
    "stop": (_("The machine is being stopped."), _("${n} machines are being stopped.")),
}


class MachinesAction(BulkAction):
    """The target of the form around the list of virtual machines."""

    LISTING = MachineList
    ACTIONS = ACTIONS
    QUESTIONS = {
        "stop": _("Stop these machines? Jobs that are running on them are lost."),
        "destroy": _(
            "Destroy these machines? Their disks and the jobs that are running on them "
            "are lost. Those of the site can be started anew afterwards."
        ),
    }
    NOTHING = _("Nothing was done: select at least one machine first.")

    def selected(self):
        names = [name for name in self.texts("vm") if name]
        documents = self._documents(names)
        items = []
        for name in names:
            vm = _content(documents.get(name))
            title, url = (vm.title, vm.absolute_url()) if vm else (name, None)
            items.append(Item("vm", name, title or name, url))
        return items

    def tried(self, item):
        document = self._documents([item.key]).get(item.key)
        vm = _content(document)
        if document is None or (vm is None and not manages_records()):
            # What one may not see is not there.
            raise NotFound(f"There is no virtual machine {item.key!r}.")
        if vm is not None and not may(CONTROL, vm):
            raise Unauthorized(f"You are not allowed to {self.action} this machine.")
        if vm is not None and self.action in _POWER:
            committed(lambda: perform(vm, self.action))
            return None
        # The manager may have to wait for plug-ins, and works in its own transactions.
        transaction.abort()
        return self._ask(item.key)

    def _ask(self, name: str) -> str | None:
        machines = _machines()
        if self.action == "destroy":
            return machines.destroy(name)
        if self.action == "migrate":
            return machines.migrate(name, self.text("target") or ANY)
        wanted = {"states": {"powerState": _POWER[self.action]}}
        modified = machines.modify(name, wanted)
        if not modified.complete:
            raise Conflict(*modified.messages)
        return None

    def said(self, number):
        one, many = _SAID[self.action]
        return one if number == 1 else _(many, mapping={"n": number})

    def _documents(self, names):
        with site.database().reading() as connection:
            return machine_lists.named(connection, names)


def _machines() -> Machines:
    # They need no connection, and nobody may have one open while they work.
    with site.database().reading() as connection:
        return site.manager(connection).machines


def _content(document):
    """The machine in Plone, if the document is of one that the present user may see."""
    uid = document and document.get("machine")
    found = api.content.find(portal_type="VirtualMachine", UID=uid) if uid else []
    return found[0].getObject() if found else None
