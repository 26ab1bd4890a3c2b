from collective.mwsvm.plugins.rest_service import RestService
from datetime import datetime
from datetime import UTC
from tests.plugins.host.calls import Calls
import pytest


USUAL = {
    "data": None,
    "hooks": False,
    "contentType": "application/json",
    "params": {},
}


@pytest.fixture
def calls():
    return Calls({"status": 200, "headers": {}, "contentType": "x", "data": {"a": 1}})


@pytest.fixture
def rest(calls):
    return RestService(calls)


@pytest.mark.parametrize("verb", ["get", "put", "post", "delete"])
def test_verbs(rest, calls, verb):
    answer = getattr(rest, verb)("/rest/nodes")
    assert answer.isSuccess()
    assert answer.data == {"a": 1}
    assert calls.calls == [
        ("moabRestService", "request", verb.upper(), "/rest/nodes", USUAL)
    ]


@pytest.mark.parametrize(
    ("given", "named", "expected"),
    [
        ([], {"hooks": True}, {"hooks": True}),
        ([{"hooks": True}], {}, {"hooks": True}),
        ([], {"content_type": "text/plain"}, {"contentType": "text/plain"}),
        ([], {"data": {"a": 1}}, {"data": {"a": 1}}),
        ([], {"data": '{"a": 1}'}, {"data": {"a": 1}}),
        ([], {"data": b"[1]"}, {"data": [1]}),
        ([], {"data": lambda: [1, 2]}, {"data": [1, 2]}),
        (
            [],
            {"data": "not json", "contentType": "text/plain"},
            {"data": "not json", "contentType": "text/plain"},
        ),
        (
            [],
            {"data": {"at": datetime(2020, 1, 1, tzinfo=UTC)}},
            {"data": {"at": "2020-01-01 00:00:00 UTC"}},
        ),
        (
            [],
            {"params": {"query": '{"a":1}', "max": 5, "none": None}},
            {"params": {"query": '{"a":1}', "max": "5"}},
        ),
        ([], {"params": {"query": {"a": True}}}, {"params": {"query": '{"a":true}'}}),
        ([], {"params": {"x": ["a", 1]}}, {"params": {"x": ["a", "1"]}}),
    ],
)
def test_options(rest, calls, given, named, expected):
    rest.post(*given, "/rest/jobs", **named)
    assert calls.calls[0][-1] == {**USUAL, **expected}


def test_data_after_the_url(rest, calls):
    rest.put({"hooks": True, "data": 1}, "/rest/jobs/1", lambda: {"flags": []})
    rest.put("/rest/jobs/1", {"flags": []})
    assert [call[-1]["data"] for call in calls.calls] == [{"flags": []}] * 2
    assert [call[-1]["hooks"] for call in calls.calls] == [True, False]


@pytest.mark.parametrize(
    ("given", "named", "error", "sentence"),
    [
        ([], {}, TypeError, "takes a URL"),
        (["/rest/a", 1, 2], {}, TypeError, "takes a URL"),
        (["http://x/rest/a"], {}, ValueError, "must begin with /rest/"),
        ([5], {}, ValueError, "must begin with /rest/"),
        (["/rest/a"], {"hook": True}, TypeError, "no option 'hook': data, hooks"),
        (["/rest/a"], {"hooks": "yes"}, TypeError, "hooks is True or False"),
        (["/rest/a"], {"params": "a=b"}, TypeError, "params is a map, not str"),
        (["/rest/a"], {"data": "{"}, ValueError, "data is no JSON"),
        (["/rest/a"], {"data": {"x": object()}}, TypeError, "at x"),
    ],
)
def test_what_is_wrong(rest, calls, given, named, error, sentence):
    with pytest.raises(error) as caught:
        rest.get(*given, **named)
    assert sentence in str(caught.value)
    assert calls.calls == []


def test_versions(rest, calls):
    calls.answer = True
    assert rest.isAPIVersionSupported(2) is True
    assert rest.is_api_version_supported(1) is True
    assert calls.calls[0] == ("moabRestService", "isAPIVersionSupported", 2)


def test_dates_of_answers(rest):
    assert rest.convertDateString("2020-01-01 00:00:00 UTC").year == 2020
    with pytest.raises(ValueError, match="not a date"):
        rest.convert_date_string("yesterday")
