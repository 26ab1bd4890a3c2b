"""A job's content and its record, when one of them changes, comes, goes or drifts."""

from collective.mwsvm.content import follow
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import ENDED
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import WAITING
from plone import api
from plone.uuid.interfaces import IUUID
from tests.sites import ADMIN
from tests.sites import HttpTestCase
from tests.sites import SiteTestCase
from zExceptions import BadRequest
from zope.event import notify
from zope.lifecycleevent import ObjectModifiedEvent
import re


def modified(job, **values):
    """An editor has saved the job."""
    for name, value in values.items():
        setattr(job, name, value)
    notify(ObjectModifiedEvent(job))


class TestChanges(SiteTestCase):
    """What an editor changes reaches the record of a job that waits."""

    def setUp(self):
        super().setUp()
        self.vm = self.add_machine()

    def test_a_waiting_job_changes_its_record(self):
        for state in sorted(WAITING):
            job = self.add_job(state)
            self.clock.forward(5)
            modified(
                job,
                title="new",
                start_string="false",
                priority=4,
                time_limit=9,
                retries=3,
                virtual_machine=IUUID(self.vm),
            )
            record = self.record(job)
            self.assertEqual((record.title, record.start_string), ("new", "false"))
            self.assertEqual((record.priority, record.time_limit), (4, 9))
            self.assertEqual((record.retries, record.retries_left), (3, 3))
            self.assertEqual(record.machine, IUUID(self.vm))
            self.assertEqual((record.modified, record.state), (self.clock(), state))

    def test_a_job_that_runs_or_has_ended_keeps_its_record(self):
        for state in sorted(ACTIVE | ENDED):
            job = self.add_job(state, self.vm)
            before = self.record(job)
            modified(job, start_string="rm -rf /", title="other")
            self.assertEqual(self.record(job), before, state)
            api.content.delete(job)

    def test_a_draft_gets_no_record_by_a_change(self):
        job = self.add_job()
        modified(job, start_string="false")
        self.assertIsNone(self.record(job))

    def test_the_owner_stays_whoever_changes_it(self):
        job = self.add_job("queued")
        before = self.record(job).owner
        self.add_person("eve", "Manager")
        with self.logged_in("eve"):
            modified(job, start_string="false")
        self.assertEqual(self.record(job).owner, before)

    def test_nobody_moves_a_job_to_a_machine_that_they_may_not_use(self):
        folder = api.content.create(self.portal, "Folder", "theirs")
        self.add_person("bob", "Owner", on=folder)
        own = self.add_machine("own", container=folder)
        job = self.add_job("queued", own)
        with self.logged_in("bob"), self.assertRaises(BadRequest) as caught:
            modified(job, virtual_machine=IUUID(self.vm))
        self.assertIn("not allowed to run jobs on vm1", str(caught.exception))
        self.assertEqual(self.record(job).machine, IUUID(own))

    def test_retry_takes_the_new_start_string(self):
        job = self.add_job("failed", self.vm, start_string="false")
        modified(job, start_string="true", retries=1)
        self.act(job, "retry")
        record = self.record(job)
        self.assertEqual((record.start_string, record.retries_left), ("true", 1))
        self.assertEqual(self.claim(job).start_string, "true")

    def test_retry_begins_anew_and_keeps_the_number_of_the_attempt(self):
        job = self.add_job("running", self.vm, retries=2)
        self.report(job, "Failed", exit_code=1)
        self.claim(job)
        self.report(job, "Finished", exit_code=0)
        self.assertEqual((job.exit_code, job.attempt), (0, 2))
        self.act(job, "retry")
        record = self.record(job)
        self.assertIsNone(record.exit_code)
        self.assertEqual((record.attempt, record.retries_left), (2, 2))
        self.assertEqual(self.claim(job).attempt, 3)


class TestForms(HttpTestCase):
    """The same through the classic form and through plone.restapi."""

    def save(self, job, who=ADMIN, **values):
        """Edit the job as a browser does."""
        url = f"{job.absolute_url()}/edit"
        page = self.request("GET", url, who).text
        token = re.search(r"_authenticator=([0-9a-f]+)", page)[1]
        form = {
            "_authenticator": token,
            "form.widgets.IBasic.title": job.title,
            "form.widgets.start_string": job.start_string,
            "form.widgets.virtual_machine:list": "--NOVALUE--",
            "form.widgets.virtual_machine-empty-marker": "1",
            "form.widgets.retries": "0",
            "form.widgets.priority": "0",
            "form.buttons.save": "Save",
        }
        form.update({f"form.widgets.{name}": value for name, value in values.items()})
        return self.request("POST", url, who, data=form)

    def test_the_form_changes_the_record_of_a_waiting_job(self):
        job = self.add_job("queued")
        reply = self.save(job, start_string="echo new", priority="7")
        self.assertEqual(reply.status_code, 302, reply.text)
        record = self.record(job)
        self.assertEqual((record.start_string, record.priority), ("echo new", 7))

    def test_the_lines_that_a_browser_sends_end_as_a_shell_wants_them(self):
        job = self.add_job("queued")
        script = "for n in 1 2\r\ndo echo $n\r\ndone\r\n"
        self.assertEqual(self.save(job, start_string=script).status_code, 302)
        expected = "for n in 1 2\ndo echo $n\ndone"
        self.assertEqual(self.record(job).start_string, expected)
        self.assertEqual(self.claim(job).start_string, expected)

    def test_the_form_leaves_the_record_of_a_running_job_alone(self):
        job = self.add_job("running")
        reply = self.save(job, start_string="echo new")
        self.assertEqual(reply.status_code, 302, reply.text)
        self.assertEqual(job.start_string, "echo new")
        self.assertEqual(self.record(job).start_string, "echo hello")

    def test_REST_changes_the_record_of_a_waiting_job(self):
        job = self.add_job("held")
        reply = self.rest("PATCH", job.absolute_url(), json={"start_string": "ls"})
        self.assertEqual(reply.status_code, 204, reply.text)
        self.assertEqual(self.record(job).start_string, "ls")

    def test_REST_leaves_the_record_of_a_running_job_alone(self):
        job = self.add_job("suspended")
        reply = self.rest("PATCH", job.absolute_url(), json={"start_string": "ls"})
        self.assertEqual(reply.status_code, 204, reply.text)
        self.assertEqual(self.record(job).start_string, "echo hello")

    def job_of_bob(self):
        """Bob's job waits for his own machine; he may see another one."""
        self.vm = self.add_machine()
        folder = api.content.create(self.portal, "Folder", "theirs")
        self.add_person("bob", "Owner", on=folder)
        self.give("bob", self.vm, "Reader")
        return self.add_job("queued", self.add_machine("own", container=folder))

    def test_a_machine_that_one_may_not_use_is_an_error_of_the_form(self):
        job = self.job_of_bob()
        before = self.record(job)
        change = {"start_string": "ls", "virtual_machine:list": IUUID(self.vm)}
        reply = self.save(job, "bob", **change)
        self.assertEqual(reply.status_code, 200)
        self.assertIn("You are not allowed to run jobs on vm1.", reply.text)
        self.assertIn("ls</textarea>", reply.text)
        self.assertEqual(job.start_string, "echo hello")
        self.assertEqual(self.record(job), before)
        self.give("bob", self.vm, "Editor")
        reply = self.save(job, "bob", **change)
        self.assertEqual(reply.status_code, 302, reply.text)
        self.assertEqual(self.record(job).machine, IUUID(self.vm))

    def test_a_machine_that_one_may_not_use_is_an_error_of_REST(self):
        job = self.job_of_bob()
        before = self.record(job)
        change = {"virtual_machine": IUUID(self.vm), "start_string": "ls"}
        reply = self.rest("PATCH", job.absolute_url(), "bob", change)
        self.assertEqual(reply.status_code, 400, reply.text)
        self.assertIn("not allowed to run jobs on vm1", reply.text)
        self.assertEqual(self.record(job), before)
        self.assertIsNone(job.virtual_machine)

    def test_who_may_edit_and_not_use_a_machine_cannot_change_what_it_runs(self):
        job = self.job_of_bob()
        self.give("bob", job, "Owner")
        self.send_to(job, self.vm)
        reply = self.rest("PATCH", job.absolute_url(), "bob", {"start_string": "ls"})
        self.assertEqual(reply.status_code, 400, reply.text)
        self.assertEqual(self.record(job).start_string, "echo hello")

    def send_to(self, job, vm):
        reply = self.rest(
            "PATCH", job.absolute_url(), json={"virtual_machine": IUUID(vm)}
        )
        self.assertEqual(reply.status_code, 204, reply.text)

    def test_what_no_job_can_have_is_an_error_and_no_defect(self):
        job = self.add_job("queued")
        reply = self.rest("PATCH", job.absolute_url(), json={"title": "x" * 1001})
        self.assertEqual(reply.status_code, 400, reply.text)
        self.assertIn("title", reply.text)
        self.assertEqual(job.title, "job")


class TestCopiesAndMoves(SiteTestCase):
    def test_a_copy_is_a_draft_without_a_record_whatever_its_original_does(self):
        vm = self.add_machine()
        for state in JobState:
            job = self.add_job(state, vm)
            before = self.everything(job)
            copy = api.content.copy(job, vm, safe_id=True)
            self.assertNotEqual(IUUID(copy), IUUID(job))
            self.assertEqual(self.state(copy), "draft", state)
            self.assertEqual(self.everything(copy)[1], "draft")
            self.assertIsNone(self.record(copy))
            self.assertEqual(copy.start_string, job.start_string)
            self.assertEqual(self.everything(job), before)
            self.act(copy, "queue")
            self.assertEqual(self.record(copy).content, IUUID(copy))
            api.content.delete(copy)
            api.content.delete(job)

    def test_a_copied_machine_has_drafts_of_its_jobs(self):
        vm = self.add_machine()
        self.add_job("queued", vm)
        copy = api.content.copy(vm, self.portal, id="vm2")
        (job,) = copy.objectValues()
        self.assertEqual(self.state(job), "draft")
        self.assertEqual(job.machine(), IUUID(copy))

    def test_a_waiting_job_that_is_moved_into_a_machine_is_for_that_machine(self):
        vm, other = self.add_machine(), self.add_machine("vm2")
        for state in sorted(WAITING):
            job = self.add_job(state, vm)
            moved = api.content.move(job, other, safe_id=True)
            self.assertEqual(self.record(moved).machine, IUUID(other))
            self.assertEqual(self.record(moved).state, state)
            self.assertEqual(self.state(moved), state)
            api.content.delete(moved)

    def test_a_rename_costs_no_place_in_the_queue(self):
        vm = self.add_machine()
        job = self.add_job("queued", vm)
        before = self.record(job)
        self.clock.forward(5)
        api.content.rename(job, "other-id", safe_id=True)
        api.content.rename(vm, "vm-renamed")
        api.content.move(vm, api.content.create(self.portal, "Folder", "folder"))
        self.assertEqual(self.record(job), before)

    def test_a_running_job_that_is_moved_runs_on(self):
        vm, other = self.add_machine(), self.add_machine("vm2")
        job = self.add_job("running", vm)
        before = self.record(job)
        moved = api.content.move(job, other, safe_id=True)
        self.assertEqual(self.record(moved), before)


class TestReconcile(SiteTestCase):
    """Content and record that a crash has parted."""

    def setUp(self):
        super().setUp()
        self.vm = self.add_machine()

    def test_content_that_waits_or_runs_is_brought_in_line(self):
        for state in sorted(WAITING | ACTIVE):
            for truth in sorted(set(JobState) - {JobState.DRAFT, state}):
                with self.subTest(content=state, record=truth):
                    job = self.add_job(state, self.vm)
                    self.set_record(
                        job, state=truth, running_on=None, reason="It was so."
                    )
                    self.assertEqual(follow.reconcile(), 1)
                    now, indexed, history, record = self.everything(job)
                    self.assertEqual((now, indexed), (truth, truth))
                    self.assertEqual(record.state, truth)
                    self.assertEqual(history[-1]["comments"], "It was so.")
                    self.assertEqual(history[-1]["actor"], "mwsvm")
                    self.assertEqual(follow.reconcile(), 0)
                    api.content.delete(job)

    def test_the_history_says_why_where_the_record_does_not(self):
        job = self.add_job("queued")
        self.set_record(job, state="held", reason="")
        follow.reconcile()
        self.assertIn("Brought in line", self.history(job)[-1]["comments"])

    def test_what_agrees_is_left_alone(self):
        jobs = [self.add_job(state, self.vm) for state in ("running", "held", "queued")]
        before = [self.everything(job) for job in jobs]
        self.assertEqual(follow.reconcile(), 0)
        self.assertEqual([self.everything(job) for job in jobs], before)

    def test_whoever_asks(self):
        job = self.add_job("queued")
        self.set_record(job, state="held")
        with api.env.adopt_roles(["Anonymous"]):
            self.assertEqual(follow.reconcile(), 1)
        self.assertEqual(self.state(job), "held")

    def test_content_that_is_behind_follows_at_the_next_move_of_its_record(self):
        job = self.add_job("failed", self.vm)
        self.set_record(job, state="queued")
        self.claim(job)
        self.assertEqual((self.state(job), self.record(job).state), ("running",) * 2)
        self.report(job, "Finished")
        self.assertEqual(self.state(job), "finished")
