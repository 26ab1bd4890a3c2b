"""The demonstration: a local cloud, a machine in it, and a job that runs there."""

from collections.abc import Callable
from collective.mwsvm.instance import kept_secret
from collective.mwsvm.instance import USER
from contextlib import contextmanager
from pathlib import Path
from typing import Any
import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request


HELLO = """\
echo "Hello from $(hostname), a machine that Plone has started."
echo "This is job $MWSVM_JOB, attempt $MWSVM_ATTEMPT."
for n in 1 2 3 4 5; do
    echo "step $n of 5"
    sleep 1
done
echo "6 times 7 is $((6 * 7))."
"""


# -- "mwsvm serve --demo"


@contextmanager
def local_cloud(directory: Path):
    """The embedded EC2 as a child process; gives its URL and access key.

    The child ends with the block, and with this process whatever ends that.
    """
    directory.mkdir(parents=True, exist_ok=True)
    access_key = kept_secret(directory / "access-key")
    command = [sys.executable, "-m", "collective.mwsvm.cli", "cloud"]
    command += ["--var", str(directory), "--port", "0", "--until-stdin-closes"]
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C is ours to pass on, after the site has stopped.
        start_new_session=True,
    )
    try:
        line = child.stdout.readline()
        if not line.startswith("Ready: "):
            raise RuntimeError("the local cloud did not start; its messages are above")
        yield line.removeprefix("Ready: ").strip(), access_key
    finally:
        child.stdin.close()
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def ensure_content(site_path: str, url: str, endpoint: str, access_key: str) -> None:
    """The demo's folder, machine and job, the machine started the first time.

    ``url`` is where machines reach the site; ``endpoint`` the cloud's URL.
    """
    from collective.mwsvm.sites import with_site

    with_site(site_path, lambda: _ensure_content(url, endpoint, access_key))


def _ensure_content(url: str, endpoint: str, access_key: str) -> None:
    from AccessControl.SecurityManagement import newSecurityManager
    from AccessControl.SecurityManagement import noSecurityManager
    from collective.mwsvm.cloud.emulator import EmbeddedCloud
    from collective.mwsvm.content import fleet
    from plone import api

    portal = api.portal.get()
    users = portal.aq_parent.acl_users
    newSecurityManager(None, users.getUser(USER).__of__(users))
    try:
        set_record = api.portal.set_registry_record
        set_record("collective.mwsvm.endpoint_url", endpoint)
        set_record("collective.mwsvm.agent_base_url", url)
        set_record("collective.mwsvm.poll_interval", 2)
        if "demo" in portal:
            for brain in api.content.find(portal["demo"], portal_type="VirtualMachine"):
                fleet.request_refresh(brain.getObject())
            return
        folder = api.content.create(portal, "Folder", "demo", title="Demo")
        machine = api.content.create(
            folder,
            "VirtualMachine",
            "machine",
            title="Demo machine",
            description="It runs in the local cloud that came with the demo.",
            region_list="us-east-1",
            instance_type_list="t1.micro",
            machineImage=EmbeddedCloud.image_id,
            accessKey=access_key,
            secretKey="demo",
        )
        job = api.content.create(
            machine, "Job", "hello", title="Hello", start_string=HELLO, time_limit=60
        )
        api.content.transition(job, "queue")
        fleet.request_start(machine)
    finally:
        noSecurityManager()


# -- "mwsvm demo"

#: The job's output goes to its log and, by a way of its own, to a file.
PROOF = """\
exec 2>&1
{{
echo "process $$ of job $MWSVM_JOB on $(uname -n)"
printf %s {nonce} | sha256sum
}} | tee {file}
"""


def run(say: Callable[[str], None], seconds: float = 180) -> int:
    """The main job from nothing, in a temporary directory; 0 only if all of it is true.

    A site and a local cloud are started, a machine is started through the EC2 API, its
    agent runs two jobs; the second one's log must be what its process wrote.
    """
    with tempfile.TemporaryDirectory(prefix="mwsvm-demo-") as name:
        directory = Path(name)
        command = [sys.executable, "-m", "collective.mwsvm.cli", "serve", "--demo"]
        command += ["--port", "0", "--var", str(directory / "var")]
        environment = {**os.environ, "MWSVM_ADMIN_PASSWORD": secrets.token_urlsafe(18)}
        environment.pop("MWSVM_DATABASE_URL", None)
        server = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        )
        try:
            site = _await_ready(server, say)
            client = _Client(site, environment["MWSVM_ADMIN_PASSWORD"])
            return _run_jobs(client, directory, say, time.monotonic() + seconds)
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _await_ready(server, say) -> str:
    for line in server.stdout:
        say(line.rstrip())
        if line.startswith("Ready: "):
            return line.removeprefix("Ready: ").strip()
    raise RuntimeError("the site did not start; its messages are above")


def _run_jobs(client: "_Client", directory: Path, say, deadline: float) -> int:
    nonce = secrets.token_hex(16)
    file = directory / "proof"
    made = client.post(
        "/demo/machine",
        {
            "@type": "Job",
            "title": "Proof",
            "start_string": PROOF.format(nonce=nonce, file=file),
        },
    )
    path = made["@id"].removeprefix(client.site)
    client.post(f"{path}/@workflow/queue", {})
    for job in ("/demo/machine/hello", path):
        state = _await_end(client, job, say, deadline)
        if state != "finished":
            say(f"{job} is {state}: {client.get(job)['mwsvm']['reason']}")
            return 1
    log = client.get_bytes(f"{path}/@@job-log")
    written = file.read_bytes()
    say("The log that came back:")
    say(log.decode(errors="replace").rstrip())
    expected = hashlib.sha256(nonce.encode()).hexdigest().encode()
    if log != written or expected not in log:
        say("This is not what the process wrote.")
        return 1
    say("Finished: the log is what the process wrote.")
    return 0


def _await_end(client: "_Client", job: str, say, deadline: float) -> str:
    seen = None
    while True:
        machine = client.get("/demo/machine")["mwsvm"]
        state = client.get(job)["review_state"]
        now = f"machine {machine['status']}, job {job.rpartition('/')[2]} {state}"
        if now != seen:
            say(now)
            seen = now
        if state in ("finished", "failed", "cancelled"):
            return state
        if time.monotonic() > deadline:
            return f"still {state} ({machine['reason']})"
        time.sleep(0.5)


class _Client:
    """The site's REST API, as the administrator uses it."""

    def __init__(self, site: str, secret: str):
        self.site = site
        passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
        passwords.add_password(None, site, USER, secret, is_authenticated=True)
        self._open = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPBasicAuthHandler(passwords),
        ).open

    def get(self, path: str) -> dict[str, Any]:
        return json.loads(self.get_bytes(path, "application/json"))

    def get_bytes(self, path: str, accept: str = "*/*") -> bytes:
        request = urllib.request.Request(  # noqa: S310
            self.site + path, headers={"Accept": accept}
        )
        with self._open(request, timeout=60) as reply:
            return reply.read()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310
            self.site + path,
            data=json.dumps(body).encode(),
            headers={"Accept": "application/json", "Content-Type": "application/json"},
        )
        with self._open(request, timeout=60) as reply:
            return json.loads(reply.read())
