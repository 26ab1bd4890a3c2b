"""Scriptable URLs: real files, scripts and servers."""

from collective.mwsvm.plugins.types.native import answers
from collective.mwsvm.plugins.types.native import scripts
from collective.mwsvm.plugins.types.native import urls
from collective.mwsvm.plugins.types.native import web
from collective.mwsvm.plugins.types.native.answers import Answer
from collective.mwsvm.plugins.types.native.answers import UrlFailure
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from hypothesis import given
from hypothesis import strategies as st
from urllib.parse import unquote
from urllib.parse import urlsplit
import os
import pytest
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time


@pytest.fixture
def script(tmp_path):
    """Makes a script of Python code; gives its URL."""

    def make(code, mode=0o755, name="script", first=f"#!{sys.executable} -S"):
        path = tmp_path / name
        path.write_text(f"{first}\n{code}\n")
        path.chmod(mode)
        return f"exec://{path}"

    return make


@pytest.fixture
def shell(tmp_path):
    """Makes a script of shell code, which starts faster; gives its URL."""

    def make(code):
        path = tmp_path / "script.sh"
        path.write_text(f"#!/bin/sh\n{code}\n")
        path.chmod(0o755)
        return f"exec://{path}"

    return make


def failure(url, seconds=10.0, arguments=None):
    with pytest.raises(UrlFailure) as caught:
        urls.fetch(url, seconds, arguments).checked(may_be_empty=True)
    return str(caught.value)


# -- forms


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/nodes.txt",
        "file://localhost/etc/nodes.txt",
        "exec:///opt/nodes.pl?a&b",
        "http://domain.com/nodes",
        "https://user:secret@domain.com:8443/nodes?a=b",
        " file:///etc/nodes.txt ",
    ],
)
def test_urls_that_can_be_used(url):
    assert urls.complaint(url) is None


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("ftp://domain.com/nodes", "file, exec, http, https"),
        ("/etc/nodes.txt", "none of the schemes"),
        ("file://nodes.txt", "file:///folder/name"),
        ("exec://tools/nodes.pl", "exec:///folder/name"),
        ("exec:nodes.pl", "no absolute path"),
        ("http:///nodes", "no server"),
        ("http://[1/nodes", "not a URL"),
        ("http://host:x/nodes", "not a URL"),
        ("file:///a%00b", "NUL"),
        ("", "none of the schemes"),
    ],
)
def test_urls_that_cannot_be_used(url, part):
    assert part in urls.complaint(url)
    assert failure(url) == urls.complaint(url)


# -- files


def test_a_file_is_its_text(tmp_path):
    (tmp_path / "my nodes.txt").write_text("n1 STATE=Idle\n")
    url = f"file://{tmp_path}/my%20nodes.txt"
    assert urls.fetch(url, 1) == Answer("n1 STATE=Idle\n")
    assert urls.fetch(f"{url}?x", 1, ["a"]).text == "n1 STATE=Idle\n"


def test_a_missing_file_is_told_apart(tmp_path):
    with pytest.raises(urls.MissingFile, match="does not exist"):
        urls.fetch(f"file://{tmp_path}/none", 1)


def test_what_is_no_file(tmp_path):
    assert "is not a file" in failure(f"file://{tmp_path}")
    assert "is not a file" in failure("file:///dev/zero")
    os.mkfifo(tmp_path / "pipe")
    assert "is not a file" in failure(f"file://{tmp_path}/pipe")
    (tmp_path / "file").write_text("")
    assert "can't be read" in failure(f"file://{tmp_path}/file/below")


def test_a_file_that_is_too_long(tmp_path, monkeypatch):
    (tmp_path / "long").write_text("x" * 11)
    monkeypatch.setattr(urls, "LIMIT", 10)
    assert "longer than the 10 bytes" in failure(f"file://{tmp_path}/long")


def test_bytes_that_are_no_text_do_not_stop_the_rest(tmp_path):
    (tmp_path / "latin").write_bytes(b"n1 MESSAGE=gr\xfcn\nn2 STATE=Idle\n")
    assert "n2 STATE=Idle" in urls.fetch(f"file://{tmp_path}/latin", 1).text


# -- scripts

ARGUMENTS = "import sys; print(repr(sys.argv[1:]), repr(sys.stdin.read()))"


def test_each_piece_of_the_query_is_one_argument(script):
    url = script(ARGUMENTS) + "?--all&a%20b%26c&x+y&&$(id)"
    text = urls.fetch(url, 10).text
    assert text == "['--all', 'a b&c', 'x+y', '$(id)'] ''\n"


def test_arguments_replace_the_query_and_are_not_decoded(script):
    url = script(ARGUMENTS) + "?--all"
    given = ['key="a b"', "100%25", "; rm -rf /", "*", "", "a&b"]
    assert urls.fetch(url, 10, given).text == f"{given!r} ''\n"
    assert urls.fetch(url, 10, []).text == "[] ''\n"


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"))))
def test_any_arguments_reach_a_program_unchanged(given):
    answer = scripts.run("/usr/bin/printf", [r"%s\0", *given], {}, 10)
    pieces = answer.text.split("\0")[:-1]
    assert pieces == (given or [""])


def test_exit_code_and_standard_error(shell):
    code = "echo out; for i in 1 2 3 4 5 6 7; do echo no $i >&2; done; exit 3"
    url = shell(code)
    assert urls.fetch(url, 10).text == "out\n"
    assert failure(url) == "its exit code is 3: no 1; no 2; no 3; no 4; no 5"
    assert failure(shell("kill -9 $$")) == "signal 9 ended it"


def test_environment_variables(shell):
    url = shell('echo "$A|${B-unset}|$C|$HOME"')
    found = urls.fetch(url, 10, None, urls.parse_environment("A=1%262&C"))
    assert found.text == f"1&2|unset||{os.environ['HOME']}\n"


def test_the_modules_of_the_site_are_not_those_of_scripts(shell, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/of/the/site")
    url = shell('echo "${PYTHONPATH-unset}"')
    assert urls.fetch(url, 10).text == "unset\n"
    assert urls.fetch(url, 10, None, {"PYTHONPATH": "/mine"}).text == "/mine\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1&B=2&C", {"A": "1", "B": "2", "C": ""}),
        ("", {}),
        (None, {}),
        ("A=1=2&&B=", {"A": "1=2", "B": ""}),
        ("A=x+y%3D", {"A": "x+y="}),
        ("A=1&A=2", {"A": "2"}),
    ],
)
def test_environment_is_a_query_string(text, expected):
    assert urls.parse_environment(text) == expected


@pytest.mark.parametrize("text", ["=1", "A=%00", "A%3DB=1", "%00"])
def test_variables_that_cannot_be(text):
    with pytest.raises(ValueError, match=r"has (no name|a character)"):
        urls.parse_environment(text)


def test_scripts_that_cannot_be_started(script, tmp_path):
    assert "No such file" in failure(f"exec://{tmp_path}/none")
    assert "not executable" in failure(script("", mode=0o644))
    missing = script("", name="second", first="#!/no/such/interpreter")
    assert "interpreter" in failure(missing)
    (tmp_path / "empty").write_bytes(b"no program")
    (tmp_path / "empty").chmod(0o755)
    assert "is no program" in failure(f"exec://{tmp_path}/empty")
    assert "can't be run" in failure(f"exec://{tmp_path}")
    assert "can't be run" in failure(script(ARGUMENTS), arguments=["a\0b"])


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_script_that_hangs_is_killed_with_its_children(shell, tmp_path):
    pids = tmp_path / "pids"
    url = shell(f"sleep 60 & echo $! $$ > {shlex.quote(str(pids))}; echo part; wait")
    started = time.monotonic()
    assert "within 0.4 seconds" in failure(url, seconds=0.4)
    assert time.monotonic() - started < 5
    numbers = pids.read_text().split()
    assert len(numbers) == 2
    deadline = time.monotonic() + 5
    while any(map(alive, numbers)) and time.monotonic() < deadline:
        os.sched_yield()
    assert not any(map(alive, numbers))


def test_a_script_that_closes_its_outputs_and_hangs_is_killed(shell):
    url = shell("exec >&- 2>&-; sleep 60")
    assert "within 0.4 seconds" in failure(url, seconds=0.4)


def test_a_daemon_that_a_script_leaves_holds_nothing_up(shell, tmp_path):
    pids = tmp_path / "pids"
    url = shell(f"echo started; sleep 60 & echo $! > {shlex.quote(str(pids))}")
    assert urls.fetch(url, 20).text == "started\n"
    pid = int(pids.read_text())
    assert alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_endless_output_is_stopped(shell):
    started = time.monotonic()
    message = failure(shell("yes 0123456789012345678901234567890123456789"), 30)
    assert message == "the answer is longer than the 67,108,864 bytes allowed"
    assert time.monotonic() - started < 25


def test_endless_errors_are_read_and_dropped(shell):
    url = shell("head -c 3000000 /dev/zero | tr '\\0' e >&2; echo; echo done; exit 1")
    answer = urls.fetch(url, 20)
    assert answer.text == "\ndone\n"
    assert len(answer.errors) == 64 * 1024


# -- web servers


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append((self.path, dict(self.headers)))
        path = urlsplit(self.path).path
        getattr(self, f"answer_{path.strip('/').replace('/', '_')}", self.missing)()

    def missing(self):
        self.send_error(404, "No such thing")

    def answer_nodes(self):
        self.body(b"n1 STATE=Idle\n")

    def answer_latin(self):
        self.body(
            "n1 MESSAGE=gr\u00fcn".encode("latin-1"), "text/plain; charset=latin-1"
        )

    def answer_strange(self):
        self.body(b"n1", "text/plain; charset=klingon")

    def answer_moved(self):
        self.to("/nodes")

    def answer_file(self):
        self.to("file:///etc/passwd")

    def answer_ftp(self):
        self.to("ftp://127.0.0.1/nodes")

    def answer_loop(self):
        self.to("/loop")

    def answer_broken(self):
        self.send_error(500)

    def answer_drip(self):
        self.send_response(200)
        self.end_headers()
        while not self.server.stopped.wait(0.05):
            try:
                self.wfile.write(b"x")
            except OSError:
                return

    def answer_silent(self):
        self.server.stopped.wait(30)

    def answer_long(self):
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(200):
                self.wfile.write(b"x" * 1024)
        except OSError:
            pass

    def answer_nonsense(self):
        self.wfile.write(b"this is not HTTP\r\n\r\n")

    def answer_short(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"n1")

    def to(self, location):
        self.send_response(302)
        self.send_header("Location", location)
        self.end_headers()

    def body(self, content, kind="text/plain"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.requests = []
    made.stopped = threading.Event()
    made.url = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.stopped.set()
    made.shutdown()
    made.server_close()
    thread.join()


def test_a_server_is_asked_with_get(server):
    assert urls.fetch(f"{server.url}/nodes?a=b", 10) == Answer("n1 STATE=Idle\n")
    ((path, headers),) = server.requests
    assert path == "/nodes?a=b"
    assert "Authorization" not in headers


def test_arguments_are_the_query_string(server):
    pieces = ["n1,n2", "--set", 'key="a b"', "x=1&2", "50%", "a+b", "h#i"]
    urls.fetch(f"{server.url}/nodes?old", 10, pieces)
    (path, _), *_ = server.requests
    query = path.partition("?")[2]
    assert query == "n1,n2&--set&key=%22a%20b%22&x=1%262&50%25&a%2Bb&h%23i"
    assert [unquote(piece) for piece in query.split("&")] == pieces


def test_user_and_password_stay_with_the_server(server):
    url = server.url.replace("//", "//joe:p%40ss@")
    urls.fetch(f"{url}/moved", 10)
    (_, first), (_, second) = server.requests
    assert first["Authorization"] == "Basic am9lOnBAc3M="
    assert "@" not in first["Host"]
    assert "Authorization" not in second


def test_text_is_decoded_as_the_server_says(server):
    assert urls.fetch(f"{server.url}/latin", 10).text == "n1 MESSAGE=gr\u00fcn"
    assert urls.fetch(f"{server.url}/strange", 10).text == "n1"


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("none", "404"),
        ("broken", "500"),
        ("file", "is not allowed"),
        ("ftp", "redirects to ftp, which is not allowed"),
        ("loop", "302"),
        ("nonsense", "can't be read"),
        ("short", "ends 98 bytes too early"),
    ],
)
def test_answers_that_are_failures(server, path, part):
    assert part in failure(f"{server.url}/{path}")


def test_a_server_that_is_too_slow(server):
    started = time.monotonic()
    assert "within 0.4 seconds" in failure(f"{server.url}/silent", 0.4)
    assert "within 0.4 seconds" in failure(f"{server.url}/drip", 0.4)
    assert time.monotonic() - started < 5


def test_a_server_that_sends_too_much(server):
    url = urlsplit(f"{server.url}/long")
    with pytest.raises(UrlFailure, match="longer than the 100,000 bytes"):
        web.get(url, 10, limit=100_000)


def test_a_server_that_is_not_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "can't be reached: Connection refused" in failure(
        f"http://127.0.0.1:{port}/"
    )


@pytest.fixture
def secure(server, tmp_path):
    """The server with a certificate that nobody has signed."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-keyout", key, "-out", certificate, "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None
    server.url = f"https://127.0.0.1:{server.server_port}"
    server.certificate = certificate
    return server


def test_a_certificate_that_is_not_trusted(secure):
    assert "certificate is not trusted" in failure(f"{secure.url}/nodes")
    assert secure.requests == []


def test_a_certificate_that_the_environment_trusts(secure, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.certificate))
    assert urls.fetch(f"{secure.url}/nodes", 10).text == "n1 STATE=Idle\n"


# -- what is a failure


@pytest.mark.parametrize(
    ("answer", "empty", "expected"),
    [
        (Answer("SC=0 RESPONSE=done"), False, None),
        (Answer("fine\nERROR in line two"), False, None),
        (Answer("error is lower case"), False, None),
        (Answer(""), True, None),
        (Answer(""), False, "the answer is empty"),
        (Answer(" \n\t"), False, "the answer is empty"),
        (Answer("", 0, "a\n\nb\n"), False, "the answer is empty: a; b"),
        (Answer("ERROR: none\nx"), True, "begins with an error: ERROR: none"),
        (Answer("SC=1 RESPONSE=ERROR"), False, "begins with an error"),
        (Answer("fine", 1), True, "its exit code is 1"),
        (Answer("fine", -15), True, "signal 15 ended it"),
    ],
)
def test_which_answers_are_failures(answer, empty, expected):
    if expected is None:
        assert answer.checked(may_be_empty=empty) == answer.text
    else:
        with pytest.raises(UrlFailure, match=expected):
            answer.checked(may_be_empty=empty)


def test_long_complaints_are_cut():
    with pytest.raises(UrlFailure) as caught:
        Answer("", 1, "x" * 10_000).checked(may_be_empty=True)
    assert len(str(caught.value)) < 600


def test_the_limits_are_those_of_the_reference_page():
    assert (answers.POLL_SECONDS, answers.EVENT_SECONDS) == (30, 25)
    assert answers.LIMIT == 64 * 1024 * 1024
