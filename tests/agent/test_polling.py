"""The agent: polling."""

from collective.mwsvm.agent import agent
from tests.agent.fake_site import FakeSite
from tests.agent.fake_site import FAULTS
from tests.agent.fake_site import NEVER
from tests.agent.fake_site import NO_ANSWERS
import pytest
import socket


def test_it_waits_as_long_as_the_site_says_give_or_take_a_fifth(site, make, moment):
    site.next_poll = 50
    make(once=False, idle_halt=1000).serve()
    waits = site.waits()
    assert all(40 <= wait <= 60.5 for wait in waits)
    assert len({round(wait, 3) for wait in waits}) > 5
    claims = [form["claim"] for form in site.asked("getNextJob")]
    assert len(set(claims)) == len(claims)


def test_a_lost_answer_loses_no_job_since_the_claim_is_repeated(site, run):
    site.faults["getNextJob"] = ["lost", "lost"]
    job = run("echo done")
    assert job["status"] == "Finished"
    claims = [form["claim"] for form in site.asked("getNextJob")]
    assert len(claims) == 3
    assert len(set(claims)) == 1


@pytest.mark.parametrize("fault", NO_ANSWERS)
@pytest.mark.parametrize("service", ["getNextJob", "provideStatus", "updateJobStatus"])
def test_what_is_no_answer_is_asked_again_in_the_same_words(site, run, fault, service):
    site.faults[service] = [fault]
    job = run("echo hello")
    assert (job["status"], job["log"]) == ("Finished", b"hello\n")
    first, second = site.asked(service)[:2]
    assert first == second


def test_a_site_that_does_not_say_a_word_is_not_waited_for_too_long(site, make):
    assert agent.Site.timeout == 20
    site.faults["getNextJob"] = ["silent"]
    job = site.add("true")
    machine = make()
    machine.site.timeout = 0.1
    machine.serve()
    assert job["status"] == "Finished"
    assert len(site.asked("getNextJob")) == 2


def test_errors_put_it_off_longer_and_longer_up_to_a_minute(site, make, moment):
    site.back_at = NEVER
    make(once=False, lost_contact=400).serve()
    waits = site.waits()
    for wait, expected in zip(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60], strict=False):
        assert 0.8 * expected <= wait <= 1.2 * expected + 0.5
    assert len(waits) > 8


def test_an_error_is_logged_when_it_changes_and_when_it_goes(site, run, caplog):
    site.faults["getNextJob"] = ["503"] * 5 + ["html"] * 3
    with caplog.at_level("WARNING"):
        run("true")
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 3
    assert "503" in messages[0]
    assert messages[2] == "the site answers again"


def test_a_wrong_token_puts_it_off_and_is_logged_once(site, make, caplog):
    site.token = "another"
    make(once=False, idle_halt=300).serve()
    assert 5 < len(site.requests) < 12
    messages = [record.getMessage() for record in caplog.records]
    assert messages[0] == "refused: 'The token is wrong.'"
    assert len(messages) == 2


def test_a_redirect_is_not_followed(site, make, tmp_path):
    other = FakeSite()
    try:
        FAULTS["redirect"] = (302, {"Location": other.url + "/getNextJob"}, b"")
        FAULTS["redirect with the form"] = (307, FAULTS["redirect"][1], b"")
        site.faults["getNextJob"] = ["redirect", "redirect with the form"]
        job = site.add("true")
        make().serve()
        assert other.requests == []
        assert job["status"] == "Finished"
    finally:
        other.close()
        del FAULTS["redirect"], FAULTS["redirect with the form"]


def test_the_sites_test_is_sent_back_with_the_next_request_and_only_that(site, make):
    site.test = "t-1"
    site.add("true")
    make().serve()
    assert [request.form.get("test") for request in site.requests][:2] == [None, "t-1"]
    site.test = None
    site.requests.clear()
    machine = make()
    machine.site.test = "t-2"
    site.faults["getNextJob"] = ["503"]
    site.add("true")
    machine.serve()
    tests = [request.form.get("test") for request in site.requests]
    assert tests[:3] == ["t-2", "t-2", None]


def test_a_name_that_cannot_be_resolved_is_replaced_by_the_address(
    site, make, monkeypatch
):
    resolve = socket.getaddrinfo
    hosts = []

    def getaddrinfo(host, *args, **kwargs):
        hosts.append(host)
        if host == "plone.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    url = f"http://plone.invalid:{site.port}/Plone/vm1"
    job = site.add("true")
    assert make(url, "127.0.0.1", lost_contact=5).serve() == 0
    assert job["status"] == "Finished"
    assert {r.headers["Host"] for r in site.requests} == {f"plone.invalid:{site.port}"}
    assert set(hosts) == {"plone.invalid", "127.0.0.1"}
    del hosts[:]
    never = {"once": False, "lost_contact": 5}
    make(url, **never).serve()
    make(url.replace("http:", "https:"), "127.0.0.1", **never).serve()
    assert set(hosts) == {"plone.invalid"}


def test_a_name_that_can_be_resolved_is_used_whatever_the_address(site, make):
    url = f"http://localhost:{site.port}/Plone/vm1/"
    job = site.add("true")
    assert make(url, "192.0.2.1").serve() == 0
    assert job["status"] == "Finished"
