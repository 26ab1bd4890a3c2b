"""The web services of plug-ins (guide 4.15.5, 6.2.8)."""

from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.plugin_control.web_services import PROBLEM
from collective.mwsvm.plugin_control.web_services import ServiceFailure
from tests.plugin_control.site import ADMIN
import pytest


SERVING = """
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import PluginConstants
from collective.mwsvm.plugins import Unsecured
from collective.mwsvm.plugins import web_service
from collective.mwsvm.plugins import WebServiceException
import os
import time


class ServingPlugin(AbstractPlugin):
    seen = 0

    def notifyEvent(self, params):
        return dict(params)

    @Unsecured
    def public_data(self, params):
        return ["public", self.state.name]

    @web_service
    def marked(self, anything):
        self.seen += 1
        return {"seen": self.seen, "method": anything[PluginConstants.WEB_SERVICES_METHOD]}

    def helpful(self, params):
        return {"int": params.int("n"), "bool": params.bool("b"), "no": params.int("s")}

    def fails(self, params):
        how = params["how"]
        if how == "code":
            raise WebServiceException(["short", "stout"], 418)
        if how == "message":
            raise WebServiceException("only this")
        if how == "nothing":
            raise WebServiceException()
        if how == "other":
            raise ValueError("it broke")
        if how == "dies":
            os._exit(3)
        if how == "hangs":
            time.sleep(60)
        return {"text": "text", "none": None, "number": 5, "set": {1}, "object": object(),
                "empty": {}}[how]

    def _private(self, params):
        return {}

    def two(self, params, more):
        return {}
"""


@pytest.fixture
def serving(site):
    site.upload(SERVING)
    site.create("a", "Serving")
    return site


def failure(site, how):
    with pytest.raises(ServiceFailure) as caught:
        site.call("a", "fails", how=how)
    return caught.value.code, caught.value.messages


@pytest.mark.parametrize(
    "name",
    ["notifyEvent", "notify-event", "notify_event", "NotifyEvent", "notifyevent"],
)
def test_both_spellings(serving, name):
    answer = serving.call("a", name, key="value")
    assert answer == {"key": "value", "MWS_PLUGIN_HTTP_METHOD": "POST"}


@pytest.mark.parametrize("name", ["publicData", "public-data", "public_data"])
def test_both_spellings_of_a_name_in_pythons(serving, name):
    assert serving.call("a", name) == ["public", "STARTED"]


def test_who_is_let_in(serving):
    services = serving.control.web_services
    assert services.find("a", "notifyEvent").secured is True
    assert services.find("a", "public-data").secured is False
    assert services.grid()["Serving"] == {
        "notifyEvent": True,
        "publicData": False,
        "marked": True,
        "helpful": True,
        "fails": True,
    }


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_the_method_is_told(serving, method):
    assert serving.call("a", "marked", method)["method"] == method


def test_the_object_is_kept(serving):
    assert [serving.call("a", "marked")["seen"] for _ in range(3)] == [1, 2, 3]


def test_parameters(serving):
    body = {"list": [1, {"a": None}]}
    assert serving.call("a", "notifyEvent", body=body, x="1", y=["1", "2"]) == {
        "body": body,
        "x": "1",
        "y": ["1", "2"],
        "MWS_PLUGIN_HTTP_METHOD": "POST",
    }
    assert serving.call("a", "helpful", n="5", b="true", s="x") == {
        "int": 5,
        "bool": True,
        "no": None,
    }


@pytest.mark.parametrize(
    "name",
    ["nothing", "_private", "two", "poll", "configure", "stop", "getId", "", "do"],
)
def test_what_is_no_service(serving, name):
    message = f"The plugin 'a' of the type Serving has no web service '{name}'"
    with pytest.raises(NotFound, match=message):
        serving.call("a", name)


def test_of_nobody(serving):
    with pytest.raises(NotFound, match="'nobody' was not found"):
        serving.call("nobody", "notifyEvent")


@pytest.mark.parametrize("state", ["STOPPED", "PAUSED", "ERRORED"])
def test_in_every_state(serving, state):
    if state == "ERRORED":
        serving.control.life.fail(serving.get("a"), "it broke", ADMIN)
    else:
        serving.modify("a", state=state)
    assert serving.call("a", "publicData") == ["public", state]


class TestFailures:
    @pytest.mark.parametrize(
        "how, code, messages",
        [
            ("code", 418, ["short", "stout"]),
            ("message", 500, ["only this"]),
            ("nothing", 500, [PROBLEM]),
            ("other", 500, [PROBLEM, "it broke"]),
            (
                "text",
                500,
                ["The web service fails must return a list or a map, not str"],
            ),
            (
                "none",
                500,
                ["The web service fails must return a list or a map, not NoneType"],
            ),
            (
                "number",
                500,
                ["The web service fails must return a list or a map, not int"],
            ),
        ],
    )
    def test_what_clients_are_told(self, serving, how, code, messages):
        assert failure(serving, how) == (code, messages)
        # It is none of the plug-in's state.
        assert serving.state("a") == ("STARTED", None)

    def test_what_is_almost_right(self, serving):
        with pytest.raises(ServiceFailure) as caught:
            serving.call("a", "fails", how="object")
        assert "is no JSON value" in caught.value.messages[1]
        assert serving.call("a", "fails", how="set") == [1]
        assert serving.call("a", "fails", how="empty") == {}

    def test_tracebacks_are_for_the_log(self, serving, caplog):
        _, messages = failure(serving, "other")
        assert "Traceback" not in " ".join(messages)
        assert 'raise ValueError("it broke")' in caplog.text
        assert "web service fails of plug-in a: it broke" in caplog.text

    @pytest.mark.parametrize(
        "how, message",
        [
            ("dies", "The plug-in's process ended with exit status 3"),
            ("hangs", "The plug-in did not answer within 0.5 seconds and was ended"),
        ],
    )
    def test_that_end_the_process(self, serving, how, message):
        serving.call("a", "marked")
        serving.with_settings(call_deadline=0.5)
        assert failure(serving, how) == (500, [PROBLEM, message])
        serving.with_settings(call_deadline=20)
        assert serving.call("a", "marked")["seen"] == 1

    def test_a_configuration_that_is_wrong_now(self, site):
        site.script("a")
        wrong = "raise InvalidPluginConfigurationException(['one', 'two'])"
        site.control.instances.set_config("a", {"configure": wrong}, ADMIN)
        site.control.life.stop("a", ADMIN)
        with pytest.raises(Exception, match="one two"):
            site.start("a")
        with pytest.raises(ServiceFailure) as caught:
            site.run("a", "return 1")
        assert caught.value.messages == [PROBLEM, "one", "two"]
