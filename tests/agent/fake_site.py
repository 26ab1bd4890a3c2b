"""A site made of a dictionary, which misbehaves when it is told to."""

from collective.mwsvm.agent import agent
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs
from urllib.parse import urlsplit
import base64
import json
import threading
import time


SCRIPT = Path(agent.__file__)
MARKER = "CONFIG = {}  # filled in by the site"
TOKEN = "s3cret-t0ken"
PIECE = 64 * 1024
NEVER = float("inf")
ALIVE = "Running", "Suspended"
UNTIL_GO = "until [ -e {0}/go ]; do sleep 0.01; done"


class FakeSite:
    """The three services, kept to their contract, for one machine and its jobs.

    ``faults`` holds, for each service, what happens to its next requests: "down", it
    never arrives; "lost", its answer never does; "silent", there is none; a key of
    ``FAULTS``, that is the answer; or a function that may change the right answer.
    """

    def __init__(self):
        self.queue = []  # the jobs that wait
        self.jobs = {}  # all, by id
        self.claims = {}
        self.requests = []
        self.faults = {}
        self.back_at = 0  # until then nobody is there
        self.next_poll = 10
        self.log_limit = 1 << 20
        self.token = TOKEN
        self.test = None
        self.clock = time.monotonic
        self.on_status = lambda job, count: None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.site = self
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/Plone/vm1"
        threading.Thread(
            target=self.server.serve_forever, args=(0.02,), daemon=True
        ).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def add(self, start_string, **details):
        job = {
            "job": f"job-{len(self.jobs) + 1}",
            "title": "A job",
            "start_string": start_string,
            "status": "Queued",
            "attempt": 1,
            "time_limit": None,
            "log": b"",
            "pieces": [],
            "report": None,
            **details,
        }
        self.jobs[job["job"]] = job
        self.queue.append(job)
        return job

    def asked(self, service):
        """The parameters of all requests for a service."""
        return [request.form for request in self.requests if request.service == service]

    def waits(self, count=None):
        """How long it took from each of the first requests to the next."""
        times = [request.time for request in self.requests][:count]
        return [after - before for before, after in pairwise(times)]

    # -- the contract

    def answer(self, request):
        if request.headers["X-MWSVM-Token"] != self.token:
            return {"response": "NOTOK", "message": "The token is wrong."}
        answer = {"response": "OK", "message": "", "next_poll": self.next_poll}
        if self.test and request.form.get("test") != self.test:
            answer["test"] = self.test
        getattr(self, request.service)(request.form, answer)
        return answer

    def getNextJob(self, form, answer):
        job = self.claims.get(form["claim"])
        if job is None or job["status"] != "Running":
            if not self.queue:
                return answer.update(response="NOTOK", message="no jobs to be run")
            job = self.claims[form["claim"]] = self.queue.pop(0)
            job["status"] = "Running"
        members = "job", "title", "start_string", "status", "attempt", "time_limit"
        answer.update({name: job[name] for name in members})
        answer.update(lease=40, log_limit=self.log_limit)

    def provideStatus(self, form, answer):
        job = self.jobs[form["job"]]
        job["statuses"] = job.get("statuses", 0) + 1
        self.on_status(job, job["statuses"])
        answer.update(job=job["job"], status=job["status"], attempt=job["attempt"])
        if int(form["attempt"]) != job["attempt"]:
            return answer.update(response="NOTOK", message="That attempt is over.")
        offset = int(form.get("offset") or 0)
        piece = base64.b64decode(form.get("log") or "", validate=True)
        assert len(piece) <= PIECE
        assert int(form["size"]) >= offset + len(piece)
        if offset > len(job["log"]):
            answer.update(response="NOTOK", message="That piece is not next.")
        else:
            if piece:
                job["too_many"] = len(job["log"]) >= self.log_limit
                job["pieces"].append((offset, len(piece)))
            job["log"] += piece[len(job["log"]) - offset :]
        full = len(job["log"]) >= self.log_limit
        answer.update(offset=len(job["log"]), log="full" if full else "open")

    def updateJobStatus(self, form, answer):
        job = self.jobs[form["job"]]
        assert form["status"] in ("Finished", "Failed")
        if job["status"] not in ALIVE or int(form["attempt"]) != job["attempt"]:
            return answer.update(response="NOTOK", message="It is not running.")
        job.update(report=form, status=form["status"])
        answer.update(status=job["status"])


class Handler(BaseHTTPRequestHandler):
    """One request to the fake site, and what becomes of it."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.do_POST()

    def do_POST(self):
        site = self.server.site
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.form = {
            name: values[-1]
            for name, values in parse_qs(body, keep_blank_values=True).items()
        }
        self.service = urlsplit(self.path).path.rpartition("/")[2]
        self.time = site.clock()
        site.requests.append(self)
        faults = site.faults.get(self.service)
        fault = faults.pop(0) if faults else None
        if self.time < site.back_at or fault == "down":
            return  # hang up, as if nobody were there
        if fault == "silent":
            return time.sleep(0.2)
        if fault in FAULTS:
            status, headers, text = FAULTS[fault]
            return self.reply(status, text, headers)
        answer = site.answer(self)
        if fault == "lost":
            return
        if fault:
            fault(answer)
        self.reply(200, json.dumps(answer).encode())

    def reply(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)


NOTOK = b'{"response": "NOTOK", "message": "The database is away."}'
FAULTS = {
    "503": (503, {}, NOTOK),
    "500": (500, {}, b"<h1>Internal Server Error</h1>"),
    "404": (404, {}, NOTOK),
    "html": (200, {}, b"<html>Welcome to the airport's network</html>"),
    "not UTF-8": (200, {}, b'{"response": "\xff"}'),
    "a list": (200, {}, b'["response"]'),
    "null": (200, {}, b"null"),
    "an object of another kind": (200, {}, b'{"status": "Running"}'),
    "too deep": (200, {}, b"[" * 100_000),
    "too big": (200, {}, b'{"response": "OK", "x": "' + b"x" * (1 << 20) + b'"}'),
}
NO_ANSWERS = ["down", "lost", *FAULTS]
