"""Lists of jobs for people, on each of the databases."""

from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import NewJob
from collective.mwsvm.models.settings import Settings
from collective.mwsvm.workload import job_lists
from collective.mwsvm.workload.job_lists import JobFilter
from collective.mwsvm.workload.queue import Queue
from sqlalchemy import update
import pytest


#: Title, owner, content, machine, priority, and what becomes of the job.
JOBS = (
    ("Night run", "ann", "c1", "", 5, "held"),
    ("alpha 100%", "bob", None, "m1", 0, "queued"),
    ("Beta_1", "ann", "c2", "", -3, "running"),
    ("beta 2", "Bob", None, "", 0, "finished"),
)


@pytest.fixture
def connection(database, clock):
    with database.transaction() as connection:
        queue = Queue(connection, clock, Settings())
        for title, owner, content, machine, priority, state in JOBS:
            clock.forward(1)
            work = NewJob(
                title=title,
                start_string="ls",
                owner=owner,
                content=content,
                machine=machine,
                priority=priority,
            )
            record = queue.submit(work)
            if state != "queued":
                started = clock() if state in ("running", "finished") else None
                connection.execute(
                    update(jobs)
                    .where(jobs.c.id == record.id)
                    .values(state=state, started=started)
                )
        yield connection


def titles(connection, sort="submitted", descending=False, **wanted):
    found, total = job_lists.page(connection, JobFilter(**wanted), sort, descending)
    assert total == len(found)
    return [record.title for record in found]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["Night run", "alpha 100%", "Beta_1", "beta 2"]),
        ({"states": [JobState.HELD]}, ["Night run"]),
        ({"states": [JobState.QUEUED, JobState.RUNNING]}, ["alpha 100%", "Beta_1"]),
        ({"text": "BETA"}, ["Beta_1", "beta 2"]),
        ({"text": "0%"}, ["alpha 100%"]),
        ({"text": "a_1"}, ["Beta_1"]),
        ({"text": "moab.2"}, ["alpha 100%"]),
        ({"text": "bob"}, ["alpha 100%", "beta 2"]),
        ({"text": "'; DROP TABLE jobs; --"}, []),
        ({"user": "ann"}, ["Night run", "Beta_1"]),
        ({"user": "an"}, []),
        ({"machine": "m1"}, ["alpha 100%"]),
        ({"content": ["c2", "c9", "c1"]}, ["Night run", "Beta_1"]),
        ({"content": []}, []),
        ({"text": "beta", "user": "ann", "states": [JobState.RUNNING]}, ["Beta_1"]),
    ],
)
def test_only_what_is_wanted(connection, wanted, expected):
    assert titles(connection, **wanted) == expected


def test_a_job_that_was_once_on_a_machine(connection, clock):
    queue = Queue(connection, clock, Settings())
    queue.submit(NewJob(title="Wanderer", start_string="ls"))
    for machine in ("m7", "m8"):
        record = queue.requeue(queue.claim(machine), "It was requeued.")
    assert titles(connection, machine="m7") == ["Wanderer"]
    records, _ = job_lists.page(connection, JobFilter())
    assert job_lists.last_machines(connection, records) == {record.name: "m8"}


def test_more_content_than_a_statement_has_parameters(connection):
    many = [f"c{number}" for number in range(70_000)]
    assert titles(connection, content=many) == ["Night run", "Beta_1"]


@pytest.mark.parametrize(
    ("sort", "up", "down"),
    [
        ("name", "1234", "4321"),
        ("submitted", "1234", "4321"),
        ("title", "2431", "1342"),
        ("user", "1324", "4231"),
        ("state", "2134", "4312"),
        ("priority", "3241", "1423"),
        # Those that never ran come last.
        ("started", "3412", "4321"),
    ],
)
def test_the_order_and_its_reverse(connection, sort, up, down):
    place = {title: str(n) for n, (title, *_) in enumerate(JOBS, 1)}
    for descending, expected in ((False, up), (True, down)):
        found = titles(connection, sort, descending)
        assert "".join(place[title] for title in found) == expected, (sort, descending)


def test_pages(connection):
    seen = []
    for offset in (0, 2, 4, 99):
        found, total = job_lists.page(connection, JobFilter(), limit=2, offset=offset)
        assert total == 4
        seen += [record.title for record in found]
    assert seen == [title for title, *_ in reversed(JOBS)]
    assert job_lists.page(connection, JobFilter(), limit=0) == ([], 4)


def test_jobs_by_their_names(connection):
    found = job_lists.named(connection, ["Moab.3", "Moab.1", "Moab.99", "x'"])
    assert [record.name for record in found] == ["Moab.1", "Moab.3"]
    assert job_lists.named(connection, []) == []


def test_what_documents_say():
    nodes = [[{"name": "n1"}, {"name": "n2"}], [{"name": "n2"}]]
    document = {
        "blocks": [{"message": None}, {"message": "It waits for n1."}],
        "requirements": [{"nodes": each} for each in nodes],
    }
    assert job_lists.waits_for(document) == "It waits for n1."
    assert job_lists.nodes_of(document) == ["n1", "n2"]
    assert job_lists.waits_for({"blocks": []}) == ""
