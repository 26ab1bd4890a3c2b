"""The reservations of a site, and what time and jobs bring."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.inventory.store import Inventory
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.reservations import Reservation
from collective.mwsvm.models.standing_reservations import StandingReservation
from collective.mwsvm.workload import reservation_times
from collective.mwsvm.workload import reservations
from collective.mwsvm.workload import sequences
from collective.mwsvm.workload import standing
from collective.mwsvm.workload import standing_upkeep
from collective.mwsvm.workload.changes import Happened
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC
from hypothesis import given
from hypothesis import strategies as st
import pytest


REPORT = {"state": "IDLE", "power": "ON", "resources": {"processors": {"total": 4}}}

STANDING = {
    "uniqueIndex": "night.20270115",
    "idPrefix": "night",
    "label": "night",
    "flags": ["STANDINGRSV"],
    "hostListExpression": "n1",
    "comments": None,
    "partitionId": None,
    "aclRules": [{"type": "USER", "value": "amy"}],
    "messages": [{"message": "as ever"}],
}


class Opened:
    def __init__(self, connection, clock):
        new_id = ObjectIds(clock)
        self.connection = connection
        self.store = reservations.Reservations(connection, clock)
        self.nodes = Collection(connection, collections.nodes, new_id)
        self.documents = Collection(connection, collections.reservations, new_id)
        self.inventory = Inventory(connection, clock, new_id, lambda: {"p": 1}, None)
        self.now = clock()

    def report(self, *names):
        self.inventory.save("p", "node", [{**REPORT, "name": name} for name in names])

    def make(self, user=None, **fields):
        given = {"hostListExpression": "n1", **fields}
        return self.store.make(Reservation.check(given).wire(), user)

    def keep(self, *wanted):
        return standing_upkeep.keep(self.connection, self.now, wanted)

    def ids(self):
        return [found["id"] for found in self.documents.find().documents]

    def listed(self, name):
        return [each["name"] for each in self.nodes.get(name)["reservations"]]


@pytest.fixture
def opened(database, clock):
    @contextmanager
    def opened():
        with database.transaction() as connection:
            yield Opened(connection, clock)

    with opened() as site:
        site.report("n1", "n2")
    return opened


def test_numbers_are_given_once(database):
    def number(_):
        with database.transaction() as connection:
            return sequences.following(connection, "things")

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(number, range(20))) == list(range(1, 21))
    with database.transaction() as connection:
        assert sequences.following(connection, "others") == 1


def test_of_exclusive_ones_that_come_at_once_one_is_made(database, clock, opened):
    def make(_):
        try:
            with opened() as site:
                return site.make(flags=["DEDICATEDRESOURCE"])["id"]
        except Exception as error:
            return type(error).__name__

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(make, range(4)))
    assert found.count("Conflict") == 3
    with opened() as site:
        assert len(site.ids()) == 1


def test_time_brings_begin_and_end(opened, clock):
    with opened() as site:
        start = dates.mws(clock() + 60)
        made = site.make(startDate=start, duration=60)
        assert not made["isActive"]
        assert site.store.turn() == []
    clock.forward(60)
    with opened() as site:
        assert site.store.turn() == [Happened("rsvstart", "rsv", made["id"])]
        assert site.documents.get(made["id"])["isActive"]
        assert site.store.turn() == []
    clock.forward(59)
    with opened() as site:
        assert reservations.expire(site.connection, clock()) == []
        assert site.listed("n1") == [made["id"]]
    clock.forward(1)
    with opened() as site:
        assert reservations.expire(site.connection, clock()) == [
            Happened("rsvend", "rsv", made["id"])
        ]
        assert site.ids() == []
        assert site.listed("n1") == []


def test_nodes_that_come_again_learn_of_their_reservations(opened):
    with opened() as site:
        made = site.make()
        site.report("n2")
        site.report("n1", "n2")
        assert site.listed("n1") == []
        site.store.turn()
        assert site.listed("n1") == [made["id"]]
        assert site.listed("n2") == []


def test_reports_leave_the_list_alone(opened):
    with opened() as site:
        made = site.make()
        site.inventory.save("p", "node", [{**REPORT, "name": "n1", "state": "BUSY"}])
        assert site.listed("n1") == [made["id"]]


def test_a_single_use_is_the_last(opened, clock):
    with opened() as site:
        single = site.make(flags=["SINGLEUSE"])["id"]
        other = site.make()["id"]
        clock.forward(10)
        for id in (single, other, "system.99"):
            site.store.job_ended(id, 12.5)
        shown = reservation_times.shown(site.documents.get(other), clock())
        assert shown["statistics"] == {"caps": 12.5, "cips": 27.5, "taps": 0, "tips": 0}
        assert site.documents.get(single)["expireDate"] == dates.mws(clock())
        assert site.store.turn() == [Happened("rsvend", "rsv", single)]
        assert site.ids() == [other]


def test_the_partition_is_that_of_all_nodes(opened):
    with opened() as site:
        assert site.make()["partitionId"] == ""
        west = {**REPORT, "partition": "west"}
        names = [{**west, "name": "n1"}, {**west, "name": "n2"}]
        site.inventory.save("p", "node", names)
        assert site.make(hostListExpression="ALL")["partitionId"] == "west"


class TestStanding:
    def test_instances_are_made_once(self, opened):
        with opened() as site:
            upkeep = site.keep(STANDING)
            assert upkeep.happened == [Happened("rsvcreate", "rsv", "night.1")]
            assert upkeep.problems == {}
            assert site.keep(STANDING).happened == []
            made = site.documents.get("night.1")
            assert made["uniqueIndex"] == "night.20270115"
            assert "STANDINGRSV" in made["flags"]
            assert "ISCLOSED" not in made["flags"]
            assert site.listed("n1") == ["night.1"]

    def test_those_no_longer_wanted_go(self, opened):
        with opened() as site:
            site.keep(STANDING)
            mine = site.make()["id"]
            assert site.keep().happened == [Happened("rsvcancel", "rsv", "night.1")]
            assert site.ids() == [mine]

    def test_other_times_move_it(self, opened, clock):
        with opened() as site:
            site.keep(STANDING)
            end = dates.mws(clock() + 7200)
            assert site.keep({**STANDING, "endDate": end}).happened == []
            assert site.documents.get("night.1")["endDate"] == end

    @pytest.mark.parametrize(
        "change",
        [
            {"hostListExpression": "n2"},
            {"aclRules": []},
            {"flags": ["STANDINGRSV", "DEDICATEDRESOURCE"]},
            {"resources": {"PROCS": 1}},
            {"requirements": {"taskCount": 1}},
            {"owner": {"name": "amy"}},
            {"label": "evening"},
        ],
    )
    def test_another_definition_makes_it_anew(self, opened, change):
        with opened() as site:
            site.keep(STANDING)
            changed = {**STANDING, **change}
            assert site.keep(changed).happened == [
                Happened("rsvcancel", "rsv", "night.1"),
                Happened("rsvcreate", "rsv", "night.2"),
            ]
            assert site.ids() == ["night.2"]
            assert site.keep(changed).happened == []

    def test_a_released_one_comes_again(self, opened):
        with opened() as site:
            site.keep(STANDING)
            site.store.release("night.1")
            site.keep(STANDING)
            assert site.ids() == ["night.2"]

    def test_what_expand_gives_becomes_reservations(self, opened):
        given = {"id": "fast", "hosts": ["n1", "n2"], "period": "DAY", "depth": 3}
        wanted = standing.expand(StandingReservation.check(given).wire(), NOW, UTC)
        with opened() as site:
            assert len(wanted) == 3
            assert site.keep(*wanted).problems == {}
            assert site.ids() == ["fast.1", "fast.2", "fast.3"]
            assert site.keep(*wanted).happened == []
            assert site.listed("n2") == site.ids()

    def test_what_can_not_be_made_is_told_and_tried_again(self, opened):
        with opened() as site:
            later = {**STANDING, "uniqueIndex": "night.2", "hostListExpression": "n9"}
            upkeep = site.keep(later, STANDING)
            assert list(upkeep.problems) == ["night.2"]
            assert "'n9'" in upkeep.problems["night.2"][0]
            assert len(upkeep.happened) == 1
            site.report("n1", "n2", "n9")
            upkeep = site.keep(later, STANDING)
            assert upkeep.problems == {}
            assert len(upkeep.happened) == 1


NOW = 1_800_000_000
MOMENTS = st.integers(NOW - 10**6, NOW + 10**6)


@given(
    st.none() | MOMENTS,
    st.none() | MOMENTS,
    st.none() | st.integers(1, 10**6),
)
def test_times_fit_together_or_are_refused(start, end, duration):
    wanted = {
        "startDate": None if start is None else dates.mws(start),
        "endDate": None if end is None else dates.mws(end),
        "duration": duration,
    }
    try:
        found = reservation_times.times(wanted, NOW)
    except Invalid:
        return
    first, last = (dates.seconds(found[name]) for name in ("startDate", "endDate"))
    assert last - first == found["duration"] > 0
    assert last > NOW
    assert start is None or first == start
    assert end is None or last == end
    if duration is not None and None in (start, end):
        assert found["duration"] == duration


@pytest.mark.parametrize("end", ["9999-12-31 23:59:59 UTC", None])
def test_no_end_is_moabs_end_of_time(end):
    wanted = {"startDate": None, "endDate": end, "duration": None}
    assert reservation_times.times(wanted, NOW)["endDate"] == "2037-10-24 12:26:40 UTC"


def test_nothing_begins_when_time_has_ended():
    wanted = {
        "startDate": "2037-10-24 12:26:40 UTC",
        "endDate": None,
        "duration": 60,
    }
    with pytest.raises(Invalid, match="means never"):
        reservation_times.times(wanted, NOW)
