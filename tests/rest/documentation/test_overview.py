"""Guide 3.3 to 3.6 and 3.8: parameters, versions, replies, errors, authentication.

The guide's examples are of jobs, nodes and virtual machines, which this server does not
serve yet; here they are performed on resources of the same shape.
"""

from collective.mwsvm.access.accounts import Account
from collective.mwsvm.configuration import NAME
from collective.mwsvm.content.accounts import Accounts
from tests.rest.documentation import guide_templates as guide
from tests.rest.documentation.case import DocumentationTestCase
from tests.rest.documentation.test_images import MINIMAL
import transaction


class TestParameters(DocumentationTestCase):
    """Guide 3.3."""

    def setUp(self):
        super().setUp()
        included = ("oss", "OpSysStorage")
        self.made("service-templates", guide.OS_STORAGE)
        self.template = {
            **guide.container("Centos55VmPlusStorage", included),
            "tags": ["GLOBALQUEUE"],
            "attributes": {"obj": {"id": "obj1", "field1": "value1"}},
        }
        self.made("service-templates", self.template)

    def test_fields(self):
        # As in the guide: an object, a list of texts, a text and a list of objects.
        path = (
            "service-templates?api-version=2&query={type:'container'}"
            "&fields=name,tags,includedServices.localName,attributes.obj.id"
        )
        reply = self.example("overview-fields", "GET", path)
        self.assertEqual(
            reply,
            {
                "totalCount": 1,
                "resultCount": 1,
                "results": [
                    {
                        "attributes": {"obj": {"id": "obj1"}},
                        "tags": ["GLOBALQUEUE"],
                        "name": "Centos55VmPlusStorage",
                        "includedServices": [{"localName": "oss"}],
                    }
                ],
            },
        )

    def test_exclude_fields(self):
        path = "service-templates/Centos55VmPlusStorage"
        whole = self.example("overview-no-exclusion", "GET", path)
        path += (
            "?exclude-fields=id,includedServices.serviceTemplate,"
            "attributes.obj.field1,tags"
        )
        reply = self.example("overview-exclude-fields", "GET", path)
        # The guide's reply is what is left of the four members that its request names.
        self.assertEqual(reply["includedServices"], [{"localName": "oss"}])
        self.assertEqual(reply["attributes"], {"obj": {"id": "obj1"}})
        self.assertEqual(set(whole) - set(reply), {"id", "tags"})

    def test_pretty(self):
        path = "service-templates?fields=name&pretty=true"
        self.example("overview-pretty", "GET", path)
        self.assertIn('\n  "totalCount": 2', self.response.text)
        self.assertIn('{"totalCount":2', self.get("service-templates?fields=name").text)

    def test_max_and_offset(self):
        path = "service-templates?fields=name&max=1&offset=1"
        reply = self.example("overview-page", "GET", path)
        self.assertEqual((reply["totalCount"], reply["resultCount"]), (2, 1))
        self.assertEqual(reply["results"], [{"name": "Centos55VmPlusStorage"}])

    def test_lenient_queries(self):
        for query in (
            "{type:'container'}",
            '{ type : "container" }',
            '{"type":"container"}',
        ):
            found = self.call("GET", "service-templates", params={"query": query})
            self.assertEqual(found.json()["totalCount"], 1, query)


class TestVersions(DocumentationTestCase):
    """Guide 3.4."""

    def test_versions(self):
        self.made("images", MINIMAL)
        replies = [
            self.get(f"images{parameter}").json()
            for parameter in (
                "",
                "?api-version=1",
                "?api-version=2",
                "?api-version=latest",
            )
        ]
        # Images are the same in all versions.
        self.assertEqual(replies, replies[:1] * 4)
        path = "images?api-version=2&fields=name"
        self.example("overview-version", "GET", path)

    def test_a_version_that_there_is_not(self):
        path = "images?api-version=3"
        reply = self.example("overview-version-unknown", "GET", path, status=400)
        self.assertIn("1, 2 and latest", reply["messages"][1])


class TestReplies(DocumentationTestCase):
    """Guide 3.5."""

    def test_a_list(self):
        for number in range(5):
            self.made("images", {**MINIMAL, "name": f"Moab.{number + 1}"})
        reply = self.example("overview-list", "GET", "images?max=1")
        self.assert_like(
            reply, {"resultCount": 1, "totalCount": 5, "results": [{"name": "Moab.1"}]}
        )
        reply = self.example("overview-show", "GET", "images/Moab.1?fields=id,name")
        self.assertEqual(reply["name"], "Moab.1")

    def test_a_creation(self):
        body = guide.container("empty")
        reply = self.example("overview-create", "POST", "service-templates", body)
        # The identifier and nothing else, as of a job in the guide.
        self.assertEqual(list(reply), ["id"])
        headers = self.response.headers
        self.assertEqual(headers["Content-Type"], "application/json;charset=utf-8")
        # In the guide the header has only the path, the text says: the full URL.
        location = f"{self.base}/service-templates/{reply['id']}"
        self.assertEqual(headers["Location"], location)
        self.assertEqual(self.get(f"service-templates/{reply['id']}").status_code, 200)

    def test_a_modification(self):
        self.made("images", MINIMAL)
        path = "images/centos5-stateful"
        reply = self.example("overview-modify", "PUT", path, {"active": False})
        # In the guide a job answers with messages; these resources answer with what
        # they have become, as the guide says for each.
        self.assertEqual((reply["active"], reply["version"]), (False, 1))

    def test_a_deletion(self):
        self.made("images", MINIMAL)
        path = "images/centos5-stateful"
        reply = self.example("overview-delete", "DELETE", path)
        # The guide says here that the body is empty, and shows this for each resource.
        self.assertEqual(reply, {})


class TestErrors(DocumentationTestCase):
    """Guide 3.6."""

    def test_400_without_anything_to_change(self):
        self.made("images", MINIMAL)
        path = "images/centos5-stateful"
        reply = self.example("error-400-empty", "PUT", path, {}, status=400)
        # What is wrong, and what to do.
        self.assertEqual(len(reply["messages"]), 2)

    def test_400_with_wrong_parameters(self):
        body = {"name": "centos5", "hypervisor": "perhaps"}
        reply = self.example("error-400", "POST", "images", body, status=400)
        self.assertEqual(list(reply), ["messages"])

    def test_401(self):
        for auth in (None, ("admin", "wrong")):
            reply = self.example("error-401", "GET", "images", status=401, auth=auth)
            guide = {"messages": ["You must be authenticated to access this area"]}
            self.assertEqual(reply, guide)

    def test_403(self):
        account = Account(
            name="Portal", username="portal", permissions={"events": {"GET"}}
        )
        auth = ("portal", Accounts(self.portal).create(account))
        transaction.commit()
        reply = self.example("error-403", "GET", "images", status=403, auth=auth)
        guide = {"messages": ["You are not authorized to access this area"]}
        self.assertEqual(reply, guide)

    def test_404(self):
        reply = self.example("error-404", "GET", "images/uniqueId", status=404)
        guide = {"messages": ["The resource with id 'uniqueId' was not found"]}
        self.assertEqual(reply, guide)

    def test_405(self):
        path = "permissions/uniqueId"
        reply = self.example("error-405", "PUT", path, {"label": "x"}, status=405)
        sentence = "The specified HTTP method is not allowed for the requested resource"
        self.assertEqual(reply, {"messages": [sentence]})

    def test_500(self):
        home = self.configure("")
        (home / NAME).write_text("not.a.setting = 1\n")
        with self.assertLogs("collective.mwsvm", "ERROR"):
            reply = self.example("error-500", "GET", "images", status=500)
        problem, detail = reply["messages"]
        self.assertEqual(problem, "A problem occurred while processing the request")
        self.assertTrue(detail)


class TestAuthentication(DocumentationTestCase):
    """Guide 3.8."""

    def test_the_header_of_the_guide(self):
        users = self.portal.acl_users
        users.userFolderAddUser("adaptive", "c3UStunE", ["Manager"], [])
        transaction.commit()
        headers = {"Authorization": "Basic YWRhcHRpdmU6YzNVU3R1bkU="}
        name = "overview-authentication"
        self.example(name, "GET", "images?max=0", headers=headers, auth=None)


class TestBeyond(DocumentationTestCase):
    """What MWS does not have."""

    def test_dry_run(self):
        path = "images?dry-run=true"
        self.example("beyond-dry-run", "POST", path, MINIMAL)
        self.assertEqual(self.results("images"), [])

    def test_idempotency_key(self):
        headers = {"Idempotency-Key": "2f6c-first-image"}
        name = "beyond-idempotency"
        replies = [
            self.example(name, "POST", "images", MINIMAL, headers=headers)
            for _ in range(2)
        ]
        self.assertEqual(replies[0], replies[1])
        self.assertEqual(self.results("images"), ["centos5-stateful"])
        other = {**MINIMAL, "name": "other"}
        name = "beyond-idempotency-other"
        self.example(name, "POST", "images", other, headers=headers, status=400)

    def test_etag(self):
        self.made("images", MINIMAL)
        path = "images/centos5-stateful?fields=name,version"
        self.example("beyond-etag", "GET", path, show=["ETag"])
        headers = {"If-None-Match": self.response.headers["ETag"]}
        name = "beyond-etag-known"
        self.example(name, "GET", path, headers=headers, status=304, show=["ETag"])
        self.put("images/centos5-stateful", {"active": False})
        self.assertEqual(self.get(path, headers=headers).status_code, 200)

    def test_options(self):
        self.example("beyond-options", "OPTIONS", "images/centos5-stateful")

    def test_the_description_for_programs(self):
        paths = self.get("openapi.json", auth=None).json()["paths"]
        self.assertIn("/images/{key}", paths)
