"""Guide 4.25: service templates."""

from tests.rest.documentation import guide_templates as guide
from tests.rest.documentation.case import DocumentationTestCase
import json


AGAIN = "Please correct the request and try again"


class TemplatesTestCase(DocumentationTestCase):
    def make(self, *templates):
        for template in templates:
            self.made("service-templates", template)

    def make_all(self):
        self.make(*guide.TEMPLATES)

    def refused(self, name, method, path, body, *messages, status=400):
        """An example whose reply is exactly the guide's messages."""
        reply = self.example(name, method, path, body, status=status)
        self.assertEqual(reply, {"messages": list(messages)})


class TestGetting(TemplatesTestCase):
    def test_get_all(self):
        self.make_all()
        reply = self.example("service-templates-list", "GET", "service-templates")
        sample = {"totalCount": 4, "resultCount": 4, "results": guide.SHOWN}
        self.assert_like(reply, sample)

    def test_get_each(self):
        self.make_all()
        for example, name in (
            ("service-templates-show-vm", "Centos55Vm"),
            ("service-templates-show-os-storage", "OpSysStorage"),
            ("service-templates-show-network-storage", "NetworkStorage"),
            ("service-templates-show-container", "Centos55VmPlusStorage"),
        ):
            reply = self.example(example, "GET", f"service-templates/{name}")
            (sample,) = [shown for shown in guide.SHOWN if shown["name"] == name]
            self.assert_like(reply, sample)
            by_id = self.get(f"service-templates/{reply['id']}")
            self.assertEqual(by_id.json(), reply)

    def test_fields(self):
        types = ("container", "vm", "storage", *["storage"] * 6)
        for place, kind in enumerate(types):
            names = ("aliceService.1", "machine0.1", "OSStoremachine0.1")
            name = names[place] if place < 3 else f"more.{place}"
            job = {"image": "centos", "template": "vm"}
            body = {"attributes": {"moab": {"job": job}}, "createdBy": "alice"}
            self.make({**body, "name": name, "type": kind})
        # The guide's samples have 3 results of 9 without having asked for 3.
        path = "service-templates?fields=name&max=3"
        reply = self.example("service-templates-fields-name", "GET", path)
        names = [
            {"name": "aliceService.1"},
            {"name": "machine0.1"},
            {"name": "OSStoremachine0.1"},
        ]
        self.assertEqual(reply, {"totalCount": 9, "resultCount": 3, "results": names})
        self.assertEqual(len(self.results("service-templates", fields="name")), 9)
        # The user of a service template is called createdBy.
        path = "service-templates?fields=name,type,createdBy&max=3"
        reply = self.example("service-templates-fields", "GET", path)
        for item, kind in zip(names, types, strict=False):
            item.update({"type": kind, "createdBy": "alice"})
        self.assertEqual(reply, {"totalCount": 9, "resultCount": 3, "results": names})
        found = self.get("service-templates?fields=name,type,user").json()["results"]
        self.assertEqual(found[0], {"name": "aliceService.1", "type": "container"})


class TestQueries(TemplatesTestCase):
    def setUp(self):
        super().setUp()
        for name, user, kind, procs, modified in (
            ("web", "bob", "vm", 1, "2011-07-04 22:30:00 MST"),
            ("shop", "bob", "vm", 3, "2011-07-05 12:00:00 EST"),
            ("disk", "alice", "storage", 2, "2011-07-06 12:00:00 UTC"),
            ("tape", "dora", "storage", 4, None),
        ):
            resources = {"procs": procs, "mem": procs * 512}
            job = {"image": "i", "template": f"{name}-template", "resources": resources}
            self.make(
                {
                    "name": name,
                    "type": kind,
                    "createdBy": user,
                    "modified": modified,
                    "attributes": {"moab": {"job": job}},
                }
            )

    def found(self, example, path):
        reply = self.example(example, "GET", f"service-templates?{path}&fields=name")
        return [item["name"] for item in reply["results"]]

    def test_every_query_of_the_guide(self):
        procs = "attributes.moab.job.resources.procs"
        memory = "attributes.moab.job.resources.mem"
        early, late = "2011-07-05 00:00:00 EST", "2011-07-05 23:59:00 EST"
        for example, query, expected in (
            ("service-templates-query-type", {"type": "vm"}, "web shop"),
            # Four queries of the guide call the field user.
            ("service-templates-query-user", {"createdBy": "bob"}, "web shop"),
            (
                "service-templates-query-user-type",
                {"createdBy": "bob", "type": "vm"},
                "web shop",
            ),
            (
                "service-templates-query-not-user",
                {"createdBy": {"$ne": "bob"}},
                "disk tape",
            ),
            (
                "service-templates-query-users",
                {"createdBy": {"$in": ["alice", "bob", "charlie"]}},
                "web shop disk",
            ),
            ("service-templates-query-procs", {procs: 3}, "shop"),
            ("service-templates-query-procs-less", {procs: {"$lt": 2}}, "web"),
            (
                "service-templates-query-memory",
                {memory: {"$gte": 1024}},
                "shop disk tape",
            ),
            (
                "service-templates-query-modified-after",
                {"modified": {"$gt": "2011-07-04 22:30:00 MST"}},
                "shop disk",
            ),
            (
                "service-templates-query-modified-before",
                {"modified": {"$lt": "2011-07-06 00:00:00 PST"}},
                "web shop",
            ),
            (
                "service-templates-query-modified-between",
                {"modified": {"$gte": early, "$lte": late}},
                "web shop",
            ),
        ):
            text = json.dumps(query, separators=(",", ":"))
            found = self.found(example, f"query={text}")
            self.assertEqual(found, expected.split(), example)

    def test_the_field_user_as_the_guide_has_it(self):
        for query, expected in (
            ('{"user":"bob"}', 0),
            ('{"user":"bob","type":"vm"}', 0),
            ('{"user":{"$ne":"bob"}}', 4),
            ('{"user":{"$in":["alice","bob","charlie"]}}', 0),
            ('{"user":"bob"}&sort={"name":1}&max=10', 0),
            ('{"user":"bob"}&sort={"name":1}&max=10&offset=90', 0),
        ):
            found = self.get(f"service-templates?query={query}").json()
            self.assertEqual(found["totalCount"], expected, query)

    def test_sorting(self):
        # Guide 3.3; its examples for services are the first two and the last here.
        for example, sort, expected in (
            (
                "service-templates-sort-user",
                '{"createdBy":1}',
                "disk web shop tape",
            ),
            (
                "service-templates-sort-user-down",
                '{"createdBy":-1}',
                "tape shop web disk",
            ),
            ("service-templates-sort-name", '{"name":1}', "disk shop tape web"),
            ("service-templates-sort-name-down", '{"name":-1}', "web tape shop disk"),
            (
                "service-templates-sort-template",
                '{"attributes.moab.job.template":1}',
                "disk shop tape web",
            ),
            (
                "service-templates-sort-procs",
                '{"attributes.moab.job.resources.procs":-1}',
                "tape shop disk web",
            ),
        ):
            found = self.found(example, f"sort={sort}")
            self.assertEqual(found, expected.split(), example)

    def test_pages(self):
        path = 'query={"createdBy":"bob"}&sort={"name":1}&max=10'
        found = self.found("service-templates-max", path)
        self.assertEqual(found, ["shop", "web"])
        path = 'query={"createdBy":"bob"}&sort={"name":1}&max=10&offset=90'
        self.assertEqual(self.found("service-templates-offset", path), [])


class TestWriting(TemplatesTestCase):
    def test_create(self):
        for example, body in zip(
            (
                "service-templates-create-os-storage",
                "service-templates-create-network-storage",
                "service-templates-create-vm",
                "service-templates-create-container",
            ),
            guide.TEMPLATES,
            strict=True,
        ):
            reply = self.example(example, "POST", "service-templates", body)
            self.assert_like(reply, {"id": "4f06111184ae2bbfa31fa4c7"})
            shown = self.get(f"service-templates/{body['name']}").json()
            self.assert_like(shown, body)

    def test_create_with_a_comma_too_many(self):
        # As the guide prints it, the body of the virtual machine is no JSON.
        text = json.dumps(guide.VM, indent=3)
        variable = f'"{guide.VARIABLE}"'
        self.assertIn(variable, text)
        reply = self.example(
            "service-templates-create-comma",
            "POST",
            "service-templates",
            data=text.replace(variable, f"{variable},"),
            headers={"Content-Type": "application/json"},
            status=201,
        )
        shown = self.get(f"service-templates/{reply['id']}").json()
        self.assert_like(shown, guide.VM)

    def test_create_with_a_name_that_is_taken(self):
        body = {**guide.VM, "name": "Rhel54Vm"}
        self.make(body)
        self.refused(
            "service-templates-create-taken",
            "POST",
            "service-templates",
            body,
            "Service template Rhel54Vm could not be created",
            "Request has a non-unique service template name 'Rhel54Vm'",
            AGAIN,
        )

    def test_create_with_a_local_name_twice(self):
        self.make(guide.OS_STORAGE)
        self.refused(
            "service-templates-create-twice",
            "POST",
            "service-templates",
            guide.container("CentOS5", *[("SQLServ05", "OpSysStorage")] * 2),
            "Service template CentOS5 could not be created",
            "Service template request has a non-unique included service template local "
            "name ([SQLServ05])",
            AGAIN,
        )

    def test_create_of_what_does_not_exist(self):
        for example, missing in (
            ("service-templates-create-missing", ["NewRhel54Vm"]),
            ("service-templates-create-missing-two", ["NewRhel54Vm", "Storage003"]),
        ):
            self.refused(
                example,
                "POST",
                "service-templates",
                guide.container(
                    "NSStor34", *[(f"of-{name}", name) for name in missing]
                ),
                "Service template NSStor34 could not be created",
                f"Service template requires service template(s) [{', '.join(missing)}] "
                "which do not exist",
                AGAIN,
            )

    def test_create_with_a_colon_in_the_name(self):
        self.refused(
            "service-templates-create-colon",
            "POST",
            "service-templates",
            {**guide.VM, "name": "Rhel54Vm:C"},
            "Service template Rhel54Vm:C could not be created",
            "Request contains a colon (:) in the service template name 'Rhel54Vm:C'",
            AGAIN,
        )

    def test_create_with_a_name_like_an_id(self):
        name = "4f2049a684ae6e1d4f09bd71"
        self.refused(
            "service-templates-create-id",
            "POST",
            "service-templates",
            {"name": name, "type": "container"},
            f"Service template {name} could not be created",
            "Request has a MongoDB Object ID format for the service template name "
            f"'{name}'",
            AGAIN,
        )

    def test_modify(self):
        self.make(guide.VM)
        path = "service-templates/Centos55Vm"
        reply = self.example("service-templates-modify", "PUT", path, guide.CHANGE)
        # The guide shows a date that its request does not set, and says that only
        # clients set it.
        self.assert_like(reply, guide.CHANGED, modified=None)
        # Dates come back in UTC.
        body = {"modified": guide.CHANGED["modified"]}
        reply = self.example("service-templates-modify-date", "PUT", path, body)
        self.assert_like(reply, guide.CHANGED, modified="2012-12-21 22:12:01 UTC")

    def test_modify_to_what_does_not_exist(self):
        self.make(guide.container("NewR"))
        for example, missing in (
            ("service-templates-modify-missing", ["RhOs045"]),
            ("service-templates-modify-missing-two", ["Stor45", "Stor12"]),
        ):
            body = guide.container("NewR", *[(f"of-{name}", name) for name in missing])
            self.refused(
                example,
                "PUT",
                "service-templates/NewR",
                {"includedServices": body["includedServices"]},
                "Service template NewR could not be updated",
                f"Service template requires service template(s) [{', '.join(missing)}] "
                "which do not exist",
                AGAIN,
            )

    def test_modify_to_a_name_that_is_taken(self):
        self.make(guide.container("NewR"), {**guide.OS_STORAGE, "name": "Stor44"})
        self.refused(
            "service-templates-modify-taken",
            "PUT",
            "service-templates/NewR",
            {"name": "Stor44"},
            "Service template NewR could not be updated",
            "Request has a non-unique service template name 'Stor44'",
        )

    def test_delete(self):
        self.make(guide.VM)
        path = "service-templates/Centos55Vm"
        self.assertEqual(self.example("service-templates-delete", "DELETE", path), {})

    def test_delete_what_is_not_there(self):
        for example, key in (
            ("service-templates-delete-unknown-id", "4f2049a684ae6e1d4f09bd71"),
            ("service-templates-delete-unknown", "Stor44"),
        ):
            self.refused(
                example,
                "DELETE",
                f"service-templates/{key}",
                None,
                f"Service template not found with ID '{key}'",
                status=404,
            )

    def test_delete_what_others_need(self):
        # In the guide Cent5 depends on itself, which can't be.
        self.make({**guide.VM, "name": "Cent5"})
        self.make(guide.container("Cent5Plus", ("vm", "Cent5")))
        self.refused(
            "service-templates-delete-needed",
            "DELETE",
            "service-templates/Cent5",
            None,
            "Service template Cent5 could not be deleted",
            "Service template 'Cent5' cannot be deleted because Service template "
            "'[Cent5Plus]' depends on it ",
        )
