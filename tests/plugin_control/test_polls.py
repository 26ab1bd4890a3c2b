"""When plug-ins are polled, and what becomes of polls that fail (guide 6.2.12)."""

from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.plugin_control.hosts import Hosts
from concurrent.futures import ThreadPoolExecutor
from tests.plugin_control.site import ADMIN
from tests.plugin_control.site import appears
from tests.plugin_control.site import NOW
from tests.plugin_control.site import Site
import contextlib
import pytest


COUNT = "self.tell('poll')"


@pytest.fixture
def waiting(site, tmp_path):
    """A plug-in whose poll is under way until it is let go."""
    began, go = tmp_path / "began", tmp_path / "go"

    @contextlib.contextmanager
    def waiting(id="a", poll=None, after="", **events):
        code = f"Path({str(began)!r}).touch(); self.wait_for({str(go)!r})\n{after}"
        site.script(id, poll=code, **events)
        with ThreadPoolExecutor(1) as threads:
            polling = threads.submit(site.control.polls.poll_due, id)
            appears(began)
            try:
                yield polling
            finally:
                go.touch()

    return waiting


class TestPlan:
    def test_a_started_one_is_due_at_once(self, site):
        site.script("a", poll=COUNT)
        assert site.control.polls.due() == ["a"]
        assert site.poll_due() == ["a"]
        found = site.get("a")
        assert found["nextPoll"] == NOW + 30
        assert found["nextPollDate"] == "2012-02-03 04:05:36 UTC"
        assert found["lastPollDate"] == "2012-02-03 04:05:06 UTC"
        assert found["pollingUntil"] is None
        assert site.poll_due() == []
        assert site.told("a") == [("poll", "STARTED")]

    def test_not_before_its_time(self, site):
        site.script("a", poll=COUNT)
        site.poll_due()
        site.clock.now += 29.9
        assert site.control.polls.due() == []
        assert site.control.polls.poll_due("a") is False
        site.clock.now += 0.1
        assert site.poll_due() == ["a"]

    @pytest.mark.parametrize(
        "late, following",
        [(0, 60), (0.5, 60), (29, 60), (30, 90), (31, 90), (299, 330), (3600, 3660)],
    )
    def test_polls_stay_in_step_and_missed_ones_are_not_made_up(
        self, site, late, following
    ):
        site.script("a", poll=COUNT)
        site.poll_due()
        site.clock.now = NOW + 30 + late
        assert site.poll_due() == ["a"]
        assert site.get("a")["nextPoll"] == NOW + following
        assert site.poll_due() == []
        assert len(site.told("a")) == 2

    def test_the_longest_overdue_goes_first(self, site):
        for id in ("b", "a", "c"):
            site.script(id)
            site.clock.now += 1
        assert site.control.polls.due() == ["b", "a", "c"]

    @pytest.mark.parametrize("name", ["pause", "stop", "fail"])
    def test_others_are_not_polled(self, site, name):
        site.script("a", poll=COUNT)
        if name == "fail":
            site.control.life.fail(site.get("a"), "it broke", ADMIN)
        else:
            site.control.life.act(name, "a", ADMIN)
        assert site.get("a")["nextPoll"] is None
        assert site.get("a")["nextPollDate"] is None
        assert site.control.polls.due() == []
        assert site.control.polls.poll_due("a") is False
        assert site.told("a") == []

    def test_a_resumed_one_is(self, site):
        site.script("a", poll=COUNT)
        site.control.life.pause("a", ADMIN)
        site.control.life.resume("a", ADMIN)
        assert site.poll_due() == ["a"]

    def test_what_was_deleted_meanwhile(self, site):
        site.script("a")
        due = site.control.polls.due()
        site.delete("a")
        assert [site.control.polls.poll_due(id) for id in due] == [False]

    def test_what_was_stopped_meanwhile(self, site):
        site.script("a", poll=COUNT)
        due = site.control.polls.due()
        site.stop("a")
        assert [site.control.polls.poll_due(id) for id in due] == [False]

    def test_one_poll_at_a_time(self, site, waiting):
        with waiting(after=COUNT) as polling:
            site.modify("a", pollInterval=10)
            site.clock.now += 9
            assert site.control.polls.poll_due("a") is False
            site.clock.now += 1
            assert site.control.polls.due() == ["a"]
            assert site.control.polls.poll_due("a") is False
        assert polling.result() is True
        # It is due since then, and not claimed any more.
        assert site.poll_due() == ["a"]

    def test_of_several_workers_one_polls(self, either_site):
        site = either_site
        site.script("a", poll=COUNT)
        with ThreadPoolExecutor(6) as threads:
            polled = list(threads.map(site.control.polls.poll_due, ["a"] * 6))
        assert sorted(polled) == [False] * 5 + [True]
        assert site.told("a") == [("poll", "STARTED")]

    def test_the_object_stays(self, site):
        site.script("a", poll="self.tell(f'{self.count}')")
        for _ in range(3):
            assert site.poll_due() == ["a"]
            site.clock.now += 30
        assert [event for event, _ in site.told("a")] == ["1", "2", "3"]


class TestForced:
    def test_it_is_polled_now(self, site):
        site.script("a", poll=COUNT)
        site.poll_due()
        site.clock.now += 10
        site.poll("a")
        assert len(site.told("a")) == 2
        assert site.get("a")["nextPoll"] == NOW + 40
        assert site.get("a")["lastPollDate"] == "2012-02-03 04:05:16 UTC"

    def test_of_a_paused_one(self, site):
        site.script("a", poll=COUNT)
        site.control.life.pause("a", ADMIN)
        site.poll("a")
        assert site.told("a") == [("poll", "PAUSED")]
        assert site.get("a")["state"] == "PAUSED"
        assert site.get("a")["nextPoll"] is None
        assert site.get("a")["lastPollDate"] == "2012-02-03 04:05:06 UTC"

    def test_of_a_stopped_one(self, site):
        site.script("a", autoStart=False, poll=COUNT)
        with pytest.raises(Conflict, match="'a' is STOPPED and can't be polled"):
            site.poll("a")
        assert site.told("a") == []

    def test_of_an_errored_one(self, site):
        site.script("a", poll=COUNT)
        site.control.life.fail(site.get("a"), "it broke", ADMIN)
        with pytest.raises(Conflict, match="'a' is ERRORED and can't be polled"):
            site.poll("a")

    def test_while_it_is_polled(self, site, waiting):
        busy = pytest.raises(Conflict, match="'a' is being polled just now")
        with waiting() as polling, busy:
            site.poll("a")
        assert polling.result() is True
        site.poll("a")

    def test_of_a_type_without_poll(self, site):
        site.upload("""
            from collective.mwsvm.plugins import AbstractPlugin

            class QuietPlugin(AbstractPlugin):
                pass
        """)
        site.create("a", "Quiet")
        with pytest.raises(Invalid, match="'a' can't be polled: its type Quiet has no"):
            site.poll("a")

    def test_of_nobody(self, site):
        with pytest.raises(NotFound):
            site.poll("nobody")

    def test_that_fails(self, site):
        site.script("a", poll="raise ValueError('no answer')")
        with pytest.raises(Invalid) as caught:
            site.poll("a")
        assert caught.value.messages == [
            "The poll of Plugin 'a' has failed",
            "no answer",
        ]
        assert site.state("a") == ("ERRORED", "no answer")
        assert site.logged[-1]["initiatedBy"]["user"] == "admin"


class TestFailures:
    @pytest.mark.parametrize(
        "code, sentence",
        [
            ("raise ValueError('no answer')", "no answer"),
            ("raise KeyError('x')", "KeyError: 'x'"),
            ("raise PluginException(['one', 'two'])", "one two"),
            ("raise SystemExit('bye')", "SystemExit: bye"),
            ("1/0", "division by zero"),
            (
                "time.sleep(60)",
                "The plug-in did not answer within 0.5 seconds and was ended",
            ),
            ("while True: pass", "did not answer within 0.5 seconds and was ended"),
            ("os._exit(5)", "The plug-in's process ended with exit status 5"),
            ("os.kill(os.getpid(), 9)", "The plug-in's process was killed (SIGKILL)"),
            (
                "x = bytearray(2**31)",
                "The plug-in needs more memory than its process may",
            ),
        ],
    )
    def test_it_is_errored_and_others_go_on(self, site, code, sentence):
        site.with_settings(poll_deadline=0.5, memory=512)
        site.script("a", poll=code)
        site.script("b", poll=COUNT)
        # Its process is there, and the code loaded.
        site.run("a", "pass")
        assert site.poll_due() == ["a", "b"]
        state, substate = site.state("a")
        assert state == "ERRORED"
        assert sentence in substate
        assert site.events()[-1] == ("pluginerror", "a")
        assert site.logged[-1]["errorMessage"] == {"message": substate}
        assert site.logged[-1]["initiatedBy"]["user"] == "worker"
        assert site.get("a")["nextPoll"] is None
        assert site.get("a")["pollingUntil"] is None
        assert site.told("b") == [("poll", "STARTED")]
        site.clock.now += 30
        assert site.poll_due() == ["b"]
        # And it may be tried again.
        site.start("a")
        assert site.state("a") == ("STARTED", None)

    def test_what_was_done_before_stays(self, site):
        site.script("a", poll="self.nodeRMService.save([NodeReport('n1')])\n1/0")
        site.poll_due()
        assert list(site.documents("nodes")) == ["n1"]

    def test_after_it_was_stopped(self, site, waiting):
        with waiting(after="1/0") as polling:
            site.stop("a")
        polling.result()
        assert site.state("a") == ("STOPPED", None)

    def test_after_it_was_changed(self, site, waiting):
        with waiting(after="1/0") as polling:
            site.modify("a", config={})
        polling.result()
        assert site.state("a") == ("STARTED", None)

    def test_no_process_is_free(self, tmp_path):
        # What hangs is its own fault, and not of those that wait for it.
        began = tmp_path / "began"
        with contextlib.closing(Hosts(limit=1)) as hosts:
            site = Site(tmp_path, hosts)
            site.script("a", poll=f"Path({str(began)!r}).touch(); time.sleep(60)")
            site.script("b", poll=COUNT)
            quick = Site(tmp_path, hosts).with_settings(poll_deadline=0.2)
            site.with_settings(poll_deadline=2)
            with ThreadPoolExecutor(1) as threads:
                polling = threads.submit(site.control.polls.poll_due, "a")
                appears(began)
                assert quick.polls.poll_due("b") is True
                polling.result()
            assert site.get("a")["state"] == "ERRORED"
            assert site.state("b") == ("STARTED", None)
            assert site.told("b") == []
            site.clock.now += 30
            assert site.poll_due() == ["b"]
            assert site.told("b") == [("poll", "STARTED")]
            site.database.close()


class TestKilledWorker:
    def test_its_claim_runs_out(self, site, tmp_path, hosts, uploaded):
        site.script("a", poll=COUNT)
        # What a worker does first of all; then it is killed.
        assert site.control.polls._claim("a", asked=False) is not None
        other = Site(tmp_path, hosts, folder=uploaded)
        # The deadline, and some time to tidy up.
        until = NOW + site.settings.poll_deadline + 10
        assert site.get("a")["pollingUntil"] == until
        other.clock.now = until - 0.1
        assert other.poll_due() == []
        with pytest.raises(Conflict, match="being polled just now"):
            other.poll("a")
        other.clock.now = until
        assert other.poll_due() == ["a"]
        assert other.told("a") == [("poll", "STARTED")]
        assert other.get("a")["nextPoll"] == NOW + 60
        other.database.close()

    def test_a_short_interval_does_not_shorten_it(
        self, site, tmp_path, hosts, uploaded
    ):
        site.script("a", poll=COUNT)
        site.modify("a", pollInterval=1)
        site.control.polls._claim("a", asked=False)
        other = Site(tmp_path, hosts, folder=uploaded)
        until = site.get("a")["pollingUntil"]
        other.clock.now = until - 0.1
        assert other.control.polls.due() == ["a"]
        assert other.poll_due() == []
        other.clock.now = until
        assert other.poll_due() == ["a"]
        assert other.told("a") == [("poll", "STARTED")]
        other.database.close()

    def test_a_late_end_does_not_end_anothers(self, site):
        site.script("a")
        first = site.control.polls._claim("a", asked=False)
        site.clock.now = first["pollingUntil"]
        second = site.control.polls._claim("a", asked=False)
        site.control.polls._over(first)
        assert site.get("a")["pollingUntil"] == second["pollingUntil"]
        site.control.polls._over(second)
        assert site.get("a")["pollingUntil"] is None
