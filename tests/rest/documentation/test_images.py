"""Guide 4.7: images."""

from tests.rest.documentation.case import DocumentationTestCase


#: A virtual machine image, as the guide shows it.
SHOWN_VM = {
    "active": True,
    "extensions": {
        "xcat": {"os": "centos", "architecture": "x86_64", "profile": "compute"}
    },
    "features": [],
    "hypervisor": False,
    "hypervisorType": None,
    "id": "4fa197e68ca30fc605dd1cf0",
    "name": "centos5-compute-stateful",
    "osType": "linux",
    "supportsPhysicalMachine": False,
    "supportsVirtualMachine": True,
    "templateName": "",
    "type": "stateful",
    "version": 0,
    "virtualizedImages": [],
}

SHOWN_HYPERVISOR = {
    "active": True,
    "extensions": {
        "xcat": {
            "hvGroupName": "hvGroup",
            "vmGroupName": "vmGroup",
            "os": "esxi-4.1",
            "architecture": "x86_64",
            "profile": "hv",
        }
    },
    "features": [],
    "hypervisor": True,
    "hypervisorType": "ESX",
    "id": "4fa197e68ca30fc605dd1cf0",
    # The guide shows another name here than in the URL that it asks for.
    "name": "esxi-4.1-stateful",
    "osType": "linux",
    "supportsPhysicalMachine": True,
    "supportsVirtualMachine": False,
    "templateName": "",
    "type": "stateful",
    "version": 0,
    "virtualizedImages": [],
}

MINIMAL = {
    "name": "centos5-stateful",
    "osType": "linux",
    "hypervisor": False,
    "supportsVirtualMachine": True,
}

HYPERVISOR = {
    "hypervisor": True,
    "name": "esx5-stateful",
    "osType": "linux",
    "supportsPhysicalMachine": True,
    "type": "stateful",
    "hypervisorType": "ESX",
    "virtualizedImages": [
        {"id": "4fa197e68ca30fc605dd1cf0"},
        {"name": "centos5-stateful"},
    ],
}

CLONED = {
    "active": True,
    "hypervisor": False,
    "name": "centos5-compute-stateful",
    "osType": "linux",
    "type": "linkedclone",
    "supportsVirtualMachine": True,
    "templateName": "centos5-compute",
}

XCAT_VM = {
    "active": True,
    "features": [],
    "hypervisor": False,
    "name": "centos5-compute-stateful",
    "osType": "linux",
    "type": "stateful",
    "supportsVirtualMachine": True,
    "extensions": {
        "xcat": {"os": "centos", "architecture": "x86_64", "profile": "compute"}
    },
}

XCAT_HYPERVISOR = {
    "active": True,
    "features": [],
    "hypervisor": True,
    "name": "esxi5-base-stateless",
    "osType": "linux",
    "virtualizedImages": [{"name": "centos5-compute-stateless"}],
    "type": "stateless",
    "hypervisorType": "ESX",
    "supportsPhysicalMachine": True,
    "extensions": {
        "xcat": {
            "os": "esxi5",
            "architecture": "x86_64",
            "profile": "base",
            "hvType": "esx",
            "hvGroupName": "esx5hv",
            "vmGroupName": "esx5vm",
        }
    },
}

CHANGE = {
    "name": "centos5-stateful",
    "type": "stateful",
    "hypervisor": False,
    "osType": "linux",
    "virtualizedImages": [],
}


class TestImages(DocumentationTestCase):
    def test_get_all(self):
        self.made("images", MINIMAL)
        reply = self.example("images-list", "GET", "images?fields=id,name")
        self.assertEqual(
            reply,
            {
                "totalCount": 1,
                "resultCount": 1,
                "results": [
                    {"id": "4fa197e68ca30fc605dd1cf0", "name": "centos5-stateful"}
                ],
            },
        )

    def test_query_and_sort(self):
        self.made("images", MINIMAL)
        self.made("images", {**MINIMAL, "name": "win7", "osType": "windows"})
        query = 'images?query={"type":"stateful","osType":"linux"}'
        reply = self.example("images-query", "GET", f"{query}&fields=name")
        self.assertEqual(reply["results"], [{"name": "centos5-stateful"}])
        path = 'images?sort={"name":-1}&fields=name'
        reply = self.example("images-sort", "GET", path)
        names = [image["name"] for image in reply["results"]]
        self.assertEqual(names, ["win7", "centos5-stateful"])

    def test_get_a_virtual_machine_image(self):
        self.made("images", XCAT_VM)
        path = "images/centos5-compute-stateful"
        reply = self.example("images-show-vm", "GET", path)
        self.assert_like(reply, SHOWN_VM)
        self.assertEqual(reply["id"], SHOWN_VM["id"])
        by_id = self.example("images-show-by-id", "GET", f"images/{reply['id']}")
        self.assertEqual(by_id, reply)

    def test_get_a_hypervisor_image(self):
        made = self.made("images", SHOWN_HYPERVISOR)
        reply = self.example("images-show-hypervisor", "GET", f"images/{made['name']}")
        self.assert_like(reply, SHOWN_HYPERVISOR)

    def test_create_the_most_basic_image(self):
        reply = self.example("images-create-minimal", "POST", "images", MINIMAL)
        self.assert_like(reply, MINIMAL)
        # It is shown like the one that the guide shows, apart from its extensions.
        self.assertEqual(sorted(reply), sorted(SHOWN_VM))
        self.assertEqual(self.get("images/centos5-stateful").json(), reply)

    def test_create_a_hypervisor_with_two_images(self):
        self.made("images", CLONED)
        self.made("images", MINIMAL)
        reply = self.example("images-create-hypervisor", "POST", "images", HYPERVISOR)
        # Each of them comes back with both id and name.
        self.assert_like(reply, HYPERVISOR)
        names = [image["name"] for image in reply["virtualizedImages"]]
        self.assertEqual(names, ["centos5-compute-stateful", "centos5-stateful"])

    def test_create_an_image_of_a_cloned_template(self):
        reply = self.example("images-create-clone", "POST", "images", CLONED)
        self.assert_like(reply, CLONED)

    def test_create_a_virtual_machine_image_for_xcat(self):
        reply = self.example("images-create-xcat-vm", "POST", "images", XCAT_VM)
        self.assert_like(reply, XCAT_VM)

    def test_create_a_hypervisor_image_for_xcat(self):
        self.made("images", {**MINIMAL, "name": "centos5-compute-stateless"})
        name = "images-create-xcat-hypervisor"
        reply = self.example(name, "POST", "images", XCAT_HYPERVISOR)
        self.assert_like(reply, XCAT_HYPERVISOR)

    def test_a_wrong_image_is_refused(self):
        body = {**MINIMAL, "name": "centos 5", "supportsVirtualMachine": False}
        reply = self.example("images-create-wrong", "POST", "images", body, status=400)
        self.assertEqual(list(reply), ["messages"])

    def test_modify(self):
        made = self.made("images", {**MINIMAL, "type": "stateless"})
        path = "images/centos5-stateful"
        reply = self.example("images-modify", "PUT", path, CHANGE)
        self.assert_like(reply, {**made, **CHANGE})
        self.assertEqual(reply["version"], 1)
        by_id = self.put(f"images/{made['id']}", CHANGE).json()
        self.assert_like(by_id, reply)

    def test_modify_what_another_has_modified(self):
        self.made("images", MINIMAL)
        path = "images/centos5-stateful"
        self.put(path, {"active": False})
        body = {"active": True, "version": 0}
        reply = self.example("images-modify-stale", "PUT", path, body, status=400)
        self.assertIn("version", reply["messages"][0])
        self.assertEqual(self.put(path, {**body, "version": 1}).status_code, 200)

    def test_delete(self):
        made = self.made("images", MINIMAL)
        reply = self.example("images-delete", "DELETE", "images/centos5-stateful")
        self.assertEqual(reply, {})
        made = self.made("images", MINIMAL)
        self.assertEqual(self.delete(f"images/{made['id']}").json(), {})
