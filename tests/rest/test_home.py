"""The pages for people: ``<site>/mws`` and ``<site>/mws/docs``."""

from collective.mwsvm.resources.registry import RESOURCES
from collective.mwsvm.rest.facts import build
from lxml import html
from tests.rest.case import RestTestCase
from tests.sites import ADMIN
from tests.sites import PASSWORD
import re
import requests
import transaction


class PageTestCase(RestTestCase):
    def setUp(self):
        super().setUp()
        self.site = self.portal.absolute_url()

    def page(self, path, auth=None):
        """The page as a browser has it, without any redirect."""
        response = requests.get(
            f"{self.site}/{path}",
            auth=auth,
            headers={"Accept": "text/html"},
            allow_redirects=False,
            timeout=60,
        )
        self.assertEqual(response.status_code, 200, response.text[:500])
        self.assertIn("text/html", response.headers["Content-Type"])
        return html.fromstring(response.text)

    def text(self, element):
        return " ".join(element.text_content().split())

    def links(self, element):
        return {link.get("href"): self.text(link) for link in element.iter("a")}

    def content(self, path, auth=None):
        (found,) = self.page(path, auth).cssselect("#content")
        return found


class TestHome(PageTestCase):
    def admin_links(self, auth):
        found = self.content("mws", auth).cssselect(
            "[aria-labelledby=mws-admin-heading]"
        )
        return list(self.links(found[0]).values()) if found else []

    def test_everybody_may_see_it(self):
        for path in ("mws", "mws/"):
            content = self.content(path)
            self.assertEqual(self.text(content.find(".//h1")), "Moab Web Services")

    def test_the_version_is_at_the_bottom(self):
        sections = self.content("mws").cssselect(".mwsvm-home > *")
        facts = build()
        last = sections[-1]
        labels = [self.text(item) for item in last.iter("dt")]
        values = [self.text(item) for item in last.iter("dd")]
        self.assertEqual(
            dict(zip(labels, values, strict=True)),
            {
                "Moab Web Services": facts["version"],
                "Build": facts["build"],
                "Build date": facts["buildDate"],
                "Revision": facts["revision"],
            },
        )

    def test_each_sample_query_works(self):
        (section,) = self.content("mws").cssselect(
            "[aria-labelledby=mws-samples-heading]"
        )
        links = self.links(section)
        self.assertGreater(len(links), 5)
        for address in links:
            self.assertTrue(address.startswith(f"{self.base}/"), address)
            self.assertNotRegex(address, r'["{} ]')
            response = requests.get(address, auth=ADMIN, timeout=30)
            self.assertEqual(response.status_code, 200, (address, response.text))
            response.json()

    def test_samples_read_as_one_would_type_them(self):
        links = self.links(self.content("mws"))
        self.assertEqual(
            links[
                f"{self.base}/service-templates?sort=%7B%22name%22%3A1%7D&pretty=true"
            ],
            'service-templates?sort={"name":1}&pretty=true',
        )
        self.assertIn(f"{self.base}/images?fields=id,name&pretty=true", links)

    def test_it_leads_to_the_descriptions_of_the_api(self):
        links = self.links(self.content("mws"))
        for address in (f"{self.site}/mws/docs", f"{self.base}/openapi.json"):
            self.assertIn(address, links)
            self.assertEqual(requests.get(address, timeout=60).status_code, 200)

    def test_links_to_admin_pages_are_for_those_who_may_use_them(self):
        self.add_person("bob")
        self.add_person("eve", "Site Administrator")
        transaction.commit()
        open_to_all = ["Machines and jobs", "Jobs", "Virtual machines"]
        everything = [
            "Application accounts",
            "Plugins",
            "Plugin types",
            "Plugin monitoring",
            "Settings",
            *open_to_all,
        ]
        for auth, expected in (
            (None, []),
            (("bob", PASSWORD), open_to_all),
            (("eve", PASSWORD), everything),
            (ADMIN, everything),
        ):
            self.assertEqual(self.admin_links(auth), expected, auth)

    def test_the_links_to_admin_pages_work(self):
        content = self.content("mws", ADMIN)
        (nav,) = content.cssselect("[aria-labelledby=mws-admin-heading]")
        for address in self.links(nav):
            response = requests.get(
                address, auth=ADMIN, allow_redirects=False, timeout=60
            )
            self.assertEqual(response.status_code, 200, address)

    def test_what_is_not_there_is_not_found(self):
        for path in ("mws/nothing", "mws/docs/nothing"):
            response = requests.get(f"{self.site}/{path}", timeout=60)
            self.assertEqual(response.status_code, 404, path)


class TestDocumentation(PageTestCase):
    def setUp(self):
        super().setUp()
        self.docs = self.content("mws/docs")

    def operation(self, anchor):
        (found,) = self.docs.cssselect(f"[aria-labelledby={anchor}]")
        return found

    def fields(self, anchor):
        """Each field with its type, a star where it is required, and the notes."""
        found = {}
        for row in self.operation(anchor).cssselect(".mwsvm-fields tbody tr"):
            name, kind, note = (self.text(cell) for cell in row)
            found[name.removesuffix(" required")] = (
                kind + "*" * name.endswith(" required"),
                note,
            )
        return found

    def test_every_operation_is_there(self):
        titles = {self.text(item) for item in self.docs.cssselect("article h3")}
        for made in RESOURCES.operations():
            self.assertIn(f"{made.method} {made.path}", titles)
            self.assertIn(made.summary, self.text(self.docs))

    def test_the_table_has_every_resource_method_and_version(self):
        (table,) = self.docs.cssselect(".mwsvm-methods")
        methods = [self.text(cell) for cell in table.cssselect("thead th")][1:]
        self.assertEqual(methods, ["GET", "POST", "PUT", "DELETE"])
        found = {
            (method, self.text(row.find("th"))): self.text(cell)
            for row in table.cssselect("tbody tr")
            for method, cell in zip(methods, row.cssselect("td"), strict=True)
            if self.text(cell)
        }
        self.assertEqual(
            found,
            {
                (o.method, o.path): f"{o.kind} {', '.join(map(str, o.versions))}"
                for o in RESOURCES.operations()
            },
        )

    def test_every_link_within_the_page_leads_somewhere(self):
        ids = [element.get("id") for element in self.docs.iterdescendants()]
        ids = [id for id in ids if id]
        self.assertEqual(len(ids), len(set(ids)), "an id is there twice")
        targets = [
            address[1:] for address in self.links(self.docs) if address.startswith("#")
        ]
        self.assertGreater(len(targets), 50)
        self.assertLessEqual(set(targets), set(ids))

    def test_the_contents_name_every_resource(self):
        (nav,) = self.docs.cssselect("nav[aria-labelledby=contents]")
        names = {made.factory.name for made in RESOURCES.operations()}
        self.assertLessEqual(names, set(self.links(nav).values()))

    def test_fields_have_types_and_marks(self):
        fields = self.fields("post-images")
        self.assertEqual(fields["name"][0], "string*")
        self.assertIn("matches ^[A-Za-z0-9._-]+$", fields["name"][1])
        self.assertEqual(fields["active"], ("boolean", "true if not given"))
        self.assertEqual(fields["virtualizedImages"], ("list of Reference", ""))
        self.assertTrue({"id", "version"}.isdisjoint(fields))
        # Whoever changes an image gives what changes.
        fields = self.fields("put-images-key")
        self.assertEqual(fields["active"], ("boolean", ""))
        self.assertFalse([kind for kind, _ in fields.values() if "*" in kind])

    def test_an_operation_tells_its_parameters_replies_permission_and_hooks(self):
        text = self.text(self.operation("get-events"))
        for part in (
            "after Only events that came after",
            "200 OK: list of Event",
            "400 Bad Request, 401 Unauthorized",
            "More parameters api-version, pretty, fields",
            "Versions 1, 2",
            "Permission GET events",
            "Hooks beforeList, afterList in events.py",
        ):
            self.assertIn(part, text)
        text = self.text(self.operation("get-diag-health-summary"))
        self.assertIn("Permission none: open to everybody", text)
        text = self.text(self.operation("post-reports-key-samples"))
        self.assertIn("Body: Sample or a list of Sample", text)
        self.assertIn("key In the path; required.", text)
        self.assertIn("in reports.samples.py", text)
        self.assertIn("200 OK: text/plain", self.text(self.operation("get-metrics")))

    def test_sections_of_the_guide_are_named(self):
        text = self.text(self.docs)
        for section in ("Guide 4.5", "Guide 4.25"):
            self.assertIn(section, text)

    def test_it_works_without_any_script_of_its_own(self):
        self.assertFalse(self.docs.cssselect("script"))
        self.assertFalse(re.search(r"\son\w+=", html.tostring(self.docs).decode()))
