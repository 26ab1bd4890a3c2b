"""``/rest/job-templates`` (guide 4.10)."""

from collective.mwsvm.models.job_templates import JobTemplate
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.worked_out import WorkedOut


class JobTemplates(WorkedOut):
    """What jobs get that name them; the server's administrator writes them."""

    name = "job-templates"
    one = "job template"
    many = "job templates"
    model = JobTemplate

    def objects(self) -> list[Json]:
        """The guide's, as the administrator changed them, and more."""
        return self.call.manager.facts.job_templates()
