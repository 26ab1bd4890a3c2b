"""The lists in a real browser: they follow what happens, and keep what was selected."""

from playwright.sync_api import expect
from tests.browser.test_browser import BrowserTestCase
from tests.browser.test_browser import PASSWORD
import pytest
import requests


pytestmark = pytest.mark.service


class ListingsTestCase(BrowserTestCase):
    def setUp(self):
        super().setUp()
        #: In the titles of this test's jobs only.
        self.word = self._testMethodName.removeprefix("test_")[:40]

    def submit(self, *titles):
        """Jobs over REST, held so that no machine takes them; their names."""
        names = []
        for title in titles:
            reply = requests.post(
                f"{self.site}/mws/rest/jobs?api-version=2",
                json={
                    "commandFile": "/bin/true",
                    "customName": f"{title} {self.word}",
                    "holds": ["User"],
                },
                auth=("admin", PASSWORD),
                timeout=60,
            )
            self.assertEqual(reply.status_code, 201, reply.text)
            names.append(reply.json()["name"])
        return names

    def act(self, name, action):
        """An action over REST: somebody else does it."""
        reply = requests.put(
            f"{self.site}/mws/rest/jobs/{name}/{action}?api-version=2",
            json={},
            auth=("admin", PASSWORD),
            timeout=60,
        )
        self.assertEqual(reply.status_code, 200, reply.text)

    def open(self, name="@@mwsvm-jobs", query=""):
        self.page.goto(f"{self.site}/{name}?q={self.word}{query}")
        self.stay()

    def box(self, name):
        return self.page.locator(f".mwsvm-listing input[value='{name}']")

    def row(self, name):
        box = self.page.locator(f"input[value='{name}']")
        return self.page.locator(".mwsvm-listing tbody tr", has=box)

    def expect_row(self, name, state):
        expect(self.row(name).locator(".mwsvm-state")).to_have_text(state)

    def expect_selected(self, number):
        expect(self.page.locator("[data-mwsvm-selected]")).to_have_text(str(number))

    def button(self, name):
        return self.page.locator(f".mwsvm-bulk button[value={name}]")


class TestSelection(ListingsTestCase):
    def test_what_was_selected_and_the_focus_stay(self):
        first, second, third = self.submit("first", "second", "third")
        self.open()
        self.box(first).check()
        self.box(third).check()
        self.box(third).focus()
        self.act(first, "cancel")
        self.expect_row(first, "Cancelled")
        expect(self.box(first)).to_be_checked()
        expect(self.box(second)).not_to_be_checked()
        expect(self.box(third)).to_be_checked()
        self.assertEqual(self.focused(), third)
        self.expect_selected(2)
        # A job that is new does not come selected, and is counted.
        (fourth,) = self.submit("fourth")
        self.expect_row(fourth, "Held")
        expect(self.box(fourth)).not_to_be_checked()
        expect(self.page.locator("[data-live=total]")).to_contain_text("4")
        self.expect_selected(2)
        self.expect_stayed()
        self.expect_no_trouble()

    def test_all_none_and_a_range(self):
        names = self.submit(*"abcde")
        self.open()
        everything = self.page.get_by_label("All on this page")
        everything.check()
        self.expect_selected(5)
        self.box(names[0]).uncheck()
        self.assertTrue(everything.evaluate("box => box.indeterminate"))
        everything.check()
        everything.uncheck()
        self.expect_selected(0)
        self.box(names[3]).check()
        self.box(names[1]).click(modifiers=["Shift"])
        self.expect_selected(3)
        for name, checked in zip(names, (0, 1, 1, 1, 0), strict=True):
            expect(self.box(name)).to_be_checked(checked=bool(checked))
        self.expect_no_trouble()


class TestActions(ListingsTestCase):
    def test_a_job_is_cancelled_by_keyboard_only(self):
        names = self.submit("one", "two")
        self.open()
        self.tab_to(names[1])
        self.page.keyboard.press("Space")
        self.expect_selected(1)
        self.button("cancel").focus()
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        expect(self.page.locator(".mwsvm-confirm li")).to_have_count(1)
        self.expect_no_trouble()

    def test_held_jobs_are_cancelled_after_a_question(self):
        names = self.submit("one", "two", "three")
        self.open(query="&state=held")
        for name in names[:2]:
            self.box(name).check()
        with self.page.expect_navigation():
            self.button("cancel").click()
        self.expect_title("Cancel")
        expect(self.page.locator(".mwsvm-confirm li")).to_have_count(2)
        with self.page.expect_navigation():
            self.page.locator(".mwsvm-confirm button").click()
        expect(self.page.locator(".portalMessage")).to_contain_text(
            "2 jobs have been cancelled."
        )
        # It is the list again as it was filtered.
        expect(self.page.locator(".mwsvm-listing tbody tr")).to_have_count(1)
        self.expect_row(names[2], "Held")
        self.expect_no_trouble()

    def test_a_refusal_is_told_for_each(self):
        good, bad = self.submit("good", "bad")
        self.act(bad, "cancel")
        self.open()
        self.page.get_by_label("All on this page").check()
        with self.page.expect_navigation():
            self.button("release").click()
        expect(self.page.locator(".mwsvm-refused dt")).to_have_text(f"bad {self.word}")
        expect(self.page.locator(".mwsvm-refused dd")).to_contain_text("Cancelled")
        self.page.get_by_role("link", name="Back to the list").click()
        expect(self.row(good).locator(".mwsvm-state")).not_to_have_text("Held")
        self.expect_no_trouble()


class TestFilter(ListingsTestCase):
    def test_a_filter_is_an_address(self):
        (name,) = self.submit("one")
        self.open("@@mwsvm-jobs", "xyz")
        expect(self.page.locator(".mwsvm-total")).to_contain_text("No job")
        self.page.get_by_label("Text").fill(self.word)
        # Labels stand for the check boxes of states.
        self.page.locator("label[for=mwsvm-state-held]").click()
        with self.page.expect_navigation():
            self.page.locator(".mwsvm-filter button").click()
        self.assertEqual(
            self.page.url, f"{self.site}/@@mwsvm-jobs?state=held&q={self.word}"
        )
        self.expect_row(name, "Held")
        with self.page.expect_navigation():
            self.page.locator("th a", has_text="Priority").click()
        self.expect_row(name, "Held")
        expect(self.page.locator("th[aria-sort=descending]")).to_contain_text(
            "Priority"
        )
        self.expect_no_trouble()


class TestWithoutScripts(ListingsTestCase):
    def test_all_of_it_works(self):
        self.submit("one", "two")
        cookies = self.context.cookies()
        context = self.layer["browser"].new_context(java_script_enabled=False)
        self.addCleanup(context.close)
        context.add_cookies(cookies)
        self.page = context.new_page()
        self.page.goto(f"{self.site}/@@mwsvm-jobs")
        self.page.get_by_label("Text").fill(self.word)
        self.page.locator(".mwsvm-filter button").click()
        expect(self.page.locator(".mwsvm-listing tbody tr")).to_have_count(2)
        expect(self.page.get_by_label("All on this page")).to_be_hidden()
        self.page.get_by_text("Select all on this page").click()
        self.button("cancel").click()
        self.page.locator(".mwsvm-confirm button").click()
        expect(self.page.locator(".portalMessage")).to_contain_text(
            "2 jobs have been cancelled."
        )


class TestPhone(ListingsTestCase):
    width, height = 375, 812

    def test_no_page_is_wider_than_a_phone(self):
        self.submit("x" * 90, "a title without any end in sight")
        for name in ("@@mwsvm-jobs", "@@mwsvm-machines"):
            for query in ("", f"?q={self.word}", "?q=nothing-like-it"):
                self.page.goto(f"{self.site}/{name}{query}")
                width = self.page.evaluate("document.documentElement.scrollWidth")
                self.assertLessEqual(width, self.width, name + query)
                for cell in self.page.locator(".mwsvm-table td:visible").all()[:40]:
                    box = cell.bounding_box()
                    self.assertLessEqual(box["x"] + box["width"], self.width, name)
        self.open()
        # The headings sort there, too.
        with self.page.expect_navigation():
            self.page.locator("th a", has_text="Priority").click()
        expect(self.page.locator("th[aria-sort]")).to_contain_text("Priority")
        self.expect_no_trouble()


class TestMachines(ListingsTestCase):
    def test_a_machine_of_the_site_is_stopped_and_started(self):
        self.page.goto(f"{self.site}/@@mwsvm-machines?q=Demo")
        self.stay()
        self.expect_row("Demo machine", "Running")
        self.box("Demo machine").check()
        with self.page.expect_navigation():
            self.button("stop").click()
        expect(self.page.locator(".lead")).to_contain_text("Stop these machines?")
        with self.page.expect_navigation():
            self.page.locator(".mwsvm-confirm button").click()
        self.stay()
        expect(self.page.locator(".portalMessage")).to_contain_text("being stopped")
        self.expect_row("Demo machine", "Stopped")
        self.expect_stayed()
        self.box("Demo machine").check()
        with self.page.expect_navigation():
            self.button("start").click()
        self.expect_row("Demo machine", "Running")
        self.expect_no_trouble()
