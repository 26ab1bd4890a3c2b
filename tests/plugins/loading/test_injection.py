from collective.mwsvm.plugins import ConfigObject
from collective.mwsvm.plugins import InvalidPluginTypeException
from collective.mwsvm.plugins import PluginState
from collective.mwsvm.plugins import Suite
from collective.mwsvm.plugins.injection import Container
from collective.mwsvm.plugins.loading import Library
from types import SimpleNamespace
import pytest


HEAD = """
from __future__ import annotations
from collective.mwsvm.plugins import AbstractPlugin, component, scope, INodeRMService
from typing import Optional, TYPE_CHECKING

"""
SERVICES = {"nodeRMService": object(), "sslService": object()}
INFO = {"id": "one", "state": "STARTED", "pollInterval": 30, "config": {"n": "5"}}


class Runtime:
    def __init__(self):
        self.log = object()
        self.app_config = ConfigObject({"a": 1})
        self.calls = []

    def start(self, id):
        self.calls.append(("start", id))

    def stop(self, id):
        self.calls.append(("stop", id))

    def message(self, parameters):
        return f"message {parameters['code']}"


@pytest.fixture
def container(write):
    def made(text, **files):
        messages = {"messages.properties": "a=the message"}
        root = write({"injected.py": HEAD + text, **messages, **files})
        return Container(
            Library.package(root),
            SERVICES,
            ConfigObject({"a": 1}),
            Suite.CLOUD,
            lambda name: SimpleNamespace(name=name),
        )

    return made


PLAIN = """
class PlainPlugin:
    id = None
    constraints = {"n": {"type": int}, "d": {"defaultValue": "x"}}
    state = "my own"
    def getConfig(self): return "overwritten"
    def start(self): return "overwritten"
    def own(self): return "own"
"""


def test_a_plain_class_gets_the_dynamic_methods(container):
    runtime = Runtime()
    plugin = container(PLAIN).create("Plain", INFO, runtime)
    assert plugin.id == "one"
    assert plugin.own() == "own"
    assert plugin.getConfig() == plugin.config == {"n": 5, "d": "x"}
    assert plugin.getState() is plugin.get_state() is PluginState.STARTED
    assert plugin.state == "my own"
    assert plugin.getPluginType() == plugin.plugin_type == "Plain"
    assert plugin.getPollInterval() == 30
    assert plugin.getAutoStart() is None
    assert plugin.getLog() is plugin.log is runtime.log
    assert plugin.getAppConfig().a == plugin.appConfig.a == 1
    assert plugin.message(code="a") == plugin.message({"code": "a"}) == "message a"
    plugin.start()
    plugin.stop()
    assert runtime.calls == [("start", "one"), ("stop", "one")]
    assert type(plugin).__name__ == "PlainPlugin"
    assert type(plugin).__module__ == "injected"


def test_a_class_that_extends_abstract_plugin_is_itself(container):
    made = container("class AbsPlugin(AbstractPlugin): pass")
    plugin = made.create("Abs", INFO, Runtime())
    assert type(plugin) is made.library.types["Abs"].cls
    assert plugin.id == "one"
    assert plugin.state is PluginState.STARTED
    assert plugin.config.n == "5"


def test_dynamic_methods_overwrite_those_of_any_plugin(container):
    runtime = Runtime()
    text = "class AbsPlugin(AbstractPlugin):\n    def start(self): return 'mine'"
    plugin = container(text).create("Abs", INFO, runtime)
    assert plugin.start() is None
    assert runtime.calls == [("start", "one")]


def test_an_id_may_be_a_pair_of_methods(container):
    text = """
class PairPlugin:
    def getId(self): return self._given
    def setId(self, id): self._given = id
"""
    runtime = Runtime()
    plugin = container(text).create("Pair", INFO, runtime)
    assert plugin.getId() == "one"
    plugin.stop()
    assert runtime.calls == [("stop", "one")]


def test_the_constructor_finds_what_is_injected(container):
    text = """
class EarlyTranslator: pass
class EarlyPlugin(AbstractPlugin):
    earlyTranslator = None
    def __init__(self):
        self.seen = self.log, self.config.n, self.nodeRMService, self.earlyTranslator
        self.earlyTranslator = None
        self.state_of_mine = 1
"""
    runtime = Runtime()
    plugin = container(text).create("Early", INFO, runtime)
    assert plugin.seen[:3] == (runtime.log, "5", SERVICES["nodeRMService"])
    assert plugin.seen[3] is plugin.earlyTranslator is not None


def test_services_go_everywhere_in_both_spellings(container):
    text = """
class SomeTranslator: pass
@component
class SomeHelper: pass
class SomePlugin(AbstractPlugin):
    nodeRMService: INodeRMService
    someTranslator = None
    someHelper: SomeHelper
"""
    plugin = container(text).create("Some", INFO, Runtime())
    for made in (plugin, plugin.someTranslator, plugin.someHelper):
        assert made.nodeRMService is made.node_rm_service is SERVICES["nodeRMService"]
        assert made.sslService is made.ssl_service is SERVICES["sslService"]
    assert plugin.someTranslator.log.name == "plugins.injected.SomeTranslator"
    assert plugin.someTranslator.getLog() is plugin.someTranslator.log
    assert plugin.someTranslator.message(code="a") == "the message"
    assert plugin.someHelper.message(code="a") == "the message"
    assert not hasattr(plugin.someHelper, "log")


@pytest.mark.parametrize(
    "declaration, name",
    [
        ("exampleTranslator = None", "exampleTranslator"),
        ("example_translator = None", "example_translator"),
        ("exampleTranslator: ExampleTranslator", "exampleTranslator"),
        ("exampleTranslator: object = None", "exampleTranslator"),
        ("rMTranslator = None", "rMTranslator"),
        ("RMTranslator = None", "RMTranslator"),
        ("rm_translator = None", "rm_translator"),
        ("given = None", "given"),
        ("other: ExampleTranslator", "other"),
        ("other: ExampleTranslator | None = None", "other"),
        ("other: Optional[ExampleTranslator] = None", "other"),
        ("other: 'ExampleTranslator'", "other"),
    ],
)
def test_what_is_declared_is_injected(container, declaration, name):
    text = f"""
class ExampleTranslator: pass
class RMTranslator: pass
@component(name="given")
class NamedHelper: pass
class BasePlugin(AbstractPlugin):
    {declaration}
class ThisPlugin(BasePlugin): pass
"""
    plugin = container(text).create("This", INFO, Runtime())
    injected = type(getattr(plugin, name)).__name__
    assert injected in ("ExampleTranslator", "RMTranslator", "NamedHelper")


@pytest.mark.parametrize(
    "declaration",
    ["exampleTranslator = 5", "unknown = None", "unknown: int", "x: '(('"],
)
def test_what_is_not_declared_is_left_alone(container, declaration):
    text = f"""
class ExampleTranslator: pass
class ThisPlugin(AbstractPlugin):
    {declaration}
"""
    plugin = container(text).create("This", INFO, Runtime())
    found = vars(plugin).values()
    assert not any(type(value).__name__ == "ExampleTranslator" for value in found)


def test_a_class_for_type_checkers_only_is_found_by_its_name(container):
    text = """
if TYPE_CHECKING:
    from injected_helper import DeepHelper
class ThisPlugin(AbstractPlugin):
    other: DeepHelper
"""
    helper = "from collective.mwsvm.plugins import component\n@component\n"
    files = {"injected_helper.py": helper + "class DeepHelper: pass"}
    plugin = container(text, **files).create("This", INFO, Runtime())
    assert type(plugin.other).__name__ == "DeepHelper"


def test_annotations_are_not_evaluated(container):
    text = """
class ThisPlugin(AbstractPlugin):
    other: [].append(1 / 0)
"""
    assert container(text).create("This", INFO, Runtime())


SCOPES = """
class ATranslator:
    bHelper = None
    cHelper = None
@component
class BHelper: pass
@component
@scope("prototype")
class CHelper: pass
class ThisPlugin(AbstractPlugin):
    aTranslator = None
    bHelper = None
    cHelper = None
"""


def test_a_singleton_is_one_and_a_prototype_is_new_each_time(container):
    made = container(SCOPES)
    one, two = (made.create("This", INFO, Runtime()) for _ in range(2))
    assert one.aTranslator is two.aTranslator
    assert one.bHelper is two.bHelper is one.aTranslator.bHelper
    assert len({id(o.cHelper) for o in (one, two, one.aTranslator)}) == 3


@pytest.mark.parametrize(
    "text, expected",
    [
        (
            "class ATranslator:\n    bTranslator = None\n"
            "class BTranslator:\n    cHelper = None\n"
            "@component\nclass CHelper:\n    x: ATranslator\n",
            "injected.ATranslator needs injected.BTranslator needs injected.CHelper "
            "needs injected.ATranslator",
        ),
        (
            "class ATranslator:\n    aTranslator = None\n",
            "injected.ATranslator needs injected.ATranslator",
        ),
        (
            "@component(name='x')\nclass A: pass\n@component(name='x')\nclass B: pass\n",
            "both injected as 'x'",
        ),
    ],
)
def test_circles_and_doubles_are_refused(container, text, expected):
    with pytest.raises(InvalidPluginTypeException, match=expected):
        container(text + "class ThisPlugin(AbstractPlugin): pass")


def test_a_constructor_that_fails_names_its_class(container):
    text = "class ThisPlugin(AbstractPlugin):\n    def __init__(self): 1 / 0"
    with pytest.raises(InvalidPluginTypeException) as refusal:
        container(text).create("This", INFO, Runtime())
    assert "injected.ThisPlugin cannot be loaded: injected.py, line" in str(
        refusal.value
    )


def test_an_unknown_type_is_named_with_the_known_ones(container):
    made = container("class ThisPlugin(AbstractPlugin): pass")
    with pytest.raises(InvalidPluginTypeException, match="'That'; there are This"):
        made.create("That", INFO, Runtime())


def test_validators_get_services_of_the_container(container):
    context = container("class ThisPlugin(AbstractPlugin): pass").validator_context()
    assert context.getService("sslService") is SERVICES["sslService"]
    assert context.appConfig.a == 1
