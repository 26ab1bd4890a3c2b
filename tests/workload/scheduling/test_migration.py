"""Auto VM Migration, and hypervisors for machines that may go anywhere."""

from collective.mwsvm.workload.scheduling import migrations
from collective.mwsvm.workload.scheduling import place_vm
from collective.mwsvm.workload.scheduling import refused
from collective.mwsvm.workload.scheduling.hypervisors import Choice
from collective.mwsvm.workload.scheduling.world import Machine
from collective.mwsvm.workload.scheduling.world import MigrationPolicy
from collective.mwsvm.workload.scheduling.world import Policies
from collective.mwsvm.workload.scheduling.world import ReservedNode
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
    flags = frozenset({"NOVMMIGRATION"})
    closed = reservation("r", "h2", flags=flags)
    assert moves(*BUSY, closed, machines=MACHINES) == [("v1", "h1", "h3")]
    assert moves(*BUSY, reservation("r", "h1", flags=flags), machines=MACHINES) == []
    later = reservation("r", "h2", start=10, flags=flags)
    assert moves(*BUSY, later, machines=MACHINES) == [("v1", "h1", "h2")]


def test_what_is_reserved_is_left_to_those_it_is_for():
    assert moves(*BUSY, reservation("r", "h2"), machines=MACHINES) == [
        ("v1", "h1", "h3")
    ]
    # Within the reservation machines move.
    both = reservation("r", "h1", "h2")
    assert moves(*BUSY, both, machines=MACHINES) == [("v1", "h1", "h2")]
    part = reservation("r", ReservedNode("h1", {"processors": 9}))
    assert moves(*BUSY, part, machines=MACHINES) == [("v1", "h1", "h2")]
    for processors, target in ((8, "h2"), (9, "h3")):
        part = reservation("r", ReservedNode("h2", {"processors": processors}))
        assert moves(*BUSY, part, machines=MACHINES) == [("v1", "h1", target)]


@pytest.mark.parametrize(
    "state, leaves",
    [("Busy", True), ("Draining", True)]
    + [(state, False) for state in ("Down", "Unknown", "Flush")],
)
def test_what_is_full_is_relieved_and_what_is_gone_is_not(state, leaves):
    hosts = (replace(BUSY[0], state=state), *BUSY[1:])
    assert bool(moves(*hosts, machines=MACHINES)) is leaves


def test_load_that_is_not_reported_decides_nothing():
    unknown = replace(BUSY[1], load=None)
    assert moves(BUSY[0], unknown, BUSY[2], machines=MACHINES) == [("v1", "h1", "h3")]
    assert moves(unknown, BUSY[2], machines=(vm("v1", "h2"),)) == []
    # It may be anything but idle.
    hosts = (host("h1", load=None), host("h2", load=2.0))
    machines = (vm("v1", "h1"), vm("v2", "h2", load=2.0))
    assert moves(*hosts, machines=machines, algorithm="CONSOLIDATION") == []


@pytest.mark.parametrize("algorithm", ["OVERCOMMIT", "CONSOLIDATION"])
def test_nothing_moves_without_a_threshold(algorithm):
    none = {"processors": None, "memory": None}
    assert moves(*BUSY, machines=MACHINES, algorithm=algorithm, **none) == []


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


LIMITS = {"processor_limit": 1.2, "memory_limit": 1.1}
ALGORITHMS = st.sampled_from(("OVERCOMMIT", "CONSOLIDATION"))
MADE = st.lists(
    st.tuples(st.integers(0, 3), st.floats(0, 4), st.floats(0, 300)), max_size=10
)
SETTINGS = settings(max_examples=200, deadline=None)


def made(machines):
    return [
        vm(f"v{n}", f"h{at}", load=load, used=used, processors=3, memory=250)
        for n, (at, load, used) in enumerate(machines)
    ]


def loaded(machines):
    """The hypervisors h0 to h3 with the load of these machines, and no other."""
    found = []
    for name in ("h0", "h1", "h2", "h3"):
        there = [each for each in machines if each.host == name]
        load = sum(each.load for each in there)
        used = sum(each.used_memory for each in there)
        found.append(host(name, load=load, used=used))
    return found


def after(machines, found):
    """The machines when the moves are made."""
    places = {name: target for name, _, target in found}
    return [replace(each, host=places.get(each.name, each.host)) for each in machines]


@given(MADE, ALGORITHMS)
@SETTINGS
def test_moves_never_overload_and_are_always_the_same(machines, algorithm):
    before = made(machines)
    given = {"algorithm": algorithm, "limits": LIMITS}
    found = moves(*loaded(before), machines=tuple(before), **given)
    again = moves(*loaded(before), machines=tuple(reversed(before)), **given)
    assert found == again
    assert len({name for name, _, _ in found}) == len(found)
    for name, source, target in found:
        (machine,) = (each for each in before if each.name == name)
        assert machine.host == source != target
    then = after(before, found)
    for target in {target for _, _, target in found}:
        there = [each for each in then if each.host == target]
        assert sum(each.load for each in there) <= 5 + 1e-6
        assert sum(each.used_memory for each in there) <= 500 + 1e-6
        assert sum(each.processors for each in there) <= 12
        assert sum(each.memory for each in there) <= 1100


@given(MADE, ALGORITHMS, st.sets(st.integers(0, 3)), st.sets(st.integers(0, 9)))
@SETTINGS
def test_what_is_excluded_is_neither_left_nor_reached(
    machines, algorithm, hosts, names
):
    before = made(machines)
    excluded = {f"h{number}" for number in hosts}
    found = moves(
        *loaded(before),
        machines=tuple(before),
        algorithm=algorithm,
        excluded_hosts=frozenset(excluded),
        excluded_machines=frozenset(f"v{number}" for number in names),
    )
    for name, source, target in found:
        assert not excluded & {source, target}
        assert int(name[1:]) not in names


@given(MADE, ALGORITHMS)
@SETTINGS
def test_constant_load_comes_to_rest(machines, algorithm):
    now = made(machines)
    visited = {each.name: [each.host] for each in now}
    for _ in range(12):
        found = moves(*loaded(now), machines=tuple(now), algorithm=algorithm)
        if not found:
            return
        now = after(now, found)
        for name, _, target in found:
            assert target not in visited[name], "to and fro"
            visited[name].append(target)
    raise AssertionError("it goes on and on")


@given(MADE, st.sets(st.integers(0, 3)))
@SETTINGS
def test_any_host_is_within_the_limits_and_not_excluded(machines, hosts):
    before = made(machines)
    excluded = frozenset(f"h{number}" for number in hosts)
    policies = Policies(migration=MigrationPolicy(excluded_hosts=excluded), **LIMITS)
    everything = world(*loaded(before), machines=tuple(before), policies=policies)
    new = vm("new", "", processors=3, memory=250)
    chosen = place_vm(everything, new).host
    able = []
    for name in ("h0", "h1", "h2", "h3"):
        there = [each for each in before if each.host == name]
        if len(there) < 4 and name not in excluded:
            able.append(name)
    assert chosen in able or not (chosen or able)


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


def test_excluded_and_reserved_hypervisors_are_not_chosen():
    excluded = MigrationPolicy(excluded_hosts=frozenset({"h1"}))
    choice = place_vm(
        world(
            host("h1"),
            host("h2"),
            reservation("r", "h2"),
            policies=Policies(migration=excluded),
        ),
        vm("v1", ""),
    )
    assert choice.message == (
        "No hypervisor takes v1: h1 is excluded from migrations and h2 is reserved by r."
    )


def test_a_person_may_name_a_host_within_the_limits():
    excluded = MigrationPolicy(excluded_hosts=frozenset({"h2"}))
    everything = world(
        *BUSY,
        node("n4"),
        replace(host("h5"), migration_disabled=True),
        reservation("r", "h3"),
        machines=(*MACHINES, vm("v9", "h3", processors=9)),
        policies=Policies(migration=excluded),
    )
    found = {
        name: refused(everything, MACHINES[0], name)
        for name in ("h1", "h2", "h3", "n4", "h5")
    }
    assert found == {
        "h1": "has it already",
        "h2": "",
        "h3": "has given 9 of at most 10 processors",
        "n4": "is no hypervisor",
        "h5": "has migrations disabled",
    }


def test_what_a_hypervisor_does_not_report_it_is_not_short_of():
    some = replace(host("h1"), resources={"memory": 1000})
    big = vm("v1", "", processors=99, memory=1000)
    assert refused(world(some), big, "h1") == ""
    bigger = replace(big, memory=1001)
    assert refused(world(some), bigger, "h1") == (
        "has given 0 of at most 1000 MB of memory"
    )


def test_an_overloaded_hypervisor_is_better_than_none():
    policies = Policies(
        migration=MigrationPolicy(algorithm="OVERCOMMIT", processors=0.1)
    )
    everything = world(host("h1", load=5.0), policies=policies)
    assert place_vm(everything, vm("v1", "")) == Choice("h1", "")
