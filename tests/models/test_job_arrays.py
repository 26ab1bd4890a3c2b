"""Job arrays (guide 4.9)."""

from collective.mwsvm.models import job_arrays
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.job_arrays import JobArray
from collective.mwsvm.models.job_documents import submitted
from copy import deepcopy
from hypothesis import given
from hypothesis import strategies as st
from tests.models import job_samples
import pytest
import time


PROTOTYPE = {"commandFile": "/tmp/test.sh"}


def array(**fields):
    return JobArray.check({"jobPrototype": PROTOTYPE, **fields})


def refused(**fields):
    with pytest.raises(Invalid) as caught:
        found, _ = job_arrays.submitted({"jobPrototype": PROTOTYPE, **fields}, 2)
        found.indexes()
    return str(caught.value)


def a_range(start, end, increment=1):
    return {"startIndex": start, "endIndex": end, "increment": increment}


class TestIndexes:
    def test_ranges_and_values_of_the_guide(self):
        found, _ = job_arrays.submitted(job_samples.ARRAY, 2)
        assert found.indexes() == [2, 4, 6, 8, 10, 11, 13, 15, 17, 19, 21, 23, 25]
        assert found.slot_limit == 2

    def test_each_is_there_once(self):
        found = array(
            indexValues=[5, 1, 5, "3"], indexRanges=[a_range(1, 3), a_range(2, 9, 4)]
        )
        assert found.indexes() == [1, 2, 3, 5, 6]

    def test_the_increment_is_one(self):
        assert array(indexRanges=[{"startIndex": 3, "endIndex": 3}]).indexes() == [3]

    @pytest.mark.parametrize(
        "fields",
        [{}, {"indexValues": []}, {"indexRanges": [], "indexValues": None}],
    )
    def test_there_is_at_least_one(self, fields):
        assert refused(**fields) == (
            "A job array needs at least one index, in the field 'indexRanges' or "
            "'indexValues'"
        )

    def test_there_is_a_limit(self):
        found = array(indexRanges=[a_range(1, 10_000)])
        assert len(found.indexes()) == 10_000
        assert refused(indexRanges=[a_range(0, 10_000)]) == (
            "A job array can't have more than 10000 jobs"
        )
        with pytest.raises(Invalid, match="^A job array can't have more than 3 jobs$"):
            array(indexValues=[1, 2, 3, 4]).indexes(3)
        assert array(indexValues=[1, 2, 3, 3]).indexes(3) == [1, 2, 3]

    def test_far_too_long_ranges_cost_nothing(self):
        long = [a_range(0, 2**31 - 1)] * 1000
        started = time.process_time()
        assert "more than 10000" in refused(indexRanges=long)
        assert time.process_time() - started < 1

    @given(
        st.lists(st.integers(0, 50), max_size=10),
        st.lists(
            st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 9)),
            max_size=4,
        ),
        st.integers(1, 30),
    )
    def test_they_are_those_that_are_named_and_no_others(self, values, ranges, limit):
        ranges = [(start, start + length, step) for start, length, step in ranges]
        expected = set(values)
        for start, end, step in ranges:
            expected |= {n for n in range(start, end + 1) if (n - start) % step == 0}
        found = array(indexValues=values, indexRanges=[a_range(*r) for r in ranges])
        if 0 < len(expected) <= limit:
            assert found.indexes(limit) == sorted(expected)
        else:
            with pytest.raises(Invalid):
                found.indexes(limit)


class TestRestrictions:
    def test_the_prototype_is_required(self):
        with pytest.raises(Invalid, match="^The field 'jobPrototype' is required$"):
            job_arrays.submitted({"indexValues": [1]}, 2)

    def test_it_has_all_the_restrictions_of_jobs(self):
        assert refused(jobPrototype={"duration": 0}) == (
            "The field 'jobPrototype.commandFile' is required The field "
            "'jobPrototype.duration' can't be 0: input should be greater than 0"
        )

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            (
                {"indexRanges": [a_range(5, 4)]},
                "the endIndex 4 is before the startIndex 5",
            ),
            (
                {"indexRanges": [a_range(1, 4, 0)]},
                "The field 'indexRanges.0.increment' can't be 0: input should be "
                "greater than or equal to 1",
            ),
            (
                {"indexRanges": [{"startIndex": 1}]},
                "The field 'indexRanges.0.endIndex' is required",
            ),
            (
                {"indexValues": [1, -1]},
                "The field 'indexValues.1' can't be -1: input should be greater than or "
                "equal to 0",
            ),
            (
                {"slotLimit": 0},
                "The field 'slotLimit' can't be 0: input should be greater than or equal "
                "to 1",
            ),
            (
                {"cancellationPolicy": {"anyJob": "never"}},
                "The field 'cancellationPolicy.anyJob' can't be 'never': input should be "
                "'SUCCESS' or 'FAILURE'",
            ),
            (
                {"jobPrototype": "test.sh"},
                "The field 'jobPrototype' can't be 'test.sh': it must be an object",
            ),
        ],
    )
    def test_what_else_is_refused(self, fields, said):
        assert said in refused(**{"indexValues": [1], **fields})

    def test_nulls_say_nothing(self):
        nulls = dict.fromkeys(
            ("name", "indexRanges", "slotLimit", "cancellationPolicy")
        )
        found, prototype = job_arrays.submitted(
            {"jobPrototype": PROTOTYPE, "indexValues": [1], **nulls}, 2
        )
        assert found.flags(master=True) == ["ARRAYMASTER", "GLOBALQUEUE"]
        assert prototype == submitted(PROTOTYPE, 2)


class TestDocuments:
    #: The samples of 4.8.1.2, but with what the array of 4.9 asks for.
    MASTER = {
        "customName": "myarray",
        "flags": [
            "ARRAYMASTER",
            "GLOBALQUEUE",
            "CANCELONFIRSTFAILURE",
            "CANCELONANYSUCCESS",
        ],
    }
    MEMBER = {
        "customName": "myarray",
        "arrayIndex": 21,
        "arrayMasterName": "Moab.5",
        "flags": [
            "ARRAYJOB",
            "GLOBALQUEUE",
            "CANCELONFIRSTFAILURE",
            "CANCELONANYSUCCESS",
        ],
    }

    def test_the_samples_of_the_guide(self):
        found, prototype = job_arrays.submitted(job_samples.ARRAY, 2)
        alone = deepcopy(prototype)
        assert job_arrays.master(found, prototype) == alone | self.MASTER
        assert job_arrays.member(found, prototype, "Moab.5", 21) == alone | self.MEMBER
        assert job_arrays.member_name("Moab.5", 21) == "Moab.5[21]"
        assert prototype == alone

    def test_flags_of_the_prototype_stay(self):
        body = {**PROTOTYPE, "flags": ["RESTARTABLE"]}
        found, prototype = job_arrays.submitted({"jobPrototype": body}, 2)
        assert job_arrays.member(found, prototype, "Moab.5", 1)["flags"] == [
            "ARRAYJOB",
            "GLOBALQUEUE",
            "RESTARTABLE",
        ]

    @pytest.mark.parametrize(
        ("policy", "flags"),
        [
            ({"firstJob": "success"}, ["CANCELONFIRSTSUCCESS"]),
            ({"firstJob": "FAILURE"}, ["CANCELONFIRSTFAILURE"]),
            ({"anyJob": "SUCCESS"}, ["CANCELONANYSUCCESS"]),
            ({"anyJob": "Failure"}, ["CANCELONANYFAILURE"]),
            ({}, []),
        ],
    )
    def test_cancellation_policies_are_flags(self, policy, flags):
        assert array(cancellationPolicy=policy).flags(master=False)[2:] == flags

    def test_the_name_of_the_array_goes_before_that_of_the_prototype(self):
        body = {"jobPrototype": {**PROTOTYPE, "customName": "inner"}}
        assert job_arrays.submitted(body, 2)[1]["customName"] == "inner"
        outer = job_arrays.submitted({**body, "name": "outer"}, 2)
        assert outer[1]["customName"] == "outer"

    def test_the_prototype_is_in_the_words_of_the_version(self):
        body = {"jobPrototype": job_samples.MANTID, "indexValues": [1]}
        _, prototype = job_arrays.submitted(body, 1)
        assert prototype == submitted(job_samples.MANTID, 1)
