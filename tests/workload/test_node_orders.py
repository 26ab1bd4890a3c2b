"""What the resource manager is told of jobs that it has, and what its refusal means."""

from collective.mwsvm.database.tables import attempts
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.workload import job_properties
from sqlalchemy import select
from tests.workload.round_sites import depends
from tests.workload.round_sites import Site
import pytest


@pytest.fixture
def site(database, clock, settings):
    found = Site(database, clock, settings)
    found.nodes("n1", "n2")
    return found


def order(site):
    (found,) = site.round().orders
    return found


def obey(site):
    found = order(site)
    with site.ordering() as ordering:
        ordering.obeyed(found)
    return found.event


def refuse(site, why="p could not do it"):
    found = order(site)
    with site.ordering() as ordering:
        ordering.refused(found, why)
    return found.event


def said(site, name):
    return [each["message"] for each in site.document(name)["messages"]]


def attempt(site, name):
    with site.database.reading() as connection:
        return connection.execute(
            select(attempts.c.attempt, attempts.c.ended, attempts.c.outcome).where(
                attempts.c.job == site.record(name).id
            )
        ).all()


def test_it_suspends_and_resumes(site):
    name = site.run_on_nodes().job
    site.act(name, "suspend")
    found = order(site)
    assert (found.event, found.job, set(found.nodes)) == (
        "jobSuspend",
        name,
        {"n1", "n2"},
    )
    # Until it is noted it comes again.
    assert obey(site) == "jobSuspend"
    assert site.round().orders == ()
    assert site.listed("n1") == [name]
    site.act(name, "resume")
    assert obey(site) == "jobResume"
    assert site.round().orders == ()
    assert site.record(name).state == JobState.RUNNING
    assert site.writes() == []


def test_a_suspended_job_that_is_cancelled_is_only_cancelled(site):
    name = site.run_on_nodes().job
    site.act(name, "suspend")
    assert obey(site) == "jobSuspend"
    site.act(name, "cancel")
    assert obey(site) == "jobCancel"
    assert site.round().orders == ()


def test_what_was_taken_back_before_it_was_told_is_not_told(site):
    name = site.run_on_nodes().job
    site.act(name, "suspend")
    site.act(name, "resume")
    assert site.round().orders == ()


@pytest.mark.parametrize(
    ("before", "action", "event", "state"),
    [
        ((), "suspend", "jobSuspend", JobState.RUNNING),
        (("suspend",), "resume", "jobResume", JobState.SUSPENDED),
        ((), "requeue", "jobRequeue", JobState.RUNNING),
    ],
)
def test_a_refusal_is_told_and_the_record_goes_back(site, before, action, event, state):
    name = site.run_on_nodes().job
    for each in before:
        site.act(name, each)
        obey(site)
    site.act(name, action)
    assert refuse(site) == event
    assert site.record(name).state == state
    assert site.document(name)["states"]["state"] == state.label
    sentence = f"The resource manager did not {action} it: p could not do it"
    assert said(site, name) == [sentence]
    assert site.record(name).reason == sentence
    assert site.listed("n1") == [name]
    assert attempt(site, name) == [(1, None, None)]
    assert site.round().orders == ()
    assert site.writes() == []


def test_a_job_that_went_on_after_a_refusal_ends_as_others_do(site):
    name = site.run_on_nodes().job
    site.act(name, "requeue")
    refuse(site)
    site.report(name, "COMPLETED")
    site.round()
    assert site.record(name).state == JobState.FINISHED
    assert site.listed("n1") == []


def test_a_requeued_job_keeps_its_nodes_until_it_has_left_them(site):
    name = site.run_on_nodes().job
    second = site.submit(requirements=[{"taskCount": 6}])
    site.report(name, "RUNNING")
    site.act(name, "requeue")
    outcome = site.round()
    assert outcome.starts == ()
    assert site.block(second) == "Resources"
    assert obey(site) == "jobRequeue"
    assert site.document(name)["masterNode"] is None
    assert site.listed("n1") == []
    (start,) = site.round().starts
    assert start.job in (name, second)
    assert site.record(name).attempt == 1


def test_a_requeued_job_that_is_held_waits_for_its_release(site):
    name = site.run_on_nodes().job
    site.act(name, "requeue")
    site.act(name, "hold", holds=["User"])
    assert obey(site) == "jobRequeue"
    assert site.round().starts == ()
    site.act(name, "unhold")
    (start,) = site.round().starts
    assert start.job == name


def test_a_held_job_that_can_not_be_put_back_runs(site):
    name = site.run_on_nodes().job
    site.act(name, "requeue")
    site.act(name, "hold", holds=["User"])
    refuse(site)
    assert site.record(name).state == JobState.RUNNING


def test_what_never_began_is_cancelled_and_waits(site):
    start = site.begin()
    site.act(start.job, "hold", holds=["User"])
    assert refuse(site) == "jobCancel"
    assert site.record(start.job).state == JobState.HELD
    assert site.document(start.job)["states"]["subState"] is None
    assert site.round().orders == ()
    site.act(start.job, "unhold")
    (again,) = site.round().starts
    assert again.attempt == 0


def test_a_cancelled_job_that_is_wanted_again_begins_anew(site):
    start = site.begin()
    site.act(start.job, "cancel")
    assert obey(site) == "jobCancel"
    with site.queue() as queue:
        queue.act(site.record(start.job), "retry")
    (again,) = site.round().starts
    assert again.job == start.job


def test_a_job_that_ended_in_the_meantime_stays_ended(site):
    name = site.run_on_nodes().job
    site.act(name, "suspend")
    late = order(site)
    site.act(name, "cancel")
    with site.ordering() as ordering:
        ordering.refused(late, "too late")
    assert site.record(name).state == JobState.CANCELLED


def test_a_refused_cancellation_is_told(site):
    name = site.run_on_nodes().job
    site.act(name, "cancel")
    assert refuse(site, "no") == "jobCancel"
    assert said(site, name) == ["The resource manager did not cancel it: no"]
    assert site.record(name).state == JobState.CANCELLED
    assert site.round().orders == ()


def test_dependencies_see_a_job_that_leaves_as_waiting(site):
    name = site.run_on_nodes().job
    site.act(name, "requeue")
    site.submit(**depends("afterok", name))
    assert order(site).event == "jobRequeue"


def test_properties_are_moabs_words(site):
    start = site.begin(
        customName="sweep",
        commandLineArguments="-v 'a b'",
        initialWorkingDirectory="/tmp",
        environmentVariables={"A": "1", "B": "2"},
        credentials={"group": "staff", "account": "physics", "qosRequested": "high"},
        duration=600,
        requirements=[{"taskCount": 6, "resourcesPerTask": {"disk": {"dedicated": 0}}}],
    )
    given = dict(start.properties)
    assert given.pop("FLAGS") == "GLOBALQUEUE"
    assert given.pop("QUEUETIME").isdigit()
    assert given == {
        "UNAME": "amy",
        "GNAME": "staff",
        "ACCOUNT": "physics",
        "QOS": "high",
        "NAME": "sweep",
        "EXEC": "/a",
        "ARGS": "-v 'a b'",
        "IWD": "/tmp",
        "WCLIMIT": "600",
        "TASKS": "6",
        "DPROCS": "1",
        "ENV": "A:1,B:2",
    }


def test_properties_of_resources():
    need = {
        "resourcesPerTask": {
            "processors": {"dedicated": 2},
            "memory": {"dedicated": 512},
            "matlab": {"dedicated": 1},
            "tape": {"dedicated": 0},
        },
        "image": "linux",
    }
    document = {
        **dict.fromkeys(
            (
                "customName",
                "commandFile",
                "commandLineArgs",
                "initialWorkingDirectory",
                "standardOutputFilePath",
                "standardErrorFilePath",
                "resourceManagerExtension",
            )
        ),
        "credentials": dict.fromkeys(("user", "group", "account", "qosRequested")),
        "requirements": [need],
        "allocation": [["n1", 2, 0, None], ["n2", 1, 0, "system.1"]],
        "dates": {"submitDate": "2027-01-15 08:00:00 UTC"},
        "duration": 8_639_999,
        "flags": [],
        "reservationRequested": {"name": "system.1"},
        "environmentVariables": {},
    }
    assert job_properties.properties(document) == {
        "WCLIMIT": "8639999",
        "TASKS": "3",
        "DPROCS": "2",
        "RMEM": "512",
        "DGRES": "matlab:1",
        "ROPSYS": "linux",
        "REQRSV": "system.1",
        "QUEUETIME": "1800000000",
    }
