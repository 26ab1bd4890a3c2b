"""States and moves of plug-ins, and the events that belong to them (guide 6.1.2, 6.5.6)."""

from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from concurrent.futures import ThreadPoolExecutor
from tests.plugin_control.site import ADMIN
from tests.plugin_control.site import appears
import pytest


EVENTS = ("beforeStart", "afterStart", "beforeStop", "afterStop", "poll")
TELLING = {event: f"self.tell({event!r})" for event in EVENTS}

STOPPED, STARTED, PAUSED, ERRORED = "STOPPED", "STARTED", "PAUSED", "ERRORED"


@pytest.fixture
def at(site):
    """Makes a plug-in in a state."""

    def at(state, id="a", **events):
        site.script(id, autoStart=False, **{**TELLING, **events})
        if state in (STARTED, PAUSED):
            site.start(id)
        if state == PAUSED:
            site.control.life.pause(id, ADMIN)
        if state == ERRORED:
            site.control.life.fail(site.get(id), "it broke", ADMIN)
        site.logged.clear()
        return len(site.told(id))

    return at


MOVES = [
    (STOPPED, "start", STARTED, "start", ["beforeStart STOPPED", "afterStart STARTED"]),
    (STARTED, "pause", PAUSED, "pause", []),
    (PAUSED, "resume", STARTED, "resume", []),
    (PAUSED, "start", STARTED, "resume", []),
    (STARTED, "stop", STOPPED, "stop", ["beforeStop STARTED", "afterStop STOPPED"]),
    (PAUSED, "stop", STOPPED, "stop", ["beforeStop PAUSED", "afterStop STOPPED"]),
    (ERRORED, "clear", STOPPED, "clear", []),
    (ERRORED, "stop", STOPPED, "clear", []),
    (ERRORED, "start", STARTED, "start", ["beforeStart ERRORED", "afterStart STARTED"]),
]


@pytest.mark.parametrize("state, name, after, event, told", MOVES)
def test_moves_bring_their_events_in_order(site, at, state, name, after, event, told):
    before = at(state)
    site.control.life.act(name, "a", ADMIN)
    assert site.state("a") == (after, None)
    assert [" ".join(found) for found in site.told("a")[before:]] == told
    assert site.events() == [(f"plugin{event}", "a")]
    assert site.logged[0]["status"] == "success"


SAID = {
    (STOPPED, STARTED): "Started Plugin 'a'",
    (STARTED, PAUSED): "Paused Plugin 'a'",
    (PAUSED, STARTED): "Resumed Plugin 'a'",
    (STARTED, STOPPED): "Stopped Plugin 'a'",
    (PAUSED, STOPPED): "Stopped Plugin 'a'",
    (ERRORED, STOPPED): "Cleared the error of Plugin 'a'",
    (ERRORED, STARTED): "Started Plugin 'a'",
}


@pytest.mark.parametrize("states, said", SAID.items())
def test_a_modified_state_is_a_move(site, at, states, said):
    before, wanted = states
    at(before)
    assert site.modify("a", state=wanted) == ["Plugin a updated", said]
    assert site.get("a")["state"] == wanted


REFUSED = [
    (STOPPED, PAUSED, "start"),
    (STOPPED, ERRORED, "start"),
    (STARTED, ERRORED, "pause, stop"),
    (PAUSED, ERRORED, "resume, stop"),
    (ERRORED, PAUSED, "start, clear"),
]


@pytest.mark.parametrize("state, wanted, known", REFUSED)
def test_other_states_can_not_be_wished_for(site, at, state, wanted, known):
    at(state)
    message = (
        f"The plugin 'a' is {state} and can't become {wanted}; what can be done is "
        f"{known}"
    )
    with pytest.raises(Conflict) as caught:
        site.modify("a", state=wanted, pollInterval=77)
    assert caught.value.messages == [message]
    assert site.get("a")["state"] == state
    # Nor is anything else of it done.
    assert site.get("a")["pollInterval"] == 30
    assert site.events() == []


@pytest.mark.parametrize(
    "state, name, message",
    [
        (STOPPED, "pause", "is STOPPED and can't be paused; what can be done is start"),
        (
            STOPPED,
            "resume",
            "is STOPPED and can't be resumed; what can be done is start",
        ),
        (
            ERRORED,
            "pause",
            "ERRORED and can't be paused; what can be done is start, clear",
        ),
        (
            ERRORED,
            "resume",
            "ERRORED and can't be resumed; what can be done is start, c",
        ),
    ],
)
def test_moves_from_other_states_are_refused(site, at, state, name, message):
    at(state)
    with pytest.raises(Conflict, match=message):
        site.control.life.act(name, "a", ADMIN)
    assert site.get("a")["state"] == state
    assert site.events() == []


@pytest.mark.parametrize(
    "state, name",
    [
        (STOPPED, "stop"),
        (STOPPED, "clear"),
        (STARTED, "start"),
        (STARTED, "resume"),
        (PAUSED, "pause"),
    ],
)
def test_where_it_is_nothing_happens(site, at, state, name):
    before = at(state)
    site.control.life.act(name, "a", ADMIN)
    assert site.get("a")["state"] == state
    assert len(site.told("a")) == before
    assert site.events() == []


@pytest.mark.parametrize("name", ["start", "stop", "clear", "pause", "resume"])
def test_what_is_not_there_can_not_be_moved(site, name):
    with pytest.raises(NotFound, match="The resource with id 'nobody' was not found"):
        site.control.life.act(name, "nobody", ADMIN)


class TestFailures:
    @pytest.mark.parametrize("event", ["beforeStart", "afterStart"])
    def test_of_start_events(self, site, at, event):
        at(STOPPED, **{event: "raise ValueError('no power')"})
        with pytest.raises(Invalid) as caught:
            site.start("a")
        assert caught.value.messages == ["Plugin 'a' could not be started", "no power"]
        assert site.state("a") == (ERRORED, "no power")
        assert site.get("a")["nextPoll"] is None
        assert site.events()[-1] == ("pluginerror", "a")
        assert site.logged[-1]["status"] == "failure"
        assert site.logged[-1]["errorMessage"] == {"message": "no power"}

    def test_of_configure(self, site, tmp_path):
        # Valid when it is created; not any more when it is started.
        code = f"if Path({str(tmp_path / 'no')!r}).exists(): raise "
        code += "InvalidPluginConfigurationException(['first fault', 'second fault'])"
        site.script("a", autoStart=False, configure=code, beforeStart="self.tell('b')")
        (tmp_path / "no").touch()
        with pytest.raises(Invalid, match="first fault second fault"):
            site.start("a")
        assert site.state("a") == (ERRORED, "first fault second fault")
        assert site.told("a") == []

    def test_a_created_one_is_there_and_errored(self, site):
        made = site.script("a", beforeStart="raise ValueError('no power')")
        assert (made["state"], made["substate"]) == (ERRORED, "no power")
        assert site.events()[-2:] == [("plugincreate", "a"), ("pluginerror", "a")]

    @pytest.mark.parametrize(
        "code, sentence",
        [
            ("os._exit(3)", "The plug-in's process ended with exit status 3"),
            (
                "time.sleep(60)",
                "The plug-in did not answer within 1 second and was ended",
            ),
            ("raise SystemExit(2)", "SystemExit: 2"),
        ],
    )
    def test_that_are_worse(self, site, at, code, sentence):
        at(STOPPED, beforeStart=code)
        site.with_settings(call_deadline=1)
        with pytest.raises(Invalid):
            site.start("a")
        assert site.state("a") == (ERRORED, sentence)

    def test_the_next_start_clears_them(self, site, at):
        at(ERRORED)
        site.start("a")
        assert site.state("a") == (STARTED, None)

    def test_a_type_that_is_gone(self, site, at):
        at(STOPPED)
        with site.control.context.database.transaction() as connection:
            plugins = site.control.context.plugins(connection)
            plugins.replace({**plugins.get("a"), "pluginType": "Gone", "package": ""})
        with pytest.raises(Invalid, match="'Gone' of the plugin 'a' is not installed"):
            site.start("a")
        assert site.get("a")["state"] == ERRORED
        site.stop("a")
        site.delete("a")
        assert site.ids() == []

    def test_a_failure_of_what_was_changed_meanwhile_is_not_its_own(self, site, at):
        at(STARTED)
        old = site.get("a")
        site.modify("a", config={})
        site.control.life.fail(old, "too late", ADMIN)
        assert site.state("a") == (STARTED, None)

    def test_a_failure_of_what_was_stopped_meanwhile_is_over(self, site, at):
        at(STARTED)
        old = site.get("a")
        site.stop("a")
        site.control.life.fail(old, "too late", ADMIN)
        assert site.state("a") == (STOPPED, None)

    def test_a_failure_of_what_was_paused_meanwhile_counts(self, site, at):
        at(STARTED)
        old = site.get("a")
        site.control.life.pause("a", ADMIN)
        site.control.life.fail(old, "it broke", ADMIN)
        assert site.state("a") == (ERRORED, "it broke")

    def test_a_failure_of_what_is_gone(self, site, at):
        at(STARTED)
        old = site.get("a")
        site.delete("a")
        site.logged.clear()
        site.control.life.fail(old, "too late", ADMIN)
        assert site.events() == []


class TestStop:
    def test_a_plugin_may_refuse(self, site, at):
        before = at(STARTED, beforeStop="raise PluginStopException('not now')")
        with pytest.raises(Conflict) as caught:
            site.stop("a")
        assert caught.value.messages == ["Plugin 'a' could not be stopped", "not now"]
        assert site.get("a")["state"] == STARTED
        assert len(site.told("a")) == before
        assert site.events() == []

    @pytest.mark.parametrize("event", ["beforeStop", "afterStop"])
    @pytest.mark.parametrize("code", ["raise ValueError('broken')", "os._exit(1)"])
    def test_other_errors_do_not_keep_it(self, site, at, event, code, caplog):
        at(STARTED, **{event: code})
        site.stop("a")
        assert site.state("a") == (STOPPED, None)
        assert site.events() == [("pluginstop", "a")]
        assert f"plug-in a: {event}: " in caplog.text

    def test_a_plugin_that_stops_itself(self, site):
        # Its beforeStop is called on the very object whose poll is at work.
        site.script(
            "a",
            poll="self.mine = 'of the poll'\nself.pluginControlService.stop(self.id)\n"
            "self.tell('after')",
            beforeStop="self.tell(self.mine)",
            afterStop="self.tell('afterStop ' + self.mine)",
        )
        site.poll("a")
        assert site.state("a") == (STOPPED, None)
        assert site.told("a") == [
            ("of the poll", "STARTED"),
            ("afterStop of the poll", "STOPPED"),
            ("after", "STOPPED"),
        ]
        assert site.logged[-1]["initiatedBy"]["user"] == "plugin a"

    def test_a_plugin_that_refuses_to_stop_itself(self, site):
        site.script(
            "a",
            poll="""
try:
    self.stop()
except PluginStopException as error:
    self.pluginDatastoreService.addData("said", {"messages": error.messages})
""",
            beforeStop="raise PluginStopException('not now')",
        )
        site.poll("a")
        assert site.datastore("a", "said") == [
            {"messages": ["Plugin 'a' could not be stopped", "not now"]}
        ]
        assert site.get("a")["state"] == STARTED

    def test_stopped_twice_at_once(self, site, at, tmp_path):
        began, go = tmp_path / "began", tmp_path / "go"
        wait = f"Path({str(began)!r}).touch(); self.wait_for({str(go)!r})"
        at(STARTED, beforeStop=wait)
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(site.stop, "a")
            appears(began)
            second = threads.submit(site.stop, "a")
            go.touch()
            first.result()
            second.result()
        assert site.get("a")["state"] == STOPPED
        assert site.events() == [("pluginstop", "a")]


class TestStart:
    def test_a_stopped_one_may_start_itself(self, site):
        site.script("a", autoStart=False)
        site.run("a", "self.start()")
        assert site.get("a")["state"] == STARTED

    def test_it_begins_as_a_new_object(self, site):
        site.script("a", poll="self.tell(str(self.count))")
        for _ in range(2):
            site.poll("a")
            site.poll("a")
            site.stop("a")
            site.start("a")
        assert [event for event, _ in site.told("a")] == ["1", "2", "1", "2"]

    def test_what_is_changed_in_between_is_refused(self, site, at, tmp_path):
        began, go = tmp_path / "began", tmp_path / "go"
        wait = f"Path({str(began)!r}).touch(); self.wait_for({str(go)!r})"
        at(STOPPED, beforeStart=wait)
        with ThreadPoolExecutor(1) as threads:
            starting = threads.submit(site.start, "a")
            appears(began)
            site.modify("a", config={})
            go.touch()
            with pytest.raises(Conflict, match="'a' was changed in between"):
                starting.result()
        assert site.get("a")["state"] == STOPPED

    def test_trying_it_raises_nothing(self, site, at, tmp_path):
        began, go = tmp_path / "began", tmp_path / "go"
        wait = f"Path({str(began)!r}).touch(); self.wait_for({str(go)!r})"
        at(STOPPED, beforeStart=wait)
        with ThreadPoolExecutor(1) as threads:
            starting = threads.submit(site.control.life.try_start, "a", ADMIN)
            appears(began)
            site.delete("a")
            go.touch()
            assert starting.result() is False
        assert site.control.life.try_start("nobody", ADMIN) is False

    def test_no_poll_no_plan(self, site):
        site.upload("""
            from collective.mwsvm.plugins import AbstractPlugin

            class QuietPlugin(AbstractPlugin):
                pass
        """)
        assert site.create("a", "Quiet")["nextPoll"] is None
        assert site.control.polls.due() == []
