"""What authors of plug-ins test with behaves as the server does."""

from collective.mwsvm.database.engine import Database
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.plugin_control.datastore import Datastore
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import component
from collective.mwsvm.plugins import InvalidPluginConfigurationException
from collective.mwsvm.plugins import InvalidPluginTypeException
from collective.mwsvm.plugins import JobReport
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import NodeReportState
from collective.mwsvm.plugins import PluginConstants
from collective.mwsvm.plugins import PluginException
from collective.mwsvm.plugins import PluginStartException
from collective.mwsvm.plugins import PluginState
from collective.mwsvm.plugins import PluginStopException
from collective.mwsvm.plugins import scope
from collective.mwsvm.plugins import Unsecured
from collective.mwsvm.plugins import UnsupportedOperationException
from collective.mwsvm.plugins import VirtualMachineReport
from collective.mwsvm.plugins import WebServiceException
from collective.mwsvm.plugins.testing import MemoryDatastore
from collective.mwsvm.plugins.testing import PluginTester
from datetime import datetime
from datetime import UTC
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from tests import databases
from typing import Any
import logging
import pytest
import subprocess
import sys


pytest_plugins = ["collective.mwsvm.plugins.testing.pytest"]


class NumberTranslator:
    counter: Any = None

    def number(self):
        self.log.info("asked for a number")
        return self.counter.next()


@component(name="counter")
@scope("prototype")
class Counter:
    def __init__(self):
        self.last = 0

    def next(self):
        self.last += 1
        return self.last


class ExamplePlugin(AbstractPlugin):
    """Has something of everything."""

    author = "An author"
    constraints = {
        "pollInterval": {"defaultValue": 60, "min": 20},
        "count": {"type": int, "required": False, "defaultValue": 2},
        "mode": {"required": False, "inList": ["good", "wrong", "refuse", "crash"]},
    }
    numberTranslator = None
    seen: tuple[str, ...] = ()

    def configure(self):
        if self.config.mode == "wrong":
            raise InvalidPluginConfigurationException(["It is wrong", "Very"])

    def beforeStart(self):
        self.seen += ("beforeStart",)
        if self.config.mode == "crash":
            raise RuntimeError("no start")

    def afterStart(self):
        self.seen += ("afterStart",)

    def beforeStop(self):
        self.seen += ("beforeStop",)
        if self.config.mode == "refuse":
            raise PluginStopException("Not now")
        if self.config.mode == "crash":
            raise RuntimeError("no stop")

    def afterStop(self):
        self.log.warn("stopped")

    def poll(self):
        if self.config.mode == "crash":
            raise RuntimeError("no poll")
        nodes = [NodeReport(f"Node{n}") for n in range(self.config.count)]
        for node in nodes:
            node.state = NodeReportState.IDLE
            node.resources.processors.total = self.numberTranslator.number()
        self.nodeRMService.save(nodes)
        self.virtualMachineRMService.save([VirtualMachineReport("vm1")])
        self.jobRMService.update([JobReport("job.1")])

    def nodePower(self, nodes, state):
        return state is NodeReportPower.ON

    def tell(self, params):
        return {**params, "method": params[PluginConstants.WEB_SERVICES_METHOD]}

    @Unsecured
    def fail(self, params):
        raise WebServiceException("No such thing", params.int("code"))

    def control(self, params):
        control = self.pluginControlService
        getattr(control, params.action)(params.id)
        return {"state": control.getPluginById(params.id).state}

    def make(self, params):
        made = self.pluginControlService.createPlugin(
            params.id, ExamplePlugin, config={"count": 1}
        )
        found = self.pluginControlService.getPlugins("Example", {"count": 1})
        return {"made": made, "found": [plugin.id for plugin in found]}

    def stopMyself(self, params):
        self.stop()
        return list(self.seen)

    def changeMyself(self, params):
        self.setConfig({**self.config, "count": 7})
        return {"count": self.config.count}

    def store(self, params):
        self.pluginDatastoreService.addData("things", params.body)
        return self.pluginDatastoreService.getCollection("things")

    def image(self, params):
        answer = self.moabRestService.get(
            f"/rest/images/{params.name}", params={"fields": "name"}
        )
        return {"status": answer.status, "data": answer.data}

    def event(self, params):
        self.pluginEventService.createEvent("ERROR", "ADMIN", 1, "thing", None, "Oh")
        return {}


class BrokenPlugin(AbstractPlugin):
    constraints = {"count": {"unknown": 1}}


class BarePlugin:
    id = None


class TestPlugins:
    def test_a_plugin_is_started_and_polled(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin, config={"count": "3"})
        assert plugin.state is PluginState.STARTED
        assert plugin.config == {"count": 3}
        assert plugin.info["pollInterval"] == 60
        assert plugin.instance.seen == ("beforeStart", "afterStart")
        plugin.poll()
        assert [node.name for node in plugin.nodes] == ["node0", "node1", "node2"]
        assert [node.resources.processors.total for node in plugin.nodes] == [1, 2, 3]
        assert [machine.name for machine in plugin.machines] == ["vm1"]
        assert [job.name for job in plugin.jobs] == ["job.1"]

    def test_its_default_configuration_and_id(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin)
        assert (plugin.id, plugin.config) == ("plugin1", {"count": 2})
        assert plugin_tester.plugins == {"plugin1": plugin}

    def test_a_start_makes_a_new_object(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin)
        first = plugin.instance
        plugin.stop()
        assert plugin.state is PluginState.STOPPED
        plugin.start()
        assert plugin.instance is not first

    def test_one_that_does_not_start_by_itself(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin, autoStart=False)
        assert plugin.state is PluginState.STOPPED
        with pytest.raises(PluginException, match="is STOPPED and gets no event poll"):
            plugin.poll()

    def test_what_is_wrong_is_told(self, plugin_tester):
        config = {"count": "x", "mode": "none"}
        wrong = plugin_tester.check(ExamplePlugin, config, pollInterval=10)
        assert len(wrong) == 3
        assert "'count'" in wrong[0]
        assert "'mode'" in wrong[1]
        assert "'pollInterval'" in wrong[2]
        with pytest.raises(InvalidPluginConfigurationException) as caught:
            plugin_tester.create(ExamplePlugin, config=config)
        assert caught.value.errors == wrong[:2]
        assert plugin_tester.plugins == {}

    def test_what_configure_raises_is_told(self, plugin_tester):
        assert plugin_tester.check(ExamplePlugin) == []
        wrong = plugin_tester.check(ExamplePlugin, {"mode": "wrong"})
        assert wrong == ["It is wrong", "Very"]

    def test_a_new_configuration(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin)
        plugin.configure({"count": "5"})
        assert plugin.instance.config.count == 5
        with pytest.raises(InvalidPluginConfigurationException):
            plugin.configure({"mode": "wrong"})
        assert plugin.config == {"count": 5}
        assert plugin.check() == []

    def test_an_id_is_taken_once(self, plugin_tester):
        plugin_tester.create(ExamplePlugin, id="a")
        with pytest.raises(InvalidPluginConfigurationException, match="'a' already"):
            plugin_tester.create(ExamplePlugin, id="a")

    def test_a_failed_start_leaves_it_errored(self, plugin_tester):
        with pytest.raises(RuntimeError, match="no start"):
            plugin_tester.create(ExamplePlugin, config={"mode": "crash"})
        plugin = plugin_tester.plugins["plugin1"]
        assert (plugin.state, plugin.substate) == (PluginState.ERRORED, "no start")
        plugin.stop()
        assert (plugin.state, plugin.substate) == (PluginState.STOPPED, None)
        assert plugin_tester.log == []

    def test_a_failed_poll_leaves_it_errored(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin)
        plugin.configure({"mode": "crash"})
        with pytest.raises(RuntimeError, match="no poll"):
            plugin.poll()
        assert (plugin.state, plugin.substate) == (PluginState.ERRORED, "no poll")

    def test_it_may_refuse_to_stop_but_not_fail_to(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin, config={"mode": "refuse"})
        with pytest.raises(PluginStopException, match="Not now"):
            plugin.stop()
        assert plugin.state is PluginState.STARTED
        plugin.configure({"mode": "crash"})
        with pytest.raises(RuntimeError, match="no stop"):
            plugin.stop()
        assert plugin.state is PluginState.STOPPED

    def test_events(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin)
        assert plugin.event("nodePower", ["n1"], NodeReportPower.ON) is True
        assert plugin.event("nodePower", ["n1"], "Off") is False
        with pytest.raises(UnsupportedOperationException, match="jobCancel"):
            plugin.event("jobCancel", ["1"])
        assert plugin.state is PluginState.STARTED
        with pytest.raises(ValueError, match="power state can't be 'Sideways'"):
            plugin.event("nodePower", ["n1"], "Sideways")
        assert plugin.state is PluginState.ERRORED
        with pytest.raises(PluginException, match="is ERRORED and gets no event"):
            plugin.event("nodePower", ["n1"], "Off")

    def test_classes_that_can_not_be_types(self, plugin_tester):
        with pytest.raises(InvalidPluginTypeException, match="'unknown'"):
            plugin_tester.create(BrokenPlugin)
        with pytest.raises(InvalidPluginTypeException, match="must end in Plugin"):
            plugin_tester.create(Counter)
        with pytest.raises(InvalidPluginTypeException, match="there are none"):
            plugin_tester.create("Example")

    def test_a_class_without_a_base(self, plugin_tester):
        plugin = plugin_tester.create(BarePlugin, id="bare")
        assert plugin.instance.id == "bare"
        with plugin.at_work() as instance:
            assert instance.nodeRMService.list() == []
        with pytest.raises(RuntimeError, match="only be called while MWS calls"):
            plugin.instance.nodeRMService.list()

    def test_a_class_of_a_function(self, plugin_tester):
        class LocalPlugin(AbstractPlugin):
            def poll(self):
                self.nodeRMService.save([NodeReport("n1")])

        plugin = plugin_tester.create(LocalPlugin)
        plugin.poll()
        assert [node.name for node in plugin.nodes] == ["n1"]

    def test_a_description(self, plugin_tester):
        described = plugin_tester.describe(ExamplePlugin)
        assert described["author"] == "An author"
        assert described["pollInterval"] == {"default": 60, "min": 20, "max": None}
        assert {"name": "fail", "secured": False} in described["webServices"]


class TestServices:
    def test_web_services(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin)
        answer = plugin.service(
            "tell", {"a": 1, "b": True, "c": [1, 2]}, method="POST", body={"d": 3}
        )
        assert answer == {
            "a": "1",
            "b": "true",
            "c": ["1", "2"],
            "body": {"d": 3},
            "MWS_PLUGIN_HTTP_METHOD": "POST",
            "method": "POST",
        }
        assert plugin.service("stop-myself") == [
            "beforeStart",
            "afterStart",
            "beforeStop",
        ]
        with pytest.raises(WebServiceException) as caught:
            plugin.service("fail", {"code": 410})
        assert (caught.value.messages, caught.value.responseCode) == (
            ["No such thing"],
            410,
        )
        with pytest.raises(WebServiceException, match="no web service"):
            plugin.service("poll")

    def test_a_plugin_controls_others(self, plugin_tester):
        first = plugin_tester.create(ExamplePlugin, id="a")
        other = plugin_tester.create(ExamplePlugin, id="b", autoStart=False)
        answer = first.service("control", {"action": "start", "id": "b"})
        assert answer == {"state": "STARTED"}
        assert other.state is PluginState.STARTED
        first.service("control", {"action": "stop", "id": "b"})
        assert other.state is PluginState.STOPPED
        first.service("control", {"action": "configure", "id": "b"})
        with pytest.raises(PluginException, match="'c' was not found"):
            first.service("control", {"action": "start", "id": "c"})
        other.configure({"mode": "crash"})
        with pytest.raises(PluginStartException, match="no start"):
            first.service("control", {"action": "start", "id": "b"})
        assert other.state is PluginState.ERRORED

    def test_a_plugin_makes_another(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin)
        answer = plugin.service("make", {"id": "new"})
        assert answer == {"made": True, "found": ["new"]}
        assert plugin_tester.plugins["new"].state is PluginState.STARTED
        with pytest.raises(InvalidPluginConfigurationException, match="already"):
            plugin.service("make", {"id": "new"})

    def test_a_plugin_controls_itself(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin)
        assert plugin.service("changeMyself") == {"count": 7}
        assert plugin.config == {"count": 7}
        plugin.service("stopMyself")
        assert plugin.state is PluginState.STOPPED

    def test_the_datastore(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin)
        assert plugin.service("store", body=[{"a": 1}]) == [{"a": 1}]
        assert plugin.datastore.getCollection("things") == [{"a": 1}]
        plugin.stop()
        plugin.start()
        assert plugin.datastore.exists("things")

    def test_answers_of_resources(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin)
        plugin_tester.rest.set("GET", "/rest/images/a", {"name": "a"})
        assert plugin.service("image", {"name": "a"}) == {
            "status": 200,
            "data": {"name": "a"},
        }
        assert plugin.service("image", {"name": "b"})["status"] == 404
        asked = plugin_tester.rest.requests[0]
        assert (asked.method, asked.url, asked.hooks) == (
            "GET",
            "/rest/images/a",
            False,
        )
        assert asked.params == {"fields": "name"}

    def test_events_of_the_site(self, plugin_tester):
        plugin_tester.create(ExamplePlugin).service("event")
        (event,) = plugin_tester.events
        assert event["eventType"] == "thing"
        assert event["primaryObject"] == {"type": "plugin", "id": "plugin1"}

    def test_reports_are_added_up(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin)
        for timestamp, state, total in ((10, "UP", 4), (20, None, 5), (5, "DOWN", 6)):
            node = NodeReport("n1")
            node.timestamp = datetime.fromtimestamp(timestamp, UTC)
            node.state = state
            node.metrics[f"m{timestamp}"] = 1.0
            node.resources.processors.total = total
            with plugin.at_work() as instance:
                instance.nodeRMService.update([node])
        (node,) = plugin.nodes
        assert node.state is NodeReportState.UP
        assert node.resources.processors.total == 5
        assert node.metrics == {"m5": 1.0, "m10": 1.0, "m20": 1.0}


class TestLog:
    def test_what_is_logged_is_kept(self, plugin_tester):
        plugin = plugin_tester.create(ExamplePlugin)
        plugin.poll()
        plugin.stop()
        assert [(r.level, r.message) for r in plugin_tester.log] == [
            ("INFO", "asked for a number"),
            ("INFO", "asked for a number"),
            ("WARN", "stopped"),
        ]
        assert plugin_tester.log[0].name == f"plugins.{__name__}.NumberTranslator"
        assert plugin_tester.log[2].name == f"plugins.{__name__}.ExamplePlugin"

    def test_a_closed_tester_leaves_nothing(self):
        logger = logging.getLogger("plugins")
        before = (list(logger.handlers), logger.level)
        with PluginTester() as tester:
            tester.create(ExamplePlugin)
            assert logger.handlers != before[0]
        assert (logger.handlers, logger.level) == before


class TestConfiguration:
    def test_what_plugins_see_of_the_site(self, tmp_path):
        config = {"plugins": {"custom": {"property": "mine"}}}
        with PluginTester(config, "hpc", tmp_path) as tester:
            plugin = tester.create(ExamplePlugin).instance
            assert plugin.appConfig.plugins.custom.property == "mine"
            assert tester.suite.label == "HPC"
            service = plugin.sslService
            assert service.getCertificateFile("a.pem") == tmp_path / "a.pem"


def test_it_is_light():
    code = (
        "import sys, collective.mwsvm.plugins.testing\n"
        "print([n for n in ('sqlalchemy', 'Zope2', 'pydantic', 'requests') "
        "if n in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"


values = st.sampled_from([None, True, False, 0, 1, 2.5, "a", "b", [1, "a"], []])
entries = st.dictionaries(st.sampled_from(["k", "l"]), values, max_size=2)
keys = st.sampled_from(["k", "l", "k.l"])
plain_values = st.sampled_from([None, True, False, 0, 1, 2.5, "a", "z"])
nested = st.one_of(entries, st.fixed_dictionaries({"k": entries}))
calls = st.one_of(
    st.tuples(st.just("addData"), st.lists(nested, max_size=3)),
    st.tuples(st.just("addData"), nested),
    st.tuples(st.sampled_from(["getData", "removeData"]), keys, plain_values),
    st.tuples(st.just("updateData"), keys, plain_values, nested),
    st.tuples(st.sampled_from(["exists", "getCollection"])),
    st.tuples(st.just("clearCollection")),
)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("database")
    return Database(databases.sqlite(folder / "mws.sqlite"), "site")


@example([("addData", {"k": [1, "a"]}), ("getData", "k.l", None)])
@settings(max_examples=60, deadline=None)
@given(st.lists(calls, min_size=1, max_size=12))
def test_the_datastore_is_as_the_sites_own(database, steps):
    memory = MemoryDatastore()
    spelled = {
        "exists": "exists",
        "getCollection": "get_collection",
        "getData": "get_data",
        "addData": "add_data",
        "updateData": "update_data",
        "removeData": "remove_data",
        "clearCollection": "clear_collection",
    }
    with database.transaction() as connection:
        real = Datastore(connection, "plugin1")
        real.forget()
        for name, *arguments in steps:
            expected = getattr(real, spelled[name])("things", *arguments)
            assert getattr(memory, name)("things", *arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("addData", ("things", "text")),
        ("addData", ("things", [{}, 1])),
        ("addData", ("", {})),
        ("exists", (None,)),
        ("updateData", ("things", "a", 1, [])),
        ("getData", ("things", "", 1)),
    ],
)
def test_the_datastore_refuses_what_the_sites_own_refuses(database, name, arguments):
    with pytest.raises(PluginException):
        getattr(MemoryDatastore(), name)(*arguments)
    spelled = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    with database.transaction() as connection, pytest.raises(MwsvmError):
        getattr(Datastore(connection, "plugin1"), spelled)(*arguments)
