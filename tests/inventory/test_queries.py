"""The answers to RM queries (guide 6.3.2)."""

from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.inventory.queries import cluster_query
from collective.mwsvm.inventory.queries import workload_query
from collective.mwsvm.inventory.store import Inventory
import tracemalloc


MOMENT = 1344488025


def node(name, processors, memory, available, load):
    return {
        "name": name,
        "timestamp": MOMENT,
        "state": "UP",
        "power": "ON",
        "resources": {
            "processors": {"total": processors},
            "memory": {"total": memory, "available": available},
        },
        "metrics": {"cpuLoad": load},
    }


def test_the_guides_cluster_query(opened):
    with opened() as site:
        nodes = [
            node("n2.test", 4, 10239, 9227, 0.0233),
            node("n1.test", 4, 8191, 7205, 0.0182),
            node("Management.test", 24, 49150, 39339, 0.23799999999999996),
        ]
        vm = {**node("ldapdns", 1, 1024, 152, 0.0104), "host": "management.test"}
        site.inventory.save("a", "node", nodes)
        site.inventory.save("b", "vm", [vm, node("nowhere", 1, 1, 1, 0.5)])
        of_nodes = [
            "management.test STATE=Up;UPDATETIME=1344488025;CPROC=24;CMEMORY=49150;"
            "AMEMORY=39339;CPULOAD=0.23799999999999996;POWER=On",
            "n1.test STATE=Up;UPDATETIME=1344488025;CPROC=4;CMEMORY=8191;AMEMORY=7205;"
            "CPULOAD=0.0182;POWER=On",
            "n2.test STATE=Up;UPDATETIME=1344488025;CPROC=4;CMEMORY=10239;AMEMORY=9227;"
            "CPULOAD=0.0233;POWER=On",
        ]
        of_vms = [
            "ldapdns STATE=Up;CONTAINERNODE=management.test;UPDATETIME=1344488025;CPROC=1;"
            "CMEMORY=1024;AMEMORY=152;CPULOAD=0.0104;POWER=On"
        ]
        first = "SC=0 RESPONSE=Success"
        assert list(cluster_query(site.inventory)) == [first, *of_nodes, *of_vms]
        assert list(cluster_query(site.inventory, "a")) == [first, *of_nodes]
        assert list(cluster_query(site.inventory, "b")) == [first, *of_vms]
        assert list(cluster_query(site.inventory, "none")) == [first]


def test_hypervisors_say_so(opened):
    with opened() as site:
        image = {"name": "hyper", "hypervisor": True, "hypervisorType": "KVM"}
        images = [{"id": "1", "name": "x"}, {"id": "2", "name": "y"}]
        site.images.insert([{**image, "virtualizedImages": images}])
        both = [
            {"name": "hv", "timestamp": 1, "image": "hyper"},
            {"name": "n", "timestamp": 1, "image": "unknown"},
        ]
        site.inventory.save("a", "node", both)
        _, hypervisor, other = cluster_query(site.inventory)
    assert "VARATTR=HVTYPE=KVM" in hypervisor
    assert "VMOSLIST=x,y" in hypervisor
    assert "VARATTR" not in other
    assert "VMOSLIST" not in other


def test_workload_query(opened):
    with opened() as site:
        job = {"name": "Moab.15", "timestamp": 1, "state": "RUNNING", "user": "bob"}
        site.inventory.save("a", "job", [job])
        site.inventory.save("b", "job", [{**job, "user": "eve", "group": "staff"}])
        first, line = workload_query(site.inventory)
        assert first == "SC=0 RESPONSE=Success"
        assert line.startswith("moab.15 ")
        assert {"STATE=Running", "UNAME=bob", "GNAME=staff"} <= set(
            line.removeprefix("moab.15 ").split(";")
        )
        _, alone = workload_query(site.inventory, "b")
        assert "UNAME=eve" in alone


def test_the_first_line_comes_before_anything_is_read(opened):
    with opened() as site:
        lines = cluster_query(site.inventory)
        assert next(lines) == "SC=0 RESPONSE=Success"
        site.inventory.save("a", "node", [node("n1", 1, 1, 1, 0.5)])
        assert next(lines).startswith("n1 ")


def test_memory_does_not_grow_with_the_site(sqlite_database, clock):
    def peak(count):
        with sqlite_database.transaction() as connection:
            inventory = Inventory(connection, clock, ObjectIds(clock), dict, None)
            nodes = [node(f"n{n:05}", 4, 8191, 7205, 0.5) for n in range(count)]
            for plugin in "ab":
                inventory.save(plugin, "node", nodes)
        with sqlite_database.reading() as connection:
            inventory = Inventory(connection, clock, ObjectIds(clock), dict, None)
            tracemalloc.start()
            try:
                assert sum(1 for _ in cluster_query(inventory)) == count + 1
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    peak(10)
    small, large = peak(1000), peak(5000)
    assert large < 1.2 * small
