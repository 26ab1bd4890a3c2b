"""The workflow of jobs: its table, its guards, and the record that moves with it."""

from collective.mwsvm.content import follow
from collective.mwsvm.models.errors import Unavailable
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import TRANSITIONS
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload.queue import Queue
from plone import api
from plone.uuid.interfaces import IUUID
from Products.CMFCore.WorkflowCore import WorkflowException
from tests.sites import SiteTestCase
from unittest import mock
from zope.event import notify
from zope.lifecycleevent import ObjectModifiedEvent


CONTROL = "collective.mwsvm: Control Job"
REPORT = "collective.mwsvm: Report Job"

#: What a person can ask for, and what follows from what a machine did.
OF_PEOPLE = {name for name, move in TRANSITIONS.items() if not move.monitor}
OF_MACHINES = set(TRANSITIONS) - OF_PEOPLE


class TestDefinition(SiteTestCase):
    """The workflow is the table of models/jobs.py, no more and no less."""

    def setUp(self):
        super().setUp()
        self.definition = self.workflow["mwsvm_job_workflow"]

    def test_the_states(self):
        states = self.definition.states
        self.assertEqual(set(states.objectIds()), {str(state) for state in JobState})
        for state in JobState:
            self.assertEqual(states[state].title, state.label)
        self.assertEqual(self.definition.initial_state, JobState.DRAFT)
        self.assertEqual(self.definition.state_var, "review_state")

    def test_the_transitions_and_their_targets(self):
        transitions = self.definition.transitions
        self.assertEqual(set(transitions.objectIds()), set(TRANSITIONS))
        for name, move in TRANSITIONS.items():
            self.assertEqual(transitions[name].new_state_id, move.target, name)

    def test_the_sources(self):
        sources = {name: set() for name in TRANSITIONS}
        for state in self.definition.states.objectValues():
            for name in state.transitions:
                sources[name].add(state.getId())
        expected = {name: set(map(str, m.sources)) for name, m in TRANSITIONS.items()}
        self.assertEqual(sources, expected)

    def test_the_guards(self):
        for name in TRANSITIONS:
            guard = self.definition.transitions[name].guard
            wanted = REPORT if name in OF_MACHINES else CONTROL
            self.assertEqual(guard.permissions, (wanted,), name)
            self.assertFalse(guard.roles or guard.groups or guard.expr, name)
        self.assertFalse(self.definition.manager_bypass)

    def test_the_menu_offers_what_people_can_ask_for(self):
        for name in TRANSITIONS:
            transition = self.definition.transitions[name]
            self.assertEqual(transition.trigger_type, 1, "by a person's action")
            self.assertEqual(bool(transition.actbox_name), name in OF_PEOPLE, name)
            if name in OF_PEOPLE:
                self.assertTrue(
                    transition.actbox_url.endswith(f"?workflow_action={name}"), name
                )

    def test_no_state_takes_the_permission_to_report_from_nobody(self):
        for state in self.definition.states.objectValues():
            self.assertNotIn(REPORT, state.permission_roles or {})


class TestLegalTransitions(SiteTestCase):
    def setUp(self):
        super().setUp()
        self.vm = self.add_machine()

    def test_every_one_by_a_person_moves_record_and_content_together(self):
        for name in sorted(OF_PEOPLE):
            for source in sorted(TRANSITIONS[name].sources):
                with self.subTest(transition=name, source=source):
                    job = self.add_job(source, self.vm)
                    self.act(job, name, comment="as wished")
                    target = TRANSITIONS[name].target
                    state, indexed, history, record = self.everything(job)
                    self.assertEqual((state, indexed), (target, target))
                    self.assertEqual(record.state, target)
                    self.assertEqual(history[-1]["action"], name)
                    self.assertEqual(history[-1]["comments"], "as wished")
                    self.assertEqual(history[-2]["review_state"], source)
                    api.content.delete(job)

    def test_every_one_by_a_machine_too(self):
        moves = {
            "start": self.claim,
            "finish": lambda job: self.report(job, "Finished"),
            "fail": lambda job: self.report(job, "Failed", exit_code=3),
            "requeue": lambda job: self.report(job, "Failed", exit_code=3),
        }
        self.assertEqual(set(moves), OF_MACHINES)
        for name, do in moves.items():
            for source in sorted(TRANSITIONS[name].sources):
                with self.subTest(transition=name, source=source):
                    retries = 1 if name == "requeue" else 0
                    job = self.add_job(source, self.vm, retries=retries)
                    do(job)
                    target = TRANSITIONS[name].target
                    state, indexed, history, record = self.everything(job)
                    self.assertEqual((state, indexed), (target, target))
                    self.assertEqual(record.state, target)
                    self.assertEqual(history[-1]["action"], name)
                    self.assertEqual(history[-1]["actor"], "machine")
                    self.assertEqual(history[-1]["comments"], record.reason)
                    api.content.delete(job)

    def test_the_comment_is_the_reason(self):
        job = self.add_job("queued")
        self.act(job, "hold", comment="Not before Monday.")
        self.assertEqual(self.record(job).reason, "Not before Monday.")

    def test_the_status_is_the_label_of_the_state(self):
        for state in JobState:
            job = self.add_job(state, self.vm)
            self.assertEqual(job.status, state.label)
            api.content.delete(job)

    def test_a_new_job_is_a_draft_without_a_record(self):
        job = self.add_job()
        self.assertEqual(self.state(job), "draft")
        self.assertIsNone(self.record(job))
        self.assertEqual((job.attempt, job.exit_code, job.log), (0, None, b""))

    def test_queueing_takes_the_whole_description(self):
        job = self.add_job(
            "queued",
            title="Räum auf",
            start_string="rm -r x",
            virtual_machine=IUUID(self.vm),
            time_limit=60,
            retries=2,
            priority=-3,
        )
        record = self.record(job)
        self.assertEqual(record.title, "Räum auf")
        self.assertEqual(record.start_string, "rm -r x")
        self.assertEqual(record.machine, IUUID(self.vm))
        self.assertEqual((record.time_limit, record.priority), (60, -3))
        self.assertEqual((record.retries, record.retries_left), (2, 2))
        self.assertEqual(record.content, IUUID(job))
        self.assertEqual(record.owner, api.user.get_current().getId())
        self.assertEqual(record.name.partition(".")[0], "Moab")

    def test_the_prefix_of_the_name_is_a_setting(self):
        api.portal.set_registry_record("collective.mwsvm.job_prefix", "Luna")
        self.assertRegex(self.record(self.add_job("queued")).name, r"\ALuna\.\d+\Z")


class TestIllegalTransitions(SiteTestCase):
    def setUp(self):
        super().setUp()
        self.vm = self.add_machine()

    def refused(self, job, transition):
        before = self.everything(job)
        with self.assertRaises(WorkflowException) as caught:
            self.act(job, transition)
        self.assertEqual(self.everything(job), before)
        return str(caught.exception)

    def test_every_one_is_refused_and_changes_nothing(self):
        for state in JobState:
            job = self.add_job(state, self.vm)
            illegal = {
                name
                for name, move in TRANSITIONS.items()
                if move.monitor or state not in move.sources
            }
            for name in sorted(illegal):
                with self.subTest(state=state, transition=name):
                    self.refused(job, name)
            api.content.delete(job)

    def test_no_role_may_do_what_a_machine_does(self):
        job = self.add_job("running", self.vm)
        for roles in (["Manager"], ["Site Administrator", "Owner", "Editor"]):
            with api.env.adopt_roles(roles):
                possible = {t["id"] for t in self.workflow.getTransitionsFor(job)}
            self.assertEqual(possible, {"suspend", "cancel"})

    def test_one_that_the_record_refuses_changes_nothing(self):
        """The content is behind: its machine has just reported, say."""
        for state in sorted(WAITING | ACTIVE):
            for name in sorted(OF_PEOPLE - {"queue", "retry"}):
                if state not in TRANSITIONS[name].sources:
                    continue
                with self.subTest(state=state, transition=name):
                    job = self.add_job(state, self.vm)
                    self.set_record(job, state="finished", running_on=None)
                    sentence = self.refused(job, name)
                    self.assertIn("is Finished", sentence)
                    api.content.delete(job)

    def test_a_retry_that_the_record_refuses_changes_nothing(self):
        job = self.add_job("failed", self.vm)
        self.set_record(job, state="held")
        self.assertIn("is Held", self.refused(job, "retry"))

    def test_a_job_without_a_start_string_cannot_be_queued(self):
        job = self.add_job(start_string="")
        self.assertIn("start_string", self.refused(job, "queue"))
        self.assertIsNone(self.record(job))

    def test_a_job_for_a_machine_that_is_gone_cannot_be_queued_nor_retried(self):
        uid = IUUID(self.vm)
        draft = self.add_job(virtual_machine=uid)
        ended = self.add_job("failed", virtual_machine=uid)
        api.content.delete(self.vm)
        self.assertIn(
            "was deleted; choose another one under Edit", self.refused(draft, "queue")
        )
        self.assertIn(
            "was deleted; choose another one under Edit", self.refused(ended, "retry")
        )

    def test_a_job_that_was_held_with_its_machine_cannot_be_released(self):
        job = self.add_job("queued", virtual_machine=IUUID(self.vm))
        api.content.delete(self.vm)
        self.assertEqual(self.state(job), "held")
        self.assertIn(
            "was deleted; choose another one under Edit", self.refused(job, "release")
        )
        job.virtual_machine = None
        notify(ObjectModifiedEvent(job))
        self.act(job, "release")
        self.assertEqual(self.record(job).machine, "")

    def test_a_retry_with_a_bad_start_string_is_refused(self):
        job = self.add_job("failed", self.vm)
        job.start_string = ""
        self.assertIn("start_string", self.refused(job, "retry"))

    def test_a_database_that_is_away_changes_nothing_either(self):
        job = self.add_job("queued")
        before = self.everything(job)
        away = mock.patch.object(Queue, "act", side_effect=Unavailable("try again"))
        with away, self.assertRaises(Unavailable):
            self.act(job, "hold")
        self.assertEqual(self.everything(job), before)


class TestRoles(SiteTestCase):
    """What the roles may do, on a job in a private folder."""

    def setUp(self):
        super().setUp()
        self.folder = api.content.create(self.portal, "Folder", "private")
        self.vm = self.add_machine(container=self.folder)

    def possible(self, job, role):
        with api.env.adopt_roles([role]):
            return {item["id"] for item in self.workflow.getTransitionsFor(job)}

    def test_who_may_control_jobs_may_all_of_it_and_others_nothing(self):
        for state in JobState:
            job = self.add_job(state, self.vm)
            legal = {n for n in OF_PEOPLE if state in TRANSITIONS[n].sources}
            for role in ("Manager", "Site Administrator", "Owner", "Editor"):
                self.assertEqual(self.possible(job, role), legal, (state, role))
            for role in ("Anonymous", "Member", "Reader", "Contributor", "Reviewer"):
                self.assertEqual(self.possible(job, role), set(), (state, role))
            api.content.delete(job)

    def test_what_is_not_offered_is_refused(self):
        job = self.add_job("queued", self.vm)
        for role in ("Anonymous", "Member", "Reader", "Contributor", "Reviewer"):
            with api.env.adopt_roles([role]), self.assertRaises(WorkflowException):
                self.act(job, "cancel")
        self.assertEqual((self.state(job), self.record(job).state), ("queued",) * 2)

    def test_who_may_see_machines_and_jobs(self):
        job = self.add_job("queued", self.vm)
        for content in (self.vm, job):
            for role in ("Anonymous", "Member", "Reviewer"):
                with api.env.adopt_roles([role]):
                    seen = api.user.has_permission("View", obj=content)
                    self.assertFalse(seen, (role, content))
            for role in ("Reader", "Contributor", "Editor", "Owner", "Manager"):
                with api.env.adopt_roles([role]):
                    seen = api.user.has_permission("View", obj=content)
                    self.assertTrue(seen, (role, content))

    def test_a_job_is_as_private_at_the_root_of_the_site(self):
        self.add_person("mallory")
        self.add_person("rita", "Reader")
        for state in JobState:
            job = self.add_job(state, virtual_machine=IUUID(self.vm))
            for role in ("Anonymous", "Member", "Reviewer"):
                with api.env.adopt_roles([role]):
                    seen = api.user.has_permission("View", obj=job)
                    self.assertFalse(seen, (role, state))
            for person, sees in (("mallory", 0), ("rita", 1)):
                with self.logged_in(person):
                    found = api.content.find(portal_type="Job")
                    self.assertEqual(len(found), sees, (person, state))
            api.content.delete(job)

    def test_the_history_names_the_person(self):
        self.add_person("eve", "Editor", on=self.folder)
        job = self.add_job("queued", self.vm)
        with self.logged_in("eve"):
            self.act(job, "hold")
        self.assertEqual(self.history(job)[-1]["actor"], "eve")


class TestUseOfMachines(SiteTestCase):
    """Whoever may not use a machine has no job run on it."""

    def setUp(self):
        super().setUp()
        self.vm = self.add_machine("vm1")
        folder = api.content.create(self.portal, "Folder", "theirs")
        self.add_person("bob", "Owner", on=folder)
        self.folder = folder

    def queue(self, job, transition="queue"):
        with self.logged_in("bob"):
            self.act(job, transition)

    def refused(self, job, transition="queue"):
        before = self.everything(job)
        with self.assertRaises(WorkflowException) as caught:
            self.queue(job, transition)
        self.assertEqual(self.everything(job), before)
        return str(caught.exception)

    def test_on_that_machine(self):
        job = self.add_job(container=self.folder, virtual_machine=IUUID(self.vm))
        self.assertEqual(self.refused(job), "You are not allowed to run jobs on vm1.")
        self.give("bob", self.vm, "Editor")
        self.queue(job)
        self.assertEqual(self.record(job).state, "queued")

    def test_on_any_machine(self):
        job = self.add_job(container=self.folder)
        self.assertEqual(
            self.refused(job),
            "You are not allowed to run jobs on any machine of this site.",
        )
        self.give("bob", self.portal, "Editor")
        self.queue(job)
        self.assertEqual(self.record(job).state, "queued")

    def test_on_the_machine_that_contains_the_job(self):
        job = self.add_job(container=self.vm)
        self.give("bob", job, "Owner")
        self.refused(job)

    def test_to_retry_is_to_queue(self):
        job = self.add_job(
            "failed", container=self.folder, virtual_machine=IUUID(self.vm)
        )
        self.assertIn("vm1", self.refused(job, "retry"))

    def test_other_transitions_need_no_machine(self):
        job = self.add_job(
            "queued", container=self.folder, virtual_machine=IUUID(self.vm)
        )
        for transition in ("hold", "release", "cancel"):
            self.queue(job, transition)
        self.assertEqual(self.record(job).state, "cancelled")

    def test_a_machine_of_ones_own(self):
        vm = self.add_machine("vm2", container=self.folder)
        job = self.add_job(container=vm)
        self.queue(job)
        self.assertEqual(self.record(job).machine, IUUID(vm))

    def test_the_permission_is_looked_for_where_the_sentence_says(self):
        self.assertEqual(follow.USE_MACHINE, "collective.mwsvm: Use Virtual Machine")
        self.portal.manage_permission(follow.USE_MACHINE, ["Member"], acquire=False)
        self.queue(self.add_job(container=self.folder))
