"""The base of plug-ins (guide 6.2.1, 6.2.2, 6.2.12)."""

from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import AbstractPluginInfo
from collective.mwsvm.plugins import ConfigObject
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import PluginException
from collective.mwsvm.plugins import PluginState
from collective.mwsvm.plugins import UnsupportedOperationException
from collective.mwsvm.plugins.spelling import snake
import logging
import pytest


INFO = {
    "id": "plugin1",
    "pluginType": "Sample",
    "state": "STARTED",
    "substate": "well",
    "pollInterval": 30,
    "autoStart": True,
    "precedence": 5,
    "config": {"username": "u", "nested": {"key": [1]}},
    "revision": 2,
}
EVENTS = {
    "jobCancel": (["j"],),
    "jobModify": (["j"], {"a": "b"}),
    "jobRequeue": (["j"],),
    "jobResume": (["j"],),
    "jobStart": ("j", "n1,n2", "user", {"a": "b"}),
    "jobSubmit": ({"a": "b"},),
    "jobSuspend": (["j"],),
    "nodeModify": (["n"], {"a": "b"}),
    "nodePower": (["n"], NodeReportPower.ON),
    "resourceCreate": ("vm", "hv1:vm1", {"a": "b"}),
    "systemModify": ({"a": "b"},),
    "systemQuery": (["a"],),
    "virtualMachineMigrate": ("vm", "hv", "op"),
}
LIFE_CYCLE = ("configure", "beforeStart", "afterStart", "beforeStop", "afterStop")


class FakeRuntime:
    log = logging.getLogger("plugins.sample")
    app_config = ConfigObject({"mws": {"home": {"location": "/opt/mws"}}})

    def __init__(self):
        self.calls = []

    def start(self, id):
        self.calls.append(("start", id))

    def stop(self, id):
        self.calls.append(("stop", id))

    def message(self, parameters):
        return f"message {parameters}"

    def set_config(self, config):
        self.calls.append(("set_config", config))


class SamplePlugin(AbstractPlugin):
    pass


@pytest.fixture
def plugin():
    made = SamplePlugin()
    made._inform(INFO)
    made._runtime = FakeRuntime()
    return made


def test_info(plugin):
    for info in (plugin, AbstractPluginInfo.of(INFO)):
        assert info.id == info.getId() == info.get_id() == "plugin1"
        assert info.pluginType == info.plugin_type == info.getPluginType() == "Sample"
        assert info.state is info.getState() is PluginState.STARTED
        assert info.substate == info.getSubstate() == "well"
        assert info.pollInterval == info.poll_interval == info.get_poll_interval() == 30
        assert info.autoStart is info.auto_start is info.getAutoStart() is True
        assert info.config == info.getConfig() == info.get_config() == INFO["config"]


@pytest.mark.parametrize(
    "name", ["pluginType", "state", "substate", "pollInterval", "auto_start", "config"]
)
def test_info_is_read_only(plugin, name):
    with pytest.raises(AttributeError):
        setattr(plugin, name, "other")


def test_the_id_can_be_set():
    plugin = SamplePlugin()
    assert plugin.id is None
    plugin.id = "a"
    assert plugin.getId() == "a"
    plugin.setId("b")
    assert plugin.id == "b"
    assert SamplePlugin().id is None


def test_a_plugin_of_nobody():
    plugin = SamplePlugin()
    assert plugin.state is None
    assert plugin.config == {}
    plugin.config.key = 1
    assert plugin.config.key == 1
    assert SamplePlugin().config == {}
    for call in (plugin.start, plugin.getLog, plugin.getAppConfig, plugin.message):
        with pytest.raises(PluginException, match="SamplePlugin was not made by MWS"):
            call()


def test_a_plugin_may_have_its_own_constructor():
    class OwnPlugin(AbstractPlugin):
        def __init__(self):
            self.seen = 0

    plugin = OwnPlugin()
    plugin._inform(INFO)
    assert (plugin.id, plugin.seen) == ("plugin1", 0)


def test_config(plugin):
    config = plugin.config
    assert config.username == "u"
    assert config.nested.key == [1]
    assert config["nested"].key == [1]
    assert config.absent is None
    assert config.containsKey("username")
    assert not config.contains_key("absent")
    with pytest.raises(KeyError):
        config["absent"]
    plugin.setConfig({"username": "other"})
    assert plugin.config.username == "other"
    assert plugin.id == "plugin1"
    assert plugin._runtime.calls == [("set_config", {"username": "other"})]


def test_dynamic_methods(plugin):
    plugin.start()
    plugin.stop()
    assert plugin._runtime.calls == [("start", "plugin1"), ("stop", "plugin1")]
    assert plugin.log is plugin.getLog() is plugin.get_log() is FakeRuntime.log
    assert plugin.appConfig.mws.home.location == "/opt/mws"
    assert plugin.getAppConfig() is plugin.app_config is plugin.get_app_config()
    assert plugin.message(code="a", args=[1]) == "message {'code': 'a', 'args': [1]}"
    assert plugin.message({"code": "a"}) == "message {'code': 'a'}"


def test_start_needs_an_id(plugin):
    plugin._inform({})
    with pytest.raises(PluginException, match="SamplePlugin has no id"):
        plugin.start()


@pytest.mark.parametrize("name", LIFE_CYCLE)
def test_the_life_cycle_is_nothing_by_itself(plugin, name):
    assert getattr(plugin, name)() is None
    assert getattr(plugin, snake(name))() is None


@pytest.mark.parametrize(("name", "arguments"), EVENTS.items())
def test_events_are_unsupported_by_themselves(plugin, name, arguments):
    for spelling in (name, snake(name)):
        with pytest.raises(UnsupportedOperationException, match=rf"Sample .*{name}$"):
            getattr(plugin, spelling)(*arguments)


def test_a_job_starts_without_properties():
    with pytest.raises(UnsupportedOperationException):
        SamplePlugin().jobStart("j", "n1", "user")


@pytest.mark.parametrize("name", [*EVENTS, *LIFE_CYCLE])
def test_both_spellings_of_an_override_count(name):
    for spelling in (name, snake(name)):
        members = {spelling: lambda self, *arguments: "mine"}
        cls = type("OwnPlugin", (AbstractPlugin,), members)
        below = type("BelowPlugin", (cls,), {})
        for plugin in (cls(), below()):
            assert getattr(plugin, name)() == "mine"
            assert getattr(plugin, snake(name))() == "mine"


def test_super_in_the_other_spelling():
    class OnePlugin(AbstractPlugin):
        def before_start(self):
            return ["one"]

    class TwoPlugin(OnePlugin):
        def beforeStart(self):
            return [*super().beforeStart(), "two"]

    assert TwoPlugin().before_start() == ["one", "two"]


def test_other_methods_of_a_plugin_have_their_own_name_only():
    class OwnPlugin(AbstractPlugin):
        def notifyEvent(self, params):
            return []

    assert not hasattr(OwnPlugin, "notify_event")
    assert not hasattr(OwnPlugin, "poll")
