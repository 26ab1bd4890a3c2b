"""Two hundred plug-ins, polled each half a minute by one worker: is any poll late?"""

from benchmarks.common import Site
from benchmarks.common import Table
from collections import defaultdict
from collections.abc import Iterator
from collective.mwsvm.configuration import Configuration
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.models import versions
from collective.mwsvm.models.plugin_states import PluginState
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.context import Context
from collective.mwsvm.plugin_control.control import PluginControl
from collective.mwsvm.plugin_control.hosts import Hosts
from collective.mwsvm.plugin_control.plugins import plan_poll
from contextlib import closing
from contextlib import contextmanager
from pathlib import Path
from statistics import median
import os
import time


PLUGINS, INTERVAL = 200, 30

#: For how many seconds polls are looked at.
WATCHED = 75

#: No poll may be later than this, in seconds: a tenth of the interval.
LATE = INTERVAL / 10

#: In the second run the first of them hang until their deadline, the next ones raise.
HANGING, RAISING = 5, 5

#: The deadline of a poll, in seconds.
DEADLINE = 10

ACTOR = Actor("benchmark")

MODULE = b"""
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import NodeReport
import time


class FleetPlugin(AbstractPlugin):
    def poll(self):
        with open(self.config.file, "a") as file:
            file.write(f"{self.id} {time.time()}\\n")
        if self.config.does == "hang":
            time.sleep(600)
        if self.config.does == "raise":
            raise RuntimeError("no luck")
        reports = [NodeReport(f"{self.id}-{number}") for number in range(10)]
        for report in reports:
            report.resources.processors.total = 16
            report.metrics["cpuLoad"] = time.time() % 16
            report.state = "IDLE"
        self.nodeRMService.save(reports)
"""


def run(directory: Path, table: Table) -> None:
    site = Site(directory / "fleet")
    home = site.var / "mws"
    home.mkdir(exist_ok=True)
    (home / "mws-config.toml").write_text(
        f"plugins.uploads = true\nplugins.pollDeadline = {DEADLINE}\n"
    )
    with _control(site, home) as control:
        control.uploads.module(MODULE, ACTOR)
        for number in range(PLUGINS):
            _create(control, number, site.var)
        site.environment["MWSVM_WORKER"] = "on"
        with site.serving():
            _measured(site, control, table, "all well", 0)
            _measured(
                site,
                control,
                table,
                f"{HANGING} hang, {RAISING} raise",
                HANGING + RAISING,
            )


@contextmanager
def _control(site: Site, home: Path) -> Iterator[PluginControl]:
    """The site's plug-ins, from here."""
    with closing(Hosts()) as hosts:
        yield PluginControl(
            Context(
                site.database,
                time.time,
                ObjectIds(time.time),
                Configuration.read(home).plugins,
                hosts,
                lambda *call: {},
                lambda events: None,
                (versions.MWS, versions.COMMONS),
            )
        )


def _create(control: PluginControl, number: int, directory: Path) -> None:
    config = {"file": str(directory / "well.txt"), "does": "report"}
    control.instances.create(
        {
            "id": f"p{number}",
            "pluginType": "Fleet",
            "pollInterval": INTERVAL,
            "autoStart": False,
            "config": config,
        },
        ACTOR,
    )


def _measured(
    site: Site, control: PluginControl, table: Table, what: str, bad: int
) -> None:
    file = site.var / f"polls-{bad}.txt"
    begin = time.time() + 5
    plan = {f"p{n}": begin + n * INTERVAL / PLUGINS for n in range(PLUGINS)}
    for number, (id, moment) in enumerate(plan.items()):
        does = "report" if number >= bad else "hang" if number < HANGING else "raise"
        _plan(control, id, moment, config={"file": str(file), "does": does})
    time.sleep(max(0.0, begin - time.time()))
    process, hosts = _seconds_of(site.process.pid)
    # Those that fail are errored, and would be polled once only.
    for turn in range(1, WATCHED // INTERVAL + 1):
        time.sleep(max(0.0, begin + turn * INTERVAL - 1 - time.time()))
        for id in list(plan)[:bad]:
            _plan(control, id, plan[id] + turn * INTERVAL)
    time.sleep(max(0.0, begin + WATCHED + LATE + 1 - time.time()))
    taken = time.time() - begin
    process, hosts = (
        (after - before) / taken
        for before, after in zip(
            (process, hosts), _seconds_of(site.process.pid), strict=True
        )
    )
    late = sorted(_late(file, dict(list(plan.items())[bad:]), begin + WATCHED))
    table.add(
        f"{PLUGINS} plug-ins, each {INTERVAL} s, {what}: latest of {len(late)} polls",
        f"{late[-1]:.2f} s (median {median(late):.2f} s; processor: server "
        f"{process:.0%}, plug-ins {hosts:.0%})",
        f"at most {LATE:g} s",
        late[-1] <= LATE,
    )


def _plan(control: PluginControl, id: str, moment: float, **fields) -> None:
    with control.context.database.transaction() as connection:
        plugins = control.context.plugins(connection)
        plugin = plugins.get(id, lock=True)
        plugin |= {"state": PluginState.STARTED.value, "pollingUntil": None, **fields}
        plan_poll(plugin, moment)
        # Its object begins anew, with the configuration.
        plugin["revision"] += bool(fields)
        plugins.replace(plugin)


def _late(file: Path, plan: dict[str, float], until: float) -> Iterator[float]:
    """By how many seconds each poll was late that was planned before ``until``."""
    begun = defaultdict(list)
    for line in file.read_text().splitlines():
        id, moment = line.split()
        begun[id].append(float(moment))
    for id, planned in plan.items():
        for moment in begun[id]:
            if planned < until:
                yield moment - planned
            planned += INTERVAL
        if planned < until:
            yield float("inf")


def _seconds_of(server: int) -> tuple[float, float]:
    """What a process has used of the processor so far, and what its children have."""
    own = children = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parent, used = int(fields[1]), int(fields[11]) + int(fields[12])
        if int(path.parent.name) == server:
            own += used
            # Also of those that have ended.
            children += int(fields[13]) + int(fields[14])
        elif parent == server:
            children += used
    ticks = os.sysconf("SC_CLK_TCK")
    return own / ticks, children / ticks
