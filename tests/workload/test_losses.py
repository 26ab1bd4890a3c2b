"""What becomes of jobs whose machine falls silent or is gone, by what they ask for."""

from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.workload import losses
from tests.workload.round_sites import Site
import pytest


SILENT = "Attempt 1 was lost: no sign of life for 120 s."


@pytest.fixture
def site(database, clock, settings):
    found = Site(database, clock, settings)
    found.machine()
    return found


def running(site, **given):
    name = site.submit(**given)
    assert site.claim() == name
    return name


def silence(site):
    site.clock.forward(site.settings.lease + 1)
    with site.queue() as queue:
        return losses.expire(queue)


def lose(site, name):
    with site.queue() as queue:
        return losses.lose(queue, site.record(name), "its machine has ended")


def end(site, name):
    site.end(name)
    return site.record(name).state


@pytest.mark.parametrize(
    ("policy", "state"),
    [
        (None, "failed"),
        ("CANCEL", "cancelled"),
        ("FAIL", "failed"),
        ("HOLD", "held"),
        ("REQUEUE", "queued"),
        ("RETRY", "queued"),
    ],
)
def test_an_attempt_on_a_silent_machine(site, policy, state):
    name = running(site, resourceFailPolicy=policy)
    (lost,) = silence(site)
    assert (lost.state, lost.reason) == (state, SILENT)
    with pytest.raises(Conflict):
        end(site, name)
    assert [event["eventType"] for event in site.events][-1] == {
        "failed": "jobend",
        "cancelled": "jobcancel",
        "held": "jobhold",
        "queued": "jobrequeue",
    }.get(state)
    assert silence(site) == []


@pytest.mark.parametrize("policy", ["IGNORE", "NOTIFY"])
def test_one_that_may_go_on_out_of_sight(site, policy):
    name = running(site, resourceFailPolicy=policy)
    for _ in range(2):
        (kept,) = silence(site)
        assert kept.state == "running"
    said = [{"message": "Attempt 1: no sign of life for 120 s."}]
    assert site.document(name)["messages"] == (said if policy == "NOTIFY" else [])
    assert site.claim("m2") is None
    assert end(site, name) == "finished"


@pytest.mark.parametrize(
    ("policy", "state"),
    [("IGNORE", "failed"), ("NOTIFY", "failed"), ("HOLD", "held"), ("RETRY", "queued")],
)
def test_its_machine_is_gone(site, policy, state):
    name = running(site, resourceFailPolicy=policy)
    assert lose(site, name).state == state


def test_one_that_is_held_goes_on_when_it_is_released(site):
    name = running(site, resourceFailPolicy="HOLD")
    silence(site)
    document = site.document(name)
    assert (document["holds"], document["queueStatus"]) == (["User"], "blocked")
    site.act(name, "unhold")
    assert site.claim("m2") == name
    assert end(site, name) == "finished"


def test_one_that_is_queued_again_has_as_many_attempts_as_it_takes(site):
    name = running(site, resourceFailPolicy="REQUEUE")
    for _ in range(3):
        silence(site)
        assert site.claim() == name
    assert site.record(name).attempt == 4


def test_silence_is_seen_before_anybody_is_kept_from_writing(site):
    running(site)
    with site.database.reading() as connection:
        assert not losses.are_due(connection, site.clock.now)
        late = site.clock.now + site.settings.lease + 1
        assert losses.are_due(connection, late)
