"""The dashboard in a real browser, against a real site with a real worker."""

from collective.mwsvm.database.engine import Database
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.models import dates
from collective.mwsvm.reporting.store import ReportStore
from collective.mwsvm.workload.utilization import REPORT
from contextlib import closing
from playwright.sync_api import expect
from tests.browser.test_browser import BrowserTestCase
import pytest
import re
import sqlite3
import time


pytestmark = pytest.mark.service


class DashboardTestCase(BrowserTestCase):
    def open(self, query=""):
        self.page.goto(f"{self.site}/@@mwsvm{query}")
        self.stay()

    def number(self, state):
        tile = self.page.locator(f"a[href$='@@mwsvm-jobs?state={state}']")
        return tile.locator(".mwsvm-number")

    def elsewhere(self, title):
        """Add a job in another window, and queue it for a machine that is not started."""
        page, self.page = self.page, self.context.new_page()
        machine = self.add_machine(f"Machine of {title}")
        self.add_job(machine, title, "true")
        self.press("Queue")
        self.page.close()
        self.page = page

    def add_points(self, *values):
        """No datapoints but these, up to now: so many machines of ten are busy."""
        (path,) = (self.layer["directory"] / "var").glob("*.sqlite")
        with closing(sqlite3.connect(path)) as connection:
            query = "SELECT value FROM meta WHERE key = 'site'"
            (site,) = connection.execute(query).fetchone()
        database = Database(f"sqlite:///{path}", site, busy_timeout=30)
        now = time.time()
        with closing(database), database.transaction() as connection:
            store = ReportStore(connection, time.time, ObjectIds(time.time))
            if old := store.find(REPORT["name"]):
                store.remove(old)
            report = store.make(REPORT)
            store.add_datapoints(
                report,
                [
                    {
                        "firstSampleDate": None,
                        "lastSampleDate": None,
                        "data": {"machines": {"total": 10, "busy": value}},
                        "startDate": dates.mws(now - 300 * (place + 1)),
                        "endDate": dates.mws(now - 300 * place),
                    }
                    for place, value in enumerate(reversed(values))
                ],
            )


class TestDashboard(DashboardTestCase):
    def test_follows_without_a_reload_and_keeps_the_focus(self):
        self.open()
        number = self.number("queued")
        before = int(number.text_content())
        self.page.locator("a[href$='@@mwsvm-jobs?state=held']").focus()
        self.elsewhere("Seen at once")
        expect(number).to_have_text(str(before + 1))
        waiting = self.page.locator("[data-live=waiting]")
        expect(waiting).to_contain_text("Seen at once")
        events = self.page.locator("[data-live=events]")
        expect(events).to_contain_text("Job submitted")
        status = self.page.locator("[data-live=summary][role=status]")
        expect(status).to_contain_text("waiting")
        focused = self.page.evaluate("document.activeElement.getAttribute('href')")
        self.assertTrue(focused.endswith("@@mwsvm-jobs?state=held"), focused)
        self.expect_stayed()
        self.expect_no_trouble()

    def test_by_keyboard_to_the_list_of_a_state(self):
        self.open()
        for _ in range(100):
            self.page.keyboard.press("Tab")
            href = self.page.evaluate("document.activeElement.getAttribute('href')")
            if href and href.endswith("@@mwsvm-jobs?state=finished"):
                break
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.expect_title("Jobs")
        self.expect_no_trouble()

    def test_the_table_of_numbers_stays_open(self):
        self.add_points(2, 4)
        self.open("?range=1h")
        self.page.get_by_text("The numbers as a table").click()
        table = self.page.locator(".mwsvm-figures")
        expect(table).to_contain_text("40")
        self.add_points(2, 4, 7)
        expect(table).to_contain_text("70")
        expect(table).to_be_visible()
        line = self.page.locator("path.mwsvm-line[data-line=machines]")
        expect(line).to_have_attribute("d", re.compile("^M.*L"))
        self.expect_stayed()
        self.expect_no_trouble()

    def test_the_axis_has_the_times_of_the_reader(self):
        self.add_points(1, 2)
        self.open("?range=1h")
        ticks = self.page.locator(".mwsvm-ticks").first.locator("span")
        expect(ticks).to_have_count(5)
        last = ticks.last
        shown = self.page.evaluate(
            "text => new Date(text).toLocaleString("
            "[], {hour: '2-digit', minute: '2-digit'})",
            last.get_attribute("data-mwsvm-moment"),
        )
        expect(last).to_have_text(shown)
        expect(self.page.locator("[data-mwsvm-utc]")).to_be_hidden()


class TestPhone(DashboardTestCase):
    width, height = 375, 812

    def test_nothing_is_wider_than_a_phone(self):
        self.add_points(*range(10))
        for asked in ("1h", "24h", "7d"):
            self.open(f"?range={asked}")
            expect(self.page.locator("svg[role=img]").first).to_be_visible()
            width = self.page.evaluate("document.documentElement.scrollWidth")
            self.assertLessEqual(width, self.width, asked)
            for part in self.page.locator(".mwsvm-tiles li, .mwsvm-ticks span").all():
                box = part.bounding_box()
                self.assertLessEqual(box["x"] + box["width"], self.width, asked)
        self.expect_no_trouble()
