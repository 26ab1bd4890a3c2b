"""Run the benchmarks and print the table; 0 when all reach what they must."""

from benchmarks import cluster
from benchmarks import events
from benchmarks import handouts
from benchmarks import inventory
from benchmarks import jobs
from benchmarks import plugin_fleet
from benchmarks import plugins
from benchmarks import polls
from benchmarks import rest
from benchmarks import rounds
from benchmarks import scheduling
from benchmarks import soak
from benchmarks import wiki
from benchmarks.common import Table
from pathlib import Path
import argparse
import sys
import tempfile


PARTS = {
    "polls": polls.run,
    "growth": polls.growth,
    "one": lambda directory, table: handouts.concurrent(directory, table, 1),
    "many": lambda directory, table: handouts.concurrent(directory, table, 16),
    "kill": handouts.killed,
    "rest": rest.run,
    "jobs": jobs.run,
    "rounds": rounds.run,
    "scheduling": scheduling.run,
    "wiki": wiki.run,
    "events-sqlite": events.sqlite,
    "events-postgresql": events.postgresql,
    "inventory-sqlite": inventory.sqlite,
    "inventory-postgresql": inventory.postgresql,
    "plugins": plugins.poll,
    "plugins-fleet": plugin_fleet.run,
    "cluster-sqlite": cluster.sqlite,
    "cluster-postgresql": cluster.postgresql,
    "soak-kill": soak.killed,
    "soak": soak.run,
}


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)}; default: all")
    chosen = parser.parse_args().parts or list(PARTS)
    table = Table()
    with tempfile.TemporaryDirectory(prefix="mwsvm-bench-") as name:
        for part in chosen:
            print(f"{part} ...", flush=True)
            PARTS[part](Path(name), table)
    print()
    print(table)
    return 0 if table.all_reached else 1


if __name__ == "__main__":
    sys.exit(main())
