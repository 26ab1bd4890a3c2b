from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import NewJob
from collective.mwsvm.models.settings import Settings
from collective.mwsvm.workload import losses
from collective.mwsvm.workload import records
from collective.mwsvm.workload.attempt_logs import WrongOffset
from collective.mwsvm.workload.queue import Queue
from contextlib import contextmanager
from pydantic import ValidationError
import pytest
import threading


class Site:
    """A site's queue, each call in a transaction of its own as a request has it."""

    def __init__(self, database, clock, settings):
        self.database = database
        self.clock = clock
        self.settings = settings
        self.told = []

    @contextmanager
    def queue(self):
        with self.database.transaction() as connection:
            yield Queue(connection, self.clock, self.settings, self._moved, "tester")

    def _moved(self, record, transition, actor):
        self.told.append((record.content, transition, record.state, actor))

    def __getattr__(self, name):
        def call(*args, **kwargs):
            with self.queue() as queue:
                return getattr(queue, name)(*args, **kwargs)

        return call

    def expire(self):
        with self.queue() as queue:
            return losses.expire(queue)

    def release_machine(self, *what):
        with self.queue() as queue:
            losses.release_machine(queue, *what)

    def add_log(self, *piece, **values):
        with self.queue() as queue:
            return queue.logs.add(*piece, **values)

    def purge_logs(self, before):
        with self.queue() as queue:
            return queue.logs.purge(before)

    def add(self, start_string="true", **values):
        self.clock.forward(1)
        return self.submit(NewJob(start_string=start_string, **values))

    def get(self, record):
        with self.database.reading() as connection:
            return records.get(connection, record.name)

    def attempts(self, record):
        with self.database.reading() as connection:
            return records.attempts_of(connection, record.id)

    def log(self, record, attempt=1, **where):
        with self.database.reading() as connection:
            return records.read_log(connection, record.id, attempt, **where)


@pytest.fixture
def site(database, clock, settings):
    return Site(database, clock, settings)


class TestSubmit:
    def test_jobs_are_numbered_with_the_prefix(self, site):
        with site.queue() as queue:
            first = queue.submit(NewJob(start_string="a"))
            second = queue.submit(NewJob(start_string="b"), prefix="Cloud")
        assert (first.name, second.name) == ("Moab.1", "Cloud.2")
        assert site.get(second).state == JobState.QUEUED

    def test_an_unknown_job_is_not_found(self, site):
        with (
            site.database.reading() as connection,
            pytest.raises(NotFound, match="x.9"),
        ):
            records.get(connection, "x.9")

    @pytest.mark.parametrize(
        "field, value",
        [
            ("start_string", ""),
            ("time_limit", 0),
            ("retries", -1),
            ("priority", "high"),
            ("start_string", "x" * 65537),
        ],
    )
    def test_values_out_of_range_are_refused_by_name(self, field, value):
        values = {"start_string": "true", field: value}
        with pytest.raises(ValidationError, match=field):
            NewJob(**values)


class TestClaim:
    def test_nothing_waits(self, site):
        assert site.claim("vm1") is None

    def test_a_claimed_job_runs_on_the_machine_with_a_lease(self, site, clock):
        site.add("sleep 1", machine="vm1")
        job = site.claim("vm1")
        assert job.start_string == "sleep 1"
        assert (job.state, job.running_on, job.attempt) == ("running", "vm1", 1)
        assert job.lease_until == clock() + site.settings.lease
        assert [a.machine for a in site.attempts(job)] == ["vm1"]

    def test_priority_goes_first_then_the_least_recent_modification(self, site):
        old = site.add(machine="vm1")
        new = site.add(machine="vm1")
        urgent = site.add(priority=5)
        for expected in (urgent, old, new):
            job = site.claim("vm1")
            assert job.name == expected.name
            site.report(job, 1, "Finished", 0)

    def test_a_job_for_another_machine_is_not_handed_out(self, site):
        site.add(machine="vm2")
        assert site.claim("vm1") is None

    def test_one_job_at_a_time_on_a_machine(self, site):
        site.add()
        site.add()
        first = site.claim("vm1")
        with pytest.raises(Conflict, match=f"already running: {first.name}"):
            site.claim("vm1")

    def test_the_same_claim_brings_the_same_job_again(self, site, clock):
        site.add()
        first = site.claim("vm1", "question-1")
        clock.forward(60)
        again = site.claim("vm1", "question-1")
        assert (again.name, again.attempt) == (first.name, 1)
        assert site.get(first).lease_until == clock() + site.settings.lease
        with pytest.raises(Conflict):
            site.claim("vm1", "question-2")

    def test_held_and_ended_jobs_are_not_handed_out(self, site):
        held = site.add()
        site.act(held, "hold")
        cancelled = site.add()
        site.act(cancelled, "cancel")
        assert site.claim("vm1") is None

    @pytest.mark.parametrize("machines", [1, 16])
    def test_hand_out_is_exactly_once(self, site, machines):
        jobs = [site.add() for _ in range(64)]
        ran, errors = [], []

        def poll(number):
            try:
                idle = 0
                while idle < 3:
                    try:
                        job = site.claim(f"vm{number % machines}")
                    except Conflict:
                        continue
                    if job is None:
                        idle += 1
                    else:
                        ran.append(job.name)
                        site.report(job, job.attempt, "Finished", 0)
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=poll, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert sorted(ran) == sorted(job.name for job in jobs)


class TestReport:
    def test_finished(self, site, clock):
        site.add()
        job = site.claim("vm1")
        clock.forward(5)
        done = site.report(job, 1, "Finished", 0)
        assert (done.state, done.exit_code, done.ended) == ("finished", 0, clock())
        assert (done.running_on, done.lease_until) == (None, None)
        (attempt,) = site.attempts(job)
        assert (attempt.outcome, attempt.exit_code) == ("finished", 0)

    def test_failed_says_why(self, site):
        site.add()
        failed = site.report(site.claim("vm1"), 1, "Failed", 3)
        assert (failed.state, failed.reason) == ("failed", "It ended with exit code 3.")
        site.add()
        killed = site.report(site.claim("vm1"), 1, "Failed", -9)
        assert killed.reason == "It was ended by signal 9."
        site.add()
        late = site.report(site.claim("vm1"), 1, "Failed", None, "Too late.")
        assert late.reason == "Too late."

    def test_failed_with_retries_left_is_queued_again(self, site):
        site.add(retries=1)
        job = site.claim("vm1")
        again = site.report(job, 1, "Failed", 2)
        assert again.state == JobState.QUEUED
        assert "Queued again; 0 of 1 retries left." in again.reason
        second = site.claim("vm2")
        assert (second.name, second.attempt) == (job.name, 2)
        assert site.report(second, 2, "Failed", 2).state == JobState.FAILED
        assert [a.outcome for a in site.attempts(job)] == ["failed", "failed"]

    def test_any_other_status_is_invalid(self, site):
        site.add()
        job = site.claim("vm1")
        for status in ("Running", "finished", "", "Cancelled"):
            with pytest.raises(Invalid, match="Invalid new status"):
                site.report(job, 1, status)
        assert site.get(job).state == JobState.RUNNING

    def test_the_same_report_again_changes_nothing(self, site):
        site.add(retries=1)
        job = site.claim("vm1")
        first = site.report(job, 1, "Failed", 2)
        again = site.report(site.get(job), 1, "Failed", 2)
        assert again == first
        with pytest.raises(Conflict, match="Queued already"):
            site.report(site.get(job), 1, "Finished", 0)

    def test_a_late_answer_of_an_old_attempt_is_refused(self, site, clock):
        site.add(retries=1)
        job = site.claim("vm1")
        clock.forward(site.settings.lease + 1)
        site.expire()
        second = site.claim("vm2")
        with pytest.raises(Conflict, match="Attempt 1 .* is over; .* attempt is 2"):
            site.report(site.get(job), 1, "Finished", 0)
        assert site.get(job).state == JobState.RUNNING
        assert site.report(second, 2, "Finished", 0).state == JobState.FINISHED

    def test_a_cancelled_job_stays_cancelled(self, site):
        site.add()
        job = site.claim("vm1")
        site.act(job, "cancel")
        with pytest.raises(Conflict, match="Cancelled already"):
            site.report(site.get(job), 1, "Finished", 0)
        assert site.claim("vm1") is None


class TestLease:
    def test_a_lost_lease_fails_the_job_with_a_reason(self, site, clock):
        site.add()
        job = site.claim("vm1")
        clock.forward(site.settings.lease + 1)
        (lost,) = site.expire()
        assert lost.state == JobState.FAILED
        assert lost.reason == "Attempt 1 was lost: no sign of life for 120 s."
        assert [a.outcome for a in site.attempts(job)] == ["lost"]

    def test_a_renewed_lease_holds(self, site, clock):
        site.add()
        job = site.claim("vm1")
        for _ in range(5):
            clock.forward(site.settings.lease - 1)
            site.renew(job)
            assert site.expire() == []

    def test_a_suspended_job_keeps_machine_and_lease(self, site, clock):
        site.add()
        job = site.act(site.claim("vm1"), "suspend")
        with pytest.raises(Conflict):
            site.claim("vm1")
        clock.forward(100)
        site.renew(job)
        clock.forward(100)
        assert site.expire() == []
        assert site.act(job, "resume").state == JobState.RUNNING

    def test_requeued_jobs_keep_their_place(self, site, clock):
        first = site.add(retries=1)
        site.add()
        site.claim("vm1")
        clock.forward(1000)
        site.expire()
        assert site.claim("vm2").name == first.name


class TestActions:
    def test_retry_starts_over_with_all_retries(self, site):
        site.add(retries=1)
        for attempt in (1, 2):
            site.report(site.claim("vm1"), attempt, "Failed", 1)
        with site.database.reading() as connection:
            (job,), _ = records.page(connection)
        again = site.act(job, "retry")
        assert (again.state, again.retries_left, again.exit_code) == ("queued", 1, None)
        assert site.claim("vm1").attempt == 3

    def test_an_illegal_transition_names_the_state_and_what_is_possible(self, site):
        job = site.add()
        with pytest.raises(
            Conflict, match=r"is Queued; resume is possible .* Suspended"
        ):
            site.act(job, "resume")
        with pytest.raises(Invalid, match="'start'; there are hold"):
            site.act(job, "start")

    def test_hold_and_release(self, site):
        job = site.add()
        assert site.act(job, "hold", "later").reason == "later"
        assert site.act(job, "release").state == JobState.QUEUED

    def test_a_waiting_job_can_be_changed_and_goes_to_the_end(self, site):
        job = site.add("old")
        other = site.add()
        site.clock.forward(1)
        assert site.revise(job, NewJob(start_string="new")).start_string == "new"
        assert site.claim("vm1").name == other.name
        assert site.claim("vm2").start_string == "new"

    def test_a_running_job_is_not_changed(self, site):
        site.add("old")
        job = site.claim("vm1")
        with pytest.raises(Conflict, match="change is possible while .* Queued, Held"):
            site.revise(job, NewJob(start_string="new"))

    def test_the_machine_is_gone(self, site):
        running = site.add(retries=1)
        site.claim("vm1")
        waiting = site.add(machine="vm1")
        anywhere = site.add()
        site.release_machine("vm1", "that machine was deleted")
        assert site.get(running).state == JobState.QUEUED
        held = site.get(waiting)
        assert held.state == JobState.HELD
        assert held.reason.endswith("that machine was deleted.")
        assert site.get(anywhere).state == JobState.QUEUED

    def test_the_content_is_gone(self, site):
        job = site.add(content="c1")
        site.withdraw("c1", "The job was deleted.")
        gone = site.get(job)
        assert (gone.state, gone.content) == ("cancelled", None)
        site.withdraw("c1", "again")

    def test_content_is_told_of_every_move_and_records_without_it_are_not(self, site):
        site.add(retries=1, content="c1")
        site.add()
        site.report(site.claim("vm1"), 1, "Failed", 1)
        assert site.told == [
            ("c1", "queue", "queued", "tester"),
            ("c1", "start", "running", "tester"),
            ("c1", "requeue", "queued", "tester"),
        ]


class TestLog:
    @pytest.fixture
    def job(self, site):
        site.add()
        return site.claim("vm1")

    def test_pieces_make_the_log(self, site, job):
        assert site.add_log(job, 0, b"hello ").offset == 6
        assert site.add_log(job, 6, b"w\xf6rld").offset == 11
        assert site.log(job) == b"hello w\xf6rld"
        assert site.log(job, start=4, limit=5) == b"o w\xf6r"
        assert site.log(job, start=11) == b""

    def test_the_same_piece_twice_is_harmless(self, site, job):
        site.add_log(job, 0, b"abc")
        state = site.add_log(job, 0, b"abc")
        assert (state.offset, state.full) == (3, False)
        assert site.log(job) == b"abc"

    @pytest.mark.parametrize("offset", [1, 2, 4, 100])
    def test_a_piece_out_of_turn_is_refused_with_the_wanted_offset(
        self, site, job, offset
    ):
        site.add_log(job, 0, b"abc")
        with pytest.raises(WrongOffset, match="offset 3") as caught:
            site.add_log(job, offset, b"xyzxyz")
        assert caught.value.wanted == 3
        assert site.log(job) == b"abc"

    def test_the_log_is_capped_and_its_size_known(self, database, clock):
        site = Site(database, clock, Settings(log_limit=10))
        site.add()
        job = site.claim("vm1")
        assert not site.add_log(job, 0, b"12345678").full
        state = site.add_log(job, 8, b"9012345", size=15)
        assert (state.offset, state.full) == (10, True)
        assert site.add_log(job, 10, b"", size=99).full
        (attempt,) = site.attempts(job)
        assert (attempt.log_kept, attempt.log_size) == (10, 99)
        assert site.log(job) == b"1234567890"

    def test_each_attempt_has_a_log_of_its_own(self, site, clock):
        site.add(retries=1)
        first = site.claim("vm1")
        site.add_log(first, 0, b"first")
        site.report(first, 1, "Failed", 1)
        second = site.claim("vm1")
        site.add_log(second, 0, b"second")
        assert (site.log(first, 1), site.log(first, 2)) == (b"first", b"second")

    def test_old_logs_are_purged_and_running_ones_are_not(self, site, job, clock):
        site.add_log(job, 0, b"running")
        site.add()
        ended = site.claim("vm2")
        site.add_log(ended, 0, b"ended")
        site.report(ended, 1, "Finished", 0)
        assert site.purge_logs(clock() + 1) == 1
        assert site.purge_logs(clock() + 1) == 0
        assert site.log(ended) == b""
        assert site.log(job) == b"running"
        (attempt,) = site.attempts(ended)
        assert (attempt.log_kept, attempt.log_size) == (0, 5)
