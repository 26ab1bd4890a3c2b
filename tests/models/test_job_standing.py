"""What a job's states are called, and its running durations."""

from collective.mwsvm.models import dates
from collective.mwsvm.models import job_documents
from collective.mwsvm.models.job_objects import flags
from collective.mwsvm.models.job_objects import states
from collective.mwsvm.models.jobs import ENDED
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.plugins.reports.enums import JobReportFlag
from collective.mwsvm.plugins.reports.enums import JobReportState
from copy import deepcopy
from hypothesis import given
from hypothesis import strategies as st
from tests.models import job_samples
from typing import get_args
import pytest


class TestStates:
    @pytest.mark.parametrize(
        ("state", "known", "label", "queue_status"),
        [
            (JobState.DRAFT, {}, "NotQueued", "blocked"),
            (JobState.QUEUED, {}, "Idle", "blocked"),
            (JobState.QUEUED, {"eligible": True}, "Idle", "eligible"),
            (JobState.QUEUED, {"started": True}, "Idle", "blocked"),
            (JobState.HELD, {}, "UserHold", "blocked"),
            (JobState.HELD, {"eligible": True}, "UserHold", "blocked"),
            (JobState.HELD, {"holds": ["User"]}, "UserHold", "blocked"),
            (JobState.HELD, {"holds": ["User", "Defer"]}, "Deferred", "blocked"),
            (JobState.HELD, {"holds": ["Defer", "Batch"]}, "BatchHold", "blocked"),
            (JobState.HELD, {"holds": ["Batch", "System"]}, "SystemHold", "blocked"),
            (JobState.RUNNING, {"started": True}, "Running", "active"),
            (
                JobState.RUNNING,
                {"started": True, "holds": ["User"]},
                "Running",
                "active",
            ),
            (JobState.SUSPENDED, {"started": True}, "Suspended", "active"),
            (JobState.FINISHED, {"started": True}, "Completed", "completed"),
            (JobState.FAILED, {"started": True}, "Completed", "completed"),
            (
                JobState.FAILED,
                {"started": True, "cut_off": True},
                "Vacated",
                "completed",
            ),
            (JobState.FAILED, {}, "NotRun", "completed"),
            (JobState.CANCELLED, {}, "Removed", "completed"),
            (JobState.CANCELLED, {"started": True}, "Vacated", "completed"),
        ],
    )
    def test_the_table(self, state, known, label, queue_status):
        found = states.status(state, **known)
        assert (found.state, found.queue_status) == (label, queue_status)
        assert found.is_active is (state not in ENDED)

    def test_every_state_has_a_name(self):
        for state in JobState:
            assert states.status(state).state in get_args(states.JobStateLabel)

    def test_the_names_are_those_that_plug_ins_report(self):
        labels = {state.label for state in JobReportState}
        assert labels | {"None"} == set(get_args(states.JobStateLabel))

    @pytest.mark.parametrize("state", JobReportState, ids=str)
    def test_version_1_writes_constants(self, state):
        assert states.constant(state.label) == state.name

    @pytest.mark.parametrize(
        ("named", "kinds"),
        [
            ([], []),
            (["User"], ["User"]),
            (["User", "System"], ["System", "User"]),
            (["All"], ["System", "Batch", "Defer", "User"]),
        ],
    )
    def test_all_holds_are_each_of_them(self, named, kinds):
        assert states.kinds(named) == kinds


class TestFlags:
    def test_the_servers_are_known_ones(self):
        assert set(JobReportFlag.__members__) >= flags.SERVERS

    def test_a_client_changes_its_own_only(self):
        present = ["ARRAYJOB", "GLOBALQUEUE", "PREEMPTEE"]
        assert flags.merged(present, ["SUSPENDABLE", "BACKFILL", "NONE"]) == [
            "ARRAYJOB",
            "GLOBALQUEUE",
            "SUSPENDABLE",
        ]
        assert flags.merged(present, []) == ["ARRAYJOB", "GLOBALQUEUE"]


def job(state="Idle", status="eligible", duration=600, suspended=0, **moments):
    document = deepcopy(job_samples.SHOWN)
    since = moments.pop("since", None)
    document["states"] |= {"state": state, "stateLastUpdatedDate": written(since)}
    document["dates"] |= {
        "submitDate": written(1000),
        **{f"{name}Date": written(moment) for name, moment in moments.items()},
    }
    document |= {
        "queueStatus": status,
        "duration": duration,
        "durationSuspended": suspended,
    }
    return document


def written(moment):
    return None if moment is None else dates.mws(moment)


def durations(document, now):
    shown = job_documents.shown(document, 2, now)
    names = ("Queued", "Active", "Suspended", "Remaining")
    return tuple(shown[f"duration{name}"] for name in names)


class TestDurations:
    @pytest.mark.parametrize(
        ("document", "now", "expected"),
        [
            (job(), 1031, (31, 0, 0, 0)),
            (job(), 1031.9, (31, 0, 0, 0)),
            (job("Running", "active", start=1100), 1150, (100, 50, 0, 550)),
            (job("Running", "active", start=1100), 1800, (100, 700, 0, 0)),
            (
                job("Running", "active", start=1100, suspended=20),
                1150,
                (100, 30, 20, 570),
            ),
            (
                job("Suspended", "active", start=1100, suspended=20, since=1140),
                1200,
                (100, 20, 80, 580),
            ),
            (
                job("Completed", "completed", start=1100, completed=1400, suspended=50),
                9999,
                (100, 250, 50, 0),
            ),
            (job("Removed", "completed", completed=1400), 9999, (400, 0, 0, 0)),
            # Put back after a run.
            (job(start=1100), 1300, (300, 0, 0, 0)),
            # A clock that was put back.
            (job(), 900, (0, 0, 0, 0)),
            (job("Running", "active", start=1100), 900, (100, 0, 0, 600)),
            (job(submit=None), 1031, (0, 0, 0, 0)),
        ],
    )
    def test_they_follow_from_the_dates(self, document, now, expected):
        assert durations(document, now) == expected

    @given(
        st.integers(0, 10**6),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
    )
    def test_the_parts_are_the_whole(self, waited, ran, suspended, pause):
        start = 1000 + waited
        now = start + ran + suspended + pause
        document = job(
            "Suspended",
            "active",
            duration=10**7,
            suspended=suspended,
            start=start,
            since=now - pause,
        )
        assert durations(document, now) == (
            waited,
            ran,
            suspended + pause,
            10**7 - ran,
        )

    def test_the_document_stays_as_it_is(self):
        document = job()
        before = deepcopy(document)
        shown = job_documents.shown(document | {"id": "x"}, 2, 2000)
        assert document == before
        assert "id" not in shown
        assert shown == document | {"durationQueued": 1000}
