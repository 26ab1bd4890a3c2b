"""The plug-in types that there are."""

from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.plugin_control.catalogue import Catalogue
from collective.mwsvm.plugin_control.catalogue import INSTALLED
from collective.mwsvm.plugin_control.catalogue import PluginType
from collective.mwsvm.plugin_control.errors import PluginFailed
from tests.plugin_control.site import SCRIPT
import pytest


def described(*ids, problems=(), initial=None):
    types = [
        {
            "id": id,
            "pollMethod": id == "Polled",
            "events": ["poll"] if id == "Polled" else [],
            "webServices": [],
            "initialPlugins": initial or {},
        }
        for id in ids
    ]
    return {"project": None, "types": types, "problems": list(problems)}


@pytest.fixture
def catalogue(site):
    """A catalogue whose hosts are asked in vain, or say what they are told to."""

    def catalogue(*answers):
        asked, left = [], list(answers)

        def describe(source):
            asked.append(source)
            answer = left.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        made = Catalogue(site.database, site.settings, describe, {})
        return made, asked

    return catalogue


def test_installed_and_uploaded_ones(site):
    site.upload(SCRIPT)
    types = site.control.types
    found = {plugin_type.id: plugin_type for plugin_type in types.all()}
    assert list(found) == sorted(found)
    bundled = {"Native", "NodeUtilizationReport", "VMUtilizationReport"}
    assert found.keys() >= {*bundled, "Script"}
    assert found["Native"].source == INSTALLED
    assert found["Native"].digest == ""
    assert found["Script"].digest == found["Script"].package.digest
    assert found["Script"].has_event("beforeStart")
    assert not found["Script"].has_event("jobCancel")
    assert types.get("Script") == found["Script"]


def test_one_that_is_not_there(site):
    for digest in (None, "", "0" * 64):
        with pytest.raises(NotFound, match="'Nothing' was not found"):
            site.control.types.get("Nothing", digest)


def test_old_versions_are_found_by_their_digests(site):
    site.upload(SCRIPT)
    old = site.control.types.get("Script")
    site.script("a")
    site.upload(SCRIPT.replace("count = 0", "count = 5"), reload=False)
    new = site.control.types.get("Script")
    assert new.digest != old.digest
    assert site.control.types.get("Script", old.digest).digest == old.digest
    # One that is gone altogether is the present one.
    assert site.control.types.get("Script", "0" * 64).digest == new.digest


def test_descriptions_are_made_once(catalogue):
    types, asked = catalogue(described("One", "Polled"))
    for _ in range(3):
        assert [found.id for found in types.all()] == ["One", "Polled"]
    assert asked == [INSTALLED]
    assert types.get("Polled").polls
    assert not types.get("One").polls


def test_those_that_can_not_be_made_are_tried_again(catalogue, caplog):
    types, asked = catalogue(PluginFailed("ValueError", ["no luck"]), described("One"))
    assert types.all() == []
    assert "no luck" in caplog.text
    assert [found.id for found in types.all()] == ["One"]
    assert len(asked) == 2


def test_problems_are_logged_and_the_others_are_there(catalogue, caplog):
    types, _ = catalogue(described("One", problems=["The entry point x is wrong"]))
    assert [found.id for found in types.all()] == ["One"]
    assert "The entry point x is wrong" in caplog.text
    assert types.description(INSTALLED)["problems"] == ["The entry point x is wrong"]


def test_initial_plugins(catalogue):
    types, _ = catalogue(described("One", initial={"a": {"pluginType": "One"}}))
    assert types.initial_plugins() == {"a": {"pluginType": "One"}}


@pytest.mark.parametrize(
    "name, found",
    [
        ("notifyEvent", True),
        ("notify-event", True),
        ("notify_event", True),
        ("NOTIFY-EVENT", True),
        ("notify", False),
        ("notifyEvents", False),
        ("", False),
        ("-", False),
    ],
)
def test_services_by_their_names(name, found):
    service = {"name": "notifyEvent", "secured": True}
    plugin_type = PluginType({"webServices": [service]}, INSTALLED)
    assert plugin_type.service(name) == (service if found else None)
