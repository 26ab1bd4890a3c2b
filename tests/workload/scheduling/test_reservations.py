"""Reservations: whom they keep out, whom they let in, and whom they draw."""

from collective.mwsvm.workload.scheduling.acl import affinity
from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.scheduling.world import AclRule
from collective.mwsvm.workload.scheduling.world import Config
from collective.mwsvm.workload.scheduling.world import GLOBAL
from collective.mwsvm.workload.scheduling.world import ReservedNode
from tests.workload.scheduling.worlds import decide
from tests.workload.scheduling.worlds import job
from tests.workload.scheduling.worlds import node
from tests.workload.scheduling.worlds import NOW
from tests.workload.scheduling.worlds import reservation
from tests.workload.scheduling.worlds import running
from tests.workload.scheduling.worlds import started
from tests.workload.scheduling.worlds import why
import pytest


def where(*things, **more):
    return started(decide(*things, **more)).get("a")


def fs(*names):
    return frozenset(names)


def test_without_rules_a_reservation_keeps_everybody_out():
    reason = why(node("n1"), reservation("system.1", "n1", end=100), job("a"))
    assert reason.type is Why.RESERVATION
    assert reason.message.startswith(
        "Node n1 has room, but is reserved by system.1 from 2027-01-15 08:00:00 UTC to "
        "2027-01-15 08:01:40 UTC, and the job may not use that."
    )
    assert reason.earliest == NOW + 100


def test_a_reservation_that_is_over_or_begins_after_the_job_keeps_nobody_out():
    assert where(node("n1"), reservation("r", "n1", start=-9, end=0), job("a"))
    assert where(node("n1"), reservation("r", "n1", start=100), job("a", duration=100))
    assert not where(
        node("n1"), reservation("r", "n1", start=99), job("a", duration=100)
    )


def test_a_job_without_limit_waits_for_any_later_reservation():
    later = reservation("r", "n1", start=8_000_000)
    assert not where(node("n1"), later, job("a", duration=None))


def test_part_of_a_node_is_reserved():
    part = reservation("r", ReservedNode("n1", {"PROCS": 3}), acl=("USER:ted",))
    assert where(node("n1"), part, job("a"))
    assert not where(node("n1"), part, job("a", tasks=2))
    assert where(node("n1"), part, job("a", tasks=4, user="ted"))
    inside = running("r1", ("n1", 2), user="ted")
    assert where(node("n1"), part, inside, job("a"))
    assert not where(node("n1"), part, inside, job("a", tasks=2))
    whole = reservation("r", ReservedNode("n1", {"PROCS": -1}))
    assert not where(node("n1"), whole, job("a"))
    assert where(node("n1"), whole, job("a", processors=0, memory=1000))


def test_resources_of_the_cluster_are_reserved():
    config = Config(shared={"matlab": 3})
    held = reservation("r", ReservedNode(GLOBAL, {"matlab": 2}), acl=("USER:ted",))
    ask = {"generic": (("matlab", 2),)}
    assert not where(node("n1"), held, job("a", **ask), config=config)
    assert where(node("n1"), held, job("a", user="ted", **ask), config=config)


JOB = job(
    "Moab.7",
    tasks=2,
    processors=2,
    memory=100,
    duration=3600,
    user="ted",
    group="staff",
    account="acme",
    job_class="batch",
    qos="high",
    templates=fs("t1", "t2"),
    attributes=fs("x"),
    flags=fs("RESTARTABLE"),
    partitions=("p1",),
    virtual_containers=fs("vc1"),
    reservation="system.9",
    user_priority=5,
    submitted=NOW - 3600,
    nodes_requested=("n1", "n2"),
)


@pytest.mark.parametrize(
    ("kind", "comparator", "value", "lets"),
    [
        ("USER", "LEXIGRAPHIC_EQUAL", "ted", True),
        ("USER", "LEXIGRAPHIC_EQUAL", "te", False),
        ("USER", "LEXIGRAPHIC_SUBSTRING", "te", True),
        ("USER", "LEXIGRAPHIC_NOT_EQUAL", "ted", False),
        ("USER", "LEXIGRAPHIC_NOT_EQUAL", "amy", True),
        ("USER", "NOT_EQUAL", "ted", False),
        ("USER", "GREATER_THAN_OR_EQUAL", "bill", True),
        ("USER", "%=", "ted", True),
        ("GROUP", "EQUAL", "staff", True),
        ("ACCOUNT", "EQUAL", "acme", True),
        ("ACCT", "==", "other", False),
        ("CLASS", "EQUAL", "batch", True),
        ("QUEUE", "EQUAL", "batch", True),
        ("QOS", "EQUAL", "high", True),
        ("QOS", "EQUAL", "low", False),
        ("CLUSTER", "EQUAL", "moab", True),
        ("CLUSTER", "EQUAL", "other", False),
        ("JOB_ID", "EQUAL", "Moab.7", True),
        ("JOB", "EQUAL", "Moab.8", False),
        ("RESERVATION_ID", "EQUAL", "system.9", True),
        ("RSV", "EQUAL", "system.1", False),
        ("JOB_TEMPLATE", "EQUAL", "t2", True),
        ("JOB_TEMPLATE", "NOT_EQUAL", "t2", False),
        ("JTEMPLATE", "EQUAL", "t3", False),
        ("JOB_ATTRIBUTE", "EQUAL", "x", True),
        ("JATTR", "EQUAL", "RESTARTABLE", True),
        ("JATTR", "EQUAL", "y", False),
        ("DURATION", "LESS_THAN_OR_EQUAL", "3600", True),
        ("DURATION", "<", "3600", False),
        ("DURATION", "LEXIGRAPHIC_EQUAL", "3600", True),
        ("DURATION", "<=", "long", False),
        ("PROCESSOR_SECONDS", "EQUAL", "14400", True),
        ("PS", ">", "14400", False),
        ("PROC", "EQUAL", "4", True),
        ("MEMORY", "EQUAL", "200", True),
        ("TASK", "EQUAL", "2", True),
        ("NODE", "EQUAL", "2", True),
        ("JPRIORITY", "EQUAL", "5", True),
        ("QTIME", "GREATER_THAN_OR_EQUAL", "3600", True),
        ("XFACTOR", "EQUAL", "2", True),
        ("PAR", "EQUAL", "p1", True),
        ("VC", "EQUAL", "vc1", True),
        ("VC", "EQUAL", "vc2", False),
        ("RACK", "EQUAL", "1", False),
        ("SCHED", "EQUAL", "moab", False),
        ("SYSTEM", "EQUAL", "x", False),
    ],
)
def test_rules_of_each_type(kind, comparator, value, lets):
    rule = AclRule(kind, value, comparator)
    found = affinity(reservation("r", acl=(rule,)), JOB, NOW, "moab")
    assert found == (1 if lets else None)


@pytest.mark.parametrize(
    ("affinities", "drawn"),
    [
        (("POSITIVE",), 1),
        (("NEUTRAL",), 0),
        (("NEGATIVE",), -1),
        (("NEGATIVE", "NEUTRAL"), 0),
        (("NEUTRAL", "POSITIVE"), 1),
    ],
)
def test_the_friendliest_rule_counts(affinities, drawn):
    rules = [AclRule("USER", "ted", affinity=each) for each in affinities]
    assert affinity(reservation("r", acl=rules), JOB, NOW) == drawn


def test_a_reservation_that_lets_itself_in_lets_no_job_in():
    own = reservation("system.9", acl=("RESERVATION_ID:system.9",))
    assert affinity(own, JOB, NOW) is None


@pytest.mark.parametrize(
    ("affinity", "first"), [("POSITIVE", "n1"), ("NEUTRAL", "n2"), ("NEGATIVE", "n2")]
)
def test_affinity_draws_jobs(affinity, first):
    mine = reservation("r", "n1", acl=(AclRule("USER", "ted", affinity=affinity),))
    assert where(node("n1"), node("n2"), mine, job("a", user="ted")) == {first: 1}


def test_a_negative_affinity_is_the_last_resort():
    mine = reservation("r", "n2", acl=(AclRule("USER", "ted", affinity="NEGATIVE"),))
    asking = job("a", tasks=5, user="ted")
    assert where(node("n1"), node("n2"), mine, asking) == {"n1": 4, "n2": 1}


def test_excluded_jobs_stay_out():
    open_to = {"acl": ("USER:ted",), "excluded_jobs": fs("a")}
    assert not where(
        node("n1"), reservation("r", "n1", **open_to), job("a", user="ted")
    )
    other = reservation("r", "n1", acl=("USER:ted",), excluded_jobs=fs("b"))
    assert where(node("n1"), other, job("a", user="ted"))


def test_by_name_only_jobs_that_ask_for_it_come_in():
    mine = reservation("r", "n1", acl=("USER:ted",), flags=fs("BYNAME"))
    assert not where(node("n1"), mine, job("a", user="ted"))
    assert where(node("n1"), mine, job("a", user="ted", reservation="r"))


def test_jobs_that_were_there_before_may_overlap():
    mine = reservation("r", "n1", start=50, flags=fs("ALLOWJOBOVERLAP"))
    assert where(node("n1"), mine, job("a", duration=100))
    now = reservation("r", "n1", start=0, flags=fs("ALLOWJOBOVERLAP"))
    assert not where(node("n1"), now, job("a", duration=100))


def test_for_a_single_use():
    mine = reservation("r", "n1", acl=("USER:ted",), flags=fs("SINGLEUSE"))
    decisions = decide(node("n1"), mine, job("a", user="ted"), job("b", user="ted"))
    assert started(decisions) == {"a": {"n1": 1}}
    busy = running("r1", ("n1", 1), user="ted")
    assert not where(node("n1"), mine, busy, job("a", user="ted"))


@pytest.mark.parametrize(
    "asking", [{"reservation": "r"}, {"flags": fs("ADVRES:r")}, {"flags": fs("ADVRES")}]
)
def test_a_job_that_must_run_in_a_reservation(asking):
    mine = reservation("r", "n1", end=100, acl=("USER:ted",))
    nodes = [node("n1"), node("n2")]
    assert where(*nodes, mine, job("a", user="ted", **asking)) == {"n1": 1}
    reason = why(*nodes, mine, job("a", user="amy", **asking))
    assert reason.type is Why.RESERVATION and "there is none" in reason.message
    reason = why(*nodes, mine, job("a", user="ted", duration=101, **asking))
    assert reason.message == (
        "It waits for its reservation to be active and to have room for it."
    )


def test_a_job_waits_for_its_reservation_to_begin():
    mine = reservation("r", "n1", start=60, end=300, acl=("USER:ted",))
    decisions = decide(node("n1"), mine, job("a", user="ted", reservation="r"))
    (plan,) = decisions.plans
    assert (plan.job, plan.start) == ("a", NOW + 60)
    assert decisions.blocked["a"].earliest == NOW + 60


def test_a_job_keeps_to_what_its_reservation_holds():
    mine = reservation("r", ReservedNode("n1", {"PROCS": 2}), acl=("USER:ted",))
    inside = {"user": "ted", "reservation": "r"}
    assert where(node("n1"), mine, job("a", tasks=2, **inside))
    assert not where(node("n1"), mine, job("a", tasks=3, **inside))
    busy = running("r1", ("n1", 1), **inside)
    assert not where(node("n1"), mine, busy, job("a", tasks=2, **inside))


def test_jobs_that_take_nothing_of_a_node_are_kept_out_too():
    nothing = job("a", processors=0)
    assert where(node("n1"), nothing) == {"n1": 1}
    assert not where(node("n1"), reservation("r", "n1"), nothing)
    busy = running("r1", ("n1", 1), access_policy="SINGLEJOB")
    assert not where(node("n1"), busy, nothing)
    part = reservation("r", ReservedNode("n1", {"PROCS": 2}), acl=("USER:ted",))
    assert where(node("n1"), part, job("a", processors=0, user="ted", reservation="r"))
