"""What the tests of clients in use have in common."""

from base64 import b64encode
from collective.mwsvm import site
from collective.mwsvm.workload import scripts
from dataclasses import dataclass
from email.message import Message
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from sqlalchemy import text
from tempfile import TemporaryDirectory
from tests.rest.documentation.case import DocumentationTestCase
from tests.sites import ADMIN
from unittest import mock
from urllib.parse import urlsplit
import json
import os
import subprocess
import transaction


#: What the command files of clients hold that are not there where tests run.
SCRIPT = "#!/bin/sh\necho done\n"

BASIC = f"Basic {b64encode(':'.join(ADMIN).encode()).decode()}"


@dataclass(frozen=True)
class Received:
    """A reply as it came."""

    status: int
    headers: Message
    text: str

    def json(self):
        return json.loads(self.text)


class ClientTestCase(DocumentationTestCase):
    """The numbers of jobs begin with 1, and every command file is there."""

    def setUp(self):
        super().setUp()
        jobs = partial(site.EmbeddedJobs, read=_read)
        patcher = mock.patch.object(site, "EmbeddedJobs", jobs)
        patcher.start()
        self.addCleanup(patcher.stop)
        with site.database().transaction() as connection:
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = 'jobs'"))
        self.at("2013-05-23 17:32:02 UTC")
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def sent(self, method, path, body=None, url=None, **headers):
        """The reply to a request with these headers and no others, and these bytes.

        Names of headers have ``_`` for the hyphen; one that is None is not sent.
        """
        parts = urlsplit(f"{url or self.base}/{path}")
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        sent = {"Authorization": BASIC}
        if body is not None:
            sent["Content-Length"] = str(len(body))
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection(parts.netloc, timeout=30)
        self.addCleanup(connection.close)
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in sent.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        reply = connection.getresponse()
        return Received(reply.status, reply.headers, reply.read().decode())

    def started(self):
        """A machine takes the next job: its record."""
        with site.database().writing() as connection:
            record = site.queue(connection, "test").claim("machine-1")
        transaction.commit()
        return record

    def run_next(self):
        """A machine takes the next job and runs it, as the agent does: what it says."""
        record = self.started()
        done = subprocess.run(
            ["/bin/sh", "-c", record.start_string],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**os.environ, "MWSVM_JOB": record.name},
            timeout=30,
        )
        status = "Failed" if done.returncode else "Finished"
        with site.database().writing() as connection:
            queue = site.queue(connection, "test")
            queue.report(record, record.attempt, status, done.returncode)
        transaction.commit()
        return done.stdout + done.stderr


def _read(path, field):
    return scripts.read_script(path, field) if os.path.exists(path) else SCRIPT
