"""What an application account may be, and what it may do."""

from collective.mwsvm.access.accounts import Account
from collective.mwsvm.access.accounts import as_json
from collective.mwsvm.access.accounts import changed
from collective.mwsvm.access.accounts import checked
from collective.mwsvm.access.accounts import grants_of
from collective.mwsvm.access.accounts import may
from collective.mwsvm.access.accounts import may_call
from collective.mwsvm.access.accounts import merged
from collective.mwsvm.access.accounts import problems
from collective.mwsvm.models.errors import Invalid
from dataclasses import replace
import pytest


GRID = {"events": ["GET", "POST"], "jobs": ["GET", "POST", "PUT", "DELETE"]}
SERVICES = {"Test": {"ping": True, "open": False}}

VIEWPOINT = Account(
    "Moab Viewpoint", "viewpoint", permissions={"events": ["GET"], "jobs": ["PUT"]}
)


def of(**values):
    return replace(VIEWPOINT, **values)


@pytest.mark.parametrize("name", ["A", "a" * 32, "Bob's App-2_x.y", "Überwachung 1"])
def test_an_application_name(name):
    assert checked(of(name=name), GRID, SERVICES).name == name


@pytest.mark.parametrize(
    "name", ["", "1st", " a", "_a", "'a", "a" * 33, "a/b", "a\n", "a\tb", "a<b", "a\0"]
)
def test_no_application_name(name):
    (sentence,) = problems(of(name=name), GRID, SERVICES).values()
    assert sentence.startswith("The application name ")
    assert "1 to 32 characters, the first a letter" in sentence
    assert not name or repr(name) in sentence


@pytest.mark.parametrize("username", ["A", "a" * 32, "view-point_2.x"])
def test_a_username(username):
    assert checked(of(username=username), GRID, SERVICES).username == username


@pytest.mark.parametrize(
    "username",
    [
        "",
        "1st",
        "-a",
        ".a",
        "a" * 33,
        "a b",
        "a:b",
        "a@b",
        "bob's",
        "ünal",
        "aé",
        "a\n",
    ],
)
def test_no_username(username):
    (sentence,) = problems(of(username=username), GRID, SERVICES).values()
    assert sentence.startswith("The username ")
    assert not username or repr(username) in sentence


def test_a_long_description():
    assert checked(of(description="ä" * 1000), GRID, SERVICES)
    found = problems(of(description="ä" * 1001), GRID, SERVICES)
    assert found == {
        "description": "The description has 1001 characters: 1000 are allowed."
    }


@pytest.mark.parametrize("granted", [{}, {"jobs": []}])
def test_an_account_has_at_least_one_permission(granted):
    with pytest.raises(Invalid, match="at least one method of one resource"):
        checked(of(permissions=granted, services={"Test": ["ping"]}), GRID, SERVICES)


@pytest.mark.parametrize(
    ("granted", "sentence"),
    [
        ({"nodes": ["GET"]}, "There is no resource 'nodes': allowed is events, jobs."),
        (
            {"events": ["GET", "PUT"]},
            "The resource 'events' has no method 'PUT': allowed is GET, POST.",
        ),
        (
            {"events": ["get"]},
            "The resource 'events' has no method 'get': allowed is GET, POST.",
        ),
    ],
)
def test_only_what_there_is_can_be_granted(granted, sentence):
    assert problems(of(permissions=granted), GRID, SERVICES) == {
        "permissions": sentence
    }


def test_only_web_services_that_there_are_can_be_granted():
    assert checked(of(services={"Test": ["ping"]}), GRID, SERVICES)
    assert problems(of(services={"Test": ["pong"]}), GRID, SERVICES) == {
        "services": "The plug-in type 'Test' has no web service 'pong': allowed is "
        "ping, open."
    }
    assert problems(of(services={"X": ["ping"]}), GRID, {}) == {
        "services": "There is no plug-in type 'X': allowed is none."
    }


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(Invalid) as caught:
        checked(Account("", "", "x" * 2000), GRID, SERVICES)
    assert len(caught.value.messages) == 4


def test_a_value_of_any_length_is_shown_in_short():
    (sentence,) = problems(of(name="x" * 100_000), GRID, SERVICES).values()
    assert len(sentence) < 300


def test_what_it_may():
    assert may(VIEWPOINT, "events", "GET")
    assert may(VIEWPOINT, "events", "HEAD")
    assert may(VIEWPOINT, "jobs", "PUT")
    for resource, method in (
        ("events", "POST"),
        ("jobs", "GET"),
        ("jobs", "HEAD"),
        ("nodes", "GET"),
        ("events", "get"),
        ("events", "OPTIONS"),
        ("events", ""),
    ):
        assert not may(VIEWPOINT, resource, method), (resource, method)


def test_a_disabled_one_may_nothing():
    account = of(enabled=False, services={"Test": ["ping"]})
    assert not may(account, "events", "GET")
    assert not may_call(account, "Test", "ping")


def test_which_web_services_it_may_call():
    account = of(services={"Test": ["ping"]})
    assert may_call(account, "Test", "ping")
    assert not may_call(account, "Test", "pong")
    assert not may_call(account, "Other", "ping")


def test_everything_in_a_grid():
    assert grants_of({**GRID, "empty": []}) == {
        "events": {"GET", "POST"},
        "jobs": {"GET", "POST", "PUT", "DELETE"},
    }
    assert grants_of(SERVICES) == {"Test": {"ping", "open"}}


def test_grants_of_what_has_gone_come_below_the_grid():
    granted = grants_of({"gone": ["PUT", "GET"], "events": ["DELETE"]})
    assert merged(GRID, granted) == {
        "events": ["GET", "POST", "DELETE"],
        "jobs": ["GET", "POST", "PUT", "DELETE"],
        "gone": ["GET", "PUT"],
    }
    assert GRID["events"] == ["GET", "POST"]


def test_json_and_back():
    account = of(enabled=False, description="What\nfor", services={"Test": ["ping"]})
    json = as_json(account)
    assert json["permissions"] == {"events": ["GET"], "jobs": ["PUT"]}
    assert changed(Account("", ""), json) == account


def test_json_has_the_methods_in_the_order_of_the_grid():
    account = of(permissions={"jobs": ["DELETE", "GET", "PUT", "POST"]})
    assert as_json(account)["permissions"]["jobs"] == ["GET", "POST", "PUT", "DELETE"]


def test_what_is_not_given_stays():
    assert changed(VIEWPOINT, {"enabled": False}) == of(enabled=False)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"permission": {}},
            "An account has no field 'permission': its fields are name",
        ),
        ({"password": "x"}, "An account has no field 'password'"),
        ({"name": 1}, "The field 'name' can't be 1: it is a string."),
        ({"username": None}, "The field 'username' can't be None: it is a string."),
        (
            {"description": []},
            "The field 'description' can't be \\[\\]: it is a string",
        ),
        ({"enabled": "false"}, "The field 'enabled' can't be 'false': it is true or"),
        ({"permissions": ["jobs"]}, "The field 'permissions' can't be"),
        ({"permissions": {"jobs": "GET"}}, "a list of methods for each resource"),
        ({"permissions": {"jobs": [["GET"]]}}, "a list of methods for each resource"),
        ({"services": {"Test": None}}, "a list of web services for each plug-in type"),
    ],
)
def test_json_that_is_no_account(values, sentence):
    with pytest.raises(Invalid, match=sentence):
        changed(VIEWPOINT, values)
