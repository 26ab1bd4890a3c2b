"""A site of several processes: ZEO, a server, two workers, PostgreSQL.

With the configurations that docs/production offers.
"""

from contextlib import contextmanager
from pathlib import Path
from tests.services import wait_for
import os
import psycopg
import pytest
import re
import requests
import signal
import subprocess
import sys
import tempfile
import time


pytestmark = pytest.mark.service

MWSVM = (sys.executable, "-m", "collective.mwsvm.cli")

PASSWORD = "correct-horse-9"

CONFIGURATIONS = Path(__file__).parents[1] / "docs" / "production"

#: The tasks that a worker does every few seconds.
TASKS = {"leases", "machines"}

#: Seconds for a process to come up or go down on a busy computer.
LONG = 120


class Process:
    """A command in a session of its own; what it says goes to a file."""

    def __init__(self, directory: Path, name: str, *command: str, **environment: str):
        self.name = name
        self._log = directory / f"{name}.log"
        clean = {k: v for k, v in os.environ.items() if not k.startswith("MWSVM_")}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env={**clean, **environment},
                start_new_session=True,
            )
        self.pid = self._process.pid

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def ready(self) -> str:
        """Waits for the line "Ready: ..."; what it says after that word."""

        def line():
            found = re.search(r"^Ready: (.*)$", self.said, re.MULTILINE)
            assert found or self._process.poll() is None, f"{self.name}:\n{self.said}"
            return found

        return wait_for(line, LONG, f"{self.name}'s start")[1]

    def stop(self) -> int:
        """Tells it to stop; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(LONG)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(LONG)

    def is_running(self) -> bool:
        return self._process.poll() is None


class Production:
    """The processes, and what an administrator does with them."""

    def __init__(self, directory: Path, database_url: str):
        self.directory = directory
        self.database_url = database_url
        self.processes: list[Process] = []
        self.url = self.token = ""
        self.session = requests.Session()
        self.session.auth = ("admin", PASSWORD)
        self.session.headers["Accept"] = "application/json"
        self.session.trust_env = False
        (directory / "etc").mkdir()
        (directory / "var").mkdir()
        for source, name in (("zeo.conf", "zeo.conf"), ("zope-zeo.conf", "zope.conf")):
            text = (CONFIGURATIONS / source).read_text()
            assert text.count("%define HOME /srv/mwsvm\n") == 1
            text = text.replace("HOME /srv/mwsvm", f"HOME {directory}")
            (directory / "etc" / name).write_text(text)

    def start(self, name: str, *command: str) -> Process:
        process = Process(
            self.directory,
            name,
            *command,
            MWSVM_DATABASE_URL=self.database_url,
            MWSVM_ADMIN_PASSWORD=PASSWORD,
        )
        self.processes.append(process)
        return process

    def end(self) -> None:
        for process in reversed(self.processes):
            if process.is_running():
                process.kill()

    def sql(self, statement: str, *values):
        """The rows, if any."""
        with psycopg.connect(self.database_url) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def holders(self) -> dict[str, int]:
        """The process that holds each task."""
        rows = self.sql("SELECT name, holder FROM leases")
        return {name: int(holder.split(":")[1]) for name, holder in rows}

    # -- the site

    def call(self, method: str, path: str, **body):
        reply = self.session.request(method, self.url + path, json=body, timeout=60)
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text[:500]}"
        return reply.json() if reply.content else None

    def add_machine(self) -> None:
        self.call(
            "POST",
            "",
            **{"@type": "VirtualMachine", "id": "vm", "title": "vm"},
            region_list="us-east-1",
            instance_type_list="t1.micro",
            machineImage="ami-1",
        )
        agent = self.session.get(f"{self.url}/vm/@@machine-agent", timeout=60).text
        self.token = re.search(r"'token': '([a-z0-9]+)'", agent)[1]

    def add_job(self, name: str, **values) -> None:
        self.call(
            "POST", "/vm", **{"@type": "Job", "id": name, "title": name}, **values
        )
        self.call("POST", f"/vm/{name}/@workflow/queue")

    def state(self, job: str) -> str:
        return self.call("GET", f"/vm/{job}")["review_state"]

    def attempts(self, job: str) -> list[tuple[int, str]]:
        return self.sql(
            "SELECT a.attempt, a.outcome FROM attempts a JOIN jobs j ON j.id = a.job "
            "WHERE j.title = %s ORDER BY a.attempt",
            job,
        )

    # -- the machine

    def ask(self, service: str, **form):
        with requests.Session() as session:
            session.trust_env = False
            session.headers["X-MWSVM-Token"] = self.token
            url = f"{self.url}/vm/{service}"
            return session.post(url, data=form, timeout=60).json()

    def run_agent(self) -> None:
        """The agent itself, until it has run one job."""
        subprocess.run(
            [*MWSVM, "agent", "--url", f"{self.url}/vm", "--once"],
            env={**os.environ, "MWSVM_TOKEN": self.token, "MWSVM_HALT": ""},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=60,
        )


@contextmanager
def production(database_url: str):
    # Not below pytest's own directory: the path of a socket has 107 bytes at most.
    with tempfile.TemporaryDirectory(prefix="mwsvm-production-") as directory:
        site = Production(Path(directory), database_url)
        try:
            yield site
        finally:
            site.end()


def test_a_site_of_several_processes_outlives_one_of_its_workers(postgresql):
    with production(postgresql.new_database()) as site:
        zeo = site.start(
            "zeo", sys.executable, "-m", "ZEO.runzeo", "-C", "etc/zeo.conf"
        )
        wait_for((site.directory / "var" / "zeo.sock").exists, LONG, "ZEO's start")
        config = ("--config", "etc/zope.conf")
        serve = site.start(
            "serve", *MWSVM, "serve", *config, "--no-worker", "--port", "0"
        )
        site.url = serve.ready()
        workers = [site.start(f"worker-{n}", *MWSVM, "worker", *config) for n in (1, 2)]
        # The shortest there is, before the workers begin to be patient for as long.
        site.call("PATCH", "/@controlpanels/mwsvm", lease=10, poll_interval=1)
        site.add_machine()
        site.add_job("hello", start_string="echo hello", retries=0)
        site.run_agent()
        assert site.state("hello") == "finished"
        assert site.call("GET", "/vm/hello")["mwsvm"]["exit_code"] == 0
        for worker in workers:
            worker.ready()
        # The server has none of its own, in spite of what "mwsvm serve" does by itself.
        assert "worker" not in serve.said

        wait_for(
            lambda: site.holders().keys() >= TASKS,
            LONG,
            "the workers' first turns",
        )
        held = site.holders()["leases"]
        (dead,) = (worker for worker in workers if worker.pid == held)
        (alive,) = (worker for worker in workers if worker.pid != held)
        site.add_job("lost", start_string="sleep 1000", retries=1)
        job = site.ask("getNextJob", claim="first")
        assert job["response"] == "OK"
        assert job["lease"] == 10

        dead.kill()
        # Nobody takes from a worker what it may still be at ...
        time.sleep(6)
        assert site.holders()["leases"] == dead.pid
        # ... until its lease has run out; the test does not wait for that.
        site.sql("UPDATE leases SET until = 0 WHERE holder LIKE %s", f"%:{dead.pid}:%")
        wait_for(
            lambda: {site.holders().get(task) for task in TASKS} == {alive.pid},
            30,
            "the other worker's turn",
        )

        wait_for(lambda: site.state("lost") == "queued", 60, "the end of the lease")
        assert site.attempts("lost") == [(1, "lost")]
        late = site.ask("updateJobStatus", job=job["job"], attempt=1, status="Finished")
        assert late["response"] == "NOTOK"
        again = site.ask("getNextJob", claim="second")
        assert (again["job"], again["attempt"]) == (job["job"], 2)
        done = site.ask(
            "updateJobStatus",
            job=again["job"],
            attempt=2,
            status="Finished",
            exit_code=0,
        )
        assert done["response"] == "OK"
        assert site.state("lost") == "finished"
        # Given up once, in the record as in the history that people see.
        assert site.attempts("lost") == [(1, "lost"), (2, "finished")]
        history = site.call("GET", "/vm/lost/@workflow")["history"]
        moves = [entry["action"] for entry in history]
        assert moves.count("requeue") == 1, moves

        assert alive.stop() == 0
        assert not site.holders().keys() & TASKS
        assert serve.stop() == 0
        assert zeo.stop() == 0
