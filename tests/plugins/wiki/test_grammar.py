"""The rules of the Wiki language, as the native plug-in type has them."""

from collective.mwsvm.plugins.wiki import read_cluster
from collective.mwsvm.plugins.wiki import read_jobs
from collective.mwsvm.plugins.wiki import read_machines
from collective.mwsvm.plugins.wiki import read_nodes
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest


def node(text):
    """The only node of a text without faults."""
    read = read_nodes(text)
    assert read.faults == []
    (report,) = read.nodes
    return report


def faults(text, read=read_nodes):
    return [str(fault) for fault in read(text).faults]


IDLE = {"name": "n1", "state": "IDLE", "timestamp": 7}


@pytest.mark.parametrize(
    "line",
    [
        "n1 STATE=Idle;UPDATETIME=7",
        "n1 STATE=Idle;UPDATETIME=7;",
        "n1;STATE=Idle;UPDATETIME=7",
        "n1 STATE=Idle UPDATETIME=7",
        "n1   STATE=Idle  UPDATETIME=7",
        "n1\tSTATE=Idle\t \t UPDATETIME=7",
        " n1 ;; STATE=Idle ; UPDATETIME=7 ;;",
        "N1 state=idle updatetime=7",
        'n1 STATE="Idle" UPDATETIME="7"',
        "n1 STATE=Idle UPDATETIME=7\r\n",
        "\n\n# a comment\nSC=0 RESPONSE=Success\nn1 STATE=Idle UPDATETIME=7",
        "n1 STATE=Down STATE=Idle UPDATETIME=7",
    ],
)
def test_ways_to_write_an_object(line):
    assert node(line) == IDLE


@pytest.mark.parametrize(
    "text",
    [
        "a STATE=Idle#b STATE=Busy\nc STATE=Up",
        "a STATE=Idle\rb STATE=Busy\r\nc STATE=Up",
        "a STATE=Idle;#b;STATE=Busy;\n\nc;STATE=Up#",
    ],
)
def test_objects_of_a_text(text):
    found = [(report["name"], report["state"]) for report in read_nodes(text).nodes]
    assert found == [("a", "IDLE"), ("b", "BUSY"), ("c", "UP")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"a b;c"', "a b;c"),
        ("'a b;c'", "'a b;c'"),
        ("'Hash\\#'", "'Hash#'"),
        ("'Semi\\;'", "'Semi;'"),
        ('"Semi\\; Hash\\#"', "Semi; Hash#"),
        ("a\\;b", "a;b"),
        ("a=b=c", "a=b=c"),
        ("back\\slash", "back\\slash"),
        ("don't", "don't"),
        ('5"disk', '5"disk'),
    ],
)
def test_values_of_text(written, read):
    assert node(f"n1 OS={written};STATE=Idle;UPDATETIME=7") == {**IDLE, "image": read}


@pytest.mark.parametrize(
    ("written", "variables"),
    [
        ("VARIABLE=abc", {"abc": ""}),
        ("VARIABLE=a=b", {"a": "b"}),
        ("VARIABLE=a:b", {"a": "b"}),
        ("VARIABLE=a=1;VARIABLE=b:2;VARIABLE=c", {"a": "1", "b": "2", "c": ""}),
        ("VARIABLE=d=1+2=3", {"d": "1+2=3"}),
        ("VARIABLE=d:1+2=3", {"d": "1+2=3"}),
        ("VARIABLE=e=http://x?a=1&b=2", {"e": "http://x?a=1&b=2"}),
        ("VARIABLE=e:http://x?a=1&b=2", {"e": "http://x?a=1&b=2"}),
        ("VARIABLE=v=x`-\\[]{}.,?y", {"v": "x`-\\[]{}.,?y"}),
        ('VARIABLE="a=b c"', {"a": "b c"}),
        ('VARIABLE=a="b c"', {"a": "b c"}),
        ("VARIABLE=Case=Kept", {"Case": "Kept"}),
    ],
)
def test_variables(written, variables):
    assert node(f"n1 {written}") == {"name": "n1", "variables": variables}


def test_messages():
    text = 'n1 MESSAGE=one;MESSAGE="message 2";MESSAGE="message \'3\'"'
    assert node(text)["messages"] == ["one", "message 2", "message '3'"]


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ("STATE=Idle:sub", {"state": "IDLE", "subState": "sub"}),
        ("STATE=Idle;sub", {"state": "IDLE", "subState": "sub"}),
        ("STATE=Idle sub", {"state": "IDLE", "subState": "sub"}),
        ('STATE="Idle:two words"', {"state": "IDLE", "subState": "two words"}),
        ("STATE=Idle:a:b", {"state": "IDLE", "subState": "a:b"}),
        ("STATE=:sub", {"subState": "sub"}),
        ("STATE=Idle:", {"state": "IDLE"}),
    ],
)
def test_sub_states(written, fields):
    assert node(f"n1 {written} OS=x") == {"name": "n1", "image": "x", **fields}


def test_a_machine_has_no_sub_state():
    read = read_machines("vm1 STATE=Idle:sub OS=x")
    assert read.machines == [{"name": "vm1", "image": "x"}]
    assert 'STATE: "Idle:sub" is no state' in str(read.faults[0])


def test_kinds_of_a_cluster():
    read = read_cluster(
        "n1 STATE=Up\nvm1 STATE=Up CONTAINERNODE=N1\nvm2 TYPE=vm STATE=Up\n"
        "n2 TYPE=Node CONTAINERNODE=n1 STATE=Up\nn3 CONTAINERNODE= STATE=Up\n"
        "s1 TYPE=Storage STATE=Up"
    )
    assert [report["name"] for report in read.nodes] == ["n1", "n2", "n3"]
    assert [report["name"] for report in read.machines] == ["vm1", "vm2"]
    assert read.machines[0]["host"] == "N1"
    (fault,) = read.faults
    assert fault.note and (fault.line, fault.id) == (6, "s1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("n1 CPROC STATE=Idle", 'Line 1 (n1): "CPROC" is no attribute'),
        ("n1 STATE=Idle =4", 'Line 1 (n1): "=4" is no attribute'),
        ("n1 STATE=Idle a b", 'Line 1 (n1): "b" is no attribute'),
        ("\nn1 STATE=Idle CPROC=x", 'Line 2 (n1): CPROC: "x" is no whole number.'),
        ("n1 STATE=Idle UPDATETIME=x", 'UPDATETIME: "x" is no date'),
        ("n1 STATE=Idle CPULOAD=1,5", 'CPULOAD: "1,5" is no number.'),
        ("n1 STATE=Idle CPULOAD=1e999", 'CPULOAD: "1e999" is no number.'),
        ("n1 STATE=Idle GMETRIC[a]=x", 'GMETRIC[a]: "x" is no number.'),
        ("n1 STATE=Idle GMETRIC=1", "the form is GMETRIC[name]=number"),
        ("n1 STATE=Idle POWER=high", 'POWER: "high" is no power state: allowed are'),
        ("n1 STATE=Idle CRES=a:x", 'CRES: "a:x" is no list of name:number.'),
        ("n1 STATE=Idle VARIABLE==x", 'VARIABLE: "=x" is no variable'),
        ('n1 STATE=Idle OS="x', 'OS: the quote " is not closed.'),
        ("n1 STATE=Idle OS='x", "OS: the quote ' is not closed."),
        ("n1 STATE=Idle\nSTATE=Busy OS=x", "Line 2: The object has no id"),
        ("n1 STATE=Idle\nConnection refused", "Line 2 (Connection): There is no attr"),
        ("n1 STATE=Idle\nn2", "Line 2 (n2): There is no attribute"),
        ("SC=1 RESPONSE=broken\nn1 STATE=Idle", 'Line 1: The answer\'s status is "1"'),
        ("SC=\nn1 STATE=Idle", 'Line 1: The answer\'s status is ""'),
        ("n1 OS=x\nN1 STATE=Idle", "Line 2 (n1): The node is there more than once"),
        ("n1 STATE=Idle FOO=1", "Line 1 (n1): The attribute FOO is not known"),
    ],
)
def test_what_is_broken_is_told_and_the_rest_is_kept(text, told):
    read = read_nodes(text)
    (fault,) = read.faults
    assert told in str(fault)
    (report,) = read.nodes
    assert report["name"] == "n1" and report["state"] == "IDLE"
    assert set(report) <= {"name", "state", "subState"}


def test_an_unknown_state():
    (fault,) = faults("n1 OS=x STATE=Asleep")
    assert 'STATE: "Asleep" is no state: allowed are None, Down, Idle' in fault


def test_unknown_names_are_noted_once():
    read = read_nodes("n1 FOO=1 STATE=Up\nn2 foo=2 BAR=3")
    assert [(f.line, f.id, f.note) for f in read.faults] == [
        (1, "n1", True),
        (2, "n2", True),
    ]


def test_of_broken_lists_the_good_elements_are_kept():
    read = read_nodes("n1 CRES=tape:3,lic,:4,disk:x")
    assert read.nodes[0]["resources"] == {"tape": {"total": 3}}
    assert '"lic,:4,disk:x"' in str(read.faults[0])


def test_the_last_of_several_with_one_name_counts():
    text = "".join(f"n{number % 20} CPROC={number}\n" for number in range(40))
    read = read_nodes(text)
    assert [r["resources"]["processors"]["total"] for r in read.nodes] == [
        *range(20, 40)
    ]
    assert [fault.line for fault in read.faults] == [*range(21, 41)]


def test_messages_show_long_and_wild_values_on_one_line():
    (fault,) = faults(f"n1 CPROC=\x1b\x07{'x' * 1000}")
    assert len(fault) < 150 and fault.isprintable()


TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="nS=;:#\\\"' \t\n[],1"),
    st.lists(
        st.sampled_from(
            [
                "n1",
                "STATE=Idle",
                " ",
                ";",
                "#",
                "\n",
                '"',
                "'",
                "\\",
                "CPROC=",
                "9" * 5000,
            ]
            + [
                "VARIABLE=",
                "GMETRIC[",
                "]",
                "=",
                "SC=",
                "TYPE=VM",
                "CRES=",
                "UPDATETIME=",
            ]
        )
    ).map("".join),
)


@pytest.mark.parametrize("read", [read_cluster, read_nodes, read_machines, read_jobs])
@settings(deadline=None)
@given(text=TEXTS, times=st.sampled_from([1, 40]))
def test_no_text_makes_reading_fail(read, text, times):
    found = read("\n".join([text] * times))
    for report in (*found.nodes, *found.machines, *found.jobs):
        assert report["name"] == report["name"].lower()
    for fault in found.faults:
        assert "\n" not in str(fault)
