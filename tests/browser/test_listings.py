"""The lists of jobs and of virtual machines, as a browser without scripts sees them."""

from collective.mwsvm import site
from collective.mwsvm.browser.listings import job_actions
from collective.mwsvm.configuration import NAME
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.engine import BUSY
from collective.mwsvm.models.errors import Unavailable
from collective.mwsvm.models.vms import VirtualMachine
from collective.mwsvm.worker.system_jobs import carry_system_jobs
from collective.mwsvm.workload import machines
from lxml import html
from pathlib import Path
from plone.uuid.interfaces import IUUID
from tempfile import TemporaryDirectory
from tests.browser.test_pages import PagesTestCase
from tests.rest.hypervisors import CODE
from tests.rest.hypervisors import IMAGE
from tests.sites import ADMIN
from unittest import mock
from urllib.parse import parse_qs
from urllib.parse import urlsplit
import os
import requests
import transaction


DASH = "\N{EN DASH}"

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class ListingTestCase(PagesTestCase):
    #: The page.
    name = "@@mwsvm-jobs"

    def titles(self, page):
        cells = page.cssselect(".mwsvm-listing tbody tr td[data-label=Job]")
        return [(c.cssselect("a") or c.cssselect("span"))[0].text for c in cells]

    def boxes(self, page):
        return [
            (box.get("name"), box.get("value"))
            for box in page.cssselect(".mwsvm-listing input[type=checkbox]")
        ]

    def open(self, who, query="", name=None):
        """The list's form: its target, its hidden fields, and the session it is of."""
        transaction.commit()
        session = requests.Session()
        session.auth = self.auth(who)
        self.addCleanup(session.close)
        reply = session.get(f"{self.url}/{name or self.name}{query}", timeout=60)
        (form,) = html.fromstring(reply.text).cssselect("form[data-mwsvm-bulk]")
        hidden = form.cssselect("input[type=hidden]")
        return form.get("action"), {e.name: e.value for e in hidden}, session

    def press(self, action, who="editor", query="", confirmed="yes", **selected):
        """Press a button for what is selected; the reply, and the page that follows."""
        target, fields, session = self.open(who, query)
        data = {**fields, "action": action, "confirmed": confirmed, **selected}
        reply = session.post(target, data=data, allow_redirects=False, timeout=60)
        text = reply.text
        if reply.status_code == 302:
            text = session.get(reply.headers["Location"], timeout=60).text
        transaction.begin()
        return reply, html.fromstring(text)

    def messages(self, page):
        return self.text(page, ".portalMessage")


class TestJobs(ListingTestCase):
    def test_what_is_known_of_each(self):
        job = self.add_job("running", self.vm, title="Hello", priority=7)
        record = self.record(job)
        page = self.get(self.name)
        head = [
            " ".join(th.text_content().replace("▼", "").split())
            for th in page.cssselect(".mwsvm-listing th")
        ]
        (row,) = page.cssselect(".mwsvm-listing tbody tr")
        cells = [" ".join(td.text_content().split()) for td in row.cssselect("td")]
        labels = [td.get("data-label") for td in row.cssselect("td")]
        self.assertEqual(labels, head)
        self.assertEqual(
            dict(zip(labels, cells, strict=True)),
            {
                "Select": f"Select {record.name}",
                "Job": f"Hello {record.name}",
                "User": job.creators[0],
                "State": "Running",
                "Machine or nodes": "vm1",
                "Priority": "7",
                "Submitted": "2027-01-15T08:00:01+00:00",
                "Started": "2027-01-15T08:00:01+00:00",
            },
        )
        links = [a.get("href") for a in row.cssselect("a")]
        self.assertEqual(links, [job.absolute_url(), self.vm.absolute_url()])

    def test_a_job_without_content_leads_to_the_page_of_its_record(self):
        record = self.add_record(title="Nightly")
        (link,) = self.get(self.name).cssselect(".mwsvm-listing tbody a")
        self.assertEqual(link.get("href"), f"{self.url}/@@mwsvm-job?name={record.name}")

    def test_why_a_job_waits_and_on_which_nodes_one_is(self):
        record = self.add_record()
        with site.database().writing() as connection:
            documents = site.job_documents(connection)
            document = documents.get(record.name)
            document["requirements"][0]["nodes"] = [{"name": "n1"}, {"name": "n2"}]
            documents.explain(document, "Policy", "It waits for two nodes.")
        text = self.text(self.get(self.name), ".mwsvm-listing tbody")
        self.assertIn("Queued It waits for two nodes.", text)
        self.assertIn("n1, n2", text)

    def test_where_a_job_was_that_has_ended(self):
        record = self.add_record()
        with site.database().writing() as connection:
            queue = site.queue(connection, "machine")
            found = queue.claim(IUUID(self.vm))
            queue.report(found, found.attempt, "Finished")
        self.assertEqual(found.name, record.name)
        (machine,) = self.get(self.name).cssselect("td[data-label^=Machine] a")
        self.assertEqual(machine.get("href"), self.vm.absolute_url())

    def test_filters_are_parameters_and_stay_in_the_form(self):
        self.add_job("held", self.vm, title="Alpha")
        self.add_job("running", self.vm, title="Beta")
        self.add_record(title="Gamma", owner="carl")
        for query, expected in (
            ("", ["Gamma", "Beta", "Alpha"]),
            ("?state=held", ["Alpha"]),
            ("?state=held&state=running", ["Beta", "Alpha"]),
            ("?state=HELD", ["Alpha"]),
            ("?state=", ["Gamma", "Beta", "Alpha"]),
            ("?state=nonsense", ["Gamma", "Beta", "Alpha"]),
            ("?q=ALPH", ["Alpha"]),
            ("?q=carl", ["Gamma"]),
            ("?q=%00%25", []),
            ("?user=carl", ["Gamma"]),
            (f"?machine={IUUID(self.vm)}", ["Beta", "Alpha"]),
            (f"?machine={IUUID(self.vm)}&q=beta", ["Beta"]),
            ("?machine=nonsense", []),
        ):
            self.assertEqual(self.titles(self.get(self.name + query)), expected, query)
        query = f"?state=held&state=queued&q=a&user=u&machine={IUUID(self.vm)}"
        (form,) = self.get(self.name + query).cssselect("form.mwsvm-filter")
        self.assertEqual(form.get("method"), "get")
        self.assertEqual(
            sorted((n, v) for n, v in form.form_values() if v and n[0] != "_"),
            sorted((n, v) for n, vs in parse_qs(query[1:]).items() for v in vs),
        )

    def test_a_filter_has_a_short_address_without_a_token(self):
        query = "?sort=title&_authenticator=0&q=&user=ann&machine=&state=held"
        reply = self.request("GET", self.name + query)
        self.assertEqual(
            reply.headers["Location"],
            f"{self.url}/{self.name}?state=held&user=ann&sort=title",
        )

    def test_each_column_sorts_both_ways(self):
        self.add_job("queued", self.vm, title="b", priority=1)
        self.add_job("held", self.vm, title="C", priority=3)
        self.add_job("running", self.vm, title="a", priority=2)
        page = self.get(self.name)
        self.assertEqual(self.titles(page), ["a", "C", "b"])
        for label, first, second in (
            ("Job", "abC", "Cba"),
            ("State", "bCa", "aCb"),
            ("Priority", "Cab", "baC"),
            ("Submitted", "bCa", "aCb"),
        ):
            page = self.get(self.name)
            for expected in (first, second):
                page = self.get(self.heading(page, label).get("href"))
                self.assertEqual("".join(self.titles(page)), expected, label)
            sorted_by = page.cssselect("th[aria-sort]")
            self.assertEqual(len(sorted_by), 1, label)
            self.assertIn(label, sorted_by[0].text_content())
        # Any other order is the usual one.
        for query in ("?sort=x", "?sort=", "?sort=machine&order=desc", "?order=asc"):
            self.assertEqual(self.titles(self.get(self.name + query)), list("aCb"))

    def heading(self, page, label):
        (link,) = [
            a for a in page.cssselect("th a") if label in a.text_content().split()
        ]
        return link

    def test_pages_keep_the_filter_and_the_order(self):
        names = [self.add_record(title=f"t{n:03}").name for n in range(120)]
        seen = []
        url = f"{self.name}?state=queued&sort=title"
        for number, links in ((1, ["next"]), (2, ["prev", "next"]), (3, ["prev"])):
            page = self.get(url)
            seen += [key for _, key in self.boxes(page)]
            rels = {
                a.get("rel"): a.get("href") for a in page.cssselect(".pagination a")
            }
            self.assertEqual(list(rels), links)
            self.assertIn(f"{number} / 3", self.text(page, ".pagination"))
            self.assertIn("120 jobs", self.text(page, ".mwsvm-total"))
            url = rels.get("next", url)
        self.assertEqual(seen, names)
        query = parse_qs(urlsplit(rels["prev"]).query)
        self.assertEqual(query, {"state": ["queued"], "sort": ["title"], "page": ["2"]})

    def test_a_page_that_there_is_not(self):
        self.add_record()
        for asked in ("0", "-1", "x", "2", "9" * 9, "9" * 5000, "1&page=2", "²"):
            page = self.get(f"{self.name}?page={asked}")
            self.assertIn("1 job", self.text(page, ".mwsvm-total"))
        (link,) = self.get(f"{self.name}?page=9").cssselect(".pagination a")
        self.assertEqual(link.get("href"), f"{self.url}/{self.name}")

    def test_drafts_come_first_where_they_are_asked_for(self):
        self.add_job("queued", self.vm, title="Hello")
        for number in range(51):
            self.add_job(container=self.vm, title=f"Draft {number:02}")
        self.add_job(title="Salaries")
        page = self.get(f"{self.name}?state=draft&state=queued", "reader")
        self.assertEqual(len(self.titles(page)), 50)
        self.assertIn("52 jobs", self.text(page, ".mwsvm-total"))
        rest = self.get(f"{self.name}?state=draft&state=queued&page=2", "reader")
        self.assertEqual(self.titles(rest)[1:], ["Hello"])
        shown = self.titles(page) + self.titles(rest)[:1]
        self.assertEqual(sorted(shown), [f"Draft {n:02}" for n in range(51)])
        self.assertIn("Draft vm1", self.text(rest, ".mwsvm-listing"))
        page = self.get(f"{self.name}?state=draft&sort=title")
        self.assertEqual(self.titles(page)[:2], ["Draft 00", "Draft 01"])
        for query, total in (
            ("q=sala", 1),
            ("q=draft", 51),
            ("user=nobody", 0),
            (f"machine={IUUID(self.vm)}", 51),
            ("page=999999999", 52),
        ):
            page = self.get(f"{self.name}?state=draft&{query}")
            said = self.text(page, ".mwsvm-total")
            self.assertIn(f"{total} job" if total else "No job", said, query)
        # Without being asked for they are not there.
        self.assertIn("1 job", self.text(self.get(self.name), ".mwsvm-total"))

    def test_others_see_and_select_what_they_may(self):
        mine = self.add_job("queued", self.vm, title="Hello")
        self.add_job("queued", title="Salaries", virtual_machine=IUUID(self.vm))
        bonus = self.add_record(title="Bonus")
        for who, boxes in (
            ("reader", []),
            ("editor", [("job", self.record(mine).name)]),
            ("owner", [("job", self.record(mine).name)]),
        ):
            page = self.get(self.name, who)
            self.assertEqual(self.titles(page), ["Hello"], who)
            self.assertEqual(self.boxes(page), boxes, who)
            self.assertEqual(bool(self.buttons(page)), bool(boxes), who)
            self.assertNotIn("requeue", self.buttons(page))
            self.assertEqual(len(page.cssselect("th")), 7 + bool(boxes))
            for words in ("Salaries", "Bonus", bonus.name):
                self.assertNotIn(words, page.text_content())
            for query in ("?q=Bonus", "?q=Salaries", f"?machine={IUUID(self.vm)}"):
                found = self.titles(self.get(self.name + query, who))
                self.assertEqual(found, ["Hello"] * query.startswith("?m"), query)
        page = self.get(self.name)
        self.assertEqual(self.titles(page), ["Bonus", "Salaries", "Hello"])
        self.assertEqual(len(self.boxes(page)), 3)
        self.assertIn("requeue", self.buttons(page))

    def test_who_may_see_nothing_sees_nothing_not_even_titles(self):
        job = self.add_job("queued", title="Salaries", virtual_machine=IUUID(self.vm))
        self.add_record(title="Bonus")
        for who, said in (
            (None, "There are no jobs that everybody may see. Log in"),
            ("member", "There are no jobs that you may see."),
        ):
            for view in (self.name, "@@mwsvm-jobs-live"):
                page = self.get(view, who)
                self.assertIn(said, self.text(page, ".mwsvm-total"))
                self.assertEqual(self.buttons(page), [])
                for words in ("Salaries", "Bonus", "vm1", self.record(job).name):
                    self.assertNotIn(words, page.text_content(), who)

    def test_what_an_empty_list_says(self):
        text = self.text(self.get(self.name), ".mwsvm-total")
        self.assertIn("Add new… → Job", text)
        page = self.get(f"{self.name}?state=failed")
        self.assertIn("No job that you may see matches", self.text(page))
        (link,) = page.cssselect(".mwsvm-filter-buttons a")
        self.assertEqual(link.get("href"), f"{self.url}/{self.name}")

    def test_the_part_that_changes_keeps_filter_order_and_page(self):
        page = self.get(f"{self.name}?state=queued&q=%26%C3%A4&sort=title&page=2")
        (live,) = page.cssselect("[data-mwsvm-live]")
        url = live.get("data-mwsvm-live")
        self.assertEqual(
            url,
            f"{self.url}/@@mwsvm-jobs-live?state=queued&q=%26%C3%A4&sort=title&page=2",
        )
        page = self.get(url)
        parts = [p.get("data-live") for p in page.cssselect("[data-live]")]
        self.assertEqual(parts, ["total", "jobs"])
        self.assertEqual(page.cssselect("head, h1, form"), [])

    def test_all_of_a_page_can_be_selected_without_scripts(self):
        self.add_record()
        (link,) = self.get(self.name).cssselect("a[data-mwsvm-unscripted]")
        page = self.get(link.get("href"))
        (box,) = page.cssselect(".mwsvm-listing input[type=checkbox]")
        self.assertEqual(box.get("checked"), "checked")

    def test_the_pages_lead_to_each_other(self):
        page = self.get(self.name)
        links = page.cssselect(".mwsvm-sections a")
        names = ["@@mwsvm", "@@mwsvm-jobs", "@@mwsvm-machines"]
        self.assertEqual(
            [a.get("href") for a in links], [f"{self.url}/{name}" for name in names]
        )
        current = [a.get("href") for a in links if a.get("aria-current")]
        self.assertEqual(current, [f"{self.url}/{self.name}"])

    def test_no_text_of_others_is_taken_for_HTML(self):
        vm = self.add_machine("evil", container=self.folder)
        vm.title = EVIL
        vm.reindexObject()
        self.add_job("held", vm, title=EVIL, id="evil-job")
        self.add_job("draft", vm, title=EVIL, id="evil-draft")
        self.add_record(title=EVIL, owner=EVIL)
        query = {"q": EVIL, "user": EVIL, "machine": EVIL, "sort": EVIL, "page": EVIL}
        for reply in (
            self.request("GET", self.name),
            self.request("GET", f"{self.name}?state=draft&state=queued"),
            self.request("GET", "@@mwsvm-jobs-live"),
            self.request("GET", self.name, params=query),
        ):
            self.assertEqual(reply.status_code, 200)
            self.assertNotIn("<script>alert", reply.text)
            self.assertEqual(html.fromstring(reply.text).xpath("//*[@onerror]"), [])


class TestJobActions(ListingTestCase):
    def names(self, *jobs):
        return [self.record(job).name for job in jobs]

    def refusals(self, page):
        terms = [e.text_content().strip() for e in page.cssselect(".mwsvm-refused dt")]
        why = [e.text_content().strip() for e in page.cssselect(".mwsvm-refused dd")]
        return dict(zip(terms, why, strict=True))

    def test_all_that_were_selected_are_moved(self):
        jobs = [self.add_job("queued", self.vm, title=f"j{n}") for n in range(3)]
        other = self.add_job("queued", self.vm)
        record = self.add_record()
        selected = [*self.names(*jobs), record.name]
        for action, state, done in (
            ("hold", "held", "held"),
            ("release", "queued", "released"),
            ("cancel", "cancelled", "cancelled"),
            ("retry", "queued", "queued again"),
        ):
            reply, page = self.press(action, ADMIN, "?q=a&page=1", job=selected)
            self.assertEqual(reply.status_code, 302, page.text_content())
            self.assertEqual(reply.headers["Location"], f"{self.url}/{self.name}?q=a")
            said = self.messages(page)
            self.assertIn(f"4 jobs have been {done}.", said)
            for job in jobs:
                self.assertEqual(
                    (self.state(job), self.record(job).state), (state,) * 2
                )
            self.assertEqual(self.record_named(record.name).state, state)
        self.assertEqual(self.state(other), "queued")

    def test_running_ones_are_suspended_resumed_and_requeued(self):
        job = self.add_job("running", self.vm)
        self.add_record(machine="m")
        with site.database().writing() as connection:
            record = site.queue(connection, "m").claim("m")
        names = [*self.names(job), record.name]
        for action, state in (
            ("suspend", "suspended"),
            ("resume", "running"),
            ("requeue", "queued"),
        ):
            reply, page = self.press(action, ADMIN, job=names)
            self.assertEqual(reply.status_code, 302, page.text_content())
            self.assertEqual(self.record_named(record.name).state, state)
            self.assertEqual((self.state(job), self.record(job).state), (state,) * 2)

    def test_drafts_are_queued(self):
        drafts = [self.add_job(container=self.vm, title=f"d{n}") for n in range(2)]
        reply, page = self.press(
            "queue", query="?state=draft", draft=[IUUID(job) for job in drafts]
        )
        self.assertEqual(reply.status_code, 302)
        self.assertIn("2 jobs have been queued.", self.messages(page))
        self.assertEqual([self.state(job) for job in drafts], ["queued"] * 2)

    def test_a_refusal_stops_no_other_and_says_why(self):
        queued = self.add_job("queued", self.vm, title="Queued one")
        held = self.add_job("held", self.vm, title="Held one")
        record = self.add_record(title="Nightly")
        with site.database().writing() as connection:
            site.queue(connection).act(record, "cancel")
        before = self.everything(held)
        last = self.add_job("queued", self.vm, title="Last one")
        names = self.names(held, queued, last)
        reply, page = self.press(
            "hold", ADMIN, "?state=held", job=[record.name, *names, "Moab.99999"]
        )
        self.assertEqual(reply.status_code, 200)
        self.assertIn("Done: 2, refused: 3", self.text(page, "[role=status]"))
        refusals = self.refusals(page)
        self.assertEqual(set(refusals), {"Nightly", "Held one", "Moab.99999"})
        self.assertIn("what you can do now: release, cancel", refusals["Held one"])
        self.assertIn("is Cancelled; hold is possible", refusals["Nightly"])
        self.assertIn("There is no job 'Moab.99999'", refusals["Moab.99999"])
        self.assertEqual((self.state(queued), self.state(last)), ("held", "held"))
        self.assertEqual(self.everything(held), before)
        (back,) = page.cssselect("a.btn-primary")
        self.assertEqual(back.get("href"), f"{self.url}/{self.name}?state=held")

    def test_one_that_breaks_half_way_is_undone_alone(self):
        bad, good = (self.add_job("queued", self.vm, title=t) for t in ("Bad", "Good"))
        before = self.everything(bad)
        real = job_actions.move_content

        def move(job, action):
            real(job, action)
            if job.title == "Bad":
                raise Unavailable("Something broke.") from None

        with mock.patch.object(job_actions, "move_content", move):
            _, page = self.press("hold", job=self.names(good, bad))
        self.assertEqual(self.refusals(page), {"Bad": "Something broke."})
        self.assertEqual(self.everything(bad), before)
        self.assertEqual((self.state(good), self.record(good).state), ("held", "held"))

    def test_a_database_that_is_away_is_asked_once(self):
        jobs = [self.add_job("queued", self.vm, title=f"j{n}") for n in range(3)]
        failing = mock.Mock(side_effect=Unavailable(BUSY))
        with mock.patch.object(job_actions, "move_content", failing):
            _, page = self.press("hold", job=self.names(*jobs))
        self.assertEqual(failing.call_count, 1)
        self.assertEqual(list(self.refusals(page).values()), [BUSY] * 3)

    def test_cancelling_asks_first(self):
        jobs = [self.add_job("queued", self.vm, title=f"<b>{n}") for n in range(2)]
        names = self.names(*jobs)
        reply, page = self.press("cancel", confirmed="", query="?q=b", job=names)
        self.assertEqual(reply.status_code, 200)
        self.assertEqual([self.state(job) for job in jobs], ["queued"] * 2)
        (form,) = page.cssselect("form.mwsvm-confirm")
        self.assertIn("Cancel these jobs?", form.text_content())
        self.assertIn("<b>0", form.text_content())
        (back,) = form.cssselect("a.btn-secondary")
        self.assertEqual(back.get("href"), f"{self.url}/{self.name}?q=b")
        fields = [(e.get("name"), e.get("value")) for e in form.cssselect("input")]
        session = requests.Session()
        session.auth = self.auth("editor")
        self.addCleanup(session.close)
        reply = session.post(
            form.get("action"), data=[*fields, ("action", "cancel")], timeout=60
        )
        transaction.begin()
        said = self.messages(html.fromstring(reply.text))
        self.assertIn("2 jobs have been cancelled.", said)
        self.assertEqual([self.state(job) for job in jobs], ["cancelled"] * 2)

    def test_an_array_is_cancelled_with_its_members(self):
        with site.database().writing() as connection:
            master = site.manager(connection).jobs.submit_array(
                {
                    "indexRanges": [{"startIndex": 1, "endIndex": 2}],
                    "jobPrototype": {"commandFile": "/bin/true"},
                },
                2,
                "ann",
            )["name"]
        self.press("cancel", ADMIN, job=[master])
        for name in (master, f"{master}[1]", f"{master}[2]"):
            self.assertEqual(self.record_named(name).state, "cancelled")

    def test_only_with_permission(self):
        running = self.add_job("running", self.folder, title="Running")
        mine = self.add_job("queued", self.vm, title="Hello")
        other = self.add_job("queued", title="Salaries")
        draft = self.add_job(title="Secret draft")
        bonus = self.add_record(title="Bonus")
        names = [*self.names(mine, other), bonus.name]
        before = [self.everything(mine), self.everything(other)]
        for who in ("reader", "member", None):
            reply, page = self.press(
                "cancel", who, job=names, draft=[IUUID(draft)], query="?page=1"
            )
            self.assertIn(reply.status_code, (200, 302, 401, 403), who)
            for words in ("Salaries", "Bonus", "Secret draft"):
                self.assertNotIn(words, page.text_content())
            self.assertEqual([self.everything(mine), self.everything(other)], before)
        _, page = self.press("cancel", "editor", job=names, draft=[IUUID(draft)])
        self.assertEqual(self.state(mine), "cancelled")
        refusals = self.refusals(page)
        self.assertEqual(set(refusals), set(names[1:]))
        for why in refusals.values():
            self.assertIn("There is no job", why)
        self.assertEqual(self.everything(other), before[1])
        self.assertEqual(self.record_named(bonus.name), bonus)
        # To begin anew is for those who manage records.
        _, page = self.press("requeue", "owner", job=self.names(running))
        (why,) = self.refusals(page).values()
        self.assertIn("You are not allowed to requeue", why)
        self.assertEqual(self.state(running), "running")

    def test_nothing_selected_and_unknown_actions_are_said(self):
        job = self.add_job("queued", self.vm)
        _, page = self.press("hold")
        self.assertIn("select at least one job", self.messages(page))
        for action in ("", "explode", EVIL):
            reply, page = self.press(action, job=self.names(job))
            self.assertEqual(reply.status_code, 302)
            self.assertIn("There is no action", self.messages(page))
            self.assertNotIn("<script>alert", reply.text)
        self.assertEqual(self.state(job), "queued")

    def test_neither_by_GET_nor_from_elsewhere(self):
        job = self.add_job("queued", self.vm)
        before = self.everything(job)
        target, fields, _ = self.open("editor")
        others = self.open("owner")[1]
        (name,) = self.names(job)
        data = {**fields, "action": "hold", "job": name}
        reply = self.request("GET", target, "editor", params=data)
        self.assertEqual(reply.status_code, 400)
        for token in ("", "0" * 40, others["_authenticator"]):
            wrong = {**data, "_authenticator": token}
            reply = self.request("POST", target, "editor", data=wrong)
            self.assertEqual(reply.status_code, 403)
        self.assertEqual(self.everything(job), before)


class MachinesTestCase(ListingTestCase):
    name = "@@mwsvm-machines"

    def titles(self, page):
        cells = page.cssselect(".mwsvm-listing tbody td[data-label=Machine]")
        return [(c.cssselect("a") or c.cssselect("span"))[0].text for c in cells]

    def row(self, page, title):
        """The cells of a row by their labels."""
        rows = page.cssselect(".mwsvm-listing tbody tr")
        (row,) = [row for row in rows if title in row.text_content().split()]
        return {
            td.get("data-label"): " ".join(td.text_content().split())
            for td in row.cssselect("td")
        }

    def add_vm(self, name, host="hv1", **values):
        """A virtual machine as if a plug-in had reported it."""
        body = {"name": name, "host": {"name": host}, **values}
        with site.database().writing() as connection:
            vms = Collection(connection, collections.vms, site.new_id)
            vms.insert([VirtualMachine.check(body).wire()])


class TestMachines(MachinesTestCase):
    def test_one_of_the_site(self):
        self.set_machine(
            self.vm, status="running", reason="Its agent has called.", instance_id="i-1"
        )
        job = self.add_job("running", self.vm)
        with site.database().writing() as connection:
            site.machines(connection).contact(IUUID(self.vm), "1.0")
        page = self.get(self.name, "reader")
        self.assertEqual(
            self.row(page, "vm1"),
            {
                "Machine": "vm1",
                "State": "Running Its agent has called.",
                "Host or instance": "i-1",
                "Image": "ami-1",
                "Size": "t1.micro",
                "Running job": self.record(job).name,
                "Last contact": "2027-01-15T08:00:01+00:00",
            },
        )
        links = [a.get("href") for a in page.cssselect(".mwsvm-listing tbody a")]
        self.assertEqual(links, [self.vm.absolute_url(), job.absolute_url()])

    def test_one_that_a_plugin_reports(self):
        self.add_vm(
            "web1",
            states={"state": "Idle", "powerState": "On"},
            operatingSystem={"image": "debian12"},
            resources={"processors": {"configured": 2}, "memory": {"configured": 512}},
            lastUpdatedDate="2027-01-15 07:59:00 UTC",
        )
        self.assertEqual(
            self.row(self.get(self.name), "web1"),
            {
                "Select": "Select web1",
                "Machine": "web1",
                "State": "Idle power On",
                "Host or instance": "hv1",
                "Image": "debian12",
                "Size": "2 processors 512 MB",
                "Running job": DASH,
                "Last contact": "2027-01-15T07:59:00+00:00",
            },
        )
        # It is not for those who see content only.
        self.assertEqual(self.titles(self.get(self.name, "owner")), ["vm1"])
        page = self.get(f"{self.name}?q=web", "owner")
        self.assertNotIn("web1", self.text(page, ".mwsvm-listing, .mwsvm-choices"))

    def test_filters(self):
        self.set_machine(self.vm, status="failed")
        self.add_vm("web1", states={"state": "Idle"})
        self.add_vm("web2", "hv2", states={"state": "Down"})
        self.add_vm("db_1", "hv2")
        for query, expected in (
            ("", ["db_1", "vm1", "web1", "web2"]),
            ("?state=idle", ["web1"]),
            ("?state=Down&state=failed", ["vm1", "web2"]),
            ("?state=unknown", ["db_1", "vm1"]),
            ("?state=nonsense", []),
            ("?q=WEB", ["web1", "web2"]),
            ("?q=hv2", ["db_1", "web2"]),
            ("?q=_", ["db_1"]),
            ("?host=hv2", ["db_1", "web2"]),
            ("?host=hv2&q=web&state=down", ["web2"]),
            ("?sort=name&order=desc", ["web2", "web1", "vm1", "db_1"]),
            ("?sort=host", ["vm1", "web1", "db_1", "web2"]),
        ):
            page = self.get(self.name + query)
            self.assertEqual(self.titles(page), expected, query)
        page = self.get(f"{self.name}?state=idle&host=hv1")
        checked = page.cssselect(".mwsvm-choices input[checked]")
        self.assertEqual([box.get("value") for box in checked], ["idle"])
        hosts = [o.get("value") for o in page.cssselect("#mwsvm-host option")]
        self.assertEqual(hosts, ["", "hv1", "hv2"])

    def test_pages(self):
        for number in range(60):
            self.add_vm(f"web{number:02}")
        page = self.get(f"{self.name}?q=web")
        self.assertEqual(len(self.titles(page)), 50)
        self.assertIn("60 machines", self.text(page, ".mwsvm-total"))
        (link,) = page.cssselect(".pagination a")
        self.assertEqual(
            self.titles(self.get(link.get("href"))), [f"web{n}" for n in range(50, 60)]
        )

    def test_machines_of_the_same_title_can_be_told_apart(self):
        self.add_machine("vm1")
        page = self.get(self.name)
        self.assertEqual(set(self.titles(page)), {"vm1 (/private/vm1)", "vm1 (/vm1)"})
        self.assertEqual(self.titles(self.get(self.name, "reader")), ["vm1"])

    def test_who_may_do_what(self):
        self.add_vm("web1")
        for who, boxes, actions in (
            ("reader", [], []),
            ("editor", ["vm1"], ["start", "stop", "destroy"]),
            (ADMIN, ["vm1", "web1"], ["start", "stop", "destroy", "migrate"]),
        ):
            page = self.get(self.name, who)
            self.assertEqual([key for _, key in self.boxes(page)], boxes, who)
            self.assertEqual(self.buttons(page), actions, who)

    def test_who_may_see_nothing_sees_nothing(self):
        self.add_vm("web1")
        for who, said in (
            (None, "There are no machines that everybody may see."),
            ("member", "There are no machines that you may see."),
        ):
            for view in (self.name, "@@mwsvm-machines-live"):
                page = self.get(view, who)
                self.assertIn(said, self.text(page, ".mwsvm-total"))
                for words in ("web1", "vm1", "hv1"):
                    self.assertNotIn(words, page.text_content(), who)

    def test_no_text_of_others_is_taken_for_HTML(self):
        self.vm.title = EVIL
        self.vm.reindexObject()
        self.add_vm(EVIL, EVIL, operatingSystem={"image": EVIL})
        for query in ({}, {"q": EVIL, "host": EVIL, "state": EVIL}):
            reply = self.request("GET", self.name, params=query)
            self.assertEqual(reply.status_code, 200)
            self.assertNotIn("<script>alert", reply.text)
            self.assertEqual(html.fromstring(reply.text).xpath("//*[@onerror]"), [])

    def test_the_part_that_changes(self):
        page = self.get(f"{self.name}?state=up&q=a&sort=host")
        (live,) = page.cssselect("[data-mwsvm-live]")
        url = live.get("data-mwsvm-live")
        self.assertEqual(
            url, f"{self.url}/@@mwsvm-machines-live?state=up&q=a&sort=host"
        )
        parts = [p.get("data-live") for p in self.get(url).cssselect("[data-live]")]
        self.assertEqual(parts, ["total", "machines"])


class TestMachineActions(MachinesTestCase):
    """With a plug-in that has two hypervisors, and a machine called web1."""

    def setUp(self):
        super().setUp()
        home = TemporaryDirectory()
        self.addCleanup(home.cleanup)
        Path(home.name, NAME).write_text("plugins.uploads = true\n")
        patcher = mock.patch.dict(os.environ, {"MWS_HOME": home.name})
        patcher.start()
        self.addCleanup(patcher.stop)
        text = {"Content-Type": "text/plain"}
        code = CODE.replace('"vm1"', '"web1"')
        self.api("POST", "images", json=IMAGE)
        self.api("PUT", "plugin-types", data=code, headers=text)
        self.api("POST", "plugins", json={"id": "p", "pluginType": "Hypervisors"})
        self.api("POST", "plugins/p/poll")

    def api(self, method, path, **options):
        reply = self.request(
            method, f"mws/rest/{path}", accept="application/json", **options
        )
        self.assertIn(reply.status_code, (200, 201), reply.text)
        return reply.json()

    def seen(self):
        """The events that the plug-in got."""
        return self.api("GET", "plugins/p/services/events")

    def status(self):
        with site.database().reading() as connection:
            return machines.get(connection, IUUID(self.vm)).status

    def test_start_and_stop_of_both_kinds(self):
        for action, status, power in (
            ("start", "starting", "ON"),
            ("stop", "stopping", "OFF"),
        ):
            reply, page = self.press(action, ADMIN, vm=["vm1", "web1"])
            self.assertEqual(reply.status_code, 302, page.text_content())
            self.assertIn(f"2 machines are being {action}", self.messages(page)[:60])
            self.assertEqual(self.status(), status)
            self.assertEqual(self.seen()[-1], ["nodePower", ["hv1:web1"], power])

    def test_stopping_asks_first(self):
        reply, page = self.press("stop", ADMIN, confirmed="", vm=["web1"])
        self.assertEqual(reply.status_code, 200)
        self.assertIn("Stop these machines?", self.text(page))
        self.assertEqual(self.seen(), [])

    def test_a_refusal_stops_no_other(self):
        self.add_vm("web0", "hv1")
        self.press("start", ADMIN, vm="vm1")
        reply, page = self.press("start", ADMIN, vm=["vm1", "web0", "web1", "web9"])
        self.assertEqual(reply.status_code, 200)
        self.assertIn("Done: 1, refused: 3", self.text(page, "[role=status]"))
        refused = self.text(page, ".mwsvm-refused")
        for why in (
            "vm1 is starting already",
            "No plugin has modified power of the VM to 'On': it is only expected",
            "There is no virtual machine 'web9'.",
        ):
            self.assertIn(why, refused)
        self.assertEqual(self.seen(), [["nodePower", ["hv1:web1"], "ON"]])

    def test_a_migration_is_a_job_to_follow(self):
        targets = self.get(self.name).cssselect("#mwsvm-target option")
        self.assertEqual([o.get("value") for o in targets], ["ANY", "hv1", "hv2"])
        _, page = self.press("migrate", ADMIN, vm=["web1", "vm1"], target="hv2")
        self.assertIn("Done: 1, refused: 1", self.text(page, "[role=status]"))
        self.assertIn("it has no host that it could leave", self.text(page))
        (link,) = page.cssselect("ul a[href*=system-job]")
        name = link.text
        self.assertTrue(name.startswith("vmmigrate-"))
        job = self.get(link.get("href"))
        self.assertEqual(self.text(job, "h1"), "Migration of a virtual machine")
        facts = self.text(job, "[data-live=facts]")
        self.assertIn(f"Name {name} Machine web1 From hv1 To hv2 User admin", facts)
        self.assertEqual(self.row(self.get(self.name), "web1")["Running job"], name)
        # It is busy now.
        _, page = self.press("destroy", ADMIN, vm="web1")
        self.assertIn(f"is busy with '{name}'", self.text(page, ".mwsvm-refused"))
        carry_system_jobs(site.plugins(), site.system_jobs)
        state = self.text(self.get(link.get("href")), "[data-live=state]")
        self.assertEqual(
            state, "finished p has migrated the virtual machine 'web1' to 'hv2'"
        )
        self.assertEqual(self.row(self.get(self.name), "web1")["Running job"], DASH)

    def test_a_migration_to_any_host_or_to_one_that_there_is_not(self):
        _, page = self.press("migrate", ADMIN, vm="web1", target="hv9")
        self.assertIn("names the node 'hv9', which does not exist", self.text(page))
        _, page = self.press("migrate", ADMIN, vm="web1", target="ANY")
        (link,) = page.cssselect("ul a[href*=system-job]")
        self.assertIn("To hv2", self.text(self.get(link.get("href"))))

    def test_a_destruction_asks_first_and_is_a_job_to_follow(self):
        _, page = self.press("destroy", ADMIN, confirmed="", vm="web1", target="hv2")
        self.assertIn("Destroy these machines?", self.text(page))
        (form,) = page.cssselect("form.mwsvm-confirm")
        self.assertEqual(form.fields["vm"], "web1")
        self.assertEqual(self.seen(), [])
        self.press("start", "editor", vm="vm1")
        _, page = self.press("destroy", "editor", vm="vm1")
        self.assertEqual(self.status(), "stopping")
        (link,) = page.cssselect("ul a[href*=system-job]")
        for who, code in (("editor", 200), (ADMIN, 200), ("owner", 404), (None, 404)):
            for view in ("", "-live"):
                url = link.get("href").replace("-job?", f"-job{view}?")
                self.assertEqual(self.request("GET", url, who).status_code, code, who)

    def test_only_with_permission(self):
        for action in ("start", "destroy", "migrate"):
            for who in ("reader", "member", None, "editor"):
                _, page = self.press(action, who, vm="web1")
                why = self.text(page, ".mwsvm-refused")
                self.assertIn("There is no virtual machine 'web1'.", why, who)
        for action in ("start", "destroy"):
            _, page = self.press(action, "reader", vm="vm1")
            why = self.text(page, ".mwsvm-refused")
            self.assertIn(f"You are not allowed to {action}", why)
        self.assertEqual((self.seen(), self.status()), ([], "unevaluated"))

    def test_nothing_selected(self):
        _, page = self.press("start", ADMIN)
        self.assertIn("select at least one machine", self.messages(page))

    def test_no_other_jobs_have_such_a_page(self):
        record = self.add_record()
        for name in (record.name, "", "vmmigrate-99", "x" * 5000):
            reply = self.request("GET", f"@@mwsvm-system-job?name={name}")
            self.assertEqual(reply.status_code, 404, name[:50])
