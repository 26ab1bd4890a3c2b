"""The rounds of the scheduler, on real databases."""

from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.workload import rounds
from collective.mwsvm.workload.reservations import Reservations
from tests.workload.round_sites import at
from tests.workload.round_sites import depends
from tests.workload.round_sites import Site
import pytest


@pytest.fixture
def site(database, clock, settings):
    found = Site(database, clock, settings)
    found.machine()
    return found


class TestMachines:
    def test_a_job_becomes_ready_in_the_first_round_after_its_start_date(self, site):
        name = site.submit(**at(site, 60))
        site.round()
        assert site.claim() is None
        assert site.block(name) == "StartDate"
        assert "may not start before" in site.record(name).reason
        assert site.document(name)["queueStatus"] == "blocked"
        site.clock.forward(60)
        site.round()
        assert site.record(name).reason == ""
        assert site.block(name) is None
        assert site.document(name)["queueStatus"] == "eligible"
        assert site.document(name)["dates"]["eligibleDate"]
        assert site.claim() == name

    def test_dependencies_are_a_chain(self, site):
        first = site.submit()
        second = site.submit(**depends("jobsuccessfulcomplete", first))
        third = site.submit(**depends("afterok", second.partition(".")[2]))
        site.round()
        assert site.block(second) == site.block(third) == "Dependency"
        site.run(first)
        assert site.claim() is None
        site.round()
        assert not site.is_ready(third)
        site.run(second)
        site.round()
        site.run(third)

    def test_what_can_never_start_says_so(self, site):
        first = site.submit()
        second = site.submit(**depends("afterok", first))
        site.act(first, "cancel")
        site.round()
        assert site.block(second) == "DependencyNeverMet"
        assert first in site.record(second).reason

    def test_dependencies_name_jobs_as_users_do(self, site):
        first = site.submit(customName="prepare")
        second = site.submit(**depends("afterany", "prepare"))
        site.run(first, 1)
        site.round()
        assert site.is_ready(second)

    def test_before_keeps_the_other_job_back_though_it_was_ready(self, site):
        late = site.submit()
        early = site.submit(**depends("beforeok", late))
        site.round()
        assert site.block(late) == "Dependency"
        site.run(early)
        site.round()
        assert site.is_ready(late)

    def test_a_variable_of_a_container_starts_it(self, site):
        site.container("vc1")
        name = site.submit(**depends("set", "vc1.go"))
        site.round()
        assert site.block(name) == "Dependency"
        site.container("vc1", variables={"go": "1"})
        site.round()
        assert site.is_ready(name)

    def test_of_an_array_no_more_run_than_its_slots(self, site):
        master = site.array(5, slotLimit=2)
        for uid in ("m2", "m3"):
            site.machine(uid)
        site.round()
        site.round()
        assert site.claim("m1") == f"{master}[1]"
        site.round()
        assert site.claim("m2") == f"{master}[2]"
        assert site.claim("m3") is None
        site.round()
        assert site.claim("m3") is None
        assert site.block(f"{master}[3]") == "ArraySlotLimit"
        assert site.record(master).state == JobState.RUNNING
        site.end(f"{master}[1]")
        site.round()
        assert site.claim("m3") == f"{master}[3]"
        assert not any(site.is_ready(f"{master}[{n}]") for n in (4, 5))

    def test_only_machines_that_may_have_it_take_a_job(self, site):
        site.nodes("m1")
        site.machine("m2")
        first = site.submit()
        site.run(first)
        reserved = site.reserve(hostListExpression="m1", duration=60)
        name = site.submit(**depends("afterok", first))
        site.round()
        assert site.claim("m1") is None
        assert site.writes() == []
        with site.database.transaction() as connection:
            Reservations(connection, site.clock).release(reserved)
        site.round()
        assert site.claim("m1") == name

    def test_where_something_is_reserved_a_plain_job_waits_for_the_round(self, site):
        site.nodes("m1")
        site.machine("m2")
        site.reserve(hostListExpression="m1")
        name = site.submit()
        assert site.claim("m1") is None
        site.round()
        assert site.claim("m1") is None
        assert site.claim("m2") == name

    def test_a_job_that_only_some_may_take_is_taken_back(self, site):
        site.nodes("m1")
        site.machine("m2")
        first = site.submit()
        site.run(first)
        site.reserve(hostListExpression="m1")
        name = site.submit(**depends("afterok", first))
        site.round()
        site.container("vc1", flags=["HOLDJOBS"], jobs=[{"id": name}])
        site.round()
        assert site.claim("m2") is None
        assert site.block(name) == "VirtualContainerHold"
        site.container("vc1", jobs=[{"id": name}])
        site.round()
        assert site.claim("m2") == name

    def test_held_jobs_are_left_alone(self, site):
        name = site.submit(**at(site, 5), holds=["User"])
        site.clock.forward(60)
        before = site.document(name)
        site.round()
        assert site.document(name) == before
        site.act(name, "unhold")
        site.round()
        assert site.claim() == name

    def test_a_container_holds_its_jobs_though_they_were_ready(self, site):
        name = site.submit()
        site.container("vc1", flags=["HOLDJOBS"], jobs=[{"id": name}])
        site.round()
        assert site.claim() is None
        assert site.block(name) == "VirtualContainerHold"
        site.container("vc1", jobs=[{"id": name}])
        site.round()
        assert site.claim() == name

    def test_a_job_that_may_not_wait_is_cancelled(self, site):
        first = site.submit()
        site.act(first, "cancel")
        name = site.submit(**depends("afterok", first), flags=["NOQUEUE"])
        site.round()
        assert site.record(name).state == JobState.CANCELLED
        assert first in site.record(name).reason

    def test_a_second_round_writes_nothing(self, site):
        first = site.submit()
        site.submit(**depends("afterok", first))
        site.submit(**at(site, 1000))
        site.array(3, slotLimit=1)
        site.submit(requirements=[{"taskCount": 2}])
        site.round()
        assert site.writes() == []

    def test_an_idle_site_is_left_in_peace(self, site):
        site.submit()
        assert site.writes() == []

    def test_what_was_cancelled_in_between_stays_so(self, site):
        name = site.submit(**at(site, 10))
        site.clock.forward(10)
        with site.database.reading() as connection:
            steps = rounds.prepare(connection, site.clock(), 300)
        site.act(name, "cancel")
        with site.queue() as queue:
            rounds.write(steps, queue, queue.documents, site.clock())
        assert site.record(name).state == JobState.CANCELLED
        assert site.document(name)["states"]["state"] == "Removed"

    def test_what_was_taken_in_between_stays_so(self, site):
        name = site.submit()
        site.container("vc1", flags=["HOLDJOBS"], jobs=[{"id": name}])
        with site.database.reading() as connection:
            steps = rounds.prepare(connection, site.clock(), 300)
        assert site.claim() == name
        with site.queue() as queue:
            rounds.write(steps, queue, queue.documents, site.clock())
        assert site.record(name).state == JobState.RUNNING
        assert site.block(name) is None


class TestArrays:
    @pytest.mark.parametrize(
        ("policy", "ended", "code", "cancelled"),
        [
            ({"firstJob": "FAILURE"}, 1, 1, True),
            ({"firstJob": "FAILURE"}, 1, 0, False),
            ({"firstJob": "SUCCESS"}, 1, 0, True),
            ({"firstJob": "SUCCESS"}, 1, 1, False),
            ({"firstJob": "FAILURE"}, 2, 1, False),
            ({"anyJob": "FAILURE"}, 2, 1, True),
            ({"anyJob": "FAILURE"}, 2, 0, False),
            ({"anyJob": "SUCCESS"}, 2, 0, True),
            ({"anyJob": "SUCCESS"}, 2, 1, False),
        ],
    )
    def test_cancellation(self, site, policy, ended, code, cancelled):
        master = site.array(3, cancellationPolicy=policy)
        if ended == 2:
            site.act(f"{master}[1]", "hold", holds=["User"])
        site.run(f"{master}[{ended}]", code)
        site.round()
        state = JobState.CANCELLED if cancelled else JobState.QUEUED
        assert site.record(f"{master}[3]").state == state
        site.round()
        if cancelled:
            site.round()
            assert f"{master}[{ended}]" in site.record(f"{master}[3]").reason
            assert site.record(master).ended is not None
        else:
            assert site.record(master).state == JobState.RUNNING

    @pytest.mark.parametrize(
        ("codes", "state"), [((0, 0), "finished"), ((0, 3), "failed")]
    )
    def test_an_array_ends_with_its_last_job(self, site, codes, state):
        master = site.array(2)
        site.run(f"{master}[1]", codes[0])
        site.round()
        site.round()
        assert site.record(master).state == JobState.RUNNING
        assert site.document(master)["isActive"]
        site.run(f"{master}[2]", codes[1])
        site.round()
        assert site.record(master).state == state
        assert not site.document(master)["isActive"]
        assert site.writes() == []

    def test_an_array_of_cancelled_jobs_is_cancelled(self, site):
        master = site.array(2)
        for number in (1, 2):
            site.act(f"{master}[{number}]", "cancel")
        site.round()
        assert site.record(master).state == JobState.CANCELLED

    def test_a_hold_of_the_array_holds_its_jobs(self, site):
        master = site.array(2)
        site.act(master, "hold", holds=["User"])
        site.round()
        assert site.claim() is None
        site.act(master, "unhold")
        site.round()
        assert site.claim() == f"{master}[1]"


class TestNodes:
    @pytest.fixture
    def site(self, site):
        site.nodes("n1", "n2")
        return site

    def test_a_job_is_started_on_nodes(self, site):
        start = site.run_on_nodes()
        assert sorted(set(start.nodes)) == ["n1", "n2"]
        assert (len(start.nodes), start.user) == (6, "amy")
        assert start.task_list == ",".join(start.nodes)
        shown = site.document(start.job)
        assert shown["states"]["state"] == "Running"
        assert shown["states"]["subState"] is None
        assert shown["masterNode"] == {"name": start.nodes[0]}
        (requirement,) = shown["requirements"]
        assert {each["name"] for each in requirement["nodes"]} == {"n1", "n2"}
        assert site.listed("n1") == site.listed("n2") == [start.job]
        assert site.claim() is None
        assert site.writes() == []

    @pytest.mark.parametrize(
        ("state", "code", "becomes"),
        [
            ("COMPLETED", 0, "finished"),
            ("COMPLETED", None, "finished"),
            ("COMPLETED", 4, "failed"),
            ("REMOVED", None, "failed"),
            ("VACATED", None, "failed"),
        ],
    )
    def test_its_end_is_what_the_resource_manager_reports(
        self, site, state, code, becomes
    ):
        name = site.run_on_nodes().job
        more = {} if code is None else {"completionCode": code}
        site.report(name, state, **more)
        outcome = site.round()
        assert site.record(name).state == becomes
        assert site.document(name)["completionCode"] == (
            code if state != "COMPLETED" else code or 0
        )
        assert site.listed("n1") == site.listed("n2") == []
        assert not outcome.orders
        assert not site.round().orders
        assert site.writes() == []

    def test_others_wait_for_the_nodes(self, site):
        first = site.run_on_nodes()
        second = site.submit(requirements=[{"taskCount": 6}])
        assert not site.round().starts
        assert site.block(second) == "Resources"
        site.report(first.job, "COMPLETED")
        site.round()
        assert [each.job for each in site.round().starts] == [second]

    def test_what_is_not_noted_is_started_again_on_the_same_nodes(self, site):
        start = site.begin()
        assert site.record(start.job).state == JobState.QUEUED
        assert site.round().starts == (start,)
        assert site.writes() == []
        # The resource manager had begun it before the worker died.
        site.report(start.job, "RUNNING")
        assert not site.round().starts
        assert site.record(start.job).state == JobState.RUNNING

    def test_a_failed_start_is_tried_again_later(self, site):
        start = site.begin()
        with site.noting() as noting:
            noting.failed(start, "no way")
        assert site.record(start.job).state == JobState.QUEUED
        assert site.record(start.job).reason.endswith("no way")
        assert not site.round().starts
        assert site.block(start.job) == "StartFailed"
        assert site.document(start.job)["masterNode"] is None
        assert site.writes() == []
        site.clock.forward(60)
        assert [each.job for each in site.round().starts] == [start.job]

    def test_a_job_cancelled_in_between_is_not_started(self, site):
        start = site.begin()
        site.act(start.job, "cancel")
        with site.noting() as noting:
            assert not noting.started(start)
        (order,) = site.round().orders
        assert (order.event, order.job) == ("jobCancel", start.job)
        assert set(order.nodes) == {"n1", "n2"}
        with site.ordering() as ordering:
            ordering.obeyed(order)
        assert not site.round().orders
        assert site.record(start.job).state == JobState.CANCELLED

    def test_a_cancelled_job_is_stopped_and_leaves_its_nodes(self, site):
        start = site.run_on_nodes()
        site.act(start.job, "cancel")
        (order,) = site.round().orders
        with site.ordering() as ordering:
            ordering.obeyed(order)
        assert site.listed("n1") == []
        assert site.writes() == []

    def test_a_job_that_is_noted_twice_runs_once(self, site):
        start = site.run_on_nodes()
        with site.noting() as noting:
            assert not noting.started(start)
        assert site.record(start.job).attempt == 1
