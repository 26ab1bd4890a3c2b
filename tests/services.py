"""Real services for the tests, started here and stopped with them."""

from contextlib import closing
from pathlib import Path
from tests import databases
import os
import psycopg
import shutil
import socket
import subprocess
import time


def free_port() -> int:
    """A port on loopback that nobody listens on just now."""
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def wait_for(condition, seconds=60.0, what="the condition"):
    """The condition's first true value; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true in {seconds} s")
        time.sleep(0.05)


class PostgreSQL:
    """A PostgreSQL cluster of its own in a temporary directory."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.port = free_port()
        self.count = 0
        self._migrated = False

    @staticmethod
    def programs() -> Path | None:
        """Where Debian keeps the server's programs, the newest version first."""
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
        if found:
            return found[0].parent
        on_path = shutil.which("initdb")
        return Path(on_path).parent if on_path else None

    def start(self):
        data = self.directory / "data"
        self._run("initdb", "-D", data, "-U", "mwsvm", "--auth=trust", "-E", "UTF8")
        options = f"-p {self.port} -k {self.directory} -h 127.0.0.1 -F"
        log = self.directory / "log"
        self._run("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")

    def stop(self):
        self._run("pg_ctl", "-D", self.directory / "data", "-m", "immediate", "stop")

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        self.count += 1
        return self._create(f"test{self.count}", "template1")

    def migrated_database(self) -> str:
        """The URL of a new database with its tables. No site owns it yet."""
        if not self._migrated:
            databases.bring_up_to_date(self._create("migrated", "template1"))
            self._migrated = True
        self.count += 1
        return self._create(f"test{self.count}", "migrated")

    def _create(self, name: str, template: str) -> str:
        url = f"postgresql://mwsvm@127.0.0.1:{self.port}"
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"{url}/{name}"

    def _run(self, program, *arguments):
        command = [str(self.programs() / program), *map(str, arguments)]
        if os.geteuid() == 0:
            # The server refuses to run as root.
            shutil.chown(self.directory, "postgres")
            command = ["setpriv", "--reuid=postgres", "--regid=postgres"] + [
                "--clear-groups",
                *command,
            ]
        subprocess.run(
            command,
            check=True,
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
