"""The pages of plug-ins in a real browser, with real plug-ins."""

from playwright.sync_api import expect
from tests.browser.plugin_types import EXAMPLE
from tests.browser.plugin_types import QUIET
from tests.browser.test_browser import BrowserTestCase
import pytest
import re


pytestmark = pytest.mark.service

PAGES = (
    "@@mws-plugin-types",
    "@@mws-plugin-type?id=Native",
    "@@mws-plugin-type?id=Example",
    "@@mws-plugin-type-add",
    "@@mws-plugins",
    "@@mws-plugin?id={id}",
    "@@mws-plugin-add",
    "@@mws-plugin-add?type=Example",
    "@@mws-plugin-add?type=Native",
    "@@mws-plugin-edit?id={id}",
    "@@mws-plugin-delete?id={id}",
    "@@mws-plugin-monitoring",
)


class PluginsTestCase(BrowserTestCase):
    def setUp(self):
        super().setUp()
        home = self.layer["directory"] / "var" / "mws"
        home.mkdir(parents=True, exist_ok=True)
        (home / "mws-config.toml").write_text("[plugins]\nuploads = true\n")
        self.id = self._testMethodName.replace("test_", "")[:60]

    def open(self, name):
        self.page.goto(f"{self.site}/{name}")

    def upload(self, code):
        """Paste the code of a plug-in type."""
        self.open("@@mws-plugin-type-add")
        self.page.get_by_text("Type or Paste Code").click()
        self.page.get_by_label("Code of a Python module").fill(code)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Upload").click()
        expect(self.page.locator(".portalMessage")).to_contain_text("was loaded")

    def add(self, **texts):
        """Add a plug-in of the type Example."""
        self.open("@@mws-plugin-add?type=Example")
        self.page.locator("#mws-id").fill(self.id)
        self.page.locator("#config-endpoint").fill("https://example.org")
        for name, text in texts.items():
            self.choose(name)
            self.page.locator(f"#config-{name}").fill(text)
        self.save("Add the plugin")
        expect(self.page.locator("h1")).to_have_text(self.id)

    def choose(self, name):
        self.page.get_by_label("Add an optional parameter").select_option(name)

    def save(self, label):
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=label).click()

    def row(self, page=None):
        return (page or self.page).locator(f"[data-mws-plugin='{self.id}']")

    def expect_row(self, state, *buttons):
        row = self.row()
        expect(row.locator(".mwsvm-state")).to_have_text(state)
        expect(row.locator("button")).to_have_text(list(buttons))

    def elsewhere(self, *actions):
        """Press buttons in another window."""
        other = self.context.new_page()
        other.goto(f"{self.site}/@@mws-plugin-monitoring")
        for action in actions:
            with other.expect_navigation():
                self.row(other).locator(f"button[value^='{action} ']").click()
        other.close()


class TestMonitoring(PluginsTestCase):
    def test_follows_without_a_reload_and_keeps_the_focus(self):
        self.upload(EXAMPLE)
        self.add()
        self.open("@@mws-plugin-monitoring")
        self.expect_row("Started", "Stop", "Pause", "Poll now")
        self.stay()
        self.row().locator("button[value^='stop ']").focus()
        self.elsewhere("pause")
        self.expect_row("Paused", "Stop", "Resume", "Poll now")
        self.assertEqual(self.focused(), f"stop {self.id}")
        said = self.page.locator("[data-mws-said]")
        expect(said).to_have_text(f"{self.id}: Paused")
        # The button is gone: what can be done instead has the focus.
        self.elsewhere("stop")
        self.expect_row("Stopped", "Start")
        self.assertEqual(self.focused(), f"start {self.id}")
        self.expect_stayed()
        self.expect_no_trouble()

    def test_ticks_by_the_clock_of_the_server(self):
        self.upload(EXAMPLE)
        self.add()
        # The reader's own clock is wrong by a day.
        self.page.add_init_script(
            "const now = Date.now; Date.now = () => now() + 86400000"
        )
        self.open("@@mws-plugin-monitoring")
        self.stay()
        count = self.row().locator("time[data-mws-tick=countdown]")
        expect(count).to_have_text(re.compile(r"^[01]:\d\d$"))
        first = count.text_content()
        expect(count).not_to_have_text(first)
        expect(count).to_have_text(re.compile(r"^[01]:\d\d$"))
        ago = self.row().locator("time[data-mws-tick=relative]")
        expect(ago).to_have_text(re.compile(r"^\d+ (second|minute)s? ago$"))
        self.expect_stayed()
        self.expect_no_trouble()

    def test_a_start_that_fails(self):
        self.upload(EXAMPLE)
        self.add(note="no start")
        self.open("@@mws-plugin-monitoring")
        self.expect_row("Errored", "Clear error", "Start")
        expect(self.row()).to_contain_text("The note says no")
        with self.page.expect_navigation():
            self.row().get_by_role("button", name=f"Start {self.id}").press("Enter")
        expect(self.page.locator(".portalMessage")).to_contain_text(
            "could not be started. The note says no."
        )
        self.expect_row("Errored", "Clear error", "Start")
        self.expect_no_trouble()

    def test_plugins_that_come_and_go(self):
        self.upload(QUIET)
        self.open("@@mws-plugin-monitoring")
        self.stay()
        other = self.context.new_page()
        other.goto(f"{self.site}/@@mws-plugin-add?type=Quiet")
        other.fill("#mws-id", self.id)
        other.get_by_role("button", name="Add the plugin").click()
        self.expect_row("Started", "Stop", "Pause")
        other.goto(f"{self.site}/@@mws-plugin-delete?id={self.id}")
        other.get_by_role("button", name="Delete").click()
        expect(self.row()).to_have_count(0)
        self.expect_stayed()
        self.expect_no_trouble()


class TestForm(PluginsTestCase):
    def shown(self):
        fields = self.page.locator("[data-mws-shown] [data-mws-parameter]")
        return [field.get_attribute("data-mws-parameter") for field in fields.all()]

    def offered(self):
        options = self.page.locator("#mws-add-parameter option:not([disabled])").all()
        return [option.get_attribute("value") for option in options][1:]

    def test_optional_parameters_come_and_go(self):
        self.upload(EXAMPLE)
        self.open("@@mws-plugin-add?type=Example")
        self.assertEqual(self.shown(), ["endpoint", "count", "verify"])
        self.assertEqual(self.offered(), ["secret", "mode", "names", "note"])
        expect(self.page.locator("[data-mws-optional]")).to_be_hidden()
        self.choose("note")
        self.page.keyboard.type("typed at once")
        self.choose("mode")
        self.page.locator("#config-mode").select_option("val2")
        self.assertEqual(self.shown(), ["endpoint", "count", "verify", "note", "mode"])
        self.assertEqual(self.offered(), ["secret", "names"])
        self.page.get_by_role("button", name="Remove note").press("Enter")
        self.assertEqual(self.offered(), ["secret", "names", "note"])
        self.assertEqual(
            self.page.evaluate("document.activeElement.id"), "mws-add-parameter"
        )
        self.page.locator("#mws-id").fill(self.id)
        self.page.locator("#config-endpoint").fill("https://example.org")
        self.save("Add the plugin")
        values = self.page.locator(".mwsvm-configuration")
        expect(values).to_contain_text("val2")
        expect(values).not_to_contain_text("typed at once")
        self.expect_no_trouble()

    def test_rows_for_other_parameters(self):
        self.upload(QUIET)
        self.open("@@mws-plugin-add?type=Quiet")
        self.page.locator("#mws-id").fill(self.id)
        for number in range(3):
            if number == 2:
                self.page.get_by_role("button", name="Add another").click()
            names = self.page.get_by_label("Name of a parameter")
            names.nth(number).fill(f"name{number}")
            values = self.page.get_by_label("Value of the parameter")
            values.nth(number).fill(f"value{number}")
        self.save("Add the plugin")
        for number in range(3):
            expect(self.page.locator(".mwsvm-configuration")).to_contain_text(
                f"value{number}"
            )
        self.expect_no_trouble()


class TestWithoutScripts(PluginsTestCase):
    def test_all_of_it_works(self):
        self.upload(EXAMPLE)
        cookies = self.context.cookies()
        context = self.layer["browser"].new_context(java_script_enabled=False)
        self.addCleanup(context.close)
        context.add_cookies(cookies)
        self.page = context.new_page()
        self.open("@@mws-plugin-add?type=Example")
        self.page.locator("#mws-id").fill(self.id)
        self.page.locator("#config-endpoint").fill("https://example.org")
        expect(self.page.locator("#mws-add-parameter")).to_be_hidden()
        self.page.get_by_text("Optional parameters").click()
        self.page.locator("#config-note").fill("of somebody without scripts")
        self.save("Add the plugin")
        expect(self.page.locator(".mwsvm-configuration")).to_contain_text(
            "of somebody without scripts"
        )
        self.open("@@mws-plugin-monitoring")
        self.expect_row("Started", "Stop", "Pause", "Poll now")
        for name, state in (("Poll now", "Started"), ("Stop", "Stopped")):
            self.row().get_by_role("button", name=f"{name} {self.id}").click()
            expect(self.row().locator(".mwsvm-state")).to_have_text(state)
        expect(self.row().locator("time").first).to_contain_text("UTC")


class TestPhone(PluginsTestCase):
    width, height = 375, 812

    def test_no_page_is_wider_than_a_phone(self):
        self.upload(EXAMPLE)
        self.add(note="x" * 80, names='["a long text without any spaces in it"]')
        for path in PAGES:
            self.open(path.format(id=self.id))
            expect(self.page.locator("h1")).to_be_visible()
            width = self.page.evaluate("document.documentElement.scrollWidth")
            self.assertLessEqual(width, self.width, path)
            for cell in self.page.locator(".mwsvm-table td:visible").all()[:40]:
                box = cell.bounding_box()
                self.assertLessEqual(box["x"] + box["width"], self.width, path)
        self.expect_no_trouble()


class TestAccess(PluginsTestCase):
    def test_from_the_home_page_and_from_site_setup(self):
        for start in ("mws", "@@overview-controlpanel"):
            self.open(start)
            link = self.page.locator("#content").get_by_role("link", name="Plugins")
            link.first.click()
            expect(self.page.locator("h1")).to_have_text("Plugins")
            for name in ("Plugin types", "Plugin monitoring"):
                self.page.get_by_role("navigation", name="Plugins").get_by_text(
                    name
                ).click()
                expect(self.page.locator("h1")).to_have_text(name)
        self.expect_no_trouble()
