"""The agent: a job from its start to its end."""

from collections import Counter
from collective.mwsvm.agent import agent
from tests.agent.conftest import gone
from tests.agent.conftest import wait_for
from tests.agent.fake_site import TOKEN
from tests.agent.fake_site import UNTIL_GO
import os
import pytest
import re


def test_a_job_is_run_and_reported_with_its_log(site, run):
    job = run(r"printf 'out\n'; printf 'err \377\376\0 \n' >&2; printf 'no newline'")
    assert job["log"] == b"out\nerr \xff\xfe\0 \nno newline"
    assert job["report"] == {
        "job": "job-1",
        "attempt": "1",
        "status": "Finished",
        "exit_code": "0",
        "reason": "",
        "size": str(len(job["log"])),
    }


def test_requests_carry_the_token_in_a_header_and_the_agents_version(site, run):
    run("true")
    for request in site.requests:
        assert request.command == "POST"
        assert request.headers["X-MWSVM-Token"] == TOKEN
        assert request.headers["User-Agent"] == f"mwsvm-agent/{agent.VERSION}"
        assert request.path == f"/Plone/vm1/{request.service}"
        assert TOKEN not in request.form.values()
    assert site.asked("getNextJob")[0]["agent"] == agent.VERSION
    assert re.fullmatch("[A-Za-z0-9-]{1,64}", site.asked("getNextJob")[0]["claim"])


def test_a_long_binary_log_arrives_byte_by_byte(run, tmp_path):
    data = os.urandom(300_000)
    (tmp_path / "data").write_bytes(data)
    job = run(f"cat {tmp_path}/data")
    assert job["log"] == data
    ends = [offset + size for offset, size in job["pieces"]]
    assert [offset for offset, size in job["pieces"]] == [0, *ends[:-1]]


def test_a_backlog_is_sent_at_once_while_the_job_runs(site, run, tmp_path):
    def on_status(job, count):
        wait_for((tmp_path / "written").exists)
        if count == 6:
            (tmp_path / "go").touch()

    site.on_status = on_status
    job = run(
        f"yes | head -c 300000; touch {tmp_path}/written; {UNTIL_GO.format(tmp_path)}"
    )
    assert job["log"] == b"y\n" * 150_000
    assert Counter(request.time for request in site.requests).most_common(1)[0][1] >= 4


def test_a_job_has_its_own_environment_directory_and_session_and_no_input(
    site, start, tmp_path
):
    job = site.add(
        'echo "$MWSVM_JOB $MWSVM_ATTEMPT $COLOUR ${MWSVM_TOKEN-none}"; '
        "cat; pwd; ls -a; mkdir -p a/b; cut -d ' ' -f 6 /proc/$$/stat; echo $$",
        attempt=3,
    )
    start("--once", env={"COLOUR": "green"}).end()
    lines = job["log"].decode().split()
    assert lines[:4] == ["job-1", "3", "green", "none"]
    assert lines[4].startswith(str(tmp_path / "jobs"))
    assert lines[5:7] == [".", ".."]
    assert lines[7] == lines[8]
    assert list((tmp_path / "jobs").iterdir()) == []


def test_the_directory_stays_until_the_run_is_reported(site, run, tmp_path):
    seen = []

    def look(answer):
        seen.extend((tmp_path / "jobs").glob("*/result"))

    site.faults["updateJobStatus"] = ["503", look]
    run("touch result")
    assert len(seen) == 1
    assert list((tmp_path / "jobs").iterdir()) == []


@pytest.mark.parametrize(
    ("start_string", "code"), [("exit 3", "3"), ("kill -9 $$", "-9")]
)
def test_a_failing_job_is_reported_with_its_exit_code_or_signal(
    run, start_string, code
):
    report = run(start_string)["report"]
    assert (report["status"], report["exit_code"]) == ("Failed", code)
    assert report["reason"] == ""


@pytest.mark.parametrize("start_string", ["echo \0", "x" * 200_000, None])
def test_a_job_that_cannot_be_started_is_reported_with_the_reason(run, start_string):
    report = run(start_string)["report"]
    assert report["status"] == "Failed"
    assert report["reason"].startswith("It could not be run: ")
    assert report["reason"].endswith(".")
    assert not report.get("exit_code")


def test_without_room_for_its_directory_a_job_fails_and_the_next_one_is_asked_for(
    site, make, tmp_path
):
    (tmp_path / "jobs").touch()
    jobs = [site.add("true"), site.add("true")]
    make(once=False, idle_halt=5).serve()
    assert [job["status"] for job in jobs] == ["Failed", "Failed"]


def test_what_a_job_leaves_in_the_background_is_killed(run, tmp_path):
    job = run(
        f"sh -c 'trap \"\" TERM; while :; do sleep 9; done' & echo $! > {tmp_path}/pid"
    )
    assert job["report"]["status"] == "Finished"
    gone(tmp_path / "pid")


def test_the_next_job_is_asked_for_at_once(site, make):
    jobs = [site.add("true"), site.add("true")]
    make(once=False, idle_halt=5).serve()
    assert max(site.waits(6)) < 5
    assert [job["status"] for job in jobs] == ["Finished", "Finished"]


def test_a_job_that_writes_to_dev_stderr_keeps_its_log(run):
    job = run("echo one; echo two > /dev/stderr; echo three > /dev/stdout")
    assert job["log"] == b"one\ntwo\nthree\n"
