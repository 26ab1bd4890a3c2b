"""The page of a machine, and what can be done there."""

from AccessControl import getSecurityManager
from collective.mwsvm import _
from collective.mwsvm import site
from collective.mwsvm.agent import user_data
from collective.mwsvm.browser import state
from collective.mwsvm.browser.forms import ActionForm
from collective.mwsvm.content import fleet
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.workload import records
from plone import api
from plone.uuid.interfaces import IUUID
from Products.Five import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from zExceptions import Unauthorized


CONTROL = "collective.mwsvm: Control Virtual Machine"
VIEW_TOKEN = "collective.mwsvm: View Token"  # noqa: S105

#: Each action: the permission, what does it, and what is said then.
ACTIONS = {
    "start": (
        CONTROL,
        lambda vm: fleet.request_start(vm, vm),
        _("The machine is being started."),
    ),
    "stop": (CONTROL, fleet.request_stop, _("The machine is being stopped.")),
    "refresh": (
        CONTROL,
        fleet.request_refresh,
        _("EC2 is asked anew, and the way to the agent and back is tested."),
    ),
    "token": (
        VIEW_TOKEN,
        lambda vm: vm.regenerate_token(),
        _("The machine has a new token: an agent with the old one is turned away."),
    ),
}


def may(permission, context) -> bool:
    """Whether the present user may."""
    return bool(getSecurityManager().checkPermission(permission, context))


def perform(vm, action: str) -> str:
    """Do what is asked of a machine; the sentence for the person.

    Raises `Invalid` for an unknown action, Unauthorized, or what the action raises.
    """
    if action not in ACTIONS:
        raise Invalid(f"There is no action {action!r}; there are {', '.join(ACTIONS)}.")
    permission, do, message = ACTIONS[action]
    if not may(permission, vm):
        raise Unauthorized(f"You are not allowed to {action} this machine.")
    do(vm)
    return message


class MachineAction(ActionForm):
    """The target of the buttons on a machine's page."""

    def act(self, action):
        return perform(self.context, action)


class MachineView(BrowserView):
    """The page of a machine; as ``machine-live`` only the part that changes."""

    live = ViewPageTemplateFile("templates/machine_live.pt")

    def state(self):
        return state.machine_state(self.context)

    def jobs(self):
        """The newest jobs that are for this machine or ran on it."""
        with site.database().reading() as connection:
            found, total = records.page(
                connection, machine=IUUID(self.context), limit=20
            )
        return JobRows(self.request).rows(found), total

    def drafts(self):
        """The same of those that were never queued."""
        machine = IUUID(self.context)
        return JobRows(self.request).drafts(20, mwsvm_machine=machine)

    def can_control(self):
        return may(CONTROL, self.context)

    def can_see_token(self):
        return may(VIEW_TOKEN, self.context)

    def can_add_job(self):
        return may("collective.mwsvm: Add Job", self.context)

    def token(self):
        return self.context.get_next_key() if self.can_see_token() else ""


class JobRows:
    """Job records as rows of a table, linked where the present user may look."""

    def __init__(self, request):
        self.request = request

    def rows(self, found):
        links = {}
        uids = [record.content for record in found if record.content]
        if uids:
            brains = api.content.find(portal_type="Job", UID=uids)
            links = {brain.UID: brain.getURL() for brain in brains}
        machines = state.machine_links(
            uid for r in found if (uid := r.running_on or r.machine)
        )
        all_records = may("collective.mwsvm: Manage Records", api.portal.get())
        base = api.portal.get().absolute_url()
        rows = []
        for record in found:
            url = links.get(record.content)
            if url is None and not record.content and all_records:
                url = f"{base}/@@mwsvm-job?name={record.name}"
            if url is None and not all_records:
                # Not theirs to see: not even its title.
                continue
            rows.append(
                {
                    "name": record.name,
                    "title": record.title or record.name,
                    "url": url,
                    "state": str(record.state),
                    "label": record.state.label,
                    "reason": state.job_reason(record),
                    "exit_code": record.exit_code,
                    "since": state.moment(record.since),
                    "machine": machines.get(record.running_on or record.machine),
                }
            )
        return rows

    def drafts(self, limit, offset=0, **query):
        """One page of the jobs that were never queued, and how many there are in all.

        The newest first. They have no record, so the catalog says what there is to say.
        """
        catalog = api.portal.get_tool("portal_catalog")
        found = catalog(
            portal_type="Job",
            review_state=str(JobState.DRAFT),
            sort_on="modified",
            sort_order="descending",
            sort_limit=offset + limit,
            **query,
        )
        some = found[offset : offset + limit]
        index = catalog.Indexes["mwsvm_machine"]
        meant_for = {
            brain.UID: index.getEntryForObject(brain.getRID(), "") for brain in some
        }
        machines = state.machine_links(filter(None, meant_for.values()))
        rows = [
            {
                "name": "",
                "title": brain.Title or brain.getId,
                "url": brain.getURL(),
                "state": str(JobState.DRAFT),
                "label": JobState.DRAFT.label,
                "reason": "",
                "exit_code": None,
                "since": state.moment(brain.modified.timeTime()),
                "machine": machines.get(meant_for[brain.UID]),
            }
            for brain in some
        ]
        return rows, found.actual_result_count


class AgentDownload(BrowserView):
    """The agent with this machine's configuration, to be run on any machine."""

    def __call__(self):
        url = fleet.url_for_agents(self.context, self.context)
        script = user_data({**fleet.agent_config(self.context, url), "idle_halt": 0})
        response = self.request.response
        response.setHeader("Content-Type", "text/x-python; charset=utf-8")
        response.setHeader("Cache-Control", "no-store")
        response.setHeader(
            "Content-Disposition", 'attachment; filename="mwsvm-agent.py"'
        )
        return script.encode()
