"""Why jobs wait, counted on real databases."""

from collective.mwsvm.database.migrations.versions import v0009_waits
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models.jobs import NewJob
from collective.mwsvm.workload.waiting import waiting
from sqlalchemy import insert
from sqlalchemy import update
from tests.workload.round_sites import BIG
from tests.workload.round_sites import Site
import pytest


@pytest.fixture
def site(database, clock, settings):
    return Site(database, clock, settings)


def groups(site, content=None):
    with site.database.reading() as connection:
        return [
            (group.kind, group.count, group.first.name)
            for group in waiting(connection, content)
        ]


def add(site, number, **values):
    """A record of an editor's job, whatever has brought it there."""
    with site.queue() as queue:
        record = queue.submit(NewJob(start_string="echo", content=f"uid-{number}"))
        values.setdefault("state", "queued")
        queue.connection.execute(
            update(jobs).where(jobs.c.id == record.id).values(**values)
        )
    return record.name


def test_nothing_waits(site):
    assert groups(site) == []
    add(site, 1, state="running", ready=0, waits="Resources")
    add(site, 2, state="finished")
    assert groups(site) == []


def test_the_scheduler_s_reasons_are_counted_by_kind(site):
    first = site.submit(**BIG)
    site.submit(**BIG)
    later = site.submit(earliestRequestedStartDate="2030-01-01 00:00:00 UTC")
    held = site.submit(holds=["User"])
    site.round()
    assert groups(site) == [
        ("NeverFits", 2, first),
        ("Hold", 1, held),
        ("StartDate", 1, later),
    ]
    with site.database.reading() as connection:
        found = {group.kind: group.first for group in waiting(connection)}
    assert found["StartDate"].reason.startswith("It may not start before 2030-01-01")


def test_those_that_machines_may_take_are_ready(site):
    blocked = add(site, 1, ready=0, waits="Priority")
    first = add(site, 2)
    add(site, 3, ready=2)
    add(site, 4)
    assert groups(site) == [("Ready", 3, first), ("Priority", 1, blocked)]


def test_a_kind_is_forgotten_when_the_job_is_ready(site):
    name = add(site, 1, ready=1, waits="Priority")
    assert groups(site) == [("Ready", 1, name)]


def test_one_that_nobody_has_looked_at_has_no_kind(site):
    name = add(site, 1, ready=0)
    assert groups(site) == [("", 1, name)]


def test_only_those_of_some_content(site):
    names = [
        add(site, number, ready=0, waits="Priority" if number % 2 else "Hold")
        for number in range(8)
    ]
    held = add(site, 9, state="held")
    some = ["uid-1", "uid-3", "uid-6", "uid-9", "unknown"]
    assert groups(site, some) == [("Hold", 2, names[6]), ("Priority", 2, names[1])]
    assert held not in [name for _, _, name in groups(site, some)]
    assert groups(site, []) == []


def test_of_more_content_than_a_statement_takes(site):
    with site.database.transaction() as connection:
        moments = {"since": 1, "submitted": 1, "modified": 1}
        connection.execute(
            insert(jobs),
            [
                {
                    "name": f"Moab.{number}",
                    "start_string": "",
                    "state": "queued",
                    "content": f"uid-{number}",
                    "ready": number % 2,
                    "waits": "Priority",
                    **moments,
                }
                for number in range(1200)
            ],
        )
    all_of_them = [f"uid-{number}" for number in range(1200)]
    expected = [("Priority", 600, "Moab.0"), ("Ready", 600, "Moab.1")]
    assert groups(site) == groups(site, reversed(all_of_them)) == expected


def test_jobs_from_before_have_the_kinds_of_their_documents(site):
    name = site.submit(earliestRequestedStartDate="2030-01-01 00:00:00 UTC")
    site.round()
    with site.database.transaction() as connection:
        connection.execute(update(jobs).values(waits=""))
        connection.exec_driver_sql(v0009_waits.backfill(connection.dialect.name))
    assert groups(site) == [("StartDate", 1, name)]
