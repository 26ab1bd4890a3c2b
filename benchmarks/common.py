"""A server to be measured, a client that keeps its connection, and the table."""

from base64 import b64encode
from collective.mwsvm.database.engine import Database
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.models.jobs import NewJob
from collective.mwsvm.models.settings import Settings
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.submission import Submission
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlencode
import http.client
import json
import os
import signal
import subprocess
import sys
import time


class Site:
    """A prepared site in a directory, and the process that serves it."""

    def __init__(
        self, var: Path, machines: int = 1, content: int = 0, database_url: str = ""
    ):
        """Its MWS database is a file in ``var``, or at the URL."""
        self.var = var
        self.port = 0
        self.environment = {**os.environ, "MWSVM_DATABASE_URL": database_url}
        self._run("prepare", machines, content)
        self.machines = json.loads((var / "machines.json").read_text())
        if not database_url:
            (file,) = var.glob("mwsvm-*.sqlite")
            database_url = f"sqlite:///{file}"
        self.database = Database.of_its_site(database_url)

    def _run(self, *arguments):
        command = [sys.executable, "-m", "benchmarks.server", arguments[0]]
        command += [str(self.var), *map(str, arguments[1:])]
        subprocess.run(command, check=True, env=self.environment)

    def start(self):
        command = [sys.executable, "-m", "benchmarks.server", "serve"]
        command += [str(self.var), str(self.port)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=self.environment
        )
        line = self.process.stdout.readline()
        self.port = int(line.removeprefix("Ready: "))

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.process.wait()
        self.process.stdout.close()

    @contextmanager
    def serving(self):
        self.start()
        try:
            yield self
        finally:
            self.kill()

    def add_records(self, count: int, machine: str = "") -> None:
        """So many queued records with their documents, straight into the database."""
        job, now = NewJob(start_string="true", machine=machine), time.time()
        with self.database.transaction() as connection:
            new_id = ObjectIds(time.time)
            documents = JobDocuments(connection, time.time, new_id, lambda events: None)
            queue = Queue(connection, time.time, Settings(), documents=documents)
            for start in range(0, count, 5000):
                numbers = range(start, min(count, start + 5000))
                names = [f"{machine[:8]}.{now}.{number}" for number in numbers]
                queue.submit_all([Submission(job, name) for name in names])
        with self.database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")

    def client(self, machine: str = "vm0", wire: "Wire | None" = None) -> "Client":
        return Client(wire or Wire(self), machine, self.machines[machine]["token"])


class Wire:
    """A connection that is kept, and made again after it broke."""

    def __init__(self, site: Site):
        self.site = site
        self.connection = None

    def post(self, path: str, body: str, headers: dict[str, str]) -> tuple[int, bytes]:
        return self.request("POST", path, body, headers)

    def request(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection(
                "127.0.0.1", self.site.port, timeout=60
            )
        try:
            self.connection.request(method, path, body, headers)
            reply = self.connection.getresponse()
            return reply.status, reply.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise


class Client:
    """An agent's side. ``seconds`` is what the last call took."""

    def __init__(self, wire: Wire, machine: str, token: str):
        self.wire = wire
        self.path = f"/Plone/{machine}/"
        self.headers = {
            "X-MWSVM-Token": token,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.seconds = 0.0

    def __call__(self, service: str, **parameters):
        body = urlencode(parameters)
        begin = time.perf_counter()
        status, reply = self.wire.post(self.path + service, body, self.headers)
        self.seconds = time.perf_counter() - begin
        if status != 200:
            raise http.client.HTTPException(f"status {status}")
        return json.loads(reply)


class Rest:
    """A client of the REST APIs, as administrator. ``seconds`` is what a call took."""

    def __init__(self, site: Site):
        self.wire = Wire(site)
        token = b64encode(b"admin:benchmark").decode()
        self.headers = {
            "Authorization": f"Basic {token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }

    def __call__(self, method: str, path: str, body=None, **parameters):
        """The answer to a call that must succeed."""
        if parameters:
            path = f"{path}?{urlencode(parameters)}"
        sent = None if body is None else json.dumps(body)
        begin = time.perf_counter()
        status, reply = self.wire.request(method, f"/Plone/{path}", sent, self.headers)
        self.seconds = time.perf_counter() - begin
        if status not in (200, 201):
            raise http.client.HTTPException(f"status {status}: {reply[:200]!r}")
        return json.loads(reply)

    def seconds_of(self, *call, **parameters) -> float:
        self(*call, **parameters)
        return self.seconds


def in_turns(rounds: int, *calls) -> list[float]:
    """The median seconds of each call, made in turns so that noise meets them alike.

    A call returns its seconds itself, or None to be left out.
    """
    taken: list[list[float]] = [[] for _ in calls]
    for turn in range(rounds + 5):
        for n, call in enumerate(calls):
            seconds = call()
            if turn >= 5 and seconds is not None:
                taken[n].append(seconds)
    return [median(values) for values in taken]


class Table:
    """Lines of what was measured and what it must reach."""

    def __init__(self):
        self.rows = []

    def add(self, what: str, value: str, bound: str, reached: bool) -> None:
        self.rows.append((what, value, bound, "yes" if reached else "NO"))
        print(f"  {what}: {value} ({bound}: {self.rows[-1][-1]})", flush=True)

    def add_ratio(self, what: str, taken: float, base: float, bound: float) -> None:
        ratio = taken / base
        self.add(
            what,
            f"{ratio:.2f} x ({taken * 1000:.2f} / {base * 1000:.2f} ms)",
            f"at most {bound} x",
            ratio <= bound,
        )

    def __str__(self):
        head = ("what", "measured", "must reach", "reached")
        rows = [head, *self.rows]
        widths = [max(len(row[n]) for row in rows) for n in range(4)]
        lines = [
            "  ".join(
                cell.ljust(width) for cell, width in zip(row, widths, strict=True)
            )
            for row in rows
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join(lines)

    @property
    def all_reached(self) -> bool:
        return all(row[-1] == "yes" for row in self.rows)
