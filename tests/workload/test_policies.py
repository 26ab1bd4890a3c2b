"""Policies and the rules by which they change, on both databases."""

from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.policies import ALGORITHMS
from collective.mwsvm.workload.policies import Policies
from collective.mwsvm.workload.policies import with_conflicts
from contextlib import contextmanager
import pytest
import threading


MIGRATION = "auto-vm-migration"
OVERCOMMIT = "hv-allocation-overcommit"
ALLOCATION = "node-allocation"
EXCLUSION = "migration-exclusion-list"

#: A change that a policy takes.
CHANGES = {
    MIGRATION: {"migrationAlgorithmType": "OVERCOMMIT"},
    OVERCOMMIT: {"processorAllocationLimit": 29.5, "memoryAllocationLimit": 1.2},
    ALLOCATION: {
        "nodeAllocationAlgorithm": "CustomPriority",
        "customPriorityFunction": "100*RSVAFFINITY - GMETRIC[numvms]",
    },
    EXCLUSION: {"vmExclusionList": ["vm1"], "hvExclusionList": ["hv1"]},
}


class Opened:
    """Each call is a transaction."""

    def __init__(self, database):
        self.database = database

    @contextmanager
    def policies(self, **options):
        with self.database.transaction() as connection:
            yield Policies(connection, **options)

    def get(self, id):
        with self.policies() as policies:
            return policies.get(id)

    def change(self, id, given, mode="set", **options):
        with self.policies(**options) as policies:
            return policies.change(id, given, mode)

    def refused(self, id, given, *messages, error=Invalid, **options):
        before = self.get(id)
        with pytest.raises(error) as raised:
            self.change(id, given, **options)
        for message in messages:
            assert message in str(raised.value)
        assert self.get(id) == before


@pytest.fixture
def site(database):
    return Opened(database)


def test_there_are_four_and_at_first_none_is_active(site):
    with site.policies() as policies:
        found = policies.all()
    assert [policy["id"] for policy in found] == [
        MIGRATION,
        OVERCOMMIT,
        ALLOCATION,
        EXCLUSION,
    ]
    for policy in found:
        assert (policy["state"], policy["conflicted"], policy["version"]) == (
            "DISABLED",
            False,
            0,
        )
    assert [policy["priority"] for policy in found] == [1, 2, 3, 100]
    assert found[0]["migrationAlgorithmType"] == "NONE"
    assert found[2]["nodeAllocationAlgorithm"] == "InReverseReportedOrder"


@pytest.mark.parametrize("id", CHANGES)
def test_fields_change_with_the_request_that_enables_the_policy(site, id):
    before = site.get(id)
    new = site.change(id, {"state": "enabled", **CHANGES[id]})
    expected = {**before, "state": "ENABLED", **CHANGES[id], "version": 1}
    assert new == site.get(id) == expected


@pytest.mark.parametrize("id", CHANGES)
def test_fields_of_a_disabled_policy_can_not_be_modified(site, id):
    names = [f"'{name}'" for name in CHANGES[id]]
    site.refused(id, CHANGES[id], f"The policy {id} is disabled", *names)
    site.refused(id, {**CHANGES[id], "state": "disabled"}, "Please enable the policy")


def test_a_disabled_policy_keeps_what_it_was_set_to(site):
    site.change(MIGRATION, {"state": "ENABLED", **CHANGES[MIGRATION]})
    new = site.change(MIGRATION, {"state": "Disabled"})
    assert (new["state"], new["migrationAlgorithmType"]) == ("DISABLED", "OVERCOMMIT")
    # What stays as it is, is no modification.
    same = site.change(MIGRATION, CHANGES[MIGRATION])
    assert same == {**new, "version": new["version"] + 1}


def test_an_enabled_policy_may_be_modified_and_disabled_at_once(site):
    site.change(OVERCOMMIT, {"state": "ENABLED"})
    new = site.change(OVERCOMMIT, {"state": "DISABLED", "memoryAllocationLimit": 2})
    assert (new["state"], new["memoryAllocationLimit"]) == ("DISABLED", 2)


def test_an_enabled_migration_needs_an_algorithm(site):
    message = "'migrationAlgorithmType' can't be NONE while the policy"
    site.refused(MIGRATION, {"state": "ENABLED"}, message)
    site.change(MIGRATION, {"state": "ENABLED", **CHANGES[MIGRATION]})
    site.refused(MIGRATION, {"migrationAlgorithmType": "none"}, message)
    new = site.change(MIGRATION, {"migrationAlgorithmType": "consolidation"})
    assert new["migrationAlgorithmType"] == "CONSOLIDATION"


@pytest.mark.parametrize("moab, name", ALGORITHMS.items())
def test_algorithms_are_taken_in_both_spellings(site, moab, name):
    site.change(ALLOCATION, {"state": "ENABLED"})
    for spelling in (moab, moab.lower(), name, name.upper(), name.lower()):
        new = site.change(ALLOCATION, {"nodeAllocationAlgorithm": spelling})
        assert new["nodeAllocationAlgorithm"] == name


def test_metrics_are_added_and_never_removed(site):
    first = {"state": "ENABLED", **CHANGES[MIGRATION]}
    site.change(MIGRATION, {**first, "genericMetricThresholds": {"a": 1, "b": 2}})
    new = site.change(MIGRATION, {"genericMetricThresholds": {"b": 3, "c": 4.5}})
    assert new["genericMetricThresholds"] == {"a": 1, "b": 3, "c": 4.5}
    new = site.change(MIGRATION, {"genericMetricThresholds": {}})
    assert new["genericMetricThresholds"] == {"a": 1, "b": 3, "c": 4.5}
    site.refused(
        MIGRATION, {"genericMetricThresholds": {"b": None}}, "can't lose b", "removed"
    )


def test_there_is_a_limit_to_generic_metrics(site):
    ten = {f"m{number}": number for number in range(10)}
    site.change(MIGRATION, {"state": "ENABLED", **CHANGES[MIGRATION]})
    site.change(MIGRATION, {"genericMetricThresholds": ten})
    more = {"genericMetricThresholds": {"m10": 1}}
    message = "would have 11 generic metrics, but there can be 10 at most"
    site.refused(MIGRATION, more, message)
    site.change(MIGRATION, {"genericMetricThresholds": {"m1": 5}})
    # The administrator may raise it; those that there are stay when it is lowered.
    site.change(MIGRATION, more, generic_metrics=11)
    new = site.change(MIGRATION, {"genericMetricThresholds": {"m1": 6}})
    assert len(new["genericMetricThresholds"]) == 11


@pytest.mark.parametrize("name", ["vmExclusionList", "hvExclusionList"])
def test_change_modes_of_the_exclusion_lists(site, name):
    def change(given, mode):
        return site.change(EXCLUSION, {name: given}, mode)[name]

    site.change(EXCLUSION, {"state": "ENABLED"})
    assert change(["b", "a", "b"], "set") == ["b", "a"]
    assert change(["c", "a"], "add") == ["b", "a", "c"]
    assert change(["a", "z"], "remove") == ["b", "c"]
    assert change([], "set") == []


def test_only_the_exclusion_lists_have_change_modes(site):
    first = {"state": "ENABLED", **CHANGES[MIGRATION]}
    site.change(MIGRATION, {**first, "genericMetricThresholds": {"a": 1}})
    new = site.change(MIGRATION, {"genericMetricThresholds": {"a": 1}}, "remove")
    assert new["genericMetricThresholds"] == {"a": 1}


@pytest.mark.parametrize(
    "id, given, message",
    [
        (MIGRATION, {"state": "ON"}, "The field 'state' can't be 'ON'"),
        (MIGRATION, {"state": None}, "The field 'state' can't be None"),
        (
            MIGRATION,
            {"migrationAlgorithmType": "RANDOM"},
            "The field 'migrationAlgorithmType' can't be 'RANDOM'",
        ),
        (MIGRATION, {"processorUtilizationThreshold": -1}, "can't be -1"),
        (MIGRATION, {"memoryUtilizationThreshold": "much"}, "can't be 'much'"),
        (MIGRATION, {"genericMetricThresholds": [1]}, "can't be [1]"),
        (MIGRATION, {"genericMetricThresholds": {"a": "b"}}, "can't be 'b'"),
        (MIGRATION, {"genericMetricThresholds": {"": 1}}, "at least 1 character"),
        (OVERCOMMIT, {"processorAllocationLimit": 0}, "can't be 0"),
        (OVERCOMMIT, {"memoryAllocationLimit": None}, "can't be None"),
        (ALLOCATION, {"nodeAllocationAlgorithm": "Best"}, "can't be 'Best'"),
        (ALLOCATION, {"customPriorityFunction": 5 * ["a"]}, "'customPriorityFunction'"),
        (ALLOCATION, {"customPriorityFunction": "2 *"}, "customPriorityFunction '2 *'"),
        (
            ALLOCATION,
            {"customPriorityFunction": "exit()"},
            "customPriorityFunction 'ex",
        ),
        (EXCLUSION, {"vmExclusionList": "vm1"}, "'vmExclusionList' can't be 'vm1'"),
        (EXCLUSION, {"vmExclusionList": ["a", {}]}, "'vmExclusionList.1' can't be {}"),
        (EXCLUSION, {"hvExclusionList": [""]}, "'hvExclusionList.0' can't be ''"),
        (EXCLUSION, {"name": "other"}, "no field of the policy migration-exclusion"),
        (OVERCOMMIT, {"vmExclusionList": []}, "memoryAllocationLimit, processorAlloc"),
    ],
)
def test_wrong_changes_are_refused(site, id, given, message):
    state = {} if "state" in given or "name" in given else {"state": "ENABLED"}
    if id == MIGRATION:
        state = {"migrationAlgorithmType": "OVERCOMMIT", **state}
    if "policy" in message or "Limit, " in message:
        state = {}
    site.refused(id, {**state, **given}, message)


def test_a_stale_version_is_refused(site):
    site.change(OVERCOMMIT, {"state": "ENABLED", "version": 0})
    given = {"state": "DISABLED", "version": 0}
    message = "'version' is 0, but the present version is 1"
    site.refused(OVERCOMMIT, given, message, error=Conflict)
    assert site.change(OVERCOMMIT, {**given, "version": "1"})["version"] == 2


def test_there_are_no_others(site):
    with site.policies() as policies:
        with pytest.raises(NotFound, match="'fairshare' was not found"):
            policies.get("fairshare")
        with pytest.raises(NotFound, match="'fairshare' was not found"):
            policies.change("fairshare", {"state": "ENABLED"})


def test_changes_at_the_same_time_come_one_after_the_other(site):
    site.change(EXCLUSION, {"state": "ENABLED"})
    names = [f"vm{number}" for number in range(6)]
    threads = [
        threading.Thread(
            target=site.change, args=(EXCLUSION, {"vmExclusionList": [name]}, "add")
        )
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = site.get(EXCLUSION)
    assert sorted(found["vmExclusionList"]) == names
    assert found["version"] == 7


def test_a_policy_is_conflicted_while_another_that_conflicts_is_active():
    def policy(id, state, *conflicts):
        return {"id": id, "state": state, "potentialConflicts": list(conflicts)}

    found = with_conflicts(
        [
            policy("a", "DISABLED", "b"),
            policy("b", "ENABLED", "a", "b"),
            policy("c", "ENABLED", "d"),
            policy("d", "DISABLED"),
        ]
    )
    assert [item["conflicted"] for item in found] == [True, False, False, False]
