"""The agent: leaving."""

from tests.agent.conftest import gone
from tests.agent.conftest import wait_for
from tests.agent.fake_site import NEVER
from tests.agent.fake_site import UNTIL_GO
import pytest
import signal


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)]
)
def test_a_signal_ends_the_job_reports_it_and_ends_the_agent(
    site, start, tmp_path, number, code
):
    job = site.add(f"echo hello; echo $$ > {tmp_path}/pid; exec sleep 300")
    program = start()
    wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    program.process.send_signal(number)
    assert program.end()[0] == code
    assert job["report"]["status"] == "Failed"
    assert job["report"]["reason"] == ("Its machine or the agent there was stopped.")
    assert job["log"] == b"hello\n"
    gone(tmp_path / "pid")
    assert list((tmp_path / "jobs").iterdir()) == []


def test_a_signal_ends_an_idle_agent(site, start):
    program = start()
    wait_for(lambda: site.requests)
    program.process.terminate()
    assert program.end()[0] == 0


def test_an_agent_that_is_stopped_tries_only_once_to_report(site, make, moment):
    machine = make(once=False)
    job = site.add("trap '' TERM; while :; do sleep 0.05; done")

    def stop(job, count):
        site.back_at = NEVER
        machine.stop(signal.SIGTERM, None)

    site.on_status = stop
    begin = moment.now
    assert machine.serve() == 0
    assert job["report"] is None
    assert len(site.asked("updateJobStatus")) == 1
    assert machine.site.timeout == 3
    assert moment.now - begin < 12.5 + 3.5


def test_a_machine_without_work_is_halted(site, make, moment, tmp_path):
    site.add("true")
    assert make(once=False, idle_halt=60).serve() == 0
    assert (tmp_path / "halted").exists()
    assert 1060 <= moment.now < 1075


def test_a_machine_at_work_is_not_idle(site, make, moment, tmp_path):
    site.on_status = lambda job, count: count == 4 and (tmp_path / "go").touch()
    job = site.add(UNTIL_GO.format(tmp_path))
    make(once=False, idle_halt=20).serve()
    assert job["status"] == "Finished"
    assert moment.now > 1030


def test_a_machine_that_lost_contact_is_halted(site, make, moment, tmp_path, caplog):
    site.back_at = NEVER
    make(once=False, lost_contact=100).serve()
    assert (tmp_path / "halted").exists()
    assert 1100 <= moment.now < 1110
    assert caplog.messages[-1] == "halting: The site has not answered for too long."


def test_a_job_is_ended_when_contact_is_lost(site, make, moment, tmp_path):
    def on_status(job, count):
        site.back_at = NEVER

    site.on_status = on_status
    site.add(f"echo $$ > {tmp_path}/pid; exec sleep 300")
    make(once=False, lost_contact=20).serve()
    assert (tmp_path / "halted").exists()
    gone(tmp_path / "pid")
    assert site.asked("updateJobStatus")[0]["reason"] == (
        "The site has not answered for too long."
    )


def test_a_site_that_is_seldom_asked_is_not_lost(site, make, moment):
    site.next_poll = 500
    make(once=False, lost_contact=100, idle_halt=2000).serve()
    assert moment.now >= 3000


def test_a_failing_halt_is_told_by_the_exit_code(make):
    assert make(once=False, idle_halt=1, halt="exit 4").serve() == 4
