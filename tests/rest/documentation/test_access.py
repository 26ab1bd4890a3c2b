"""Guide 4.14, 4.18 and 4.23: permissions, principals and roles."""

from tests.rest.documentation.case import DocumentationTestCase


CHART = {
    "resource": "Chart",
    "action": "read",
    "type": "custom",
    "label": "Read all charts",
    "description": "The permissions to view all charts.",
}

#: The guide's single permission.
CREATE_CHART = {
    "action": "create",
    "description": "The permission to create all charts.",
    "id": "50296335e4b0011b0f8394ec",
    "label": "Create Chart",
    "resource": "chart",
    "resourceFilter": None,
    "type": "custom",
    "version": 0,
}


def permission(action, resource, description, **more):
    """A permission as the guide shows it."""
    return {
        "action": action,
        "description": description,
        "id": "5033b842e4b09cc61bedb818",
        "label": "",
        "resource": resource,
        "resourceFilter": None,
        "type": "custom",
        "version": 1,
        **more,
    }


OF_BOB = [
    permission("read", "chart", "The permission to read all charts"),
    permission("read", "page", "The permission to read all pages"),
    permission("update", "page", "The permission to update all pages"),
]

ROLE = {
    "name": "Acme-User-Role",
    "description": "This is a role for normal users in the Acme BU Group.",
    "permissions": [
        {"id": "4fa197e68ca30fc605dd1cf0"},
        {"id": "4fa197e68ca30fc605dd1df2"},
    ],
}

#: The guide's single role. Its last permission is for services, which this server does
#: not have; here it is for jobs, which have a user, too.
SHOWN_ROLE = {
    "description": "This is a role for normal users in the Acme BU Group.",
    "id": "5022e695e4b073f54e47c28d",
    "name": "Acme-User-Role",
    "permissions": [
        {**CREATE_CHART, "id": "5022e695e4b073f54e47c28e"},
        permission(
            "read", "chart", "The permission to view all charts.", label="View Chart"
        ),
        permission(
            "update",
            "chart",
            "The permission to modify the africa chart.",
            label="Modify Africa Chart",
            resourceFilter={"name": "africa"},
        ),
        permission(
            "read",
            "jobs",
            "The permissions to view John's jobs.",
            label="Read John's jobs",
            resourceFilter={"credentials.user": "john"},
            type="api",
        ),
    ],
    "version": 2,
}

ENGINEERING = {
    "name": "CN=Engineering,CN=Users,DC=corp,DC=cloud,DC=dev",
    "type": "LDAPGROUP",
}

PRINCIPAL = {
    "name": "Acme-Principal",
    "attachedRoles": [{"name": "Acme-User-Role"}],
    "description": "A cool principal",
    "groups": [ENGINEERING],
    "users": [{"name": "john", "type": "LDAP"}],
}

#: The guide's single principal; its sample has a comma too many after the permission.
SHOWN_PRINCIPAL = {
    "attachedRoles": [
        {
            "description": "This is a role for normal users in the Acme BU Group.",
            "id": "5033b8eae4b09cc61bedb895",
            "name": "Acme-User-Role",
            "permissions": [
                permission("read", "nodes", "The permission to read all nodes")
                | {"type": "api"}
            ],
            "version": 2,
        }
    ],
    "description": "Principal 8",
    "groups": [ENGINEERING],
    "id": "5033d33fe4b018b28745fecd",
    "name": "principal8",
    "users": [
        {"name": "jhammon", "type": "LDAP"},
        {"name": "bjones", "type": "LDAP"},
    ],
    "version": 0,
}

CHANGED_PRINCIPAL = {
    "groups": [
        {"name": "CN=Marketing,CN=Users,DC=mycompany,DC=com", "type": "LDAPGROUP"},
        {"name": "CN=Sales,CN=Users,DC=mycompany,DC=com", "type": "LDAPGROUP"},
    ],
    "users": [{"name": "jhammon", "type": "LDAP"}],
}


class AccessTestCase(DocumentationTestCase):
    def permissions(self, *described):
        """The references to permissions that are made here."""
        return [{"id": self.made("permissions", item)["id"]} for item in described]

    def role(self, *described):
        body = {**ROLE, "permissions": self.permissions(*described)}
        return self.made("roles", body)


class TestPermissions(AccessTestCase):
    def test_get_all(self):
        described = "The permission to view all charts."
        self.permissions(permission("read", "chart", described))
        path = "permissions?fields=resource,action,description"
        reply = self.example("permissions-list", "GET", path)
        self.assertEqual(
            reply,
            {
                "totalCount": 1,
                "resultCount": 1,
                "results": [
                    {"resource": "chart", "action": "read", "description": described}
                ],
            },
        )

    def test_query(self):
        self.permissions(CHART, permission("read", "images", "", type="api"))
        # The guide asks for CUSTOM and shows custom; types are as they were given.
        self.assertEqual(
            self.get('permissions?query={"type":"CUSTOM"}').json()["results"], []
        )
        path = 'permissions?query={"type":"custom"}&fields=resource,type'
        reply = self.example("permissions-query", "GET", path)
        self.assertEqual(reply["results"], [{"resource": "Chart", "type": "custom"}])
        # Permissions have no name, by which the guide sorts them.
        self.assertEqual(self.get('permissions?sort={"name":-1}').status_code, 200)
        path = 'permissions?sort={"resource":-1}&fields=resource'
        reply = self.example("permissions-sort", "GET", path)
        found = [item["resource"] for item in reply["results"]]
        self.assertEqual(found, ["images", "Chart"])

    def test_get_those_of_a_user(self):
        self.role(*OF_BOB)
        bob = {"users": [{"name": "bob", "type": "LDAP"}]}
        self.made("principals", {**PRINCIPAL, **bob})
        path = "permissions/users/bob"
        reply = self.example("permissions-user", "GET", path)
        # No totalCount here: the list itself.
        self.assert_like(reply, OF_BOB)

    def test_get_one(self):
        (made,) = self.permissions(CREATE_CHART)
        path = f"permissions/{made['id']}"
        self.assert_like(self.example("permissions-show", "GET", path), CREATE_CHART)

    def test_create(self):
        reply = self.example("permissions-create", "POST", "permissions", CHART)
        self.assert_like(reply, CHART)
        self.assertEqual(sorted(reply), sorted(CREATE_CHART))

    def test_api_permissions_are_checked(self):
        body = {"type": "api", "resource": "nodes", "action": "see"}
        name = "permissions-create-wrong"
        reply = self.example(name, "POST", "permissions", body, status=400)
        self.assertIn("create, read, update, delete", reply["messages"][0])

    def test_delete(self):
        (made,) = self.permissions(CHART)
        path = f"permissions/{made['id']}"
        # The guide also writes /rest/permission, which was never there.
        self.assertEqual(self.delete(f"permission/{made['id']}").status_code, 404)
        self.assertEqual(self.example("permissions-delete", "DELETE", path), {})


class TestRoles(AccessTestCase):
    def ids_of(self, role):
        return [{"id": permission["id"]} for permission in role["permissions"]]

    def test_get_all(self):
        self.made("roles", {"name": "Acme-User-Role"})
        reply = self.example("roles-list", "GET", "roles?fields=id,name")
        self.assertEqual(
            reply,
            {
                "totalCount": 1,
                "resultCount": 1,
                "results": [
                    {"id": "4fa197e68ca30fc605dd1cf0", "name": "Acme-User-Role"}
                ],
            },
        )
        found = self.get('roles?query={"name":"Acme-User-Role"}&sort={"name":-1}')
        self.assertEqual(found.json()["totalCount"], 1)

    def test_get_one(self):
        self.role(*SHOWN_ROLE["permissions"])
        reply = self.example("roles-show", "GET", "roles/Acme-User-Role")
        self.assert_like(reply, SHOWN_ROLE)
        self.assertEqual(self.get(f"roles/{reply['id']}").json(), reply)

    def test_create(self):
        one = self.permissions(CHART)
        self.ids.next = "4fa197e68ca30fc605dd1df2"
        two = self.permissions(CREATE_CHART)
        self.assertEqual(one + two, ROLE["permissions"])
        reply = self.example("roles-create", "POST", "roles", ROLE)
        self.assert_like(reply, ROLE)
        self.assertEqual(sorted(reply), sorted(SHOWN_ROLE))
        whole = self.get(f"permissions/{one[0]['id']}").json()
        self.assertEqual(reply["permissions"][0], whole)

    def test_create_with_one_permission(self):
        body = {**ROLE, "permissions": self.permissions(CHART)}
        self.assertEqual(body["permissions"], [{"id": "4fa197e68ca30fc605dd1cf0"}])
        reply = self.example("roles-create-one", "POST", "roles", body)
        self.assert_like(reply, body)

    def test_modify(self):
        new, old = self.permissions(CHART, CREATE_CHART)
        self.made("roles", {**ROLE, "permissions": [old]})
        body = {"permissions": [{"id": "4fa197e68ca30fc605dd1cf0"}]}
        self.assertEqual(body["permissions"], [new])
        # The guide writes /rest/role here, which was never there.
        path = "roles/Acme-User-Role?change-mode=add"
        reply = self.example("roles-modify", "PUT", path, body)
        self.assert_like(reply, {**ROLE, "permissions": [old, new]})
        self.assertEqual(self.ids_of(reply), [old, new])
        for mode, expected in (("remove", [old]), ("set", [new])):
            path = f"roles/Acme-User-Role?change-mode={mode}"
            reply = self.put(path, body).json()
            self.assertEqual(self.ids_of(reply), expected)

    def test_delete(self):
        self.made("roles", {"name": "Acme-User-Role"})
        reply = self.example("roles-delete", "DELETE", "roles/Acme-User-Role")
        self.assertEqual(reply, {})


class TestPrincipals(AccessTestCase):
    def test_get_all(self):
        marketing = ENGINEERING["name"].replace("Engineering", "Marketing")
        results = [
            {"groups": [ENGINEERING], "name": "Engineering-Principal"},
            {
                "groups": [{"name": marketing, "type": "LDAPGROUP"}],
                "name": "Marketing-Principal",
            },
        ]
        for body in results:
            self.made("principals", body)
        # The guide asks for the description and shows the groups.
        path = "principals?fields=name,groups"
        reply = self.example("principals-list", "GET", path)
        guide = {"totalCount": 2, "resultCount": 2, "results": results}
        self.assertEqual(reply, guide)
        reply = self.get("principals?fields=name,description").json()
        self.assertEqual(
            reply["results"][0], {"description": None, "name": "Engineering-Principal"}
        )

    def test_query(self):
        for name in ("Acme-Principal", "Other"):
            self.made("principals", {"name": name})
        # The guide asks for "Acme Principal", but names have no blanks.
        found = self.get('principals?query={"name":"Acme Principal"}').json()
        self.assertEqual(found["results"], [])
        path = 'principals?query={"name":"Acme-Principal"}&fields=name'
        reply = self.example("principals-query", "GET", path)
        self.assertEqual(reply["results"], [{"name": "Acme-Principal"}])
        found = self.results("principals", sort={"name": -1})
        self.assertEqual(found, ["Other", "Acme-Principal"])

    def test_get_one(self):
        (role,) = SHOWN_PRINCIPAL["attachedRoles"]
        self.role(*role["permissions"])
        made = self.made("principals", SHOWN_PRINCIPAL | {"attachedRoles": [ROLE]})
        reply = self.example("principals-show", "GET", "principals/principal8")
        self.assert_like(reply, SHOWN_PRINCIPAL)
        self.assertEqual(self.get(f"principals/{made['id']}").json(), reply)

    def test_create(self):
        role = self.role(CHART)
        reply = self.example("principals-create", "POST", "principals", PRINCIPAL)
        self.assert_like(reply, PRINCIPAL)
        self.assertEqual(sorted(reply), sorted(SHOWN_PRINCIPAL))
        self.assertEqual(reply["attachedRoles"], [role])

    def test_modify(self):
        self.role()
        self.made("principals", PRINCIPAL)
        path = "principals/Acme-Principal"
        reply = self.example("principals-modify", "PUT", path, CHANGED_PRINCIPAL)
        self.assert_like(reply, {**PRINCIPAL, **CHANGED_PRINCIPAL})

    def test_modify_by_adding_and_removing(self):
        self.role()
        self.made("principals", PRINCIPAL)
        body = {"users": [{"name": "jhammon", "type": "LDAP"}]}
        path = "principals/Acme-Principal?change-mode=add"
        reply = self.example("principals-modify-add", "PUT", path, body)
        self.assertEqual(reply["users"], PRINCIPAL["users"] + body["users"])
        path = "principals/Acme-Principal?change-mode=remove"
        reply = self.example("principals-modify-remove", "PUT", path, body)
        self.assertEqual(reply["users"], PRINCIPAL["users"])

    def test_delete(self):
        self.made("principals", {"name": "Acme-Principal"})
        path = "principals/Acme-Principal"
        self.assertEqual(self.example("principals-delete", "DELETE", path), {})
