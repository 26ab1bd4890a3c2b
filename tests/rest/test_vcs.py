"""``/rest/vcs`` (guide 4.28)."""

from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.workload import containers
from tests.rest.case import RestTestCase
from tests.rest.workload_objects import add_jobs
from tests.rest.workload_objects import add_nodes
from tests.rest.workload_objects import add_vms


def ids(*names):
    return [{"id": name} for name in names]


class TestVirtualContainers(RestTestCase):
    def setUp(self):
        super().setUp()
        add_jobs("Moab.1", "Moab.2")
        add_nodes("n1")
        add_vms("vm1")

    def change(self, vc, mode, **body):
        response = self.put(f"vcs/{vc}?change-mode={mode}", body)
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()["messages"]

    def shown(self, vc):
        return self.get(f"vcs/{vc}").json()

    def listed(self, documents, name):
        with site.database().reading() as connection:
            found = Collection(connection, documents, site.new_id).get(name)
        return [each["name"] for each in found["virtualContainers"]]

    def holding(self):
        with site.database().reading() as connection:
            return containers.holding(connection)

    def test_the_least(self):
        self.assertEqual(self.made("vcs", {}), {"id": "vc1"})
        shown = self.shown("vc1")
        self.assertEqual(shown["description"], "vc1")
        self.assertEqual(shown["creator"], "admin")
        self.assertEqual(shown["owner"], {"name": "admin", "type": "USER"})
        self.assertEqual(shown["requiredStartDate"], None)

    def test_the_creator_is_the_proxy_user_then_the_owner(self):
        owner = {"owner": {"name": "ted"}}
        self.made("vcs", owner)
        self.made("vcs?proxy-user=amy", owner)
        self.made("vcs?proxy-user=amy", {})
        found = [self.shown(f"vc{n}")["creator"] for n in (1, 2, 3)]
        self.assertEqual(found, ["ted", "amy", "amy"])
        self.assertEqual(self.shown("vc3")["owner"]["name"], "amy")

    def test_the_managers_headers_are_on_every_success(self):
        for response in (
            self.post("vcs", {}),
            self.get("vcs"),
            self.get("vcs/vc1"),
            self.put("vcs/vc1", {"description": "x"}),
            self.delete("vcs/vc1"),
        ):
            self.assertEqual(response.headers["X-Moab-Status"], "Success")
            self.assertEqual(response.headers["X-Moab-Code"], "000")

    def test_objects_know_their_containers(self):
        self.made("vcs", {})
        said = self.change("vc1", "add", nodes=ids("N1"), virtualMachines=ids("vm1"))
        expected = ["node 'n1' added to VC 'vc1'", "VM 'vm1' added to VC 'vc1'"]
        self.assertEqual(said, expected)
        self.assertEqual(self.listed(collections.nodes, "n1"), ["vc1"])
        self.assertEqual(self.listed(collections.vms, "vm1"), ["vc1"])
        self.change("vc1", "remove", nodes=ids("n1"))
        self.assertEqual(self.listed(collections.nodes, "n1"), [])
        self.delete("vcs/vc1")
        self.assertEqual(self.listed(collections.vms, "vm1"), [])

    def test_adding_twice_is_once(self):
        self.made("vcs", {})
        self.change("vc1", "add", jobs=ids("Moab.1"))
        said = self.change("vc1", "add", jobs=ids("Moab.1", "Moab.2"))
        self.assertEqual(said[0], "job 'Moab.1' is already in VC 'vc1'")
        self.assertEqual(self.shown("vc1")["jobs"], ids("Moab.1", "Moab.2"))

    def test_what_can_not_be_added_or_removed(self):
        self.made("vcs", {})
        self.change("vc1", "add", jobs=ids("Moab.1"))
        before = self.shown("vc1")
        for mode, body, message in (
            (
                "add",
                {"jobs": ids("Moab.9")},
                "'jobs' names what does not exist: 'Moab.9'",
            ),
            ("add", {"nodes": ids("n1", "n2")}, "does not exist: 'n2'"),
            ("add", {"virtualMachines": ids("x")}, "'virtualMachines'"),
            ("add", {"reservations": ids("system.1")}, "'reservations'"),
            ("add", {"virtualContainers": ids("vc9")}, "'virtualContainers'"),
            ("add", {"jobs": ids("Moab.2"), "nodes": ids("x")}, "'nodes'"),
            ("add", {"virtualContainers": ids("vc1")}, "vc1 > vc1"),
            ("add", {"jobs": "Moab.1"}, "The field 'jobs' can't be 'Moab.1'"),
            ("add", {"jobs": [{"name": "Moab.1"}]}, "'jobs.0.id' is required"),
            ("add", {}, "There is nothing to add"),
            ("add", {"description": "x"}, "'description' can't be changed here"),
            ("remove", {"jobs": ids("Moab.2")}, "what is not in the virtual container"),
            ("remove", {"jobs": []}, "There is nothing to remove"),
            ("remove", {"variables": {"a": "b"}}, "use change-mode=set"),
        ):
            response = self.put(f"vcs/vc1?change-mode={mode}", body)
            self.assert_refused(response, 400, message)
        self.assertEqual(self.shown("vc1"), before)
        self.assertEqual(self.listed(collections.nodes, "n1"), [])

    def test_what_can_not_be_set(self):
        self.made("vcs", {})
        self.change("vc1", "add", jobs=ids("Moab.1"))
        before = self.shown("vc1")
        for body, message in (
            ({}, "Nothing is to be changed"),
            ({"jobs": ids("Moab.2")}, "objects with add and remove"),
            ({"creator": "ted"}, "The field 'creator' can't be changed"),
            (
                {"aclRules": [{"type": "USER", "value": "x"}]},
                "ACL rules below acl-rules",
            ),
            ({"requiredStartDate": "2030-01-01 00:00:00 UTC"}, "'requiredStartDate'"),
            ({"flags": ["SOON"]}, "The field 'flags.0' can't be 'SOON'"),
            ({"owner": {"name": ""}}, "The field 'owner.name' can't be ''"),
            ({"variables": {"a": None}}, "The field 'variables.a' can't be None"),
            ({"description": "x" * 1001}, "The field 'description'"),
        ):
            self.assert_refused(self.put("vcs/vc1", body), 400, message)
        self.assertEqual(self.shown("vc1"), before)
        whole = {**before, "description": "new"}
        self.assertEqual(self.put("vcs/vc1", whole).status_code, 200)
        self.assertEqual(self.shown("vc1"), whole)

    def test_what_can_not_be_created(self):
        for body, message in (
            ({"virtualContainers": ids("vc7")}, "does not exist: 'vc7'"),
            ({"jobs": ids("Moab.1")}, "The field 'jobs' can't be set on creation"),
            ({"requiredStartDate": "soon"}, "'soon' is not a date"),
            ({"owner": 7}, "The field 'owner' can't be 7"),
            ([], "must be a JSON object"),
        ):
            self.assert_refused(self.post("vcs", body), 400, message)
        self.assertEqual(self.results("vcs", "id"), [])
        self.assertEqual(self.made("vcs", {}), {"id": "vc1"})

    def test_unknown_ones(self):
        for response in (
            self.get("vcs/vc9"),
            self.put("vcs/vc9", {"description": "x"}),
            self.delete("vcs/vc9"),
        ):
            self.assert_refused(
                response, 404, "The resource with id 'vc9' was not found"
            )

    def test_an_empty_one_goes_if_it_shall_and_takes_its_outer_one_along(self):
        flags = {"flags": ["DESTROYWHENEMPTY"]}
        self.made("vcs", flags)
        self.made("vcs", {**flags, "virtualContainers": ids("vc1")})
        self.made("vcs", {"virtualContainers": ids("vc2")})
        self.change("vc1", "add", jobs=ids("Moab.1"), nodes=ids("n1"))
        self.change("vc1", "remove", nodes=ids("n1"))
        self.assertEqual(self.results("vcs", "id"), ["vc1", "vc2", "vc3"])
        said = self.change("vc1", "remove", jobs=ids("Moab.1"))
        self.assertEqual(said, ["job 'Moab.1' removed from VC 'vc1'"])
        self.assertEqual(self.results("vcs", "id"), ["vc3"])
        self.assertEqual(self.shown("vc3")["virtualContainers"], [])
        events = self.get("events").json()["results"]
        found = [
            event["primaryObject"]["id"]
            for event in events
            if event["eventType"] == "vcdestroy"
        ]
        self.assertEqual(found, ["vc1", "vc2"])

    def test_a_released_reservation_leaves(self):
        self.made("reservations", {"hostListExpression": "n1"})
        self.made("vcs", {"flags": ["DESTROYWHENEMPTY"]})
        self.made("vcs", {})
        for vc in ("vc1", "vc2"):
            self.change(vc, "add", reservations=ids("system.1"))
        self.delete("reservations/system.1")
        self.assertEqual(self.results("vcs", "id"), ["vc2"])
        self.assertEqual(self.shown("vc2")["reservations"], [])

    def test_jobs_are_held_also_those_further_inside(self):
        self.made("vcs", {})
        self.made("vcs", {"flags": ["HOLDJOBS"], "virtualContainers": ids("vc1")})
        self.change("vc1", "add", jobs=ids("Moab.1"))
        self.assertEqual(self.holding(), {"Moab.1"})
        self.change("vc2", "add", jobs=ids("Moab.2"))
        self.assertEqual(self.holding(), {"Moab.1", "Moab.2"})
        self.change("vc2", "set", flags=[])
        self.assertEqual(self.holding(), set())

    def test_permissions_may_be_for_some_only(self):
        permissions = [
            self.made(
                "permissions",
                {
                    "resource": "vcs",
                    "action": action,
                    "type": "api",
                    "resourceFilter": {"owner.name": "amy"},
                },
            )
            for action in ("read", "create", "update", "delete")
        ]
        ids_ = [{"id": each["id"]} for each in permissions]
        self.made("roles", {"name": "r", "permissions": ids_})
        users = [{"name": "amy", "type": "PLONE"}]
        body = {"name": "p", "attachedRoles": [{"name": "r"}], "users": users}
        self.made("principals", body)
        self.made("vcs", {})
        self.made("vcs?proxy-user=amy", {})
        mine = {"proxy_user": "amy"}
        self.assertEqual(self.results("vcs", "id", **mine), ["vc2"])
        user = "?proxy-user=amy"
        for response in (
            self.get(f"vcs/vc1{user}"),
            self.put(f"vcs/vc1{user}", {"description": "x"}),
            self.delete(f"vcs/vc1{user}"),
        ):
            self.assertEqual(response.status_code, 404)
        eve = {"owner": {"name": "eve"}}
        self.assertEqual(self.post(f"vcs{user}", eve).status_code, 403)
        self.assertEqual(self.put(f"vcs/vc2{user}", eve).status_code, 403)
        self.assertEqual(self.results("vcs", "id"), ["vc1", "vc2"])
        self.assertEqual(self.shown("vc2")["owner"]["name"], "amy")

    def test_every_change_is_an_event(self):
        self.made("vcs?proxy-user=amy", {})
        self.change("vc1", "set", description="x")
        self.change("vc1", "add", nodes=ids("n1"))
        self.delete("vcs/vc1")
        events = self.get("events").json()["results"]
        self.assertEqual(
            [event["eventType"] for event in events],
            ["vccreate", "vcmodify", "vcmodify", "vcdestroy"],
        )
        self.assertEqual(events[0]["initiatedBy"]["proxyUser"], "amy")
