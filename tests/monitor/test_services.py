"""The three services, over HTTP, as an agent calls them."""

from base64 import b64encode
from collective.mwsvm import site
from collective.mwsvm.interfaces import ISiteClock
from collective.mwsvm.models.jobs import NewJob
from collective.mwsvm.testing import FUNCTIONAL_TESTING
from collective.mwsvm.workload import losses
from collective.mwsvm.workload import machines
from collective.mwsvm.workload import records
from plone import api
from plone.app.testing import setRoles
from plone.app.testing import TEST_USER_ID
from plone.uuid.interfaces import IUUID
from tests.conftest import Clock
from unittest import mock
from zope.component import getGlobalSiteManager
from zope.component import provideUtility
import requests
import sqlite3
import transaction
import unittest


class ServiceTestCase(unittest.TestCase):
    layer = FUNCTIONAL_TESTING

    def setUp(self):
        self.portal = self.layer["portal"]
        setRoles(self.portal, TEST_USER_ID, ["Manager"])
        self.vm = self.add_machine("vm1")
        self.clock = Clock()
        provideUtility(self.clock, ISiteClock)
        self.addCleanup(
            getGlobalSiteManager().unregisterUtility, self.clock, ISiteClock
        )
        transaction.commit()

    def add_machine(self, title):
        return api.content.create(
            self.portal,
            "VirtualMachine",
            title=title,
            region_list="us-east-1",
            instance_type_list="t1.micro",
            machineImage="ami-1",
        )

    def add_job(self, **values):
        """A Job that an editor has queued."""
        self.clock.forward(1)
        values.setdefault("start_string", "echo hello")
        job = api.content.create(self.portal, "Job", title="job", **values)
        api.content.transition(job, "queue")
        transaction.commit()
        return job

    def add_record(self, **values):
        """A job that has no content."""
        self.clock.forward(1)
        with site.database().transaction() as connection:
            values.setdefault("start_string", "echo hello")
            return site.queue(connection).submit(NewJob(**values))

    def call(self, service, on=None, token=None, **parameters):
        on = self.vm if on is None else on
        headers = {
            "X-MWSVM-Token": self.vm.monitorAuthToken if token is None else token
        }
        reply = requests.post(
            f"{on.absolute_url()}/{service}",
            data=parameters,
            headers=headers,
            timeout=20,
        )
        transaction.begin()
        self.assertEqual(
            reply.headers["Content-Type"], "application/json; charset=utf-8"
        )
        self.assertEqual(reply.status_code, 200, reply.text)
        return reply.json()

    def state(self, job):
        transaction.begin()
        return api.content.get_state(job)

    def record(self, name):
        with site.database().reading() as connection:
            return records.get(connection, name)


class TestAuthorization(ServiceTestCase):
    def test_NOTOK_if_the_token_is_not_sent_correctly(self):
        other = self.add_machine("vm2")
        transaction.commit()
        for service in ("getNextJob", "provideStatus", "updateJobStatus"):
            for token in ("", "wrong", other.monitorAuthToken):
                with self.subTest(service=service, token=token):
                    answer = self.call(service, token=token, status="Finished")
                    self.assertEqual(answer["response"], "NOTOK")
                    self.assertIn("token is", answer["message"])
                    self.assertEqual(set(answer), {"response", "message"})

    def test_the_token_may_come_as_hash_by_GET(self):
        reply = requests.get(
            f"{self.vm.absolute_url()}/getNextJob",
            params={"hash": self.vm.monitorAuthToken},
            timeout=20,
        )
        self.assertEqual(reply.json()["message"], "no jobs to be run")

    def test_a_private_machine_can_be_reached_with_its_token(self):
        self.assertEqual(api.content.get_state(self.vm), "private")
        self.assertEqual(self.call("getNextJob")["message"], "no jobs to be run")

    def test_methods_of_the_machine_are_not_published(self):
        for name in ("get_next_key", "regenerate_token", "start_machine", "getTitle"):
            url = f"{self.vm.absolute_url()}/{name}"
            reply = requests.get(url, timeout=20, allow_redirects=False)
            self.assertIn(reply.status_code, (302, 401, 404), name)
            reply = requests.get(url, timeout=20, auth=("admin", "secret"))
            self.assertNotIn(self.vm.monitorAuthToken, reply.text)

    def test_the_token_is_never_logged(self):
        with self.assertLogs(level="DEBUG") as logs:
            self.add_record()
            self.call("getNextJob")
        self.assertNotIn(self.vm.monitorAuthToken, "\n".join(logs.output))


class TestGetNextJob(ServiceTestCase):
    def test_no_jobs_are_left_to_run(self):
        answer = self.call("getNextJob")
        self.assertEqual(answer["response"], "NOTOK")
        self.assertEqual(answer["message"], "no jobs to be run")
        self.assertEqual(answer["next_poll"], 10)

    def test_finds_the_next_job_sets_it_Running_and_returns_its_start_string(self):
        job = self.add_job(time_limit=60)
        answer = self.call("getNextJob")
        self.assertEqual(
            answer,
            {
                "response": "OK",
                "message": "",
                "job": job.record.name,
                "title": "job",
                "start_string": "echo hello",
                "status": "Running",
                "attempt": 1,
                "lease": 120,
                "time_limit": 60,
                "log_limit": 1048576,
                "next_poll": 10,
            },
        )
        self.assertEqual(self.state(job), "running")
        self.assertEqual(self.vm.current_job, answer["job"])

    def test_the_catalog_and_the_history_know_that_it_runs(self):
        job = self.add_job()
        self.call("getNextJob")
        transaction.begin()
        (brain,) = api.content.find(portal_type="Job")
        self.assertEqual(brain.review_state, "running")
        history = job.workflow_history["mwsvm_job_workflow"]
        self.assertEqual(history[-1]["actor"], "machine vm1")
        self.assertEqual(history[-1]["action"], "start")

    def test_NOTOK_if_another_job_is_already_running(self):
        self.add_job()
        self.add_job()
        self.call("getNextJob")
        answer = self.call("getNextJob", claim="other")
        self.assertEqual(answer["response"], "NOTOK")
        self.assertIn("Another job is already running", answer["message"])

    def test_a_lost_answer_loses_no_job(self):
        self.add_job()
        first = self.call("getNextJob", claim="question-1")
        self.assertEqual(self.call("getNextJob", claim="question-1"), first)

    def test_the_claim_agrees_with_find_next_job(self):
        catalog = api.portal.get_tool("portal_catalog")
        self.add_job()
        self.add_job(priority=3)
        self.add_job(virtual_machine=IUUID(self.vm))
        for _ in range(3):
            expected = self.vm.find_next_job(catalog)
            answer = self.call("getNextJob")
            self.assertEqual(answer["job"], expected.record.name)
            self.call("updateJobStatus", status="Finished")
        self.assertIsNone(self.vm.find_next_job(catalog))

    def test_the_first_call_makes_the_machine_running(self):
        self.call("getNextJob", agent="1.0")
        self.assertEqual(self.vm.vm_status, "running")
        self.assertEqual(self.vm.vm_status_reason, "Its agent has called.")
        self.assertEqual(self.vm.lastAccessTime, "2027-01-15T08:00:00+00:00")

    def test_a_poll_that_finds_no_work_writes_nothing_to_the_ZODB(self):
        self.call("getNextJob")
        storage = self.portal._p_jar.db().storage
        before = storage.lastTransaction()
        for _ in range(3):
            self.clock.forward(10)
            self.call("getNextJob")
        self.assertEqual(storage.lastTransaction(), before)
        self.assertEqual(self.vm.lastAccessTime, "2027-01-15T08:00:30+00:00")

    def test_a_record_without_content_is_handed_out_without_the_ZODB(self):
        self.add_record()
        storage = self.portal._p_jar.db().storage
        before = storage.lastTransaction()
        self.assertEqual(self.call("getNextJob")["response"], "OK")
        self.assertEqual(storage.lastTransaction(), before)

    def test_a_machine_that_is_being_stopped_gets_no_work(self):
        self.add_record()
        with site.database().transaction() as connection:
            fleet = site.machines(connection)
            fleet.start(IUUID(self.vm), "http://x")
            fleet.stop(IUUID(self.vm))
        self.assertEqual(
            self.call("getNextJob")["message"], "This machine is stopping."
        )

    def test_a_claim_id_with_other_characters_is_refused(self):
        answer = self.call("getNextJob", claim="a b;c")
        self.assertIn("claim: only up to 64 letters", answer["message"])

    def test_a_lost_record_of_the_machine_is_made_anew(self):
        with site.database().transaction() as connection:
            site.machines(connection).forget(IUUID(self.vm))
        self.assertEqual(self.call("getNextJob")["message"], "no jobs to be run")
        self.assertEqual(self.vm.vm_status, "running")

    def test_the_connection_test_goes_to_the_agent_and_back(self):
        self.call("getNextJob")
        with site.database().transaction() as connection:
            site.machines(connection).refresh(IUUID(self.vm))
        self.clock.forward(4)
        test = self.call("getNextJob")["test"]
        self.assertEqual(test, self.vm.test_vm_hash)
        self.clock.forward(3)
        self.assertNotIn("test", self.call("getNextJob", test=test))
        self.assertEqual(self.vm.last_test_response_time, 7)
        self.assertIsNone(self.vm.test_vm_hash)


class TestUpdateJobStatus(ServiceTestCase):
    def setUp(self):
        super().setUp()
        self.job = self.add_job(retries=1)
        self.handed_out = self.call("getNextJob")

    def test_NOTOK_if_a_new_status_is_not_present(self):
        answer = self.call("updateJobStatus")
        self.assertEqual(answer["response"], "NOTOK")
        self.assertIn("new status is missing", answer["message"])

    def test_failed_for_any_status_but_Finished_and_Failed(self):
        for status in ("Running", "finished", "Cancelled", "DROP TABLE jobs"):
            answer = self.call("updateJobStatus", status=status)
            expected = {"response": "failed", "message": "Invalid new status"}
            self.assertEqual(answer, expected)
        self.assertEqual(self.state(self.job), "running")

    def test_Finished(self):
        answer = self.call("updateJobStatus", status="Finished", exit_code=0)
        self.assertEqual((answer["response"], answer["status"]), ("OK", "Finished"))
        self.assertEqual(self.state(self.job), "finished")
        self.assertEqual(self.job.exit_code, 0)
        self.assertIsNone(self.vm.current_job)

    def test_Failed_with_a_retry_left_is_queued_again_and_then_fails(self):
        answer = self.call("updateJobStatus", status="Failed", exit_code=2, attempt=1)
        self.assertEqual(answer["status"], "Queued")
        self.assertEqual(self.state(self.job), "queued")
        history = self.job.workflow_history["mwsvm_job_workflow"]
        self.assertIn("ended with exit code 2", history[-1]["comments"])
        self.assertEqual(self.call("getNextJob")["attempt"], 2)
        self.call("updateJobStatus", status="Failed", exit_code=2, attempt=2)
        self.assertEqual(self.state(self.job), "failed")

    def test_on_the_job_itself(self):
        answer = self.call("updateJobStatus", on=self.job, status="Finished")
        self.assertEqual(answer["response"], "OK")
        self.assertEqual(self.state(self.job), "finished")

    def test_a_job_of_another_machine_is_refused(self):
        other = self.add_machine("vm2")
        transaction.commit()
        answer = self.call(
            "updateJobStatus",
            on=other,
            token=other.monitorAuthToken,
            job=self.handed_out["job"],
            status="Finished",
        )
        self.assertIn("is not a job of this machine", answer["message"])
        answer = self.call(
            "updateJobStatus",
            on=self.job,
            token=other.monitorAuthToken,
            status="Finished",
        )
        self.assertEqual(answer["message"], "The monitor's token is wrong.")
        self.assertEqual(self.state(self.job), "running")

    def test_an_unknown_job_and_a_bad_number_are_named(self):
        answer = self.call("updateJobStatus", status="Finished", job="Moab.99")
        self.assertEqual(answer["message"], "There is no job 'Moab.99'.")
        answer = self.call("updateJobStatus", status="Finished", attempt="first")
        self.assertEqual(answer["message"], "attempt: 'first' is not a whole number.")

    def test_without_a_running_job_it_says_so(self):
        self.call("updateJobStatus", status="Finished")
        answer = self.call("updateJobStatus", status="Finished")
        self.assertEqual(answer["message"], "No job is running on this machine.")

    def test_a_repeated_report_is_OK(self):
        for _ in range(2):
            answer = self.call(
                "updateJobStatus",
                status="Finished",
                job=self.handed_out["job"],
                attempt=1,
            )
            self.assertEqual(answer["response"], "OK")


class TestProvideStatus(ServiceTestCase):
    def setUp(self):
        super().setUp()
        self.job = self.add_job()
        self.handed_out = self.call("getNextJob")

    def test_returns_the_current_status_otherwise(self):
        answer = self.call("provideStatus")
        self.assertEqual(answer["response"], "OK")
        self.assertEqual(answer["status"], "Running")
        self.assertEqual(answer["job"], self.handed_out["job"])
        self.assertEqual(self.call("provideStatus", on=self.job)["status"], "Running")

    def test_it_renews_the_lease_without_a_word_to_the_ZODB(self):
        storage = self.portal._p_jar.db().storage
        before = storage.lastTransaction()
        self.clock.forward(100)
        self.assertEqual(self.call("provideStatus", attempt=1)["lease"], 120)
        self.assertEqual(storage.lastTransaction(), before)
        lease = self.record(self.handed_out["job"]).lease_until
        self.assertEqual(lease, self.clock() + 120)

    def test_it_is_wanted_as_often_as_a_poll_so_that_people_need_not_wait(self):
        for transition in (None, "suspend", "resume"):
            if transition:
                api.content.transition(self.job, transition)
                transaction.commit()
            self.assertEqual(self.call("provideStatus")["next_poll"], 10)
        for name, value, expected in (
            ("poll_interval", 2, 2),
            ("poll_interval", 500, 30),
            ("lease", 11, 2),
        ):
            api.portal.set_registry_record(f"collective.mwsvm.{name}", value)
            transaction.commit()
            self.assertEqual(self.call("provideStatus")["next_poll"], expected)

    def test_brings_pieces_of_the_log(self):
        bits = b"caf\xe9 \x00\xff\n" * 1000
        for start in range(0, len(bits), 3000):
            piece = b64encode(bits[start : start + 3000])
            answer = self.call("provideStatus", attempt=1, offset=start, log=piece)
        self.assertEqual((answer["offset"], answer["log"]), (len(bits), "open"))
        self.assertEqual(self.job.log, bits)

    def test_a_piece_at_the_wrong_offset_is_refused_with_the_wanted_one(self):
        self.call("provideStatus", offset=0, log=b64encode(b"abc"))
        answer = self.call("provideStatus", offset=7, log=b64encode(b"xyz"))
        self.assertEqual((answer["response"], answer["offset"]), ("NOTOK", 3))
        self.assertIn("offset 3", answer["message"])
        self.assertEqual(self.job.log, b"abc")

    def test_a_piece_that_is_no_base64_or_too_long_is_refused(self):
        answer = self.call("provideStatus", log="%%%")
        self.assertEqual(answer["message"], "log: it is not valid base64.")
        answer = self.call("provideStatus", log=b64encode(b"x" * 65537 * 2))
        self.assertIn("65536 bytes at most", answer["message"])
        self.assertEqual(self.job.log, b"")

    def test_what_a_person_does_reaches_the_agent(self):
        for transition, status in (
            ("suspend", "Suspended"),
            ("resume", "Running"),
            ("cancel", "Cancelled"),
        ):
            api.content.transition(self.job, transition)
            transaction.commit()
            name = self.handed_out["job"]
            answer = self.call("provideStatus", job=name, attempt=1)
            self.assertEqual(answer["status"], status)

    def test_an_old_attempt_is_told_that_it_is_over(self):
        self.clock.forward(200)
        with site.database().writing() as connection:
            losses.expire(site.queue(connection))
        transaction.commit()
        name = self.handed_out["job"]
        api.content.transition(self.job, "retry")
        transaction.commit()
        self.call("getNextJob")
        answer = self.call("provideStatus", job=name, attempt=1)
        self.assertEqual((answer["response"], answer["attempt"]), ("NOTOK", 2))
        self.assertIn("Attempt 1", answer["message"])


class TestTrouble(ServiceTestCase):
    def post(self, service="getNextJob"):
        return requests.post(
            f"{self.vm.absolute_url()}/{service}",
            headers={"X-MWSVM-Token": self.vm.monitorAuthToken},
            timeout=30,
        )

    def test_a_locked_database_is_503_and_nothing_is_lost(self):
        job = self.add_record()
        path = site.database().engine.url.database
        for database in list(site.databases._open.values()):
            database.close()
        with mock.patch.object(
            site, "databases", type(site.databases)(make=self.impatient)
        ):
            lock = sqlite3.connect(path)
            lock.execute("BEGIN IMMEDIATE")
            reply = self.post()
            self.assertEqual(reply.status_code, 503)
            self.assertEqual(reply.json()["response"], "NOTOK")
            self.assertIn("try again", reply.json()["message"])
            lock.rollback()
            lock.close()
            self.assertEqual(self.post().json()["job"], job.name)
            site.databases.close()

    @staticmethod
    def impatient(url, owner):
        from collective.mwsvm.database.engine import Database

        return Database(url, owner, busy_timeout=0.2)

    def test_a_defect_of_ours_shows_no_traceback(self):
        with mock.patch.object(machines, "peek", side_effect=KeyError("secret-detail")):
            reply = self.post()
        self.assertEqual(reply.status_code, 500)
        self.assertEqual(
            reply.json()["message"], "The site failed to answer; see its log."
        )
        self.assertNotIn("secret-detail", reply.text)

    def test_a_job_whose_content_was_deleted_ends_and_its_agent_hears_of_it(self):
        job = self.add_job()
        handed_out = self.call("getNextJob")
        api.content.delete(job)
        transaction.commit()
        answer = self.call("provideStatus", job=handed_out["job"], attempt=1)
        self.assertEqual(answer["status"], "Cancelled")

    def test_a_job_for_a_deleted_machine_is_held_and_says_why(self):
        other = self.add_machine("vm2")
        job = self.add_job(virtual_machine=IUUID(other))
        api.content.delete(other)
        transaction.commit()
        self.assertEqual(self.state(job), "held")
        self.assertIn("machine vm2 was deleted", job.record.reason)
        self.assertEqual(self.call("getNextJob")["message"], "no jobs to be run")
