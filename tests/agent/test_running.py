"""The agent: while a job runs."""

from tests.agent.conftest import gone
from tests.agent.conftest import state
from tests.agent.fake_site import PIECE
from tests.agent.fake_site import UNTIL_GO
import os
import pytest
import signal


def test_the_lease_is_renewed_as_often_as_the_site_says_without_any_output(
    site, run, tmp_path
):
    site.on_status = lambda job, count: count == 5 and (tmp_path / "go").touch()
    site.next_poll = 5
    run(UNTIL_GO.format(tmp_path))
    waits = site.waits(6)
    assert all(4 <= wait <= 6.5 for wait in waits)


def test_new_output_is_sent_after_two_seconds(site, run, tmp_path):
    site.on_status = lambda job, count: count == 5 and (tmp_path / "go").touch()
    run(f"until [ -e {tmp_path}/go ]; do echo x; sleep 0.005; done")
    waits = site.waits(6)
    assert min(waits) >= 2
    assert sorted(waits)[1] <= 4


def test_a_piece_is_sent_again_from_the_offset_that_the_site_wants(site, run, tmp_path):
    data = os.urandom(3 * PIECE)
    (tmp_path / "data").write_bytes(data)

    def forget(job, count):
        if count == 2:
            job["log"] = job["log"][:1000]

    site.on_status = forget
    job = run(f"cat {tmp_path}/data")
    assert job["log"] == data
    offsets = [int(form["offset"]) for form in site.asked("provideStatus")]
    assert offsets[0] == 0
    assert offsets[2] == 1000


def test_a_log_that_the_site_refuses_for_good_does_not_keep_the_report(site, run):
    def refuse(answer):
        answer.update(response="NOTOK", offset=0)

    site.faults["provideStatus"] = [refuse] * 100
    job = run("echo hello")
    assert job["report"]["size"] == "6"
    assert len(site.asked("provideStatus")) < 10


def test_a_full_log_gets_no_more_pieces_but_the_size(site, run):
    site.log_limit = 2 * PIECE
    job = run("yes | head -c 400000")
    assert 2 * PIECE <= len(job["log"]) < 3 * PIECE
    assert not job["too_many"]
    assert job["report"]["size"] == "400000"
    assert job["report"]["status"] == "Finished"


def test_a_suspended_job_is_stopped_its_time_does_not_count_and_it_goes_on(
    site, run, moment, tmp_path
):
    states = []
    site.next_poll = 5

    def on_status(job, count):
        letters = [state((tmp_path / name).read_text()) for name in ("sh", "sleep")]
        states.append(letters)
        if count == 1:
            job["status"] = "Suspended"
        elif count == 5:
            job["status"] = "Running"
            (tmp_path / "go").touch()

    site.on_status = on_status
    job = run(
        f"echo $$ > {tmp_path}/sh; sleep 300 & echo $! > {tmp_path}/sleep; "
        + UNTIL_GO.format(tmp_path),
        time_limit=20,
    )
    assert job["report"]["status"] == "Finished"
    assert moment.now > 1020
    assert states[0][1] == "S"
    # A shell whose child was stopped before its exec waits for it in state D.
    assert all(shell in "TD" and sleep == "T" for shell, sleep in states[1:5])


def test_a_cancelled_job_is_ended_with_its_children_and_its_log_kept(
    site, run, tmp_path
):
    def cancel(job, count):
        if count == 1:
            job["status"] = "Cancelled"

    site.on_status = cancel
    job = run(
        f"(trap '' TERM; while :; do sleep 5; done) & echo $! > {tmp_path}/child; "
        "trap 'echo bye; exit 7' TERM; while :; do sleep 0.01; done"
    )
    assert job["log"].endswith(b"bye\n")
    assert job["status"] == "Cancelled"
    (report,) = site.asked("updateJobStatus")
    assert (report["status"], report["exit_code"]) == ("Failed", "7")
    gone(tmp_path / "child")


def test_a_job_that_does_not_end_by_itself_is_killed_after_ten_seconds(
    site, run, moment
):
    ended = []

    def cancel(job, count):
        job["status"] = "Cancelled"
        ended.append(moment.now)

    site.on_status = cancel
    run("trap '' TERM; while :; do sleep 0.05; done")
    (report,) = site.asked("updateJobStatus")
    assert report["exit_code"] == "-9"
    assert 9.9 <= ended[-1] - ended[0] < 12


def test_the_children_of_a_job_have_as_much_time_to_end(site, run):
    def cancel(job, count):
        job["status"] = "Cancelled"

    site.on_status = cancel
    job = run(
        "(trap 'sleep 0.02; echo bye; exit' TERM; while :; do sleep 0.01; done) & wait"
    )
    assert site.asked("updateJobStatus")[0]["exit_code"] == "-15"
    assert job["log"].endswith(b"bye\n")


@pytest.mark.parametrize("why", ["cancelled", "stopped"])
def test_a_suspended_job_is_woken_to_be_ended(site, make, why):
    machine = make()
    site.add("exec sleep 300")

    def on_status(job, count):
        if count < 3:
            job["status"] = "Suspended"
        elif why == "cancelled":
            job["status"] = "Cancelled"
        else:
            machine.stop(signal.SIGTERM, None)

    site.on_status = on_status
    machine.serve()
    assert site.asked("updateJobStatus")[0]["exit_code"] == "-15"


def test_the_run_of_another_attempt_is_ended_and_sends_no_more(site, run, tmp_path):
    def lease_ran_out(job, count):
        if count == 1:
            job["attempt"] = 2

    site.on_status = lease_ran_out
    job = run(f"echo $$ > {tmp_path}/pid; echo mine; exec sleep 300")
    assert job["log"] == b""
    assert job["report"] is None
    assert len(site.asked("updateJobStatus")) == 1
    assert len(site.asked("provideStatus")) == 2
    gone(tmp_path / "pid")


def test_a_job_goes_on_while_the_token_is_refused(site, run, moment, tmp_path):
    def refuse(answer):
        answer.clear()
        answer.update(response="NOTOK", message="The token is wrong.")

    site.faults["provideStatus"] = [refuse] * 4
    site.on_status = lambda job, count: count == 5 and (tmp_path / "go").touch()
    job = run("echo x; " + UNTIL_GO.format(tmp_path))
    assert job["status"] == "Finished"
    assert job["log"] == b"x\n"
    assert moment.now > 1012


def test_a_job_outlives_an_outage_of_the_site_and_its_log_is_complete(
    site, run, moment, tmp_path
):
    def on_status(job, count):
        if count == 1:
            site.back_at = moment.now + 30
            (tmp_path / "go").touch()

    site.on_status = on_status
    job = run(f"echo 1; {UNTIL_GO.format(tmp_path)}; sleep 0.1; yes | head -c 100000")
    assert job["log"] == b"1\n" + b"y\n" * 50_000
    assert job["status"] == "Finished"
    assert 1030 < moment.now < 1100


def test_a_job_that_takes_too_long_is_ended(run, moment):
    job = run("echo begun; exec sleep 300", time_limit=20)
    report = job["report"]
    assert report["reason"] == "Its time limit of 20 s was reached."
    assert (report["status"], report["exit_code"]) == ("Failed", "-15")
    assert job["log"] == b"begun\n"
    assert 1020 <= moment.now <= 1032
