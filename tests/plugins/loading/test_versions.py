from collective.mwsvm.plugins import InvalidPluginTypeException
from collective.mwsvm.plugins.versions import check_versions
from collective.mwsvm.plugins.versions import VersionBounds
from hypothesis import given
from hypothesis import strategies as st
import pytest


@pytest.mark.parametrize(
    "bounds, inside, outside",
    [
        ("7.1 > *", ["7.1.0", "7.1", "7.2.6", "8.0"], ["7.0.9", "6.9"]),
        ("7.1.3 > *", ["7.1.3", "7.2"], ["7.1.2", "7.1"]),
        ("7.1 > 7.1.3", ["7.1.0", "7.1.3"], ["7.1.4", "7.2", "7.0"]),
        ("* > *", ["0.0.1", "99.9"], []),
        ("* > 7.2", ["7.2.0", "7.2.6", "1.0"], ["7.3", "8.0.0"]),
        ("7.2.6>7.2.6", ["7.2.6", "7.2.6-SNAPSHOT"], ["7.2.5", "7.2.7"]),
        ("7.10 > *", ["7.10.0", "7.11"], ["7.9.9", "7.2"]),
        ("7.2.6 > 7.2", ["7.2.6", "7.2.9"], ["7.2.5", "7.3"]),
    ],
)
def test_both_bounds_are_included(bounds, inside, outside):
    parsed = VersionBounds.parse(bounds, "mwsVersion")
    assert all(parsed.include(version) for version in inside)
    assert not any(parsed.include(version) for version in outside)


@pytest.mark.parametrize(
    "text", ["", "7.1", "7.1 >", "> 7.1", "7 > *", "7.1 < *", "7.1.2.3 > *", "a > b"]
)
def test_another_form_is_refused(text):
    with pytest.raises(InvalidPluginTypeException, match="mwsVersion .*FIRST > LAST"):
        VersionBounds.parse(text, "mwsVersion")


def test_the_first_version_must_not_be_after_the_last():
    with pytest.raises(InvalidPluginTypeException, match="must not be after the last"):
        VersionBounds.parse("7.3 > 7.2.9", "mwsVersion")


def test_the_message_names_the_field_and_the_version():
    wanted = {"mwsVersion": "7.1 > *", "commonsVersion": "1.0 > *"}
    check_versions(wanted, {"mws": "7.2.6"})
    with pytest.raises(InvalidPluginTypeException) as refusal:
        check_versions(wanted, {"mws": "7.2.6", "commons": "0.9.4"})
    assert refusal.value.messages == [
        "commonsVersion is '1.0 > *', but the version of the plug-in framework is 0.9.4"
    ]


numbers = st.tuples(*[st.integers(0, 12)] * 3)


@given(numbers, numbers, numbers)
def test_bounds_are_those_of_the_numbers(first, last, actual):
    first, last = sorted((first, last))
    texts = [".".join(map(str, version)) for version in (first, last, actual)]
    bounds = VersionBounds.parse(f"{texts[0]} > {texts[1]}", "mwsVersion")
    assert bounds.include(texts[2]) == (first <= actual <= last)
