"""Plug-ins that are there from the beginning, and the start of the server (6.2.16.1)."""

from collective.mwsvm.plugin_control.initial import create_initial
from tests.plugin_control.site import ADMIN
from tests.plugin_control.site import SCRIPT
import pytest


def project(initial):
    return {
        "scripts.py": SCRIPT,
        "project.py": f"""
class ExampleProject:
    def initialPlugins(self, appConfig, suite):
        return {initial}
""",
    }


@pytest.fixture
def create(site):
    site.upload(SCRIPT)

    def create(**initial):
        create_initial(site.control.instances, initial, ADMIN)

    return create


def test_they_are_created_and_started(site, create):
    create(
        one={"pluginType": "Script", "pollInterval": 7, "config": {"x": 1}},
        two={"pluginType": "Script", "autoStart": False, "precedence": 9},
    )
    one, two = site.get("one"), site.get("two")
    assert (one["pollInterval"], one["config"], one["state"]) == (
        7,
        {"x": 1},
        "STARTED",
    )
    assert (two["precedence"], two["state"]) == (9, "STOPPED")


def test_those_that_are_there_stay_as_they_are(site, create):
    create(one={"pluginType": "Script", "config": {"x": 1}})
    site.modify("one", config={"x": 2}, state="STOPPED")
    before, events = site.get("one"), len(site.logged)
    create(one={"pluginType": "Script", "config": {"x": 3}})
    assert site.get("one") == before
    assert len(site.logged) == events


@pytest.mark.parametrize(
    "wrong",
    [
        {"pluginType": "Nothing"},
        {"pluginType": "Script", "pollInterval": 0},
        {"pluginType": "Script", "precedence": 1},
        {"pluginType": "Script", "config": {"configure": "raise ValueError('x')"}},
        {"pluginType": "Script", "config": {"configure": "os._exit(1)"}},
    ],
)
def test_one_that_is_wrong_does_not_keep_the_others(site, create, caplog, wrong):
    create(
        one={"pluginType": "Script"},
        two=wrong,
        moab={"pluginType": "Script"},
        three={"pluginType": "Script"},
    )
    assert site.ids() == ["one", "three"]
    assert "the initial plug-in two is not created: " in caplog.text
    assert "the initial plug-in moab is not created: " in caplog.text


def test_one_that_does_not_start_is_errored(site, create):
    create(
        one={
            "pluginType": "Script",
            "config": {"beforeStart": "raise ValueError('x')"},
        },
        two={"pluginType": "Script"},
    )
    assert site.state("one") == ("ERRORED", "x")
    assert site.state("two") == ("STARTED", None)


class TestServer:
    def test_initial_ones_are_created_once(self, site):
        initial = '{"one": {"pluginType": "Script", "config": {"suite": suite.name}}}'
        site.with_settings(suite="HPC")
        site.archive(project(initial))
        assert site.get("one")["config"] == {"suite": "HPC"}
        assert site.control.types.initial_plugins().keys() >= {"one"}
        site.delete("one")
        site.control.start_with_server()
        assert site.get("one")["state"] == "STARTED"
        site.modify("one", pollInterval=99)
        site.control.start_with_server()
        assert site.get("one")["pollInterval"] == 99
        assert site.logged[-1]["eventCategory"] == "modify"

    def test_those_that_start_with_it(self, site):
        for id, auto, state in (
            ("a", True, "STOPPED"),
            ("b", False, "STOPPED"),
            ("c", True, "PAUSED"),
            ("d", True, "ERRORED"),
            ("e", False, "ERRORED"),
            ("f", False, "STARTED"),
        ):
            site.script(id)
            if state == "ERRORED":
                site.control.life.fail(site.get(id), "it broke", ADMIN)
            else:
                site.modify(id, state=state)
            site.modify(id, autoStart=auto)
        site.logged.clear()
        site.control.start_with_server()
        states = {id: site.get(id)["state"] for id in site.ids()}
        assert states == {
            "a": "STARTED",
            "b": "STOPPED",
            "c": "PAUSED",
            "d": "STARTED",
            "e": "ERRORED",
            "f": "STARTED",
        }
        assert site.events() == [("pluginstart", "a"), ("pluginstart", "d")]
        assert site.logged[0]["initiatedBy"]["user"] == "server"

    def test_one_that_can_not_start_does_not_keep_the_others(self, site, tmp_path):
        file = tmp_path / "broken"
        code = f"if Path({str(file)!r}).exists(): os._exit(1)"
        for id, events in (("a", {"beforeStart": code}), ("b", {})):
            site.script(id, **events)
            site.stop(id)
        file.touch()
        site.control.start_with_server()
        assert site.get("a")["state"] == "ERRORED"
        assert site.get("b")["state"] == "STARTED"

    def test_one_that_is_changed_meanwhile_does_not_keep_the_others(self, site):
        for id in ("a", "b"):
            site.script(id)
            site.stop(id)
        life = site.control.life
        renew = life._renew

        def changed(plugin):
            found = renew(plugin)
            if plugin["id"] == "a":
                site.modify("a", pollInterval=99)
            return found

        life._renew = changed
        site.control.start_with_server()
        assert site.get("a")["state"] == "STOPPED"
        assert site.get("b")["state"] == "STARTED"
