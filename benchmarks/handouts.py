"""That every job is handed out exactly once, under load and under kill -9."""

from benchmarks.common import Site
from benchmarks.common import Table
from collections import Counter
from collective.mwsvm.database.tables import attempts
from collective.mwsvm.database.tables import jobs
from pathlib import Path
from sqlalchemy import func
from sqlalchemy import select
import http.client
import threading
import time
import uuid


def concurrent(directory: Path, table: Table, machines: int) -> None:
    """16 pollers empty a queue of 1,000 jobs."""
    site = Site(directory / f"concurrent{machines}", machines=machines)
    site.add_records(1000)
    ran = Counter()
    with site.serving():
        begin = time.monotonic()
        _poll_all(site, machines, 16, ran)
        seconds = time.monotonic() - begin
    table.add(
        f"1,000 jobs, 16 pollers, {machines} machine(s): handed out once",
        f"{sum(n == 1 for n in ran.values())} of {len(ran)}, {1000 / seconds:.0f} jobs/s",
        "1000 of 1000",
        len(ran) == 1000 and set(ran.values()) == {1} and _all_once(site, 1000),
    )


def killed(directory: Path, table: Table, kills: int = 20, count: int = 500) -> None:
    """The server is killed again and again while jobs are handed out and reported."""
    site = Site(directory / "killed", machines=4)
    site.add_records(count)
    ran = Counter()
    site.start()
    done = threading.Event()
    agents = threading.Thread(target=_poll_all, args=(site, 4, 4, ran, done))
    agents.start()
    try:
        for number in range(1, kills + 1):
            # Spread over the whole run, not over its time.
            while len(ran) < number * count // (kills + 1) and agents.is_alive():
                time.sleep(0.005)
            site.kill()
            site.start()
        agents.join(120)
    finally:
        done.set()
        agents.join()
        site.kill()
    table.add(
        f"{kills} x kill -9 during {count} jobs: ended exactly once",
        f"{sum(n == 1 for n in ran.values())} of {count}",
        f"{count} of {count}",
        len(ran) == count and set(ran.values()) == {1} and _all_once(site, count),
    )


def _all_once(site: Site, count: int) -> bool:
    """Whether the database says the same: each job finished, in one attempt."""
    with site.database.reading() as connection:
        finished = connection.scalar(
            select(func.count()).where(jobs.c.state == "finished", jobs.c.attempt == 1)
        )
        runs = connection.scalar(select(func.count()).select_from(attempts))
    return finished == runs == count


def _poll_all(site: Site, machines: int, pollers: int, ran: Counter, done=None) -> None:
    """Agents that ask, "run" and report until the queue is empty."""
    lock = threading.Lock()

    def poll(number):
        call = site.client(f"vm{number % machines}")

        def insist(service, **parameters):
            # As the agent does: the same again until there is an answer.
            while not (done and done.is_set()):
                try:
                    return call(service, **parameters)
                except (OSError, http.client.HTTPException):
                    time.sleep(0.05)
            return {"response": "NOTOK", "message": "no jobs to be run"}

        while True:
            answer = insist("getNextJob", claim=uuid.uuid4().hex)
            if answer["message"] == "no jobs to be run":
                return
            if answer["response"] != "OK":
                # Another poller of the same machine has a job just now.
                time.sleep(0.005)
                continue
            with lock:
                ran[answer["job"]] += 1
            insist(
                "updateJobStatus",
                status="Finished",
                job=answer["job"],
                attempt=answer["attempt"],
                exit_code=0,
            )

    threads = [threading.Thread(target=poll, args=(n,)) for n in range(pollers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
