"""What one poll costs, by an empty view on the same machine in the same run."""

from benchmarks.common import in_turns
from benchmarks.common import Site
from benchmarks.common import Table
from pathlib import Path
import itertools


#: So many that none is polled twice within a second, whose sign of life is noted once.
FLEET = 200


def run(directory: Path, table: Table) -> None:
    site = Site(directory / "polls", machines=FLEET + 1, content=230)
    other = site.machines[f"vm{FLEET}"]["uid"]
    site.add_records(10_000, other)
    with site.serving():
        call = site.client()
        numbers = itertools.count()

        def empty():
            call("empty")
            return call.seconds

        def hand_out():
            answer = call("getNextJob", claim=f"claim-{next(numbers)}")
            seconds = call.seconds
            assert answer["response"] == "OK", answer
            call("updateJobStatus", status="Finished", job=answer["job"], attempt=1)
            return seconds

        base, content = in_turns(200, empty, hand_out)
        table.add_ratio("hand-out of a content job", content, base, 6)
        while call("getNextJob")["response"] == "OK":
            call("updateJobStatus", status="Finished")

        site.add_records(600, site.machines["vm0"]["uid"])
        base, record = in_turns(500, empty, hand_out)
        table.add_ratio("hand-out of a record", record, base, 2)
        while call("getNextJob")["response"] == "OK":
            call("updateJobStatus", status="Finished")

        fleet = itertools.cycle(
            [site.client(f"vm{number}", call.wire) for number in range(FLEET)]
        )
        turn = next(fleet)

        def next_empty():
            nonlocal turn
            turn = next(fleet)
            turn("empty")
            return turn.seconds

        def idle():
            assert turn("getNextJob")["message"] == "no jobs to be run"
            return turn.seconds

        # Once round, so that each machine is running and in the cache.
        in_turns(FLEET, next_empty, idle)
        base, poll = in_turns(1000, next_empty, idle)
        table.add_ratio("idle poll, 10,000 jobs queued for others", poll, base, 1.5)


def growth(directory: Path, table: Table) -> None:
    few = Site(directory / "few", machines=2)
    many = Site(directory / "many", machines=2)
    few.add_records(100, few.machines["vm1"]["uid"])
    many.add_records(100_000, many.machines["vm1"]["uid"])
    few.add_records(300, few.machines["vm0"]["uid"])
    many.add_records(300, many.machines["vm0"]["uid"])
    with few.serving(), many.serving():
        clients = [few.client(), many.client()]

        def hand_out(call):
            answer = call("getNextJob")
            seconds = call.seconds
            assert answer["response"] == "OK", answer
            call("updateJobStatus", status="Finished")
            return seconds

        def idle(call):
            assert call("getNextJob")["response"] == "NOTOK"
            return call.seconds

        taken = in_turns(250, *(lambda c=c: hand_out(c) for c in clients))
        table.add_ratio(
            "hand-out, 100,000 queued records by 100", taken[1], taken[0], 1.3
        )
        for call in clients:
            while call("getNextJob")["response"] == "OK":
                call("updateJobStatus", status="Finished")
        taken = in_turns(1000, *(lambda c=c: idle(c) for c in clients))
        table.add_ratio(
            "idle poll, 100,000 queued records by 100", taken[1], taken[0], 1.3
        )
