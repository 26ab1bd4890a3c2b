"""Parameters, configuration, responses, exceptions, marks and spellings."""

from collective.mwsvm.plugins import component
from collective.mwsvm.plugins import ConfigObject
from collective.mwsvm.plugins import InvalidPluginConfigurationException
from collective.mwsvm.plugins import InvalidPluginException
from collective.mwsvm.plugins import InvalidPluginTypeException
from collective.mwsvm.plugins import MoabRestResponse
from collective.mwsvm.plugins import Params
from collective.mwsvm.plugins import PluginConstants
from collective.mwsvm.plugins import PluginException
from collective.mwsvm.plugins import PluginStartException
from collective.mwsvm.plugins import PluginStopException
from collective.mwsvm.plugins import scope
from collective.mwsvm.plugins import Unsecured
from collective.mwsvm.plugins import UnsupportedOperationException
from collective.mwsvm.plugins import web_service
from collective.mwsvm.plugins import WebServiceException
from collective.mwsvm.plugins.spelling import camel
from collective.mwsvm.plugins.spelling import snake
from copy import deepcopy
from datetime import datetime
from datetime import UTC
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import collective.mwsvm.plugins as api
import math
import pickle
import pytest


def test_the_guides_parameters():
    params = Params(
        {
            "key": "value",
            "key2": "true",
            "key3": "5",
            "list": ["1", "2"],
            PluginConstants.WEB_SERVICES_METHOD: "GET",
        }
    )
    assert params.key == params["key"] == "value"
    assert params.key2 == "true"
    assert params.bool("key2") is True
    assert params.int("key3") == 5
    assert params.list("list") == [1, 2]
    assert params.int("key") is None
    assert params[PluginConstants.WEB_SERVICES_METHOD] == "GET"
    assert params.absent is None


def test_the_guides_body():
    body = {"key": "value", "key2": True, "key3": 5, "list": [{"a": {"b": 1}}]}
    params = Params({"body": body})
    assert params.body.key == "value"
    assert params.body.key2 is True
    assert params.body.key3 == 5
    assert params.body.list[0].a.b == 1
    assert Params({}).body is None
    assert params.body == body


@pytest.mark.parametrize(
    ("method", "value", "expected"),
    [
        ("bool", "TRUE", True),
        ("bool", "yes", True),
        ("bool", "on", True),
        ("bool", "1", True),
        ("bool", True, True),
        ("bool", "False", False),
        ("bool", "no", False),
        ("bool", "off", False),
        ("bool", "0", False),
        ("bool", False, False),
        ("bool", "2", None),
        ("bool", 1, None),
        ("bool", ["true"], None),
        ("int", "-5", -5),
        ("int", "+5", 5),
        ("int", " 5 ", 5),
        ("int", 5, 5),
        ("int", 5.0, 5),
        ("int", "5.5", None),
        ("int", 5.5, None),
        ("int", "1_000", None),
        ("int", "٣", None),
        ("int", "", None),
        ("int", True, None),
        ("int", ["5"], None),
        ("int", "9" * 10_000, None),
        ("long", str(2**62), 2**62),
        ("long", "x", None),
        ("double", "1.5", 1.5),
        ("double", ".5", 0.5),
        ("double", "5.", 5.0),
        ("double", "-1e3", -1000.0),
        ("double", 3, 3.0),
        ("double", "nan", None),
        ("double", "inf", None),
        ("double", "1e999", None),
        ("double", math.inf, None),
        ("double", 10**400, None),
        ("double", True, None),
        ("double", "1,5", None),
        ("float", "1.5", 1.5),
        ("float", "x", None),
        (
            "date",
            "2012-01-01 23:11:24 UTC",
            datetime(2012, 1, 1, 23, 11, 24, tzinfo=UTC),
        ),
        ("date", "2012-01-01T23:11:24Z", datetime(2012, 1, 1, 23, 11, 24, tzinfo=UTC)),
        ("date", "yesterday", None),
        ("date", 5, None),
        ("list", "5", [5]),
        ("list", ["a", "1.5", "-2", True], ["a", 1.5, -2, True]),
        ("list", ["007", "1e5", ""], ["007", "1e5", ""]),
        ("list", [], []),
    ],
)
def test_parameters_of_simple_types(method, value, expected):
    answer = getattr(Params({"key": value}), method)("key")
    assert answer == expected
    assert type(answer) is type(expected)


def test_absent_parameters():
    params = Params({"null": None})
    for key in ("null", "absent"):
        for method in (
            params.bool,
            params.int,
            params.long,
            params.double,
            params.date,
        ):
            assert method(key) is None
        assert params.list(key) == []


@settings(deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_parameters_never_raise(value):
    params = Params({"key": value})
    for method in ("bool", "int", "long", "float", "double", "date", "list"):
        getattr(params, method)("key")


def test_configuration():
    config = ConfigObject({"mws": {"home": {"location": "/opt"}, "keys": 1}, "a": [1]})
    assert config.mws.home.location == "/opt"
    assert config["mws"]["home"]["location"] == "/opt"
    assert config.a == [1]
    assert config["mws"]["keys"] == 1
    assert config.containsKey("mws")
    assert not config.contains_key("other")
    assert not config.absent
    assert not config.absent.below.further
    assert isinstance(config.absent, ConfigObject)
    assert "absent" not in config
    assert config.get("absent") is None
    with pytest.raises(KeyError):
        config["absent"]
    with pytest.raises(AttributeError, match="'mws' can't be changed"):
        config.mws = 5
    assert deepcopy(config) == pickle.loads(pickle.dumps(config)) == config


@pytest.mark.parametrize(
    ("status", "success"), [(200, True), (302, True), (399, True), (199, False)]
)
def test_responses(status, success):
    answer = {
        "status": status,
        "headers": {"Content-Type": "application/json", "X-A": "b"},
        "contentType": "application/json",
        "data": {"a": [1]},
    }
    response = MoabRestResponse.of(answer)
    assert (
        response.data == response.convertedData == response.converted_data == {"a": [1]}
    )
    assert response.status == response.response.status == status
    assert response.response.contentType == "application/json"
    assert response.response.getHeader("x-a") == "b"
    assert response.response.get_header("y") is None
    assert response.success is response.isSuccess() is response.is_success() is success
    assert response.hasError() is response.has_error() is False


@pytest.mark.parametrize("status", [400, 404, 500])
def test_responses_with_errors(status):
    response = MoabRestResponse(status)
    assert response.hasError()
    assert not response.success
    assert response.data is None


DEFAULT = ["A problem occurred while processing the request"]


@pytest.mark.parametrize(
    ("arguments", "messages", "code"),
    [
        ((), DEFAULT, 500),
        (("m",), ["m"], 500),
        ((404,), DEFAULT, 404),
        (("m", 400), ["m"], 400),
        ((["m", "n"], 400), ["m", "n"], 400),
        ((["m", "n"],), ["m", "n"], 500),
        (("m", None), ["m"], 500),
        (([], 400), DEFAULT, 400),
    ],
)
def test_web_service_exceptions(arguments, messages, code):
    error = WebServiceException(*arguments)
    assert error.messages == messages
    assert error.responseCode == error.response_code == code
    error.messages = "other"
    error.response_code = None
    assert error.messages == ["other"]
    assert str(error) == "other"
    assert error.responseCode == 500


def test_web_service_exceptions_by_name():
    error = WebServiceException("m", responseCode=405)
    assert (error.messages, error.response_code) == (["m"], 405)


@pytest.mark.parametrize(
    "cls",
    [
        InvalidPluginConfigurationException,
        InvalidPluginException,
        InvalidPluginTypeException,
        PluginStartException,
        PluginStopException,
        UnsupportedOperationException,
    ],
)
def test_exceptions(cls):
    cause = OSError("no")
    error = cls("m", cause)
    assert isinstance(error, PluginException)
    assert error.messages == ["m"]
    assert (
        error.message == error.getMessage() == error.get_message() == str(error) == "m"
    )
    assert error.__cause__ is cause
    assert cls(["m", "n"]).messages == ["m", "n"]
    assert str(cls(["m", "n"])) == "m n"
    assert cls().messages == []
    assert pickle.loads(pickle.dumps(cls(["m"]))).messages == ["m"]


def test_errors_of_a_configuration():
    error = InvalidPluginConfigurationException(["m", "n"])
    assert error.errors == error.getErrors() == error.get_errors() == ["m", "n"]


@pytest.mark.parametrize(
    ("arguments", "running"),
    [(("m",), None), (("m", True), True), (("m", OSError(), False), False)],
)
def test_a_plugin_that_does_not_stop(arguments, running):
    error = PluginStopException(*arguments)
    assert error.pluginRunning is running
    assert error.plugin_running is error.getPluginRunning() is running


def test_marks():
    @component
    class Plain:
        pass

    @component(name="helper")
    @scope("prototype")
    class Named:
        @Unsecured
        def open(self, params):
            return []

        @web_service
        def other(self, arguments):
            return []

    @component("short")
    class Short:
        pass

    assert vars(Plain)["__mws_component__"] is None
    assert vars(Named)["__mws_component__"] == "helper"
    assert vars(Short)["__mws_component__"] == "short"
    assert Named.__mws_scope__ == "prototype"
    assert Named.open.__mws_unsecured__ is True
    assert Named.other.__mws_web_service__ is True
    assert Named().open({}) == []
    with pytest.raises(ValueError, match="'request' is not known; it is singleton or"):
        scope("request")


@pytest.mark.parametrize(
    ("guide", "python"),
    [
        ("imagesAvailable", "images_available"),
        ("beforeStart", "before_start"),
        ("nodeRMService", "node_rm_service"),
        ("virtualMachineRMService", "virtual_machine_rm_service"),
        ("isAPIVersionSupported", "is_api_version_supported"),
        ("getPluginById", "get_plugin_by_id"),
        ("RMTranslator", "rm_translator"),
        ("poll", "poll"),
    ],
)
def test_spellings(guide, python):
    assert snake(guide) == python
    assert snake(python) == python
    assert snake(camel(python)) == python


def test_everything_of_the_api_is_there():
    assert all(hasattr(api, name) for name in api.__all__)
    assert len(set(api.__all__)) == len(api.__all__)
