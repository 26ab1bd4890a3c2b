"""Permissions, roles and principals (guide 4.14, 4.18, 4.23), and what they allow."""

from plone import api
from tests.rest.case import RestTestCase
from tests.rest.test_images import MINIMAL
import transaction


CHART = {
    "resource": "Chart",
    "action": "read",
    "type": "custom",
    "label": "Read all charts",
    "description": "The permissions to view all charts.",
}

NOT_YOU = "You are not authorized to access this area"


class AccessTestCase(RestTestCase):
    def permission(self, resource="images", action="read", type="api", **more):
        body = {"resource": resource, "action": action, "type": type, **more}
        return self.made("permissions", body)

    def role(self, name, *permissions):
        body = {"name": name, "permissions": [{"id": p["id"]} for p in permissions]}
        return self.made("roles", body)

    def principal(self, name, *roles, **more):
        body = {"name": name, "attachedRoles": [{"name": r["name"]} for r in roles]}
        return self.made("principals", {**body, **more})


class TestPermissions(AccessTestCase):
    def test_a_permission_is_made_shown_and_deleted(self):
        made = self.made("permissions", CHART)
        self.assertEqual(
            {key: made[key] for key in made if key != "id"},
            {**CHART, "resourceFilter": None, "version": 0},
        )
        path = f"permissions/{made['id']}"
        self.assertEqual(self.get(path).json(), made)
        self.assertEqual(self.delete(path).json(), {})
        self.assertEqual(self.get(path).status_code, 404)

    def test_permissions_can_be_queried(self):
        self.made("permissions", CHART)
        self.permission()
        query = {"type": "custom"}
        self.assertEqual(
            self.results("permissions", "resource", query=query), ["Chart"]
        )

    def test_what_a_permission_must_be(self):
        for missing in ("resource", "action", "type"):
            body = {key: CHART[key] for key in CHART if key != missing}
            self.assert_refused(
                self.post("permissions", body), 400, f"'{missing}' is required"
            )
        for change, message in (
            ({"type": "api", "resource": "images", "action": "see"}, "'see'"),
            ({"type": "api", "resource": "chart"}, "'chart'"),
            (
                {
                    "type": "api",
                    "resource": "images",
                    "resourceFilter": {"a": {"$no": 1}},
                },
                "$no",
            ),
            ({"resourceFilter": "x"}, "resourceFilter"),
        ):
            self.assert_refused(
                self.post("permissions", {**CHART, **change}), 400, message
            )

    def test_a_permission_can_not_be_changed(self):
        made = self.made("permissions", CHART)
        path = f"permissions/{made['id']}"
        self.assertEqual(self.put(path, {"label": "x"}).status_code, 405)

    def test_the_permissions_of_a_user_are_a_plain_list(self):
        read, write = self.permission(), self.permission(action="update")
        users = [{"name": "bob", "type": "LDAP"}]
        self.principal("p1", self.role("r1", read), users=users)
        self.principal("p2", self.role("r2", read, write), users=users)
        found = self.get("permissions/users/bob").json()
        self.assertEqual(
            [item["id"] for item in found], sorted([read["id"], write["id"]])
        )
        self.assertEqual(self.get("permissions/users/BOB").json(), found)
        self.assertEqual(self.get("permissions/users/eve").json(), [])


class TestRoles(AccessTestCase):
    def test_a_role_is_shown_with_its_permissions(self):
        one, two = self.permission(), self.permission(action="update")
        role = self.role("Acme-User-Role", one, two)
        self.assertEqual(role["permissions"], [one, two])
        self.assertEqual(self.get("roles/Acme-User-Role").json(), role)
        self.assertEqual(self.get(f"roles/{role['id']}").json(), role)

    def test_change_modes(self):
        one, two = self.permission(), self.permission(action="update")
        self.role("r", one)
        for mode, given, expected in (
            ("add", [two], [one, two]),
            ("add", [two], [one, two]),
            ("remove", [one], [two]),
            ("set", [one], [one]),
            (None, [two], [two]),
        ):
            path = f"roles/r?change-mode={mode}" if mode else "roles/r"
            body = {"permissions": [{"id": item["id"]} for item in given]}
            response = self.put(path, body)
            self.assertEqual(response.json()["permissions"], expected, mode)
        self.assert_refused(
            self.put("roles/r?change-mode=swap", {"permissions": []}),
            400,
            "change-mode: 'swap' is not one of add, remove, set",
        )

    def test_permissions_must_exist(self):
        body = {"name": "r", "permissions": [{"id": "4fa197e68ca30fc605dd1cf0"}]}
        self.assert_refused(self.post("roles", body), 400, "4fa197e68ca30fc605dd1cf0")
        body = {"name": "r", "permissions": [{"name": "x"}]}
        self.assert_refused(self.post("roles", body), 400, "permissions.0.id")

    def test_a_deleted_permission_leaves_its_roles(self):
        one = self.permission()
        self.role("r", one)
        self.delete(f"permissions/{one['id']}")
        self.assertEqual(self.get("roles/r").json()["permissions"], [])


class TestPrincipals(AccessTestCase):
    def test_a_principal_is_shown_with_roles_and_permissions(self):
        role = self.role("r", self.permission())
        users = [{"name": "john", "type": "LDAP"}]
        groups = [{"name": "CN=Engineering,DC=corp", "type": "LDAPGROUP"}]
        made = self.principal("Acme", role, users=users, groups=groups)
        self.assertEqual(made["attachedRoles"], [role])
        self.assertEqual((made["users"], made["groups"]), (users, groups))
        self.assertEqual(self.get("principals/Acme").json(), made)

    def test_change_modes(self):
        self.principal("p", users=[{"name": "a", "type": "LDAP"}])
        for mode, names, expected in (
            ("add", ["b"], ["a", "b"]),
            ("remove", ["a"], ["b"]),
            ("set", ["c"], ["c"]),
        ):
            body = {"users": [{"name": name, "type": "ldap"} for name in names]}
            changed = self.put(f"principals/p?change-mode={mode}", body).json()
            self.assertEqual([user["name"] for user in changed["users"]], expected)

    def test_roles_can_be_attached_by_id_or_name(self):
        one, two = self.role("one"), self.role("two")
        self.principal("p", one)
        changed = self.put(
            "principals/p?change-mode=add", {"attachedRoles": [{"id": two["id"]}]}
        )
        names = [role["name"] for role in changed.json()["attachedRoles"]]
        self.assertEqual(names, ["one", "two"])
        self.assert_refused(
            self.put("principals/p", {"attachedRoles": [{"name": "three"}]}),
            400,
            "the role 'three', which does not exist",
        )

    def test_wrong_types_are_named(self):
        body = {"name": "p", "users": [{"name": "a", "type": "NIS"}]}
        self.assert_refused(self.post("principals", body), 400, "users.0.type", "NIS")


class TestProxyUsers(AccessTestCase):
    """What roles allow is what a call for a proxy user may do."""

    def setUp(self):
        super().setUp()
        for name in ("one", "two"):
            self.made("images", {**MINIMAL, "name": name})

    def users(self, *names):
        return {"users": [{"name": name, "type": "LDAP"} for name in names]}

    def test_without_principals_roles_are_not_in_use(self):
        self.assertEqual(self.results("images", proxy_user="amy"), ["one", "two"])

    def test_without_a_proxy_user_everything_is_allowed(self):
        self.principal("p", **self.users("bob"))
        self.assertEqual(self.results("images"), ["one", "two"])

    def test_a_proxy_user_may_what_a_role_allows(self):
        self.principal("p", self.role("r", self.permission()), **self.users("bob"))
        self.assertEqual(self.results("images", proxy_user="bob"), ["one", "two"])
        for response in (
            self.get("images?proxy-user=amy"),
            self.put("images/one?proxy-user=bob", {"active": False}),
            self.delete("images/one?proxy-user=bob"),
            self.get("roles?proxy-user=bob"),
        ):
            self.assert_refused(response, 403, NOT_YOU)

    def test_a_filter_limits_the_objects(self):
        mine = {"resourceFilter": {"name": "one"}}
        permissions = [
            self.permission(action=action, **mine)
            for action in ("create", "read", "update", "delete")
        ]
        self.principal("p", self.role("r", *permissions), **self.users("bob"))
        self.assertEqual(self.results("images", proxy_user="bob"), ["one"])
        query = {"name": {"$ne": "one"}}
        self.assertEqual(self.results("images", proxy_user="bob", query=query), [])
        for method, body in (
            ("GET", None),
            ("PUT", {"active": False}),
            ("DELETE", None),
        ):
            response = self.call(method, "images/two?proxy-user=bob", body)
            self.assert_refused(response, 404, "'two' was not found")
        # Nothing can be moved out of, or made outside of, what is allowed.
        body = {**MINIMAL, "name": "three"}
        self.assert_refused(self.post("images?proxy-user=bob", body), 403, NOT_YOU)
        response = self.put("images/one?proxy-user=bob", {"name": "three"})
        self.assert_refused(response, 403, NOT_YOU)
        self.assertEqual(self.delete("images/one?proxy-user=bob").status_code, 200)

    def test_filters_of_several_roles_add_up(self):
        for name in ("one", "two"):
            permission = self.permission(resourceFilter={"name": name})
            self.principal(name, self.role(name, permission), **self.users("bob"))
        self.assertEqual(self.results("images", proxy_user="bob"), ["one", "two"])

    def test_custom_permissions_allow_nothing_here(self):
        permission = self.permission(type="custom")
        self.principal("p", self.role("r", permission), **self.users("bob"))
        self.assert_refused(self.get("images?proxy-user=bob"), 403, NOT_YOU)

    def test_groups_of_the_site_count(self):
        self.add_person("carol")
        api.group.create("operators")
        api.group.add_user(groupname="operators", username="carol")
        transaction.commit()
        groups = [{"name": "operators", "type": "PLONEGROUP"}]
        self.principal("p", self.role("r", self.permission()), groups=groups)
        self.assertEqual(self.results("images", proxy_user="carol"), ["one", "two"])
        self.assert_refused(self.get("images?proxy-user=dave"), 403, NOT_YOU)
