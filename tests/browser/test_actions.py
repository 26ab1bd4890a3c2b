"""The buttons of the pages: who may press them, and what comes of it."""

from collective.mwsvm import site
from collective.mwsvm.database.engine import BUSY
from collective.mwsvm.models.errors import Unavailable
from collective.mwsvm.models.jobs import NewJob
from collective.mwsvm.workload import machines
from collective.mwsvm.workload.machines import Machines
from collective.mwsvm.workload.queue import Queue
from lxml import html
from plone import api
from plone.uuid.interfaces import IUUID
from tests.sites import ADMIN
from tests.sites import HttpTestCase
from unittest import mock
import re
import requests
import transaction


class ActionTestCase(HttpTestCase):
    def setUp(self):
        super().setUp()
        self.folder = api.content.create(self.portal, "Folder", "private")
        self.vm = self.add_machine(container=self.folder)
        for role in ("Reader", "Contributor", "Editor", "Owner"):
            self.add_person(role.lower(), role, on=self.folder)
        self.add_person("member")

    def form(self, url, who):
        """The form on a page: its address, and the fields that it sends along."""
        page = html.fromstring(self.request("GET", url, who).text)
        form = page.get_element_by_id("mwsvm-form")
        self.assertEqual(form.get("method"), "post")
        return form.get("action"), {e.name: e.value for e in form.inputs if e.name}

    def press(self, url, action, who="editor"):
        """Press a button on a page; the reply, and what the next page says."""
        target, fields = self.form(url, who)
        transaction.commit()
        with requests.Session() as session:
            session.auth = self.auth(who)
            reply = session.post(
                target,
                data={**fields, "action": action},
                allow_redirects=False,
                timeout=60,
            )
            text = ""
            if reply.status_code == 302:
                # The message waits in a cookie for the next page.
                text = session.get(reply.headers["Location"], timeout=60).text
        transaction.begin()
        messages = []
        if text:
            found = html.fromstring(text).cssselect(".portalMessage")
            messages = [" ".join(e.text_content().split()) for e in found]
        return reply, " | ".join(messages)

    def machine_record(self):
        with site.database().reading() as connection:
            return machines.get(connection, IUUID(self.vm))


class TestMachine(ActionTestCase):
    def press_here(self, action, who="editor"):
        return self.press(self.vm.absolute_url(), action, who)

    def test_start_stop_and_refresh_say_what_happens_and_go_back(self):
        for action, status, words in (
            ("start", "starting", "Info: The machine is being started."),
            ("stop", "stopping", "Info: The machine is being stopped."),
            ("refresh", "stopping", "Info: EC2 is asked anew"),
        ):
            reply, message = self.press_here(action)
            self.assertEqual(reply.status_code, 302)
            self.assertEqual(reply.headers["Location"], self.vm.absolute_url())
            self.assertIn(words, message)
            self.assertEqual(self.machine_record().status, status)

    def test_a_refusal_becomes_a_message_and_changes_nothing(self):
        self.press_here("start")
        before = self.machine_record()
        reply, message = self.press_here("start")
        self.assertEqual(reply.status_code, 302)
        self.assertIn("Error: vm1 is starting already", message)
        self.assertEqual(self.machine_record(), before)

    def test_a_refusal_half_way_leaves_nothing_half_done(self):
        before = self.machine_record()

        def too_late(*args, **kwargs):
            raise Unavailable(BUSY)

        real = Machines.start

        def start(*args):
            real(*args)
            too_late()

        with mock.patch.object(Machines, "start", start):
            reply, message = self.press_here("start")
        self.assertIn("Error: The MWS database can't answer now", message)
        self.assertEqual(reply.headers["Retry-After"], "5")
        self.assertEqual(self.machine_record(), before)

    def test_an_unknown_action_is_named(self):
        for action in ("", "explode", "start_machine"):
            before = self.machine_record()
            _, message = self.press_here(action)
            self.assertIn(f"Error: There is no action '{action}'", message)
            self.assertEqual(self.machine_record(), before)

    def test_a_new_token_takes_the_place_of_the_old_one(self):
        old = self.vm.monitorAuthToken
        _, message = self.press_here("token", "owner")
        self.assertIn("Info: The machine has a new token", message)
        self.assertNotEqual(self.vm.monitorAuthToken, old)
        self.assertRegex(self.vm.monitorAuthToken, r"\A[a-z0-9]{10}\Z")

    def test_only_with_permission(self):
        token = self.vm.monitorAuthToken
        for who, actions in (
            ("reader", ("start", "stop", "refresh", "token")),
            ("contributor", ("start", "stop", "refresh", "token")),
            ("editor", ("token",)),
        ):
            for action in actions:
                reply, _ = self.press_here(action, who)
                self.assertNotEqual(
                    reply.headers.get("Location"), self.vm.absolute_url()
                )
                self.assertIn(reply.status_code, (302, 401, 403), (who, action))
        self.assertEqual(self.machine_record().status, "unevaluated")
        self.assertEqual(self.vm.monitorAuthToken, token)

    def test_a_GET_is_refused(self):
        url = f"{self.vm.absolute_url()}/@@machine-action"
        _, fields = self.form(self.vm.absolute_url(), "editor")
        for query in ({"action": "start"}, {**fields, "action": "start"}):
            reply = self.request("GET", url, "editor", params=query)
            self.assertEqual(reply.status_code, 400)
        self.assertEqual(self.machine_record().status, "unevaluated")

    def test_a_POST_that_is_not_from_our_form_is_refused(self):
        url = f"{self.vm.absolute_url()}/@@machine-action"
        others = self.form(self.vm.absolute_url(), "owner")[1]["_authenticator"]
        for token in (None, "", "0" * 40, others):
            data = {"action": "start"}
            if token is not None:
                data["_authenticator"] = token
            reply = self.request("POST", url, "editor", data=data)
            self.assertEqual(reply.status_code, 403, token)
        self.assertEqual(self.machine_record().status, "unevaluated")


class TestJob(ActionTestCase):
    def test_a_job_is_taken_through_its_states(self):
        job = self.add_job(container=self.vm)
        for action, state, done in (
            ("queue", "Queued", "queued"),
            ("hold", "Held", "held"),
            ("release", "Queued", "released"),
            ("cancel", "Cancelled", "cancelled"),
            ("retry", "Queued", "queued again"),
        ):
            reply, message = self.press(job.absolute_url(), action)
            self.assertEqual(reply.headers["Location"], job.absolute_url())
            self.assertIn(f"Info: The job has been {done}.", message)
            self.assertEqual((self.state(job), job.status), (state.lower(), state))

    def test_what_its_state_does_not_allow_is_a_message_and_changes_nothing(self):
        for state, action, hint in (
            ("queued", "queue", "hold, cancel"),
            ("held", "hold", "release, cancel"),
            ("finished", "cancel", "retry"),
            ("running", "retry", "suspend, cancel"),
        ):
            job = self.add_job(state, self.vm)
            before = self.everything(job)
            reply, message = self.press(job.absolute_url(), action)
            self.assertEqual(reply.status_code, 302)
            self.assertIn(f"Error: The job is {state.capitalize()};", message)
            for word in hint.split(", "):
                self.assertIn(word, message)
            self.assertEqual(self.everything(job), before)
            api.content.delete(job)

    def test_what_its_record_refuses_is_a_message_and_changes_nothing(self):
        job = self.add_job("queued", self.vm)
        self.set_record(job, state="running")
        before = self.everything(job)
        _, message = self.press(job.absolute_url(), "hold")
        self.assertIn("is Running; hold is possible while it is Queued.", message)
        self.assertEqual(self.everything(job), before)

    def test_a_machine_that_one_may_not_use_is_a_message(self):
        other = self.add_machine("vm2")
        job = self.add_job(container=self.vm, virtual_machine=IUUID(other))
        _, message = self.press(job.absolute_url(), "queue")
        self.assertIn("Error: You are not allowed to run jobs on vm2.", message)
        self.assertEqual(self.state(job), "draft")

    def test_an_unknown_action_is_named(self):
        job = self.add_job("queued", self.vm)
        before = self.everything(job)
        # A machine's moves are none of a person's.
        for action in ("", "explode", "start", "finish", "requeue"):
            _, message = self.press(job.absolute_url(), action)
            self.assertIn(f"Error: There is no action '{action}'", message)
        self.assertEqual(self.everything(job), before)

    def test_a_database_that_is_away_is_a_message(self):
        job = self.add_job("queued", self.vm)
        before = self.everything(job)
        with mock.patch.object(Queue, "act", side_effect=Unavailable(BUSY)):
            reply, message = self.press(job.absolute_url(), "hold")
        self.assertIn("Error: The MWS database can't answer now", message)
        self.assertEqual(reply.headers["Retry-After"], "5")
        self.assertEqual(self.everything(job), before)

    def test_only_with_permission(self):
        job = self.add_job("queued", self.vm)
        before = self.everything(job)
        for who in ("reader", "contributor"):
            reply, _ = self.press(job.absolute_url(), "cancel", who)
            self.assertIn(reply.status_code, (302, 401, 403), who)
            self.assertNotEqual(reply.headers.get("Location"), job.absolute_url())
        self.assertEqual(self.everything(job), before)

    def test_neither_by_GET_nor_from_elsewhere(self):
        job = self.add_job("queued", self.vm)
        before = self.everything(job)
        url = f"{job.absolute_url()}/@@job-action"
        _, fields = self.form(job.absolute_url(), "editor")
        data = {**fields, "action": "cancel"}
        reply = self.request("GET", url, "editor", params=data)
        self.assertEqual(reply.status_code, 400)
        reply = self.request("POST", url, "editor", data={"action": "cancel"})
        self.assertEqual(reply.status_code, 403)
        self.assertEqual(self.everything(job), before)


class TestStateMenu(ActionTestCase):
    """The state menu that Plone has for every content."""

    def choose(self, job, transition, who="editor"):
        with requests.Session() as session:
            session.auth = self.auth(who)
            transaction.commit()
            page = session.get(job.absolute_url(), timeout=60).text
            token = re.search(r"_authenticator=([0-9a-f]+)", page)[1]
            reply = session.get(
                f"{job.absolute_url()}/content_status_modify",
                params={"workflow_action": transition, "_authenticator": token},
                timeout=60,
            )
        transaction.begin()
        self.assertEqual((reply.status_code, reply.url), (200, job.absolute_url()))
        found = html.fromstring(reply.text).cssselect(".portalMessage")
        return " | ".join(" ".join(e.text_content().split()) for e in found)

    def test_it_takes_a_job_through_its_states(self):
        job = self.add_job(container=self.vm)
        for transition, state in (("queue", "queued"), ("hold", "held")):
            message = self.choose(job, transition)
            self.assertIn("Item state changed.", message)
            self.assertEqual((self.state(job), self.record(job).state), (state, state))

    def test_what_the_queue_refuses_is_a_message_and_changes_nothing(self):
        other = self.add_machine("vm2")
        job = self.add_job(container=self.vm, virtual_machine=IUUID(other))
        message = self.choose(job, "queue")
        self.assertIn("Error: You are not allowed to run jobs on vm2.", message)
        self.assertEqual(self.state(job), "draft")
        self.assertIsNone(self.record(job))


class TestRecord(ActionTestCase):
    def add_record(self, **values):
        with site.database().writing() as connection:
            return site.queue(connection).submit(NewJob(start_string="ls", **values))

    def page_of(self, record):
        return f"{self.url}/@@mwsvm-job?name={record.name}"

    def test_it_is_taken_through_its_states(self):
        record = self.add_record()
        for action, state, done in (
            ("hold", "held", "held"),
            ("release", "queued", "released"),
            ("cancel", "cancelled", "cancelled"),
            ("retry", "queued", "queued again"),
        ):
            reply, message = self.press(self.page_of(record), action, ADMIN)
            self.assertEqual(reply.headers["Location"], self.page_of(record))
            self.assertIn(f"Info: The job has been {done}.", message)
            self.assertEqual(self.record_named(record.name).state, state)

    def test_a_refusal_is_a_message_and_changes_nothing(self):
        record = self.add_record()
        for action in ("queue", "resume", "explode"):
            _, message = self.press(self.page_of(record), action, ADMIN)
            self.assertIn("Error: ", message)
            self.assertEqual(self.record_named(record.name), record)

    def test_one_whose_machine_is_gone_is_not_queued_for_it_again(self):
        record = self.add_record(machine=IUUID(self.vm))
        api.content.delete(self.vm)
        for action in ("release", "cancel", "retry"):
            before = self.record_named(record.name)
            _, message = self.press(self.page_of(record), action, ADMIN)
            if action == "cancel":
                self.assertIn("Info: The job has been cancelled.", message)
            else:
                self.assertIn("Error: The job can't be queued: the machine", message)
                self.assertEqual(self.record_named(record.name), before)

    def test_content_follows_where_there_is_some(self):
        job = self.add_job("queued", self.vm)
        self.press(self.page_of(self.record(job)), "hold", ADMIN)
        self.assertEqual((self.state(job), self.record(job).state), ("held", "held"))

    def test_only_for_those_who_manage_records(self):
        record = self.add_record()
        token = self.form(self.vm.absolute_url(), "owner")[1]["_authenticator"]
        for who in ("owner", "editor", "member", None):
            url = f"@@mwsvm-job-action?name={record.name}"
            data = {"_authenticator": token, "action": "cancel"}
            reply = self.request("POST", url, who, data=data)
            self.assertIn(reply.status_code, (302, 401, 403), who)
        self.assertEqual(self.record_named(record.name), record)

    def test_neither_by_GET_nor_from_elsewhere(self):
        record = self.add_record()
        url, fields = self.form(self.page_of(record), ADMIN)
        data = {**fields, "action": "cancel"}
        self.assertEqual(self.request("GET", url, params=data).status_code, 400)
        reply = self.request("POST", url, data={"action": "cancel"})
        self.assertEqual(reply.status_code, 403)
        self.assertEqual(self.record_named(record.name), record)

    def test_there_is_no_such_job(self):
        _, fields = self.form(self.page_of(self.add_record()), ADMIN)
        data = {**fields, "action": "cancel"}
        reply = self.request("POST", "@@mwsvm-job-action?name=Moab.0", data=data)
        self.assertEqual(reply.status_code, 404)
