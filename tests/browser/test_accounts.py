"""Application accounts in Site Setup and in plone.restapi, over HTTP."""

from collective.mwsvm.access.accounts import Account
from collective.mwsvm.access.accounts import grants_of
from collective.mwsvm.content.accounts import Accounts
from collective.mwsvm.content.accounts import uninstall
from collective.mwsvm.interfaces import API_REACHED
from collective.mwsvm.interfaces import IPluginServiceGrid
from collective.mwsvm.interfaces import IResourceGrid
from collective.mwsvm.models.errors import NotFound
from dataclasses import replace
from lxml import html
from tests.content.test_accounts import GRID
from tests.content.test_accounts import offer
from tests.content.test_accounts import VIEWPOINT
from tests.sites import ADMIN
from tests.sites import HttpTestCase
from urllib.parse import parse_qs
from urllib.parse import urlsplit
from zope.component import adapter
from zope.component import getGlobalSiteManager
from zope.component import provideHandler
from ZPublisher.interfaces import IPubAfterTraversal
from ZPublisher.interfaces import IPubStart
import re
import requests


PAGES = (
    "@@mws-accounts",
    "@@mws-account?username=viewpoint",
    "@@mws-account-add",
    "@@mws-account-edit?username=viewpoint",
    "@@mws-account-reset?username=viewpoint",
    "@@mws-account-delete?username=viewpoint",
)

PASSWORD = re.compile(r"\A[A-Za-z0-9_-]{32}\Z")


class AccountsTestCase(HttpTestCase):
    def setUp(self):
        super().setUp()
        offer(self, IResourceGrid, GRID)
        offer(self, IPluginServiceGrid, {})
        self.accounts = Accounts(self.portal)
        self.add_person("member")
        self.add_person("keeper", "Site Administrator")

    def stored(self, username="viewpoint"):
        return self.accounts.get(username)

    def usernames(self):
        return [account.username for account in self.accounts.list()]

    def get(self, path, who=ADMIN, code=200):
        reply = self.request("GET", path, who)
        self.assertEqual(reply.status_code, code, path)
        return html.fromstring(reply.text)

    def text(self, page, css="#content"):
        return " ".join(" ".join(e.text_content() for e in page.cssselect(css)).split())

    def send(self, path, changes=None, who=ADMIN, **options):
        """Send the form of a page, with other values in some of its fields."""
        (form,) = self.get(path, who).cssselect("#content form")
        fields = {**self.values(form), **(changes or {})}
        return self.request("POST", form.get("action"), who, data=fields, **options)

    def values(self, form):
        """What a browser would send."""
        found = {}
        for name, value in form.form_values():
            found.setdefault(name, []).append(value)
        return found

    def shown_password(self, reply):
        self.assertEqual(reply.status_code, 200, reply.text)
        (element,) = html.fromstring(reply.text).cssselect("#mws-password")
        self.assertRegex(element.text, PASSWORD)
        return element.text


class TestRefusals(AccountsTestCase):
    def setUp(self):
        super().setUp()
        self.accounts.create(VIEWPOINT)

    def test_the_pages_are_for_those_who_manage_accounts(self):
        for who, codes in (
            (None, (302, 401)),
            ("member", (302, 401, 403)),
            ("keeper", (200,)),
        ):
            for path in PAGES:
                reply = self.request("GET", path, who)
                self.assertIn(reply.status_code, codes, (path, who))
                self.assertEqual(
                    "viewpoint" in reply.text,
                    codes == (200,) and path != "@@mws-account-add",
                    (path, who),
                )

    def test_nobody_else_changes_anything(self):
        for who in (None, "member"):
            for path in PAGES[2:]:
                (form,) = self.get(path).cssselect("#content form")
                fields = {**self.values(form), "form.name": "X", "form.username": "x"}
                reply = self.request("POST", form.get("action"), who, data=fields)
                self.assertIn(reply.status_code, (302, 401, 403), (path, who))
                self.assertNotIn("mws-password", reply.text)
        self.assertEqual(self.accounts.list(), [VIEWPOINT])

    def test_forms_of_other_sites_are_refused(self):
        digest = self.portal.acl_users.mws_accounts.entry("viewpoint").digest
        for path in PAGES[2:]:
            for token in ({}, {"_authenticator": "0" * 40}):
                fields = {"form.name": "X", "form.username": "x", **token}
                fields["form.permissions"] = "GET events"
                reply = self.request("POST", path, data=fields)
                self.assertEqual(reply.status_code, 403, path)
                self.assertNotIn("mws-password", reply.text)
        self.assertEqual(self.accounts.list(), [VIEWPOINT])
        entry = self.portal.acl_users.mws_accounts.entry("viewpoint")
        self.assertEqual(entry.digest, digest)

    def test_an_account_that_is_not_there_has_no_pages(self):
        for path in PAGES:
            if "?" in path:
                for username in ("nobody", "", "viewpoint&username=viewpoint", "%00"):
                    page = path.partition("=")[0]
                    reply = self.request("GET", f"{page}={username}")
                    self.assertEqual(reply.status_code, 404, (path, username))

    def test_a_site_that_was_not_upgraded_says_so(self):
        uninstall(self.portal)
        reply = self.request("GET", "@@mws-accounts")
        self.assertEqual(reply.status_code, 503)
        self.assertIn("upgrade the add-on", reply.text)

    def test_an_account_does_not_log_in_to_the_site(self):
        password = self.accounts.create(
            replace(VIEWPOINT, username="app", permissions=grants_of(GRID))
        )
        app = ("app", password)
        self.assertIn(self.request("GET", "@@mwsvm", app).status_code, (200, 302, 401))
        for path in ("@@personal-information", "@@mws-accounts", "folder_contents"):
            reply = self.request("GET", path, app)
            self.assertIn(reply.status_code, (302, 401), path)
        reply = self.rest("GET", "@users/app", app)
        self.assertEqual(reply.status_code, 401)
        reply = self.rest(
            "POST", "@login", None, {"login": "app", "password": password}
        )
        self.assertEqual(reply.status_code, 401)
        self.assertNotIn("token", reply.json())
        fields = {"__ac_name": "app", "__ac_password": password}
        fields["buttons.login"] = "Log in"
        session = requests.Session()
        page = html.fromstring(session.get(f"{self.url}/login").text)
        (form,) = page.cssselect("form#login-form, form[action$='/login']")[:1]
        fields = {**dict(form.form_values()), **fields}
        reply = session.post(f"{self.url}/login", data=fields)
        self.assertIn("Login failed", reply.text)
        self.assertNotIn("__ac", session.cookies)
        reply = session.get(f"{self.url}/@@personal-information", allow_redirects=False)
        self.assertEqual(reply.status_code, 302)

    def test_an_account_logs_in_to_the_MWS_REST_API(self):
        password = self.accounts.reset("viewpoint")
        seen = []

        @adapter(IPubStart)
        def mark(event):
            if event.request.get_header("X-Test-MWS"):
                event.request.environ[API_REACHED] = True

        @adapter(IPubAfterTraversal)
        def look(event):
            seen.append(event.request["AUTHENTICATED_USER"].getId())

        for handler in (mark, look):
            provideHandler(handler)
            self.addCleanup(getGlobalSiteManager().unregisterHandler, handler)
        right, wrong = ("viewpoint", password), ("viewpoint", "wrong")
        mws = {"X-Test-MWS": "1"}
        for who, headers in ((right, mws), (right, {}), (wrong, mws), (None, mws)):
            self.rest("GET", "", who, headers=headers)
        self.accounts.change("viewpoint", replace(VIEWPOINT, enabled=False))
        self.rest("GET", "", right, headers=mws)
        self.assertEqual(seen, ["mwsapp:viewpoint", None, None, None, None])

    def test_nobody_is_sent_a_link_to_reset_the_password_of_an_account(self):
        page = self.get("mail_password_form", None)
        (form,) = [
            form
            for form in page.cssselect("form")
            if "mail_password" in (form.get("action") or "")
        ]
        replies = []
        for name in ("viewpoint", "nobody"):
            fields = {**dict(form.form_values()), "userid": name}
            reply = self.request("POST", form.get("action"), None, data=fields)
            replies.append((reply.status_code, reply.headers.get("Location")))
        self.assertEqual(replies[0], replies[1])
        self.assertLess(replies[0][0], 400)


class TestPages(AccountsTestCase):
    def test_the_list_of_none(self):
        page = self.get("@@mws-accounts")
        self.assertIn("There are no application accounts yet.", self.text(page))

    def test_the_list_in_any_order(self):
        for username, name, description, enabled in (
            ("a", "beta", "2", True),
            ("b", "Alpha", "3", False),
            ("c", "gamma", "1", True),
        ):
            account = replace(
                VIEWPOINT, name=name, username=username, description=description
            )
            self.accounts.create(account)
            self.accounts.change(username, replace(account, enabled=enabled))
        for query, order in (
            ("", "bac"),
            ("?sort=name", "bac"),
            ("?sort=name&order=desc", "cab"),
            ("?sort=username", "abc"),
            ("?sort=description", "cab"),
            ("?sort=enabled&order=desc", "bac"),
            ("?sort=password", "bac"),
            ("?sort=name&sort=name&order=x", "bac"),
        ):
            page = self.get(f"@@mws-accounts{query}")
            rows = page.cssselect(".mwsvm-accounts tbody code")
            self.assertEqual("".join(row.text for row in rows), order, query)
        page = self.get("@@mws-accounts?sort=username")
        headings = page.cssselect(".mwsvm-accounts th")
        self.assertEqual(headings[1].get("aria-sort"), "ascending")
        links = [th.cssselect("a")[0].get("href") for th in headings if len(th)]
        self.assertEqual(len(links), 4)
        query = parse_qs(urlsplit(links[1]).query)
        self.assertEqual(query, {"sort": ["username"], "order": ["desc"]})
        self.assertEqual(
            self.text(page, ".mwsvm-accounts tbody tr:nth-child(2)"),
            "Alpha b 3 No Reset",
        )

    def test_from_the_list_to_an_account_and_on(self):
        self.accounts.create(VIEWPOINT)
        page = self.get("@@mws-accounts")
        links = [a.get("href") for a in page.cssselect("#content tbody a")]
        self.assertEqual(
            links,
            [
                f"{self.url}/@@mws-account?username=viewpoint",
                f"{self.url}/@@mws-account-reset?username=viewpoint",
            ],
        )
        page = self.get(links[0])
        buttons = [a.get("href") for a in page.cssselect("#content .mwsvm-buttons a")]
        for name, link in zip(("edit", "reset", "delete"), buttons, strict=True):
            self.assertIn(f"@@mws-account-{name}?username=viewpoint", link)
            self.get(link)

    def test_a_new_form_grants_everything(self):
        page = self.get("@@mws-account-add")
        boxes = {
            box.get("aria-label"): box.get("checked") is not None
            for box in page.cssselect("input[name='form.permissions']")
        }
        self.assertEqual(
            boxes,
            {
                f"{method} {resource}": True
                for resource, methods in GRID.items()
                for method in methods
            },
        )
        self.assertEqual(page.cssselect("input[name='form.enabled']"), [])
        self.assertNotIn("Access to web services of plug-ins", self.text(page))
        # What only scripts can use is there for them only.
        for box in page.cssselect("[data-toggles]"):
            cell = box.xpath("ancestor-or-self::*[@hidden]")
            self.assertTrue(cell, box.get("aria-label"))

    def test_an_account_and_its_password(self):
        reply = self.send(
            "@@mws-account-add",
            {
                "form.name": " Bob's App ",
                "form.username": "bobs.app",
                "form.description": "One\r\ntwo & <three>",
                "form.permissions": ["GET events", "PUT jobs"],
            },
        )
        password = self.shown_password(reply)
        self.assertEqual(reply.headers["Cache-Control"], "no-store")
        self.assertEqual(
            self.stored("bobs.app"),
            Account(
                "Bob's App",
                "bobs.app",
                "One\ntwo & <three>",
                True,
                {"events": ["GET"], "jobs": ["PUT"]},
            ),
        )
        for path in PAGES:
            path = path.replace("viewpoint", "bobs.app")
            self.assertNotIn(password, self.request("GET", path).text, path)
        text = self.text(self.get("@@mws-account?username=bobs.app"))
        self.assertIn("One\ntwo & <three>".replace("\n", " "), text)

    def test_what_an_account_was_granted(self):
        self.accounts.create(VIEWPOINT)
        page = self.get("@@mws-account?username=viewpoint")
        marks = {
            mark.get("aria-label"): mark.text
            for mark in page.cssselect(".mwsvm-grid [role=img]")
        }
        self.assertEqual(len(marks), 6)
        self.assertEqual(marks["GET events: granted"], "✓")
        self.assertEqual(marks["POST events: not granted"], "\N{EN DASH}")
        self.assertEqual(page.cssselect("#content input[type=checkbox]"), [])

    def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(self):
        reply = self.send(
            "@@mws-account-add",
            {
                "form.name": "1st",
                "form.username": "a b",
                "form.description": "x" * 1001,
                "form.permissions": [],
            },
        )
        self.assertEqual(reply.status_code, 200)
        page = html.fromstring(reply.text)
        for field, words in (
            ("name", "The application name '1st' is not allowed: 1 to 32"),
            ("username", "The username 'a b' is not allowed"),
            ("description", "1001 characters"),
        ):
            (error,) = page.cssselect(f"#mws-{field}-error")
            self.assertIn(words, error.text)
            (control,) = page.cssselect(f"#mws-{field}")
            self.assertEqual(control.get("aria-invalid"), "true")
            self.assertIn(f"mws-{field}-error", control.get("aria-describedby"))
        self.assertIn("at least one method of one resource", self.text(page))
        (form,) = page.cssselect("#content form")
        self.assertEqual(self.values(form)["form.name"], ["1st"])
        self.assertNotIn("form.permissions", self.values(form))
        self.assertEqual(self.accounts.list(), [])

    def test_a_username_that_is_taken(self):
        self.accounts.create(VIEWPOINT)
        for username in ("Viewpoint", "member"):
            fields = {"form.name": "X", "form.username": username}
            reply = self.send("@@mws-account-add", fields)
            (error,) = html.fromstring(reply.text).cssselect("#mws-username-error")
            self.assertIn(f"The username '{username}' is taken", error.text)
        self.assertEqual(self.usernames(), ["viewpoint"])

    def test_boxes_that_the_form_does_not_have(self):
        for box in ("GET nodes", "PUT events", "events", ""):
            fields = {"form.name": "X", "form.username": "x", "form.permissions": box}
            reply = self.send("@@mws-account-add", fields)
            self.assertEqual(reply.status_code, 200)
            self.assertIn("Nothing was saved", reply.text)
        self.assertEqual(self.accounts.list(), [])

    def test_to_edit_an_account(self):
        self.accounts.create(VIEWPOINT)
        (form,) = self.get(PAGES[3]).cssselect("#content form")
        values = self.values(form)
        self.assertEqual(values["form.permissions"], ["GET events"])
        self.assertEqual(values["form.enabled"], ["1"])
        reply = self.send(
            PAGES[3],
            {
                "form.username": "renamed",
                "form.enabled": [],
                "form.permissions": ["DELETE jobs"],
            },
        )
        location = f"{self.url}/@@mws-account?username=renamed"
        self.assertEqual(
            (reply.status_code, reply.headers["Location"]), (302, location)
        )
        new = replace(
            VIEWPOINT,
            username="renamed",
            enabled=False,
            permissions={"jobs": ["DELETE"]},
        )
        self.assertEqual(self.accounts.list(), [new])
        self.assertIn("No: it may not use the REST API", self.text(self.get(location)))
        edit = "@@mws-account-edit?username=renamed"
        self.assertEqual(self.send(edit, {"form.enabled": "1"}).status_code, 302)
        self.assertEqual(self.accounts.list(), [replace(new, enabled=True)])

    def test_to_edit_with_something_wrong(self):
        self.accounts.create(VIEWPOINT)
        reply = self.send(PAGES[3], {"form.username": "member", "form.name": "New"})
        page = html.fromstring(reply.text)
        self.assertIn("is taken", self.text(page, "#mws-username-error"))
        (form,) = page.cssselect("#content form")
        self.assertIn("@@mws-account-edit?username=viewpoint", form.get("action"))
        self.assertEqual(self.values(form)["form.name"], ["New"])
        self.assertEqual(self.accounts.list(), [VIEWPOINT])

    def test_a_grant_whose_resource_has_gone_can_be_seen_and_taken_back(self):
        self.accounts.create(replace(VIEWPOINT, permissions=grants_of(GRID)))
        offer(self, IResourceGrid, {"events": ["GET"]})
        page = self.get(PAGES[3])
        self.assertIn("jobs (no longer there)", self.text(page, ".mwsvm-grid"))
        self.assertEqual(self.send(PAGES[3]).status_code, 302)
        self.assertEqual(self.stored().permissions, grants_of(GRID))
        fields = {"form.permissions": ["GET events"]}
        self.assertEqual(self.send(PAGES[3], fields).status_code, 302)
        self.assertNotIn("jobs", self.text(self.get(PAGES[1]), ".mwsvm-grid"))

    def test_web_services_of_plug_ins(self):
        offer(self, IPluginServiceGrid, {"Test": {"ping": True, "open": False}})
        page = self.get("@@mws-account-add")
        (box,) = page.cssselect("input[name='form.services']")
        self.assertEqual(box.get("aria-label"), "ping Test")
        self.assertIsNotNone(box.get("checked"))
        self.assertIn("open (open to all)", self.text(page))
        fields = {"form.name": "X", "form.username": "x"}
        self.shown_password(self.send("@@mws-account-add", fields))
        self.assertEqual(self.stored("x").services, {"Test": {"ping"}})
        page = self.get("@@mws-account?username=x")
        (mark,) = page.cssselect(".mwsvm-services [role=img]")
        self.assertEqual(mark.get("aria-label"), "ping Test: granted")

    def test_where_nothing_can_be_granted(self):
        offer(self, IResourceGrid, {})
        page = self.get("@@mws-account-add")
        self.assertIn("There are no resources", self.text(page))
        fields = {"form.name": "X", "form.username": "x"}
        reply = self.send("@@mws-account-add", fields)
        self.assertIn("at least one method of one resource", reply.text)

    def test_to_reset_a_password(self):
        old = self.accounts.create(VIEWPOINT)
        self.assertIn("Reset the password?", self.text(self.get(PAGES[4])))
        reply = self.send(PAGES[4])
        new = self.shown_password(reply)
        self.assertNotEqual(new, old)
        self.assertEqual(reply.headers["Cache-Control"], "no-store")
        self.assertEqual(self.stored(), VIEWPOINT)

    def test_to_look_at_a_confirmation_changes_nothing(self):
        self.accounts.create(VIEWPOINT)
        entry = self.portal.acl_users.mws_accounts.entry("viewpoint")
        digest = entry.digest
        self.get(PAGES[4])
        self.get(PAGES[5])
        self.assertEqual(entry.digest, digest)
        self.assertEqual(self.accounts.list(), [VIEWPOINT])

    def test_to_delete_an_account(self):
        self.accounts.create(VIEWPOINT)
        reply = self.send(PAGES[5])
        self.assertEqual(reply.status_code, 302)
        self.assertEqual(reply.headers["Location"], f"{self.url}/@@mws-accounts")
        self.assertEqual(self.accounts.list(), [])

    def test_site_setup_leads_to_the_list(self):
        page = self.get("@@overview-controlpanel", "keeper")
        (link,) = page.cssselect("#content .configlets a[href$='/@@mws-accounts']")
        self.assertIn("Application accounts", link.text_content())


class TestRestapi(AccountsTestCase):
    def setUp(self):
        super().setUp()
        self.service = f"{self.url}/@mws-accounts"
        self.one = f"{self.service}/viewpoint"

    def expect_error(self, reply, code, kind, words):
        self.assertEqual(reply.status_code, code, reply.text)
        error = reply.json()["error"]
        self.assertEqual(error["type"], kind)
        self.assertIn(words, error["message"])

    def test_the_life_of_an_account(self):
        new = {"name": "Moab Viewpoint", "username": "viewpoint"}
        new["permissions"] = {"events": ["GET"]}
        reply = self.rest("POST", self.service, json=new)
        self.assertEqual(reply.status_code, 201)
        self.assertEqual(reply.headers["Location"], self.one)
        self.assertEqual(reply.headers["Cache-Control"], "no-store")
        answer = reply.json()
        password = answer.pop("password")
        self.assertRegex(password, PASSWORD)
        self.assertEqual(
            answer,
            {
                **new,
                "@id": self.one,
                "description": "",
                "enabled": True,
                "services": {},
            },
        )
        self.assertEqual(self.rest("GET", self.one).json(), answer)
        self.assertEqual(
            self.rest("GET", self.service).json(),
            {"@id": self.service, "items": [answer], "items_total": 1},
        )
        reply = self.rest("PATCH", self.one, json={"enabled": False, "username": "vp"})
        self.assertEqual(reply.status_code, 200)
        answer.update(enabled=False, username="vp")
        answer["@id"] = f"{self.service}/vp"
        self.assertEqual(reply.json(), answer)
        self.assertEqual(self.rest("GET", self.one).status_code, 404)
        reply = self.rest("POST", f"{self.service}/vp/reset")
        self.assertEqual(reply.headers["Cache-Control"], "no-store")
        again = reply.json().pop("password")
        self.assertRegex(again, PASSWORD)
        self.assertNotEqual(again, password)
        reply = self.rest("DELETE", f"{self.service}/vp")
        self.assertEqual((reply.status_code, reply.content), (204, b""))
        self.assertEqual(self.accounts.list(), [])

    def test_what_is_not_said_is_as_on_a_new_form(self):
        json = {"name": "X", "username": "x"}
        self.assertEqual(self.rest("POST", self.service, json=json).status_code, 201)
        self.assertEqual(self.stored("x"), Account("X", "x", permissions=GRID))

    def test_it_is_for_those_who_manage_accounts(self):
        self.accounts.create(VIEWPOINT)
        calls = (
            ("GET", self.service, None),
            ("POST", self.service, {"name": "X", "username": "x"}),
            ("GET", self.one, None),
            ("PATCH", self.one, {"enabled": False}),
            ("POST", f"{self.one}/reset", None),
            ("DELETE", self.one, None),
        )
        for who in (None, "member"):
            for method, url, json in calls:
                reply = self.rest(method, url, who, json)
                self.assertEqual(reply.status_code, 401, (who, method, url))
                self.assertNotIn("Moab", reply.text)
        self.assertEqual(self.accounts.list(), [VIEWPOINT])
        for method, url, json in calls:
            reply = self.rest(method, url, "keeper", json)
            self.assertLess(reply.status_code, 300, (method, url))

    def test_mistakes(self):
        self.accounts.create(VIEWPOINT)
        for json, words in (
            ({}, "The application name is missing"),
            ({"name": "X", "username": "a b"}, "The username 'a b' is not allowed"),
            ({"name": "X", "username": "x", "permissions": {}}, "no permissions"),
            (
                {"name": "X", "username": "x", "permissions": {"events": ["PUT"]}},
                "The resource 'events' has no method 'PUT': allowed is GET, POST.",
            ),
            ({"name": "X", "username": "x", "permission": {}}, "no field 'permission'"),
            ({"name": "X", "username": "x", "password": "p"}, "no field 'password'"),
            ({"name": 1, "username": "x"}, "The field 'name' can't be 1"),
        ):
            reply = self.rest("POST", self.service, json=json)
            self.expect_error(reply, 400, "Invalid", words)
        json = {"name": "X", "username": "VIEWPOINT"}
        reply = self.rest("POST", self.service, json=json)
        self.expect_error(reply, 409, "Conflict", "'VIEWPOINT' is taken")
        self.assertEqual(self.accounts.list(), [VIEWPOINT])

    def test_a_body_that_is_no_object(self):
        self.accounts.create(VIEWPOINT)
        for body in (b"{", b"[]", b"1", b"null", b"\xff", b"[" * 100_000):
            for method, url in (("POST", self.service), ("PATCH", self.one)):
                headers = {"Content-Type": "application/json; charset=utf-8"}
                reply = self.rest(method, url, data=body, headers=headers)
                self.expect_error(reply, 400, "Invalid", "")

    def test_an_account_that_is_not_there(self):
        for method, path, json in (
            ("GET", "nobody", None),
            ("PATCH", "nobody", {"enabled": False}),
            ("DELETE", "nobody", None),
            ("POST", "nobody/reset", None),
        ):
            reply = self.rest(method, f"{self.service}/{path}", json=json)
            self.expect_error(reply, 404, "NotFound", "account 'nobody'")

    def test_paths_that_are_not_there(self):
        self.accounts.create(VIEWPOINT)
        for method, path in (
            ("POST", "/viewpoint"),
            ("POST", "/viewpoint/x"),
            ("GET", "/viewpoint/reset"),
            ("PATCH", ""),
            ("DELETE", ""),
            ("DELETE", "/viewpoint/reset"),
        ):
            reply = self.rest(method, f"{self.service}{path}", json={})
            self.expect_error(reply, 404, "NotFound", f"no {method} of @mws-accounts")
        self.assertEqual(self.accounts.list(), [VIEWPOINT])

    def test_a_change_that_is_wrong_changes_nothing(self):
        self.accounts.create(VIEWPOINT)
        self.accounts.create(replace(VIEWPOINT, username="other"))
        for json, code in (
            ({"enabled": False, "name": ""}, 400),
            ({"enabled": False, "permissions": {"events": []}}, 400),
            ({"enabled": False, "username": "other"}, 409),
            ({"enabled": False, "username": "member"}, 409),
        ):
            self.assertEqual(self.rest("PATCH", self.one, json=json).status_code, code)
        self.assertEqual(self.stored(), VIEWPOINT)

    def test_what_was_deleted_is_not_found_by_anybody(self):
        self.accounts.create(VIEWPOINT)
        self.rest("DELETE", self.one)
        with self.assertRaises(NotFound):
            self.stored()
