from collections.abc import Mapping
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import ConfigObject
from collective.mwsvm.plugins import InvalidPluginTypeException
from collective.mwsvm.plugins import Params
from collective.mwsvm.plugins import Suite
from collective.mwsvm.plugins import Unsecured
from collective.mwsvm.plugins import web_service
from collective.mwsvm.plugins.describing import describe
from collective.mwsvm.plugins.initial_plugins import initial_plugins
from collective.mwsvm.plugins.loading import Library
from collective.mwsvm.plugins.web_services import events
from collective.mwsvm.plugins.web_services import web_service_method
from collective.mwsvm.plugins.web_services import web_services
from enum import Enum
import orjson
import pytest


CONFIG = ConfigObject({"mws": {"home": {"location": "/opt/mws"}}})

SAMPLE = """
from collective.mwsvm.plugins import AbstractPlugin, Suite, Unsecured

class SampleProject:
    title = "Sample"
    def initialPlugins(self, appConfig, suite):
        if suite != Suite.CLOUD:
            return {}
        return {
            "cloud": {
                "pluginType": "Sample",
                "pollInterval": 30,
                "config": {"getCluster": f"file://{appConfig.mws.home.location}/nodes"},
            },
            "other": {"pluginType": "Native"},
        }

class SamplePlugin(AbstractPlugin):
    author = "We"
    constraints = {"pollInterval": {"min": 20}, "url": {"url": True}}
    def poll(self): pass
    def before_start(self): pass
    @Unsecured
    def notify_event(self, params): return {}
"""


def test_the_description_is_json(write):
    library = Library.module(write({"sample_one.py": SAMPLE}) / "sample_one.py")
    description = orjson.loads(orjson.dumps(describe(library, CONFIG, Suite.CLOUD)))
    cloud = {
        "pluginType": "Sample",
        "pollInterval": 30,
        "config": {"getCluster": "file:///opt/mws/nodes"},
    }
    assert description["project"] == {
        "name": "SampleProject",
        "initialPlugins": {"cloud": cloud, "other": {"pluginType": "Native"}},
    }
    assert description["problems"] == []
    (sample,) = description["types"]
    (parameter,) = sample.pop("parameters")
    assert parameter["name"] == "url"
    assert sample == {
        "id": "Sample",
        "className": "sample_one.SamplePlugin",
        "title": "Sample",
        "description": "",
        "author": "We",
        "email": "",
        "website": "",
        "version": "",
        "mwsVersion": "* > *",
        "commonsVersion": "* > *",
        "license": "",
        "issueManagementLink": "",
        "documentationLink": "",
        "scmLink": "",
        "initialPlugins": {"cloud": cloud},
        "pollMethod": True,
        "webServices": [{"name": "notifyEvent", "secured": False}],
        "events": ["poll", "beforeStart"],
        "pollInterval": {"default": None, "min": 20, "max": None},
    }
    empty = describe(library, CONFIG, Suite.HPC)
    assert empty["project"]["initialPlugins"] == {}


class Colour(Enum):
    RED = "Red"


@pytest.mark.parametrize(
    "initial",
    [
        {"a": {"pluginType": "Sample", "config": {"x": [1, None, Colour.RED]}}},
        {"a": {"plugin_type": "Sample", "config": {"x": (1, None, "RED")}}},
        lambda self: {"a": {"pluginType": "Sample", "config": {"x": [1, None, "RED"]}}},
        lambda self, appConfig, suite: {
            "a": {
                "pluginType": "Sample",
                "config": {"x": [1, None, "RED" if suite is self.suite else ""]},
            }
        },
    ],
)
def test_initial_plugins_are_a_dictionary_or_a_method(initial):
    project = type("AProject", (), {"initialPlugins": initial})
    assert initial_plugins(project, CONFIG, Suite.CLOUD) == (
        {"a": {"pluginType": "Sample", "config": {"x": [1, None, "RED"]}}},
        [],
    )


def test_a_project_needs_no_initial_plugins():
    assert initial_plugins(type("AProject", (), {}), CONFIG, Suite.CLOUD) == ({}, [])


def failing(self):
    raise ValueError("oh no")


@pytest.mark.parametrize(
    "initial, expected",
    [
        (failing, "ValueError: oh no"),
        ([1], "must be a dictionary of plug-ins"),
        ({"a": 5}, "must be a dictionary of properties"),
        ({"a": {}}, "it must have a pluginType"),
        ({"a": {"pluginType": 5}}, "pluginType must be text"),
        ({"a": {"pluginType": "B", "polInterval": 5}}, "there is no 'polInterval'"),
        ({"a": {"pluginType": "B", "pollInterval": "5"}}, "must be a whole number"),
        ({"a": {"pluginType": "B", "precedence": True}}, "must be a whole number"),
        ({"a": {"pluginType": "B", "autoStart": 1}}, "must be True or False"),
        ({"a": {"pluginType": "B", "config": []}}, "config must be a dictionary"),
        ({"a": {"pluginType": "B", "config": {"x": {1}}}}, "config can't hold {1}"),
        ({5: {"pluginType": "B"}}, "the id must be text"),
    ],
)
def test_wrong_initial_plugins_are_a_problem_and_others_stay(initial, expected):
    if isinstance(initial, dict):
        initial = {**initial, "good": {"pluginType": "B"}}
    project = type("AProject", (), {"initialPlugins": initial})
    plugins, (problem,) = initial_plugins(project, CONFIG, Suite.CLOUD)
    assert expected in problem
    assert "AProject" in problem
    assert list(plugins) == (["good"] if isinstance(initial, dict) else [])


class ServicesPlugin(AbstractPlugin):
    def named(self, params): ...
    def annotated(self, given: dict): ...
    def mapped(self, given: Mapping[str, str]): ...
    def texts(self, given: "dict[str, str]"): ...
    def own_params(self, given: Params): ...

    @web_service
    def marked(self, given): ...

    @Unsecured
    def open_one(self, given): ...

    def notifyEvent(self, params): ...
    def optional(self, params=None): ...

    def poll(self, params): ...
    def job_submit(self, params): ...
    def setConfig(self, params): ...
    def _private(self, params): ...
    def none(self): ...
    def two(self, params, more): ...
    def other(self, given): ...
    def number(self, given: int): ...
    def everything(self, *params): ...

    @staticmethod
    def static(params): ...


def test_web_services():
    assert web_services(ServicesPlugin) == {
        "named": True,
        "annotated": True,
        "mapped": True,
        "texts": True,
        "ownParams": True,
        "marked": True,
        "openOne": False,
        "notifyEvent": True,
        "optional": True,
    }


def test_web_services_are_inherited_and_hidden():
    changed = type("ChangedPlugin", (ServicesPlugin,), {"named": None})
    assert "named" not in web_services(changed)
    assert "marked" in web_services(changed)
    assert web_services(AbstractPlugin) == {}


@pytest.mark.parametrize(
    "name, method",
    [
        ("openOne", "open_one"),
        ("open-one", "open_one"),
        ("open_one", "open_one"),
        ("notify-event", "notifyEvent"),
        ("notify_event", "notifyEvent"),
        ("notifyEvent", "notifyEvent"),
        ("NOTIFYEVENT", None),
        ("poll", None),
        ("_private", None),
        ("two", None),
        ("start", None),
    ],
)
def test_every_spelling_of_a_service_reaches_its_method(name, method):
    assert web_service_method(ServicesPlugin, name) == method


def test_a_name_must_be_one_services():
    methods = {name: lambda self, params: None for name in ("anEvent", "an_event")}
    for name, method in methods.items():
        method.__name__ = name
    with pytest.raises(InvalidPluginTypeException, match="two web services anEvent"):
        web_services(type("TwicePlugin", (), methods))


def test_events_in_either_spelling():
    class EventsPlugin(AbstractPlugin):
        def node_power(self, nodes, state): ...
        def configure(self): ...
        def poll(self): ...

    assert events(EventsPlugin) == ["poll", "configure", "nodePower"]
    assert events(AbstractPlugin) == []
