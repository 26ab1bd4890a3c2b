"""How several reports of an object become one (guide 6.1.6)."""

from collective.mwsvm.inventory.consolidation import Consolidation
from collective.mwsvm.inventory.consolidation import Said
from collective.mwsvm.inventory.layers import added
from collective.mwsvm.inventory.layers import united
from collective.mwsvm.models.errors import Misconfigured
from copy import deepcopy
from hypothesis import given
from hypothesis import strategies as st
from tests.inventory import reference
import pytest


def consolidated(*reports, policy=None, precedence=None, states=True):
    """Of plugin and report, in the order in which they came."""
    layers = {}
    for plugin, fields in reports:
        report = {"name": "n1", "timestamp": 100, **fields}
        layers[plugin] = added(layers.get(plugin, ()), [report])
    ranks = {"a": 1, "b": 2} if precedence is None else precedence
    said = [Said(plugin, each) for plugin, each in layers.items()]
    return Consolidation(ranks, policy).of(said, states)


def fields(*reports, **options):
    return consolidated(*reports, **options).report


@pytest.mark.parametrize(
    "of_a, of_b, policy, expected",
    [
        # The guide's table, which calls the states ON and OFF.
        ("UP", "DOWN", None, "UP"),
        ("DOWN", "UP", None, "DOWN"),
        ("UP", "DOWN", "optimistic", "UP"),
        ("DOWN", "UP", "optimistic", "UP"),
        ("UP", "DOWN", "pessimistic", "DOWN"),
        ("DOWN", "UP", "pessimistic", "DOWN"),
        # What counts as up.
        ("DOWN", "IDLE", "optimistic", "IDLE"),
        ("DOWN", "BUSY", "optimistic", "BUSY"),
        ("DOWN", "RUNNING", "optimistic", "RUNNING"),
        ("DOWN", "DRAINING", "optimistic", "DRAINING"),
        ("DOWN", "DRAINED", "optimistic", "DOWN"),
        ("DOWN", "FLUSH", "optimistic", "DOWN"),
        ("DOWN", "RESERVED", "optimistic", "DOWN"),
        ("DOWN", "UNKNOWN", "optimistic", "DOWN"),
        ("DOWN", "NONE", "optimistic", "DOWN"),
        ("BUSY", "IDLE", "optimistic", "BUSY"),
        # Nobody says what the policy looks for: as any field.
        ("DRAINED", "UNKNOWN", "optimistic", "DRAINED"),
        ("UNKNOWN", "IDLE", "pessimistic", "UNKNOWN"),
    ],
)
def test_states_by_policy(of_a, of_b, policy, expected):
    both = [("a", {"state": of_a}), ("b", {"state": of_b})]
    assert fields(*both, policy=policy)["state"] == expected
    assert fields(*reversed(both), policy=policy)["state"] == expected


@pytest.mark.parametrize("policy", [None, "optimistic", "pessimistic"])
def test_power_is_a_field_like_others(policy):
    both = [("a", {"power": "ON"}), ("b", {"power": "OFF"})]
    assert fields(*both, policy=policy)["power"] == "ON"


def test_the_policy_is_not_for_jobs():
    both = [("a", {"state": "IDLE"}), ("b", {"state": "DOWN"})]
    assert fields(*both, policy="pessimistic", states=False)["state"] == "IDLE"


@pytest.mark.parametrize("policy", ["", "Optimistic", "null", 1])
def test_policies_that_do_not_exist(policy):
    with pytest.raises(Misconfigured, match="must be optimistic, pessimistic or null"):
        Consolidation({}, policy)


def test_the_lowest_number_counts_most_whenever_it_was_reported():
    old = ("b", {"image": "old", "timestamp": 1})
    new = ("a", {"image": "new", "timestamp": 9})
    assert fields(old, new, precedence={"a": 5, "b": 4})["image"] == "old"
    assert fields(old, new, precedence={"a": 4, "b": 5})["image"] == "new"


def test_no_precedence_is_the_highest():
    both = [("a", {"image": "of a"}), ("b", {"image": "of b"})]
    assert fields(*both, precedence={"a": 2})["image"] == "of b"


def test_among_equals_the_later_report_counts():
    both = [("a", {"image": "x", "timestamp": 1}), ("b", {"image": "y"})]
    assert fields(*both, precedence={"a": 1})["image"] == "y"


def test_what_one_leaves_open_another_may_say():
    found = fields(
        ("a", {"resources": {"disk": {"total": 9}}, "metrics": {"x": 1.0}}),
        (
            "b",
            {
                "resources": {"disk": {"total": 5, "available": 3}, "r": {"total": 1}},
                "metrics": {"x": 7.0, "y": 2.0},
                "variables": {"v": "w"},
                "features": ["f"],
                "image": "i",
            },
        ),
    )
    assert found == {
        "name": "n1",
        "timestamp": 100,
        "resources": {"disk": {"total": 9, "available": 3}, "r": {"total": 1}},
        "metrics": {"x": 1.0, "y": 2.0},
        "variables": {"v": "w"},
        "features": ["f"],
        "image": "i",
    }


def test_lists_are_taken_as_a_whole():
    both = [("a", {"features": ["x"]}), ("b", {"features": ["y", "z"]})]
    assert fields(*both)["features"] == ["x"]


@pytest.mark.parametrize(
    "of_a, of_b, policy, expected",
    [
        ({"state": "IDLE", "subState": "s"}, {"subState": "t"}, None, "s"),
        ({"state": "IDLE"}, {"state": "BUSY", "subState": "t"}, None, None),
        ({"subState": "s"}, {"state": "BUSY", "subState": "t"}, None, "t"),
        ({"subState": "s"}, {"state": "BUSY"}, None, None),
        ({"subState": "s"}, {"subState": "t"}, None, "s"),
        ({"state": "UP", "subState": "s"}, {"state": "DOWN"}, "pessimistic", None),
        ({"state": "DOWN"}, {"state": "UP", "subState": "t"}, "optimistic", "t"),
    ],
)
def test_the_sub_state_goes_with_the_state(of_a, of_b, policy, expected):
    found = fields(("a", of_a), ("b", of_b), policy=policy)
    assert found.get("subState") == expected


def test_of_one_plugin_the_latest_report_wins_and_earlier_ones_fill_up():
    first = ("a", {"image": "x", "partition": "p", "metrics": {"m": 1.0, "n": 1.0}})
    later = ("a", {"image": "y", "metrics": {"m": 2.0}, "timestamp": 101})
    expected = {
        "name": "n1",
        "timestamp": 101,
        "image": "y",
        "partition": "p",
        "metrics": {"m": 2.0, "n": 1.0},
    }
    assert fields(first, later) == fields(later, first) == expected


def test_of_one_moment_the_report_that_came_later_wins():
    first, second = ("a", {"image": "x", "power": "ON"}), ("a", {"image": "y"})
    assert fields(first, second)["image"] == "y"
    assert fields(second, first)["image"] == "x"
    assert fields(first, second)["power"] == "ON"


def test_the_latest_state_of_a_plugin_is_what_the_policy_looks_at():
    down = ("a", {"state": "DOWN"})
    up = ("a", {"state": "UP", "timestamp": 101})
    assert fields(down, up, ("b", {"state": "IDLE"}), policy="pessimistic") == {
        "name": "n1",
        "timestamp": 101,
        "state": "UP",
    }


def test_those_that_count_most_come_first():
    everyone = [("b", {}), ("c", {}), ("a", {})]
    ranks = {"a": 2, "b": 3, "c": 1}
    assert consolidated(*everyone, precedence=ranks).plugins == ["c", "a", "b"]


moments = st.integers(1, 4)


@given(
    st.lists(
        st.tuples(st.sampled_from(reference.PLUGINS), reference.reports_at(moments)),
        min_size=1,
        max_size=8,
    ),
    reference.precedences,
    reference.policies,
)
def test_it_is_what_the_obvious_way_gives(reports, precedence, policy):
    before = deepcopy(reports)
    found = fields(*reports, precedence=precedence, policy=policy)
    assert found == reference.consolidated(reports, precedence, policy)
    assert reports == before


@given(
    st.lists(
        st.tuples(st.sampled_from(reference.PLUGINS), reference.reports_at(st.just(0))),
        min_size=1,
        max_size=6,
    ),
    reference.precedences,
    reference.policies,
    st.data(),
)
def test_the_order_of_arrival_does_not_matter(reports, precedence, policy, data):
    apart = [
        (plugin, {**report, "timestamp": moment})
        for moment, (plugin, report) in enumerate(reports)
    ]
    shuffled = data.draw(st.permutations(apart))
    options = {"precedence": precedence, "policy": policy}
    assert fields(*shuffled, **options) == fields(*apart, **options)


@given(st.lists(reference.reports_at(moments), min_size=1, max_size=12))
def test_layers_say_each_thing_once(reports):
    layers = added((), reports)
    stamps = [layer["timestamp"] for layer in layers]
    assert stamps == sorted(set(stamps), reverse=True)
    said = [path for layer in layers for path in reference.leaves(layer)]
    once = [path for path in said if path not in (("name",), ("timestamp",), "orphan")]
    assert len(once) == len(set(once))
    assert added(layers, []) == layers
    assert united(layers) == fields(*(("a", report) for report in reports))
