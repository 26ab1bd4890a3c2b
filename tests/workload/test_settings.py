"""The settings of the workload in ``mws-config.toml``."""

from collective.mwsvm.configuration import Configuration
from collective.mwsvm.models.errors import Misconfigured
from collective.mwsvm.models.pending_actions import MAPPINGS
from collective.mwsvm.workload.settings import WorkloadSettings
import pytest


def read(tmp_path, text):
    (tmp_path / "mws-config.toml").write_text(text)
    return Configuration.read(tmp_path).workload


def test_without_a_file_there_are_defaults(tmp_path):
    assert Configuration.read(tmp_path).workload == WorkloadSettings()
    assert WorkloadSettings().mappings == MAPPINGS


def test_settings_are_read(tmp_path):
    found = read(
        tmp_path,
        """
        mws.accounts = ["a"]
        mws.classes = ["c", "d"]
        mws.qoses = ["q"]
        mws.pendingActions.displayGeneric = false
        mws.policies.genericMetrics = 20
        """,
    )
    expected = WorkloadSettings(("a",), ("c", "d"), ("q",), MAPPINGS, False, 20)
    assert found == expected


def test_mappings_go_before_those_of_the_guide(tmp_path):
    found = read(
        tmp_path,
        """
        mws.pendingActions.mappings."myCustomVM-setup" = "vmcreate"
        mws.pendingActions.mappings.genericVM-destroy = "Generic"
        """,
    )
    assert dict(found.mappings) == {
        **MAPPINGS,
        "myCustomVM-setup": "VMCREATE",
        "genericVM-destroy": "GENERIC",
    }
    assert list(found.mappings)[:2] == ["myCustomVM-setup", "genericVM-destroy"]


@pytest.mark.parametrize(
    "text, message",
    [
        ('mws.classes = "c"', "mws.classes must be a list of texts"),
        ("mws.qoses = [1]", "mws.qoses must be a list of texts"),
        ("mws.accounts = 1", "mws.accounts must be a list of texts"),
        (
            'mws.pendingActions.displayGeneric = "no"',
            "mws.pendingActions.displayGeneric must be true or false",
        ),
        (
            'mws.pendingActions.mappings.a = "make"',
            "mappings.a must be one of VMCREATE, VMMIGRATE",
        ),
        ("mws.pendingActions.mappings.a = 1", "mappings.a must be a text"),
        ("mws.policies.genericMetrics = 0", "must be 1 at least"),
    ],
)
def test_wrong_settings_are_named(tmp_path, text, message):
    with pytest.raises(Misconfigured, match=message):
        read(tmp_path, text)
