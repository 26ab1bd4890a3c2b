"""``/rest/jobs/<name>/log``: what a job wrote. The guide has none; monitors bring it."""

from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.declare import Parameter
from collective.mwsvm.resources.jobs import Jobs
from collective.mwsvm.workload import records


ATTEMPT = Parameter(
    "attempt", "The number of the attempt, from 1 on; else the last one"
)


class JobLogs:
    """The output of jobs that ran on the machines of the site, errors included."""

    name = Jobs.name
    known_as = Jobs.known_as
    managed = Jobs.managed

    def __init__(self, call: Call) -> None:
        self.call = call

    @operation("Show", "{key}/log", parameters=(ATTEMPT,), produces=("text/plain",))
    def show(self, key: str) -> Reply:
        """Get what a job has written so far, in its last attempt or another"""
        jobs = Jobs(self.call)
        document = jobs.get(jobs.named(key))
        record = records.get(self.call.connection, document["name"])
        attempt = self._attempt(record.attempt)
        known = records.attempts_of(self.call.connection, record.id)
        if not known:
            raise NotFound(f"The job {record.name} has not been started yet")
        if all(attempt != each.attempt for each in known):
            raise NotFound(
                f"The job {record.name} has no attempt {attempt}: the last one is "
                f"{record.attempt}"
            )
        log = records.read_log(
            self.call.connection, record.id, attempt, limit=self.call.settings.log_limit
        )
        return Reply(log, headers={"Content-Type": "text/plain;charset=utf-8"})

    def _attempt(self, last: int) -> int:
        given = self.call.parameters.given.get("attempt", "").strip()
        if not given:
            return last
        if not (given.isascii() and given.isdigit() and len(given) < 10):
            raise Invalid(f"attempt: {given[:60]!r} is not the number of an attempt")
        return int(given)
