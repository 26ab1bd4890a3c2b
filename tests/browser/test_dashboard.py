"""The dashboard, as a browser without scripts sees it."""

from collective.mwsvm import site
from collective.mwsvm.browser.dashboard.waiting import LABELS
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.models import dates
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.vms import VirtualMachine
from collective.mwsvm.reporting.store import ReportStore
from collective.mwsvm.worker.tasks import _follow_machines
from collective.mwsvm.workload.node_jobs import NOT_STARTED
from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.utilization import REPORT
from plone import api
from plone.uuid.interfaces import IUUID
from sqlalchemy import insert
from tests.browser.test_pages import PagesTestCase
from tests.sites import ADMIN
import json


#: What stands where there is nothing.
DASH = "\N{EN DASH}"


class DashboardTestCase(PagesTestCase):
    def section(self, page, name):
        (found,) = page.cssselect(f"section[aria-labelledby=mwsvm-{name}-heading]")
        return found

    def tiles(self, page, name="jobs"):
        """The numbers by their labels; those that are 0 are left out."""
        found = {}
        for tile in self.section(page, name).cssselect(".mwsvm-tile"):
            number, label = (e.text for e in tile.cssselect("span > span"))
            found[label] = int(number)
        return {label: number for label, number in found.items() if number}

    def rows(self, page, name):
        """The texts of a table's cells."""
        return [
            [" ".join(cell.text_content().split()) for cell in row.cssselect("td")]
            for row in self.section(page, name).cssselect(".mwsvm-table tbody tr")
        ]

    def add_documents(self, documents, *given):
        with site.database().writing() as connection:
            Collection(connection, documents, site.new_id).insert(given)


class TestCounts(DashboardTestCase):
    def test_jobs_by_state_lead_to_their_lists(self):
        for state in ("draft", "held", "finished", "running"):
            self.add_job(state, self.vm)
        self.add_record()
        page = self.get("@@mwsvm")
        expected = {"Draft": 1, "Queued": 1, "Held": 1, "Running": 1, "Finished": 1}
        self.assertEqual(self.tiles(page), expected)
        links = [a.get("href") for a in page.cssselect(".mwsvm-tiles a")]
        for state in ("draft", "queued", "suspended", "cancelled"):
            self.assertIn(f"{self.url}/@@mwsvm-jobs?state={state}", links)
        status = self.text(page, "[role=status][data-live]")
        self.assertEqual(status, "1 running, 2 waiting, 0 failed")

    def test_others_count_what_they_may_see(self):
        self.add_job("queued", self.vm)
        self.add_job("queued", title="Salaries")
        self.add_job(container=self.folder)
        self.add_record(title="Bonus")
        for who in ("reader", "editor"):
            self.assertEqual(
                self.tiles(self.get("@@mwsvm", who)), {"Draft": 1, "Queued": 1}
            )
        self.assertEqual(self.tiles(self.get("@@mwsvm", "member")), {})
        self.assertEqual(self.tiles(self.get("@@mwsvm", None)), {})

    def test_machines_and_nodes(self):
        self.set_machine(self.vm, status="running")
        self.add_machine("Hidden")
        _follow_machines()
        self.add_documents(
            collections.vms,
            VirtualMachine.check({"name": "v1", "states": {"state": "Busy"}}).wire(),
        )
        self.add_documents(
            collections.nodes,
            *(
                Node.check({"name": f"n{n}", "states": {"state": state}}).wire()
                for n, state in enumerate(["Idle", "Idle", "Down", None])
            ),
        )
        page = self.get("@@mwsvm")
        self.assertEqual(
            self.tiles(page, "machines"), {"busy": 1, "running": 1, "unevaluated": 1}
        )
        self.assertEqual(
            self.tiles(page, "nodes"), {"down": 1, "idle": 2, "unknown": 1}
        )
        links = [a.get("href") for a in page.cssselect(".mwsvm-tiles a")]
        self.assertIn(f"{self.url}/@@mwsvm-machines?state=running", links)
        page = self.get("@@mwsvm", "reader")
        self.assertEqual(self.tiles(page, "machines"), {"running": 1})
        self.assertEqual(page.cssselect("#mwsvm-nodes-heading"), [])
        text = self.text(self.get("@@mwsvm", "member"))
        self.assertIn("There are no machines that you may see.", text)

    def test_a_machine_without_a_record_is_unevaluated(self):
        with site.database().writing() as connection:
            site.machines(connection).forget(IUUID(self.vm))
        for who in (ADMIN, "reader"):
            tiles = self.tiles(self.get("@@mwsvm", who), "machines")
            self.assertEqual(tiles, {"unevaluated": 1})

    def test_the_links_of_nodes_list_them(self):
        node = Node.check({"name": "n1", "states": {"state": "Idle"}}).wire()
        self.add_documents(collections.nodes, node)
        (link,) = self.section(self.get("@@mwsvm"), "nodes").cssselect("a")
        found = self.request("GET", link.get("href"), accept="*/*").json()
        self.assertEqual([each["name"] for each in found["results"]], ["n1"])


class TestWaiting(DashboardTestCase):
    def test_reasons_with_the_job_that_was_submitted_first(self):
        first = self.add_job("queued", self.vm, title="First")
        self.add_job("queued", self.vm, title="Second")
        held = self.add_job("held", self.vm, title="Kept back")
        page = self.get("@@mwsvm")
        found = self.rows(page, "waiting")
        ready = "Ready: the next machine that is free takes it"
        self.assertEqual([row[:2] for row in found], [[ready, "2"], ["Held", "1"]])
        self.assertIn(f"First {self.record(first).name}", found[0][2])
        links = [a.get("href") for a in self.section(page, "waiting").cssselect("a")]
        self.assertEqual(links, [first.absolute_url(), held.absolute_url()])

    def test_the_scheduler_s_kinds_and_sentences(self):
        record = self.add_record(title="Big")
        with site.database().writing() as connection:
            connection.execute(
                jobs.update()
                .where(jobs.c.id == record.id)
                .values(ready=0, waits="Resources", reason="It waits for 4 processors.")
            )
        (row,) = self.rows(self.get("@@mwsvm"), "waiting")
        self.assertEqual(row[0], "Resources that are not free")
        self.assertIn(f"Big {record.name} It waits for 4 processors.", row[2])

    def test_each_kind_of_the_scheduler_is_in_words(self):
        self.assertLessEqual({*Why, NOT_STARTED, ""}, LABELS.keys())

    def test_a_kind_that_is_new_is_shown_as_it_is(self):
        record = self.add_record()
        with site.database().writing() as connection:
            values = {"ready": 0, "waits": "Moonphase"}
            connection.execute(
                jobs.update().where(jobs.c.id == record.id).values(**values)
            )
        (row,) = self.rows(self.get("@@mwsvm"), "waiting")
        self.assertEqual(row[0], "Moonphase")

    def test_others_see_neither_names_nor_numbers_of_what_is_not_theirs(self):
        secret = self.add_job("queued", title="Salaries")
        record = self.add_record(title="Bonus")
        mine = self.add_job("queued", self.vm, title="Mine")
        for who, expected in (("reader", 1), ("member", 0), (None, 0)):
            for view in ("@@mwsvm", "@@mwsvm-live"):
                page = self.get(view, who)
                rows = self.rows(page, "waiting")
                self.assertEqual(len(rows), expected, who)
                text = page.text_content()
                for words in ("Salaries", self.record(secret).name, "Bonus"):
                    self.assertNotIn(words, text, who)
                self.assertNotIn(record.name, text)
                self.assertEqual("Mine" in text, bool(expected))
                if rows:
                    self.assertEqual(rows[0][1], "1")
        self.assertIn(self.record(mine).name, self.text(self.get("@@mwsvm")))

    def test_many_jobs(self):
        with site.database().writing() as connection:
            connection.execute(
                insert(jobs),
                [
                    {
                        "name": f"Moab.{number}",
                        "title": "",
                        "start_string": "",
                        "state": ("queued", "finished", "held")[number % 3],
                        "since": 1,
                        "submitted": 1,
                        "modified": 1,
                        "ready": 0,
                        "waits": f"Kind{number % 7}",
                    }
                    for number in range(3000)
                ],
            )
        page = self.get("@@mwsvm")
        self.assertEqual(
            self.tiles(page), {"Queued": 1000, "Held": 1000, "Finished": 1000}
        )
        self.assertEqual(len(self.rows(page, "waiting")), 8)


class TestUtilization(DashboardTestCase):
    def setUp(self):
        super().setUp()
        # Ten past eight.
        self.clock.now = dates.seconds("2027-01-15 08:10:00 UTC")

    def add_points(self, *points, report=REPORT):
        """Datapoints of five minutes, the last of which ends now."""
        with site.database().writing() as connection:
            store = ReportStore(connection, site.clock, site.new_id)
            made = store.make(report)
            end = self.clock()
            store.add_datapoints(
                made,
                [
                    {
                        "firstSampleDate": None,
                        "lastSampleDate": None,
                        "data": data,
                        "startDate": dates.mws(end - 300 * (place + 1)),
                        "endDate": dates.mws(end - 300 * place),
                    }
                    for place, data in enumerate(reversed(points))
                ],
            )

    def figures(self, page):
        return [
            [cell.text_content().strip() for cell in row.cssselect("th, td")]
            for row in page.cssselect(".mwsvm-figures tbody tr")
        ]

    def lines(self, page):
        found = page.cssselect("svg .mwsvm-line")
        return {line.get("data-line"): line.get("d") for line in found}

    def test_before_the_first_point_it_says_what_will_come(self):
        page = self.get("@@mwsvm", "member")
        text = self.text(page)
        self.assertIn("Nothing has been measured in this time.", text)
        self.assertEqual(page.cssselect("svg.mwsvm-plot, details"), [])

    def test_shares_and_numbers(self):
        self.add_points(
            data(processors=(8, 4), machines=(2, 0), jobs=(1, 3)),
            data(processors=(8, 8), machines=(2, 2), jobs=(4, 0)),
        )
        page = self.get("@@mwsvm?range=1h")
        self.assertEqual(
            self.figures(page),
            [
                ["2027-01-15T08:05:00+00:00", "100", "100", "4.0", "0.0"],
                ["2027-01-15T08:00:00+00:00", "50", "0", "1.0", "3.0"],
            ],
        )
        # Eleventh and twelfth of twelve; the top is 0.
        self.assertEqual(self.lines(page)["processors"], "M875,100L958.3,0")
        self.assertEqual(self.lines(page)["running"], "M875,150L958.3,0")
        titles = [e.text for e in page.cssselect("svg title")]
        self.assertEqual(titles, ["Processors and machines at work", "Jobs"])
        (shares, counts) = (
            self.text(svg, "desc") for svg in page.cssselect("svg[role=img]")
        )
        self.assertEqual(shares, "Processors: 100 %. Machines: 100 %.")
        self.assertEqual(counts, "Running jobs: 4.0. Waiting jobs: 0.0.")
        for svg in page.cssselect("svg[role=img]"):
            for id in svg.get("aria-labelledby").split():
                self.assertEqual(len(page.cssselect(f"#{id}")), 1)

    def test_the_axis_is_at_round_times(self):
        self.add_points(data())
        for asked, first, last, count in (
            ("1h", "07:10", "08:10", 5),
            ("24h", "09:00", "09:00", 5),
            ("7d", "01-08", "01-15", 8),
            ("nonsense", "09:00", "09:00", 5),
        ):
            page = self.get(f"@@mwsvm?range={asked}")
            plot = page.cssselect(".mwsvm-ticks")[0]
            ticks = [e.text for e in plot.cssselect("span")]
            self.assertEqual((ticks[0], ticks[-1]), (first, last), asked)
            self.assertEqual(len(ticks), count)

    def test_a_stretch_without_samples_is_a_gap(self):
        self.add_points(data(), None, data(machines=(2, 2)), data())
        line = self.lines(self.get("@@mwsvm?range=1h"))["machines"]
        self.assertEqual(line.count("M"), 2)
        self.assertIn("h0", line)

    def test_without_nodes_there_is_no_line_of_processors(self):
        self.add_points(data(processors=(0, 0)))
        page = self.get("@@mwsvm?range=1h")
        self.assertEqual(self.lines(page)["processors"], "")
        legend = [e.text for e in page.cssselect(".mwsvm-legend")]
        self.assertEqual(legend, ["Machines", "Running jobs", "Waiting jobs"])
        self.assertEqual(self.figures(page)[0][1], DASH)

    def test_a_week_is_averaged_by_the_hour(self):
        points = [data(jobs=(n % 2 * 10, 0)) for n in range(24)]
        self.add_points(*points)
        found = [row[3] for row in self.figures(self.get("@@mwsvm?range=7d"))]
        self.assertEqual(len(found), 3)
        self.assertEqual(found[1], "5.0")

    def test_what_others_put_into_the_report_does_no_harm(self):
        self.add_points(
            {"jobs": [1], "machines": {"total": "many", "busy": True}},
            {"processors": {"total": 4, "used": 9}, "jobs": {"running": -3}},
            {"<b>": "<script>"},
        )
        page = self.get("@@mwsvm?range=1h")
        self.assertEqual(self.lines(page)["processors"], "M875,0h0")

    def test_a_report_of_the_administrator_is_used(self):
        report = {**REPORT, "datapointDuration": 3600, "reportSize": 24}
        self.add_points(data(jobs=(7, 0)), report=report)
        page = self.get("@@mwsvm")
        self.assertIn("7.0", {row[3] for row in self.figures(page)})

    def test_the_range_is_kept(self):
        self.add_points(data())
        page = self.get("@@mwsvm?range=7d")
        (current,) = page.cssselect(".mwsvm-head [aria-current=page]")
        self.assertEqual(current.text, "7 days")
        (live,) = page.cssselect("[data-mwsvm-live]")
        self.assertEqual(
            live.get("data-mwsvm-live"), f"{self.url}/@@mwsvm-live?range=7d"
        )

    def test_it_is_not_for_visitors(self):
        self.add_points(data())
        self.assertNotIn("Utilization", self.text(self.get("@@mwsvm", None)))
        self.assertIn("Utilization", self.text(self.get("@@mwsvm", "member")))


class TestEvents(DashboardTestCase):
    def add_event(self, kind, id, **values):
        event = {
            "eventTime": dates.mws(self.clock()),
            "eventType": f"{kind}modify",
            "primaryObject": {"type": kind, "id": id, "serialization": None},
            "details": {},
            **values,
        }
        with site.database().writing() as connection:
            EventStore(connection, site.clock).add([event])

    def test_the_last_twenty_the_newest_first(self):
        for number in range(25):
            self.add_event("image", f"image-{number}")
        rows = self.rows(self.get("@@mwsvm"), "events")
        self.assertEqual(
            [row[2] for row in rows], [f"image image-{n}" for n in range(24, 4, -1)]
        )

    def test_what_when_who(self):
        job = self.add_job("queued", self.vm, title="Hello")
        name = self.record(job).name
        self.add_event(
            "job",
            name,
            eventType="jobend",
            status="failure",
            initiatedBy={"user": "portal", "proxyUser": "amy"},
            errorMessage={"message": "It ended with exit code 3."},
        )
        page = self.get("@@mwsvm", "reader")
        rows = self.rows(page, "events")
        self.assertEqual(
            rows[0],
            [
                dates.iso(self.clock()),
                "Job ended failed It ended with exit code 3.",
                f"Hello {name}",
                "portal (amy)",
            ],
        )
        self.assertEqual(rows[1][1:3], ["Job submitted", f"Hello {name}"])
        link = self.section(page, "events").cssselect("a")[0]
        self.assertEqual(link.get("href"), job.absolute_url())

    def test_links_to_what_has_no_page_lead_to_the_api(self):
        record = self.add_record(title="Nightly")
        self.add_event("role", "a b")
        self.add_event("plugin", "native1")
        self.add_event("wonder", "x")
        page = self.get("@@mwsvm")
        links = [a.get("href") for a in self.section(page, "events").cssselect("a")]
        self.assertEqual(
            links,
            [
                f"{self.url}/@@mws-plugin?id=native1",
                f"{self.url}/mws/rest/roles/a%20b",
                f"{self.url}/@@mwsvm-job?name={record.name}",
            ],
        )
        self.assertIn("wonder x", self.text(page))

    def test_machines_lead_to_their_pages(self):
        _follow_machines()
        self.add_event("vm", "vm1")
        for who in (ADMIN, "reader"):
            section = self.section(self.get("@@mwsvm", who), "events")
            (link,) = section.cssselect("a")
            self.assertEqual(link.get("href"), self.vm.absolute_url())
        self.assertNotIn("vm1", self.text(self.get("@@mwsvm", "member")))

    def test_others_see_those_of_what_they_may_see(self):
        mine = self.add_job("queued", self.vm)
        secret = self.add_job("queued", title="Salaries")
        record = self.add_record(title="Bonus")
        for number in range(300):
            self.add_event("image", f"image-{number}")
        rows = self.rows(self.get("@@mwsvm", "reader"), "events")
        self.assertEqual([row[2] for row in rows], [f"job {self.record(mine).name}"])
        for who in ("member", None):
            page = self.get("@@mwsvm", who)
            self.assertEqual(self.rows(page, "events"), [])
            for name in (self.record(secret).name, record.name, "image"):
                self.assertNotIn(name, self.text(page))

    def test_visitors_do_not_see_who_it_was(self):
        api.content.transition(self.vm, to_state="published")
        # That nobody has looked at it before is what `give` sees to.
        self.give("reader", self.vm, "Reader")
        _follow_machines()
        self.add_event("vm", "vm1", initiatedBy={"user": "amy"})
        for who, name in ((None, DASH), ("member", "amy")):
            (row,) = self.rows(self.get("@@mwsvm", who), "events")
            self.assertEqual(row[2:], ["vm vm1", name])

    def test_what_programs_send_is_text(self):
        evil = "<script>alert(1)</script>"
        self.add_event(evil, evil, initiatedBy={"user": evil})
        page = self.get("@@mwsvm")
        self.assertIn(f"{evil} {evil}", self.text(page))
        self.assertEqual(self.section(page, "events").cssselect("script"), [])


class TestPage(DashboardTestCase):
    def test_the_parts_that_change(self):
        self.add_job("queued", self.vm)
        whole = self.get("@@mwsvm", "reader")
        (live,) = whole.cssselect("[data-mwsvm-live]")
        page = self.get(live.get("data-mwsvm-live"), "reader")
        self.assertEqual(page.cssselect("head, h1, form"), [])
        parts = [part.get("data-live") for part in page.cssselect("[data-live]")]
        self.assertEqual(
            parts, [part.get("data-live") for part in live.cssselect("[data-live]")]
        )
        self.assertEqual(
            parts, ["summary", "jobs", "machines", "waiting", "utilization", "events"]
        )

    def test_it_leads_to_the_lists(self):
        page = self.get("@@mwsvm", "reader")
        links = [a.get("href") for a in page.cssselect(".mwsvm-sections a")]
        self.assertIn(f"{self.url}/@@mwsvm-jobs", links)
        (current,) = page.cssselect(".mwsvm-sections [aria-current=page]")
        self.assertEqual(current.get("href"), f"{self.url}/@@mwsvm")

    def test_on_a_phone_each_cell_has_the_label_of_its_column(self):
        self.add_job("queued", self.vm)
        tables = self.get("@@mwsvm").cssselect(".mwsvm-table")
        self.assertEqual(len(tables), 2)
        for table in tables:
            head = [th.text for th in table.cssselect("th")]
            for row in table.cssselect("tbody tr"):
                labels = [td.get("data-label") for td in row.cssselect("td")]
                self.assertEqual(labels, head)

    def test_an_empty_site(self):
        api.content.delete(self.folder)
        page = self.get("@@mwsvm")
        text = self.text(page)
        for words in (
            "0 running, 0 waiting, 0 failed",
            "There are no machines that you may see.",
            "No job that you may see waits.",
            "Nothing has happened yet",
        ):
            self.assertIn(words, text)

    def test_any_query_is_answered(self):
        for query in ("range=", "range=%00", "range=1h&range=7d", "state=%3Cb%3E"):
            self.get(f"@@mwsvm?{query}")


def data(processors=(4, 2), machines=(2, 1), jobs=(1, 1)):
    """The data of a datapoint."""
    return json.loads(
        json.dumps(
            {
                "processors": dict(zip(("total", "used"), processors, strict=True)),
                "machines": dict(zip(("total", "busy"), machines, strict=True)),
                "jobs": dict(zip(("running", "waiting"), jobs, strict=True)),
            }
        )
    )
