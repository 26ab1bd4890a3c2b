"""The three services with which the agent on a machine fetches and reports jobs.

Their contract, for whoever writes an agent, is docs/reference/monitor-services.md.
"""

from base64 import b64decode
from collective.mwsvm import site
from collective.mwsvm.content.job import IJob
from collective.mwsvm.content.virtualmachine import IVirtualMachine
from collective.mwsvm.interfaces import IMwsvmLayer
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.monitor.exchange import exchange
from collective.mwsvm.workload import machines
from collective.mwsvm.workload import records
from collective.mwsvm.workload.attempt_logs import WrongOffset
from collective.mwsvm.workload.queue import REPORTS
from five import grok
from plone import api
from plone.uuid.interfaces import IUUID
from typing import Any
import binascii
import re


Answer = dict[str, Any]

TOKEN_HEADER = "X-MWSVM-Token"  # noqa: S105

#: Signs of life are noted no more often than this, in seconds.
RESOLUTION = 1


class MonitorService(grok.View):
    """What the three have in common: who is asking, and how the answer gets back."""

    grok.baseclass()
    grok.layer(IMwsvmLayer)
    grok.require("zope2.Public")

    def render(self):
        return exchange(self.authorized_answer, self.response)

    def authorized_answer(self) -> Answer:
        """The answer, or `Forbidden` for whoever does not have the machine's token."""
        self.vm = self.machine()
        token = self.request.getHeader(TOKEN_HEADER) or self.text("hash")
        if not token:
            raise Forbidden("The monitor's token is missing: send it as hash.")
        if self.vm is None or not self.vm.is_authorized_monitor(token):
            raise Forbidden("The monitor's token is wrong.")
        self.uid = IUUID(self.vm)
        self.actor = f"machine {self.vm.getId()}"
        self.database = site.database()
        return self.answer()

    def machine(self):
        """The machine whose token is asked for."""
        return self.context

    def answer(self) -> Answer:
        raise NotImplementedError

    # -- parameters

    def text(self, name: str, default: str = "") -> str:
        """A parameter as text; given twice or as a file, it counts as not given."""
        value = self.request.form.get(name, default)
        return value.strip() if isinstance(value, str) else default

    def number(self, name: str) -> int | None:
        """A parameter as a whole number, None if it is not there."""
        text = self.text(name)
        if not text:
            return None
        if not re.fullmatch(r"-?[0-9]{1,15}", text):
            raise Invalid(f"{name}: {text[:40]!r} is not a whole number.")
        return int(text)

    # -- signs of life

    def note_contact(self, fleet: machines.Machines) -> None:
        fleet.contact(self.uid, self.text("agent")[:40], self.text("test")[:40])

    def next_poll(self, running: bool) -> int:
        settings = site.settings()
        if not running:
            return settings.poll_interval
        # Not only before the lease ends: what people do must arrive soon.
        return max(1, min(settings.poll_interval, settings.lease // 4))

    def with_test(self, answer: Answer, test_hash: str) -> Answer:
        if test_hash and test_hash != self.text("test"):
            answer["test"] = test_hash
        return answer


class GetNextJob(MonitorService):
    """The next job for the machine, which is running from now on."""

    grok.context(IVirtualMachine)
    grok.name("getNextJob")

    def answer(self) -> Answer:
        with self.database.reading() as connection:
            seen = machines.peek(connection, self.uid)
        test_hash = seen.heartbeat.test_hash if seen else ""
        try:
            if seen and (seen.status == MachineState.STOPPING or seen.unwanted):
                raise Conflict(f"This machine is {seen.status}.")
            claim = self.claim_id()
            if seen and seen.busy and (claim is None or claim != seen.claim):
                raise Conflict("Another job is already running.")
            if seen and not seen.waiting and not seen.busy:
                if not self.is_settled(seen):
                    with self.database.transaction() as connection:
                        self.arrive(connection, seen)
                raise NotFound("no jobs to be run")
            answer = self.claim(claim, seen)
        except (Conflict, NotFound) as error:
            answer = {
                "response": "NOTOK",
                "message": str(error),
                "next_poll": self.next_poll(running=False),
            }
        return self.with_test(answer, test_hash)

    def claim_id(self) -> str | None:
        claim = self.text("claim")
        if claim and not re.fullmatch(r"[A-Za-z0-9-]{1,64}", claim):
            raise Invalid(
                "claim: only up to 64 letters, digits and hyphens are allowed."
            )
        return claim or None

    def is_settled(self, seen: machines.Peek | None) -> bool:
        """Whether the machine is known to live, by a sign of life just now."""
        last = seen.heartbeat.last_contact if seen else None
        return (
            last is not None
            and seen.status == MachineState.RUNNING
            and 0 <= site.clock() - last < RESOLUTION
            and not self.text("test")
        )

    def arrive(self, connection, seen: machines.Peek | None) -> None:
        """Note the sign of life; the first one makes the machine running."""
        fleet = site.machines(connection, self.actor)
        self.note_contact(fleet)
        if seen is None or seen.status != MachineState.RUNNING:
            record = fleet.register(self.uid, self.vm.title)
            if record.status != MachineState.RUNNING:
                fleet.arrive(record)

    def claim(self, claim: str | None, seen: machines.Peek | None) -> Answer:
        with self.database.writing() as connection:
            if not self.is_settled(seen):
                self.arrive(connection, seen)
            queue = site.queue(connection, self.actor)
            job = queue.claim(self.uid, claim)
        if job is None:
            raise NotFound("no jobs to be run")
        return {
            "response": "OK",
            "message": "",
            "job": job.name,
            "title": job.title,
            "start_string": job.start_string,
            "status": job.state.label,
            "attempt": job.attempt,
            "lease": queue.settings.lease,
            "time_limit": job.time_limit,
            "log_limit": queue.settings.log_limit,
            "next_poll": self.next_poll(running=True),
        }


class JobService(MonitorService):
    """What provideStatus and updateJobStatus have in common: the job they are about."""

    grok.baseclass()

    def job(self, connection) -> JobRecord:
        """The job that is named, or the current one of the machine."""
        name = self.text("job")
        if not name:
            record = records.running_on(connection, self.uid)
            if record is None:
                raise NotFound("No job is running on this machine.")
            return record
        record = records.get(connection, name)
        runs = records.attempts_of(connection, record.id)
        if self.uid not in {run.machine for run in runs}:
            raise Forbidden(f"Job {name} is not a job of this machine.")
        return record

    def attempt(self, record: JobRecord) -> int:
        attempt = self.number("attempt")
        return record.attempt if attempt is None else attempt


class ProvideStatus(JobService):
    """The job's status; in return the agent gives a sign of life and more of the log."""

    grok.context(IVirtualMachine)
    grok.name("provideStatus")

    def answer(self) -> Answer:
        offset, piece = self.number("offset") or 0, self.piece()
        with self.database.reading() as connection:
            test_hash = machines.heartbeat(connection, self.uid).test_hash
        # Machines and records only: a sign of life does not touch the ZODB.
        with self.database.transaction() as connection:
            record = self.job(connection)
            self.note_contact(site.machines(connection, self.actor))
            answer = self.status(record)
            if self.attempt(record) != record.attempt:
                answer["response"] = "NOTOK"
                answer["message"] = (
                    f"Attempt {self.attempt(record)} of job {record.name} is over."
                )
            else:
                self.take(connection, record, offset, piece, answer)
        return self.with_test(answer, test_hash)

    def piece(self) -> bytes:
        text = self.text("log")
        if len(text) > records.PIECE_LIMIT * 4 // 3 + 4:
            raise Invalid(f"log: a piece has {records.PIECE_LIMIT} bytes at most.")
        try:
            return b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise Invalid("log: it is not valid base64.") from None

    def status(self, record: JobRecord) -> Answer:
        return {
            "response": "OK",
            "message": "",
            "job": record.name,
            "status": record.state.label,
            "attempt": record.attempt,
            "next_poll": self.next_poll(record.state in ACTIVE),
        }

    def take(
        self, connection, record, offset: int, piece: bytes, answer: Answer
    ) -> None:
        queue = site.queue(connection, self.actor)
        if record.state in ACTIVE:
            queue.renew(record)
            answer["lease"] = queue.settings.lease
        try:
            log = queue.logs.add(record, offset, piece, self.number("size") or 0)
        except WrongOffset as error:
            answer.update(response="NOTOK", message=str(error))
            answer.update(offset=error.wanted, log="open")
        else:
            answer.update(offset=log.offset, log="full" if log.full else "open")


class UpdateJobStatus(JobService):
    """The job has ended, says its machine."""

    grok.context(IVirtualMachine)
    grok.name("updateJobStatus")

    def answer(self) -> Answer:
        status = self.text("status")
        if not status:
            raise Invalid("A new status is missing: send it as status.")
        if status not in REPORTS:
            return {"response": "failed", "message": "Invalid new status"}
        with self.database.writing() as connection:
            record = self.job(connection)
            self.note_contact(site.machines(connection, self.actor))
            queue = site.queue(connection, self.actor)
            attempt = self.attempt(record)
            size = self.number("size")
            if size and attempt == record.attempt:
                queue.logs.add(record, 0, b"", size)
            try:
                record = queue.report(
                    record,
                    attempt,
                    status,
                    self.number("exit_code"),
                    self.text("reason")[:1000],
                )
                response, message = "OK", ""
            except Conflict as error:
                response, message = "NOTOK", str(error)
        return {
            "response": response,
            "message": message,
            "job": record.name,
            "status": record.state.label,
            "attempt": record.attempt,
            "next_poll": self.next_poll(running=False),
        }


class _OfOneJob:
    """The same services on a Job: about that job, with its machine's token."""

    def machine(self):
        job = self.context.record
        if job is None:
            uid = self.context.machine()
        else:
            with site.database().reading() as connection:
                runs = records.attempts_of(connection, job.id)
            uid = runs[-1].machine if runs else self.context.machine()
        catalog = api.portal.get_tool("portal_catalog")
        found = uid and catalog.unrestrictedSearchResults(
            UID=uid, portal_type="VirtualMachine"
        )
        return found[0]._unrestrictedGetObject() if found else None

    def job(self, connection) -> JobRecord:
        record = records.of_content(connection, IUUID(self.context))
        if record is None:
            raise NotFound("This job was never queued.")
        return record


class ProvideStatusOfJob(_OfOneJob, ProvideStatus):
    grok.context(IJob)
    grok.name("provideStatus")


class UpdateJobStatusOfJob(_OfOneJob, UpdateJobStatus):
    grok.context(IJob)
    grok.name("updateJobStatus")
