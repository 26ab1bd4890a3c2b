"""What the scheduler's rounds on a site cost that has jobs waiting."""

from benchmarks.common import Table
from collections.abc import Callable
from collective.mwsvm.database import collections
from collective.mwsvm.database.engine import Database
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.inventory import bulk
from collective.mwsvm.models import dates
from collective.mwsvm.models.job_objects.job import Job
from collective.mwsvm.models.settings import Settings
from collective.mwsvm.workload import rounds
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.rests import Rest
from pathlib import Path
from sqlalchemy import insert
import time


BLOCKED, READY = 10_000, 100_000

NOW = 1_800_000_000.0

IDLE = 200


def run(directory: Path, table: Table) -> None:
    """10,000 jobs that can't start, and 100,000 that machines may take."""
    for what, count, ready in (("blocked", BLOCKED, 0), ("ready", READY, 1)):
        database = Database(f"sqlite:///{directory}/rounds-{what}.sqlite", "site")
        _fill(database, count, ready)
        _round(database)
        rest, moment = Rest(), NOW

        def prepare(database=database, rest=rest):
            nonlocal moment
            moment += 1
            with database.reading() as connection:
                steps = rest.prepare(connection, moment, 300, lambda: ())
            assert not steps

        full = _cpu(prepare)
        idle = _cpu(prepare, IDLE)
        bound = 2 if ready == 0 else 0.1
        table.add(
            f"rounds: {count} {what}, after a change",
            f"{full:.3f} s",
            f"at most {bound} s of CPU",
            full <= bound,
        )
        table.add(
            f"rounds: {count} {what}, idle",
            f"{1000 * idle:.2f} ms",
            "at most 10 ms of CPU",
            idle <= 0.01,
        )
        database.close()


def _cpu(call: Callable[[], None], times: int = 1) -> float:
    begin = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - begin) / times


def _fill(database: Database, count: int, ready: int) -> None:
    new_id = ObjectIds(lambda: NOW)
    plain = Job.check({"commandFile": "/bin/true"}).wire()
    with database.transaction() as connection:
        for start in range(1, count + 1, 5000):
            numbers = range(start, start + 5000)
            connection.execute(
                insert(jobs), [_row(number, ready) for number in numbers]
            )
            documents = (_document(plain, new_id(), n, ready) for n in numbers)
            bulk.upsert(
                connection,
                collections.job_documents.table,
                ("id", "doc"),
                ((each["id"], bulk.json_text(each)) for each in documents),
            )


def _row(number: int, ready: int) -> dict[str, object]:
    moments = dict.fromkeys(("since", "submitted", "modified"), NOW)
    names = {"name": f"Moab.{number}", "start_string": "true", "state": "queued"}
    return {**names, **moments, "ready": ready}


def _document(plain: dict, id: str, number: int, ready: int) -> dict:
    later = None if ready else dates.mws(NOW + 86_400 + number)
    moments = {**plain["dates"], "earliestRequestedStartDate": later}
    return {**plain, "id": id, "name": f"Moab.{number}", "dates": moments}


def _round(database: Database) -> None:
    with database.transaction() as connection:
        documents = JobDocuments(connection, lambda: NOW, str, lambda events: None)
        queue = Queue(connection, lambda: NOW, Settings(), None, "benchmark", documents)
        rounds.round(connection, queue, documents, NOW)
