"""Machines, jobs and settings in plone.restapi."""

from collective.mwsvm import site
from collective.mwsvm.interfaces import IMwsvmSettings
from collective.mwsvm.workload import machines
from concurrent.futures import ThreadPoolExecutor
from plone import api
from plone.uuid.interfaces import IUUID
from tests.sites import HttpTestCase
from zope.schema import getFieldNames
import transaction


MACHINE = {
    "@type": "VirtualMachine",
    "title": "vm2",
    "region_list": "us-east-1",
    "instance_type_list": "t1.micro",
    "machineImage": "ami-1",
}


class RestTestCase(HttpTestCase):
    def setUp(self):
        super().setUp()
        self.folder = api.content.create(self.portal, "Folder", "private")
        self.vm = self.add_machine(container=self.folder)
        for role in ("Reader", "Contributor", "Editor", "Owner"):
            self.add_person(role.lower(), role, on=self.folder)
        self.add_person("member")
        self.add_person("siteadmin", "Site Administrator")

    def machine_record(self):
        with site.database().reading() as connection:
            return machines.get(connection, IUUID(self.vm))

    def wrong(self, reply, *words):
        """The reply is a 400 with these words in its message."""
        self.assertEqual(reply.status_code, 400, reply.text)
        for word in words:
            self.assertIn(word, reply.json()["message"])


class TestState(RestTestCase):
    """What GET says of machines and jobs, to whom."""

    def test_a_machine_comes_with_its_state(self):
        for who in ("reader", "contributor", "editor", "owner", "siteadmin"):
            reply = self.rest("GET", self.vm.absolute_url(), who)
            self.assertEqual(reply.status_code, 200, who)
            self.assertEqual(
                reply.json()["mwsvm"],
                {
                    "status": "unevaluated",
                    "reason": "",
                    "since": "2027-01-15T08:00:00+00:00",
                    "actions": ["start"],
                    "instance_id": None,
                    "instance_state": None,
                    "reservation_id": None,
                    "last_contact": None,
                    "agent": None,
                    "testing": False,
                    "response_time": None,
                    "current_job": None,
                },
            )

    def test_a_job_comes_with_its_state(self):
        job = self.add_job("running", self.vm, retries=2)
        for who in ("reader", "contributor", "editor", "owner", "siteadmin"):
            state = self.rest("GET", job.absolute_url(), who).json()["mwsvm"]
            self.assertEqual((state["status"], state["attempt"]), ("Running", 1))
            self.assertEqual(state["actions"], ["suspend", "cancel"])
            self.assertEqual(state["machine"], IUUID(self.vm))
            self.assertEqual(state["retries_left"], 2)
            (attempt,) = state["attempts"]
            self.assertEqual(attempt["started"], "2027-01-15T08:00:01+00:00")
            self.assertIsNone(attempt["outcome"])

    def test_a_draft_has_no_state(self):
        job = self.add_job(container=self.vm)
        self.assertIsNone(self.rest("GET", job.absolute_url()).json()["mwsvm"])

    def test_the_end_of_a_job(self):
        job = self.add_job("running", self.vm)
        self.report(job, "Failed", exit_code=-9)
        state = self.rest("GET", job.absolute_url()).json()["mwsvm"]
        self.assertEqual((state["status"], state["exit_code"]), ("Failed", -9))
        self.assertEqual(state["reason"], "It was ended by signal 9.")
        self.assertEqual(state["attempts"][0]["outcome"], "failed")

    def test_a_held_job_whose_machine_was_deleted_says_so(self):
        job = self.add_job("held", self.folder, virtual_machine=IUUID(self.vm))
        api.content.delete(self.vm)
        state = self.rest("GET", job.absolute_url()).json()["mwsvm"]
        self.assertEqual(state["reason"], "The machine it is meant for was deleted.")

    def test_who_may_not_see_them_gets_nothing(self):
        job = self.add_job("queued", self.vm)
        for who in (None, "member"):
            for content in (self.vm, job):
                reply = self.rest("GET", content.absolute_url(), who)
                self.assertIn(reply.status_code, (401, 403, 404))
                self.assertNotIn("mwsvm", reply.json())

    def test_a_search_with_full_objects_has_the_state_too(self):
        reply = self.rest("GET", "@search?portal_type=VirtualMachine&fullobjects=1")
        (item,) = reply.json()["items"]
        self.assertEqual(item["mwsvm"]["status"], "unevaluated")


class TestActions(RestTestCase):
    def post(self, action, who="editor"):
        return self.rest("POST", f"{self.vm.absolute_url()}/@machine-{action}", who)

    def test_start_is_accepted_and_answers_with_the_new_state(self):
        reply = self.post("start")
        self.assertEqual(reply.status_code, 202, reply.text)
        self.assertEqual(reply.json()["status"], "starting")
        record = self.machine_record()
        self.assertEqual((record.status, record.launch), ("starting", 1))
        self.assertEqual(record.url, self.vm.absolute_url())

    def test_a_second_start_is_a_conflict_and_changes_nothing(self):
        self.post("start")
        before = self.machine_record()
        reply = self.post("start")
        self.assertEqual(reply.status_code, 409)
        self.assertEqual(reply.json()["type"], "Conflict")
        self.assertIn("vm1 is starting already", reply.json()["message"])
        self.assertEqual(self.machine_record(), before)

    def test_of_several_starts_at_once_one_is_accepted(self):
        transaction.commit()
        with ThreadPoolExecutor(4) as pool:
            url = f"{self.vm.absolute_url()}/@machine-start"
            replies = list(pool.map(lambda _: self.bare_post(url), range(4)))
        codes = sorted(reply.status_code for reply in replies)
        self.assertEqual(codes, [202, 409, 409, 409])
        transaction.begin()
        self.assertEqual(self.machine_record().launch, 1)

    def test_stop(self):
        self.assertEqual(self.post("stop").status_code, 409)
        self.assertEqual(self.machine_record().status, "unevaluated")
        self.post("start")
        reply = self.post("stop")
        self.assertEqual((reply.status_code, reply.json()["status"]), (202, "stopping"))
        self.assertEqual(self.post("stop").status_code, 409)

    def test_a_machine_of_somebody_elses_cannot_be_stopped_from_here(self):
        with site.database().writing() as connection:
            fleet = site.machines(connection)
            fleet.arrive(machines.get(connection, IUUID(self.vm)))
        reply = self.post("stop")
        self.assertEqual(reply.status_code, 409)
        self.assertIn("was not started from here", reply.json()["message"])

    def test_refresh_begins_a_test_of_the_way(self):
        for _ in range(2):
            reply = self.post("refresh")
            self.assertEqual((reply.status_code, reply.json()["testing"]), (202, True))

    def test_what_cannot_be_started_is_named(self):
        self.vm.machineImage = " "
        reply = self.post("start")
        self.assertEqual((reply.status_code, reply.json()["type"]), (400, "Invalid"))
        self.assertIn("Machine image", reply.json()["message"])
        self.vm.machineImage = "ami-1"
        self.vm.region_list = "mars-1"
        self.assertIn("'mars-1'", self.post("start").json()["message"])

    def test_only_with_permission(self):
        for who in (None, "member", "reader", "contributor"):
            for action in ("start", "stop", "refresh"):
                reply = self.post(action, who)
                self.assertIn(reply.status_code, (401, 403), (who, action))
        self.assertEqual(self.machine_record().status, "unevaluated")
        for who in ("owner", "siteadmin"):
            self.assertEqual(self.post("refresh", who).status_code, 202, who)

    def test_not_by_GET(self):
        reply = self.rest("GET", f"{self.vm.absolute_url()}/@machine-start")
        self.assertEqual(reply.status_code, 404)
        self.assertEqual(self.machine_record().status, "unevaluated")

    def test_not_on_other_content(self):
        reply = self.rest("POST", f"{self.folder.absolute_url()}/@machine-start")
        self.assertEqual(reply.status_code, 404)


class TestCreation(RestTestCase):
    def add(self, who="contributor", container=None, **values):
        url = (container or self.folder).absolute_url()
        return self.rest("POST", url, who, values)

    def test_a_machine(self):
        reply = self.add(**MACHINE)
        self.assertEqual(reply.status_code, 201, reply.text)
        self.assertEqual(reply.json()["mwsvm"]["status"], "unevaluated")
        vm = self.folder["vm2"]
        self.assertRegex(vm.monitorAuthToken, r"\A[a-z0-9]{10}\Z")
        self.assertEqual(vm.creators, ("contributor",))

    def test_the_token_cannot_be_chosen(self):
        self.add(**MACHINE, monitorAuthToken="chosen")
        self.assertRegex(self.folder["vm2"].monitorAuthToken, r"\A[a-z0-9]{10}\Z")
        self.rest("PATCH", f"{self.url}/private/vm2", json={"monitorAuthToken": "x"})
        self.assertRegex(self.folder["vm2"].monitorAuthToken, r"\A[a-z0-9]{10}\Z")

    def test_a_machine_with_a_bad_value_names_the_field(self):
        cases = [
            ("region_list", "mars-1"),
            ("region_list", ""),
            ("instance_type_list", "t9.gigantic"),
            ("machineImage", ""),
            ("machineImage", None),
            ("machineImage", 7),
            ("machineImage", "ami-1\nami-2"),
        ]
        for name, value in cases:
            with self.subTest(field=name, value=value):
                self.wrong(self.add(**{**MACHINE, name: value}), name)
        self.assertEqual(list(self.folder), ["vm1"])

    def test_a_machine_without_an_image_names_the_field(self):
        values = {k: v for k, v in MACHINE.items() if k != "machineImage"}
        self.wrong(self.add(**values), "machineImage")

    def test_a_job(self):
        reply = self.add(
            container=self.vm,
            **{"@type": "Job", "title": "Hello", "start_string": "echo", "retries": 3},
        )
        self.assertEqual(reply.status_code, 201, reply.text)
        self.assertIsNone(reply.json()["mwsvm"])
        self.assertEqual(reply.json()["review_state"], "draft")
        self.assertEqual(self.vm["hello"].retries, 3)

    def test_a_job_with_a_bad_value_names_the_field(self):
        cases = [
            ("time_limit", 0),
            ("time_limit", -1),
            ("time_limit", 10**9 + 1),
            ("time_limit", "soon"),
            ("time_limit", 1.5),
            ("retries", -1),
            ("retries", 1001),
            ("retries", "many"),
            ("priority", 1_000_001),
            ("priority", "high"),
            ("start_string", ""),
            ("start_string", None),
            ("start_string", "x" * 65537),
            ("start_string", 5),
            ("virtual_machine", "no-such-machine"),
        ]
        job = {"@type": "Job", "title": "Hello", "start_string": "echo"}
        for name, value in cases:
            with self.subTest(field=name, value=value):
                reply = self.add(container=self.vm, **{**job, name: value})
                self.wrong(reply, name)
        self.assertEqual(list(self.vm), [])

    def test_nothing_but_jobs_in_a_machine(self):
        reply = self.add("owner", container=self.vm, **MACHINE)
        self.assertEqual(reply.status_code, 403)

    def test_only_with_permission(self):
        for who in (None, "member", "reader", "editor"):
            self.assertIn(self.add(who, **MACHINE).status_code, (401, 403), who)
        job = {"@type": "Job", "title": "Hello", "start_string": "echo"}
        for who in (None, "member", "reader", "editor"):
            reply = self.add(who, container=self.vm, **job)
            self.assertIn(reply.status_code, (401, 403), who)
        self.assertEqual((list(self.folder), list(self.vm)), (["vm1"], []))


class TestWorkflow(RestTestCase):
    def move(self, job, transition, who="editor", **body):
        url = f"{job.absolute_url()}/@workflow/{transition}"
        return self.rest("POST", url, who, body)

    def test_a_job_is_queued_held_released_cancelled_and_retried(self):
        job = self.add_job(container=self.vm)
        for transition, state in (
            ("queue", "queued"),
            ("hold", "held"),
            ("release", "queued"),
            ("cancel", "cancelled"),
            ("retry", "queued"),
        ):
            reply = self.move(job, transition, comment=f"because of {transition}")
            self.assertEqual(reply.status_code, 200, reply.text)
            self.assertEqual(reply.json()["review_state"], state)
            self.assertEqual(self.record(job).state, state)
            self.assertEqual(
                self.record(job).reason,
                f"because of {transition}"[: 999 if transition != "queue" else 0],
            )

    def test_what_is_possible_is_listed(self):
        job = self.add_job("running", self.vm)
        listed = self.rest("GET", f"{job.absolute_url()}/@workflow", "editor").json()
        names = {item["@id"].rpartition("/")[2] for item in listed["transitions"]}
        self.assertEqual(names, {"suspend", "cancel"})
        listed = self.rest("GET", f"{job.absolute_url()}/@workflow", "reader").json()
        self.assertEqual(listed["transitions"], [])

    def test_what_is_not_possible_is_refused(self):
        job = self.add_job("queued", self.vm)
        before = self.everything(job)
        for transition in ("queue", "retry", "suspend", "start", "finish", "nonsense"):
            reply = self.move(job, transition)
            if reply.status_code != 400:
                # plone.restapi calls it done where the job is in that state.
                self.assertIn(transition, ("queue", "retry"))
            self.assertEqual(self.everything(job), before)

    def test_what_the_record_refuses_is_refused_and_changes_nothing(self):
        job = self.add_job("queued", self.vm)
        self.set_record(job, state="running")
        before = self.everything(job)
        reply = self.move(job, "hold")
        self.assertEqual(reply.status_code, 400, reply.text)
        self.assertIn("is Running", reply.json()["error"]["message"])
        self.assertEqual(self.everything(job), before)

    def test_a_machine_that_one_may_not_use(self):
        other = self.add_machine("vm2")
        job = self.add_job(container=self.vm, virtual_machine=IUUID(other))
        reply = self.move(job, "queue")
        self.assertEqual(reply.status_code, 400, reply.text)
        self.assertIn("run jobs on vm2", reply.json()["error"]["message"])
        self.assertEqual(self.state(job), "draft")
        self.assertIsNone(self.record(job))

    def test_only_with_permission(self):
        job = self.add_job("queued", self.vm)
        before = self.everything(job)
        for who in (None, "member", "reader", "contributor"):
            reply = self.move(job, "cancel", who)
            self.assertIn(reply.status_code, (400, 401, 403), who)
            self.assertEqual(self.everything(job), before)
        self.assertEqual(self.move(job, "cancel", "owner").status_code, 200)


class TestControlPanel(RestTestCase):
    panel = "@controlpanels/mwsvm"

    def test_it_shows_every_setting(self):
        for who in ("siteadmin", ("admin", "secret")):
            reply = self.rest("GET", self.panel, who)
            self.assertEqual(reply.status_code, 200, who)
            data = reply.json()["data"]
            self.assertEqual(set(data), set(getFieldNames(IMwsvmSettings)))
            self.assertEqual(data["lease"], 120)
            fields = reply.json()["schema"]["properties"]
            for name in data:
                self.assertTrue(fields[name]["title"], name)
                self.assertTrue(fields[name]["description"], name)

    def test_it_is_listed(self):
        panels = self.rest("GET", "@controlpanels").json()
        self.assertIn("mwsvm", {p["@id"].rpartition("/")[2] for p in panels})

    def test_a_change_is_kept(self):
        change = {
            "lease": 60,
            "regions": ["eu-central-1", "us-east-1"],
            "endpoint_url": "http://127.0.0.1:5000",
            "job_prefix": "Luna",
            "idle_halt": 0,
        }
        reply = self.rest("PATCH", self.panel, "siteadmin", change)
        self.assertEqual(reply.status_code, 204, reply.text)
        data = self.rest("GET", self.panel).json()["data"]
        self.assertEqual({name: data[name] for name in change}, change)
        self.assertEqual(site.settings().lease, 60)
        self.assertEqual(data["poll_interval"], 10)

    def test_a_bad_value_is_refused_with_its_field_named(self):
        cases = [
            ("lease", 9),
            ("lease", "long"),
            ("lease", None),
            ("poll_interval", 0),
            ("log_limit", -1),
            ("log_retention_days", 0.5),
            ("start_deadline", 29),
            ("reaper_grace", 59),
            ("regions", ["süd"]),
            ("instance_types", [1]),
            ("endpoint_url", "http://exämple"),
            ("agent_base_url", 5),
            *[
                (name, value)
                for name in ("endpoint_url", "agent_base_url")
                for value in (
                    "nonsense",
                    "cms.example.org/Plone",
                    "ftp://cms.example.org",
                    "javascript://x",
                    "https://",
                    "http://:80",
                    "http://host:port",
                    "http://[host",
                    "http://cms example.org",
                    "http://cms.example.org\n",
                )
            ],
            ("job_prefix", "a b"),
            ("job_prefix", ""),
        ]
        before = self.rest("GET", self.panel).json()["data"]
        for name, value in cases:
            with self.subTest(field=name, value=value):
                reply = self.rest("PATCH", self.panel, json={"lease": 60, name: value})
                self.wrong(reply, name)
        self.assertEqual(self.rest("GET", self.panel).json()["data"], before)

    def test_what_is_no_address_is_told_what_one_looks_like(self):
        reply = self.rest("PATCH", self.panel, json={"endpoint_url": "nonsense"})
        self.wrong(reply, "endpoint_url", "begins with http:// or https://")

    def test_addresses_on_the_web_and_none_are_kept(self):
        for value in (
            "http://127.0.0.1:5000",
            "https://[::1]:8080/Plone",
            "HTTPS://cms.example.org/",
            "",
            None,
        ):
            change = {"endpoint_url": value, "agent_base_url": value}
            reply = self.rest("PATCH", self.panel, "siteadmin", change)
            self.assertEqual(reply.status_code, 204, reply.text)
            data = self.rest("GET", self.panel).json()["data"]
            self.assertEqual({name: data[name] for name in change}, change)

    def test_only_with_permission(self):
        for who in (None, "member", "owner", "editor"):
            for method in ("GET", "PATCH"):
                reply = self.rest(method, self.panel, who, {"lease": 60})
                self.assertIn(reply.status_code, (401, 403), (who, method))
        self.assertEqual(site.settings().lease, 120)
