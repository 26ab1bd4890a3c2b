"""What is in virtual containers, and what follows when it goes."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.vcs import VirtualContainer
from collective.mwsvm.workload import containers
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload.changes import Happened
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from sqlalchemy import delete
from sqlalchemy import insert
import pytest


class Opened:
    def __init__(self, connection, clock):
        self.connection = connection
        self.vcs = Collection(connection, collections.vcs, ObjectIds(clock))
        self.nodes = Collection(connection, collections.nodes, ObjectIds(clock))

    def make(self, *ids, flags=()):
        for id in ids:
            document = VirtualContainer(flags=list(flags)).wire()
            self.vcs.insert([{**document, "id": id}])

    def add(self, vc, **members):
        node_lists.lock(self.connection)
        container = self.vcs.get(vc, lock=True)
        return containers.add(self.connection, container, members)

    def members(self, vc, kind):
        return [each["id"] for each in self.vcs.get(vc)[kind]]

    def left(self, vc, kind, id):
        return containers.left(self.connection, vc, kind, id)

    def gone(self, kind, id):
        return containers.gone(self.connection, kind, id)

    def ids(self):
        return [found["id"] for found in self.vcs.find().documents]


@pytest.fixture
def opened(database, clock):
    @contextmanager
    def opened():
        with database.transaction() as connection:
            yield Opened(connection, clock)

    with opened() as site:
        row = {"start_string": "true", "state": "queued"}
        row |= dict.fromkeys(("since", "submitted", "modified"), 0)
        names = [f"Moab.{n}" for n in range(1, 4)]
        site.connection.execute(insert(jobs), [{**row, "name": n} for n in names])
        site.nodes.insert([Node(name=name).wire() for name in ("n1", "n2")])
    return opened


def destroyed(*ids):
    return [Happened("vcdestroy", "vc", id) for id in ids]


def test_members_of_all_containers_leave_when_they_are_gone(opened):
    with opened() as site:
        site.make("vc1", "vc2")
        site.make("vc3", flags=["DESTROYWHENEMPTY"])
        for vc in ("vc1", "vc3"):
            site.add(vc, jobs=["Moab.1"])
        site.add("vc2", jobs=["Moab.2"])
        assert containers.of(site.connection, "jobs", "Moab.1") == ["vc1", "vc3"]
        assert site.gone("jobs", "Moab.1") == destroyed("vc3")
        assert site.ids() == ["vc1", "vc2"]
        assert site.members("vc1", "jobs") == []
        assert site.members("vc2", "jobs") == ["Moab.2"]
        assert site.gone("jobs", "Moab.1") == []


def test_the_last_member_takes_the_container_along(opened):
    with opened() as site:
        site.make("vc1", flags=["DESTROYWHENEMPTY"])
        site.add("vc1", jobs=["Moab.1", "Moab.2"], nodes=["n1"])
        assert site.left("vc1", "jobs", "Moab.1") == []
        assert site.left("vc1", "jobs", "Moab.1") == []
        assert site.left("vc1", "nodes", "N1") == []
        assert site.nodes.get("n1")["virtualContainers"] == []
        assert site.left("vc1", "jobs", "Moab.2") == destroyed("vc1")
        assert site.ids() == []
        assert site.left("vc1", "jobs", "Moab.2") == []


def test_an_empty_one_without_the_flag_stays(opened):
    with opened() as site:
        site.make("vc1")
        site.add("vc1", jobs=["Moab.1"])
        assert site.left("vc1", "jobs", "Moab.1") == []
        assert site.ids() == ["vc1"]


def test_a_chain_goes_together(opened):
    with opened() as site:
        site.make("vc1", "vc2", "vc3", flags=["DESTROYWHENEMPTY"])
        site.add("vc1", virtualContainers=["vc2"])
        site.add("vc2", virtualContainers=["vc3"])
        site.add("vc3", jobs=["Moab.1"])
        assert site.gone("jobs", "Moab.1") == destroyed("vc3", "vc2", "vc1")
        assert site.ids() == []


def test_jobs_that_are_held(opened):
    with opened() as site:
        site.make("vc1", flags=["HOLDJOBS"])
        site.make("vc2", "vc3")
        site.add("vc1", jobs=["Moab.1"], virtualContainers=["vc2"])
        site.add("vc2", jobs=["Moab.2"])
        site.add("vc3", jobs=["Moab.3"])
        assert containers.holding(site.connection) == {"Moab.1", "Moab.2"}
        site.left("vc1", "jobs", "Moab.1")
        assert containers.holding(site.connection) == {"Moab.2"}
        site.gone("virtualContainers", "vc2")
        assert containers.holding(site.connection) == set()


def test_circles_are_named(opened):
    with opened() as site:
        site.make("vc1", "vc2", "vc3", "vc4")
        site.add("vc1", virtualContainers=["vc2"])
        site.add("vc2", virtualContainers=["vc3", "vc4"])
        # The same one by two ways is no circle.
        site.add("vc3", virtualContainers=["vc4"])
        with pytest.raises(Conflict, match="vc4 > vc1 > vc2 > vc4"):
            site.add("vc4", virtualContainers=["vc1"])
        with pytest.raises(Conflict, match="vc1 > vc1"):
            site.add("vc1", virtualContainers=["vc1"])
        assert site.members("vc4", "virtualContainers") == []


def test_two_at_once_make_no_circle(opened):
    with opened() as site:
        site.make("vc1", "vc2")

    def add(outer, inner):
        try:
            with opened() as site:
                site.add(outer, virtualContainers=[inner])
        except Conflict:
            return "refused"
        return "added"

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(add, ("vc1", "vc2"), ("vc2", "vc1")))
    assert sorted(found) == ["added", "refused"]


def test_nothing_is_half_added(opened):
    missing = pytest.raises(Invalid, match="'nodes' names what does not exist: 'n9'")
    with missing, opened() as site:
        site.make("vc1")
        site.add("vc1", jobs=["Moab.1"], nodes=["n1", "n9"])
    with opened() as site:
        assert site.ids() == []
        assert site.nodes.get("n1")["virtualContainers"] == []


def test_long_lists_are_named_in_part(opened):
    with opened() as site:
        site.make("vc1")
        with pytest.raises(Invalid, match="'x0', .*'x9' and 5 more"):
            site.add("vc1", jobs=[f"x{n}" for n in range(15)])


def test_what_is_no_longer_there_leaves(opened):
    with opened() as site:
        assert containers.prune(site.connection) == []
        site.make("vc1", "vc2")
        site.make("vc3", flags=["DESTROYWHENEMPTY"])
        site.make("vc4", flags=["DESTROYWHENEMPTY"])
        site.add("vc1", jobs=["Moab.1", "Moab.2"], nodes=["n1", "n2"])
        site.add("vc2", jobs=["Moab.1"], virtualContainers=["vc4"])
        site.add("vc3", nodes=["n1"], jobs=["Moab.2"])
        site.add("vc4", virtualContainers=["vc3"])
        assert containers.prune(site.connection) == []
        site.connection.execute(delete(jobs).where(jobs.c.name == "Moab.2"))
        site.nodes.remove(site.nodes.get("n1")["id"])
        # The last that was in it goes, and so on to the outermost with the flag.
        assert containers.prune(site.connection) == destroyed("vc3", "vc4")
        assert site.ids() == ["vc1", "vc2"]
        assert site.members("vc1", "jobs") == site.members("vc2", "jobs") == ["Moab.1"]
        assert site.members("vc1", "nodes") == ["n2"]
        assert site.members("vc2", "virtualContainers") == []
        assert containers.prune(site.connection) == []
