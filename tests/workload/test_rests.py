"""Rounds that need not take place, and that none is left out that would do something."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.engine import Database
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.inventory.store import Inventory
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.policies import Policy
from collective.mwsvm.models.settings import Settings
from collective.mwsvm.workload import rests
from collective.mwsvm.workload import rounds
from collective.mwsvm.workload.machines import Machines
from collective.mwsvm.workload.rests import Rest
from contextlib import suppress
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize
from hypothesis.stateful import invariant
from hypothesis.stateful import rule
from hypothesis.stateful import RuleBasedStateMachine
from math import inf
from pathlib import Path
from sqlalchemy import update
from tests import databases
from tests.conftest import Clock
from tests.workload.round_sites import at
from tests.workload.round_sites import depends
from tests.workload.round_sites import NODE
from tests.workload.round_sites import Site
import pytest
import shutil
import tempfile


SILENCE = Settings().silence_limit


class RestingSite(Site):
    """A site whose scheduler leaves out the rounds that it need not have."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.rest = Rest()

    def see(self):
        with self.database.reading() as connection:
            return rests.see(connection, self.clock() - SILENCE)

    def changes(self):
        return self.see().changes

    def reported(self):
        with self.database.reading() as connection:
            return list(self.inventory(connection).consolidated("job"))

    def inventory(self, connection):
        return Inventory(connection, self.clock, self.new_id, lambda: {"p": 1}, None)

    def report_jobs(self, *reports):
        with self.database.transaction() as connection:
            self.inventory(connection).save("p", "job", list(reports))

    def prepared(self):
        with self.database.reading() as connection:
            now = self.clock()
            return rounds.prepare(connection, now, SILENCE, self.reported)

    def turn(self):
        """A round, if it has to be; None if not."""
        self.clock.forward(1)
        now = self.clock()
        with self.database.reading() as connection:
            steps = self.rest.prepare(connection, now, SILENCE, self.reported)
        if not steps:
            return None if steps is None else steps.outcome
        with self.queue() as queue:
            return rounds.write(steps, queue, queue.documents, now)

    def settle(self):
        for _ in range(5):
            if self.turn() is None:
                return
        raise AssertionError("there was always something to do")


@pytest.fixture
def site(database, clock, settings):
    return RestingSite(database, clock, settings)


class TestRest:
    def test_nothing_lasts_before_a_round(self, site):
        assert not Rest().lasts(site.see(), site.clock())

    def test_it_lasts_until_its_end_while_nothing_changes(self, site):
        now, rest, seen = site.clock(), Rest(), site.see()
        rest.begin(seen, now, now + 10)
        assert rest.lasts(site.see(), now)
        assert rest.lasts(site.see(), now + 9)
        assert not rest.lasts(site.see(), now + 10)
        # A clock that was set back.
        assert not rest.lasts(site.see(), now - 1)

    def test_signs_of_life_end_it_only_when_they_begin_or_cease(self, site):
        site.machine("m1")
        now, rest, seen = site.clock(), Rest(), site.see()
        rest.begin(seen, now, inf)
        site.clock.forward(SILENCE - 1)
        with site.database.transaction() as connection:
            Machines(connection, site.clock, site.settings).contact("m1")
        assert rest.lasts(site.see(), site.clock())
        site.clock.forward(SILENCE + 1)
        assert not rest.lasts(site.see(), site.clock())


class TestChanges:
    def test_whatever_a_round_looks_at_is_counted(self, site):
        def container(**fields):
            return lambda: site.container("vc1", **fields)

        def policy():
            with site.database.transaction() as connection:
                policies = Collection(connection, collections.policies, site.new_id)
                given = Policy.check({"id": "node-allocation"}).wire()
                policies.insert([{**given, "id": "node-allocation"}])

        def gone():
            with site.database.transaction() as connection:
                Inventory(
                    connection, site.clock, site.new_id, lambda: {"p": 1}, None
                ).save("p", "node", [])

        def machines():
            with site.database.transaction() as connection:
                site.inventory(connection).save("p", "vm", [{**NODE, "name": "v1"}])

        for change in (
            site.submit,
            lambda: site.act("Moab.1", "hold", holds=["User"]),
            lambda: site.act("Moab.1", "unhold"),
            site.machine,
            site.claim,
            lambda: site.end("Moab.1"),
            lambda: site.nodes("n1", "n2"),
            machines,
            site.reserve,
            container(),
            container(flags=["HOLDJOBS"]),
            policy,
            lambda: site.report_jobs({"name": "moab.1", "state": "RUNNING"}),
            lambda: site.report_jobs(),
            gone,
        ):
            before = site.changes()
            change()
            assert site.changes() > before, change

    def test_what_it_does_not_look_at_is_not(self, site):
        site.machine()
        site.submit()
        site.claim()
        before = site.changes()
        with site.queue() as queue:
            queue.renew(site.record("Moab.1"))
        with site.database.transaction() as connection:
            Machines(connection, site.clock, site.settings).contact("m1")
        assert site.changes() == before

    def test_what_is_not_committed_is_counted_when_it_is(self, site):
        site.submit()
        before = site.changes()
        with site.database.transaction() as connection:
            connection.execute(update(jobs).values(reason="x"))
            assert site.changes() == before
            # Others are not kept waiting for that, and are seen.
            if connection.dialect.name == "postgresql":
                site.container("vc1")
                between = site.changes()
                assert between > before
        assert site.changes() > before
        if site.database.engine.dialect.name == "postgresql":
            assert site.changes() > between


class TestRounds:
    def test_an_idle_site_has_none(self, site):
        site.machine()
        site.submit(**at(site, 100))
        site.submit(**depends("afterok", "Moab.1"))
        site.settle()
        assert site.turn() is None
        site.clock.forward(96)
        assert site.turn() is not None
        assert site.is_ready("Moab.1")

    def test_what_is_to_be_told_keeps_it_awake(self, site):
        site.nodes("n1", "n2")
        name = site.submit(requirements=[{"taskCount": 6}])
        (start,) = site.turn().starts
        assert site.turn().starts == (start,)
        assert site.turn().starts == (start,)
        with site.noting() as noting:
            noting.started(start)
        site.settle()
        site.act(name, "suspend")
        (order,) = site.turn().orders
        assert site.turn().orders == (order,)

    def test_reports_of_jobs_wake_it(self, site):
        site.nodes("n1", "n2")
        name = site.submit(requirements=[{"taskCount": 6}])
        (start,) = site.turn().starts
        with site.noting() as noting:
            noting.started(start)
        site.settle()
        done = {
            "name": name.lower(),
            "state": "COMPLETED",
            "timestamp": int(site.clock()) + 1,
        }
        site.report_jobs(done)
        site.settle()
        assert site.record(name).state == "finished"


class Scheduler(RuleBasedStateMachine):
    """Whenever a round is left out, it would have found nothing to do."""

    @initialize()
    def begin(self):
        self.directory = tempfile.mkdtemp()
        path = Path(self.directory) / "mwsvm.sqlite"
        self.database = Database(databases.sqlite(path), "site-1")
        self.site = RestingSite(self.database, Clock(), Settings())
        self.site.new_id = ObjectIds(self.site.clock)
        self.site.machine()
        self.site.nodes("n1", "n2")
        self.names = [self.site.submit()]

    def teardown(self):
        if hasattr(self, "database"):
            self.database.close()
            shutil.rmtree(self.directory)

    def name(self, data):
        return data.draw(st.sampled_from(self.names))

    @rule(
        data=st.data(),
        kind=st.sampled_from(("plain", "dated", "after", "before", "nodes", "inside")),
        duration=st.sampled_from((30, 100, 8_639_999)),
        tasks=st.integers(2, 9),
    )
    def submit(self, data, kind, duration, tasks):
        more = {}
        if kind == "dated":
            more = at(self.site, data.draw(st.integers(1, 60)))
        elif kind in ("after", "before"):
            how = "afterany" if kind == "after" else "before"
            more = depends(how, self.name(data))
        elif kind != "plain":
            more["requirements"] = [{"taskCount": tasks}]
        if kind == "inside":
            more["reservationRequested"] = {"name": "system.1"}
        self.names.append(self.site.submit(duration=duration, **more))

    @rule(count=st.integers(1, 3), slots=st.integers(1, 2))
    def array(self, count, slots):
        master = self.site.array(count, slotLimit=slots)
        self.names += [master, f"{master}[1]"]

    @rule(
        data=st.data(),
        action=st.sampled_from(
            ("cancel", "hold", "unhold", "suspend", "resume", "requeue")
        ),
    )
    def act(self, data, action):
        more = {"holds": ["User"]} if action == "hold" else {}
        with suppress(MwsvmError):
            self.site.act(self.name(data), action, **more)

    @rule(
        data=st.data(),
        start=st.integers(1, 90),
        duration=st.integers(5, 200),
        flags=st.sampled_from(([], ["SINGLEUSE"], ["ALLOWJOBOVERLAP"])),
        acl=st.sampled_from(([], [{"type": "USER", "value": "amy"}])),
    )
    def reserve(self, data, start, duration, flags, acl):
        begin = at(self.site, start)["dates"]["earliestRequestedStartDate"]
        with suppress(MwsvmError):
            self.site.reserve(
                startDate=begin, duration=duration, flags=flags, aclRules=acl
            )

    @rule()
    def keep_reservations(self):
        self.site.keep_reservations()

    @rule(data=st.data(), holding=st.booleans())
    def contain(self, data, holding):
        self.site.container(
            "vc1",
            flags=["HOLDJOBS"] if holding else [],
            jobs=[{"id": self.name(data)}],
        )

    @rule()
    def claim(self):
        with suppress(MwsvmError):
            self.site.claim()

    @rule(data=st.data(), code=st.integers(0, 1))
    def end(self, data, code):
        with suppress(MwsvmError):
            self.site.end(self.name(data), code)

    @rule(data=st.data(), state=st.sampled_from(("RUNNING", "COMPLETED", "VACATED")))
    def report(self, data, state):
        moment = int(self.site.clock()) + 1
        name = self.name(data).lower()
        self.site.report_jobs({"name": name, "state": state, "timestamp": moment})

    @rule(names=st.sampled_from((("n1",), ("n1", "n2"), ("n2", "n3"))))
    def nodes(self, names):
        self.site.nodes(*names)

    @rule()
    def call(self):
        with self.database.transaction() as connection:
            Machines(connection, self.site.clock, self.site.settings).contact("m1")

    @rule(seconds=st.sampled_from((1, 7, 30, 60, SILENCE)))
    def wait(self, seconds):
        self.site.clock.forward(seconds)

    @rule(data=st.data(), times=st.integers(1, 4))
    def go_on(self, data, times):
        for _ in range(times):
            outcome = self.site.turn()
            if outcome is None:
                return
            good = data.draw(st.booleans())
            for order in outcome.orders:
                with self.site.ordering() as ordering:
                    if good:
                        ordering.obeyed(order)
                    else:
                        ordering.refused(order, "no")
            for start in outcome.starts:
                with self.site.noting() as noting:
                    if good:
                        noting.started(start)
                    else:
                        noting.failed(start, "no")

    @invariant()
    def a_round_that_is_left_out_would_do_nothing(self):
        if not hasattr(self, "site"):
            return
        if self.site.rest.lasts(self.site.see(), self.site.clock()):
            steps = self.site.prepared()
            assert not steps
            assert steps.outcome == rounds.Outcome(warnings=steps.warnings)


TestScheduler = Scheduler.TestCase
TestScheduler.settings = hypothesis_settings(max_examples=40, stateful_step_count=30)
