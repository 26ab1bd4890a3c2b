from collective.mwsvm.plugin_control.settings import PluginSettings
from pathlib import Path
import pytest


def settings(**given):
    return PluginSettings(folder=Path("/f"), certificates=Path("/c"), **given)


def test_what_holds_when_nobody_says_anything():
    found = settings()
    assert found.uploads is False
    assert found.suite == "CLOUD"
    assert found.policy is None
    assert found.hypervisor_type is None
    assert (found.poll_deadline, found.call_deadline) == (120, 30)
    assert (found.memory, found.hosts) == (1024, 16)
    assert found.default("T", "pollInterval", 30) == 30
    assert found.default_config("T") == {}


@pytest.mark.parametrize(
    "of_all, of_type, found",
    [
        ({}, {}, 30),
        ({"pollInterval": 5}, {}, 5),
        ({}, {"pollInterval": 6}, 6),
        ({"pollInterval": 5}, {"pollInterval": 6}, 6),
        ({"autoStart": False}, {"autoStart": True}, 30),
    ],
)
def test_a_type_goes_before_all(of_all, of_type, found):
    given = settings(
        defaults=of_all, type_defaults={"T": of_type, "U": {"pollInterval": 7}}
    )
    assert given.default("T", "pollInterval", 30) == found


def test_false_is_a_default_too():
    given = settings(
        defaults={"autoStart": True}, type_defaults={"T": {"autoStart": False}}
    )
    assert given.default("T", "autoStart", True) is False


def test_a_configuration_can_be_changed_by_whoever_gets_it():
    given = settings(type_defaults={"T": {"config": {"a": 1}}})
    given.default_config("T")["a"] = 2
    assert given.default_config("T") == {"a": 1}
