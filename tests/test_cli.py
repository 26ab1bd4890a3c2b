"""The command mwsvm, as a person runs it."""

from collective.mwsvm import cli
from contextlib import contextmanager
from pathlib import Path
from tests.services import wait_for
import base64
import json
import os
import psutil
import pytest
import signal
import socket
import stat
import subprocess
import sys
import urllib.request


pytestmark = pytest.mark.long

MWSVM = [sys.executable, "-m", "collective.mwsvm.cli"]


@contextmanager
def running(*arguments, **environment):
    """A command in the foreground of its own session, and its first "Ready:" line."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MWSVM_")}
    process = subprocess.Popen(
        [*MWSVM, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**clean, **environment},
        start_new_session=True,
    )
    process.before = []
    try:
        for line in process.stdout:
            process.before.append(line)
            if line.startswith("Ready: "):
                yield process, line.removeprefix("Ready: ").strip()
                return
        raise AssertionError(f"not ready, exit code {process.wait()}")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        process.stdout.close()


def get(url, password):
    secret = base64.b64encode(f"admin:{password}".encode()).decode()
    headers = {"Accept": "application/json", "Authorization": f"Basic {secret}"}
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.loads(reply.read())


def test_serve_makes_what_is_missing_and_ends_cleanly(tmp_path):
    var = tmp_path / "new" / "var"
    with running("serve", "--port", 0, "--var", var) as (process, url):
        assert url.endswith("/Plone")
        file = var / "admin-password"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(var.stat().st_mode) == 0o700
        password = file.read_text().strip()
        assert len(password) >= 20
        assert f"Log in as admin with the password in {file}" in process.before[-2]
        assert process.before[-1] == f"Ready: {url}\n"
        user = get(f"{url}/@users/admin", password)
        assert "Manager" in user["roles"]
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            refused = subprocess.run(
                [*MWSVM, "serve", "--port", str(port), "--var", str(tmp_path / "b")],
                capture_output=True,
                text=True,
                timeout=60,
            )
        assert refused.returncode == 1
        assert "Address already in use" in refused.stderr
        assert "Traceback" not in refused.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    given = {"MWSVM_ADMIN_PASSWORD": "a-password-of-my-own"}
    with running("serve", "--port", 0, "--var", var, **given) as (process, url):
        assert get(f"{url}/@users/admin", "a-password-of-my-own")["id"] == "admin"
    assert file.read_text().strip() == password


def test_a_killed_demo_leaves_nothing_running(tmp_path):
    with running("serve", "--demo", "--port", 0, "--var", tmp_path) as (process, url):
        password = (tmp_path / "admin-password").read_text().strip()
        machine = f"{url}/demo/machine"
        wait_for(
            lambda: get(machine, password)["mwsvm"]["status"] == "running",
            60,
            "the machine's start",
        )
        family = psutil.Process(process.pid).children(recursive=True)
        # The cloud, the agent, and perhaps a job.
        assert len(family) >= 2
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(family, timeout=20)
        assert alive == []


def test_demo_ends_with_0_and_shows_the_log():
    found = subprocess.run(
        [*MWSVM, "demo"], capture_output=True, text=True, timeout=200
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "Finished: the log is what the process wrote." in found.stdout


def test_cloud_keeps_its_key_and_refuses_other_hosts(tmp_path):
    with running("cloud", "--port", 0, "--var", tmp_path) as (process, url):
        key = tmp_path / "access-key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert url.startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    refused = subprocess.run(
        [*MWSVM, "cloud", "--host", "0.0.0.0", "--var", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode == 1
    assert "loopback" in refused.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["serve", "--port", "99999"], ["worker"]]
)
def test_a_wrong_call_is_exit_code_2_with_a_word_of_what_is_wrong(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "usage: mwsvm" in capsys.readouterr().err


def test_a_var_that_can_not_be_made_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    code = cli.main(["serve", "--port", "0", "--var", str(tmp_path / "file" / "var")])
    assert code == 1
    error = capsys.readouterr().err
    assert error.startswith("mwsvm serve: ")
    assert "Not a directory" in error


def test_the_agent_has_a_help_of_its_own(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["agent", "--help"])
    assert caught.value.code == 0
    assert "--token-file" in capsys.readouterr().out


def test_secrets_are_kept_once_made(tmp_path):
    from collective.mwsvm.instance import kept_secret

    path = Path(tmp_path) / "secret"
    assert kept_secret(path) == kept_secret(path)
