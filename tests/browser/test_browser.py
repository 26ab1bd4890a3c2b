"""The main path in a real browser, against a real site with a real worker and cloud."""

from collective.mwsvm.cloud.emulator import EmbeddedCloud
from contextlib import ExitStack
from pathlib import Path
from playwright.sync_api import expect
from playwright.sync_api import sync_playwright
from plone.testing import Layer
from tempfile import TemporaryDirectory
import os
import pytest
import re
import signal
import subprocess
import sys
import unittest


pytestmark = pytest.mark.service

CHROMIUM = Path("/usr/bin/chromium")

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PASSWORD = "correct-horse-9"

#: Milliseconds for what a person would wait for; a busy computer is slow.
PATIENCE = 90_000
expect.set_options(timeout=PATIENCE)

#: It goes on when the test says so, for the machine is a process on this computer.
STEPS = """\
echo "attempt $MWSVM_ATTEMPT of $MWSVM_JOB"
until [ -e {flag} ]; do sleep 0.2; done
for n in 6 7; do echo "step $n"; done
echo "the answer is $((6 * 7))"
"""


class Server:
    """``mwsvm serve --demo`` in a process of its own."""

    def __init__(self, directory: Path):
        self.var = directory / "var"
        self._log = directory / "server.log"
        environment = {**os.environ, "MWSVM_ADMIN_PASSWORD": PASSWORD}
        environment.pop("MWSVM_DATABASE_URL", None)
        command = [sys.executable, "-m", "collective.mwsvm.cli", "serve", "--demo"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--port", "0", "--var", str(self.var)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment,
                start_new_session=True,
            )

    def wait(self) -> str:
        """The site's address, when it answers."""
        for line in self._process.stdout:
            if line.startswith("Ready: "):
                return line.removeprefix("Ready: ").strip()
        raise AssertionError(f"the site did not start:\n{self._log.read_text()}")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        finally:
            self._process.stdout.close()
        # Shown by pytest where a test has failed.
        print(f"The server ended with {self._process.returncode}; its log:")
        print(self._log.read_text()[-8000:])


class BrowserLayer(Layer):
    """A browser, and a site with a demo machine in a local cloud."""

    def setUp(self):
        with ExitStack() as stack:
            directory = TemporaryDirectory(prefix="mwsvm-browser-")
            self["directory"] = Path(stack.enter_context(directory))
            server = Server(self["directory"])
            stack.callback(server.stop)
            self["site"] = server.wait()
            key = server.var / "cloud" / "access-key"
            self["access key"] = key.read_text().strip()
            playwright = stack.enter_context(sync_playwright())
            self["browser"] = playwright.chromium.launch(
                executable_path=CHROMIUM, args=ARGUMENTS
            )
            stack.callback(self["browser"].close)
            self._stack = stack.pop_all()

    def tearDown(self):
        self._stack.close()


BROWSER = BrowserLayer(name="Mwsvm:Browser")


@unittest.skipUnless(
    CHROMIUM.exists(), "Chromium is missing; make services installs it"
)
class BrowserTestCase(unittest.TestCase):
    """An administrator who has logged in."""

    layer = BROWSER

    width, height = 1280, 900

    def setUp(self):
        self.site = self.layer["site"]
        self.context = self.layer["browser"].new_context(
            viewport={"width": self.width, "height": self.height}
        )
        self.addCleanup(self.context.close)
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.troubles = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self.note)
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.log_in()

    def note(self, message):
        if message.type == "error":
            self.troubles.append(message.text)

    def log_in(self):
        self.page.goto(f"{self.site}/login")
        self.page.fill("[name=__ac_name]", "admin")
        self.page.fill("[name=__ac_password]", PASSWORD)
        self.page.click("[name='buttons.login']")
        expect(self.page.locator("body.userrole-authenticated")).to_be_visible()

    # -- what a person does

    def add_machine(self, title):
        self.page.goto(f"{self.site}/demo/++add++VirtualMachine")
        self.page.get_by_label("Title").fill(title)
        self.page.get_by_label("Machine image").fill(EmbeddedCloud.image_id)
        self.page.get_by_label("AWS access key").fill(self.layer["access key"])
        self.page.get_by_label("AWS secret key").fill("any-secret")
        self.page.get_by_role("button", name="Save").click()
        self.expect_title(title)
        self.expect_state("unevaluated")
        return self.page.url.removesuffix("/view")

    def add_job(self, machine, title, start_string):
        self.page.goto(machine)
        self.page.get_by_role("link", name="Add a job for this machine").click()
        self.page.get_by_label("Title").fill(title)
        self.page.get_by_label("Start string").fill(start_string)
        self.page.get_by_role("button", name="Save").click()
        self.expect_title(title)
        self.expect_state("Draft")
        return self.page.url.removesuffix("/view")

    def press(self, name):
        """Press one of our buttons, and be on the page that follows."""
        button = self.page.locator(".mwsvm button", has_text=re.compile(f"^{name}$"))
        with self.page.expect_navigation():
            button.click()
        self.stay()

    def tab_to(self, value):
        """Go to a button by nothing but the Tab key."""
        for _ in range(150):
            self.page.keyboard.press("Tab")
            if self.focused() == value:
                return
        self.fail(f"the Tab key does not reach {value}")

    # -- what a person sees

    def stay(self):
        """From here on the page must not be loaded again."""
        self.page.evaluate("window.stayed = true")

    def expect_stayed(self):
        self.assertTrue(self.page.evaluate("window.stayed === true"), "it was reloaded")

    def focused(self):
        return self.page.evaluate("document.activeElement.value || ''")

    def expect_title(self, title):
        expect(self.page.locator("h1")).to_have_text(title)

    def expect_state(self, state):
        headline = self.page.locator(".mwsvm-headline .mwsvm-state")
        expect(headline).to_have_text(state)

    def expect_log(self, text):
        log = self.page.locator(".mwsvm-log")
        expect(log).to_contain_text(text)

    def log(self):
        return self.page.locator(".mwsvm-log").text_content()

    def expect_buttons(self, *names):
        buttons = self.page.locator("[data-live=buttons] button")
        expect(buttons).to_have_text(list(names))

    def expect_no_trouble(self):
        self.assertEqual(self.troubles, [])


class TestMainPath(BrowserTestCase):
    def test_from_nothing_to_a_finished_job_and_a_stopped_machine(self):
        machine = self.add_machine("My machine")

        # Start it by keyboard only, and watch.
        self.tab_to("start")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.stay()
        message = self.page.locator(".portalMessage")
        expect(message).to_contain_text("The machine is being started.")
        self.expect_state("running")
        expect(self.page.locator("[data-live=facts]")).to_contain_text("i-")
        self.expect_stayed()

        # A job, and its log while it runs.
        flag = self.layer["directory"] / "go-on"
        job = self.add_job(machine, "My job", STEPS.format(flag=flag))
        self.press("Queue")
        self.expect_state("Running")
        self.expect_log("attempt 1 of Moab.")
        flag.touch()
        self.expect_state("Finished")
        self.expect_log("the answer is 42")
        self.expect_stayed()
        self.expect_buttons("Retry")
        attempts = self.page.locator("[data-live=attempts] tbody tr")
        expect(attempts).to_have_count(1)

        # Once more: the log is that of the new attempt.
        self.press("Retry")
        self.expect_log("attempt 2 of Moab.")
        expect(self.page.locator(".mwsvm-log")).not_to_contain_text("attempt 1")
        self.expect_state("Finished")
        self.expect_log("the answer is 42")
        expect(attempts).to_have_count(2)
        self.expect_stayed()

        # The lists know of it.
        self.page.goto(f"{self.site}/@@mwsvm-jobs?state=finished")
        row = self.page.locator(".mwsvm-jobs tr", has_text="My job")
        expect(row.locator(".mwsvm-state")).to_have_text("Finished")
        self.assertEqual(row.locator("a").first.get_attribute("href"), job)

        # Stop the machine.
        self.page.goto(machine)
        self.press("Stop")
        self.expect_state("stopped")
        self.expect_buttons("Start", "Refresh")
        self.expect_stayed()
        self.expect_no_trouble()

    def test_a_job_that_waits_is_held_released_and_cancelled(self):
        machine = self.add_machine("A machine that is not started")
        self.add_job(machine, "Waiting job", "true")
        for button, state, buttons in (
            ("Queue", "Queued", ["Hold", "Cancel"]),
            ("Hold", "Held", ["Release", "Cancel"]),
            ("Release", "Queued", ["Hold", "Cancel"]),
            ("Cancel", "Cancelled", ["Retry"]),
            ("Retry", "Queued", ["Hold", "Cancel"]),
        ):
            self.press(button)
            self.expect_state(state)
            self.expect_buttons(*buttons)
        self.expect_no_trouble()

    def test_a_long_job_is_suspended_resumed_and_cancelled(self):
        machine = f"{self.site}/demo/machine"
        self.add_job(machine, "Long job", "echo begun; sleep 600")
        self.assertFalse(self.page.locator(".mwsvm-log").is_visible())
        self.press("Queue")
        self.expect_state("Running")
        self.expect_log("begun")
        menu = self.page.locator("#plone-contentmenu-workflow")
        expect(menu).to_contain_text("Running")
        expect(menu.locator("#workflow-transition-suspend")).to_have_count(1)
        expect(self.page.locator(".mwsvm-log")).to_be_visible()
        expect(self.page.get_by_text("It has not run yet.")).to_have_count(0)
        self.expect_stayed()
        self.press("Suspend")
        self.expect_state("Suspended")
        self.press("Resume")
        self.expect_state("Running")
        self.press("Cancel")
        self.expect_state("Cancelled")
        # The machine is free for the next one.
        self.add_job(machine, "Next job", "echo next")
        self.press("Queue")
        self.expect_state("Finished")
        self.expect_log("next")
        self.expect_no_trouble()


class TestLivePage(BrowserTestCase):
    def test_the_focus_stays_where_it_is_while_the_page_changes(self):
        machine = self.add_machine("Focus machine")
        flag = self.layer["directory"] / "end"
        job = self.add_job(
            machine, "Focus job", f"until [ -e {flag} ]; do sleep 0.2; done"
        )
        self.press("Queue")
        self.page.locator("button[value=cancel]").focus()

        # The machine is started elsewhere, and takes the job.
        other = self.context.new_page()
        other.goto(machine)
        other.locator("button[value=start]").click()
        self.expect_state("Running")
        self.expect_buttons("Suspend", "Cancel")
        self.assertEqual(self.focused(), "cancel")

        # The button goes with the job's end: its place keeps the focus.
        flag.touch()
        self.expect_state("Finished")
        self.expect_buttons("Retry")
        place = "document.activeElement.dataset.live"
        self.assertEqual(self.page.evaluate(place), "buttons")
        self.page.keyboard.press("Tab")
        self.assertEqual(self.focused(), "retry")
        self.assertEqual(self.page.url.removesuffix("/view"), job)
        self.expect_stayed()
        self.expect_no_trouble()

    def test_what_was_done_is_said_until_the_state_changes(self):
        machine = self.add_machine("Message machine")
        job = self.add_job(machine, "Message job", "true")
        self.press("Queue")
        message = self.page.locator(".portalMessage")
        expect(message).to_contain_text("The job has been queued.")

        other = self.context.new_page()
        other.goto(job)
        other.locator("button[value=hold]").click()
        self.expect_state("Held")
        expect(message).to_have_count(0)
        menu = self.page.locator("#plone-contentmenu-workflow")
        expect(menu).to_contain_text("Held")
        self.expect_stayed()
        self.expect_no_trouble()

    def test_no_piece_of_the_log_comes_twice(self):
        flag = self.layer["directory"] / "enough"
        self.add_job(
            f"{self.site}/demo/machine",
            "Talkative job",
            f"until [ -e {flag} ]; do n=$((n + 1)); echo line $n; sleep 0.1; done",
        )
        self.press("Queue")
        self.expect_log("line 1\n")
        for _ in range(5):
            # As if somebody went to another tab and back, again and again.
            self.page.evaluate(
                "for (let n = 0; n < 5; n += 1)"
                " document.dispatchEvent(new Event('visibilitychange'))"
            )
            lines = len(self.log().splitlines())
            self.page.wait_for_function(
                "lines => document.querySelector('.mwsvm-log')"
                ".textContent.split('\\n').length > lines + 5",
                arg=lines,
            )
        flag.touch()
        self.expect_state("Finished")
        lines = self.log().splitlines()
        self.assertEqual(lines, [f"line {n}" for n in range(1, len(lines) + 1)])
        self.expect_no_trouble()

    def test_a_page_whose_login_has_ended_says_that_it_stands_still(self):
        self.page.goto(f"{self.site}/demo/machine")
        live = self.page.locator("[data-mwsvm-live]")
        expect(live).not_to_have_class(re.compile("mwsvm-stale"))
        self.context.clear_cookies()
        expect(live).to_have_class(re.compile("mwsvm-stale"))
        self.expect_title("Demo machine")

    def test_moments_are_in_the_time_of_the_reader(self):
        self.page.goto(f"{self.site}/demo/machine")
        since = self.page.locator("[data-live=facts] time").last
        moment = since.get_attribute("datetime")
        self.assertRegex(moment, r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00\Z")
        shown = self.page.evaluate("text => new Date(text).toLocaleString()", moment)
        expect(since).to_have_text(shown)


class TestPhone(BrowserTestCase):
    width, height = 375, 812

    def test_no_page_is_wider_than_a_phone(self):
        for path in (
            "",
            "@@mwsvm",
            "demo/machine",
            "demo/machine/hello",
            "demo/++add++VirtualMachine",
            "demo/machine/++add++Job",
            "@@mwsvm-controlpanel",
        ):
            self.page.goto(f"{self.site}/{path}")
            width = self.page.evaluate("document.documentElement.scrollWidth")
            self.assertLessEqual(width, self.width, path)
        self.expect_no_trouble()

    def test_no_cell_of_a_table_is_out_of_sight(self):
        for path in ("@@mwsvm", "demo/machine", "demo/machine/hello"):
            self.page.goto(f"{self.site}/{path}")
            cells = self.page.locator(".mwsvm-table td")
            self.assertGreater(cells.count(), 3, path)
            for cell in cells.all():
                box = cell.bounding_box()
                self.assertLessEqual(box["x"] + box["width"], self.width, path)
        self.expect_no_trouble()
