"""What jobs cost over REST, by plone.restapi's calls for a small document."""

from benchmarks.common import in_turns
from benchmarks.common import Rest
from benchmarks.common import Site
from benchmarks.common import Table
from collective.mwsvm.database import collections
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models import dates
from collective.mwsvm.models.job_objects.job import Job
from functools import partial
from itertools import count
from pathlib import Path
from sqlalchemy import insert
import time


#: Jobs that are there, of so many users.
JOBS = 100_000
USERS = 50

#: Jobs of the array.
MEMBERS = 1000

DOCUMENT = {"@type": "Document", "title": "A small document"}


def run(directory: Path, table: Table) -> None:
    """Submitting, listing and showing, with many jobs in the database."""
    site = Site(directory / "jobs")
    with site.serving():
        call = Rest(site)
        call("GET", "mws/rest/jobs", **{"api-version": 2})
        _fill(site)
        command = directory / "command.sh"
        command.write_text("#!/bin/sh\necho done\n")
        command.chmod(0o644)
        for folder in (directory, *directory.parents):
            if folder.stat().st_uid and not folder.stat().st_mode & 0o001:
                folder.chmod(0o755)
        job = {"commandFile": str(command), "initialWorkingDirectory": "/tmp"}
        array = {
            "name": "sweep",
            "indexRanges": [{"startIndex": 1, "endIndex": MEMBERS}],
            "jobPrototype": job,
        }
        get = partial(call.seconds_of, "GET")
        version = {"api-version": 2}
        query = '{"credentials.user":"user7","isActive":true}'
        sort = '{"dates.submitDate":-1}'
        listed = partial(get, "mws/rest/jobs", query=query, sort=sort, max=50)
        submit = partial(call.seconds_of, "POST", "mws/rest/jobs?api-version=2", job)
        numbers = count()

        def post():
            title = f"document-{next(numbers)}"
            return call.seconds_of("POST", "", {**DOCUMENT, "id": title})

        unit, submitted, page, one = in_turns(
            200,
            partial(get, "document"),
            submit,
            partial(listed, **version),
            partial(get, f"mws/rest/jobs/Moab.{JOBS // 2}", **version),
        )
        posted, beside = in_turns(50, post, submit)
        base, arrays = in_turns(
            10,
            partial(get, "document"),
            partial(
                call.seconds_of, "POST", "mws/rest/job-arrays?api-version=2", array
            ),
        )
    table.add_ratio("jobs: submit one, by GET of a document", submitted, unit, 1)
    table.add_ratio("jobs: submit one, by POST of a document", beside, posted, 0.1)
    table.add_ratio(f"jobs: submit an array of {MEMBERS}", arrays, base, 40)
    table.add_ratio(f"jobs: a list of 50, sorted, of {JOBS}", page, unit, 1.5)
    table.add_ratio("jobs: show one", one, unit, 0.7)


def _fill(site: Site) -> None:
    # As if they had been submitted over the last month; one in ten is active.
    now = time.time()
    plain = Job.check({"commandFile": "/bin/true"}).wire()
    with site.database.transaction() as connection:
        for start in range(1, JOBS + 1, 5000):
            rows = [_row(number, now) for number in range(start, start + 5000)]
            connection.execute(insert(jobs), rows)
            documents = [_document(plain, row) for row in rows]
            connection.execute(
                insert(collections.job_documents.table),
                [{"id": each["id"], "doc": each} for each in documents],
            )
    with site.database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")


def _row(number: int, now: float) -> dict:
    active = number % 10 == 0
    submitted = now - 30 * 86400 * (1 - number / JOBS)
    return {
        "id": number,
        "name": f"Moab.{number}",
        "start_string": "true",
        "machine": "elsewhere",
        "owner": f"user{number // 10 % USERS}",
        "state": "queued" if active else "finished",
        "since": submitted,
        "submitted": submitted,
        "modified": submitted,
        "attempt": 0 if active else 1,
        "ended": None if active else submitted + 60,
        "exit_code": None if active else 0,
    }


def _document(plain: dict, row: dict) -> dict:
    active = row["state"] == "queued"
    date = dates.mws(row["submitted"])
    return {
        **plain,
        "id": f"{row['id']:024x}",
        "name": row["name"],
        "isActive": active,
        "queueStatus": "eligible" if active else "completed",
        "credentials": {**plain["credentials"], "user": row["owner"]},
        "states": {**plain["states"], "state": "Idle" if active else "Completed"},
        "dates": {**plain["dates"], "submitDate": date, "createdDate": date},
    }
