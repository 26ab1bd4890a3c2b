"""``/rest/images`` (guide 4.7)."""

from tests.rest.case import RestTestCase


MINIMAL = {
    "name": "centos5-stateful",
    "osType": "linux",
    "hypervisor": False,
    "supportsVirtualMachine": True,
}

HYPERVISOR = {
    "name": "esx5-stateful",
    "osType": "linux",
    "hypervisor": True,
    "hypervisorType": "ESX",
    "supportsPhysicalMachine": True,
}


class TestImages(RestTestCase):
    def test_the_most_basic_image_has_the_guides_defaults(self):
        made = self.made("images", MINIMAL)
        self.assertRegex(made.pop("id"), "^[0-9a-f]{24}$")
        self.assertEqual(
            made,
            {
                **MINIMAL,
                "active": True,
                "extensions": {},
                "features": [],
                "hypervisorType": None,
                "supportsPhysicalMachine": False,
                "templateName": "",
                "type": "stateful",
                "version": 0,
                "virtualizedImages": [],
            },
        )

    def test_an_image_is_found_by_name_and_by_id(self):
        made = self.made("images", MINIMAL)
        self.assertEqual(self.get(f"images/{made['id']}").json(), made)
        self.assertEqual(self.get(f"images/{made['name']}").json(), made)

    def test_an_update_changes_what_is_given_and_counts(self):
        self.made("images", MINIMAL)
        changed = self.put("images/centos5-stateful", {"active": "false", "other": 1})
        self.assertEqual(changed.status_code, 200)
        self.assertEqual(changed.json()["active"], False)
        self.assertEqual(changed.json()["osType"], "linux")
        self.assertEqual(changed.json()["version"], 1)
        self.assertEqual(self.get("images/centos5-stateful").json(), changed.json())

    def test_an_update_of_an_older_version_is_refused(self):
        self.made("images", MINIMAL)
        path = "images/centos5-stateful"
        self.assertEqual(
            self.put(path, {"active": False, "version": 0}).status_code, 200
        )
        self.assert_refused(
            self.put(path, {"active": True, "version": "0"}),
            400,
            "The field 'version' is '0', but the present version is 1",
        )
        self.assertEqual(self.get(path).json()["active"], False)

    def test_ids_and_versions_are_not_for_clients(self):
        made = self.made("images", {**MINIMAL, "id": "mine", "version": 7})
        self.assertNotEqual(made["id"], "mine")
        self.assertEqual(made["version"], 0)

    def test_deletion(self):
        self.made("images", MINIMAL)
        response = self.delete("images/centos5-stateful")
        self.assertEqual((response.status_code, response.json()), (200, {}))
        for method in (self.get, self.delete):
            self.assert_refused(
                method("images/centos5-stateful"),
                404,
                "The resource with id 'centos5-stateful' was not found",
            )

    def test_names_are_unique(self):
        self.made("images", MINIMAL)
        self.made("images", {**MINIMAL, "name": "other"})
        message = "The name 'centos5-stateful' is taken by another image"
        self.assert_refused(self.post("images", MINIMAL), 400, message)
        self.assert_refused(
            self.put("images/other", {"name": "centos5-stateful"}), 400, message
        )
        self.assertEqual(self.results("images"), ["centos5-stateful", "other"])

    def test_what_an_image_must_be(self):
        for change, message in (
            ({"name": "a b"}, "The field 'name' can't be 'a b'"),
            ({"name": None}, "The field 'name'"),
            ({"name": "4fa197e68ca30fc605dd1cf0"}, "has the form of an id"),
            ({"hypervisor": "perhaps"}, "The field 'hypervisor' can't be 'perhaps'"),
            ({"supportsVirtualMachine": False}, "'supportsPhysicalMachine'"),
            ({"hypervisor": True}, "'hypervisorType' is required for a hypervisor"),
            ({"type": "frozen"}, "The field 'type' can't be 'frozen'"),
            ({"templateName": "x"}, "needs the type linkedclone or fullclone"),
            ({"virtualizedImages": [{"name": "x"}]}, "is for hypervisors only"),
            ({"extensions": {"a": {}, "b": {}}}, "one extension only, not a, b"),
            ({"extensions": {"xcat": {"os": "c"}}}, "'extensions.xcat.architecture'"),
            ({"features": "all"}, "The field 'features' can't be 'all'"),
        ):
            response = self.post("images", {**MINIMAL, **change})
            self.assert_refused(response, 400, message)
        for missing in ("name", "hypervisor", "osType"):
            body = {key: MINIMAL[key] for key in MINIMAL if key != missing}
            self.assert_refused(
                self.post("images", body), 400, f"The field '{missing}' is required"
            )
        self.assertEqual(self.results("images"), [])

    def test_types_are_taken_in_any_spelling(self):
        made = self.made(
            "images", {**MINIMAL, "type": "FULL_CLONE", "templateName": "x"}
        )
        self.assertEqual(made["type"], "fullclone")

    def test_hypervisors_name_the_images_they_run_by_id_or_name(self):
        one = self.made("images", MINIMAL)
        two = self.made("images", {**MINIMAL, "name": "two"})
        named = [{"id": one["id"]}, {"name": "two"}]
        made = self.made("images", {**HYPERVISOR, "virtualizedImages": named})
        expected = [{"id": i["id"], "name": i["name"]} for i in (one, two)]
        self.assertEqual(made["virtualizedImages"], expected)
        query = {"virtualizedImages.id": two["id"]}
        self.assertEqual(self.results("images", query=query), ["esx5-stateful"])

    def test_images_that_a_hypervisor_runs_must_exist(self):
        body = {**HYPERVISOR, "virtualizedImages": [{"name": "nothing"}]}
        self.assert_refused(self.post("images", body), 400, "the image 'nothing'")
        body = {**HYPERVISOR, "virtualizedImages": [{}]}
        self.assert_refused(self.post("images", body), 400, "needs an id or a name")

    def test_hypervisors_follow_new_names_and_forget_what_is_gone(self):
        self.made("images", MINIMAL)
        body = {**HYPERVISOR, "virtualizedImages": [{"name": MINIMAL["name"]}]}
        self.made("images", body)
        self.put("images/centos5-stateful", {"name": "renamed"})
        shown = self.get("images/esx5-stateful").json()["virtualizedImages"]
        self.assertEqual(shown[0]["name"], "renamed")
        self.delete("images/renamed")
        shown = self.get("images/esx5-stateful").json()["virtualizedImages"]
        self.assertEqual(shown, [])

    def test_every_change_is_an_event(self):
        made = self.made("images", MINIMAL)
        self.put("images/centos5-stateful?proxy-user=amy", {"active": False})
        self.delete(f"images/{made['id']}")
        events = self.get("events").json()["results"]
        self.assertEqual(
            [event["eventType"] for event in events],
            ["imagecreate", "imagemodify", "imagedelete"],
        )
        self.assertEqual(
            [event["eventCategory"] for event in events], ["create", "modify", "delete"]
        )
        self.assertEqual(events[1]["initiatedBy"]["proxyUser"], "amy")
        self.assertEqual(
            events[0]["primaryObject"],
            {"type": "image", "id": "centos5-stateful", "serialization": None},
        )
