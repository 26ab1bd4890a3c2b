"""Whatever happens in whatever order, the queue keeps its promises.

A small model of the queue, a dictionary of states, is played beside the real one.
"""

from collective.mwsvm.database.engine import Database
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import ENDED
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import NewJob
from collective.mwsvm.models.jobs import TRANSITIONS
from collective.mwsvm.models.settings import Settings
from collective.mwsvm.workload import losses
from collective.mwsvm.workload import records
from collective.mwsvm.workload.attempt_logs import WrongOffset
from collective.mwsvm.workload.queue import Queue
from contextlib import contextmanager
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant
from hypothesis.stateful import rule
from hypothesis.stateful import RuleBasedStateMachine
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from tests import databases
from tests.conftest import Clock


SETTINGS = Settings(lease=100, log_limit=20)
MACHINES = st.sampled_from(["vm1", "vm2", "vm3"])
PEOPLE = sorted(n for n, t in TRANSITIONS.items() if not t.monitor and n != "queue")


class QueueModel(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.directory = TemporaryDirectory()
        path = Path(self.directory.name) / "mwsvm.sqlite"
        self.database = Database(databases.sqlite(path), "site")
        self.clock = Clock()
        self.states = {}
        self.described = {}
        self.on = {}
        self.attempts = {}
        self.retries = {}
        self.leases = {}
        self.logs = {}

    def teardown(self):
        self.database.close()
        self.directory.cleanup()

    @contextmanager
    def queue(self):
        with self.database.transaction() as connection:
            yield Queue(connection, self.clock, SETTINGS)

    def do(self, name, *args):
        with self.queue() as queue:
            return attrgetter(name)(queue)(*args)

    def record(self, name):
        with self.database.reading() as connection:
            return records.get(connection, name)

    def pick(self, data):
        return data.draw(st.sampled_from(sorted(self.states))) if self.states else None

    @rule(
        machine=st.one_of(st.just(""), MACHINES),
        priority=st.integers(0, 2),
        retries=st.integers(0, 2),
    )
    def submit(self, machine, priority, retries):
        self.clock.forward(1)
        job = self.do(
            "submit",
            NewJob(
                start_string="x", machine=machine, priority=priority, retries=retries
            ),
        )
        self.states[job.name] = JobState.QUEUED
        self.described[job.name] = (-priority, self.clock(), job.id, machine, retries)
        self.attempts[job.name] = 0
        self.retries[job.name] = retries

    @rule(machine=MACHINES)
    def claim(self, machine):
        waiting = sorted(
            (described[:3], name)
            for name, described in self.described.items()
            if self.states[name] == JobState.QUEUED and described[3] in ("", machine)
        )
        if machine in self.on.values():
            try:
                self.do("claim", machine)
                raise AssertionError("a second job on the machine")
            except Conflict:
                return
        job = self.do("claim", machine)
        assert (job and job.name) == (waiting[0][1] if waiting else None)
        if job:
            self.states[job.name] = JobState.RUNNING
            self.on[job.name] = machine
            self.attempts[job.name] += 1
            self.leases[job.name] = self.clock() + SETTINGS.lease
            self.logs[job.name] = b""

    def end_attempt(self, name, failed):
        if failed and self.retries[name]:
            self.retries[name] -= 1
            self.states[name] = JobState.QUEUED
        else:
            self.states[name] = JobState.FAILED if failed else JobState.FINISHED
        del self.on[name]

    @rule(data=st.data(), failed=st.booleans(), late=st.integers(0, 1))
    def report(self, data, failed, late):
        if (name := self.pick(data)) is None:
            return
        record = self.record(name)
        attempt = record.attempt - late
        status = "Failed" if failed else "Finished"
        running = self.states[name] in ACTIVE and not late
        try:
            self.do("report", record, attempt, status, 1 if failed else 0)
        except Conflict:
            assert not running
        else:
            if running:
                self.end_attempt(name, failed)

    @rule(data=st.data(), transition=st.sampled_from(PEOPLE))
    def act(self, data, transition):
        if (name := self.pick(data)) is None:
            return
        legal = self.states[name] in TRANSITIONS[transition].sources
        self.clock.forward(1)
        try:
            self.do("act", self.record(name), transition)
        except Conflict:
            assert not legal
            return
        assert legal
        self.states[name] = TRANSITIONS[transition].target
        if self.states[name] not in ACTIVE:
            self.on.pop(name, None)
        if transition == "retry":
            order = self.described[name]
            self.described[name] = (order[0], self.clock(), *order[2:])
            self.retries[name] = order[4]

    @rule(data=st.data())
    def renew(self, data):
        if name := self.pick(data):
            self.do("renew", self.record(name))
            if name in self.on:
                self.leases[name] = self.clock() + SETTINGS.lease

    @rule(seconds=st.integers(1, 150))
    def time_passes(self, seconds):
        self.clock.forward(seconds)

    @rule()
    def expire(self):
        late = {name for name in self.on if self.leases[name] < self.clock()}
        with self.queue() as queue:
            lost = losses.expire(queue)
        assert {record.name for record in lost} == late
        for name in late:
            self.end_attempt(name, failed=True)

    @rule(data=st.data(), offset=st.integers(0, 25), piece=st.binary(max_size=8))
    def add_log(self, data, offset, piece):
        name = self.pick(data)
        if name is None or not self.attempts[name]:
            return
        log = self.logs[name]
        try:
            state = self.do("logs.add", self.record(name), offset, piece)
        except WrongOffset as error:
            assert error.wanted == len(log)
            assert offset != len(log)
            return
        if offset == len(log):
            log = (log + piece)[: SETTINGS.log_limit]
        self.logs[name] = log
        assert state.offset == len(log)
        assert state.full == (len(log) == SETTINGS.log_limit)

    @invariant()
    def the_records_are_those_of_the_model(self):
        with self.database.reading() as connection:
            found, total = records.page(connection, limit=1000)
            assert total == len(self.states)
            for record in found:
                assert record.state == self.states[record.name]
                assert record.running_on == self.on.get(record.name)
                assert record.attempt == self.attempts[record.name]
                assert record.retries_left == self.retries[record.name]
                assert (record.ended is not None) == (record.state in ENDED)
                runs = records.attempts_of(connection, record.id)
                assert [run.attempt for run in runs] == list(
                    range(1, record.attempt + 1)
                )
                open_runs = [run for run in runs if run.ended is None]
                assert len(open_runs) == (record.state in ACTIVE)
                if runs:
                    log = records.read_log(connection, record.id, record.attempt)
                    assert log == self.logs[record.name]


TestQueueModel = QueueModel.TestCase
TestQueueModel.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None
)
