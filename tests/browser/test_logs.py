"""Logs as they come, and text of strangers that no page may take for HTML."""

from collective.mwsvm import site
from collective.mwsvm.models.jobs import NewJob
from lxml import html
from plone import api
from plone.uuid.interfaces import IUUID
from tests.sites import ADMIN
from tests.sites import HttpTestCase
import transaction


EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class TestLog(HttpTestCase):
    def setUp(self):
        super().setUp()
        self.folder = api.content.create(self.portal, "Folder", "private")
        self.add_person("reader", "Reader", on=self.folder)
        self.vm = self.add_machine(container=self.folder)
        self.job = self.add_job("running", self.vm, retries=1)

    def get(self, query="", who="reader"):
        return self.request("GET", f"private/vm1/job/@@job-log{query}", who)

    def pieces(self, *pieces, size=0):
        record = self.record(self.job)
        offset = 0
        with site.database().writing() as connection:
            for data in pieces:
                site.queue(connection).logs.add(record, offset, data, size)
                offset += len(data)

    def test_it_is_the_bytes_that_came_as_plain_text(self):
        data = b"caf\xc3\xa9 \xff\x00\r\n\x1b[31mred\n"
        self.pieces(data)
        reply = self.get()
        self.assertEqual(reply.content, data)
        self.assertEqual(reply.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(reply.headers["Cache-Control"], "no-store")
        self.assertEqual(reply.headers["X-MWSVM-Attempt"], "1")
        self.assertEqual(reply.headers["X-MWSVM-Offset"], str(len(data)))

    def test_HTML_in_it_is_not_interpreted(self):
        self.pieces(f"<!DOCTYPE html><html><body>{EVIL}</body></html>".encode())
        reply = self.get()
        self.assertEqual(reply.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")
        # Nothing was added by Plone's transforms either.
        self.assertTrue(reply.text.startswith("<!DOCTYPE html><html><body><script>"))

    def test_from_an_offset_on(self):
        self.pieces(b"0123456789", b"abcdef")
        for offset, rest in ((0, b"0123456789abcdef"), (8, b"89abcdef"), (16, b"")):
            reply = self.get(f"?offset={offset}")
            self.assertEqual(reply.content, rest)
            self.assertEqual(reply.headers["X-MWSVM-Offset"], "16")
        reply = self.get("?offset=99")
        self.assertEqual((reply.status_code, reply.content), (200, b""))

    def test_numbers_that_are_none_count_as_not_given(self):
        self.pieces(b"abc")
        for query in ("offset=-1", "offset=x", "offset=", "attempt=x", "offset=²"):
            reply = self.get(f"?{query}")
            self.assertEqual((reply.status_code, reply.content), (200, b"abc"), query)
        for number in ("9" * 15, "9" * 16, "9" * 5000):
            self.assertEqual(self.get(f"?offset={number}").status_code, 200)
            self.assertEqual(self.get(f"?attempt={number}").status_code, 200)

    def test_another_attempt(self):
        self.pieces(b"first")
        self.report(self.job, "Failed", exit_code=1)
        self.claim(self.job)
        self.pieces(b"second")
        self.assertEqual(self.get().content, b"second")
        self.assertEqual(self.get().headers["X-MWSVM-Attempt"], "2")
        reply = self.get("?attempt=1")
        self.assertEqual(reply.content, b"first")
        self.assertEqual(reply.headers["X-MWSVM-Attempt"], "1")
        self.assertEqual(self.get("?attempt=7").content, b"")

    def test_of_a_job_that_never_ran_it_is_empty(self):
        draft = self.add_job(container=self.vm)
        for _ in range(2):
            reply = self.request("GET", f"{draft.absolute_url()}/@@job-log", "reader")
            self.assertEqual((reply.status_code, reply.content), (200, b""))
            self.assertEqual(reply.headers["X-MWSVM-Attempt"], "0")
            self.act(draft, "queue") if self.state(draft) == "draft" else None

    def test_a_log_that_was_capped_says_so_when_it_has_ended(self):
        api.portal.set_registry_record("collective.mwsvm.log_limit", 8)
        transaction.commit()
        self.pieces(b"0123456789", size=5000)
        self.assertEqual(self.get().content, b"01234567")
        self.report(self.job, "Finished")
        text = self.get().text
        self.assertTrue(text.startswith("01234567\n["))
        self.assertIn("The site keeps 8 of the 5000 bytes of this log.", text)
        self.assertEqual(self.get("?offset=3").content, b"34567")

    def test_a_log_that_is_whole_says_nothing(self):
        self.pieces(b"01234567", size=8)
        self.report(self.job, "Finished")
        self.assertEqual(self.get().content, b"01234567")

    def test_of_a_record(self):
        with site.database().writing() as connection:
            queue = site.queue(connection)
            record = queue.submit(NewJob(start_string="ls", machine="m"))
            queue.logs.add(queue.claim("m"), 0, b"listing")
        reply = self.request("GET", f"@@mwsvm-job-log?name={record.name}")
        self.assertEqual(reply.content, b"listing")
        self.assertEqual(reply.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")


class TestEscaping(HttpTestCase):
    """Titles, start strings, reasons and logs are text, wherever they are shown."""

    def setUp(self):
        super().setUp()
        self.vm = self.add_machine("vm1")
        self.vm.title = self.vm.description = EVIL
        self.vm.machineImage = EVIL
        self.vm.reindexObject()
        with site.database().writing() as connection:
            fleet = site.machines(connection)
            fleet.rename(IUUID(self.vm), EVIL)
            fleet.start(IUUID(self.vm), "http://x")
            from collective.mwsvm.workload import machines

            fleet.note(
                machines.get(connection, IUUID(self.vm)),
                reason=EVIL,
                instance_id=EVIL,
                instance_state=EVIL,
                reservation_id=EVIL,
            )
        self.job = self.add_job(
            "running",
            self.vm,
            id="job",
            title=EVIL,
            start_string=EVIL,
            description=EVIL,
            retries=1,
        )
        self.add_log(self.job, EVIL.encode())
        self.report(self.job, "Failed", exit_code=1, reason=EVIL)
        self.act(self.job, "hold", comment=EVIL)
        self.name = self.record(self.job).name

    def test_no_page_takes_it_for_HTML(self):
        for path in (
            "vm1",
            "vm1/@@machine-live",
            "vm1/job",
            "vm1/job/@@job-live",
            "@@mwsvm",
            "@@mwsvm-live",
            "@@mwsvm-jobs",
            "@@mwsvm-machines",
            f"@@mwsvm-job?name={self.name}",
            f"@@mwsvm-job-live?name={self.name}",
            "vm1/folder_contents",
            "vm1/++add++Job",
            "vm1/edit",
            "vm1/job/edit",
        ):
            reply = self.request("GET", path)
            self.assertEqual(reply.status_code, 200, path)
            self.assertFalse("<script>alert" in reply.text, path)
            page = html.fromstring(reply.text)
            self.assertEqual(page.xpath("//*[@onerror]"), [], path)
            # It is there, as text: so the page was one that shows it.
            self.assertTrue("&lt;script&gt;alert" in reply.text, path)

    def test_what_a_refusal_repeats_is_text(self):
        page = html.fromstring(self.request("GET", "vm1").text)
        form = page.get_element_by_id("mwsvm-form")
        fields = {e.name: e.value for e in form.inputs if e.name}
        for action in ("start", EVIL):
            reply = self.request(
                "POST", form.get("action"), data={**fields, "action": action}
            )
            self.assertEqual(reply.status_code, 302)
            reply = self.request("GET", "vm1", cookies=reply.cookies)
            message = html.fromstring(reply.text).cssselect(".portalMessage")[0]
            self.assertIn('<script>alert("x")', message.text_content())
            self.assertEqual(message.cssselect("script, img"), [])

    def test_an_unknown_job_is_not_repeated_as_HTML(self):
        reply = self.request("GET", "@@mwsvm-job", params={"name": EVIL})
        self.assertEqual(reply.status_code, 404)
        self.assertFalse("<script>alert" in reply.text)

    def test_a_filter_is_not_repeated_as_HTML(self):
        reply = self.request("GET", "@@mwsvm", ADMIN, params={"range": EVIL})
        self.assertEqual(reply.status_code, 200)
        self.assertFalse("<script>alert" in reply.text)
