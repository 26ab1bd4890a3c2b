"""The scheduler's turns on a site, the mails about jobs, and reservations that end."""

from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.tables import meta
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.reservations import Reservation
from collective.mwsvm.models.vcs import VirtualContainer
from collective.mwsvm.plugin_control.rm_events import Outcome as Answer
from collective.mwsvm.sites import with_site
from collective.mwsvm.worker import job_mails
from collective.mwsvm.worker import scheduling
from collective.mwsvm.worker.pace import Pace
from collective.mwsvm.worker.turn import Turn
from collective.mwsvm.workload import containers
from collective.mwsvm.workload import records
from collective.mwsvm.workload import rounds
from collective.mwsvm.workload.reservations import Reservations
from functools import partial
from sqlalchemy import delete
from tests.worker.test_tasks import WorkerTestCase
from types import SimpleNamespace
from unittest import mock
from weakref import WeakKeyDictionary
import transaction


NODE = {"state": "IDLE", "power": "ON", "resources": {"processors": {"total": 4}}}
ON_NODES = {"requirements": [{"taskCount": 2}]}
NOTIFY = {"emailNotifyTypes": ["All"], "emailNotifyAddresses": ["amy@example.com"]}


class SchedulingTestCase(WorkerTestCase):
    def setUp(self):
        super().setUp()
        # Rounds of one test have nothing to do with those of others; none costs anything.
        for name, fake in (
            ("_rests", WeakKeyDictionary()),
            ("Pace", partial(Pace, cost=lambda: 0.0)),
        ):
            patcher = mock.patch.object(scheduling, name, fake)
            patcher.start()
            self.addCleanup(patcher.stop)
        # The layer leaves this table alone.
        with site.database().writing() as connection:
            connection.execute(delete(meta).where(meta.c.key.like("node job %")))
        transaction.commit()
        self.sent = []
        self.answer = Answer(done=["p"])
        self.control = SimpleNamespace(rm_events=SimpleNamespace(send=self.send))

    def send(self, event, arguments, plugin):
        self.sent.append((event, arguments, plugin))
        return self.answer

    def submit(self, **given):
        with site.database().writing() as connection:
            manager = site.manager(connection, "amy").jobs
            manager._read = lambda path, field: "true\n"
            name = manager.submit({"commandFile": "/a", **given}, 2, "amy")["name"]
        transaction.commit()
        return name

    def record(self, name):
        with site.database().reading() as connection:
            return records.get(connection, name)

    def act(self, name, action):
        with site.database().writing() as connection:
            site.manager(connection, "amy").jobs.act(name, action)
        transaction.commit()

    def report_nodes(self, names=("n1",)):
        with site.database().writing() as connection:
            inventory = site.plugins().context.inventory(connection)
            inventory.save("p", "node", [{**NODE, "name": name} for name in names])
        transaction.commit()

    def schedule(self):
        """A turn whose plug-ins are those of this test."""
        transaction.commit()
        turn = Turn("/plone", self.patient, lambda: True)
        outcome = with_site("/plone", scheduling._round)
        scheduling.carry_out(turn, outcome, self.control)
        transaction.begin()


class TestScheduler(SchedulingTestCase):
    def test_jobs_for_machines_become_ready(self):
        first = self.submit()
        name = self.submit(dependencies=[{"type": "afterok", "name": first}])
        self.turn(scheduling.schedule_jobs)
        self.assertIn(first, self.record(name).reason)
        with site.database().writing() as connection:
            queue = site.queue(connection, "test")
            queue.report(queue.claim("m1"), 1, "Finished", 0)
        self.turn(scheduling.schedule_jobs)
        with site.database().writing() as connection:
            self.assertEqual(site.queue(connection, "test").claim("m1").name, name)

    def test_jobs_for_nodes_are_started_and_cancelled_by_plugins(self):
        self.report_nodes()
        name = self.submit(**ON_NODES)
        self.schedule()
        ((event, arguments, plugin),) = self.sent
        self.assertEqual((event, plugin), ("jobStart", "p"))
        self.assertEqual(arguments[:3], [name, "n1,n1", "amy"])
        self.assertEqual(arguments[3]["EXEC"], "/a")
        self.assertEqual(self.record(name).state, JobState.RUNNING)
        self.act(name, "cancel")
        self.schedule()
        self.schedule()
        self.assertEqual(self.sent[1:], [("jobCancel", [[name]], "p")])

    def test_jobs_on_nodes_are_suspended_resumed_and_requeued_by_plugins(self):
        self.report_nodes()
        name = self.submit(**ON_NODES)
        self.schedule()
        for action in ("suspend", "resume", "requeue"):
            self.act(name, action)
            self.schedule()
        self.schedule()
        self.assertEqual(
            [(event, arguments) for event, arguments, _ in self.sent[1:]],
            [
                ("jobSuspend", [[name]]),
                ("jobResume", [[name]]),
                ("jobRequeue", [[name]]),
                self.sent[0][:2],
            ],
        )
        self.assertEqual(self.record(name).attempt, 2)

    def test_plugins_that_can_not_suspend_are_told_of(self):
        self.report_nodes()
        name = self.submit(**ON_NODES)
        self.schedule()
        self.answer = Answer()
        self.act(name, "suspend")
        with self.assertLogs(scheduling.logger, "WARNING"):
            self.schedule()
        self.assertEqual(self.record(name).state, JobState.RUNNING)
        self.assertIn("(p) has the event jobSuspend", self.record(name).reason)

    def test_without_nodes_there_is_nobody_to_tell(self):
        self.report_nodes()
        name = self.submit(**ON_NODES)
        self.schedule()
        self.report_nodes(names=())
        self.act(name, "suspend")
        with self.assertLogs(scheduling.logger, "WARNING"):
            self.schedule()
        self.assertIn("no plug-in reports its nodes", self.record(name).reason)

    def test_rounds_rest_until_something_changes(self):
        self.report_nodes()
        self.submit(dependencies=[{"type": "afterok", "name": "nothing"}])
        for _ in range(3):
            self.schedule()
        with mock.patch.object(rounds, "prepare") as prepare:
            self.schedule()
            prepare.assert_not_called()
        name = self.submit(**ON_NODES)
        self.schedule()
        self.assertEqual(self.record(name).state, JobState.RUNNING)

    def test_what_plugins_refuse_waits_with_their_reason(self):
        self.report_nodes()
        self.answer = Answer(failures=["p could not do it"])
        name = self.submit(**ON_NODES)
        self.schedule()
        self.schedule()
        self.assertEqual(len(self.sent), 1)
        self.assertEqual(self.record(name).state, JobState.QUEUED)
        self.assertIn("p could not do it", self.record(name).reason)

    def test_a_job_whose_start_was_sent_but_not_noted_is_sent_again(self):
        self.report_nodes()
        name = self.submit(**ON_NODES)
        transaction.commit()
        with_site("/plone", scheduling._round)
        self.schedule()
        self.assertEqual(self.record(name).state, JobState.RUNNING)
        self.assertEqual(len(self.sent), 1)


class TestReservations(SchedulingTestCase):
    def test_they_end_and_it_is_told(self):
        self.report_nodes()
        given = Reservation.check({"hostListExpression": "n1", "duration": 60})
        with site.database().writing() as connection:
            made = Reservations(connection, site.clock).make(given.wire())
        self.clock.forward(61)
        self.turn(scheduling.keep_reservations)
        with site.database().reading() as connection:
            left = Collection(connection, collections.reservations, str).find()
            events = Collection(connection, collections.events, str).find()
        self.assertEqual(left.documents, [])
        last = events.documents[-1]
        self.assertEqual(last["eventType"], "rsvend")
        self.assertEqual(last["primaryObject"]["id"], made["id"])


class TestContainers(SchedulingTestCase):
    def test_members_that_are_gone_leave_and_it_is_told(self):
        self.report_nodes()
        vc = VirtualContainer.check({"flags": ["DESTROYWHENEMPTY"]}).wire()
        with site.database().writing() as connection:
            vcs = Collection(connection, collections.vcs, str)
            vcs.insert([{**vc, "id": "vc1"}])
            containers.add(connection, vcs.get("vc1"), {"nodes": ["n1"]})
        transaction.commit()
        self.turn(scheduling.keep_reservations)
        self.report_nodes(names=())
        self.turn(scheduling.keep_reservations)
        with site.database().reading() as connection:
            left = Collection(connection, collections.vcs, str).find()
            events = Collection(connection, collections.events, str).find()
        self.assertEqual(left.documents, [])
        last = events.documents[-1]
        self.assertEqual(last["eventType"], "vcdestroy")
        self.assertEqual(last["primaryObject"]["id"], "vc1")


class TestMails(SchedulingTestCase):
    def setUp(self):
        super().setUp()
        self.mails = []
        patcher = mock.patch.object(job_mails.api.portal, "send_email", self.deliver)
        patcher.start()
        self.addCleanup(patcher.stop)
        self.broken = False
        # The clock of each test begins anew.
        with site.database().writing() as connection:
            connection.execute(delete(meta).where(meta.c.key == job_mails._SEEN))
        self.turn(job_mails.mail)

    def deliver(self, recipient, subject, body, immediate):
        if self.broken:
            raise OSError("no mail host")
        self.mails.append((recipient, subject))

    def run_job(self, code=0):
        with site.database().writing() as connection:
            queue = site.queue(connection, "test")
            record = queue.claim("m1")
            status = "Failed" if code else "Finished"
            queue.report(record, record.attempt, status, code)

    def test_begin_and_end_are_told_once(self):
        name = self.submit(**NOTIFY)
        self.run_job()
        self.turn(job_mails.mail)
        self.turn(job_mails.mail)
        to = "amy@example.com"
        self.assertEqual(
            self.mails, [(to, f"Job {name} has begun"), (to, f"Job {name} has ended")]
        )

    def test_only_what_was_asked_for_is_told(self):
        name = self.submit(**{**NOTIFY, "emailNotifyTypes": ["JobFail"]})
        self.run_job(3)
        self.submit()
        self.run_job()
        self.turn(job_mails.mail)
        self.assertEqual(self.mails, [("amy@example.com", f"Job {name} has failed")])

    def test_a_mail_host_that_fails_is_logged(self):
        self.broken = True
        self.submit(**NOTIFY)
        self.run_job()
        with self.assertLogs(job_mails.logger, "WARNING") as logs:
            self.turn(job_mails.mail)
        self.assertIn("no mail host", logs.output[0])
