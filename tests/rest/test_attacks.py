"""What clients send that mean harm, or know no better: a clear refusal, never a failure."""

from collective.mwsvm.rest import throttle
from Products.SiteAccess.VirtualHostMonster import manage_addVirtualHostMonster
from tests.rest.case import RestTestCase
from tests.rest.test_images import MINIMAL
from tests.sites import ADMIN
from urllib.parse import urlsplit
import base64
import http.client
import json
import transaction


EVENT = {"eventTime": "2012-01-01 00:00:00 UTC", "eventType": "x"}
REPORT = {"name": "r", "datapointDuration": 60, "reportSize": 5}
TEMPLATE = {"name": "t", "type": "container"}

#: JSON escapes of these are in the bodies below.
NUL = "\0"

WITH_NUL = (
    ("images", {**MINIMAL, "osType": NUL}),
    ("images", {**MINIMAL, "extensions": {"x": {f"a{NUL}": 1}}}),
    ("images", {**MINIMAL, "unknown": [{"a": f"b{NUL}c"}]}),
    ("images", {**MINIMAL, "name": f"a{NUL}"}),
    ("events", {**EVENT, "eventType": NUL}),
    ("events", [EVENT, {**EVENT, "details": {"a": NUL}}]),
    ("events", {**EVENT, "eventTime": f"2012-01-01 00:00:00 U{NUL}"}),
    ("reports", {**REPORT, "name": f"a{NUL}"}),
    ("roles", {"name": "r", "permissions": [{"id": NUL}]}),
    ("roles", {"name": "r", "description": NUL}),
    ("principals", {"name": "p", "attachedRoles": [{"name": NUL}]}),
    ("permissions", {"type": "x", "action": NUL, "resource": "x"}),
    (
        "service-templates",
        {**TEMPLATE, "includedServices": [{"localName": "a", "serviceTemplate": NUL}]},
    ),
)


class AttackTestCase(RestTestCase):
    def raw(self, method, path, body=None, **headers):
        """Status and body; the path is sent as it is, from the root of the host."""
        host = urlsplit(self.base)
        connection = http.client.HTTPConnection(host.hostname, host.port, timeout=30)
        secret = base64.b64encode(":".join(ADMIN).encode()).decode()
        headers = {"Authorization": f"Basic {secret}", **headers}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


class TestBodies(AttackTestCase):
    def send(self, path, data, kind="application/json"):
        return self.call("POST", path, data=data, headers={"Content-Type": kind})

    def test_no_text_may_hold_the_character_nul(self):
        # SQLite could keep it, PostgreSQL could not.
        for path, body in WITH_NUL:
            self.assert_refused(self.post(path, body), 400, "character NUL")
        self.made("images", MINIMAL)
        changed = self.put(f"images/{MINIMAL['name']}", {"osType": NUL})
        self.assert_refused(changed, 400, "character NUL")

    def test_what_only_looks_like_nul_is_kept(self):
        made = self.made("images", {**MINIMAL, "osType": r"\u0000 \\u0000"})
        self.assertEqual(made["osType"], r"\u0000 \\u0000")

    def test_lone_surrogates_are_no_json(self):
        for text in (rb'"\ud800"', rb'"\udc00\ud800"', b'"\xed\xa0\x80"'):
            data = b'{"name":"a","osType":' + text + b"}"
            self.assert_refused(self.send("images", data), 400, "is not valid JSON")

    def test_what_is_nested_deeply_is_refused_before_it_is_kept(self):
        def nested(depth):
            attributes = "[" * (depth - 2) + "]" * (depth - 2)
            return (
                json.dumps(TEMPLATE)[:-1] + f', "attributes": {{"a": {attributes}}}}}'
            )

        self.assertEqual(self.send("service-templates", nested(100)).status_code, 201)
        self.assertEqual(self.get("service-templates?pretty=1").status_code, 200)
        for depth in (101, 250, 1000):
            refused = self.send("service-templates", nested(depth))
            self.assert_refused(refused, 400, "nested too deeply", "100")

    def test_numbers_that_no_database_holds(self):
        for number in ("1e400", "-1e400", "NaN", "Infinity", "1" + "0" * 5000):
            data = f'{{"name":"n","type":"container","attributes":{{"n":{number}}}}}'
            refused = self.send("service-templates", data)
            self.assert_refused(refused, 400, "is not valid JSON")
        for size in ("9" * 300, "9" * 5000, 10**18):
            refused = self.post("reports", {**REPORT, "minimumSampleSize": size})
            self.assert_refused(refused, 400, "'minimumSampleSize'")

    def test_xml_that_is_not_there_or_no_xml_after_all(self):
        for kind in ("application/xml", "text/xml"):
            for data in (b"", b"  "):
                refused = self.send("events", data, kind)
                self.assert_refused(refused, 400, "The request has no body")
        made = self.send("events", json.dumps(EVENT), "application/vnd.x+xml")
        self.assertEqual(made.status_code, 201, made.text)

    def test_xml_fetches_and_expands_nothing(self):
        laughs = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(1, 10))
        for entities in (
            f'<!ENTITY a1 "ha">{laughs}',
            '<!ENTITY a10 SYSTEM "file:///etc/passwd">',
            '<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;',
        ):
            for coding in ("utf-8", "utf-16"):
                data = (
                    f"<!DOCTYPE Event [{entities}]><Event eventType='x' eventTime='"
                    "2012-01-01 00:00:00 UTC'><Details><Detail name='a'>&a10;</Detail>"
                    "</Details></Event>"
                )
                refused = self.send("events", data.encode(coding), "application/xml")
                self.assert_refused(refused, 400, "XML")

    def test_the_last_of_two_keys_counts(self):
        data = json.dumps(MINIMAL)[:-1] + ', "name": "second"}'
        self.assertEqual(self.send("images", data).json()["name"], "second")


class TestNames(AttackTestCase):
    def test_names_are_short_enough_for_every_index(self):
        for path, body in (
            ("images", MINIMAL),
            ("roles", {}),
            ("principals", {}),
            ("reports", REPORT),
            ("service-templates", TEMPLATE),
        ):
            self.made(path, {**body, "name": "n" * 256})
            refused = self.post(path, {**body, "name": "n" * 257})
            self.assert_refused(refused, 400, "at most 256 characters")

    def test_what_events_are_looked_for_by_is_short_enough(self):
        for field in ("eventType", "eventCategory", "status", "facility"):
            refused = self.post("events", {**EVENT, field: "x" * 257})
            self.assert_refused(refused, 400, f"'{field}'", "at most 256 characters")
        refused = self.post("events", {**EVENT, "primaryObject": {"id": "x" * 257}})
        self.assert_refused(refused, 400, "'primaryObject.id'")
        refused = self.post(f"roles?proxy-user={'x' * 257}", {"name": "r"})
        self.assert_refused(refused, 400, "proxy-user", "256")

    def test_a_report_is_found_by_its_name(self):
        for name in ("a/samples", "datapoints/", "/"):
            refused = self.post("reports", {**REPORT, "name": name})
            self.assert_refused(refused, 400, "'name'", "slash")
        for name in ("a;b", "..", "%2f", "a\r\nX-Evil: 1", "\u202e", "?#+ "):
            response = self.post("reports", {**REPORT, "name": name})
            self.assertEqual(response.status_code, 201, response.text)
            self.assertNotIn("X-Evil", response.headers)
            path = urlsplit(response.headers["Location"]).path
            status, data = self.raw("GET", path)
            self.assertEqual((status, json.loads(data)["name"]), (200, name))

    def test_ids_with_nul_are_of_nothing(self):
        for path in ("images", "service-templates", "reports", "events", "nothing"):
            self.assertEqual(self.get(f"{path}/a%00").status_code, 404)
        self.assertEqual(self.delete("images/a%00").status_code, 404)
        self.assertEqual(self.put("images/a%00", {"active": True}).status_code, 404)
        self.assertEqual(self.get("reports/a%00/samples").status_code, 404)

    def test_parameters_with_nul_are_refused(self):
        for name in ("query", "sort", "fields", "proxy-user", "after", "anything"):
            refused = self.get(f"events?{name}=a%00")
            self.assert_refused(refused, 400, name, "character NUL")

    def test_dependencies_may_be_any_json(self):
        wrong = [5, None, [], {}, {"localName": []}, {"dependency": [{"a": 1}, [1]]}]
        attributes = {"moab": {"dependencies": wrong}}
        refused = self.post("service-templates", {**TEMPLATE, "attributes": attributes})
        self.assert_refused(refused, 400, "'attributes.moab.dependencies'")

    def test_a_template_may_include_many(self):
        for number in range(3):
            self.made("service-templates", {"name": f"t{number}", "type": "storage"})
        included = [
            {"localName": f"s{n}", "serviceTemplate": f"t{n % 3}"} for n in range(3000)
        ]
        self.made("service-templates", {**TEMPLATE, "includedServices": included})
        for n in range(3000):
            included[n]["serviceTemplate"] = f"no{n}"
        other = {"name": "u", "type": "container", "includedServices": included}
        self.assert_refused(self.post("service-templates", other), 400, "no2999]")


class TestPaths(AttackTestCase):
    def test_nothing_behind_the_api_is_reached_through_it(self):
        manage_addVirtualHostMonster(self.layer["app"], "virtual_hosting")
        transaction.commit()
        portal = urlsplit(self.portal.absolute_url()).path
        virtual = f"/VirtualHostBase/http/x.org:80{portal}/VirtualHostRoot"
        for start in (portal, virtual):
            for rest in (
                "..",
                "../..",
                "../../..",
                "../../@@usergroup-userprefs",
                "%2e%2e/%2e%2e/login",
                "images/..%2f..%2f..%2f",
                "_vh_x",
                "images/_vh_x",
                "images/_vh_x/login",
                "VirtualHostRoot/_vh_x",
                "VirtualHostBase/http/evil:80",
                "REQUEST",
                "images/REQUEST",
                "images/aq_parent",
                "images/.",
                "images//",
            ):
                status, data = self.raw("GET", f"{start}/mws/rest/{rest}")
                where = (start, rest, status, data[:80])
                # "images//" and "images" are the same.
                self.assertEqual(status, 200 if rest == "images//" else 404, where)
                names = {"messages", "totalCount", "resultCount", "results"}
                self.assertLessEqual(set(json.loads(data)), names, where)

    def test_ids_of_zope_s_own_words_are_ids(self):
        for key in ("_vh_x", "VirtualHostRoot", "REQUEST", "aq_self", "a/../b"):
            self.raw("GET", f"{urlsplit(self.base).path}/images/{key}")
            status, data = self.raw("GET", f"{urlsplit(self.base).path}/images/{key}")
            said = f"The resource with id '{key}' was not found"
            self.assertEqual((status, json.loads(data)), (404, {"messages": [said]}))


class TestBrowsers(AttackTestCase):
    def test_other_sites_can_t_make_a_browser_change_anything(self):
        # A browser that has once been asked for the password sends it by itself.
        body = json.dumps(MINIMAL)
        for site in ("cross-site", "same-site"):
            for kind in ("text/plain", "application/json"):
                headers = {"Sec-Fetch-Site": site, "Content-Type": kind}
                refused = self.call("POST", "images", data=body, headers=headers)
                self.assert_refused(refused, 403, "from another site")
        self.assertEqual(self.results("images"), [])
        for method, path in (("DELETE", "images/x"), ("PUT", "images/x")):
            headers = {"Sec-Fetch-Site": "cross-site"}
            refused = self.call(method, path, {"a": 1}, headers=headers)
            self.assert_refused(refused, 403, "from another site")

    def test_own_pages_and_programs_can(self):
        for number, site in enumerate(("same-origin", "none")):
            body = {**MINIMAL, "name": f"i{number}"}
            self.made("images", body, headers={"Sec-Fetch-Site": site})
        found = self.get("images", headers={"Sec-Fetch-Site": "cross-site"})
        self.assertEqual(found.status_code, 200)
        # Which scripts of the other site can't read.
        self.assertNotIn("Access-Control-Allow-Origin", found.headers)


class TestGuessing(AttackTestCase):
    def test_case_makes_no_new_name(self):
        # Accounts are found in any case.
        for number in range(throttle.ALLOWED):
            name = "admin".upper() if number % 2 else "admin"
            self.assertEqual(self.get("images", auth=(name, "x")).status_code, 401)
        self.assertEqual(self.get("images", auth=("aDmIn", "x")).status_code, 429)

    def test_credentials_without_a_password_are_none(self):
        for secret in (b"no colon", b"\0" * 50_000, b"\xff", b":", b"\0:\0"):
            header = f"Basic {base64.b64encode(secret).decode()}"
            refused = self.get("images", auth=None, headers={"Authorization": header})
            self.assert_refused(refused, 401)
