"""Guide 4.28: virtual containers."""

from tests.rest.documentation.case import DocumentationTestCase
from tests.rest.workload_objects import add_jobs
from tests.rest.workload_objects import add_nodes
from tests.rest.workload_objects import add_vms


MOAB = ("X-Moab-Status", "X-Moab-Code")

SHOWN = {
    "aclRules": [
        {
            "affinity": "POSITIVE",
            "comparator": "LEXIGRAPHIC_EQUAL",
            "type": "USER",
            "value": "root",
        }
    ],
    "createDate": "2011-11-15 14:01:40 UTC",
    "creator": "root",
    "description": "vc2",
    "flags": ["DESTROYWHENEMPTY"],
    "id": "vc2",
    "jobs": [{"id": "Moab.1"}],
    "nodes": [{"id": "node1"}],
    "owner": {"name": "root", "type": "USER"},
    "reservations": [{"id": "system.1"}],
    "variables": {"a": "b", "c": "d"},
    "virtualContainers": [{"id": "vc3"}],
    "virtualMachines": [{"id": "vm1"}],
}

NEW = {
    "description": "ted's vc",
    "owner": {"name": "ted", "type": "USER"},
    "requiredStartDate": "2012-11-08 13:18:47 MST",
    "flags": ["HOLDJOBS"],
    "virtualContainers": [{"id": "vc93"}, {"id": "vc94"}],
}

#: What is added and removed.
OBJECTS = {
    "jobs": [{"id": "Moab.37"}, {"id": "Moab.38"}],
    "nodes": [{"id": "node1"}, {"id": "node2"}],
    "reservations": [{"id": "system.48"}, {"id": "system.49"}],
    "virtualContainers": [{"id": "vc93"}, {"id": "vc94"}],
    "virtualMachines": [{"id": "vm2"}, {"id": "vm4"}],
}

ATTRIBUTES = {
    "description": "This is a new description.",
    "flags": ["HOLDJOBS"],
    "owner": {"name": "ted", "type": "USER"},
    "variables": {"a": "b", "c": "d"},
}


class TestVirtualContainers(DocumentationTestCase):
    def setUp(self):
        super().setUp()
        self.at("2011-11-15 14:01:40 UTC")

    def made_until(self, number):
        for _ in range(number):
            made = self.made("vcs", {})
        return made["id"]

    def test_get_all(self):
        self.made_until(5)
        reply = self.example("vcs-list", "GET", "vcs?fields=id", show=MOAB)
        self.assertEqual(
            (reply["totalCount"], reply["resultCount"]),
            (5, 5),
        )
        self.assertEqual(
            {each["id"] for each in reply["results"]}, {f"vc{n}" for n in range(1, 6)}
        )

    def test_get_one(self):
        add_jobs("Moab.1")
        add_nodes("node1")
        add_vms("vm1")
        self.made("reservations", {"hostListExpression": "node1"})
        self.made_until(1)
        owner = {"owner": {"name": "root", "type": "USER"}}
        self.made("vcs", {**owner, "flags": ["DESTROYWHENEMPTY"]})
        self.made_until(1)
        path = "vcs/vc2"
        names = (
            "jobs",
            "nodes",
            "reservations",
            "virtualContainers",
            "virtualMachines",
        )
        self.put(f"{path}?change-mode=add", {name: SHOWN[name] for name in names})
        self.put(f"{path}?change-mode=set", {"variables": SHOWN["variables"]})
        self.put(f"{path}/acl-rules", {"aclRules": SHOWN["aclRules"]})
        reply = self.example("vcs-show", "GET", path, show=MOAB)
        self.assert_like(reply, SHOWN)
        # The guide's sample leaves it out.
        self.assertIsNone(reply.pop("requiredStartDate"))
        self.assertEqual(sorted(reply), sorted(SHOWN))

    def test_create(self):
        self.made_until(94)
        self.at("2012-11-01 00:00:00 UTC")
        reply = self.example("vcs-create", "POST", "vcs", NEW, show=MOAB)
        # The guide's has another number.
        self.assertEqual(reply, {"id": "vc95"})
        shown = self.get("vcs/vc95").json()
        self.assert_like(shown, NEW, requiredStartDate="2012-11-08 20:18:47 UTC")
        self.assertEqual(shown["creator"], "ted")

    def test_create_for_another_user(self):
        path = "vcs?proxy-user=bob"
        body = {"description": "bob's", "owner": {"name": "ted", "type": "USER"}}
        self.example("vcs-create-proxy", "POST", path, body)
        shown = self.get("vcs/vc1").json()
        self.assertEqual((shown["creator"], shown["owner"]["name"]), ("bob", "ted"))

    def objects(self):
        add_jobs("Moab.37", "Moab.38")
        add_nodes("node1", "node2")
        add_vms("vm2", "vm4")
        for _ in range(49):
            self.made("reservations", {"hostListExpression": "node1"})
        self.made_until(94)

    def test_add_and_remove_objects(self):
        self.objects()
        path = "vcs/vc1?change-mode="
        reply = self.example("vcs-add", "PUT", f"{path}add", OBJECTS, show=MOAB)
        self.assertEqual(len(reply["messages"]), 10)
        self.assertEqual(reply["messages"][0], "job 'Moab.37' added to VC 'vc1'")
        self.assert_like(self.get("vcs/vc1").json(), OBJECTS)
        reply = self.example("vcs-remove", "PUT", f"{path}remove", OBJECTS, show=MOAB)
        self.assertEqual(len(reply["messages"]), 10)
        self.assertEqual(reply["messages"][0], "job 'Moab.37' removed from VC 'vc1'")
        shown = self.get("vcs/vc1").json()
        self.assertEqual([shown[name] for name in OBJECTS], [[]] * 5)

    def test_modify_attributes(self):
        self.made_until(3)
        path = "vcs/vc3?change-mode=set"
        reply = self.example("vcs-modify", "PUT", path, ATTRIBUTES, show=MOAB)
        self.assertEqual(reply, {"messages": ["VC 'vc3' successfully modified"]})
        self.assert_like(self.get("vcs/vc3").json(), ATTRIBUTES)

    def test_the_creator_stays(self):
        self.made_until(1)
        body = {"creator": "eve", "description": "hers"}
        path = "vcs/vc1?change-mode=set"
        self.example("vcs-modify-creator", "PUT", path, body, status=400)
        shown = self.get("vcs/vc1").json()
        self.assertEqual((shown["creator"], shown["description"]), ("admin", "vc1"))

    def test_no_container_contains_itself(self):
        self.made_until(3)
        for outer, inner in (("vc1", "vc2"), ("vc2", "vc3")):
            body = {"virtualContainers": [{"id": inner}]}
            self.put(f"vcs/{outer}?change-mode=add", body)
        body = {"virtualContainers": [{"id": "vc1"}]}
        path = "vcs/vc3?change-mode=add"
        reply = self.example("vcs-add-circle", "PUT", path, body, status=400)
        self.assertIn("vc3 > vc1 > vc2 > vc3", reply["messages"][0])

    def test_destroy(self):
        self.made_until(1)
        reply = self.example("vcs-destroy", "DELETE", "vcs/vc1", show=MOAB)
        self.assertEqual(reply, {})
        self.assertEqual(self.get("vcs/vc1").status_code, 404)
