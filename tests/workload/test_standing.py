"""Standing reservations: what is written, and the reservations that it means."""

from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Misconfigured
from collective.mwsvm.models.reservations import Reservation
from collective.mwsvm.models.standing_reservations import DAYS
from collective.mwsvm.models.standing_reservations import StandingReservation
from collective.mwsvm.workload.standing import ALWAYS
from collective.mwsvm.workload.standing import expand
from collective.mwsvm.workload.standing import FOREVER
from collective.mwsvm.workload.standing import NAME
from collective.mwsvm.workload.standing import read
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from hypothesis import given
from hypothesis import strategies as st
from itertools import pairwise
from zoneinfo import ZoneInfo
import pytest


HOUR = 3600
DAY = 24 * HOUR

#: A Thursday, 17:32:02.
NOW = dates.seconds("2013-05-23 17:32:02 UTC")


def standing(**fields):
    return StandingReservation.check({"id": "fast", **fields}).wire()


def spans(now=NOW, zone=UTC, **fields):
    found = expand(standing(**fields), now, zone)
    return [(item["startDate"], item["endDate"]) for item in found]


def at(text):
    return dates.seconds(text)


# -- periods


def test_each_day_has_one_from_start_to_end_offset():
    assert spans(startOffset=18 * HOUR, endOffset=20 * HOUR, depth=2) == [
        ("2013-05-23 18:00:00 UTC", "2013-05-23 20:00:00 UTC"),
        ("2013-05-24 18:00:00 UTC", "2013-05-24 20:00:00 UTC"),
    ]


def test_the_present_one_goes_on_and_what_has_ended_is_gone():
    assert spans(startOffset=17 * HOUR, endOffset=18 * HOUR, depth=1) == [
        ("2013-05-23 17:00:00 UTC", "2013-05-23 18:00:00 UTC")
    ]
    assert spans(startOffset=8 * HOUR, endOffset=17 * HOUR, depth=1) == []
    end = at("2013-05-23 18:00:00 UTC")
    assert spans(end, startOffset=17 * HOUR, endOffset=18 * HOUR, depth=1) == []


def test_without_offsets_it_is_the_whole_period():
    assert spans(depth=1) == [("2013-05-23 00:00:00 UTC", "2013-05-24 00:00:00 UTC")]
    assert spans(period="WEEK", depth=1) == [
        ("2013-05-19 00:00:00 UTC", "2013-05-26 00:00:00 UTC")
    ]


def test_weeks_begin_on_sunday():
    monday_8 = DAY + 8 * HOUR
    found = spans(period="week", startOffset=monday_8, endOffset=monday_8 + HOUR)
    assert found == [("2013-05-27 08:00:00 UTC", "2013-05-27 09:00:00 UTC")]
    sunday = at("2013-05-26 00:00:00 UTC")
    found = spans(sunday, period="WEEK", endOffset=HOUR, depth=1)
    assert found == [("2013-05-26 00:00:00 UTC", "2013-05-26 01:00:00 UTC")]


def test_an_end_before_the_start_is_that_of_a_later_period():
    night = {"startOffset": 22 * HOUR, "endOffset": 6 * HOUR, "depth": 1}
    assert spans(**night) == [("2013-05-23 22:00:00 UTC", "2013-05-24 06:00:00 UTC")]
    # What began yesterday goes on until the morning.
    assert spans(at("2013-05-23 05:00:00 UTC"), **night) == [
        ("2013-05-22 22:00:00 UTC", "2013-05-23 06:00:00 UTC"),
        ("2013-05-23 22:00:00 UTC", "2013-05-24 06:00:00 UTC"),
    ]


def test_without_a_period_it_is_for_ever():
    (found,) = expand(standing(period="INFINITY", depth=5), NOW)
    assert (found["startDate"], found["endDate"]) == (ALWAYS, FOREVER)
    assert found["duration"] is None
    assert found["uniqueIndex"] == "fast.infinity"


def test_depth_counts_periods_of_which_only_the_days_named_have_one():
    found = spans(depth=7, days=["sat", "MONDAY"], startOffset=0, endOffset=HOUR)
    assert [start for start, _ in found] == [
        "2013-05-25 00:00:00 UTC",
        "2013-05-27 00:00:00 UTC",
    ]
    assert len(spans(depth=0)) == 1


def test_disabled_there_is_none():
    assert spans(disabled=True) == []
    assert spans(disabled=True, period="INFINITY") == []


def test_none_begins_earlier_than_the_rollback_offset_from_now():
    found = spans(rollbackOffset=12 * HOUR, depth=2)
    assert found == [("2013-05-24 05:32:02 UTC", "2013-05-25 00:00:00 UTC")]
    found = spans(rollbackOffset=HOUR, period="INFINITY")
    assert found == [("2013-05-23 18:32:02 UTC", FOREVER)]


# -- clocks that are moved


BERLIN = ZoneInfo("Europe/Berlin")


def test_offsets_count_on_the_clocks_of_the_zone():
    window = {"startOffset": 8 * HOUR, "endOffset": 9 * HOUR, "depth": 2}
    found = spans(at("2013-03-30 00:00:00 UTC"), BERLIN, **window)
    assert [start for start, _ in found] == [
        "2013-03-30 07:00:00 UTC",
        "2013-03-31 06:00:00 UTC",
    ]


def test_the_hour_that_clocks_skip_is_no_part_of_it():
    now = at("2013-03-31 00:00:00 UTC")
    half_past_two = {"startOffset": 2 * HOUR + 1800, "depth": 1}
    assert spans(now, BERLIN, **half_past_two, endOffset=3 * HOUR) == []
    assert spans(now, BERLIN, **half_past_two, endOffset=4 * HOUR) == [
        ("2013-03-31 01:00:00 UTC", "2013-03-31 02:00:00 UTC")
    ]


def test_times_that_clocks_show_twice_are_the_first():
    now = at("2013-10-27 00:00:00 UTC")
    found = spans(now, BERLIN, startOffset=9000, endOffset=4 * HOUR, depth=1)
    assert found == [("2013-10-27 00:30:00 UTC", "2013-10-27 03:00:00 UTC")]


def test_the_servers_own_zone_is_the_default(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        found = spans(NOW, None, startOffset=20 * HOUR, endOffset=21 * HOUR, depth=1)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found == [("2013-05-23 18:00:00 UTC", "2013-05-23 19:00:00 UTC")]


ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
    ]
).map(ZoneInfo)
MOMENTS = st.integers(at("2013-01-01 00:00:00 UTC"), at("2015-12-31 00:00:00 UTC"))


@st.composite
def written(draw):
    period = draw(st.sampled_from(["DAY", "WEEK"]))
    length = {"DAY": DAY, "WEEK": 7 * DAY}[period]
    days = draw(st.lists(st.sampled_from(DAYS))) if period == "DAY" else []
    return standing(
        period=period,
        days=days,
        startOffset=draw(st.integers(0, 2 * length)),
        endOffset=draw(st.none() | st.integers(0, length)),
        depth=draw(st.integers(0, 9)),
    )


@given(written(), MOMENTS, ZONES)
def test_they_are_in_order_and_neither_over_nor_overlapping(found, now, zone):
    instances = expand(found, now, zone)
    moments = [
        (at(item["startDate"]), at(item["endDate"]), item["duration"])
        for item in instances
    ]
    for start, end, duration in moments:
        assert start < end and now < end and duration == end - start
    for (_, end, _), (start, _, _) in pairwise(moments):
        assert end <= start
    keys = [item["uniqueIndex"] for item in instances]
    assert len(set(keys)) == len(keys)


@given(written(), MOMENTS, ZONES)
def test_they_begin_when_the_clocks_say_so(found, now, zone):
    for item in expand(found, now, zone):
        wall = datetime.fromtimestamp(at(item["startDate"]), zone).replace(tzinfo=None)
        key = item["uniqueIndex"].removeprefix("fast.")
        midnight = datetime.strptime(key, "%Y%m%d")
        expected = midnight + timedelta(seconds=found["startOffset"])
        if wall != expected:
            # Only where the clocks skip it: then it begins when they do.
            there = datetime.fromtimestamp(
                expected.replace(tzinfo=zone).timestamp(), zone
            )
            assert there.replace(tzinfo=None) != expected
            before = datetime.fromtimestamp(at(item["startDate"]) - 1, zone)
            assert before.replace(tzinfo=None) < expected < wall
        if found["days"]:
            assert DAYS[midnight.weekday()] in found["days"]


@given(written(), MOMENTS, ZONES, st.integers(0, 3 * DAY))
def test_time_moves_none_of_them(found, now, zone, later):
    def by_key(moment):
        return {item["uniqueIndex"]: item for item in expand(found, moment, zone)}

    first, second = by_key(now), by_key(now + later)
    for key in first.keys() & second.keys():
        assert first[key] == second[key]
    # What is gone has ended.
    for key in first.keys() - second.keys():
        assert at(first[key]["endDate"]) <= now + later


# -- what a reservation gets


def test_a_reservation_says_what_the_standing_one_does():
    (found,) = expand(
        standing(
            depth=1,
            access="dedicated",
            accounts=["a"],
            aclRules=[{"type": "USER", "value": "u", "affinity": "NEGATIVE"}],
            chargeAccount="ca",
            chargeUser="cu",
            classes=["c"],
            clusters=["k"],
            comment="text",
            flags=["ALLOWJOBOVERLAP"],
            groups=["g"],
            hosts=["n1", "n[2-3]"],
            jobAttributes=["TEMPLATESAPPLIED"],
            messages=["m"],
            nodeFeatures=["f"],
            os="linux",
            owner={"name": "root"},
            partition="ALL",
            qoses=["q"],
            reservationAccessList=["r"],
            reservationGroup="rg",
            resources={"PROCS": -1},
            taskCount=3,
            users=["u", "v"],
        ),
        NOW,
        UTC,
    )
    checked = Reservation.check(found).wire()
    expected = {
        "idPrefix": "fast",
        "uniqueIndex": "fast.20130523",
        "label": "fast",
        "subType": "StandingReservation",
        "duration": DAY,
        "accountingAccount": "ca",
        "accountingUser": "cu",
        "comments": "text",
        "flags": ["ALLOWJOBOVERLAP", "STANDINGRSV", "DEDICATEDRESOURCE"],
        "hostListExpression": "n1,n[2-3]",
        "owner": {"name": "root", "type": "USER"},
        "partitionId": "",
        "reservationGroup": "rg",
        "resources": {"PROCS": -1},
    }
    assert {name: checked[name] for name in expected} == expected
    rules = [
        (rule["type"], rule["value"], rule["affinity"]) for rule in checked["aclRules"]
    ]
    assert rules == [
        ("USER", "u", "NEGATIVE"),
        ("ACCOUNT", "a", "POSITIVE"),
        ("CLASS", "c", "POSITIVE"),
        ("CLUSTER", "k", "POSITIVE"),
        ("GROUP", "g", "POSITIVE"),
        ("JOB_ATTRIBUTE", "TEMPLATESAPPLIED", "POSITIVE"),
        ("QOS", "q", "POSITIVE"),
        ("RESERVATION_ID", "r", "POSITIVE"),
        ("USER", "v", "POSITIVE"),
    ]
    requirements = checked["requirements"]
    assert requirements["featureList"] == ["f"]
    assert (requirements["os"], requirements["taskCount"]) == ("linux", 3)
    assert [message["message"] for message in checked["messages"]] == ["m"]


def test_shared_access_leaves_the_resources_to_other_reservations():
    (found,) = expand(standing(depth=1, access="SHARED"), NOW, UTC)
    assert found["flags"] == ["STANDINGRSV"]


# -- the file


def test_without_a_file_there_are_none(tmp_path):
    assert read(tmp_path) == []


def test_they_are_in_the_order_of_the_file(tmp_path):
    (tmp_path / NAME).write_text(
        '[night]\nstartOffset = 79200\nendOffset = 21600\n[fast]\nusers = ["u"]\n'
    )
    assert [found["id"] for found in read(tmp_path)] == ["night", "fast"]
    assert read(tmp_path)[1] == standing(users=["u"])


@pytest.mark.parametrize(
    "text, message",
    [
        ("fast = 1", "fast must be a table, such as \\[fast\\]"),
        ("[fast", "can't be read"),
        ("[fast]\nhost = 1", "\\[fast\\] has no field host; there are .*hosts"),
        ('[fast]\nid = "slow"', "\\[fast\\] has no field id;"),
        ('["a b"]', "The field 'id' can't be 'a b'"),
        ('[fast]\nperiod = "MONTH"', "The field 'period' can't be 'MONTH'"),
        ('[fast]\naccess = "OPEN"', "The field 'access' can't be 'OPEN'"),
        ('[fast]\ndays = ["Mo"]', "The field 'days.0' can't be 'Mo'"),
        ('[fast]\nperiod = "WEEK"\ndays = ["mon"]', "'days' is for the period DAY"),
        ("[fast]\nstartOffset = -1", "The field 'startOffset' can't be -1"),
        ("[fast]\nendOffset = 90000", "90000 seconds .* the period DAY has, 86400"),
        ("[fast]\ndepth = 1000", "The field 'depth' can't be 1000"),
        ("[fast]\ntaskCount = -1", "The field 'taskCount' can't be -1"),
        ('[fast]\nflags = ["NO"]', "The field 'flags.0' can't be 'NO'"),
        ("[fast]\nresources = {PROCS = -2}", "'resources.PROCS' can't be -2"),
        ("[fast]\naclRules = [{type = 'USER'}]", "'aclRules.0.value' is required"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_table(tmp_path, text, message):
    (tmp_path / NAME).write_text(text)
    with pytest.raises(Misconfigured, match=f"{NAME}.*{message}"):
        read(tmp_path)
