"""What holds of all decisions, whatever the world."""

from collections import Counter
from collective.mwsvm.workload.scheduling import schedule
from collective.mwsvm.workload.scheduling.acl import affinity
from collective.mwsvm.workload.scheduling.acl import tasks_of
from collective.mwsvm.workload.scheduling.order import rank
from collective.mwsvm.workload.scheduling.suitability import unsuited
from collective.mwsvm.workload.scheduling.suitability import unusable
from collective.mwsvm.workload.scheduling.world import Phase
from collective.mwsvm.workload.scheduling.world import Policies
from collective.mwsvm.workload.scheduling.world import Requirement
from collective.mwsvm.workload.scheduling.world import ReservedNode
from collective.mwsvm.workload.scheduling.world import World
from dataclasses import replace
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from tests.workload.scheduling.worlds import carried_on
from tests.workload.scheduling.worlds import job
from tests.workload.scheduling.worlds import node
from tests.workload.scheduling.worlds import NOW
from tests.workload.scheduling.worlds import reservation


FEATURES = ("a", "b")
USERS = ("ted", "amy")
ALGORITHMS = (
    "InReportedOrder",
    "InReverseReportedOrder",
    "MinimumConfiguredResources",
    "NodeSpeed",
    "ProcessorLoad",
    "ProcessorSpeedBalance",
    "Contiguous",
    "CustomPriority",
)

sets = st.frozensets(st.sampled_from(FEATURES), max_size=2)


@st.composite
def nodes(draw):
    return tuple(
        node(
            f"n{number}",
            processors=draw(st.integers(1, 6)),
            memory=draw(st.sampled_from((100, 200, 400))),
            partition=draw(st.sampled_from(("", "", "p"))),
            features=draw(sets),
            speed=draw(st.sampled_from((1.0, 2.0))),
            load=draw(st.sampled_from((None, 0.5))),
            state=draw(st.sampled_from(("Idle", "Idle", "Idle", "Idle", "Down"))),
            access_policy=draw(st.sampled_from(("", "", "", "SINGLEUSER"))),
            generic={"tape": 2} if draw(st.booleans()) else {},
        )
        for number in range(draw(st.integers(1, 5)))
    )


@st.composite
def requirements(draw):
    return Requirement(
        tasks=draw(st.integers(1, 6)),
        tasks_per_node=draw(st.sampled_from((0, 0, 0, 1, 2))),
        nodes=draw(st.sampled_from((0, 0, 0, 0, 2))),
        processors=draw(st.integers(0, 4)),
        memory=draw(st.sampled_from((0, 50, 150))),
        generic=draw(st.sampled_from(((), (), (("tape", 1),), (("matlab", 1),)))),
        features=draw(sets),
        features_mode=draw(st.sampled_from(("AND", "OR"))),
        features_excluded=draw(st.sampled_from((frozenset(), frozenset("b")))),
        access_policy=draw(
            st.sampled_from(("", "", "", "SINGLEJOB", "SINGLETASK", "UNIQUEUSER"))
        ),
    )


@st.composite
def jobs(draw, simple=False):
    made = []
    for number in range(draw(st.integers(1, 9))):
        several = draw(st.sampled_from((1, 1, 1, 2)))
        made.append(
            job(
                f"Moab.{number}",
                duration=draw(st.sampled_from((10, 50, 100, None))),
                user=draw(st.sampled_from(USERS)),
                user_priority=draw(st.integers(0, 2)),
                submitted=NOW - draw(st.integers(0, 3)),
                requirements=tuple(draw(requirements()) for _ in range(several)),
                flags=draw(
                    st.sampled_from((frozenset(), frozenset(), frozenset({"COALLOC"})))
                ),
                holds=frozenset()
                if simple
                else draw(st.sampled_from((frozenset(),) * 4 + (frozenset({"User"}),))),
                nodes_requested=draw(st.sampled_from(((), (), ("n0",), ("n0", "n1")))),
                nodes_policy=draw(st.sampled_from(("SUBSET", "SUPERSET", "EXACTSET"))),
            )
        )
    return tuple(made)


@st.composite
def reservations(draw, count=3):
    made = []
    for number in range(draw(st.integers(0, count))):
        start = draw(st.sampled_from((-10, 20, 60)))
        amounts = draw(st.sampled_from((None, {"PROCS": 1}, {"PROCS": 2, "MEM": 100})))
        names = draw(st.sets(st.sampled_from(("n0", "n1", "n2")), min_size=1))
        made.append(
            reservation(
                f"r{number}",
                *(ReservedNode(name, amounts) for name in sorted(names)),
                start=start,
                end=start + draw(st.sampled_from((20, 50, 1000))),
                acl=draw(st.sampled_from(((), ("USER:ted",), ("USER:amy", "GROUP:x")))),
            )
        )
    return tuple(made)


@st.composite
def worlds(draw, reserve=True):
    found = World(
        now=NOW,
        nodes=draw(nodes()),
        jobs=draw(jobs()),
        reservations=draw(reservations()) if reserve else (),
        policies=Policies(
            allocation=draw(st.sampled_from(ALGORITHMS)),
            function=draw(st.sampled_from(("", "APROCS - 2*LOAD", "SPEED"))),
        ),
    )
    found = replace(found, config=replace(found.config, shared={"matlab": 3}))
    # Some jobs are active already: those that would be, had they come a while ago.
    if draw(st.booleans()):
        before = replace(found, reservations=(), now=NOW - 5)
        later = draw(jobs())
        later = tuple(replace(each, name=f"Later.{each.name[5:]}") for each in later)
        found = replace(carried_on(before, schedule(before), NOW), jobs=())
        found = replace(
            found,
            reservations=draw(reservations()) if reserve else (),
            jobs=carried_on(before, schedule(before), NOW).jobs + later,
        )
    return found


def spans(given_world, decisions):
    """All that has or shall have resources: (job, placements, start, end, new)."""
    by_name = {each.name: each for each in given_world.jobs}
    now = given_world.now
    for each in given_world.jobs:
        if each.phase is Phase.ACTIVE:
            end = each.ends if each.ends > now else now + 60
            yield each, each.placements, now, end, False
    for start in decisions.starts:
        each = by_name[start.job]
        yield each, start.placements, now, now + each.limit, True
    for plan in decisions.plans:
        yield by_name[plan.job], plan.placements, plan.start, plan.end, True


def used(each, placement):
    mine = each.requirements[placement.requirement]
    amounts = Counter(
        processors=mine.processors,
        memory=mine.memory,
        **{name: n for name, n in mine.generic if name != "matlab"},
    )
    return Counter({name: n * placement.tasks for name, n in amounts.items()})


def moments(given_world, decisions):
    found = {given_world.now}
    for _, _, start, end, _ in spans(given_world, decisions):
        found |= {start, end}
    for each in given_world.reservations:
        found |= {each.start, each.end}
    return sorted(moment for moment in found if given_world.now <= moment < 1e12)


@given(worlds())
@settings(max_examples=300, deadline=None)
def test_nothing_is_oversubscribed_at_any_time(given_world):
    decisions = schedule(given_world)
    everything = list(spans(given_world, decisions))
    for moment in moments(given_world, decisions):
        now = [each for each in everything if each[2] <= moment < each[3]]
        for each_node in given_world.nodes:
            total = Counter()
            for each, placements, *_ in now:
                for placement in placements:
                    if placement.node == each_node.name:
                        total += used(each, placement)
            for name, amount in total.items():
                assert amount <= each_node.resources.get(name, 0), (name, moment)
        matlab = sum(
            dict(mine.generic).get("matlab", 0) * tasks_of_placements(placements, index)
            for each, placements, *_ in now
            for index, mine in enumerate(each.requirements)
        )
        assert matlab <= given_world.config.shared["matlab"]


def tasks_of_placements(placements, index):
    return sum(each.tasks for each in placements if each.requirement == index)


@given(worlds())
@settings(max_examples=300, deadline=None)
def test_no_reservation_is_violated(given_world):
    """What a reservation holds and its own jobs don't use is used by nobody else."""
    decisions = schedule(given_world)
    everything = list(spans(given_world, decisions))
    for each_reservation in given_world.reservations:
        for held in each_reservation.nodes:
            for each, placements, start, end, new in everything:
                there = [one for one in placements if one.node == held.node]
                allowed = affinity(each_reservation, each, given_world.now)
                if not there or not new or allowed is not None:
                    continue
                overlap = max(start, each_reservation.start)
                if overlap >= min(end, each_reservation.end):
                    continue
                assert held.resources is not None, "it holds the whole node"
                if not any(used(each, one)["processors"] for one in there):
                    # It takes nothing of what others may have taken before.
                    continue
                assert fits_beside(
                    given_world, everything, each_reservation, held, overlap
                )


def fits_beside(given_world, everything, each_reservation, held, moment):
    (capacity,) = (
        each.resources for each in given_world.nodes if each.name == held.node
    )
    total = inside = 0
    for each, placements, start, end, _ in everything:
        if not start <= moment < end:
            continue
        amount = sum(
            used(each, one)["processors"] for one in placements if one.node == held.node
        )
        total += amount
        if affinity(each_reservation, each, given_world.now) is not None:
            inside += amount
    reserved = min(held.resources["PROCS"], capacity["processors"])
    return total + max(0, reserved - inside) <= capacity["processors"]


@given(worlds())
@settings(max_examples=200, deadline=None)
def test_backfill_never_delays_the_first_blocked_job(given_world):
    decisions = schedule(given_world)
    for plan in decisions.plans:
        (first,) = (each for each in given_world.jobs if each.name == plan.job)
        mine = rank(first, NOW, given_world.config)
        without = replace(
            given_world,
            jobs=tuple(
                each
                for each in given_world.jobs
                if each.phase is Phase.ACTIVE
                or rank(each, NOW, given_world.config) <= mine
            ),
        )
        alone = schedule(without)
        assert alone.plans == decisions.plans
        # And the next round, at its time, finds it no later.
        after = carried_on(given_world, decisions, given_world.now + 1)
        again = schedule(after)
        starts = {start.job: after.now for start in again.starts}
        starts |= {each.job: each.start for each in again.plans}
        assert starts.get(plan.job, 1e12) <= max(plan.start, after.now)


@given(worlds(reserve=False))
@settings(max_examples=150, deadline=None)
def test_every_job_that_fits_starts_at_last(given_world):
    """Jobs end by their limits; rounds at these moments start all that can ever run."""
    hopeless = {
        name
        for name, reason in schedule(given_world).blocked.items()
        if reason.type in ("NeverFits", "NodeState", "Hold")
    }
    current, waiting = given_world, None
    for _ in range(60):
        decisions = schedule(current)
        waiting = set(decisions.blocked) - hopeless
        if not waiting:
            return
        active = [each.ends for each in current.jobs if each.phase is Phase.ACTIVE]
        by_name = {each.name: each for each in current.jobs}
        active += [current.now + by_name[one.job].limit for one in decisions.starts]
        if not active:
            break
        current = carried_on(current, decisions, max(current.now, min(active)))
    alone = {
        name
        for name in waiting
        if schedule(replace(current, jobs=(by_name[name],))).starts
    }
    assert not alone


@given(worlds(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_same_world_has_the_same_decisions_in_any_order(given_world, random):
    def shuffled(things):
        things = list(things)
        random.shuffle(things)
        return tuple(things)

    other = replace(
        given_world, nodes=shuffled(given_world.nodes), jobs=shuffled(given_world.jobs)
    )
    assert schedule(given_world) == schedule(given_world) == schedule(other)


@given(worlds())
@settings(max_examples=200, deadline=None)
def test_every_waiting_job_starts_or_has_a_reason(given_world):
    decisions = schedule(given_world)
    begun = {start.job for start in decisions.starts}
    for each in given_world.jobs:
        if each.phase is Phase.WAITING:
            assert (each.name in begun) != (each.name in decisions.blocked)
    for reason in decisions.blocked.values():
        assert reason.message[0].isupper() and reason.message.endswith(".")
    assert set(decisions.status) == {each.name for each in given_world.jobs}
    assert set(decisions.order) <= set(decisions.blocked)


@given(worlds())
@settings(max_examples=300, deadline=None)
def test_allocations_are_what_was_asked_for(given_world):
    decisions = schedule(given_world)
    by_name = {each.name: each for each in given_world.jobs}
    by_node = {each.name: each for each in given_world.nodes}
    allocations = [(one.job, one.placements) for one in decisions.starts]
    allocations += [(one.job, one.placements) for one in decisions.plans]
    for name, placements in allocations:
        each = by_name[name]
        for index, mine in enumerate(each.requirements):
            own = [one for one in placements if one.requirement == index]
            exact = each.nodes_requested and each.nodes_policy == "EXACTSET"
            count = len(each.nodes_requested) if exact else mine.nodes
            assert sum(one.tasks for one in own) == max(tasks_of(mine), count)
            if count:
                assert len(own) == count
            assert len({one.node for one in own}) == len(own)
            if mine.tasks_per_node and not count and mine.access_policy != "SINGLETASK":
                rest = [one for one in own if one.tasks != mine.tasks_per_node]
                assert len(rest) <= 1
            for one in own:
                assert not unsuited(each, mine, by_node[one.node])
                assert not unusable(by_node[one.node])
                if mine.access_policy == "SINGLETASK":
                    assert one.tasks == 1
        if "COALLOC" not in each.flags:
            assert len({by_node[one.node].partition for one in placements}) <= 1
        if each.nodes_requested and each.nodes_policy == "EXACTSET":
            assert {one.node for one in placements} == set(each.nodes_requested)


@given(worlds(reserve=False))
@settings(max_examples=200, deadline=None)
def test_access_policies_hold_at_any_time(given_world):
    decisions = schedule(given_world)
    everything = list(spans(given_world, decisions))
    for moment in moments(given_world, decisions):
        for each_node in given_world.nodes:
            there = {}
            for each, placements, start, end, _ in everything:
                if not start <= moment < end:
                    continue
                for one in placements:
                    if one.node == each_node.name:
                        mine = each.requirements[one.requirement].access_policy
                        policy = mine or each_node.access_policy or "SHARED"
                        there.setdefault(each.name, (each, set()))[1].add(policy)
            for each, policies in there.values():
                others = [one for one, _ in there.values() if one is not each]
                if policies & {"SINGLEJOB", "SINGLETASK"}:
                    assert not others
                if "SINGLEUSER" in policies:
                    assert all(one.user == each.user for one in others)
                if "UNIQUEUSER" in policies:
                    assert all(one.user != each.user for one in others)
