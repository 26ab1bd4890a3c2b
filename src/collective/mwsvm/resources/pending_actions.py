"""``/rest/pending-actions`` (guide 4.13)."""

from collective.mwsvm.models.pending_actions import PendingAction
from collective.mwsvm.resources import job_facts
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.worked_out import WorkedOut
from collective.mwsvm.workload import pending_actions


class PendingActions(WorkedOut):
    """What is being done to virtual machines, nodes and storage, and what will be."""

    name = "pending-actions"
    one = "pending action"
    many = "pending actions"
    model = PendingAction
    kinds = ("List",)

    def objects(self) -> list[Json]:
        """Those that active jobs are."""
        settings = self.call.site.workload_settings()
        generic = {
            template["id"]
            for template in self.call.manager.facts.job_templates()
            if template["genericSystemJob"]
        }
        jobs = job_facts.found(self.call, pending_actions.candidates(generic, settings))
        return list(pending_actions.actions(jobs, generic, settings))
