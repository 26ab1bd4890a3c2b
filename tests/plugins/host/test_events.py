from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins import UnsupportedOperationException
from collective.mwsvm.plugins.events import call_event
from collective.mwsvm.plugins.events import LIFE_CYCLE
from collective.mwsvm.plugins.web_services import EVENTS
import pytest


class Plain:
    id = None

    def before_start(self):
        return "before"

    def job_start(self, job, tasks, user, properties):
        return properties

    def nodePower(self, nodes, state):
        return state

    def private(self):
        return "never called"


class Short:
    def jobStart(self, *three):
        return len(three)

    poll = "no method"


class NothingPlugin(AbstractPlugin):
    pass


def call(plugin, event, *arguments):
    return call_event(plugin, "Example", event, arguments)


def test_other_spelling():
    assert call(Plain(), "beforeStart") == "before"


@pytest.mark.parametrize("event", LIFE_CYCLE)
def test_the_life_cycle_is_optional(event):
    assert call(Short(), event) is None
    assert call(NothingPlugin(), event) is None


@pytest.mark.parametrize("event", sorted({*EVENTS, "private", "id"} - {*LIFE_CYCLE}))
def test_all_else_is_not_supported(event):
    plugin = Short() if event in ("poll", "private", "id") else NothingPlugin()
    arguments = {"nodePower": [[], "ON"], "poll": []}
    if event in ("poll", "private", "id"):
        given = []
    else:
        given = arguments.get(event, COUNTS.get(event, [[]]))
    with pytest.raises(UnsupportedOperationException, match=event):
        call(plugin, event, *given)


COUNTS = {
    "jobModify": [[], {}],
    "jobStart": ["j", "t", "u"],
    "nodeModify": [[], {}],
    "resourceCreate": ["vm", "n", {}],
    "virtualMachineMigrate": ["v", "h", "o"],
}


def test_job_start():
    assert call(Plain(), "jobStart", "j", "t", "u") == {}
    assert call(Plain(), "jobStart", "j", "t", "u", {"a": "b"}) == {"a": "b"}
    assert call(Short(), "jobStart", "j", "t", "u", {"a": "b"}) == 4


@pytest.mark.parametrize("power", NodeReportPower)
def test_node_power(power):
    assert call(Plain(), "nodePower", ["n"], power.name) is power


@pytest.mark.parametrize("given", ["", "up", None, 1])
def test_no_power(given):
    with pytest.raises(ValueError, match="STANDBY"):
        call(Plain(), "nodePower", ["n"], given)
