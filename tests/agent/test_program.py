"""The agent: the program."""

from collective.mwsvm.agent import agent
from pathlib import Path
from tests.agent.conftest import Program
from tests.agent.fake_site import MARKER
from tests.agent.fake_site import SCRIPT
from tests.agent.fake_site import TOKEN
import ast
import os
import pytest
import re
import shutil
import subprocess
import sys


def test_once_ends_well_without_a_job_and_badly_when_it_is_refused(site, main):
    assert main("--once")[0] == 0
    assert len(site.requests) == 1
    assert main("--once", token="wrong")[0] == 1


def test_once_does_not_wait_for_a_job(site, make, moment):
    assert make().serve() == 0
    assert moment.now == 1000


def test_once_runs_one_job_only(site, main):
    jobs = [site.add("exit 1"), site.add("true")]
    assert main("--once")[0] == 0
    assert [job["status"] for job in jobs] == ["Failed", "Queued"]


def test_the_halt_option_halts(main, tmp_path):
    main("--idle-halt=0.1", f"--halt=echo > {tmp_path}/halted", halt=None)
    assert (tmp_path / "halted").exists()


@pytest.mark.parametrize("command", ["", "echo > {}/environment"])
def test_mwsvm_halt_wins_even_when_it_is_empty(main, tmp_path, command):
    options = "--idle-halt=0.1", f"--halt=echo > {tmp_path}/option"
    code, said = main(*options, halt=command.format(tmp_path))
    assert code == 0
    assert "halting: There was no job for too long." in said
    assert not (tmp_path / "option").exists()
    assert (tmp_path / "environment").exists() == bool(command)


def test_the_token_may_come_from_a_file(site, main, tmp_path):
    (tmp_path / "token").write_text(f" {TOKEN}\n")
    assert main("--once", f"--token-file={tmp_path}/token", token="wrong")[0] == 0
    assert site.requests[0].headers["X-MWSVM-Token"] == TOKEN


@pytest.mark.parametrize("odd", ["\n", "\x7f\u20ac", "\u20ac\u20ac"])
def test_an_odd_token_is_not_shown(main, tmp_path, odd):
    (tmp_path / "token").write_text(f"{TOKEN}{odd}{TOKEN}\n", "utf-8")
    options = "--once", "--lost-contact=0.1"
    _, said = main(f"--token-file={tmp_path}/token", *options)
    assert "refused: " in said or "can't encode" in said


MISSING = "the machine's URL or its token is missing"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": ""}, MISSING),
        ({"url": "ftp://127.0.0.1/vm1"}, MISSING),
        ({"token": None}, MISSING),
        ({"token": " "}, MISSING),
        ("--token-file=/nowhere/token", "No such file or directory: '/nowhere/token'"),
        ("--token-file=/", "Is a directory: '/'"),
        (f"--token-file={sys.executable}", "can't decode byte"),
        ("--token=secret", "--token"),
        ("--poll=often", "--poll"),
    ],
)
def test_wrong_options_are_told_with_exit_code_2(site, main, options, message):
    code, said = main(**options) if isinstance(options, dict) else main(options)
    assert code == 2
    assert message in said
    assert site.requests == []


def test_help_tells_all_options_and_version_the_version(main):
    code, said = main("--help")
    assert code == 0
    for option in (
        *("--url", "--token-file", "--poll", "--idle-halt", "--lost-contact"),
        *("--halt", "--workdir", "--once", "--version"),
        *("MWSVM_TOKEN", "MWSVM_HALT", "shutdown -h now"),
    ):
        assert option in said
    assert main("--version") == (0, agent.VERSION + "\n")


def test_its_log_has_time_level_and_message(start):
    _, out, log = start("--idle-halt=0.1").end()
    line = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARNING halting: .+\n"
    assert re.fullmatch(line, log)
    assert out == ""


def test_the_site_fills_in_the_configuration_and_options_win(site, tmp_path):
    source = SCRIPT.read_text()
    assert source.count(MARKER) == 1
    config = {
        "url": site.url + "-not",
        "address": "",
        "token": TOKEN,
        "poll": 10,
        "idle_halt": 1800,
        "lost_contact": 0,
    }
    script = tmp_path / "user-data"
    script.write_text(source.replace(MARKER, f"CONFIG = {config!r}"))
    job = site.add("echo hello")
    assert Program("--once", "--url", site.url, script=script).end()[0] == 0
    assert job["log"] == b"hello\n"
    # The token of the environment comes before that of the site.
    program = Program("--once", script=script, env={"MWSVM_TOKEN": "wrong"})
    assert program.end()[0] == 1


def python36():
    """A Python 3.6 that works: a name on the PATH need not."""
    places = [shutil.which("python3.6")]
    places += Path.home().glob(".pyenv/versions/3.6*/bin/python3")
    for place in filter(None, places):
        if subprocess.run([place, "-c", ""], capture_output=True).returncode == 0:
            return str(place)
    return None


@pytest.mark.skipif(not python36(), reason="there is no Python 3.6 here")
def test_it_runs_under_python_3_6(site, start, tmp_path):
    data = os.urandom(200_000)
    (tmp_path / "data").write_bytes(data)
    job = site.add(f"cat {tmp_path}/data; exit 3")
    assert start("--once", python=python36()).end()[0] == 0
    assert job["log"] == data
    assert job["report"]["exit_code"] == "3"


def test_it_needs_no_later_python_than_3_6():
    vermin = shutil.which("vermin") or Path(sys.executable).with_name("vermin")
    subprocess.run([vermin, "-q", "-t=3.6-", "--no-tips", SCRIPT], check=True)


def test_it_is_one_small_file_that_imports_the_standard_library_only():
    source = SCRIPT.read_bytes()
    assert len(source) < 12_500
    assert source.startswith(b"#!/usr/bin/env python3\n")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            assert {name.name.split(".")[0] for name in node.names} <= (
                sys.stdlib_module_names
            )
        assert not isinstance(node, ast.ImportFrom)
