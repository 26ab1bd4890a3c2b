"""``/rest/nodes`` (guide 4.12)."""

from collective.mwsvm.database import collections
from tests.rest.hypervisors import Hypervisors
from tests.rest.plugins import PluginTestCase
from tests.rest.workload_objects import add_nodes
from tests.rest.workload_objects import node


NODE = "nodes/n1"


class TestGettingNodes(PluginTestCase):
    def setUp(self):
        super().setUp()
        add_nodes(
            node("n1", metrics={"temp": 40}, variables={"a": "b"}),
            node("n2", 4, operatingSystem={"image": "linux"}),
            node("n3", 2),
            "GLOBAL",
            "DEFAULT",
        )

    def v2(self, path="nodes", **parameters):
        return self.results(path, api_version=2, **parameters)

    def test_lists_have_neither_default_nor_global(self):
        self.assertEqual(sorted(self.results("nodes", "id")), ["n1", "n2", "n3"])
        self.assertEqual(sorted(self.v2()), ["n1", "n2", "n3"])
        for name in ("GLOBAL", "DEFAULT"):
            shown = self.get(f"nodes/{name}?api-version=2").json()
            self.assertEqual(shown["name"], name)

    def test_version_2_has_names_and_nothing_of_the_servers_own(self):
        self.put(NODE, {"variables": {"c": "d"}})
        shown = self.get(f"{NODE}?api-version=2")
        self.assertEqual(shown.headers["X-Moab-Status"], "Success")
        self.assertEqual(shown.headers["X-Moab-Code"], "000")
        self.assertEqual(shown.json()["variables"], {"a": "b", "c": "d"})
        listed = self.get("nodes?api-version=2").json()["results"]
        for document in (shown.json(), *listed):
            self.assertFalse({"id", "kept", "machine"} & set(document))

    def test_version_1_is_flat_and_has_ids(self):
        shown = self.get("nodes/n2").json()
        self.assertEqual(
            shown,
            {
                "id": "n2",
                "state": "IDLE",
                "powerState": "ON",
                "lastUpdateDate": None,
                "genericMetrics": {},
                "operatingSystem": "linux",
                "variables": {},
                "attributes": {},
                "totalProcessors": None,
                "availableProcessors": None,
                "totalMemory": None,
                "availableMemory": None,
                "totalDisk": None,
                "availableDisk": None,
                "totalSwap": None,
                "availableSwap": None,
                "partition": None,
                "messages": [],
                "jobs": [],
                "reservations": [],
                "virtualMachines": [],
            },
        )
        self.assertIn(shown, self.get("nodes").json()["results"])

    def test_both_versions_can_be_queried_and_sorted_in_their_own_words(self):
        found = self.v2(query={"resources.processors.configured": {"$lt": 8}})
        self.assertEqual(sorted(found), ["n2", "n3"])
        self.assertEqual(self.v2(sort={"name": -1}, max=2), ["n3", "n2"])
        found = self.results("nodes", "id", query={"genericMetrics.temp": 40})
        self.assertEqual(found, ["n1"])
        found = self.results("nodes", "id", sort={"id": -1}, max=2, offset=1)
        self.assertEqual(found, ["n2", "n1"])
        found = self.results("nodes", "id", query={"state": "IDLE", "id": "GLOBAL"})
        self.assertEqual(found, [])

    def test_names_are_found_in_any_case(self):
        self.assertEqual(self.get("nodes/N1").json()["id"], "n1")

    def test_what_is_not_there(self):
        for response in (
            self.get("nodes/n9"),
            self.get("nodes/N9?api-version=2"),
            self.put("nodes/n9", {"partition": "x"}),
            self.put("nodes/n9", {}),
        ):
            self.assert_refused(response, 404, "was not found")
        self.assert_refused(self.post("nodes", {}), 405, "is not allowed")
        self.assert_refused(self.delete(NODE), 405, "is not allowed")

    def test_a_role_limits_what_a_proxy_user_sees_and_changes(self):
        permissions = [
            self.made(
                "permissions",
                {
                    "resource": "nodes",
                    "action": action,
                    "type": "api",
                    "resourceFilter": {"operatingSystem.image": "linux"},
                },
            )
            for action in ("read", "update")
        ]
        granted = [{"id": each["id"]} for each in permissions]
        self.made("roles", {"name": "limited", "permissions": granted})
        self.made(
            "principals",
            {
                "name": "p",
                "attachedRoles": [{"name": "limited"}],
                "users": [{"name": "amy"}],
            },
        )
        for version in (1, 2):
            for more in ("", "&sort={}", '&query={"variables":{}}'):
                path = f"nodes?proxy-user=amy&api-version={version}{more}"
                self.assertEqual(self.get(path).json()["totalCount"], 1, path)
        for name, status in (("n1", 404), ("n2", 200)):
            path = f"nodes/{name}?proxy-user=amy"
            self.assertEqual(self.get(path).status_code, status)
            response = self.put(path, {"variables": {"a": "b"}})
            self.assertEqual(response.status_code, status)


class TestModifyingNodes(Hypervisors, PluginTestCase):
    def setUp(self):
        super().setUp()
        add_nodes("n1")

    def change(self, path, body, **options):
        response = self.put(path, body, **options)
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()["messages"]

    def test_plugins_that_report_the_node_are_asked(self):
        self.set_up_hypervisors()
        said = self.change(
            "nodes/HV1?api-version=2",
            {
                "states": {"powerState": "off", "state": "Drained"},
                "operatingSystem": {"image": "linux"},
                "variables": {"a": "b"},
            },
        )
        self.assertEqual(
            said,
            [
                "Successfully powered node off",
                "Successfully modified os to 'linux'",
                "Successfully modified state to 'Drained'",
                "Successfully modified variable 'a'",
            ],
        )
        self.assertEqual(
            self.events_seen(),
            [
                ["nodePower", ["hv1"], "OFF"],
                ["nodeModify", ["hv1"], {"OS": "linux"}],
                ["nodeModify", ["hv1"], {"STATE": "Drained"}],
                ["nodeModify", ["hv1"], {"VARIABLE:a": "b"}],
            ],
        )
        shown = self.get("nodes/hv1?api-version=2").json()
        self.assertEqual(shown["states"]["powerStateExpected"], "Off")
        self.assertEqual(shown["operatingSystem"]["imageExpected"], "linux")

    def test_what_a_plugin_refuses_is_kept_with_a_warning(self):
        self.set_up_hypervisors()
        response = self.put("nodes/hv1", {"partition": "stubborn"})
        self.assertEqual(response.headers["X-Moab-Status"], "Warning")
        self.assertEqual(
            response.json()["messages"],
            [
                "No plugin has modified partition to 'stubborn' (p could not do it): it is "
                "kept here"
            ],
        )
        self.poll()
        self.assertEqual(self.get("nodes/hv1").json()["partition"], "stubborn")

    def test_without_plugins_the_server_keeps_all(self):
        body = {"state": "drained", "genericMetrics": {"a": 1.5}, "messages": ["m"]}
        said = self.change(NODE, body)
        self.assertEqual(len(said), 3)
        shown = self.get(NODE).json()
        self.assertEqual(shown["state"], "DRAINED")
        self.assertEqual(shown["genericMetrics"], {"a": 1.5})
        self.assertEqual(shown["messages"][0]["message"], "m")

    def test_a_change_is_an_event(self):
        self.change(f"{NODE}?proxy-user=amy", {"variables": {"a": "b"}})
        (event,) = self.get("events").json()["results"]
        self.assertEqual(event["eventType"], "nodemodify")
        self.assertEqual(event["initiatedBy"], {"user": "admin", "proxyUser": "amy"})
        expected = {"type": "node", "id": "n1", "serialization": None}
        self.assertEqual(event["primaryObject"], expected)

    def test_what_is_wrong_changes_nothing_and_is_told_at_once(self):
        before = self.stored("n1")
        body = {"states": {"state": "Tired", "powerState": "Loud"}, "partition": "x"}
        self.assert_refused(
            self.put(NODE, body), 400, "'states.powerState'", "'states.state'"
        )
        for body, message in (
            ({}, "nothing to modify"),
            ({"index": 5}, "nothing to modify"),
            ([], "must be a JSON object"),
            ({"messages": "x"}, "'messages' can't be 'x'"),
        ):
            self.assert_refused(self.put(NODE, body), 400, message)
        self.assert_refused(
            self.put(f"{NODE}?dry-run=true", {"partition": "x"}), 400, "dry-run"
        )
        self.assertEqual(self.stored("n1"), before)
        self.assertEqual(self.get("events").json()["totalCount"], 0)

    def test_a_node_that_goes_takes_what_was_kept_with_it(self):
        self.set_up_hypervisors()
        self.put("nodes/hv2", {"partition": "stubborn"})
        self.put("plugins/p", {"state": "STOPPED"})
        self.delete("plugins/p")
        self.assert_refused(self.get("nodes/hv2"), 404, "was not found")
        self.assertEqual(self.stored("n1", collections.nodes)["name"], "n1")
