"""A secret key is written and never read; a token is for those with its permission."""

from collective.mwsvm.agent import user_data
from plone import api
from tests.sites import ADMIN
from tests.sites import HttpTestCase
import json
import re


SECRET = "geheim-4711"
KEY = "AKIAEXAMPLE"

ASKED = "&".join(
    f"metadata_fields={name}"
    for name in (
        "secretKey",
        "monitorAuthToken",
        "accessKey",
        "get_next_key",
        "get_monitor_key",
        "regenerate_token",
    )
)

#: GET of plone.restapi, relative to the site; {vm} is the machine.
ROUTES = (
    "{vm}",
    "{vm}?expand=history,types,actions,workflow",
    "{vm}/@history",
    "{vm}/@actions",
    "{vm}/@workflow",
    "{vm}/@lock",
    "{vm}/@types/Job",
    "private/@types/VirtualMachine",
    "@types/VirtualMachine",
    "private?fullobjects=1",
    "private?metadata_fields=_all",
    f"private?{ASKED}",
    "@search?portal_type=VirtualMachine&fullobjects=1",
    "@search?portal_type=VirtualMachine&metadata_fields=_all",
    f"@search?portal_type=VirtualMachine&{ASKED}",
    f"{{vm}}/@search?{ASKED}&fullobjects=1",
    "@navigation",
    "@controlpanels",
    "@controlpanels/mwsvm",
    "@vocabularies/collective.mwsvm.virtual_machines",
    "@types",
)

#: Pages; the machine's own is not among them, for there the token may be seen.
PAGES = (
    "",
    "{vm}/edit",
    "{vm}/@@machine-live",
    "{vm}/folder_contents",
    "{vm}/++add++Job",
    "{vm}/sharing",
    "{vm}/job",
    "private",
    "private/folder_contents",
    "private/++add++VirtualMachine",
    "@@mwsvm",
    "@@mwsvm-live",
    "@@mwsvm-jobs",
    "@@mwsvm-machines",
    "@@mwsvm-controlpanel",
    "@@search?SearchableText=vm1",
)

PEOPLE = ("reader", "contributor", "editor", "owner", "siteadmin", "manager", ADMIN)

#: Who may see the token of a machine in the folder.
MAY_SEE_TOKEN = ("owner", "siteadmin", "manager", ADMIN)


class SecretsTestCase(HttpTestCase):
    def setUp(self):
        super().setUp()
        folder = api.content.create(self.portal, "Folder", "private")
        self.vm = self.add_machine(
            container=folder, accessKey=KEY, secretKey=SECRET, title="vm1"
        )
        self.add_job("queued", self.vm)
        for role in ("Reader", "Contributor", "Editor", "Owner"):
            self.add_person(role.lower(), role, on=folder)
        self.add_person("siteadmin", "Site Administrator")
        self.add_person("manager", "Manager")
        self.add_person("member")
        self.token = self.vm.monitorAuthToken

    def path(self, route):
        return route.replace("{vm}", "private/vm1")

    def assert_silent(self, reply, why):
        text = reply.text + repr(dict(reply.headers))
        # Not assertNotIn: a failure would show the whole page.
        self.assertFalse(SECRET in text, why)
        self.assertFalse(self.token in text, why)


class TestReading(SecretsTestCase):
    def test_no_route_of_the_REST_API_shows_a_secret_to_anybody(self):
        for route in ROUTES:
            path = self.path(route)
            for who in (None, "member", *PEOPLE):
                reply = self.rest("GET", path, who)
                self.assert_silent(reply, (path, who))
                if who in ("manager", ADMIN):
                    # So that nothing is proved by a page that is not there.
                    self.assertEqual(reply.status_code, 200, path)

    def test_no_search_finds_a_machine_by_its_secrets(self):
        for words, found in (("vm1", 1), (SECRET, 0), (self.token, 0), (KEY, 0)):
            reply = self.rest("GET", f"@search?SearchableText={words}")
            self.assertEqual(reply.json()["items_total"], found)

    def test_a_search_that_asks_for_a_new_token_does_not_make_one(self):
        self.rest("GET", f"@search?portal_type=VirtualMachine&{ASKED}")
        self.assertEqual(self.vm.monitorAuthToken, self.token)

    def test_neither_does_a_search_by_query(self):
        query = {
            "query": [
                {
                    "i": "portal_type",
                    "o": "plone.app.querystring.operation.selection.any",
                    "v": ["VirtualMachine"],
                }
            ],
            "metadata_fields": ["_all", "secretKey", "monitorAuthToken"],
        }
        for extra in ({}, {"fullobjects": True}):
            for who in ("editor", ADMIN):
                reply = self.rest(
                    "POST", "@querystring-search", who, {**query, **extra}
                )
                self.assertEqual(reply.status_code, 200, reply.text)
                self.assertEqual(reply.json()["items_total"], 1)
                self.assert_silent(reply, (who, extra))

    def test_the_access_key_is_for_those_who_may_edit(self):
        for who in ("reader", "contributor"):
            self.assertNotIn(KEY, self.rest("GET", self.path("{vm}"), who).text)
        for who in ("editor", "owner"):
            self.assertIn(KEY, self.rest("GET", self.path("{vm}"), who).text)
        for who in ("reader", "editor", ADMIN):
            found = self.rest("GET", f"@search?portal_type=VirtualMachine&{ASKED}", who)
            self.assertEqual(found.json()["items_total"], 1)
            self.assertNotIn(KEY, found.text)

    def test_no_page_shows_a_secret_to_anybody(self):
        for page in PAGES:
            path = self.path(page)
            for who in (None, "member", *PEOPLE):
                reply = self.request("GET", path, who)
                self.assert_silent(reply, (path, who))
                if who == ADMIN:
                    self.assertEqual(reply.status_code, 200, path)
                if page.endswith("edit"):
                    self.unlock()

    def test_the_page_of_the_machine_shows_its_token_to_those_who_may_see_it(self):
        for who in (None, "member", *PEOPLE):
            for path in ("{vm}", "{vm}/view"):
                text = self.request("GET", self.path(path), who).text
                self.assertEqual(self.token in text, who in MAY_SEE_TOKEN, who)
                self.assertNotIn(SECRET, text)

    def test_the_form_has_an_empty_field_for_the_secret_key(self):
        for who in ("editor", ADMIN):
            text = self.request("GET", self.path("{vm}/edit"), who).text
            field = re.search(r"<input[^>]*form-widgets-secretKey[^>]*>", text)[0]
            self.assertIn('type="password"', field)
            self.assertNotIn(SECRET, field)
            self.assertNotRegex(field, r'value="[^"]')
            self.assertNotIn("form.widgets.monitorAuthToken", text)
            self.unlock()

    def test_the_lists_of_folder_contents_do_not_know_it(self):
        attributes = json.dumps(["Title", "secretKey", "monitorAuthToken", "accessKey"])
        query = json.dumps(
            {
                "criteria": [
                    {
                        "i": "portal_type",
                        "o": "plone.app.querystring.operation.selection.any",
                        "v": ["VirtualMachine"],
                    }
                ]
            }
        )
        reply = self.request(
            "GET",
            "@@getVocabulary",
            params={
                "name": "plone.app.vocabularies.Catalog",
                "query": query,
                "attributes": attributes,
            },
        )
        self.assertEqual(reply.json()["total"], 1)
        self.assert_silent(reply, "getVocabulary")
        self.assertNotIn(KEY, reply.text)

    def test_attributes_and_methods_have_no_address(self):
        names = ("secretKey", "monitorAuthToken", "accessKey", "get_next_key")
        for name in (*names, "regenerate_token", "record", "start_machine"):
            for who in (None, "reader", ADMIN):
                for accept in ("text/html", "application/json"):
                    reply = self.request("GET", f"private/vm1/{name}", who, accept)
                    self.assertIn(reply.status_code, (302, 401, 404), (name, who))
                    self.assert_silent(reply, name)
        self.assertEqual(self.vm.monitorAuthToken, self.token)

    def unlock(self):
        """The edit form locks what it edits."""
        self.rest("DELETE", self.path("{vm}/@lock"), json={"force": True})


class TestWriting(SecretsTestCase):
    def patch(self, values, who="editor", prefer="minimal"):
        return self.rest(
            "PATCH",
            self.path("{vm}"),
            who,
            values,
            headers={"Prefer": f"return={prefer}"},
        )

    def test_the_reply_to_a_POST_is_silent(self):
        for who in ("contributor", ADMIN):
            values = {
                "@type": "VirtualMachine",
                "title": "vm",
                "region_list": "us-east-1",
                "instance_type_list": "t1.micro",
                "machineImage": "ami-1",
                "accessKey": KEY,
                "secretKey": SECRET,
            }
            reply = self.rest("POST", "private", who, values)
            self.assertEqual(reply.status_code, 201, reply.text)
            new = self.portal.private[reply.json()["id"]]
            self.assertEqual(new.secretKey, SECRET)
            self.assertNotIn(new.monitorAuthToken, reply.text)
            self.assert_silent(reply, who)

    def test_the_reply_to_a_PATCH_is_silent(self):
        for who in ("editor", ADMIN):
            reply = self.patch({"secretKey": f"{SECRET}-2"}, who, "representation")
            self.assertEqual(reply.status_code, 200, reply.text)
            self.assertEqual(reply.json()["title"], "vm1")
            self.assert_silent(reply, who)
            self.assertEqual(self.vm.secretKey, f"{SECRET}-2")

    def test_the_reply_to_a_copy_is_silent(self):
        reply = self.rest(
            "POST", "private/@copy", ADMIN, {"source": self.vm.absolute_url()}
        )
        self.assertEqual(reply.status_code, 200, reply.text)
        self.assert_silent(reply, "copy")

    def test_a_refused_secret_is_not_repeated(self):
        for secret in (f"{SECRET}\nx", [SECRET], {"x": SECRET}):
            reply = self.patch({"secretKey": secret})
            self.assertEqual(reply.status_code, 400, reply.text)
            self.assertIn("secretKey", reply.text)
            self.assertEqual(self.vm.secretKey, SECRET)

    def test_an_empty_one_keeps_the_present_one(self):
        for empty in ("", None):
            self.assertEqual(self.patch({"secretKey": empty}).status_code, 204)
            self.assertEqual(self.vm.secretKey, SECRET)
        self.assertEqual(self.patch({"title": "new"}).status_code, 204)
        self.assertEqual((self.vm.secretKey, self.vm.title), (SECRET, "new"))

    def test_a_value_replaces_it(self):
        self.assertEqual(self.patch({"secretKey": "other-1"}).status_code, 204)
        self.assertEqual(self.vm.secretKey, "other-1")

    def test_only_who_may_edit_replaces_it(self):
        for who in (None, "member", "reader", "contributor"):
            reply = self.patch({"secretKey": "stolen"}, who)
            self.assertIn(reply.status_code, (401, 403), who)
        self.assertEqual(self.vm.secretKey, SECRET)

    def test_the_form_keeps_an_empty_one_and_replaces_it_by_a_value(self):
        for typed, kept in (("", SECRET), ("other-2", "other-2")):
            url = f"{self.url}/private/vm1/edit"
            page = self.request("GET", url, "editor").text
            form = {
                "_authenticator": re.search(r"_authenticator=([0-9a-f]+)", page)[1],
                "form.widgets.IBasic.title": "vm1",
                "form.widgets.region_list:list": "us-west-1",
                "form.widgets.instance_type_list:list": "t1.micro",
                "form.widgets.machineImage": "ami-2",
                "form.widgets.accessKey": KEY,
                "form.widgets.secretKey": typed,
                "form.buttons.save": "Save",
            }
            reply = self.request("POST", url, "editor", data=form)
            self.assertEqual(reply.status_code, 302, reply.text)
            self.assertEqual(self.vm.secretKey, kept)
            self.assertEqual(self.vm.machineImage, "ami-2")
            self.assertEqual(self.vm.monitorAuthToken, self.token)

    def test_a_form_that_is_refused_keeps_what_was_typed_and_not_what_is_stored(self):
        url = f"{self.url}/private/vm1/edit"
        page = self.request("GET", url, "editor").text
        form = {
            "_authenticator": re.search(r"_authenticator=([0-9a-f]+)", page)[1],
            "form.widgets.IBasic.title": "vm1",
            "form.widgets.machineImage": "",
            "form.buttons.save": "Save",
        }
        for typed in ("", "typed-5"):
            form["form.widgets.secretKey"] = typed
            reply = self.request("POST", url, "editor", data=form)
            self.assertEqual(reply.status_code, 200)
            self.assertTrue("There were some errors" in reply.text)
            self.assert_silent(reply, "refused form")
            field = re.search(r"<input[^>]*form-widgets-secretKey[^>]*>", reply.text)[0]
            self.assertIn(f'value="{typed}"', field)
        self.assertEqual(self.vm.secretKey, SECRET)


class TestAgent(SecretsTestCase):
    """The agent's file holds the token, so it is for those who may see that."""

    def get(self, who):
        return self.request("GET", "private/vm1/@@machine-agent", who)

    def test_the_download_needs_the_permission(self):
        for who in (None, "member", "reader", "contributor", "editor"):
            reply = self.get(who)
            self.assertIn(reply.status_code, (302, 401, 403), who)
            self.assert_silent(reply, who)

    def test_it_is_a_program_with_the_configuration_of_the_machine(self):
        for who in MAY_SEE_TOKEN:
            reply = self.get(who)
            self.assertEqual(reply.status_code, 200)
            self.assertEqual(
                reply.headers["Content-Disposition"],
                'attachment; filename="mwsvm-agent.py"',
            )
            self.assertEqual(reply.headers["Cache-Control"], "no-store")
            self.assertIn(self.token, reply.text)
            self.assertNotIn(SECRET, reply.text)
            self.assertNotIn(KEY, reply.text)
            compile(reply.content, "mwsvm-agent.py", "exec")

    def test_it_is_what_a_launched_machine_gets_but_for_the_halt(self):
        from collective.mwsvm.content import fleet

        url = self.vm.absolute_url()
        config = {**fleet.agent_config(self.vm, url), "idle_halt": 0}
        self.assertEqual(self.get(ADMIN).content, user_data(config).encode())
