"""Auto VM Migration, and hypervisors for machines that may go anywhere."""

from collective.mwsvm.workload.scheduling import migrations
from collective.mwsvm.workload.scheduling import place_vm
from collective.mwsvm.workload.scheduling.hypervisors import Choice
from collective.mwsvm.workload.scheduling.world import Machine
from collective.mwsvm.workload.scheduling.world import MigrationPolicy
from collective.mwsvm.workload.scheduling.world import Policies
from dataclasses import replace
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from tests.workload.scheduling.worlds import node
from tests.workload.scheduling.worlds import reservation
from tests.workload.scheduling.worlds import running
from tests.workload.scheduling.worlds import world
import pytest


def host(name, load=0.0, used=0.0, **more):
    return node(
        name, 10, memory=1000, load=load, used_memory=used, hypervisor=True, **more
    )


def vm(name, host, load=1.0, used=100.0, processors=2, memory=200, **more):
    return Machine(
        name=name,
        host=host,
        load=load,
        used_memory=used,
        processors=processors,
        memory=memory,
        **more,
    )


def moves(*things, machines, limits=None, **policy):
    policy = {"algorithm": "OVERCOMMIT", "processors": 0.5, "memory": 0.5, **policy}
    policies = Policies(migration=MigrationPolicy(**policy), **(limits or {}))
    found = migrations(world(*things, machines=machines, policies=policies))
    return [(each.machine, each.source, each.target) for each in found]


BUSY = (host("h1", load=6.0), host("h2", load=1.0), host("h3", load=2.0))
MACHINES = (vm("v1", "h1"), vm("v2", "h1", load=2.0), vm("v3", "h1", load=3.0))


def test_an_overloaded_hypervisor_is_relieved_to_the_least_loaded():
    assert moves(*BUSY, machines=MACHINES) == [("v1", "h1", "h2")]


def test_the_reason_is_said():
    policies = Policies(
        migration=MigrationPolicy(algorithm="overcommit", processors=0.5)
    )
    (move,) = migrations(world(*BUSY, machines=MACHINES, policies=policies))
    assert move.reason == "h1 has processors at 0.60, over 0.5."


@pytest.mark.parametrize("algorithm", ["NONE", "", "OTHER"])
def test_nothing_moves_without_an_algorithm(algorithm):
    assert moves(*BUSY, machines=MACHINES, algorithm=algorithm) == []


def test_consolidation_relieves_to_the_most_loaded_that_may_take_it():
    three = (*BUSY, host("h4", load=4.5))
    found = moves(*three, machines=MACHINES, algorithm="CONSOLIDATION")
    assert found == [("v1", "h1", "h3")]


def test_memory_and_metrics_have_thresholds_too():
    hosts = (host("h1", used=600.0), host("h2"))
    assert moves(*hosts, machines=(vm("v1", "h1"),)) == [("v1", "h1", "h2")]
    assert moves(*hosts, machines=(vm("v1", "h1"),), memory=None) == []
    hosts = (host("h1", metrics={"watts": 400.0}), host("h2", metrics={"watts": 10.0}))
    warm = (vm("v1", "h1", metrics={"watts": 150.0}),)
    assert moves(*hosts, machines=warm) == []
    assert moves(*hosts, machines=warm, metrics={"watts": 300.0}) == [
        ("v1", "h1", "h2")
    ]


def test_as_many_move_as_are_needed():
    hosts = (host("h1", load=8.0), host("h2"))
    machines = [vm(f"v{n}", "h1", load=1.5) for n in range(4)]
    assert len(moves(*hosts, machines=machines)) == 2


def test_a_move_that_would_overload_the_target_is_not_made():
    hosts = (host("h1", load=6.0), host("h2", load=4.5))
    assert moves(*hosts, machines=(vm("v1", "h1", load=1.0),)) == []


def test_exclusions_and_what_may_not_move():
    assert moves(*BUSY, machines=MACHINES, excluded_machines=frozenset({"v1"})) == [
        ("v2", "h1", "h2")
    ]
    assert moves(*BUSY, machines=MACHINES, excluded_hosts=frozenset({"h2"})) == [
        ("v1", "h1", "h3")
    ]
    assert moves(*BUSY, machines=MACHINES, excluded_hosts=frozenset({"h1"})) == []
    fixed = tuple(replace(each, migration_disabled=True) for each in MACHINES)
    assert moves(*BUSY, machines=fixed) == []
    off = (BUSY[0], replace(BUSY[1], migration_disabled=True), BUSY[2])
    assert moves(*off, machines=MACHINES) == [("v1", "h1", "h3")]


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "Down"},
        {"power": "Off"},
        {"hypervisor": False},
        {"vm_images": frozenset({"other"})},
    ],
)
def test_targets_must_be_able_to_take_it(broken):
    hosts = (BUSY[0], replace(BUSY[1], **broken), BUSY[2])
    machines = [replace(each, image="linux") for each in MACHINES]
    assert moves(*hosts, machines=machines) == [("v1", "h1", "h3")]


def test_targets_have_limits_of_what_they_give_away():
    machines = (*MACHINES, vm("v9", "h2", load=0.0, processors=9))
    assert moves(*BUSY, machines=machines) == [("v1", "h1", "h3")]
    more = {"processor_limit": 1.1}
    assert moves(*BUSY, machines=machines, limits=more) == [("v1", "h1", "h2")]
    machines = (*MACHINES, vm("v9", "h2", load=0.0, memory=900))
    assert moves(*BUSY, machines=machines) == [("v1", "h1", "h3")]
    jobs = running("r", ("h2", 9))
    assert moves(*BUSY, jobs, machines=MACHINES) == [("v1", "h1", "h3")]


def test_reservations_without_migrations():
    closed = reservation("r", "h2", flags=frozenset({"NOVMMIGRATION"}))
    assert moves(*BUSY, closed, machines=MACHINES) == [("v1", "h1", "h3")]


def test_consolidation_empties_the_lightly_loaded():
    hosts = (host("h1", load=1.0), host("h2", load=3.0), host("h3", load=0.0))
    machines = (vm("v1", "h1"), vm("v2", "h2", load=3.0))
    assert moves(*hosts, machines=machines, algorithm="CONSOLIDATION") == [
        ("v1", "h1", "h2")
    ]
    assert moves(*hosts, machines=machines) == []


def test_a_hypervisor_is_emptied_wholly_or_not_at_all():
    hosts = (host("h1", load=2.0), host("h2", load=3.5))
    machines = (vm("v1", "h1"), vm("v2", "h1"), vm("v3", "h2", load=3.5))
    assert moves(*hosts, machines=machines, algorithm="CONSOLIDATION") == []
    fixed = (vm("v1", "h1", migration_disabled=True), vm("v2", "h2", load=3.0))
    hosts = (host("h1", load=1.0), host("h2", load=3.0))
    assert moves(*hosts, machines=fixed, algorithm="CONSOLIDATION") == []


def test_no_more_moves_at_once_than_allowed():
    from collective.mwsvm.workload.scheduling.world import Config

    hosts = (host("h1", load=9.0), host("h2"))
    machines = [vm(f"v{n}", "h1", load=1.0) for n in range(9)]
    policies = Policies(
        migration=MigrationPolicy(algorithm="OVERCOMMIT", processors=0.5)
    )
    found = migrations(
        world(
            *hosts,
            machines=tuple(machines),
            policies=policies,
            config=Config(migrations=2),
        )
    )
    assert len(found) == 2


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.floats(0, 4), st.floats(0, 300)), max_size=10
    ),
    st.sampled_from(("OVERCOMMIT", "CONSOLIDATION")),
)
@settings(max_examples=200, deadline=None)
def test_moves_never_overload_and_are_always_the_same(machines, algorithm):
    made = [
        vm(f"v{n}", f"h{at}", load=load, used=used, processors=1, memory=50)
        for n, (at, load, used) in enumerate(machines)
    ]
    hosts = [
        host(
            f"h{at}",
            load=sum(each.load for each in made if each.host == f"h{at}"),
            used=sum(each.used_memory for each in made if each.host == f"h{at}"),
        )
        for at in range(4)
    ]
    found = moves(*hosts, machines=tuple(made), algorithm=algorithm)
    assert found == moves(*hosts, machines=tuple(reversed(made)), algorithm=algorithm)
    assert len({name for name, _, _ in found}) == len(found)
    place = {each.name: each.host for each in made}
    targets = set()
    for name, source, target in found:
        assert place[name] == source != target
        place[name] = target
        targets.add(target)
    for target in targets:
        there = [each for each in made if place[each.name] == target]
        assert sum(each.load for each in there) <= 5 + 1e-6
        assert sum(each.used_memory for each in there) <= 500 + 1e-6


def test_a_machine_that_may_go_anywhere_goes_to_the_least_loaded():
    policies = Policies(
        migration=MigrationPolicy(algorithm="OVERCOMMIT", processors=0.5)
    )
    everything = world(*BUSY, machines=MACHINES, policies=policies)
    assert place_vm(everything, MACHINES[0]) == Choice("h2", "")
    policies = Policies(
        migration=MigrationPolicy(algorithm="CONSOLIDATION", processors=0.5)
    )
    everything = world(*BUSY, machines=MACHINES, policies=policies)
    assert place_vm(everything, MACHINES[0]) == Choice("h3", "")
    given_away = world(*BUSY, machines=(*MACHINES, vm("v9", "h2")))
    assert place_vm(given_away, MACHINES[0]) == Choice("h3", "")


def test_a_new_machine_has_no_host_yet():
    new = Machine(name="new", processors=1, memory=1)
    assert place_vm(world(host("h1")), new) == Choice("h1", "")


def test_why_no_hypervisor_takes_a_machine():
    new = Machine(name="new", processors=11, memory=1)
    choice = place_vm(world(host("h1"), host("h2", state="Down"), node("n3")), new)
    assert choice == Choice(
        "",
        "No hypervisor takes new: h1 has given 0 of at most 10 processors and h2 is Down.",
    )
    assert place_vm(world(), new).message == "No hypervisor takes new: none is there."
    stay = world(host("h1"), machines=(vm("v1", "h1"),))
    assert place_vm(stay, vm("v1", "h1")).message == (
        "No hypervisor takes v1: h1 has it already."
    )


def test_an_overloaded_hypervisor_is_better_than_none():
    policies = Policies(
        migration=MigrationPolicy(algorithm="OVERCOMMIT", processors=0.1)
    )
    everything = world(host("h1", load=5.0), policies=policies)
    assert place_vm(everything, vm("v1", "")) == Choice("h1", "")
