from collective.mwsvm.plugins import exceptions
from collective.mwsvm.plugins.failures import described
from collective.mwsvm.plugins.failures import raised
from collective.mwsvm.plugins.failures import TRACEBACK
import pytest


API = [
    exceptions.PluginException,
    exceptions.InvalidPluginException,
    exceptions.InvalidPluginTypeException,
    exceptions.InvalidPluginConfigurationException,
    exceptions.PluginStartException,
    exceptions.PluginStopException,
    exceptions.UnsupportedOperationException,
    exceptions.WebServiceException,
]


class Own(exceptions.PluginStartException):
    pass


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError


@pytest.mark.parametrize("cls", API)
def test_there_and_back(cls):
    told = described(cls(["one", "two"]))
    back = raised(told)
    assert type(back) is cls
    assert back.messages == ["one", "two"]


def test_the_code_of_a_web_service():
    told = described(exceptions.WebServiceException("no", 404))
    assert told["code"] == 404
    assert raised(told).responseCode == 404
    assert described(exceptions.WebServiceException())["code"] == 500


def test_the_errors_of_a_configuration():
    error = exceptions.InvalidPluginConfigurationException(["a", "b"])
    assert described(error)["errors"] == ["a", "b"]
    assert described(ValueError("a"))["errors"] is None


def test_subclasses_are_told_as_what_is_known():
    assert described(Own("x"))["type"] == "PluginStartException"
    assert described(UnicodeError("x"))["type"] == "UnicodeError"


def test_unknown_types():
    back = raised({"type": "Strange", "messages": ["x"]})
    assert type(back) is exceptions.PluginException
    assert raised({}).messages == []


@pytest.mark.parametrize(
    ("error", "messages"),
    [
        (ValueError("why"), ["why"]),
        (ValueError(), ["ValueError"]),
        (KeyError("k"), ["KeyError: 'k'"]),
        (SystemExit(3), ["SystemExit: 3"]),
        (exceptions.PluginException(), ["PluginException"]),
        (Unspeakable(), ["Unspeakable"]),
        (ValueError("\ud800"), ["?"]),
        (MemoryError(), ["The plug-in needs more memory than its process may have"]),
    ],
)
def test_what_people_are_told(error, messages):
    assert described(error)["messages"] == messages


def test_tracebacks_are_limited():
    def deep(number):
        return deep(number - 1) + deep(number - 2) if number else 1 / 0

    try:
        deep(300)
    except ZeroDivisionError as error:
        error.args = ("x" * TRACEBACK * 2,)
        told = described(error)
    assert len(told["traceback"]) == TRACEBACK
    assert len(told["messages"][0]) < TRACEBACK
