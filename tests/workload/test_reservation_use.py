"""What jobs on nodes and reservations mean to each other."""

from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.workload.changes import Happened
from tests.workload.round_sites import Site
import pytest


AMY = {"aclRules": [{"type": "USER", "value": "amy"}]}


@pytest.fixture
def site(database, clock, settings):
    found = Site(database, clock, settings)
    found.nodes("n1", "n2")
    return found


class TestUse:
    """The reservation's own job has two tasks of a processor each on it."""

    def run(self, site, reservation):
        asked = {"reservationRequested": {"name": reservation}}
        return site.run_on_nodes(requirements=[{"taskCount": 2}], **asked).job

    def end(self, site, name):
        site.clock.forward(100)
        site.report(name, "COMPLETED")
        site.round()

    def caps(self, site, reservation):
        return site.reservations()[reservation]["statistics"]["caps"]

    def test_its_processor_seconds_are_counted(self, site):
        mine, other = site.reserve(**AMY), site.reserve(hostListExpression="n2", **AMY)
        name = self.run(site, mine)
        (need,) = site.document(name)["requirements"]
        assert need["reservation"] == {"name": mine}
        self.end(site, name)
        assert self.caps(site, mine) == pytest.approx(2 * 101)
        assert self.caps(site, other) == 0
        # Once, whatever else is reported.
        self.end(site, name)
        assert self.caps(site, mine) == pytest.approx(2 * 101)

    def test_jobs_outside_use_nothing(self, site):
        mine = site.reserve(aclRules=[{"type": "USER", "value": "bob"}])
        name = site.run_on_nodes(requirements=[{"taskCount": 2}]).job
        assert site.document(name)["requirements"][0]["reservation"] is None
        self.end(site, name)
        assert self.caps(site, mine) == 0

    def test_one_for_a_single_use_ends_with_its_job(self, site):
        mine = site.reserve(flags=["SINGLEUSE"], **AMY)
        name = self.run(site, mine)
        assert site.keep_reservations() == []
        self.end(site, name)
        # Nobody else gets in, though it is listed yet.
        second = site.submit(
            requirements=[{"taskCount": 1}], reservationRequested={"name": mine}
        )
        assert site.round().starts == ()
        assert site.block(second) == "Reservation"
        assert site.keep_reservations() == [Happened("rsvend", "rsv", mine)]
        assert site.reservations() == {}

    def test_a_cancelled_job_was_the_use_when_it_has_left(self, site):
        mine = site.reserve(flags=["SINGLEUSE"], **AMY)
        name = self.run(site, mine)
        site.clock.forward(10)
        site.act(name, "cancel")
        (order,) = site.round().orders
        assert site.keep_reservations() == []
        with site.ordering() as ordering:
            ordering.obeyed(order)
            ordering.obeyed(order)
        assert self.caps(site, mine) == pytest.approx(20)
        assert site.keep_reservations() == [Happened("rsvend", "rsv", mine)]

    def test_a_job_that_runs_again_needs_it_again(self, site):
        mine = site.reserve(flags=["SINGLEUSE"], **AMY)
        name = self.run(site, mine)
        site.clock.forward(10)
        site.act(name, "requeue")
        (order,) = site.round().orders
        with site.ordering() as ordering:
            ordering.obeyed(order)
        assert self.caps(site, mine) == pytest.approx(20)
        assert site.keep_reservations() == []
        (start,) = site.round().starts
        assert start.job == name

    def test_a_start_that_failed_was_no_use(self, site):
        mine = site.reserve(flags=["SINGLEUSE"], **AMY)
        start = site.begin(
            requirements=[{"taskCount": 1}], reservationRequested={"name": mine}
        )
        site.act(start.job, "cancel")
        (order,) = site.round().orders
        with site.ordering() as ordering:
            ordering.obeyed(order)
        assert site.reservations()[mine]["expireDate"] is None
        assert site.record(start.job).state == JobState.CANCELLED


class TestRunningJobs:
    """Exclusive reservations keep off the nodes of jobs that run (guide 4.21.2)."""

    @pytest.fixture
    def job(self, site):
        needs = [{"taskCount": 3}]
        return site.run_on_nodes(
            requirements=needs, nodesRequested=[{"name": "n1"}], duration=600
        ).job

    @pytest.mark.parametrize("flag", ["DEDICATEDNODE", "DEDICATEDRESOURCE"])
    def test_they_are_in_the_way(self, site, job, flag):
        until = dates.mws(site.record(job).started + 600)
        with pytest.raises(Conflict, match=f"'n1' is taken by the job '{job}' from"):
            site.reserve(flags=[flag])
        with pytest.raises(Conflict, match=f"to {until}"):
            site.reserve(flags=[flag])
        site.reserve(hostListExpression="n2", flags=[flag])

    def test_not_in_that_of_one_that_shares(self, site, job):
        site.reserve()

    @pytest.mark.parametrize("flag", ["IGNJOBRSV", "IGNRSV"])
    def test_not_if_it_says_so(self, site, job, flag):
        site.reserve(flags=["DEDICATEDRESOURCE", flag])

    def test_not_those_that_it_excludes(self, site, job):
        with pytest.raises(Conflict):
            site.reserve(flags=["DEDICATEDNODE"], excludeJobs=["Moab.99"])
        site.reserve(flags=["DEDICATEDNODE"], excludeJobs=[job])

    def test_not_after_their_ends(self, site, job):
        later = dates.mws(site.clock() + 700)
        site.reserve(flags=["DEDICATEDNODE"], startDate=later)

    def test_what_they_leave_can_be_taken(self, site, job):
        with pytest.raises(Conflict):
            site.reserve(flags=["DEDICATEDRESOURCE"], resources={"PROCS": 2})
        site.reserve(flags=["DEDICATEDRESOURCE"], resources={"PROCS": 1})

    def test_other_nodes_are_taken_where_any_will_do(self, site, job):
        made = site.reserve(
            hostListExpression="",
            requirements={"taskCount": 1},
            flags=["DEDICATEDNODE"],
        )
        nodes = site.reservations()[made]["allocatedNodes"]
        assert nodes == [{"id": "n2"}]

    def test_a_job_without_a_limit_runs_for_ever(self, site):
        site.run_on_nodes(nodesRequested=[{"name": "n1"}], requirements=[{}])
        later = dates.mws(site.clock() + 10**7)
        with pytest.raises(Conflict, match="2037-10-24"):
            site.reserve(flags=["DEDICATEDNODE"], startDate=later)

    def test_a_job_that_wants_its_nodes_alone_leaves_nothing(self, site):
        alone = [{"taskCount": 1, "nodeAccessPolicy": "SINGLEJOB"}]
        site.run_on_nodes(nodesRequested=[{"name": "n1"}], requirements=alone)
        with pytest.raises(Conflict):
            site.reserve(flags=["DEDICATEDRESOURCE"], resources={"PROCS": 1})

    def test_their_ends_make_room(self, site, job):
        site.report(job, "COMPLETED")
        site.round()
        site.reserve(flags=["DEDICATEDNODE"])
