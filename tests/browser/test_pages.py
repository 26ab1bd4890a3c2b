"""The pages of machines and jobs, as a browser without scripts sees them."""

from collective.mwsvm import site
from collective.mwsvm.database.tables import machines as machines_table
from collective.mwsvm.models.jobs import NewJob
from collective.mwsvm.workload import machines
from lxml import html
from plone import api
from plone.uuid.interfaces import IUUID
from sqlalchemy import update
from tests.sites import ADMIN
from tests.sites import HttpTestCase


class PagesTestCase(HttpTestCase):
    def setUp(self):
        super().setUp()
        self.folder = api.content.create(self.portal, "Folder", "private")
        self.vm = self.add_machine(container=self.folder)
        for role in ("Reader", "Editor", "Owner"):
            self.add_person(role.lower(), role, on=self.folder)
        self.add_person("member")

    def get(self, path, who=ADMIN, code=200):
        """The page as a tree; its text is compared without runs of white space."""
        reply = self.request("GET", path, who)
        self.assertEqual(reply.status_code, code, path)
        self.assertIn("text/html", reply.headers["Content-Type"])
        return html.fromstring(reply.text)

    def text(self, page, css="#content"):
        return " ".join(" ".join(e.text_content() for e in page.cssselect(css)).split())

    def buttons(self, page):
        return [b.get("value") for b in page.cssselect("button[name=action]")]

    def set_machine(self, vm, **values):
        with site.database().writing() as connection:
            connection.execute(
                update(machines_table)
                .where(machines_table.c.uid == IUUID(vm))
                .values(**values)
            )

    def add_record(self, **values):
        values.setdefault("start_string", "echo")
        with site.database().writing() as connection:
            return site.queue(connection).submit(NewJob(**values))


class TestMachine(PagesTestCase):
    def test_it_says_what_is_known(self):
        self.set_machine(
            self.vm,
            status="running",
            reason="Its agent has called.",
            instance_id="i-12",
            instance_state="running",
            reservation_id="r-34",
        )
        job = self.add_job("running", self.vm)
        with site.database().writing() as connection:
            site.machines(connection).contact(IUUID(self.vm), "1.0")
        page = self.get("private/vm1", "reader")
        self.assertEqual(self.text(page, "h1"), "vm1")
        text = self.text(page)
        for words in (
            "running Its agent has called.",
            "Instance i-12 (running)",
            "Reservation r-34",
            "Last contact 2027-01-15T08:00:01+00:00",
            f"Current job {self.record(job).name}",
            "Region us-east-1",
            "Instance type t1.micro",
            "Image ami-1",
        ):
            self.assertIn(words, text)

    def test_a_new_one_has_dashes_and_can_be_started(self):
        page = self.get("private/vm1", "editor")
        self.assertIn("Last contact never", self.text(page))
        self.assertIn("There are no jobs for this machine.", self.text(page))
        self.assertEqual(self.buttons(page), ["start", "refresh"])

    def test_one_without_a_record_is_unevaluated(self):
        with site.database().writing() as connection:
            site.machines(connection).forget(self.uid())
            self.assertIsNone(machines.find(connection, self.uid()))
        self.assertIn("unevaluated", self.text(self.get("private/vm1")))

    def test_how_long_the_way_to_the_agent_and_back_took(self):
        uid = self.uid()
        with site.database().writing() as connection:
            site.machines(connection).refresh(uid)
        page = self.get("private/vm1", "reader")
        self.assertIn("Connection test waiting for the agent", self.text(page))
        with site.database().writing() as connection:
            test = machines.heartbeat(connection, uid).test_hash
            self.clock.forward(4)
            site.machines(connection).contact(uid, test=test)
        page = self.get("private/vm1", "reader")
        self.assertIn("Connection test answered after 4.0 s", self.text(page))

    def test_the_buttons_are_those_of_its_state_and_ask_first(self):
        for status, instance, actions in (
            ("unevaluated", "", ["start", "refresh"]),
            ("starting", "", ["stop", "refresh"]),
            ("running", "i-1", ["stop", "refresh"]),
            ("running", "", ["refresh"]),
            ("stopping", "i-1", ["refresh"]),
            ("stopped", "i-1", ["start", "refresh"]),
            ("failed", "i-1", ["start", "refresh"]),
        ):
            self.set_machine(self.vm, status=status, instance_id=instance)
            page = self.get("private/vm1", "editor")
            self.assertEqual(self.buttons(page), actions, status)
            for button in page.cssselect("button[value=stop]"):
                self.assertIn("Stop this machine?", button.get("data-confirm"))

    def test_who_may_only_look_has_no_buttons(self):
        self.assertEqual(self.buttons(self.get("private/vm1", "reader")), [])

    def test_the_token_and_the_agent_are_for_those_with_the_permission(self):
        for who, sees in (("reader", 0), ("editor", 0), ("owner", 1), (ADMIN, 1)):
            page = self.get("private/vm1", who)
            self.assertEqual(len(page.cssselect(".mwsvm-token")), sees, who)
            self.assertEqual("token" in self.buttons(page), bool(sees), who)

    def test_the_link_to_a_new_job_is_for_those_who_may_add_one(self):
        for who, sees in (("reader", 0), ("owner", 1)):
            page = self.get("private/vm1", who)
            links = page.cssselect('a.btn[href$="/private/vm1/++add++Job"]')
            self.assertEqual(len(links), sees, who)

    def test_the_newest_of_its_jobs(self):
        names = [
            self.record(self.add_job("queued", self.vm, title=f"job {n}")).name
            for n in range(22)
        ]
        page = self.get("private/vm1", "reader")
        shown = [e.text for e in page.cssselect(".mwsvm-jobs td:first-child small")]
        self.assertEqual(shown, names[:1:-1])
        self.assertIn("The newest 20 of 22.", self.text(page))

    def test_its_drafts_are_below_for_those_who_may_see_them(self):
        self.add_job(container=self.vm, title="Inside")
        self.add_job(container=self.folder, title="For it", virtual_machine=self.uid())
        self.add_job(title="Salaries", virtual_machine=self.uid())
        self.add_job(title="Elsewhere")
        page = self.get("private/vm1", "reader")
        titles = [a.text for a in page.cssselect(".mwsvm-jobs td:first-child a")]
        self.assertEqual(sorted(titles), ["For it", "Inside"])
        self.assertIn("Draft vm1", self.text(page, ".mwsvm-jobs"))
        self.assertNotIn("There are no jobs", self.text(page))
        self.assertIn("Salaries", self.text(self.get("private/vm1")))
        self.assertNotIn("Elsewhere", self.text(self.get("private/vm1")))

    def test_jobs_that_one_may_not_see_are_left_out(self):
        secret = self.add_job("queued", title="Salaries", virtual_machine=self.uid())
        record = self.add_record(title="Bonus", machine=self.uid())
        text = self.text(self.get("private/vm1", "reader"))
        for words in ("Salaries", self.record(secret).name, "Bonus", record.name):
            self.assertNotIn(words, text)
        text = self.text(self.get("private/vm1"))
        for words in ("Salaries", self.record(secret).name, "Bonus", record.name):
            self.assertIn(words, text)

    def uid(self):
        return IUUID(self.vm)

    def test_the_part_that_changes(self):
        (live,) = self.get("private/vm1").cssselect("[data-mwsvm-live]")
        url = f"{self.vm.absolute_url()}/@@machine-live"
        self.assertEqual(live.get("data-mwsvm-live"), url)
        page = self.get("private/vm1/@@machine-live", "editor")
        parts = [part.get("data-live") for part in page.cssselect("[data-live]")]
        self.assertEqual(parts, ["state", "buttons", "facts", "jobs"])
        self.assertEqual(page.cssselect("head, h1, form"), [])
        self.assertEqual(page.cssselect("[role=status]")[0].get("data-live"), "state")

    def test_who_may_not_see_it_is_sent_away(self):
        for path in ("private/vm1", "private/vm1/@@machine-live"):
            for who, code in ((None, 302), ("member", 302)):
                reply = self.request("GET", path, who)
                self.assertIn(reply.status_code, (code, 401, 403), (path, who))
                self.assertFalse("unevaluated" in reply.text, (path, who))


class TestJob(PagesTestCase):
    def test_a_draft_can_be_queued(self):
        job = self.add_job(container=self.vm, start_string="echo 1 < 2 && ls")
        page = self.get("private/vm1/job", "editor")
        self.assertEqual(self.buttons(page), ["queue"])
        self.assertEqual(self.text(page, ".mwsvm-code"), "echo 1 < 2 && ls")
        self.assertIn("Machine: vm1", self.text(page))
        self.assertEqual(job.status, "Draft")

    def test_one_that_never_ran_says_so_instead_of_a_log(self):
        for state, hidden in (("draft", True), ("queued", True), ("running", False)):
            job = self.add_job(state, self.vm)
            page = self.get(job.absolute_url(), "reader")
            self.assertEqual("It has not run yet." in self.text(page), hidden, state)
            (log,) = page.cssselect(".mwsvm-log")
            box = log.getparent()
            self.assertEqual(box.get("hidden") is not None, hidden, state)
            self.assertIn("The whole log", box.text_content())
            api.content.delete(job)

    def test_the_end_of_a_job_and_its_attempts(self):
        job = self.add_job("running", self.vm, retries=1)
        self.add_log(job, b"first\n")
        self.report(job, "Failed", exit_code=3)
        self.claim(job)
        self.add_log(job, b"second\n")
        self.report(job, "Finished", exit_code=0)
        page = self.get("private/vm1/job", "reader")
        self.assertEqual(self.buttons(page), [])
        self.assertEqual(self.text(page, ".mwsvm-log"), "second")
        rows = [
            [" ".join(cell.text_content().split()) for cell in row.cssselect("td")]
            for row in page.cssselect("[data-live=attempts] tbody tr")
        ]
        self.assertEqual([row[0] for row in rows], ["1", "2"])
        self.assertEqual([row[1] for row in rows], ["vm1", "vm1"])
        self.assertIn("failed It ended with exit code 3.", rows[0][3])
        self.assertEqual([row[4] for row in rows], ["3", "0"])
        self.assertEqual([row[5] for row in rows], ["6 bytes", "7 bytes"])
        links = [a.get("href") for a in page.cssselect("[data-live=attempts] a")]
        logs = [self.request("GET", link).content for link in links if "log" in link]
        self.assertEqual(logs, [b"first\n", b"second\n"])

    def test_a_machine_that_one_may_not_see_has_no_name(self):
        other = self.add_machine("Hidden machine")
        self.add_job("running", self.folder, virtual_machine=IUUID(other))
        text = self.text(self.get("private/job", "reader"))
        self.assertNotIn("Hidden machine", text)
        self.assertIn("Machine: one that you may not see", text)
        self.assertIn("Hidden machine", self.text(self.get("private/job")))

    def test_a_machine_that_was_deleted_is_said_to_be(self):
        other = self.add_machine("vm2")
        reasons = {
            "held": "held The machine it is meant for was deleted.",
            "queued": "held It is meant for one machine only, and the machine vm2",
        }
        jobs = {
            state: self.add_job(state, self.folder, virtual_machine=IUUID(other))
            for state in ("draft", "finished", "held", "queued")
        }
        api.content.delete(other)
        for state, job in jobs.items():
            for who in ("reader", ADMIN):
                text = self.text(self.get(job.absolute_url(), who))
                self.assertIn("Machine: it was deleted", text, state)
                self.assertIn(reasons.get(state, "").lower(), text.lower())
        for path in ("@@mwsvm-jobs?state=held", "@@mwsvm"):
            self.assertIn("meant for was deleted.", self.text(self.get(path, "reader")))

    def test_what_brings_it_forward_stands_out(self):
        for state, main in (
            ("draft", ["queue"]),
            ("held", ["release"]),
            ("running", []),
            ("suspended", ["resume"]),
            ("failed", ["retry"]),
        ):
            job = self.add_job(state, self.vm)
            page = self.get(job.absolute_url(), "editor")
            buttons = page.cssselect("[data-live=buttons] .btn-primary")
            self.assertEqual([b.get("value") for b in buttons], main, state)
            api.content.delete(job)

    def test_the_buttons_are_those_of_its_state(self):
        expected = {
            "queued": ["hold", "cancel"],
            "held": ["release", "cancel"],
            "running": ["suspend", "cancel"],
            "suspended": ["resume", "cancel"],
            "finished": ["retry"],
            "failed": ["retry"],
            "cancelled": ["retry"],
        }
        for state, actions in expected.items():
            job = self.add_job(state, self.vm)
            page = self.get(job.absolute_url(), "editor")
            self.assertEqual(self.buttons(page), actions, state)
            api.content.delete(job)

    def test_a_page_shows_the_beginning_of_a_long_log(self):
        job = self.add_job("running", self.vm)
        text = "ä" * 140_000
        record = self.record(job)
        with site.database().writing() as connection:
            for start in range(0, 280_000, 60_000):
                piece = text.encode()[start : start + 60_000]
                site.queue(connection).logs.add(record, start, piece)
        (log,) = self.get("private/vm1/job").cssselect(".mwsvm-log")
        self.assertEqual(int(log.get("data-offset")), 256 * 1024)
        self.assertEqual(log.text, "ä" * (128 * 1024))

    def test_a_log_is_shown_to_its_last_character(self):
        job = self.add_job("running", self.vm)
        self.add_log(job, "café".encode())
        (log,) = self.get("private/vm1/job").cssselect(".mwsvm-log")
        self.assertEqual((log.text, log.get("data-offset")), ("café", "5"))

    def test_a_character_that_is_cut_in_two_comes_with_the_rest(self):
        job = self.add_job("running", self.vm)
        self.add_log(job, "a€".encode()[:-1])
        (log,) = self.get("private/vm1/job").cssselect(".mwsvm-log")
        self.assertEqual((log.text, log.get("data-offset")), ("a", "1"))
        rest = self.request("GET", "private/vm1/job/@@job-log?offset=1").content
        self.assertEqual(rest, "€".encode()[:-1])

    def test_who_may_not_see_it_is_sent_away(self):
        url = self.add_job("queued", self.vm, title="Salaries").absolute_url()
        for view in ("", "/@@job-live", "/@@job-log"):
            for who in (None, "member"):
                reply = self.request("GET", url + view, who)
                self.assertIn(reply.status_code, (302, 401, 403), (view, who))
                self.assertFalse("Salaries" in reply.text)

    def test_the_part_that_changes(self):
        job = self.add_job("running", self.vm)
        page = self.get("private/vm1/job")
        (live,) = page.cssselect("[data-mwsvm-live]")
        self.assertEqual(
            live.get("data-mwsvm-live"), f"{job.absolute_url()}/@@job-live"
        )
        (log,) = page.cssselect("[data-mwsvm-log]")
        self.assertEqual(log.get("data-mwsvm-log"), f"{job.absolute_url()}/@@job-log")
        self.assertEqual((log.get("data-offset"), log.get("data-attempt")), ("0", "1"))
        page = self.get("private/vm1/job/@@job-live", "editor")
        parts = [part.get("data-live") for part in page.cssselect("[data-live]")]
        self.assertEqual(parts, ["state", "buttons", "facts", "attempts"])


class TestRecord(PagesTestCase):
    """Jobs that no editor has made."""

    def test_its_page(self):
        record = self.add_record(
            title="Nightly", start_string="ls", machine=IUUID(self.vm)
        )
        page = self.get(f"@@mwsvm-job?name={record.name}")
        self.assertEqual(self.text(page, "h1"), "Nightly")
        self.assertEqual(self.text(page, ".mwsvm-code"), "ls")
        self.assertIn("Machine: vm1", self.text(page))
        self.assertEqual(self.buttons(page), ["hold", "cancel"])

    def test_one_without_a_title_is_called_by_its_name(self):
        record = self.add_record()
        page = self.get(f"@@mwsvm-job?name={record.name}")
        self.assertEqual(self.text(page, "h1"), record.name)

    def test_there_is_none(self):
        for query in ("", "?name=", "?name=Moab.99999", "?name=%00", "?name=a&name=b"):
            for view in ("", "-live", "-log"):
                reply = self.request("GET", f"@@mwsvm-job{view}{query}")
                self.assertEqual(reply.status_code, 404, (view, query))

    def test_it_is_for_those_who_manage_records(self):
        record = self.add_record(title="Nightly")
        for view in ("", "-live", "-log"):
            for who in (None, "member", "owner"):
                path = f"@@mwsvm-job{view}?name={record.name}"
                reply = self.request("GET", path, who)
                self.assertIn(reply.status_code, (302, 401, 403), (view, who))
                self.assertFalse("Nightly" in reply.text)


class TestForms(PagesTestCase):
    """What the forms say of a field depends on what they are about."""

    def machines(self, path):
        """The choices of a job's machine, by what they are called."""
        page = self.get(path)
        return {
            option.text.strip(): option.get("value")
            for option in page.cssselect("#form-widgets-virtual_machine option")
        }

    def test_a_job_within_a_machine_is_for_this_machine(self):
        self.add_job(container=self.vm)
        for path in ("private/vm1/++add++Job", "private/vm1/job/edit"):
            self.assertEqual(next(iter(self.machines(path))), "This machine", path)

    def test_a_job_elsewhere_is_for_any_machine(self):
        self.add_job(container=self.folder)
        for path in ("private/++add++Job", "private/job/edit"):
            self.assertEqual(next(iter(self.machines(path))), "Any machine", path)

    def test_machines_of_the_same_title_can_be_told_apart(self):
        twin = api.content.copy(self.vm, self.folder, id="twin")
        self.add_machine("vm2")
        expected = {
            "Any machine": "--NOVALUE--",
            "vm1 (/private/vm1)": IUUID(self.vm),
            "vm1 (/private/twin)": IUUID(twin),
            "vm2": IUUID(self.portal["vm2"]),
        }
        self.assertEqual(self.machines("++add++Job"), expected)

    def test_a_choice_that_was_deleted_is_called_so(self):
        other = self.add_machine("vm2")
        self.add_job(container=self.vm, virtual_machine=IUUID(other))
        api.content.delete(other)
        choices = self.machines("private/vm1/job/edit")
        self.assertEqual(
            list(choices), ["This machine", "vm1", "a machine that was deleted"]
        )
        # Nobody is offered it anew.
        self.assertEqual(
            list(self.machines("private/vm1/++add++Job")), ["This machine", "vm1"]
        )

    def test_a_secret_key_that_is_kept_is_spoken_of_where_there_may_be_one(self):
        for path, kept in (
            ("private/++add++VirtualMachine", False),
            ("private/vm1/edit", True),
        ):
            field = self.text(self.get(path), "#formfield-form-widgets-secretKey")
            self.assertIn("It is never shown again.", field)
            self.assertEqual("to keep the present one" in field, kept, path)


class TestCards(PagesTestCase):
    """On a phone the cells of a table bear what is in its head on a screen."""

    def test_each_cell_has_the_label_of_its_column(self):
        self.add_job("finished", self.vm)
        self.add_job(container=self.vm, title="draft")
        for path, count in (
            ("private/vm1", 2),
            ("private/vm1/job", 1),
        ):
            tables = self.get(path).cssselect(".mwsvm-table")
            self.assertEqual(len(tables), count, path)
            for table in tables:
                head = [th.text for th in table.cssselect("th")]
                (row,) = table.cssselect("tbody tr")
                labels = [td.get("data-label") for td in row.cssselect("td")]
                self.assertEqual(labels, head)
