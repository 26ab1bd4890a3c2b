"""Jobs that machines with an agent take by themselves."""

from collective.mwsvm.workload.scheduling.decisions import QueueStatus
from collective.mwsvm.workload.scheduling.decisions import Ready
from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.scheduling.world import Dependency
from collective.mwsvm.workload.scheduling.world import Machine
from collective.mwsvm.workload.scheduling.world import Named
from tests.workload.scheduling.worlds import decide
from tests.workload.scheduling.worlds import job as any_job
from tests.workload.scheduling.worlds import node
from tests.workload.scheduling.worlds import NOW
from tests.workload.scheduling.worlds import reservation
import pytest


def job(name, **more):
    return any_job(name, pulled=True, **more)


def vm(name, **more):
    return Machine(name=name, uid=f"uid-{name}", agent=True, **{"ready": True, **more})


def test_jobs_for_any_machine_are_ready_in_their_order():
    decisions = decide(
        job("a"), job("b", user_priority=1), machines=(vm("vm1"), vm("vm2"))
    )
    assert decisions.ready == (Ready("b"), Ready("a"))
    assert decisions.starts == ()
    assert decisions.blocked["a"].type is Why.READY
    assert decisions.blocked["a"].message == (
        "It is ready and will be taken by vm1 and vm2."
    )
    assert decisions.status["a"] is QueueStatus.ELIGIBLE
    assert decisions.order == ("b", "a")


@pytest.mark.parametrize(
    ("machines", "message"),
    [
        ((vm("vm1", job="x"),), "It waits for vm1 to end x."),
        ((vm("vm1", ready=False),), "It waits for vm1 to be started."),
        (
            (vm("vm1", job="x"), vm("vm2", job="y")),
            "It waits for one of 2 machines to get free, the first being vm1, which has x.",
        ),
        (
            (vm("vm1", ready=False), vm("vm2", ready=False)),
            "It waits for one of 2 machines to be started.",
        ),
    ],
)
def test_a_ready_job_waits_for_machines(machines, message):
    decisions = decide(job("a"), machines=machines)
    assert decisions.ready == (Ready("a"),)
    assert decisions.blocked["a"].message == message


def test_without_machines_nothing_is_ready():
    assert decide(job("a")).blocked["a"].message == "No machine takes jobs yet."
    foreign = Machine(name="vm1", uid="1", ready=True)
    assert decide(job("a"), machines=(foreign,)).ready == ()


def test_a_job_for_one_machine():
    machines = (vm("vm1", job="x"), vm("vm2"))
    decisions = decide(job("a", machine="uid-vm1"), machines=machines)
    assert decisions.ready == (Ready("a"),)
    assert decisions.blocked["a"].message == "It waits for vm1 to end x."
    decisions = decide(job("a", machine="gone"), machines=machines)
    assert decisions.ready == ()
    assert (
        decisions.blocked["a"].message == "There is no machine gone, which it is for."
    )


def test_the_gates_are_those_of_all_jobs():
    machines = (vm("vm1"),)
    for closed in (
        job("a", holds=frozenset({"User"})),
        job("a", earliest_start=NOW + 1),
        job("a", dependencies=(Dependency("jobcomplete", "b", Named.WAITING),)),
        job("a", held_by=("vc1",)),
    ):
        assert decide(closed, machines=machines).ready == ()


def test_slot_limits_count_what_may_be_taken():
    jobs = [job(f"a[{n}]", array="a", slot_limit=2) for n in range(4)]
    decisions = decide(*jobs, machines=(vm("vm1"),))
    assert [each.job for each in decisions.ready] == ["a[0]", "a[1]"]


def test_a_reserved_machine_is_for_its_jobs():
    machines = (vm("vm1"), vm("vm2"))
    mine = reservation("r", "vm1", acl=("USER:ted",))
    decisions = decide(job("a"), job("b", user="ted"), mine, machines=machines)
    assert decisions.ready == (Ready("a", ("uid-vm2",)), Ready("b"))
    decisions = decide(job("a", machine="uid-vm1"), mine, machines=machines)
    assert decisions.ready == ()
    assert decisions.blocked["a"].type is Why.RESERVATION
    later = reservation("r", "vm1", start=100)
    assert decide(job("a", duration=100), later, machines=machines).ready == (
        Ready("a"),
    )
    must = job("a", user="ted", reservation="r")
    assert decide(must, mine, machines=machines).ready == (Ready("a", ("uid-vm1",)),)


def test_machines_that_do_not_suit():
    big = vm("vm1", node=node("vm1", 4, features=frozenset({"gpu"})))
    small = vm("vm2", node=node("vm2", 1))
    decisions = decide(job("a", processors=2), machines=(big, small))
    assert decisions.ready == (Ready("a", ("uid-vm1",)),)
    decisions = decide(job("a", processors=9), machines=(big, small))
    assert decisions.blocked["a"].type is Why.NEVER
    assert decisions.blocked["a"].message == (
        "Machine vm1 has 4 processors, not 9, and 1 other machine won't do either."
    )
    asking = job("a", features=frozenset({"gpu"}))
    assert decide(asking, machines=(big, small)).ready == (Ready("a", ("uid-vm1",)),)
    decisions = decide(
        job("a", nodes_excluded=frozenset({"vm1"})), machines=(big, small)
    )
    assert decisions.ready == (Ready("a", ("uid-vm2",)),)


def test_a_job_for_physical_machines_is_never_taken():
    decisions = decide(job("a", vm_usage="REQUIREPM"), machines=(vm("vm1"),))
    assert decisions.blocked["a"].type is Why.NEVER


def test_jobs_that_sync_need_as_many_machines():
    pair = (
        job("a"),
        job("b", dependencies=(Dependency("syncwith", "a", Named.WAITING),)),
    )
    decisions = decide(*pair, machines=(vm("vm1"),))
    assert decisions.ready == ()
    assert decisions.blocked["a"].message == "It waits for machines for all of a and b."
    assert len(decide(*pair, machines=(vm("vm1"), vm("vm2"))).ready) == 2


def test_jobs_for_nodes_and_for_machines_do_not_meet():
    decisions = decide(node("n1"), any_job("a"), job("b"), machines=(vm("vm1"),))
    assert [start.job for start in decisions.starts] == ["a"]
    assert decisions.ready == (Ready("b"),)
