"""Performs examples, and compares them with the pages and with the guide."""

from collective.mwsvm import site
from collective.mwsvm.configuration import NAME
from collective.mwsvm.models import dates
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory
from tests.rest.case import RestTestCase
from unittest import mock
from urllib.parse import unquote
import json
import orjson
import os
import re
import requests


ROOT = Path(__file__).parent.parent.parent.parent
PAGES = ROOT / "docs" / "rest"
EXAMPLES = PAGES / "examples"

#: Set to write the examples instead of comparing them.
WRITE = "MWSVM_WRITE_EXAMPLES"

#: What the pages call this server; the guide does the same.
HOST = "http://localhost/mws/rest"

#: Headers of replies that say something; the others are those of any HTTP server.
HEADERS = ("Content-Type", "Location", "Allow", "WWW-Authenticate", "X-MWS-Dry-Run")

#: What `assert_like` gets for a member of the guide's that our reply does not have.
MISSING = object()

_ID = re.compile(r"[0-9a-f]{24}")


class Ids:
    """Ids that count up, from the one that most samples of the guide have."""

    def __init__(self):
        self.next = "4fa197e68ca30fc605dd1cf0"

    def __call__(self):
        given, self.next = self.next, f"{int(self.next, 16) + 1:024x}"
        return given


class DocumentationTestCase(RestTestCase):
    """A site whose clock stands still and whose ids are known."""

    maxDiff = None

    def setUp(self):
        super().setUp()
        self.at("2013-05-23 17:32:02 UTC")
        self.ids = Ids()
        patcher = mock.patch.object(site, "new_id", self.ids)
        patcher.start()
        self.addCleanup(patcher.stop)

    def at(self, text):
        self.clock.now = dates.seconds(text)

    def configure(self, text):
        """The site has this ``mws-config.toml``, in a home of its own: its folder."""
        home = TemporaryDirectory()
        self.addCleanup(home.cleanup)
        Path(home.name, NAME).write_text(text)
        patcher = mock.patch.dict(os.environ, {"MWS_HOME": home.name})
        patcher.start()
        self.addCleanup(patcher.stop)
        return Path(home.name)

    # -- examples

    def example(
        self,
        name,
        method,
        path,
        body=None,
        status=None,
        data=None,
        headers=None,
        show=(),
        **options,
    ):
        """Performs the call and compares it with the file; the JSON of the reply.

        ``body`` is sent as JSON, ``data`` as it is; ``show`` names more headers of the
        reply.
        """
        sent = dict(headers or {})
        if body is not None:
            data = json.dumps(body)
            sent = {"Content-Type": "application/json", **sent}
        self.response = self.call(method, path, data=data, headers=sent, **options)
        expected = status or (201 if method == "POST" else 200)
        self.assertEqual(self.response.status_code, expected, self.response.text)
        lines = [f"{method} {HOST}/{unquote(path)}"]
        lines += [f"{header}: {value}" for header, value in sent.items()]
        if data is not None:
            lines += ["", _pretty(data)]
        lines += ["", *self._reply_lines(show), ""]
        self.compare(f"{name}.http", "\n".join(lines))
        return self.json()

    def text_example(self, name, method, path, shown=None, headers=None, **options):
        """Like `example`, for bodies that are no JSON; ``shown`` stands for the sent one.

        Gives the text of the reply.
        """
        self.response = self.call(method, path, headers=headers, **options)
        self.assertEqual(self.response.status_code, 200, self.response.text)
        lines = [f"{method} {HOST}/{path}"]
        lines += [f"{header}: {value}" for header, value in (headers or {}).items()]
        if shown is not None:
            lines += ["", shown]
        lines += ["", *self._reply_lines(()), ""]
        self.compare(f"{name}.http", "\n".join(lines))
        return self.response.text

    def json(self):
        """The last reply, which must be compact unless it was asked for otherwise."""
        content = self.response.content
        if not content:
            return None
        value = orjson.loads(content)
        if "pretty=" not in self.response.url:
            self.assertEqual(orjson.dumps(value), content)
        return value

    def compare(self, name, text):
        """A file of the examples must have this text."""
        text = text.replace(self.base, HOST)
        path = EXAMPLES / name
        if os.environ.get(WRITE):
            path.write_text(text)
        stored = path.read_text() if path.exists() else ""
        if stored != text:
            lines = (stored.splitlines(), text.splitlines())
            difference = unified_diff(*lines, name, "now", lineterm="")
            self.fail("\n".join([f"{path}; {WRITE}=1 writes it anew", *difference]))

    def _reply_lines(self, show):
        response = self.response
        yield f"HTTP/1.1 {response.status_code} {response.reason}"
        for header in (*HEADERS, *show):
            if header in response.headers:
                yield f"{header}: {response.headers[header]}"
        if response.content:
            yield ""
            yield _pretty(response.text)

    # -- what the guide shows

    def assert_like(self, reply, guide, **differs):
        """The reply has every member of the guide's sample, with the same value.

        Ids and versions are the server's own: only their form counts. ``differs`` has
        the values that must be other ones, by their path with ``__`` for the dots.
        """
        differs = {path.replace("__", "."): value for path, value in differs.items()}
        self._assert_like(reply, guide, differs, "")
        self.assertEqual(differs, {}, "differences that are none")

    def _assert_like(self, reply, guide, differs, path):
        if path in differs:
            expected = differs.pop(path)
            self.assertNotEqual(expected, guide, f"{path} is no difference")
            self.assertEqual(reply, expected, path)
        elif isinstance(guide, dict):
            self.assertIsInstance(reply, dict, path)
            for name, value in guide.items():
                inner = f"{path}.{name}".lstrip(".")
                if differs.get(inner) is MISSING:
                    del differs[inner]
                    self.assertNotIn(name, reply, path)
                    continue
                self.assertIn(name, reply, path)
                self._assert_like(reply[name], value, differs, inner)
        elif isinstance(guide, list):
            self.assertEqual(len(reply), len(guide), path)
            for place, value in enumerate(guide):
                inner = f"{path}.{place}".lstrip(".")
                self._assert_like(reply[place], value, differs, inner)
        elif path.endswith("version") and isinstance(guide, int):
            self.assertIsInstance(reply, int, path)
        elif re.search(r"(^|\.)id$", path) and _ID.fullmatch(str(guide)):
            self.assertRegex(reply, _ID, path)
        else:
            self.assertEqual((reply, type(reply)), (guide, type(guide)), path)

    def sent_raw(self, path, **options):
        """GET with a URL that is sent as it is, byte for byte."""
        session = requests.Session()
        request = requests.Request("GET", self.base, auth=options.get("auth"))
        prepared = session.prepare_request(request)
        prepared.url = f"{self.base}/{path}"
        return session.send(prepared, timeout=30)


def _pretty(text):
    if isinstance(text, bytes):
        text = text.decode()
    try:
        value = json.loads(text)
    except ValueError:
        return text.strip()
    return json.dumps(value, indent=2, ensure_ascii=False)
