"""The agent against the fake site, in this process or as a program."""

from collective.mwsvm.agent import agent
from pathlib import Path
from tests.agent.fake_site import FakeSite
from tests.agent.fake_site import SCRIPT
from tests.agent.fake_site import TOKEN
import argparse
import os
import pytest
import signal
import subprocess
import sys
import time


class Time:
    """A clock that goes on when the agent sleeps, and much faster than the real one."""

    def __init__(self):
        self.now = 1000.0
        self.busy = lambda: True

    def clock(self):
        return self.now

    def sleep(self, seconds):
        assert seconds > 0
        assert self.now < 5000, "it takes too long"
        self.now += seconds
        if self.busy():
            time.sleep(min(seconds / 50, 0.005))


@pytest.fixture
def site():
    fake = FakeSite()
    yield fake
    fake.close()


@pytest.fixture
def moment():
    return Time()


@pytest.fixture
def make(site, moment, tmp_path):
    """An agent in this process, with a time of its own."""
    site.clock = moment.clock
    moment.busy = lambda: any(
        job["status"] != "Queued" and not job["report"] for job in site.jobs.values()
    )

    class FastAgent(agent.Agent):
        clock, sleep = moment.clock, moment.sleep

    def make(url=None, address=None, **config):
        config = {
            "poll": 10,
            "idle_halt": 0,
            "lost_contact": 0,
            "halt": f"touch {tmp_path}/halted",
            "workdir": str(tmp_path / "jobs"),
            "once": True,
            **config,
        }
        plone = agent.Site(url or site.url, TOKEN, address)
        return FastAgent(argparse.Namespace(**config), plone)

    return make


@pytest.fixture
def run(site, make):
    """Run one job to its end in this process; what the site knows of it then."""

    def run(start_string, **details):
        job = site.add(start_string, **details)
        assert make().serve() == 0
        return job

    return run


class Program:
    """The agent as a program of its own."""

    def __init__(self, *arguments, env=None, python=sys.executable, script=SCRIPT):
        environ = {k: v for k, v in os.environ.items() if not k.startswith("MWSVM_")}
        environ.update({"MWSVM_HALT": "", **(env or {})})
        environ = {k: v for k, v in environ.items() if v is not None}
        self.process = subprocess.Popen(
            [python, str(script), *arguments],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self):
        """Its exit code and all that it said, which is never the token."""
        try:
            out, err = self.process.communicate("not for the job", timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        assert TOKEN not in out + err
        return self.process.returncode, out, err


@pytest.fixture
def start(site, tmp_path):
    """Start the program for the fake site's machine."""
    programs = []

    def start(*arguments, env=None, **details):
        env = {"MWSVM_TOKEN": TOKEN, **(env or {})}
        here = "--url", site.url, "--workdir", str(tmp_path / "jobs")
        programs.append(Program(*here, *arguments, env=env, **details))
        return programs[-1]

    yield start
    for program in programs:
        if program.process.poll() is None:
            program.process.kill()
            program.process.communicate()


@pytest.fixture
def main(site, tmp_path, monkeypatch, capsys, caplog):
    """Call the program in this process; its exit code and all that it said."""
    handlers = [(n, signal.getsignal(n)) for n in (signal.SIGTERM, signal.SIGINT)]
    monkeypatch.setattr(agent, "TICK", 0.02)
    for name in ("MWSVM_TOKEN", "MWSVM_HALT"):
        monkeypatch.setenv(name, "to be unset again")

    def main(*arguments, token=TOKEN, halt="", url=site.url):
        for name, value in (("MWSVM_TOKEN", token), ("MWSVM_HALT", halt)):
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        try:
            code = agent.main(
                [f"--url={url}", f"--workdir={tmp_path}/jobs", *arguments]
            )
        except SystemExit as end:
            code = end.code
        said = "".join([*capsys.readouterr(), *caplog.messages])
        assert TOKEN not in said
        return code, said

    yield main
    for number, handler in handlers:
        signal.signal(number, handler)


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def state(pid):
    """The letter for a process' state, "" when it is no more."""
    try:
        stat = Path(f"/proc/{int(pid)}/stat").read_text()
    except (OSError, ValueError):
        return ""
    letter = stat.rpartition(")")[2].split()[0]
    return "" if letter in "ZX" else letter


def gone(path):
    """Wait until the process with the number in the file is no more."""
    number = path.read_text()
    assert number.strip()
    wait_for(lambda: not state(number))
