"""What reports may look like, and what is kept of them."""

from collective.mwsvm.inventory.shapes import cleaned
from collective.mwsvm.models.errors import Invalid
from copy import deepcopy
import pytest


def test_what_is_left_open_is_not_kept():
    report = {
        "name": "Node1",
        "timestamp": None,
        "image": None,
        "features": [],
        "metrics": {},
        "partition": "",
        "resources": {
            "a": {"total": 0, "available": None},
            "b": {},
            "c": {"total": None},
        },
        "host": "HV1",
        "messages": ["M"],
    }
    before = deepcopy(report)
    assert cleaned(report, 42) == {
        "name": "node1",
        "timestamp": 42,
        "partition": "",
        "resources": {"a": {"total": 0}},
        "host": "hv1",
        "messages": ["M"],
    }
    assert report == before


def test_resources_without_any_amount_are_not_kept():
    assert cleaned({"name": "n", "resources": {"a": {}}}, 1) == {
        "name": "n",
        "timestamp": 1,
    }


def test_a_clean_report_is_not_made_anew():
    report = {"name": "n", "timestamp": 5, "resources": {"a": {"total": 1}}}
    assert cleaned(report, 42) is report


def test_fields_of_later_versions_are_kept():
    report = {"name": "n", "timestamp": 5, "slaveReport": True, "ttl": 1.5}
    assert cleaned(report, 42) == report


@pytest.mark.parametrize(
    "given, sentence",
    [
        ({}, "field 'name' of a report can't be None: it must be a text of 1 to 256"),
        ({"name": ""}, "field 'name' of a report can't be ''"),
        ({"name": 5}, "field 'name' of a report can't be 5"),
        ({"name": "x" * 257}, "field 'name' of a report can't be 'xxx"),
        ({"timestamp": "now"}, "'timestamp' of the report of 'n' can't be 'now': it"),
        ({"timestamp": 1.5}, "can't be 1.5: it must be a whole number"),
        ({"timestamp": True}, "can't be True: it must be a whole number"),
        ({"timestamp": -1}, "can't be -1: it must be from 0 to 2140000000"),
        ({"timestamp": 2_140_000_001}, "must be from 0 to 2140000000"),
        ({"state": 1}, "'state' of the report of 'n' can't be 1: it must be a text"),
        ({"power": []}, None),
        ({"power": ["ON"]}, "'power' .* must be a text"),
        ({"subState": 1}, "'subState' .* must be a text"),
        ({"image": 1}, "'image' .* must be a text"),
        ({"host": {"name": "h"}}, "'host' .* must be a text"),
        ({"partition": 1}, "'partition' .* must be a text"),
        ({"architecture": 1}, "'architecture' .* must be a text"),
        ({"ipAddress": 1}, "'ipAddress' .* must be a text"),
        ({"features": "a"}, "'features' .* can't be 'a': it must be a list"),
        ({"imagesAvailable": "a"}, "'imagesAvailable' .* must be a list"),
        ({"messages": "a"}, "'messages' .* must be a list"),
        ({"metrics": ["a"]}, "'metrics' .* must be a map"),
        ({"variables": "a"}, "'variables' .* must be a map"),
        ({"resources": 5}, "'resources' .* must be a map"),
        ({"resources": {"a": 5}}, "'resources.a' .* can't be 5: it must be a map"),
        ({"resources": {"a": None}}, "'resources.a' .* must be a map"),
        (
            {"resources": {"a": {"total": "5"}}},
            "'resources.a.total' of the report of 'n' can't be '5': it must be a whole",
        ),
        ({"resources": {"a": {"available": 1.5}}}, "'resources.a.available' .* whole"),
    ],
)
def test_what_is_no_report(given, sentence):
    report = given if not given or "name" in given else {"name": "n", **given}
    if sentence is None:
        assert cleaned(report, 1) == {"name": "n", "timestamp": 1}
        return
    with pytest.raises(Invalid, match=sentence):
        cleaned(report, 1)
