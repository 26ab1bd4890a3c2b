"""Plug-ins are created, modified and deleted (guide 4.15, 6.5)."""

from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from concurrent.futures import ThreadPoolExecutor
from tests.plugin_control.site import ADMIN
from tests.plugin_control.site import appears
import pytest
import threading


STRICT = """
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import InvalidPluginConfigurationException
from datetime import datetime
import os


class StrictPlugin(AbstractPlugin):
    constraints = {
        "pollInterval": {"defaultValue": 45, "min": 10},
        "number": {"type": int, "required": False, "defaultValue": 3, "max": 100},
        "share": {"type": float, "required": False},
        "since": {"type": datetime, "required": False},
        "flag": {"type": bool, "required": False},
        "name": {"blank": False},
    }

    def configure(self):
        if self.config.get("refuse"):
            raise InvalidPluginConfigurationException(["first fault", "second fault"])
        if self.config.get("broken"):
            raise ValueError("configure is broken")
        if self.config.get("deadly"):
            os._exit(4)

    def poll(self):
        pass
"""


@pytest.fixture
def strict(site):
    site.upload(STRICT)

    def strict(id="a", **fields):
        return site.create(id, "Strict", **{"config": {"name": "n"}, **fields})

    return strict


def refused(action, *arguments, error=Invalid, **fields):
    with pytest.raises(error) as caught:
        action(*arguments, **fields)
    return caught.value.messages


class TestCreation:
    def test_what_is_made(self, site, strict):
        made = strict(pollInterval=60, precedence=7, config={"name": "n", "own": [1]})
        assert made.pop("revision") > 0
        assert len(made.pop("package")) == 64
        assert made == {
            "id": "a",
            "pluginType": "Strict",
            "pollInterval": 60,
            "autoStart": True,
            "config": {"name": "n", "own": [1], "number": 3},
            "precedence": 7,
            "state": "STARTED",
            "substate": None,
            "dateCreated": "2012-02-03 04:05:06 UTC",
            "lastUpdated": "2012-02-03 04:05:06 UTC",
            "lastPollDate": None,
            "nextPoll": 1328241906,
            "nextPollDate": "2012-02-03 04:05:06 UTC",
            "pollingUntil": None,
        }
        assert site.events()[-2:] == [("plugincreate", "a"), ("pluginstart", "a")]
        assert site.logged[-1]["initiatedBy"]["user"] == "admin"

    def test_it_is_started_unless_it_shall_not(self, strict):
        assert strict("a", autoStart=False)["state"] == "STOPPED"
        assert strict("b")["state"] == "STARTED"

    @pytest.mark.parametrize(
        "state, started", [("STARTED", "STARTED"), ("STOPPED", "STOPPED")]
    )
    def test_its_state_may_be_said(self, strict, state, started):
        assert strict(autoStart=False, state=state)["state"] == started

    @pytest.mark.parametrize("state", ["PAUSED", "ERRORED"])
    def test_it_begins_in_no_other_state(self, site, strict, state):
        (message,) = refused(strict, state=state)
        assert message == (
            f"The field 'state' can't be '{state}': a new plugin is STOPPED or STARTED"
        )
        assert site.ids() == []

    def test_what_clients_may_not_set_is_ignored(self, strict):
        made = strict(
            substate="x", revision=5, nextPoll=5, package="x", lastPollDate="2012-01-01"
        )
        assert made["substate"] is None
        assert made["nextPoll"] == 1328241906
        assert made["package"] != "x"
        assert made["lastPollDate"] is None

    @pytest.mark.parametrize("id", ["all", "moab", "ALL", "Moab"])
    def test_reserved_ids(self, site, strict, id):
        (message,) = refused(strict, id)
        assert "'id'" in message or "id" in message
        assert "all and moab are reserved" in message
        assert site.ids() == []

    @pytest.mark.parametrize(
        "id", ["", "1a", "-a", "a b", "a/b", "ä", "a" * 129, None, [1]]
    )
    def test_ids_that_are_none(self, site, strict, id):
        assert refused(strict, id)
        assert site.ids() == []

    @pytest.mark.parametrize("id", ["a", "A", "a.b-c_1", "a" * 128])
    def test_ids(self, strict, id):
        assert strict(id)["id"] == id

    @pytest.mark.parametrize("given", [{}, {"id": "a"}, {"pluginType": "Strict"}])
    def test_what_is_required(self, site, strict, given):
        missing = {"id", "pluginType"} - given.keys()
        messages = refused(site.control.instances.create, given, None)
        for name in missing:
            assert any(name in message for message in messages), messages

    @pytest.mark.parametrize("name", ["Nothing", "strict", "StrictPlugin"])
    def test_unknown_types(self, site, strict, name):
        (message,) = refused(site.create, "a", name)
        assert f"The field 'pluginType' can't be '{name}'" in message
        assert "Strict" in message.partition("there are ")[2]
        assert "Native" in message.partition("there are ")[2]

    @pytest.mark.parametrize(
        "fields, name",
        [
            ({"pollInterval": 0}, "pollInterval"),
            ({"pollInterval": "often"}, "pollInterval"),
            ({"pollInterval": 86400 * 366 + 1}, "pollInterval"),
            ({"autoStart": "perhaps"}, "autoStart"),
            ({"precedence": 0}, "precedence"),
            ({"precedence": 2**31}, "precedence"),
            ({"precedence": "first"}, "precedence"),
            ({"state": "RUNNING"}, "state"),
            ({"config": "x"}, "config"),
            ({"config": [1]}, "config"),
        ],
    )
    def test_wrong_fields(self, site, strict, fields, name):
        (message,) = refused(strict, **fields)
        assert name in message
        assert site.ids() == []

    def test_all_wrong_fields_at_once(self, strict):
        messages = refused(strict, "9", pollInterval=0, precedence=0, config=1)
        assert len(messages) == 4

    def test_two_of_one_id(self, site, strict):
        strict()
        assert refused(strict, pollInterval=99, error=Conflict) == [
            "There is a plugin 'a' already",
            "Please choose another id",
        ]
        assert site.get("a")["pollInterval"] == 45

    def test_two_of_one_id_at_once(self, either_site):
        site = either_site
        site.upload(STRICT)
        barrier = threading.Barrier(4)

        def one(number):
            barrier.wait()
            try:
                config = {"name": "n", "own": number}
                return site.create("a", "Strict", config=config)["config"]["own"]
            except Conflict as error:
                return error.messages[0]

        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(one, range(4)))
        (made,) = [answer for answer in found if isinstance(answer, int)]
        assert found.count("There is a plugin 'a' already") == 3
        assert site.get("a")["config"]["own"] == made
        assert site.events().count(("plugincreate", "a")) == 1

    def test_several_at_once_have_numbers_of_their_own(self, either_site):
        site = either_site
        site.upload(STRICT)
        barrier = threading.Barrier(6)

        def one(id):
            barrier.wait()
            return site.create(id, "Strict", config={"name": "n"})["precedence"]

        with ThreadPoolExecutor(6) as threads:
            found = list(threads.map(one, "abcdef"))
        assert sorted(found) == [1, 2, 3, 4, 5, 6]


class TestDefaults:
    def test_of_the_framework(self, site):
        assert site.script("a")["pollInterval"] == 30
        assert site.get("a")["autoStart"] is True

    @pytest.mark.parametrize(
        "given, of_type, of_all, found",
        [
            ({"pollInterval": 11}, {"pollInterval": 12}, {"pollInterval": 13}, 11),
            ({}, {"pollInterval": 12}, {"pollInterval": 13}, 12),
            ({"pollInterval": None}, {"pollInterval": 12}, {"pollInterval": 13}, 12),
            ({}, {}, {"pollInterval": 13}, 13),
            ({}, {}, {}, 45),
        ],
    )
    def test_of_the_interval(self, site, strict, given, of_type, of_all, found):
        site.with_settings(type_defaults={"Strict": of_type}, defaults=of_all)
        assert strict(**given)["pollInterval"] == found

    @pytest.mark.parametrize(
        "given, of_type, of_all, state",
        [
            ({"autoStart": True}, {"autoStart": False}, {}, "STARTED"),
            ({}, {"autoStart": False}, {"autoStart": True}, "STOPPED"),
            ({}, {}, {"autoStart": False}, "STOPPED"),
            ({}, {"autoStart": True}, {"autoStart": False}, "STARTED"),
        ],
    )
    def test_of_auto_start(self, site, strict, given, of_type, of_all, state):
        site.with_settings(type_defaults={"Strict": of_type}, defaults=of_all)
        assert strict(**given)["state"] == state

    def test_of_the_configuration(self, site, strict):
        config = {"number": "8", "name": "default", "extra": "x"}
        site.with_settings(type_defaults={"Strict": {"config": config}})
        made = strict(config={"name": "given"})
        assert made["config"] == {"number": 8, "name": "given", "extra": "x"}
        # Later settings are for later plug-ins.
        site.with_settings(type_defaults={"Strict": {"config": {"number": 9}}})
        assert site.get("a")["config"]["number"] == 8

    def test_of_other_types_do_not_count(self, site, strict):
        site.with_settings(
            type_defaults={"Other": {"pollInterval": 5, "config": {"x": 1}}}
        )
        made = strict()
        assert made["pollInterval"] == 45
        assert "x" not in made["config"]


class TestConfiguration:
    def test_values_are_converted_and_kept_so(self, site, strict):
        given = {
            "name": "n",
            "number": "12",
            "share": "0.5",
            "flag": "true",
            "since": "2012-01-02 03:04:05 UTC",
            "nested": {"list": [1, "2"]},
        }
        config = strict(config=given)["config"]
        assert config == {**given, "number": 12, "share": 0.5, "flag": True}

    def test_a_blank_text_is_a_default(self, strict):
        assert strict(config={"name": "n", "number": ""})["config"]["number"] == 3

    def test_all_messages_at_once(self, site, strict):
        wrong = {"number": 101, "share": "much", "flag": "perhaps", "since": "soon"}
        messages = refused(strict, config=wrong, pollInterval=5)
        for name in ("number", "share", "flag", "since", "name", "pollInterval"):
            assert any(f"'{name}'" in message for message in messages), name
        assert len(messages) == 6
        assert site.ids() == []
        assert site.events() == [("plugintypeupdate", "Strict")]

    def test_configure_is_asked_when_all_else_is_right(self, site, strict):
        assert refused(strict, config={"name": "n", "refuse": 1}) == [
            "first fault",
            "second fault",
        ]
        (message,) = refused(strict, config={"refuse": 1})
        assert "'name'" in message
        assert site.ids() == []

    @pytest.mark.parametrize(
        "name, message",
        [
            ("broken", "configure is broken"),
            ("deadly", "The plug-in's process ended with exit status 4"),
        ],
    )
    def test_a_configure_that_fails(self, site, strict, name, message):
        assert refused(strict, config={"name": "n", name: True}) == [message]
        assert site.ids() == []


class TestPrecedence:
    def test_the_next_one(self, strict):
        assert strict("a")["precedence"] == 1
        assert strict("b", precedence=5)["precedence"] == 5
        assert strict("c")["precedence"] == 6
        assert strict("d", precedence=2)["precedence"] == 2

    def test_a_taken_one(self, site, strict):
        strict("a", precedence=5)
        message = "The precedence 5 is taken by the plugin 'a'"
        assert refused(strict, "b", precedence=5, error=Conflict)[0] == message
        strict("b")
        assert refused(site.modify, "b", precedence=5, error=Conflict)[0] == message
        assert site.get("b")["precedence"] == 6
        # One's own is not taken.
        assert site.modify("a", precedence=5) == ["Plugin a updated"]

    def test_the_list_is_in_its_order(self, site, strict):
        for id, precedence in (("x", 3), ("y", 1), ("z", 2)):
            strict(id, precedence=precedence)
        assert site.ids() == ["y", "z", "x"]
        assert [p["id"] for p in site.control.instances.all("Strict")] == [
            "y",
            "z",
            "x",
        ]
        assert site.control.instances.all("Other") == []

    def test_a_change_changes_what_is_reported(self, site):
        for id in ("a", "b"):
            site.script(id)
            site.run(
                id,
                f"""
                report = NodeReport("n1")
                report.architecture = "of {id}"
                self.nodeRMService.save([report])
                """,
            )
        assert site.documents("nodes")["n1"]["architecture"] == "of a"
        site.modify("a", precedence=9)
        assert site.documents("nodes")["n1"]["architecture"] == "of b"

    def test_null_is_the_next_one(self, site, strict):
        strict("a")
        strict("b")
        site.modify("a", precedence=None)
        assert site.get("a")["precedence"] == 3


class TestModification:
    def test_of_everything(self, site, strict):
        strict(autoStart=False)
        site.clock.now += 10
        fields = {
            "pollInterval": 20,
            "autoStart": True,
            "precedence": 4,
            "config": {"name": "other", "number": "7"},
        }
        assert site.modify("a", **fields) == ["Plugin a updated"]
        found = site.get("a")
        assert found["pollInterval"] == 20
        assert found["autoStart"] is True
        assert found["precedence"] == 4
        assert found["config"] == {"name": "other", "number": 7}
        assert found["lastUpdated"] == "2012-02-03 04:05:16 UTC"
        assert found["dateCreated"] == "2012-02-03 04:05:06 UTC"
        assert found["state"] == "STOPPED"
        assert site.events()[-1] == ("pluginmodify", "a")

    def test_together_with_the_state(self, site, strict):
        strict(autoStart=False)
        assert site.modify("a", state="STARTED", pollInterval=30, autoStart=True) == [
            "Plugin a updated",
            "Started Plugin 'a'",
        ]

    @pytest.mark.parametrize("fields", [{}, {"id": "b"}, {"pluginType": "Other"}])
    def test_of_nothing(self, site, strict, fields):
        strict()
        (message,) = refused(site.control.instances.modify, "a", fields, None)
        assert message == (
            "There is nothing to modify: the fields that can be are autoStart, config, "
            "pollInterval, precedence, state"
        )

    def test_of_what_is_not_there(self, site):
        with pytest.raises(NotFound, match="'a' was not found"):
            site.modify("a", pollInterval=5)

    @pytest.mark.parametrize(
        "fields, count",
        [
            ({"pollInterval": 5, "config": {"number": 101}}, 3),
            ({"config": {"name": "n", "refuse": True}}, 2),
            ({"pollInterval": None}, 1),
            ({"config": None}, 1),
            ({"config": {"name": "n", "since": "soon"}}, 1),
        ],
    )
    def test_that_is_refused(self, site, strict, fields, count):
        strict()
        before = site.get("a")
        assert len(refused(site.modify, "a", **fields)) == count
        assert site.get("a") == before
        assert site.events()[-1] == ("pluginstart", "a")

    def test_while_it_runs(self, site):
        code = "self.tell(f'{self.config.color} {self.count} {self.configured}')"
        site.script("a", poll=code, color="red")
        site.poll("a")
        site.poll("a")
        site.modify("a", config={"poll": code, "color": "blue"})
        assert site.get("a")["state"] == "STARTED"
        site.poll("a")
        # A new object, configured anew, with the new configuration.
        assert [event for event, _ in site.told("a")] == [
            "red 1 True",
            "red 2 True",
            "blue 1 True",
        ]

    def test_a_state_that_is_not_asked_for_is_left_alone(self, site, strict, tmp_path):
        # It fails while the new configuration is looked at: that must not start it.
        began, go = tmp_path / "began", tmp_path / "go"
        wait = f"Path({str(began)!r}).touch(); self.wait_for({str(go)!r})"
        site.script("a")
        with ThreadPoolExecutor(1) as threads:
            modifying = threads.submit(site.modify, "a", config={"configure": wait})
            appears(began)
            site.control.life.fail(site.get("a"), "it broke", ADMIN)
            go.touch()
            assert modifying.result() == ["Plugin a updated"]
        assert site.state("a") == ("ERRORED", "it broke")

    def test_what_was_changed_in_between_is_refused(self, site, tmp_path):
        began, go = tmp_path / "began", tmp_path / "go"
        wait = f"Path({str(began)!r}).touch(); self.wait_for({str(go)!r})"
        site.script("a")
        with ThreadPoolExecutor(1) as threads:
            modifying = threads.submit(site.modify, "a", config={"configure": wait})
            appears(began)
            site.modify("a", pollInterval=99)
            go.touch()
            with pytest.raises(Conflict, match="'a' was changed in between"):
                modifying.result()
        assert site.get("a")["config"] == {}

    @pytest.mark.parametrize("interval, due", [(20, 20), (60, 30)])
    def test_a_shorter_interval_counts_at_once(self, site, interval, due):
        site.script("a")
        start = site.clock.now
        site.poll("a")
        assert site.get("a")["nextPoll"] == start + 30
        site.modify("a", pollInterval=interval)
        assert site.get("a")["nextPoll"] == start + due


class TestDeletion:
    def test_it_is_stopped_and_nothing_is_left(self, either_site, tmp_path):
        site = either_site
        file = tmp_path / "stopped"
        site.script(
            "a", beforeStop=f"Path({str(file)!r}).touch()", afterStart="self.tell(1)"
        )
        site.run(
            "a",
            """
            self.nodeRMService.save([NodeReport("n1")])
            self.virtualMachineRMService.save([VirtualMachineReport("v1")])
            self.jobRMService.save([JobReport("j1")])
            """,
        )
        site.delete("a")
        assert file.exists()
        with pytest.raises(NotFound):
            site.get("a")
        assert site.documents("nodes") == site.documents("vms") == {}
        assert site.reports("a", "job") == []
        assert site.told("a") == []
        assert site.events()[-2:] == [("pluginstop", "a"), ("plugindelete", "a")]
        with pytest.raises(NotFound):
            site.delete("a")

    def test_what_others_report_stays(self, site):
        for id in ("a", "b"):
            site.script(id)
            code = f'self.nodeRMService.save([NodeReport("n1"), NodeReport("{id}1")])'
            site.run(id, code)
            site.run(id, 'self.tell("it")')
        site.delete("a")
        assert sorted(site.documents("nodes")) == ["b1", "n1"]
        assert site.told("b") == [("it", "STARTED")]

    def test_it_may_refuse(self, site):
        site.script("a", beforeStop="raise PluginStopException('not now')")
        assert refused(site.delete, "a", error=Conflict) == [
            "Plugin a could not be deleted",
            "Plugin 'a' could not be stopped",
            "not now",
        ]
        assert site.get("a")["state"] == "STARTED"

    def test_while_it_is_polled(self, either_site, tmp_path):
        site = either_site
        began, go, said = (tmp_path / name for name in ("began", "go", "said"))
        site.script(
            "a",
            poll=f"""
self.nodeRMService.save([NodeReport("early")])
Path({str(began)!r}).touch()
self.wait_for({str(go)!r})
calls = [
    lambda: self.nodeRMService.save([NodeReport("late")]),
    lambda: self.nodeRMService.update([NodeReport("late")]),
    lambda: self.virtualMachineRMService.save([VirtualMachineReport("late")]),
    lambda: self.jobRMService.save([JobReport("late")]),
    lambda: self.pluginDatastoreService.addData("c", {{"a": 1}}),
    lambda: self.setConfig({{}}),
]
refused = 0
for call in calls:
    try:
        call()
    except InvalidPluginException as error:
        refused += "'a' was not found" in error.message
Path({str(said)!r}).write_text(str(refused))
""",
        )
        with ThreadPoolExecutor(1) as threads:
            polling = threads.submit(site.control.polls.poll_due, "a")
            appears(began)
            site.delete("a")
            go.touch()
            assert polling.result() is True
        assert said.read_text() == "6"
        assert site.ids() == []
        assert site.documents("nodes") == site.documents("vms") == {}
        assert site.reports("a", "job") == []
        assert site.datastore("a", "c") is None

    def test_data_that_comes_while_it_is_deleted(self, either_site):
        site = either_site
        site.script("a")
        context = site.control.context
        services = site.control.life._services

        def add():
            call = ("a", "pluginDatastoreService", "addData", ["c", {"x": 1}])
            return services.call(*call, ask=None)

        with ThreadPoolExecutor(1) as threads:
            with context.database.transaction() as connection:
                context.plugins(connection).remove("a")
                adding = threads.submit(add)
                # It waits for us, or is done already.
                threading.Event().wait(0.2)
            with pytest.raises(Exception, match="'a' was not found"):
                adding.result()
        assert site.datastore("a", "c") is None

    def test_another_of_its_id_begins_anew(self, site):
        # Its former object may still be in a process.
        for _ in range(2):
            site.script("a", poll="self.tell(f'{self.count}')")
            site.poll("a")
            assert site.told("a") == [("1", "STARTED")]
            site.delete("a")


class TestConfigure:
    def test_what_is_wrong_now(self, site, strict):
        strict()
        site.control.instances.configure("a")
        site.control.instances.set_config("a", {"number": 101}, ADMIN)
        assert len(refused(site.control.instances.configure, "a")) == 2
        assert site.get("a")["state"] == "STARTED"

    def test_of_what_is_not_there(self, site):
        with pytest.raises(NotFound):
            site.control.instances.configure("a")
