"""What plug-ins report is kept and comes back, on both databases."""

from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import Misconfigured
from collective.mwsvm.models.errors import NotFound
import pytest
import threading


KINDS = ["node", "vm", "job"]


def report(name, **fields):
    return {"name": name, "timestamp": 100, **fields}


@pytest.mark.parametrize("kind", KINDS)
def test_save_replaces_what_the_plugin_has_of_this_kind(opened, kind):
    with opened() as site:
        for other in KINDS:
            site.inventory.save("a", other, [report("old"), report("both")])
            site.inventory.save("b", other, [report("of-b")])
        site.inventory.save("a", kind, [report("new"), report("both", image="i")])
    with opened() as site:
        assert site.inventory.list("a", kind) == [
            report("both", image="i"),
            report("new"),
        ]
        assert site.names(kind) == ["both", "new", "of-b"]
        for other in set(KINDS) - {kind}:
            assert site.names(other) == ["both", "of-b", "old"]
        site.inventory.save("a", kind, [])
        assert site.inventory.list("a", kind) == []
        assert site.names(kind) == ["of-b"]


@pytest.mark.parametrize("kind", KINDS)
def test_update_adds(opened, kind):
    with opened() as site:
        site.inventory.save("a", kind, [report("n1", image="i"), report("n2")])
        site.inventory.update(
            "a", kind, [report("N1", state="IDLE", timestamp=101), report("n3")]
        )
        assert site.inventory.list("a", kind) == [
            {"name": "n1", "timestamp": 101, "state": "IDLE", "image": "i"},
            report("n2"),
            report("n3"),
        ]


def test_updates_leave_the_reports_of_others_alone(opened):
    with opened() as site:
        site.inventory.save("b", "node", [report("n", image="b", timestamp=900)])
        site.inventory.save("a", "node", [report("n", image="a")])
        site.inventory.update("a", "node", [report("n", power="ON")])
        assert site.inventory.list("a", "node") == [report("n", image="a", power="ON")]
        assert site.inventory.list("b", "node") == [
            report("n", image="b", timestamp=900)
        ]


def test_late_news_do_not_replace_newer_ones(opened):
    with opened() as site:
        update = site.inventory.update
        update("a", "node", [report("n", image="1", partition="1")])
        update("a", "node", [report("n", image="3", timestamp=300)])
        update("a", "node", [report("n", image="2", partition="2", timestamp=200)])
        newest = report("n", image="3", partition="2", timestamp=300)
        assert site.inventory.list("a", "node") == [newest]
        assert list(site.inventory.consolidated("node")) == [newest]
        assert site.nodes.get("n")["partition"] == "2"
        # A save drops what was said before.
        site.inventory.save("a", "node", [report("n", power="ON", timestamp=50)])
        newest = report("n", power="ON", timestamp=50)
        assert list(site.inventory.consolidated("node")) == [newest]
        assert site.nodes.get("n")["partition"] is None


def test_several_reports_of_one_object_at_once(opened):
    with opened() as site:
        several = [
            report("N", image="later", timestamp=200),
            report("n", image="earlier", power="ON"),
        ]
        for add in (site.inventory.save, site.inventory.update):
            add("a", "node", several)
            assert site.inventory.list("a", "node") == [
                report("n", image="later", power="ON", timestamp=200)
            ]


def test_the_time_is_now_where_a_report_has_none(opened, clock):
    with opened() as site:
        site.inventory.save("a", "job", [{"name": "moab.1"}])
        assert site.inventory.list("a", "job") == [
            {"name": "moab.1", "timestamp": int(clock())}
        ]


def test_plugins_are_consolidated_or_seen_alone(opened):
    with opened() as site:
        site.inventory.save("b", "node", [report("NODE1", image="of b", power="ON")])
        site.inventory.save("a", "node", [report("node1", image="of a")])
        (both,) = site.inventory.consolidated("node")
        assert both == report("node1", image="of a", power="ON")
        (alone,) = site.inventory.consolidated("node", "b")
        assert alone == report("node1", image="of b", power="ON")
        assert list(site.inventory.consolidated("node", "c")) == []


def test_forgotten_plugins_leave_nothing(opened):
    with opened() as site:
        for kind in KINDS:
            site.inventory.save("a", kind, [report("both", image="a"), report("mine")])
            site.inventory.save("b", kind, [report("both", image="b")])
        site.inventory.forget("a")
        for kind in KINDS:
            assert site.inventory.list("a", kind) == []
            assert list(site.inventory.consolidated(kind)) == [
                report("both", image="b")
            ]
        for documents in (site.nodes, site.vms):
            (left,) = documents.find().documents
            assert left["operatingSystem"]["image"] == "b"
            assert [m["name"] for m in left["resourceManagers"]] == ["b"]


def test_policy_and_precedence_may_change(opened):
    with opened() as site:
        site.inventory.save("a", "node", [report("n", state="UP", image="a")])
        site.inventory.save("b", "node", [report("n", state="DOWN", image="b")])
        site.inventory.save("b", "vm", [report("v", state="DOWN")])
        site.inventory.save("a", "vm", [report("v", state="UP")])
        states = {"nodes": "Up", "vms": "Up"}
        assert {n: at_state(site, n) for n in states} == states
    with opened(policy="pessimistic") as site:
        site.inventory.reconsolidate()
        assert at_state(site, "nodes") == at_state(site, "vms") == "Down"
        assert site.nodes.get("n")["operatingSystem"]["image"] == "a"
    with opened(precedence={"a": 3, "b": 2}, policy="optimistic") as site:
        site.inventory.reconsolidate()
        assert at_state(site, "nodes") == at_state(site, "vms") == "Up"
        assert site.nodes.get("n")["operatingSystem"]["image"] == "b"


def at_state(site, name):
    (document,) = getattr(site, name).find().documents
    return document["states"]["state"]


def test_an_unknown_policy_is_refused_at_once(opened):
    with pytest.raises(Misconfigured), opened(policy="hopeful"):
        pass


@pytest.mark.parametrize("add", ["save", "update"])
def test_a_wrong_report_changes_nothing(opened, add):
    with opened() as site:
        site.inventory.save("a", "node", [report("kept")])
        for wrong in ({"name": ""}, report("x", resources="many")):
            with pytest.raises(Invalid):
                getattr(site.inventory, add)("a", "node", [report("n"), wrong])
    with opened() as site:
        assert site.names("node") == ["kept"]


@pytest.mark.parametrize("add", ["save", "update"])
def test_nul_is_refused_on_both_databases(opened, add):
    with opened() as site, pytest.raises(Invalid, match="NUL"):
        getattr(site.inventory, add)("a", "node", [report("n", image="a\0b")])


def test_it_belongs_to_the_callers_transaction(opened):
    class Oops(Exception):
        pass

    with opened() as site:
        site.inventory.save("a", "node", [report("before")])
    with pytest.raises(Oops), opened() as site:
        site.inventory.save("a", "node", [report("after")])
        raise Oops
    with opened() as site:
        assert site.names("node") == ["before"]
        with pytest.raises(NotFound):
            site.nodes.get("after")


def test_texts_are_kept_as_they_are(opened):
    strange = "'\"\\ ü € 𝄞 \t{}[],%s :x"
    with opened() as site:
        given = report("n'1\"ü", variables={strange: strange}, messages=[strange])
        site.inventory.save("a", "node", [given])
        site.inventory.update("a", "node", [given])
        assert list(site.inventory.consolidated("node")) == [given]
        assert site.nodes.get(given["name"])["variables"] == {strange: strange}


def test_more_objects_than_are_handled_at_once(opened):
    many = [report(f"n{number:05}", image="i") for number in range(4321)]
    with opened() as site:
        site.inventory.save("b", "node", many)
        site.inventory.save("a", "node", many[1000:])
        site.inventory.save("b", "node", many[:2000])
        assert site.nodes.count() == 4321
        assert site.names("node") == [each["name"] for each in many]
        site.inventory.reconsolidate()
        site.inventory.save("a", "node", [])
        assert site.nodes.count() == 2000


def test_names_are_streamed_in_the_order_of_code_points(opened):
    given = ["n10", "n2", "n-1", "n_1", "é", "z", "n.1", "𝄞", "\ufffd"]
    with opened() as site:
        site.inventory.save("a", "job", [report(name) for name in given])
        site.inventory.save("b", "job", [report(name) for name in given[::2]])
        assert site.names("job") == sorted(given)


def test_plugins_that_report_at_once_do_not_lose_each_others_fields(opened):
    start = threading.Barrier(4)
    errors = []

    def save(plugin):
        start.wait()
        try:
            for turn in range(5):
                with opened() as site:
                    fields = {"variables": {plugin: str(turn)}}
                    nodes = [report(f"n{n}", **fields) for n in range(20)]
                    site.inventory.save(plugin, "node", nodes)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=save, args=(p,)) for p in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with opened() as site:
        for document in site.nodes.find().documents:
            assert document["variables"] == dict.fromkeys("abcd", "4")
