"""How the API speaks HTTP, whatever the resource (guide 3.1 to 3.6, 3.8)."""

from collective.mwsvm.rest import throttle
from tests.rest.case import RestTestCase
from tests.sites import ADMIN
from tests.sites import PASSWORD
import json
import requests
import transaction


IMAGE = {
    "name": "centos5-stateful",
    "osType": "linux",
    "hypervisor": False,
    "supportsVirtualMachine": True,
}

NOBODY = "You must be authenticated to access this area"
NOT_YOU = "You are not authorized to access this area"
NO_METHOD = "The specified HTTP method is not allowed for the requested resource"


class TestMethods(RestTestCase):
    def test_every_verb_answers_in_json_whatever_is_accepted(self):
        self.made("images", IMAGE)
        for accept in ("*/*", "text/html", "application/xml", "text/html,*/*;q=0.8"):
            for method, path, body, status in (
                ("GET", "images", None, 200),
                ("GET", "images/centos5-stateful", None, 200),
                ("PUT", "images/centos5-stateful", {"active": False}, 200),
                ("DELETE", "images/nothing", None, 404),
                ("POST", "images", {}, 400),
            ):
                response = self.call(method, path, body, headers={"Accept": accept})
                self.assertEqual(response.status_code, status, (accept, method))
                self.assertEqual(
                    response.headers["Content-Type"], "application/json;charset=utf-8"
                )
                self.assertIsInstance(response.json(), dict)

    def test_head_is_get_without_a_body(self):
        response = self.call("HEAD", "images")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.content, b"")
        self.assertEqual(self.call("HEAD", "images/nothing").status_code, 404)

    def test_options_says_what_is_allowed(self):
        response = self.call("OPTIONS", "images/any", headers={"Origin": "http://x"})
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Allow"], "GET, PUT, DELETE, HEAD, OPTIONS")

    def test_other_verbs_are_refused_with_those_allowed(self):
        for method, path, allowed in (
            ("PUT", "images", "GET, POST, HEAD, OPTIONS"),
            ("DELETE", "events/4fa197e68ca30fc605dd1cf0", "GET, HEAD, OPTIONS"),
            ("PATCH", "images/x", "GET, PUT, DELETE, HEAD, OPTIONS"),
            ("PROPFIND", "images", "GET, POST, HEAD, OPTIONS"),
            ("INVENTED", "images", "GET, POST, HEAD, OPTIONS"),
        ):
            response = self.call(method, path)
            self.assert_refused(response, 405, NO_METHOD)
            self.assertEqual(response.headers["Allow"], allowed)

    def test_the_answer_is_compact_and_pretty_on_request(self):
        self.made("images", IMAGE)
        compact = self.get("images?fields=name").text
        self.assertEqual(
            compact,
            '{"totalCount":1,"resultCount":1,"results":[{"name":"centos5-stateful"}]}',
        )
        pretty = self.get("images?fields=name&pretty=true").text
        self.assertIn('\n  "totalCount": 1', pretty)
        self.assertEqual(json.loads(pretty), json.loads(compact))

    def test_errors_are_pretty_too(self):
        self.assertIn('\n  "messages"', self.get("images/no?pretty=true").text)

    def test_an_answer_that_is_known_is_not_sent_again(self):
        self.made("images", IMAGE)
        first = self.get("images/centos5-stateful")
        again = self.get(
            "images/centos5-stateful", headers={"If-None-Match": first.headers["ETag"]}
        )
        self.assertEqual((again.status_code, again.content), (304, b""))
        self.put("images/centos5-stateful", {"active": False})
        changed = self.get(
            "images/centos5-stateful", headers={"If-None-Match": first.headers["ETag"]}
        )
        self.assertEqual(changed.status_code, 200)


class TestAddresses(RestTestCase):
    IDS = (
        "Moab.5[21]",
        "a:1",
        "CN=x,DC=y",
        "a b",
        "50%off",
        "täst",
        "_private",
        "index_html",
        "acl_users",
        "@@view",
        "++x++y",
        "a/b",
        "aq_parent",
        "a//b",
        "'\"",
        "{x}",
        "a+b",
        "a#b?c&d",
        "mws/rest",
    )

    def test_an_id_may_hold_anything(self):
        for key in self.IDS:
            response = self.get(f"images/{requests.utils.quote(key, safe='')}")
            self.assert_refused(
                response, 404, f"The resource with id '{key}' was not found"
            )

    def test_the_few_words_that_zope_keeps_for_itself_are_not_found(self):
        for key in ("REQUEST", "aq_self", "."):
            self.assertIn(self.get(f"images/{key}").status_code, (200, 404), key)
        self.assert_refused(self.get("images/REQUEST"), 404, "was not found")

    def test_names_with_special_characters_are_found(self):
        name = "a ?[1]{x}|=&()*`$~#<>@.,-_b"
        template = {"name": name, "type": "container"}
        made = self.post("service-templates", template)
        self.assertEqual(made.status_code, 201, made.text)
        quoted = requests.utils.quote(name, safe="")
        found = self.get(f"service-templates/{quoted}")
        self.assertEqual(found.json()["name"], name)

    def test_unknown_resources_are_not_found(self):
        for path in ("", "nothing", "nothing/at/all", "image", "diag", "diag/x"):
            self.assertEqual(self.get(path).status_code, 404, path)

    def test_a_slash_at_the_end_does_no_harm(self):
        self.assertEqual(self.get("images/").status_code, 200)

    def test_location_leads_to_what_was_made(self):
        response = self.post("images", IMAGE)
        location = response.headers["Location"]
        self.assertEqual(location, f"{self.base}/images/centos5-stateful")
        found = requests.get(location, auth=ADMIN, timeout=30)
        self.assertEqual(found.json(), response.json())


class TestParameters(RestTestCase):
    def setUp(self):
        super().setUp()
        for number in range(5):
            self.made("images", {**IMAGE, "name": f"image{number}"})

    def test_versions(self):
        for version in ("1", "2", "latest"):
            self.assertEqual(self.get(f"images?api-version={version}").status_code, 200)
        for version in ("3", "0", "", "two", "1.0"):
            self.assert_refused(
                self.get(f"images?api-version={version}"),
                400,
                f"api-version: '{version}' is not supported",
                "Valid versions are 1, 2 and latest",
            )

    def test_pages(self):
        self.assertEqual(self.results("images", max=2), ["image0", "image1"])
        self.assertEqual(self.results("images", max=2, offset=3), ["image3", "image4"])
        self.assertEqual(self.results("images", offset=4), ["image4"])
        self.assertEqual(self.results("images", offset=99), [])
        self.assertEqual(self.results("images", max=0), [])
        self.assertEqual(self.results("images", max=99, offset=5), [])
        beyond = self.get("images?offset=99&max=3").json()
        self.assertEqual(beyond, {"totalCount": 5, "resultCount": 0, "results": []})

    def test_wrong_numbers_are_named(self):
        for name in ("max", "offset"):
            for value in ("-1", "x", "1.5", "1e3", "9" * 30, "٣"):
                self.assert_refused(
                    self.call("GET", "images", params={name: value}),
                    400,
                    f"{name}: {value!r} is not a whole number from 0",
                )

    def test_zopes_own_forms_of_parameters_mean_nothing(self):
        for text in ("max:int=abc", "a:method=x", "x:record=1", ":method=x", "-C"):
            self.assertEqual(self.get(f"images?{text}").status_code, 200, text)

    def test_too_many_parameters_are_refused(self):
        text = "&".join(f"p{number}=1" for number in range(200))
        self.assert_refused(self.get(f"images?{text}"), 400, "at most 100 parameters")

    def test_query_sort_and_count(self):
        self.assertEqual(
            self.results("images", query={"name": {"$gte": "image3"}}),
            ["image3", "image4"],
        )
        self.assertEqual(self.results("images", sort={"name": -1}, max=1), ["image4"])
        answer = self.get('images?query={"name":{"$in":["image1","image2"]}}&max=1')
        self.assertEqual(answer.json()["totalCount"], 2)
        self.assertEqual(answer.json()["resultCount"], 1)

    def test_clients_do_not_quote_keys(self):
        query = "{extensions.native: {$ne: null}, hypervisor: false}"
        answer = self.get("images", params={"query": query})
        self.assertEqual(answer.json()["totalCount"], 0)

    def test_what_is_wrong_with_a_query_is_said(self):
        for query, message in (
            ('{"$where":"1"}', "$where"),
            ("{", "query"),
            ('{"name":{"$regex":"("}}', "query"),
            ('{"a":' * 5000 + "1" + "}" * 5000, "query"),
            ('{"name":{"$gt":1,"x":2}}', "query"),
        ):
            self.assert_refused(
                self.get("images", params={"query": query}), 400, message
            )
        self.assert_refused(self.get("images?sort=name"), 400, "sort")

    def test_fields_and_exclusion(self):
        answer = self.get("images/image1?fields=name,extensions.xcat,nothing").json()
        self.assertEqual(answer, {"name": "image1", "extensions": {}})
        answer = self.get("images?exclude-fields=id,version&max=1").json()
        self.assertNotIn("id", answer["results"][0])
        self.assertIn("name", answer["results"][0])


class TestBodies(RestTestCase):
    def send(self, data, kind="application/json", path="images", method="POST"):
        headers = {"Content-Type": kind} if kind else {}
        return self.call(method, path, data=data, headers=headers)

    def test_json_is_taken_with_any_content_type(self):
        for number, kind in enumerate(
            (
                "application/json",
                "application/json; charset=utf-8",
                "application/x-www-form-urlencoded",
                "text/plain",
                "",
            )
        ):
            body = json.dumps({**IMAGE, "name": f"i{number}"})
            self.assertEqual(self.send(body, kind).status_code, 201, kind)

    def test_what_is_no_json_object_is_refused(self):
        for data, message in (
            (b"", "The request has no body"),
            (b"   ", "The request has no body"),
            (b"null", "The request has no body"),
            (b"{", "The body is not valid JSON"),
            (b"\xff\xfe", "The body is not valid JSON"),
            (b"[]", "The body must be a JSON object, not a list"),
            (b'"x"', "The body must be a JSON object, not a string"),
            (b"5", "The body must be a JSON object, not a number"),
            (b"[" * 10_000, "The body is not valid JSON"),
            (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "The body is not valid JSON"),
            (b"<x/>", "The body is not valid JSON"),
        ):
            self.assert_refused(self.send(data), 400, message)
        self.assert_refused(self.send(b"<x/>", "application/xml"), 400, "not XML")

    def test_large_bodies(self):
        fits = json.dumps({**IMAGE, "features": ["x" * 5_000_000]})
        self.assertEqual(self.send(fits, "").status_code, 201)
        self.assert_refused(
            self.send(b"x" * 20_000_000), 413, "The body is larger than 16 MB"
        )

    def test_chunked_bodies(self):
        response = self.send(iter([json.dumps(IMAGE).encode()]))
        self.assertEqual(response.status_code, 201, response.text)

    def test_an_update_needs_something_to_change(self):
        self.made("images", IMAGE)
        path = "images/centos5-stateful"
        self.assert_refused(self.put(path, {}), 400, "The request has an empty body")
        self.assert_refused(self.put(path), 400, "The request has no body")


class TestAccess(RestTestCase):
    def test_nobody_gets_in_and_learns_nothing(self):
        for path in ("images", "images/x", "nothing", "diag/about"):
            response = self.get(path, auth=None)
            self.assert_refused(response, 401, NOBODY)
            self.assertIn("Basic", response.headers["WWW-Authenticate"])

    def test_wrong_credentials(self):
        for auth in (("admin", "wrong"), ("nobody", "x"), ("", ""), ("ü", "ß")):
            auth = tuple(part.encode() for part in auth)
            self.assert_refused(self.get("images", auth=auth), 401, NOBODY)

    def test_broken_authorization_headers(self):
        for header in ("Basic", "Basic x", "Basic ====", "Basic /w==", "Bearer x", "x"):
            response = self.get("images", auth=None, headers={"Authorization": header})
            self.assert_refused(response, 401, NOBODY)

    def test_health_is_public_and_works_with_wrong_credentials(self):
        self.assertEqual(self.get("diag/health/summary", auth=None).status_code, 200)
        wrong = ("admin", "wrong")
        self.assertEqual(self.get("diag/health/summary", auth=wrong).status_code, 200)

    def test_members_need_the_permission(self):
        self.add_person("bob")
        self.add_person("eve", "Site Administrator")
        transaction.commit()
        self.assert_refused(self.get("images", auth=("bob", PASSWORD)), 403, NOT_YOU)
        self.assertEqual(self.get("images", auth=("eve", PASSWORD)).status_code, 200)

    def test_cookies_mean_nothing(self):
        session = requests.Session()
        session.post(
            f"{self.portal.absolute_url()}/login",
            data={
                "__ac_name": ADMIN[0],
                "__ac_password": ADMIN[1],
                "buttons.login": "Log in",
            },
            timeout=30,
        )
        response = session.post(f"{self.base}/images", json=IMAGE, timeout=30)
        self.assert_refused(response, 401, NOBODY)

    def test_who_guesses_has_to_wait(self):
        wrong = ("somebody", "wrong")
        for _ in range(throttle.ALLOWED):
            self.assertEqual(self.get("images", auth=wrong).status_code, 401)
        response = self.get("images", auth=wrong)
        self.assert_refused(response, 429, "Too many attempts with wrong credentials")
        self.assertGreater(int(response.headers["Retry-After"]), 0)
        # Others are not held up.
        self.assertEqual(self.get("images").status_code, 200)


class TestDryRun(RestTestCase):
    def test_a_dry_run_answers_and_changes_nothing(self):
        response = self.post("images?dry-run=true", IMAGE)
        self.assertEqual(response.status_code, 201)
        self.assertEqual(response.headers["X-MWS-Dry-Run"], "true")
        self.assertEqual(self.results("images"), [])
        self.assertEqual(self.results("events", "eventType"), [])

    def test_a_dry_run_refuses_what_would_be_refused(self):
        self.assert_refused(
            self.post("images?dry-run=1", {}), 400, "'name' is required"
        )


class TestHeaders(RestTestCase):
    def test_what_plone_is_told_does_not_leave_the_server(self):
        for path in ("images", "nothing", "images?max=x", "diag/health/summary"):
            headers = self.get(path).headers
            self.assertNotIn("X-Theme-Disabled", headers, path)
            self.assertNotIn("Set-Cookie", headers, path)
            self.assertNotIn("Content-Language", headers, path)
