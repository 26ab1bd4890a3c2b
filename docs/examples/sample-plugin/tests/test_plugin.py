from acme_nodes.plugin import AcmeNodesPlugin
from collective.mwsvm.plugins import NodeReportState
from collective.mwsvm.plugins import PluginState
from collective.mwsvm.plugins.testing import PluginTester
import json
import pytest


MACHINES = [
    {"name": "N1", "cores": 4, "memory": 8191, "on": True, "tags": ["ssd"]},
    {"name": "n2", "on": False},
]


@pytest.fixture
def inventory(tmp_path):
    path = tmp_path / "nodes.json"
    path.write_text(json.dumps({"machines": MACHINES}))
    return path


@pytest.fixture
def plugin(plugin_tester, inventory):
    return plugin_tester.create(
        AcmeNodesPlugin, id="acme", config={"inventory": inventory.as_uri()}
    )


def test_machines_become_nodes(plugin):
    plugin.poll()
    first, second = plugin.nodes
    assert (first.name, first.state) == ("n1", NodeReportState.UP)
    assert first.resources.processors.total == 4
    assert first.features == ["ssd"]
    assert first.partition == "acme"
    assert (second.name, second.state) == ("n2", NodeReportState.DOWN)


def test_an_inventory_that_is_away_empties_nothing(plugin, inventory, plugin_tester):
    plugin.poll()
    inventory.unlink()
    plugin.poll()
    assert plugin.state is PluginState.STARTED
    assert len(plugin.nodes) == 2
    (record,) = plugin_tester.log
    assert record.level == "ERROR"
    assert "can't be read" in record.message


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"machines": 1}'])
def test_what_is_no_inventory_is_told(plugin, inventory, plugin_tester, text):
    inventory.write_text(text)
    plugin.poll()
    assert plugin.nodes == []
    assert [record.level for record in plugin_tester.log] == ["ERROR"]


def test_machines_without_a_name_are_left_out(plugin, inventory, plugin_tester):
    inventory.write_text(json.dumps({"machines": [{}, *MACHINES]}))
    plugin.poll()
    assert len(plugin.nodes) == 2
    assert [record.message for record in plugin_tester.log] == [
        "The machine at place 1 of the inventory has no name and is left out."
    ]


def test_the_summary(plugin):
    plugin.poll()
    assert plugin.service("summary") == {"nodes": 2, "on": 1}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "The 'inventory' configuration parameter is required and cannot be null"),
        (
            {"inventory": "nodes"},
            "The inventory must be a URL such as file:///etc/nodes.json, not nodes.",
        ),
        (
            {"inventory": "exec:///bin/nodes"},
            "The inventory is read from http, https or file, not from exec.",
        ),
    ],
)
def test_configurations_that_are_wrong(plugin_tester, config, message):
    assert message in plugin_tester.check(AcmeNodesPlugin, config)


def test_the_initial_plugin():
    settings = {"plugins": {"acme": {"inventory": "file:///etc/nodes.json"}}}
    with PluginTester(settings) as tester:
        initial = tester.describe(AcmeNodesPlugin)["initialPlugins"]
    assert list(initial) == ["acme"]
    with PluginTester() as tester:
        assert tester.describe(AcmeNodesPlugin)["initialPlugins"] == {}
