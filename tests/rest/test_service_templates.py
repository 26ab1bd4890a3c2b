"""``/rest/service-templates`` (guide 4.25), with every sentence of the guide."""

from tests.rest.case import RestTestCase


AGAIN = "Please correct the request and try again"

VM = {
    "name": "Centos55Vm",
    "label": "Centos 5.5 VM",
    "type": "vm",
    "createdBy": "bob",
    "tags": ["tag1", "tag2"],
    "attributes": {
        "moab": {
            "job": {
                "image": "centos5.5-stateless",
                "resources": {"procs": 1, "mem": 1024},
                "template": "genericVM",
            }
        },
        "sharedData": {"custom1": "Custom data to be attached to service"},
    },
}

STORAGE = {"name": "OpSysStorage", "type": "storage"}


def container(name, **included):
    return {
        "name": name,
        "type": "container",
        "includedServices": [
            {"localName": local, "serviceTemplate": template}
            for local, template in included.items()
        ],
    }


class TestServiceTemplates(RestTestCase):
    def messages(self, response, status=400):
        self.assertEqual(response.status_code, status, response.text)
        return response.json()["messages"]

    def test_a_template_is_made_and_shown(self):
        made = self.made("service-templates", VM)
        self.assertEqual(list(made), ["id"])
        expected = {
            **VM,
            "id": made["id"],
            "includedServices": [],
            "modified": None,
            "version": 0,
        }
        for key in (made["id"], "Centos55Vm"):
            self.assertEqual(self.get(f"service-templates/{key}").json(), expected)

    def test_who_made_it_is_known(self):
        self.made("service-templates", STORAGE)
        shown = self.get("service-templates/OpSysStorage").json()
        self.assertEqual(shown["createdBy"], "admin")

    def test_an_update_changes_what_is_given(self):
        self.made("service-templates", VM)
        path = "service-templates/Centos55Vm"
        change = {
            "label": "Centos 5.5 VM (updated)",
            "createdBy": "newUser",
            "tags": ["newTag"],
            "modified": "2012-12-21 15:12:01 MST",
        }
        changed = self.put(path, change).json()
        self.assertEqual(changed["label"], change["label"])
        self.assertEqual(changed["modified"], "2012-12-21 22:12:01 UTC")
        self.assertEqual(changed["attributes"], VM["attributes"])
        self.assertEqual(self.get(path).json(), changed)

    def test_sorting_and_querying_nested_fields(self):
        for name, procs in (("a", 10), ("b", 9), ("c", 11)):
            attributes = {
                "moab": {
                    "job": {"image": "i", "template": "t", "resources": {"p": procs}}
                }
            }
            self.made(
                "service-templates", {**VM, "name": name, "attributes": attributes}
            )
        path = "attributes.moab.job.resources.p"
        self.assertEqual(
            self.results("service-templates", sort={path: -1}), ["c", "a", "b"]
        )
        self.assertEqual(
            self.results("service-templates", query={path: {"$gt": 9}}, sort={path: 1}),
            ["a", "c"],
        )

    def test_names_are_unique(self):
        self.made("service-templates", STORAGE)
        self.assertEqual(
            self.messages(self.post("service-templates", STORAGE)),
            [
                "Service template OpSysStorage could not be created",
                "Request has a non-unique service template name 'OpSysStorage'",
                AGAIN,
            ],
        )
        self.made("service-templates", {**STORAGE, "name": "NewR"})
        self.assertEqual(
            self.messages(self.put("service-templates/NewR", {"name": "OpSysStorage"})),
            [
                "Service template NewR could not be updated",
                "Request has a non-unique service template name 'OpSysStorage'",
            ],
        )

    def test_local_names_are_unique(self):
        self.made("service-templates", STORAGE)
        body = container("CentOS5", a="OpSysStorage")
        body["includedServices"] *= 2
        self.assertEqual(
            self.messages(self.post("service-templates", body)),
            [
                "Service template CentOS5 could not be created",
                "Service template request has a non-unique included service template "
                "local name ([a])",
                AGAIN,
            ],
        )

    def test_included_templates_exist(self):
        body = container("NSStor34", a="NewRhel54Vm", b="Storage003")
        self.assertEqual(
            self.messages(self.post("service-templates", body)),
            [
                "Service template NSStor34 could not be created",
                "Service template requires service template(s) [NewRhel54Vm, Storage003] "
                "which do not exist",
                AGAIN,
            ],
        )
        self.made("service-templates", container("NewR"))
        change = {
            "includedServices": [{"localName": "a", "serviceTemplate": "RhOs045"}]
        }
        self.assertEqual(
            self.messages(self.put("service-templates/NewR", change)),
            [
                "Service template NewR could not be updated",
                "Service template requires service template(s) [RhOs045] which do not "
                "exist",
                AGAIN,
            ],
        )

    def test_a_container_can_not_include_itself(self):
        self.made("service-templates", container("inner"))
        self.made("service-templates", container("outer", a="inner"))
        for name in ("inner", "outer"):
            change = {"includedServices": [{"localName": "a", "serviceTemplate": name}]}
            response = self.put("service-templates/inner", change)
            self.assertIn("would include itself", self.messages(response)[1])

    def test_what_names_can_not_be(self):
        for name, sentence in (
            (
                "Rhel54Vm:C",
                "Request contains a colon (:) in the service template name 'Rhel54Vm:C'",
            ),
            (
                "4f2049a684ae6e1d4f09bd71",
                "Request has a MongoDB Object ID format for the service template name "
                "'4f2049a684ae6e1d4f09bd71'",
            ),
        ):
            self.assertEqual(
                self.messages(
                    self.post("service-templates", {**STORAGE, "name": name})
                ),
                [f"Service template {name} could not be created", sentence, AGAIN],
            )
        response = self.post("service-templates", {**STORAGE, "name": "a/b"})
        self.assertIn("other characters than letters", self.messages(response)[1])

    def test_what_a_template_must_be(self):
        for body, message in (
            ({"type": "vm"}, "'name' is required"),
            ({"name": "x"}, "'type' is required"),
            ({"name": "x", "type": "cloud"}, "'cloud'"),
            ({"name": "x", "type": "pm"}, "attributes.moab.job.image"),
            (
                {**container("x", a="b"), "type": "storage"},
                "for the type container only",
            ),
            (
                {
                    **container("x"),
                    "attributes": {
                        "moab": {
                            "dependencies": [{"localName": "a", "dependency": ["b"]}]
                        }
                    },
                },
                "the included service 'a'",
            ),
        ):
            self.assert_refused(self.post("service-templates", body), 400, message)

    def test_deletion(self):
        self.made("service-templates", STORAGE)
        self.made("service-templates", container("Cent5", oss="OpSysStorage"))
        self.assertEqual(
            self.messages(self.delete("service-templates/OpSysStorage")),
            [
                "Service template OpSysStorage could not be deleted",
                "Service template 'OpSysStorage' cannot be deleted because Service "
                "template '[Cent5]' depends on it ",
            ],
        )
        self.assertEqual(self.delete("service-templates/Cent5").json(), {})
        self.assertEqual(self.delete("service-templates/OpSysStorage").json(), {})
        for key in ("4f2049a684ae6e1d4f09bd71", "Stor44"):
            self.assertEqual(
                self.messages(self.delete(f"service-templates/{key}"), 404),
                [f"Service template not found with ID '{key}'"],
            )

    def test_containers_follow_new_names(self):
        self.made("service-templates", STORAGE)
        self.made("service-templates", container("c", oss="OpSysStorage"))
        self.put("service-templates/OpSysStorage", {"name": "Renamed"})
        included = self.get("service-templates/c").json()["includedServices"]
        self.assertEqual(included, [{"localName": "oss", "serviceTemplate": "Renamed"}])
