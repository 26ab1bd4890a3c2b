"""Guide 4.1: ACL rules of reservations and virtual containers."""

from collective.mwsvm import site
from collective.mwsvm.workload import standing_upkeep
from tests.rest.documentation.case import DocumentationTestCase
from tests.rest.workload_objects import add_nodes


MOAB = ("X-Moab-Status", "X-Moab-Code")

ONE = {
    "aclRules": [
        {
            "affinity": "POSITIVE",
            "comparator": "LEXIGRAPHIC_EQUAL",
            "type": "USER",
            "value": "ted",
        }
    ]
}

TWO = {
    "aclRules": [
        {
            "affinity": "POSITIVE",
            "comparator": "LESS_THAN_OR_EQUAL",
            "type": "DURATION",
            "value": "3600",
        },
        ONE["aclRules"][0],
    ]
}


class TestAclRules(DocumentationTestCase):
    def test_write_one_of_a_virtual_container(self):
        self.made("vcs", {})
        path = "vcs/vc1/acl-rules"
        reply = self.example("acl-rules-vc", "PUT", path, ONE, show=MOAB)
        expected = {"messages": ["Virtual container 'vc1' successfully modified"]}
        self.assertEqual(reply, expected)
        self.assertEqual(self.get("vcs/vc1").json()["aclRules"], ONE["aclRules"])

    def test_write_several_of_a_reservation(self):
        add_nodes("node01")
        for _ in range(21):
            self.made("reservations", {"hostListExpression": "node01"})
        path = "reservations/system.21/acl-rules"
        reply = self.example("acl-rules-reservation", "PUT", path, TWO, show=MOAB)
        expected = {"messages": ["Reservation 'system.21' successfully modified"]}
        self.assertEqual(reply, expected)
        shown = self.get("reservations/system.21").json()["aclRules"]
        self.assertEqual(shown[:2], TWO["aclRules"])
        reply = self.example("acl-rules-list", "GET", path, show=MOAB)
        self.assertEqual(reply["results"], shown)
        path = f"{path}/USER:ted"
        reply = self.example("acl-rules-show", "GET", path)
        self.assertEqual(reply, ONE["aclRules"][0])
        reply = self.example("acl-rules-write-one", "PUT", path, {"affinity": "-"})
        self.assertEqual(reply, expected)
        self.assertEqual(self.get(path).json()["affinity"], "NEGATIVE")

    def test_those_of_standing_reservations_stay(self):
        given = {
            "uniqueIndex": "night.20130523",
            "idPrefix": "night",
            "hostListExpression": "node01",
            "flags": ["STANDINGRSV"],
            "aclRules": ONE["aclRules"],
        }
        add_nodes("node01")
        with site.database().transaction() as connection:
            standing_upkeep.keep(connection, self.clock.now, [given])
        path = "reservations/night.1/acl-rules"
        name = "acl-rules-standing"
        show = (*MOAB, "X-Moab-Message")
        reply = self.example(name, "PUT", path, ONE, status=400, show=show)
        self.assertIn("one of a standing reservation", reply["messages"][0])

    def test_delete_one(self):
        self.made("vcs", {})
        self.put("vcs/vc1/acl-rules", ONE)
        path = "vcs/vc1/acl-rules/USER:ted"
        reply = self.example("acl-rules-delete", "DELETE", path, show=MOAB)
        expected = {"messages": ["Successfully modified virtual container 'vc1'"]}
        self.assertEqual(reply, expected)
        self.assertEqual(self.get("vcs/vc1").json()["aclRules"], [])
